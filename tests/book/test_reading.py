"""Facts about the reading paths, the glossary in the pages, and the names that the search knows."""

from __future__ import annotations

import re

import pytest
import yaml

from guide_helpers.catalogue import entries
from guide_helpers.errors import GuideError
from guide_helpers.site import launch, paths, search


@pytest.fixture(scope="module")
def known_paths(root):
    return paths.read_paths(root)


def test_there_are_six_paths_and_each_step_is_a_page_of_the_book(known_paths, toc_files):
    assert len(known_paths) == 6
    for path in known_paths.values():
        assert {step.page for step in path.steps} <= toc_files
        pages = [step.page for step in path.steps]
        assert len(pages) == len(set(pages)), f"{path.slug} names a page twice"


def test_a_step_without_minutes_of_its_own_takes_those_of_its_page(root, known_paths):
    told = yaml.safe_load((root / paths.SOURCE).read_text("utf-8"))
    plain = [step for step in told["methodologist"]["steps"] if isinstance(step, str)]
    steps = {step.page: step.minutes for step in known_paths["methodologist"].steps}
    assert plain
    for page in plain:
        assert steps[page] == paths.page_minutes(root, page)


def test_every_chapter_says_its_minutes(chapters):
    silent = [
        name
        for name, text in chapters.items()
        if ":class: objectives" in text and not paths.MINUTES.search(text)
    ]
    assert not silent


def test_the_page_of_paths_holds_no_minutes_but_those_of_the_file(chapters, known_paths):
    page = chapters["book/front/reading_paths.md"]
    assert re.findall(r"\d+ (?:minutes|hours?)", page) == ["2 minutes"]
    for path in known_paths.values():
        text = "\n".join(paths.told(path, known_paths))
        assert paths.duration(path.minutes) in text


def test_a_path_that_begins_with_another_has_its_steps_first(known_paths):
    student, trainer = known_paths["student"], known_paths["trainer"]
    assert trainer.steps[: len(student.steps)] == student.steps
    assert trainer.minutes > student.minutes


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(6, "6 minutes"), (60, "1 hour"), (85, "1 hour 25 minutes"), (120, "2 hours")],
)
def test_minutes_are_told_in_hours(minutes, words):
    assert paths.duration(minutes) == words


def test_a_page_that_is_not_there_is_named_with_the_remedy(root):
    with pytest.raises(GuideError, match=r"book/front/nowhere.*_toc\.yml"):
        paths.page_minutes(root, "book/front/nowhere")


def test_a_page_that_does_not_say_its_minutes_is_named_with_the_remedy(root):
    with pytest.raises(GuideError, match=r"references.*25 minutes"):
        paths.page_minutes(root, "book/appendix/references")


def test_other_names_belong_to_entries_and_hold_no_full_stop(root):
    names = search.other_names(root)
    for kind, known in names.items():
        assert set(known) <= set(entries(kind)), kind
        for others in known.values():
            assert all(isinstance(name, str) and "." not in name for name in others)


def test_a_search_result_holds_title_name_in_code_and_other_names():
    entry = entries("methods")["cart"]
    shown = search.result(entry, ["synthpop"])
    assert shown == f"{entry.card.title} – cart, also: synthpop"


def test_binder_is_asked_for_exactly_the_notebook_of_a_chapter():
    options = {
        "launch_buttons": {"binderhub_url": "https://hub.example"},
        "repository_url": "https://github.com/a/b",
        "repository_branch": "main",
    }
    assert launch.binder(options, "notebooks/x/y.ipynb") == (
        "https://hub.example/v2/gh/a/b/main?urlpath=lab/tree/notebooks/x/y.ipynb"
    )

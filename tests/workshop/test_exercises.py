"""Every exercise: its check takes the solution, turns typical mistakes down, and teaches."""

from __future__ import annotations

from pathlib import Path

import pytest

from guide_helpers import GuideError, workshop
from guide_helpers.workshop import check, exercise, exercises, progress
from guide_helpers.workshop.checking import hint_to
from guide_helpers.workshop.exercises import TOOLS, chapters, run

BOOK = Path(__file__).resolve().parents[2] / "book"
EVERY = exercises()
every = pytest.mark.parametrize("slug", EVERY)


@pytest.fixture(autouse=True)
def kept_apart(tmp_path, monkeypatch):
    monkeypatch.setenv(progress.SETTING, str(tmp_path / "solved.json"))


def test_there_are_forty_exercises_across_the_four_parts():
    parts = [e.part for e in EVERY.values()]
    assert len(parts) >= 40
    assert {part: parts.count(part) >= 9 for part in parts} == dict.fromkeys(
        ("wp1", "wp2", "wp3", "wp4"), True
    )


@every
def test_a_check_takes_the_solution_and_turns_two_typical_mistakes_down_with_their_hints(slug):
    asked = EVERY[slug]
    found = check(slug, asked.right)
    assert found, found.words
    assert found.words == asked.remember
    assert len(asked.mistakes) >= 2
    for mistake in asked.mistakes:
        wrong = check(slug, asked.value(mistake.answer))
        assert not wrong, mistake.answer
        assert wrong.words == mistake.hint


@every
def test_a_hint_says_more_than_that_the_answer_is_wrong(slug):
    asked = EVERY[slug]
    hints = [asked.otherwise, *(m.hint for m in asked.mistakes)]
    assert all(len(h.split()) >= 8 for h in hints)
    assert len(set(hints)) == len(hints)


@every
def test_starter_cells_run_and_are_not_yet_an_answer(slug):
    asked = EVERY[slug]
    names = {}
    for code in (TOOLS, asked.setup, asked.starter):
        run(code, names)
    assert not check(slug, names.get("answer"))
    assert slug not in progress.solved()


@every
def test_an_exercise_names_a_chapter_that_is_there_and_its_minutes(slug):
    asked = EVERY[slug]
    page = BOOK / f"{asked.chapter}.md"
    assert page.is_file()
    assert f"# {chapters()[asked.chapter]}" in page.read_text(encoding="utf-8").splitlines()
    assert 2 <= asked.minutes <= 30


def test_what_was_solved_is_kept_for_the_certificate():
    slug = next(iter(EVERY))
    assert not check(slug, None)
    assert progress.solved() == {}
    assert check(slug, EVERY[slug].right)
    assert list(progress.solved()) == [slug]


def test_an_answer_of_another_form_is_told_what_is_asked_for():
    slug = next(s for s, e in EVERY.items() if e.kind == "number")
    assert "asked for is one number" in hint_to(exercise(slug), "many")


def test_an_exercise_that_is_not_there_is_said_with_those_near_it():
    slug = next(iter(EVERY))
    with pytest.raises(GuideError, match=f"no exercise '{slug}x'; near it: {slug}"):
        workshop.check(f"{slug}x", 1)

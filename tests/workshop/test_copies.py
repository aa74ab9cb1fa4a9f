"""Copies for a room: nothing of a solution for participants, whole for instructors."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from guide_helpers import GuideError, workshop
from guide_helpers.workshop import copies, exercises, papers, progress
from guide_helpers.workshop.exercises import run

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks" / "wp4_experiments"
every_part = pytest.mark.parametrize("part", copies.PARTS)


def cells(part, *, solved=False):
    return json.loads(copies.notebook(part, solved=solved))["cells"]


def code(part, *, solved=False):
    return ["".join(c["source"]) for c in cells(part, solved=solved) if c["cell_type"] == "code"]


@pytest.fixture(autouse=True)
def kept_apart(tmp_path, monkeypatch):
    monkeypatch.setenv(progress.SETTING, str(tmp_path / "solved.json"))


@every_part
def test_a_participants_notebook_holds_no_solution_and_no_hint(part):
    text = "\n".join("".join(c["source"]) for c in cells(part))
    for one in (e for e in exercises().values() if e.part == part):
        assert f'workshop.check("{one.id}", answer)' in text
        if one.solution not in one.starter:
            assert one.solution not in text, one.id
        assert not [m.hint for m in one.mistakes if m.hint in text], one.id


@every_part
def test_an_instructors_notebook_runs_whole_and_every_check_holds(part):
    names = {}
    for source in code(part, solved=True):
        if source.startswith("workshop.check("):
            run(f"verdict = {source}", names)
            assert names["verdict"], (source, names["verdict"].words)
        else:
            run(source, names)
    wanted = {e.id for e in exercises().values() if e.part == part}
    assert set(progress.solved()) == wanted


@every_part
def test_a_participants_notebook_runs_through_with_nothing_filled_in(part):
    names = {}
    for source in code(part):
        run(source, names)
    assert progress.solved() == {}


@every_part
def test_cells_are_short_and_stored_without_outputs(part):
    for cell in cells(part) + cells(part, solved=True):
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert len(cell["source"]) <= 20


@every_part
def test_the_notebook_of_the_book_is_the_participants_copy(part):
    stored = NOTEBOOKS / f"workshop_{part}.ipynb"
    remedy = "run `python tools/workshop_notebooks.py`"
    assert stored.read_text(encoding="utf-8") == copies.notebook(part), remedy


def test_copies_are_written_whole_into_a_new_folder(tmp_path):
    made = copies.write(tmp_path / "room")
    found = sorted(p.relative_to(made).as_posix() for p in made.rglob("*.*"))
    both = [
        f"{k}/workshop_{p}.ipynb" for k in ("instructors", "participants") for p in copies.PARTS
    ]
    assert found == sorted([*both, "instructors/feedback.html"])
    with pytest.raises(GuideError, match="is there already"):
        copies.write(tmp_path / "room")


def test_a_certificate_tells_what_was_solved_and_escapes_the_name(tmp_path):
    one = next(iter(exercises().values()))
    with pytest.raises(GuideError, match="nothing is solved yet"):
        workshop.certificate("Ada", tmp_path)
    workshop.check(one.id, one.right)
    made = workshop.certificate("<b>Ada</b> Lovelace", tmp_path)
    text = made.read_text(encoding="utf-8")
    assert "&lt;b&gt;Ada&lt;/b&gt; Lovelace" in text
    assert "<b>" not in text
    assert "1 of" in text
    with pytest.raises(GuideError, match="is there already"):
        workshop.certificate("<b>Ada</b> Lovelace", tmp_path)
    with pytest.raises(GuideError, match="the name is empty"):
        workshop.certificate("  ", tmp_path)


def test_the_form_for_feedback_labels_each_field_and_sends_nothing():
    seen = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            seen.append((tag, dict(attrs)))

    Reader().feed(papers.feedback_form())
    labels = {a["for"] for t, a in seen if t == "label"}
    assert labels == {a["id"] for t, a in seen if t == "textarea"}
    assert not [t for t, _ in seen if t in ("form", "script", "link", "img")]

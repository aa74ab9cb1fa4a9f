"""Notebooks of the workshops: copies for participants, without solutions, and for instructors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from guide_helpers.workshop.exercises import TOOLS, Exercise, chapters, exercises
from guide_helpers.workshop.papers import feedback_form
from guide_helpers.writing import whole_folder

PARTS = {
    "wp1": "Use cases",
    "wp2": "Methods",
    "wp3": "Measures",
    "wp4": "Experiments",
}
"""The parts of the guide that have exercises, with their titles."""
HOW = (
    "Each exercise has a question, a cell to fill in, and a cell that checks the answer. Replace "
    "the dots, run the cell, then run the check. A check that says *not yet* gives a hint; try "
    "again as often as you like. Nothing leaves this machine."
)
Cell = dict[str, Any]


def write(folder: str | Path) -> Path:
    """Make a folder with the copies of all parts, and return it; one that is there is refused.

    `participants` has the notebooks with cells to fill in, `instructors` those with solutions,
    minutes, common mistakes and questions to discuss, and the form for feedback.
    """
    target = Path(folder)
    with whole_folder(target) as part:
        for kind in ("participants", "instructors"):
            (part / kind).mkdir()
            for name in PARTS:
                text = notebook(name, solved=kind == "instructors")
                (part / kind / f"workshop_{name}.ipynb").write_text(text, encoding="utf-8")
        (part / "instructors" / "feedback.html").write_text(feedback_form(), encoding="utf-8")
    return target


def notebook(part: str, *, solved: bool = False) -> str:
    """Return the notebook of a part as text; `solved` makes the instructor's."""
    asked = [e for e in exercises().values() if e.part == part]
    cells = list(_opening(part, asked, solved))
    for number, one in enumerate(asked, start=1):
        cells += _instructed(number, one) if solved else _open(number, one)
    for place, cell in enumerate(cells):
        cell["id"] = hashlib.sha256(f"{part} {place}".encode()).hexdigest()[:8]
    told = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {
        "cells": cells,
        "metadata": {"kernelspec": told, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _opening(part: str, asked: Sequence[Exercise], solved: bool) -> Iterator[Cell]:
    minutes = sum(e.minutes for e in asked)
    whose = "Instructor's copy, with solutions. " if solved else ""
    yield _words(
        f"# Workshop: {PARTS[part].lower()}\n\n{whose}{len(asked)} exercises, about {minutes} "
        f"minutes in all.\n\n{HOW}"
    )
    yield _code(TOOLS)


def _question(number: int, one: Exercise) -> Cell:
    chapter = chapters()[one.chapter]
    return _words(
        f"## {number}. {one.title}\n\n*{one.minutes} minutes. Chapter: {chapter}*\n\n{one.question}"
    )


def _open(number: int, one: Exercise) -> Iterator[Cell]:
    yield _question(number, one)
    if one.setup:
        yield _code(one.setup)
    yield _code(one.starter)
    yield _code(f'workshop.check("{one.id}", answer)')


def _instructed(number: int, one: Exercise) -> Iterator[Cell]:
    yield _question(number, one)
    if one.setup:
        yield _code(one.setup)
    yield _code(one.solution)
    yield _code(f'workshop.check("{one.id}", answer)')
    lines = [f"- `{_in_one_line(m.answer)}`: {m.hint}" for m in one.mistakes]
    told = ["**What goes wrong**", "", *lines, "", f"**To remember.** {one.remember}"]
    if one.discuss:
        told += ["", f"**To discuss.** {one.discuss}"]
    yield _words("\n".join(told))


def _in_one_line(code: str) -> str:
    return " ".join(code.split())


def _words(text: str) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(text)}


def _code(text: str) -> Cell:
    empty: Cell = {"execution_count": None, "outputs": []}
    return {"cell_type": "code", "metadata": {}, "source": _lines(text)} | empty


def _lines(text: str) -> list[str]:
    return text.strip("\n").splitlines(keepends=True)

"""The exercises of the workshops: one table each in the TOML files of `entries/`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from guide_helpers.errors import GuideError

FOLDER = Path(__file__).with_name("entries")
TOOLS = """\
import numpy as np
import pandas as pd

from guide_helpers import attack, compare, generate, hold_out, load, protect, recommend, report
from guide_helpers import workshop"""
"""What every notebook of a workshop imports first."""


@dataclass(frozen=True)
class Mistake:
    """A typical wrong answer: code whose value it is, and the hint that it must meet.

    `when` is an expression of `answer` that recognises the mistake; without it an answer is this
    mistake where it agrees with the value of `answer`.
    """

    answer: str
    hint: str
    when: str = ""


@dataclass(frozen=True)
class Exercise:
    """A question on data of the guide, with its solution and what its wrong answers teach.

    `kind` is the form of the answer (see `answers.py`). `accept` is an expression of `answer` for
    questions with many right answers; without it an answer has to agree with the solution's,
    numbers within `within`. `otherwise` is the hint to an answer that is no known mistake.
    """

    id: str
    part: str
    chapter: str
    minutes: int
    title: str
    question: str
    kind: str
    starter: str
    solution: str
    otherwise: str
    remember: str
    mistakes: tuple[Mistake, ...]
    setup: str = ""
    accept: str = ""
    within: float = 1e-6
    discuss: str = ""

    @cached_property
    def desk(self) -> dict[str, Any]:
        """The names that the solution sees and makes; made once, on data of its own."""
        names: dict[str, Any] = {}
        for code in (TOOLS, self.setup, self.solution):
            run(code, names)
        return names

    @property
    def right(self) -> Any:
        """The answer of the solution."""
        return self.desk["answer"]

    def value(self, expression: str, answer: Any = None) -> Any:
        """Return the value of an expression of the exercise, where `answer` is what is given."""
        names = self.desk | {"right": self.right, "answer": answer}
        return eval(compile(expression.strip(), f"<{self.id}>", "eval"), names)  # noqa: S307


def run(code: str, names: dict[str, Any]) -> None:
    """Run code of an exercise, which is part of this package, among `names`."""
    exec(compile(code, "<exercise>", "exec"), names)  # noqa: S102


def exercise(slug: str) -> Exercise:
    """Return an exercise by its id."""
    known = exercises()
    if slug in known:
        return known[slug]
    near = get_close_matches(str(slug), known, n=3, cutoff=0.4)
    raise GuideError(f"no exercise {slug!r}; near it: {', '.join(near or list(known)[:3])}")


@cache
def exercises() -> dict[str, Exercise]:
    """Return all exercises by their id, in the order of the workshops."""
    found: dict[str, Exercise] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for entry in _read(path):
            if entry.id in found:
                raise GuideError(f"{path.name}: a second exercise {entry.id!r}; choose a new id")
            found[entry.id] = entry
    return found


@cache
def chapters() -> dict[str, str]:
    """Return the titles of the chapters that exercises name, by their page."""
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        found |= tomllib.loads(path.read_text(encoding="utf-8")).get("chapters", {})
    return found


def _read(path: Path) -> list[Exercise]:
    """Return the exercises of a file; its name begins with the part that they belong to."""
    part = path.stem.partition("_")[0]
    return [_entry(part, t) for t in tomllib.loads(path.read_text(encoding="utf-8"))["exercise"]]


def _entry(part: str, table: dict[str, Any]) -> Exercise:
    mistakes = tuple(Mistake(**_stripped(m)) for m in table.pop("mistake"))
    return Exercise(part=part, mistakes=mistakes, **_stripped(table))


def _stripped(table: dict[str, Any]) -> dict[str, Any]:
    return {k: v.strip() if isinstance(v, str) else v for k, v in table.items()}

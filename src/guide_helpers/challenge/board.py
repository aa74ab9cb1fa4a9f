"""The score board: static pages, one column a question, no overall grade, no script."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from guide_helpers.challenge._page import in_words, page
from guide_helpers.challenge.judging import results
from guide_helpers.challenge.setting import Challenge, Check


@dataclass(frozen=True)
class Instance:
    """A line of the board: what a team did with one method on one data set."""

    sheet: Mapping[str, Any]
    scores: Mapping[str, Any]
    tuned: bool

    @property
    def place(self) -> tuple[str, ...]:
        """By what lines are put in order where nothing else is asked."""
        told = (str(self.sheet[n]).casefold() for n in ("team", "data", "method", "synthesis"))
        return tuple(told)


@dataclass(frozen=True)
class Points:
    """What a team has done: points count work, not quality."""

    team: str
    instances: int
    evaluated: int
    both: int
    tuned: int

    @property
    def total(self) -> int:
        """One for each data set and method, one more for both ways, one more for tuning."""
        return self.evaluated + self.both + self.tuned


@dataclass(frozen=True)
class Board:
    """All that the board shows; without `final` the hidden checks are not in it."""

    title: str
    checks: Mapping[str, tuple[Check, ...]]
    instances: tuple[Instance, ...]
    refused: tuple[tuple[str, str], ...]
    final: bool

    @classmethod
    def of(cls, challenge: Challenge, *, final: bool = False) -> Board:
        """Return the board of what was scored so far."""
        shown = {
            data: tuple(c for c in listed if final or not c.hidden)
            for data, listed in challenge.checks.items()
        }
        told = results(challenge)
        lines = [_instance(t, shown) for t in told if "refused" not in t]
        refused = tuple((str(t["submission"]), str(t["refused"])) for t in told if "refused" in t)
        ordered = tuple(sorted(lines, key=lambda i: i.place))
        return cls(challenge.title, shown, ordered, refused, final)

    @cached_property
    def points(self) -> tuple[Points, ...]:
        """Points of each team, the most first."""
        teams: dict[str, list[Instance]] = {}
        for one in self.instances:
            teams.setdefault(one.place[0], []).append(one)
        return tuple(sorted(map(_points, teams.values()), key=lambda p: (-p.total, p.team)))

    def of_data(self, data: str, key: str = "") -> list[Instance]:
        """Return the lines of a data set, in the order of a check from good to bad if asked."""
        lines = [i for i in self.instances if i.sheet["data"] == data]
        return sorted(lines, key=_away(key)) if key else lines

    def table(self, data: str) -> pd.DataFrame:
        """Return the scores on a data set as words, one line an instance, one column a question."""
        checks = self.checks[data]
        lines = {
            ", ".join(str(i.sheet[n]) for n in ("team", "method", "synthesis")): {
                c.question: in_words(c, i.scores.get(c.key)) for c in checks
            }
            for i in self.of_data(data)
        }
        found = pd.DataFrame.from_dict(lines, orient="index", columns=[c.question for c in checks])
        return found.rename_axis("team, method, synthesis")


def write_board(
    challenge: Challenge, folder: str | Path | None = None, *, final: bool = False
) -> Path:
    """Write the score board and return its first page.

    Each page is written whole and then takes its place, the first page last. `scores.json` holds
    the same numbers for machines.
    """
    place = challenge.folder / "board" if folder is None else Path(folder)
    place.mkdir(exist_ok=True)
    board = Board.of(challenge, final=final)
    pages = {name_of(d, c.key): page(board, d, c) for d, cs in board.checks.items() for c in cs}
    pages["scores.json"] = json.dumps(_told(board), indent=1, ensure_ascii=False) + "\n"
    pages["index.html"] = page(board)
    for old in place.glob("by-*.html"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        part = place / f".{name}.{os.getpid()}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(place / name)
    return place / "index.html"


def name_of(data: str, key: str) -> str:
    """Return the name of the page on which a data set is in the order of a check."""
    return f"by-{data}-{key}.html"


def _instance(told: Mapping[str, Any], shown: Mapping[str, Sequence[Check]]) -> Instance:
    from guide_helpers.challenge.sheet import read_sheet

    sheet = told["sheet"]
    keys = [c.key for c in shown.get(sheet["data"], ())]
    scores = {k: told["scores"].get(k) for k in keys}
    return Instance(sheet, scores, read_sheet(json.dumps(sheet)).tuned)


def _points(lines: Sequence[Instance]) -> Points:
    ways: dict[tuple[str, str], set[str]] = {}
    for one in lines:
        ways.setdefault(_what(one), set()).add(one.sheet["synthesis"])
    return Points(
        str(lines[0].sheet["team"]),
        len(lines),
        len(ways),
        sum(len(w) == 2 for w in ways.values()),
        len({_what(one) for one in lines if one.tuned}),
    )


def _what(one: Instance) -> tuple[str, str]:
    """Return data set and method; the same one, sent twice, counts once."""
    return one.sheet["data"], str(one.sheet["method"]).casefold()


def _away(key: str) -> Callable[[Instance], tuple[float, tuple[str, ...]]]:
    def place(one: Instance) -> tuple[float, tuple[str, ...]]:
        away = (one.scores.get(key) or {}).get("away")
        return (float("inf") if away is None else float(away), one.place)

    return place


def _told(board: Board) -> dict[str, Any]:
    """Return the board for machines; it holds no more than the pages do."""
    lines = []
    for one in board.instances:
        said = {n: one.sheet[n] for n in ("team", "data", "method", "synthesis", "verdicts")}
        numbers = {k: v and {n: _four(x) for n, x in v.items()} for k, v in one.scores.items()}
        lines.append({**said, "tuned": one.tuned, "scores": numbers})
    return {"title": board.title, "final": board.final, "instances": lines}


def _four(thing: Any) -> Any:
    """Return numbers with four digits, as the pages show them."""
    if isinstance(thing, list):
        return [_four(x) for x in thing]
    return float(f"{thing:.4g}") if isinstance(thing, float) else thing

"""The small picture beside a number: lowest, mean and highest on the axis of its column."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from guide_helpers.evidence.reading import named

WIDTH, HEIGHT, EDGE = 60, 10, 3
MANIFOLD = 8
"""Distances whose largest is so many times the smallest are drawn on a logarithmic axis."""


@dataclass(frozen=True)
class Axis:
    """What a column of the table is drawn on; `mark` is where nothing is wrong."""

    low: float
    high: float
    mark: float | None
    log: bool
    unit: str
    attack: bool

    def at(self, value: float) -> float:
        """Return where a value stands, in units of the picture."""
        low, high, here = (math.log(v) if self.log else v for v in (self.low, self.high, value))
        return EDGE + (WIDTH - 2 * EDGE) * (here - low) / ((high - low) or 1)


def axis_of(found: Sequence[pd.DataFrame], question: str) -> Axis:
    """Return the axis that holds all numbers of a column."""
    asked = named(question)
    ends = [asked.mark] if asked.mark is not None else []
    low = min([*ends, *(f["value"].min() for f in found)])
    high = max([*ends, *(f["value"].max() for f in found)])
    log = asked.by == "null" and low > 0 and high > MANIFOLD * low
    unit = " %" if asked.by == "percent" else ""
    return Axis(low, high, asked.mark, log, unit, asked.kind == "attack")


def strip(axis: Axis, low: float, mean: float, high: float) -> str:
    """Return the picture; it says what the number beside it says, so it has no words."""
    middle = HEIGHT / 2
    mark = "" if axis.mark is None else _line(axis.at(axis.mark), axis.at(axis.mark), "mark")
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'aria-hidden="true" focusable="false">{mark}'
        f"{_line(axis.at(low), axis.at(high), 'range')}"
        f'<circle cx="{axis.at(mean):.1f}" cy="{middle:g}" r="2.6" fill="currentColor"/></svg>'
    )


def _line(start: float, end: float, name: str) -> str:
    upright = name == "mark"
    top, bottom = (0.0, float(HEIGHT)) if upright else (HEIGHT / 2, HEIGHT / 2)
    look = 'stroke-dasharray="2 1.5"' if upright else 'stroke-width="1.6"'
    return (
        f'<line x1="{start:.1f}" x2="{end:.1f}" y1="{top:g}" y2="{bottom:g}" '
        f'stroke="currentColor" {look}/>'
    )

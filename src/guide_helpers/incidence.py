"""Which points each privacy unit has: distinct values of chosen columns, perhaps coarsened.

A point is a purchase (product and day), a sighting (place and hour), a wave's values: one row, as
far as somebody knows it. What measures and attacks of units with several rows share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.schema import Dataset, Kind, Variable

Coarse = Mapping[str, float | str]
STEPS = {"hour": "h", "day": "D", "week": "W-MON", "month": "M", "quarter": "Q", "year": "Y"}
"""Names of steps of time, and what pandas calls the period."""
BLOCK = 1 << 22
"""Numbers held at a time."""


@dataclass(frozen=True)
class Incidence:
    """The distinct pairs of a unit and a point, sorted by unit; `size` counts units."""

    units: np.ndarray
    points: np.ndarray
    size: int

    @classmethod
    def of(cls, units: np.ndarray, points: np.ndarray) -> Incidence:
        """Return the distinct pairs of rows."""
        size = int(units.max(initial=-1)) + 1
        width = int(points.max(initial=0)) + 1
        pairs = np.sort(units.astype(np.int64) * width + points)
        pairs = pairs[np.diff(pairs, prepend=-1) != 0]
        return cls(pairs // width, pairs % width, size)

    @property
    def degrees(self) -> np.ndarray:
        """How many distinct points each unit has."""
        return np.bincount(self.units, minlength=self.size)

    def some(self, k: int, rng: np.random.Generator) -> Incidence:
        """Return `k` points of each unit, drawn at random; all where it has fewer."""
        order = np.lexsort((rng.random(len(self.units)), self.units))
        units = self.units[order]
        first = np.searchsorted(units, np.arange(self.size))
        kept = order[np.arange(len(units)) - first[units] < k]
        kept.sort()
        return Incidence(self.units[kept], self.points[kept], self.size)

    def holds(self, units: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Return, pair by pair, whether the unit has the point."""
        width = int(max(self.points.max(initial=0), points.max(initial=0))) + 1
        mine = self.units * width + self.points  # sorted, as the pairs are
        asked = units.astype(np.int64) * width + points
        place = np.searchsorted(mine, asked)
        place[place == len(mine)] = 0
        found: np.ndarray = mine[place] == asked if len(mine) else np.zeros(len(asked), bool)
        return found

    def shared(self, other: Incidence) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield blocks of these units: how many points each shares with each unit of `other`."""
        order = np.argsort(other.points, kind="stable")
        owners, sorted_points = other.units[order], other.points[order]
        low = np.searchsorted(sorted_points, self.points, "left")
        width = np.searchsorted(sorted_points, self.points, "right") - low
        load = np.bincount(self.units, weights=width, minlength=self.size) + other.size
        for block in _blocks(load):
            start, end = np.searchsorted(self.units, [block.start, block.stop])
            many = width[start:end]
            line = np.repeat(self.units[start:end] - block.start, many)
            within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
            place = line * other.size + owners[np.repeat(low[start:end], many) + within]
            rows = block.stop - block.start
            counts = np.bincount(place, minlength=rows * other.size)
            yield block, counts.reshape(rows, other.size)


def _blocks(load: np.ndarray) -> Iterator[slice]:
    """Yield stretches of units whose load together stays under BLOCK, one at least."""
    before = np.append(0.0, np.cumsum(load))
    start = 0
    while start < len(load):
        end = int(np.searchsorted(before, before[start] + BLOCK, "right")) - 1
        end = min(len(load), max(start + 1, end))
        yield slice(start, end)
        start = end


def numbered(
    files: Sequence[Dataset], names: Sequence[str], coarse: Coarse | None = None
) -> list[np.ndarray]:
    """Return, for each file, the number of each row's point; equal points have one number.

    `coarse` makes values coarser: the width of a class of numbers, a step of time ("hour", "day",
    "week", "month", "quarter", "year"), the first so many characters of a text.
    """
    coarse = coarse or {}
    sizes = [len(f) for f in files]
    code = np.zeros(sum(sizes), dtype=np.int64)
    for name in names:
        columns = [_coarsened(f.schema[name], f.rows[name], coarse.get(name)) for f in files]
        found, distinct = pd.factorize(pd.concat(columns, ignore_index=True))
        code = pd.factorize(code * (len(distinct) + 1) + found + 1)[0]
    return np.split(code, np.cumsum(sizes)[:-1])


def check(coarse: Coarse | None, names: Sequence[str], data: Dataset) -> None:
    """Refuse columns that are not named, and steps that make no classes of them."""
    for name, step in (coarse or {}).items():
        if name not in names:
            raise GuideError(f"coarse names {name!r}, which is not among {', '.join(names)}")
        kind = data.schema[name].kind
        if kind is Kind.DATETIME:
            if step not in STEPS:
                raise GuideError(f"{step!r} is no step of time; known: {', '.join(STEPS)}")
        elif kind in (Kind.CATEGORICAL, Kind.ORDERED):
            raise GuideError(f"{name!r} has levels; join levels in the file to make it coarser")
        elif isinstance(step, str) or not step > 0:
            raise GuideError(f"coarse={step!r} for {name!r}: give a number above 0")


def _coarsened(variable: Variable, values: pd.Series, step: float | str | None) -> pd.Series:
    if variable.discrete:
        return values.astype(object)
    if step is None:
        return values
    if variable.kind is Kind.DATETIME:
        starts: pd.Series = values.dt.to_period(STEPS[str(step)]).dt.start_time
        return starts
    if not variable.numeric:
        return values.astype("string").str.slice(0, int(step)).astype(object)
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    classes = np.floor(numbers / float(step) + 1e-9)
    special = np.isin(numbers, list(variable.special))
    found: np.ndarray = classes.astype(object)
    found[np.isnan(classes)] = None
    found[special] = [f"code {code:g}" for code in numbers[special]]
    return pd.Series(found, dtype=object)

"""The two places that a unit is mostly at, by night and by day, and where it is besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from guide_helpers.errors import GuideError
from guide_helpers.schema import Dataset, Variable

NIGHT = (20 / 24, 7 / 24)
DAY = (9 / 24, 17 / 24)
HOME, BY_DAY, NEW, SAME = range(4)
STATES = ("home", "day place", "elsewhere, new", "elsewhere, as before")
START = 3
"""What stands for the state before the first row, beside home, day place and elsewhere."""


@dataclass(frozen=True)
class Clock:
    """Blocks of a period of time: a day of 24 hours, or a week of 168."""

    period: float
    blocks: int

    def part(self, time: np.ndarray) -> np.ndarray:
        """Return how much of the period has passed, from 0 to below 1; 0 where unknown."""
        return np.asarray(np.nan_to_num(np.mod(time, self.period) / self.period))

    def block(self, time: np.ndarray) -> np.ndarray:
        """Return the block of each time."""
        found = (self.part(time) * self.blocks).astype(np.int64)
        return np.asarray(np.minimum(found, self.blocks - 1))

    def hour(self, time: np.ndarray) -> np.ndarray:
        """Return the part of a day, where the period is a day or a week of seven."""
        whole = 7 if self.period % 7 == 0 else 1
        return np.asarray(np.mod(self.part(time) * whole, 1))

    def weekend(self, time: np.ndarray) -> np.ndarray:
        """Return who is in the last two days of a week of seven; nobody where there is none."""
        return np.asarray((self.period % 7 == 0) & (self.part(time) >= 5 / 7))


def place_of(data: Dataset, place: str | None) -> Variable | None:
    """Return the column of places: the one that is named, or the one of most levels."""
    levelled = [v for v in data.schema.modelled if v.discrete and v.name not in ends(data)]
    if place is None:
        return max(levelled, key=lambda v: len(v.levels or ()), default=None)
    for v in levelled:
        if v.name == place:
            return v
    known = ", ".join(v.name for v in levelled) or "none"
    raise GuideError(f"place={place!r} is no column of levels; known: {known}")


def ends(data: Dataset) -> set[str]:
    """Return the columns that name the unit and the time."""
    return {name for name in (data.entity, data.time) if name is not None}


def usual(units: np.ndarray, places: np.ndarray, count: int) -> np.ndarray:
    """Return the most frequent place of each of `count` units, the earlier one of two; or -1.

    Rows are in the order of time within units.
    """
    found = np.full(count, -1, dtype=np.int64)
    if not len(units):
        return found
    size = int(places.max()) + 1
    cells, first, times = np.unique(units * size + places, return_index=True, return_counts=True)
    order = np.lexsort((-first, times, cells // size))
    owner = cells[order] // size
    last = np.append(owner[1:] != owner[:-1], True)
    found[owner[last]] = cells[order][last] % size
    return found


def anchors(
    units: np.ndarray, places: np.ndarray, clock: Clock, time: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return home and day place of each unit; both are its most frequent place where unknown."""
    count = int(units.max(initial=-1)) + 1
    hour = clock.hour(time)
    night = (hour >= NIGHT[0]) | (hour < NIGHT[1])
    day = (hour >= DAY[0]) & (hour < DAY[1]) & ~clock.weekend(time)
    overall = usual(units, places, count)
    by_night, by_day = (usual(units[m], places[m], count) for m in (night, day))
    home = np.where(by_night >= 0, by_night, overall)
    return home, np.where(by_day >= 0, by_day, home)


def states(
    units: np.ndarray, places: np.ndarray, home: np.ndarray, day: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the state before each row and in it; rows in the order of time within units."""
    now = np.where(places == home[units], HOME, np.where(places == day[units], BY_DAY, NEW))
    follows = np.append(False, units[1:] == units[:-1])
    before = np.where(follows, np.append(0, now[:-1]), START)
    same = follows & (now == NEW) & (places == np.append(-1, places[:-1]))
    return before, np.where(same, SAME, now)


def walk(
    odds: np.ndarray, blocks: np.ndarray, sizes: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return a state for each row of units of `sizes` rows, step by step for all units at once.

    `odds` are shares of states by block and state before; `blocks` is the block of each row.
    """
    levels = np.cumsum(odds, axis=2)
    start = np.cumsum(sizes) - sizes
    found = np.zeros(int(sizes.sum()), dtype=np.int64)
    order = np.argsort(-sizes, kind="stable")
    before = np.full(len(sizes), START)
    for step in range(int(sizes.max(initial=0))):
        there = order[: np.count_nonzero(sizes > step)]
        row = start[there] + step
        level = levels[blocks[row], before[there]]
        state = (rng.random(len(there))[:, None] >= level[:, :-1]).sum(axis=1)
        found[row] = state
        before[there] = np.minimum(state, NEW)
    return found


def apart(levels: Sequence[Any], coordinates: Mapping[Any, Sequence[float]]) -> np.ndarray:
    """Return the distances between places, or refuse coordinates that are not of all of them."""
    if not isinstance(coordinates, Mapping):
        raise GuideError("coordinates takes x and y by place: coordinates={'north': (0, 1), ...}")
    for level in levels:
        pair = coordinates.get(level)
        if pair is None:
            raise GuideError(f"coordinates has nothing for place {level!r}; give x and y of each")
        if len(pair) != 2 or not np.isfinite(np.asarray(pair, dtype=float)).all():
            raise GuideError(f"coordinates of place {level!r} are not two numbers, x and y")
    xy = np.array([coordinates[level] for level in levels], dtype=float).reshape(-1, 2)
    return np.asarray(np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1)))

"""When baskets are: gaps of a unit on a clock that runs as fast as everybody buys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from guide_helpers.methods._basket_table import Baskets

DAY, HOUR, TINY = 86_400.0, 3_600, 1e-9
ROOM = 12
"""Classes of the number of baskets, each twice as large as the one before."""


@dataclass(frozen=True)
class Calendar:
    """The days on which there are baskets, how many, and at which time of the day.

    A time becomes a place on a clock from 0 to 1, the share of all baskets before it: on this
    clock a week before a feast is longer than a quiet one, and a closed day has no length. So
    seasons and days of the week come back without being drawn.
    """

    days: np.ndarray
    before: np.ndarray
    hours: tuple[np.ndarray, ...]
    step: int = 1
    apart: bool = False
    """Whether two baskets of a unit are never on one day."""

    @classmethod
    def of(cls, times: np.ndarray, dated: bool) -> Self:
        """Learn the calendar; without dates each distinct time is a day of its own."""
        day = np.floor(times / DAY) if dated else times
        days, place, counts = np.unique(day, return_inverse=True, return_counts=True)
        hours: tuple[np.ndarray, ...] = ()
        step = 1
        if dated:
            within = times - day * DAY
            step = int(np.gcd.reduce(within.astype(np.int64))) or HOUR
            week = _weekday(days)[place]
            hours = tuple(within[week == w] for w in range(7))
        return cls(days, np.append(0.0, np.cumsum(counts)) / counts.sum(), hours, step)

    def places(self, times: np.ndarray) -> np.ndarray:
        """Return the times on the clock, the middle of their day."""
        day = np.floor(times / DAY) if self.hours else times
        at = np.searchsorted(self.days, day)
        middle: np.ndarray = (self.before[at] + self.before[at + 1]) / 2
        return middle

    def times(self, places: np.ndarray, baskets: Baskets, rng: np.random.Generator) -> np.ndarray:
        """Return times for places on the clock, in order within each unit."""
        at = np.searchsorted(self.before, np.clip(places, 0, 1), side="right") - 1
        at = np.clip(at, 0, len(self.days) - 1)
        if not self.hours:
            order = np.lexsort((at, baskets.unit))
            at = _apart(at, baskets, len(self.days)) if self.apart else at[order]
            found: np.ndarray = self.days[at]
            return found
        hour = np.zeros(len(at))
        week = _weekday(self.days)[at]
        for w, pool in enumerate(self.hours):
            here = week == w
            if len(pool):
                hour[here] = rng.choice(pool, int(here.sum()))
        if self.step < HOUR:  # the hour is kept, the minute is new
            steps = rng.integers(0, HOUR // self.step, len(at))
            hour = np.floor(hour / HOUR) * HOUR + steps * self.step
        times: np.ndarray = self.days[at] * DAY + hour
        return times[np.lexsort((times, baskets.unit))]


@dataclass(frozen=True)
class Gaps:
    """Gaps between a unit's baskets as multiples of its mean gap, by its number of baskets."""

    pools: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, places: np.ndarray, baskets: Baskets) -> Self:
        """Learn the gaps, in parts of the unit's mean one."""
        gap, later = baskets.gaps(places), baskets.rank > 0
        total = np.bincount(baskets.unit, weights=gap)
        mean = (total / np.maximum(baskets.many - 1, 1))[baskets.unit]
        used = later & (mean > 0)
        size = _classes(baskets.many)[baskets.unit]
        ratio = np.divide(gap, mean, out=np.zeros(len(gap)), where=mean > 0)
        every = ratio[used]
        pools = [ratio[used & (size == c)] for c in range(ROOM)]
        least = 50
        return cls(tuple(p if len(p) >= least else every for p in pools))

    def places(
        self, first: np.ndarray, span: np.ndarray, baskets: Baskets, rng: np.random.Generator
    ) -> np.ndarray:
        """Return places on the clock from each unit's first to its last."""
        size = _classes(baskets.many)[baskets.unit]
        gap = np.ones(len(size))
        for c, pool in enumerate(self.pools):
            here = size == c
            if len(pool):
                gap[here] = rng.choice(pool, int(here.sum()))
        gap[baskets.first] = 0.0
        total = np.bincount(baskets.unit, weights=gap)[baskets.unit]
        share = np.divide(gap, total, out=np.zeros(len(gap)), where=total > 0)
        run = np.cumsum(share)
        run -= run[baskets.first][baskets.unit]
        found: np.ndarray = first[baskets.unit] + span[baskets.unit] * run
        return found


@dataclass(frozen=True)
class Periods:
    """Months of a calendar, or parts of the whole time."""

    begin: float
    width: float
    monthly: bool

    @classmethod
    def learn(cls, times: np.ndarray, monthly: bool) -> Self:
        """Take months of dates, else 24 parts."""
        return cls(float(times.min()), max(float(np.ptp(times)) / 24, TINY), monthly)

    def of(self, times: np.ndarray) -> np.ndarray:
        """Return the period of each time, from 0."""
        if self.monthly:
            when = np.append(self.begin, times).astype("datetime64[s]")
            months = when.astype("datetime64[M]").astype(np.int64)
            later: np.ndarray = np.maximum(months[1:] - months[0], 0)
            return later
        parts: np.ndarray = np.clip((times - self.begin) / self.width, 0, 24).astype(np.int64)
        return parts


def _classes(many: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.minimum(np.ceil(np.log2(np.maximum(many, 1))), ROOM - 1).astype(np.int64)
    return found


def _weekday(days: np.ndarray) -> np.ndarray:
    found: np.ndarray = (days.astype(np.int64) + 3) % 7  # 1 January 1970 was a Thursday
    return found


def _apart(at: np.ndarray, baskets: Baskets, count: int) -> np.ndarray:
    """Return distinct days within each unit, in order: a day taken moves on to the next."""
    rank, unit = baskets.rank, baskets.unit
    many = baskets.many[unit]
    at = at[np.lexsort((at, unit))]
    apart = unit * (2 * count + 2)
    free = np.maximum.accumulate(at - rank + apart) - apart
    found: np.ndarray = np.clip(free, 0, np.maximum(count - many, 0)) + rank
    return found

"""What each unit of a panel of series adds to noisy sums: bounded, on a public grid of times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guide_helpers.methods._gaps import Chain

SCALE = 10_000
"""Sums are counted in whole steps of one over this, so that noise can be that of counts."""
LONGEST = 0.999
"""The most that a gap may go on from one time to the next."""
FARTHEST = 0.98
"""The most that a residual may remember of the one before."""


@dataclass(frozen=True)
class Calendar:
    """The public times: `places` steps from `low` on, in days of some steps, of kinds of days."""

    low: int
    places: int
    day: int
    week: tuple[int, ...]

    @property
    def kinds(self) -> int:
        """How many kinds of days there are."""
        return max(self.week) + 1

    def cells(self, place: np.ndarray) -> np.ndarray:
        """Return the kind of day and the time of day of each place, as one number."""
        number, slot = np.divmod(place, self.day)
        return np.asarray(np.array(self.week)[number % len(self.week)] * self.day + slot)

    def curves(self, most: int) -> np.ndarray:
        """Return half-cosines over the times of a day, each with a mean square of 1, as columns."""
        at = (np.arange(self.day) + 0.5) * np.pi / self.day
        turns = np.arange(min(most, self.day))
        return np.asarray(np.cos(np.outer(at, turns)) * np.where(turns > 0, 2**0.5, 1.0))


@dataclass(frozen=True)
class Shapes:
    """Of each unit with a value: mean, curves of the day, size and memory of what is left."""

    level: np.ndarray
    curves: np.ndarray
    spread: np.ndarray
    memory: np.ndarray

    @classmethod
    def of(
        cls, unit: np.ndarray, place: np.ndarray, share: np.ndarray, calendar: Calendar, most: int
    ) -> Shapes:
        """Learn from shares from 0 to 1, in the order of units and places; all is by unit."""
        if not len(unit):
            none = np.empty(0)
            width = calendar.kinds * min(most, calendar.day)
            return cls(none, np.empty((0, width)), none, none)
        n = int(unit.max()) + 1
        count = np.maximum(np.bincount(unit, minlength=n), 1)
        level = np.bincount(unit, share, minlength=n) / count
        apart = share - level[unit]
        cells, basis = calendar.cells(place), calendar.curves(most)
        size = calendar.kinds * calendar.day
        at = unit * size + cells
        known = np.bincount(at, minlength=n * size)
        mean = np.bincount(at, apart, minlength=n * size) / np.maximum(known, 1)
        table = mean.reshape(n, calendar.kinds, calendar.day)
        curves = table @ basis / calendar.day
        left = apart - (curves @ basis.T).reshape(n, size)[unit, cells]
        spread = np.sqrt(np.bincount(unit, left**2, minlength=n) / count)
        return cls(level, curves.reshape(n, -1), spread, _memory(unit, place, left, n))


def _memory(unit: np.ndarray, place: np.ndarray, left: np.ndarray, n: int) -> np.ndarray:
    """Return the correlation of residuals one place apart, not below 0; 0 where there is none."""
    after = np.flatnonzero((np.diff(unit) == 0) & (np.diff(place) == 1)) + 1
    product = np.bincount(unit[after], left[after] * left[after - 1], minlength=n)
    squares = np.bincount(unit[after], left[after] ** 2 + left[after - 1] ** 2, minlength=n) / 2
    found = np.divide(product, squares, out=np.zeros(n), where=squares > 0)
    return np.clip(found, 0.0, 1.0)


def absences(unit: np.ndarray, place: np.ndarray, n: int, places: int) -> np.ndarray:
    """Return, by unit, the shares of all places that are missing and at which a gap begins.

    A gap begins after a reading and takes a place, so the two add up to at most 1.
    """
    missing = 1 - np.bincount(unit, minlength=n) / places
    last = np.append(np.diff(unit) != 0, True)
    followed = ~last & (np.append(np.diff(place), 0) == 1)
    begins = ~followed & (place < places - 1)
    return np.column_stack([missing, np.bincount(unit[begins], minlength=n) / places])


def whole_steps(values: np.ndarray) -> np.ndarray:
    """Return the sums over units of values in whole steps, each rounded towards 0."""
    return np.asarray(np.trunc(values * SCALE).sum(axis=0), dtype=np.int64)


def within(values: np.ndarray, radius: float) -> np.ndarray:
    """Return lines no longer than a radius: longer ones are shrunk."""
    length = np.sqrt((values**2).sum(axis=1, keepdims=True))
    return np.asarray(values * np.minimum(1.0, radius / np.maximum(length, 1e-12)))


def towards_none(values: np.ndarray, variance: float) -> np.ndarray:
    """Return noisy numbers shrunk as far as noise alone may have made them."""
    squares = np.maximum(values**2, 1e-300)
    return np.asarray(values * np.maximum(0.0, 1 - variance / squares))


def presence(
    missing: float, begins: float, n: int, places: int, rng: np.random.Generator
) -> np.ndarray:
    """Return whether each of `n` units has a reading at each place; each has one at least."""
    share = float(np.clip(missing, 0.0, 1 - 1 / places))
    goes_on = float(np.clip(1 - begins / share, 0.0, LONGEST)) if share > 0 else 0.0
    starts = float(np.clip(share * (1 - goes_on) / (1 - share), 0.0, 1.0))
    chain = Chain(np.array(share), np.array([starts]), np.array(goes_on))
    there = ~chain.draw(n, places, rng)
    empty = np.flatnonzero(~there.any(axis=1))
    there[empty, rng.integers(places, size=len(empty))] = True
    return np.asarray(there)


def remembering(memory: float, n: int, places: int, rng: np.random.Generator) -> np.ndarray:
    """Return standard normal series in which each value remembers the one before."""
    keep = float(np.clip(memory, 0.0, FARTHEST))
    found = rng.standard_normal((n, places))
    found[:, 1:] *= (1 - keep**2) ** 0.5
    for place in range(1, places):
        found[:, place] += keep * found[:, place - 1]
    return found

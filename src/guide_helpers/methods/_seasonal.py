"""Seasonal models of panels of series: profiles of units, and residuals that remember."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Self

import numpy as np

TRUST = 2.0
"""A weekday's own profile counts like a unit's with so many more readings."""
MOST_FACTORS = 5
SHARED = 0.95
"""The most of a unit's residual that the factors of all units may explain."""
MEMORY = 0.98
POINTS = np.concatenate([[1e-4, 1e-3], np.linspace(0.005, 0.995, 199), [1 - 1e-3, 1 - 1e-4]])


@dataclass(frozen=True)
class Profile:
    """The expected value of each unit on each weekday at each time of day."""

    by_weekday: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, weekday: np.ndarray, week: int) -> Self:
        """Learn from unit by day by time of day, NaN where there is no reading.

        A weekday's difference from the unit's usual day is shrunk, the more the fewer days there
        are, and smoothed over the times beside it; a time that a unit never has is the unit's
        mean plus what all units have at that time.
        """
        usual = _usual(values)
        own = np.empty((len(values), week, values.shape[2]))
        for number in range(week):
            apart = values[:, weekday == number] - usual[:, None]
            known = ~np.isnan(apart)
            count = known.sum(axis=1)
            mean = np.where(known, apart, 0.0).sum(axis=1) / (count + TRUST)
            own[:, number] = usual + _smooth(mean)
        return cls(own)

    def of_days(self, weekday: np.ndarray) -> np.ndarray:
        """Return the profile of each unit on a line of days."""
        return np.asarray(self.by_weekday[:, weekday])


@dataclass(frozen=True)
class Residuals:
    """What is left beside the profile: an autoregression whose noise the units share in part.

    `scale` is by unit, `shape` by time of day; `after` says how much of a residual stays until
    the next time, `yesterday` how much of the day before's first one is in the first of a day.
    `loadings` are what each unit has of the common factors.
    """

    scale: np.ndarray
    shape: np.ndarray
    after: np.ndarray
    yesterday: float
    noise: np.ndarray
    loadings: np.ndarray
    quantiles: np.ndarray

    @classmethod
    def of(cls, apart: np.ndarray) -> Self:
        """Learn from the residuals of units by day and time of day, NaN where there is none."""
        scale = _root(apart, (1, 2))
        scale = np.where(scale > 0, scale, 1e-9)
        even = apart / scale[:, None, None]
        shape = np.where((s := _root(even, (0, 1))) > 0, s, 1e-9)
        even = even / shape
        after = np.zeros(even.shape[2])
        fresh = np.full_like(even, np.nan)
        last = np.concatenate([np.full((len(even), 1), np.nan), even[:, :-1, -1]], axis=1)
        first = np.concatenate([np.full((len(even), 1), np.nan), even[:, :-1, 0]], axis=1)
        after[0], yesterday = _two(even[:, :, 0], last, first)
        fresh[:, :, 0] = even[:, :, 0] - after[0] * last - yesterday * first
        for slot in range(1, even.shape[2]):
            before = even[:, :, slot - 1]
            after[slot] = _one(even[:, :, slot], before)
            fresh[:, :, slot] = even[:, :, slot] - after[slot] * before
        noise = np.where((s := _root(fresh, (0, 1))) > 0, s, 1e-9)
        fresh = fresh / noise
        return cls(scale, shape, after, yesterday, noise, _loadings(fresh), _quantiles(fresh))

    def draw(
        self, scale: np.ndarray, loadings: np.ndarray, days: int, rng: np.random.Generator
    ) -> np.ndarray:
        """Return the residuals of new units."""
        n, slots, factors = len(scale), len(self.shape), loadings.shape[1]
        own = np.sqrt(1 - (loadings**2).sum(axis=1))[:, None]
        normal = NormalDist()
        at = np.array([normal.inv_cdf(p) for p in POINTS])
        found = np.empty((n, days, slots))
        before = first = rng.standard_normal(n)
        for day in range(days):
            common = rng.standard_normal((factors, slots))
            fresh = loadings @ common + own * rng.standard_normal((n, slots))
            fresh = np.interp(fresh, at, self.quantiles) * self.noise
            for slot in range(slots):
                now = self.after[slot] * before + fresh[:, slot]
                if slot == 0:
                    now = now + self.yesterday * first
                    first = now
                found[:, day, slot] = before = now
        return np.asarray(found * self.shape * scale[:, None, None])


def _usual(values: np.ndarray) -> np.ndarray:
    """Return the mean of each unit at each time of day."""
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    sums = np.where(known, values, 0.0).sum(axis=1)
    mean = sums / np.maximum(count, 1)
    level = sums.sum(axis=1) / np.maximum(count.sum(axis=1), 1)
    apart = np.where(count > 0, mean - level[:, None], 0.0)
    common = apart.sum(axis=0) / np.maximum((count > 0).sum(axis=0), 1)
    return np.asarray(np.where(count > 0, mean, level[:, None] + common))


def _smooth(values: np.ndarray) -> np.ndarray:
    """Return lines as means of three neighbours, the middle one counted twice."""
    wide = np.pad(values, ((0, 0), (1, 1)), mode="edge")
    return np.asarray((wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]) / 4)


def _root(values: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    known = ~np.isnan(values)
    squares = np.where(known, values, 0.0) ** 2
    return np.asarray(np.sqrt(squares.sum(axis=axes) / np.maximum(known.sum(axis=axes), 1)))


def _one(now: np.ndarray, before: np.ndarray) -> float:
    both = ~np.isnan(now) & ~np.isnan(before)
    square = float((before[both] ** 2).sum())
    slope = float((now[both] * before[both]).sum()) / square if square > 0 else 0.0
    return float(np.clip(slope, -MEMORY, MEMORY))


def _two(now: np.ndarray, last: np.ndarray, first: np.ndarray) -> tuple[float, float]:
    """Return the slopes of the first reading of a day on the last and first of the day before."""
    both = ~np.isnan(now) & ~np.isnan(last) & ~np.isnan(first)
    design = np.column_stack([last[both], first[both]])
    if len(design) < 10 or np.linalg.matrix_rank(design) < 2:
        return _one(now, last), 0.0
    slopes = np.linalg.lstsq(design, now[both], rcond=None)[0]
    slopes = slopes / max(1.0, float(np.abs(slopes).sum()) / MEMORY)
    return float(slopes[0]), float(slopes[1])


def _loadings(fresh: np.ndarray) -> np.ndarray:
    """Return what each unit has of the factors that the noise of all units shares."""
    lines = fresh.reshape(len(fresh), -1)
    known = ~np.isnan(lines)
    values = np.where(known, lines, 0.0)
    pairs = known.astype(float) @ known.T
    size = np.sqrt((values**2) @ known.T)
    together = values @ values.T / np.maximum(size * size.T, 1e-12)
    # units that were seldom there at once have no correlation to speak of
    together = np.where(pairs >= 10, together, 0.0)
    np.fill_diagonal(together, 1.0)
    strength, axes = np.linalg.eigh(together)
    kept = np.flatnonzero(strength > 1 + 2 * (len(lines) / max(1.0, pairs.max())) ** 0.5)
    kept = kept[::-1][:MOST_FACTORS]
    return bounded(axes[:, kept] * np.sqrt(strength[kept] - 1))


def bounded(loadings: np.ndarray) -> np.ndarray:
    """Return loadings that leave each unit some noise of its own."""
    share = (loadings**2).sum(axis=1, keepdims=True)
    return np.asarray(loadings * np.sqrt(SHARED / np.maximum(share, SHARED)))


def _quantiles(fresh: np.ndarray) -> np.ndarray:
    """Return the quantiles of the noise, so that its tails come back; standard normal if none."""
    found = fresh[~np.isnan(fresh)]
    if len(found) < 200:
        return np.array([NormalDist().inv_cdf(p) for p in POINTS])
    return np.asarray(np.quantile(found, POINTS))

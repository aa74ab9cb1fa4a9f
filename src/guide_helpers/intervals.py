"""Intervals of proportions and means, with numpy alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np


@dataclass(frozen=True)
class Interval:
    """A lower and an upper limit, the level they hold at and the method that gave them."""

    low: float
    high: float
    method: str
    level: float = 0.95

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Estimate:
    """A value that never travels without its interval."""

    value: float
    interval: Interval

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.interval.low:.3f} to {self.interval.high:.3f})"


def normal_quantile(level: float) -> float:
    """Return the two-sided standard normal quantile: 1.96 at level 0.95."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(hits: float, trials: float, *, level: float = 0.95) -> Interval:
    """Return the Wilson interval of a proportion; `trials` may be an effective number.

    References
    ----------
    Wilson (1927), doi:10.1080/01621459.1927.10502953
    """
    z2 = normal_quantile(level) ** 2
    rate, scale = hits / trials, 1 + z2 / trials
    centre = (rate + z2 / (2 * trials)) / scale
    half = math.sqrt(z2 * (rate * (1 - rate) / trials + z2 / (4 * trials**2))) / scale
    low = 0.0 if hits == 0 else max(0.0, centre - half)
    high = 1.0 if hits == trials else min(1.0, centre + half)
    return Interval(low, high, "Wilson", level)


def ratio_of_proportions(
    hits: float, trials: float, base_hits: float, base_trials: float, *, level: float = 0.95
) -> Interval:
    """Return the score interval of the ratio of two independent proportions.

    The base proportion must not be 0. Found by bisection on the score statistic with the
    restricted maximum likelihood estimates.

    References
    ----------
    Koopman (1984), doi:10.2307/2531405; Miettinen and Nurminen (1985),
    doi:10.1002/sim.4780040211
    """
    z2 = normal_quantile(level) ** 2
    observed = (hits / trials) / (base_hits / base_trials)

    def outside(ratio: float) -> bool:
        a = (trials + base_trials) * ratio
        b = -(trials * ratio + hits + base_trials + base_hits * ratio)
        c = hits + base_hits
        base = (-b - math.sqrt(max(0.0, b * b - 4 * a * c))) / (2 * a)
        base = min(1.0, max(0.0, base))
        p = min(1.0, ratio * base)
        variance = p * (1 - p) / trials + ratio**2 * base * (1 - base) / base_trials
        gap = hits / trials - ratio * base_hits / base_trials
        return gap * gap > z2 * variance

    low = 0.0 if hits == 0 else _edge(outside, observed, 1e-12)
    top = max(observed, 1e-3)
    while not outside(top):
        top *= 2
    return Interval(low, _edge(outside, observed, top), "score interval of a ratio", level)


def _edge(outside: Callable[[float], bool], inside: float, beyond: float) -> float:
    """Return the point between `inside` and `beyond` where `outside` becomes true."""
    for _ in range(80):
        middle = (inside + beyond) / 2
        if outside(middle):
            beyond = middle
        else:
            inside = middle
    return (inside + beyond) / 2


@lru_cache(maxsize=256)
def student_quantile(df: float, *, level: float = 0.95) -> float:
    """Return the two-sided quantile of Student's t, by numerical integration."""
    if df > 1e6:
        return normal_quantile(level)
    # with t = sqrt(df) tan(a), the density in the angle a is proportional to cos(a)^(df-1)
    angle = np.linspace(0, math.pi / 2, 200_001)
    density = np.cos(angle) ** (df - 1)
    density[-1] = density[-1] if df > 1 else 1.0
    mass = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return float(math.sqrt(df) * math.tan(np.interp(level, mass / mass[-1], angle)))


def design_effect(hits: np.ndarray, units: np.ndarray) -> float:
    """Return by how much clustering in units inflates the variance of a rate; at least 1.

    Ratio estimator over units; where every target or none is hit, the mean unit size.
    """
    sizes = np.bincount(units)
    sizes = sizes[sizes > 0]
    n, clusters = len(hits), len(sizes)
    if clusters == n or n == 0:
        return 1.0
    rate = float(hits.mean())
    if rate in (0.0, 1.0) or clusters == 1:
        return n / clusters
    totals = np.bincount(units, weights=hits)[np.bincount(units) > 0]
    clustered = clusters / (clusters - 1) * float(((totals - rate * sizes) ** 2).sum()) / n**2
    return max(1.0, clustered / (rate * (1 - rate) / n))

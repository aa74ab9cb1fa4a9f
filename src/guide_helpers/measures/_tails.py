"""Tails and quantiles of the F and chi-square distributions, with numpy alone."""

from __future__ import annotations

import math

import numpy as np

POINTS = 100_001
WIDE = 12.0
"""Standard deviations of a chi variable beyond its mean that hold all but 1e-30 of it."""


def f_tail(value: float, freedom: float, spare: float = math.inf) -> float:
    """Return the probability that an F variable exceeds `value`, by numerical integration.

    With `spare` infinite it is a chi-square of `freedom` degrees over `freedom`.
    """
    if value <= 0:
        return 1.0
    at, tail, end = _tails(freedom, spare)
    place = math.sqrt(freedom * value)
    if not math.isinf(spare):
        place = math.atan(place / math.sqrt(spare))
    return float(np.interp(place, at, tail)) if place < end else 0.0


def f_quantile(probability: float, freedom: float, spare: float = math.inf) -> float:
    """Return the value that an F variable stays below with a probability."""
    at, tail, _ = _tails(freedom, spare)
    place = float(np.interp(probability, 1 - tail, at))
    if not math.isinf(spare):
        place = math.tan(place) * math.sqrt(spare)
    return place**2 / freedom


def _tails(freedom: float, spare: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Return places and the probability above them: of a chi variable, or of an angle.

    The square of the tangent of the angle is the ratio of two independent chi-squares.
    """
    with np.errstate(divide="ignore"):
        if math.isinf(spare):
            at = np.linspace(0, math.sqrt(freedom) + WIDE, POINTS)
            log = (freedom - 1) * np.log(at) - at**2 / 2 if freedom != 1 else -(at**2) / 2
        else:
            at = np.linspace(0, math.pi / 2, POINTS)
            log = _times(freedom - 1, np.log(np.sin(at))) + _times(spare - 1, np.log(np.cos(at)))
    density = np.exp(log - log[np.isfinite(log)].max())
    steps = (density[1:] + density[:-1]) / 2
    above = np.append(np.cumsum(steps[::-1])[::-1], 0.0)
    return at, above / above[0], float(at[-1])


def _times(power: float, log: np.ndarray) -> np.ndarray:
    return np.zeros_like(log) if power == 0 else power * log

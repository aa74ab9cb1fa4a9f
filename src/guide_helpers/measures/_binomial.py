"""Exact limits of proportions, and what correct guesses say about a privacy loss; numpy alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

STEPS = 45


def tail(trials: int, chance: float) -> np.ndarray:
    """Return the chances of at least 0, 1, ..., `trials` successes, and 0 for one more."""
    if chance in (0.0, 1.0):
        sure = trials if chance else 0
        return np.append((np.arange(trials + 1) <= sure).astype(float), 0.0)
    k, ways = _ways(trials)
    density = ways + k * math.log(chance) + (trials - k) * math.log1p(-chance)
    return np.append(np.cumsum(np.exp(density)[::-1])[::-1], 0.0)


@lru_cache(maxsize=8)
def _ways(trials: int) -> tuple[np.ndarray, np.ndarray]:
    """Return 0 to `trials`, and the logarithm of in how many ways so many can be chosen."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, trials + 1)))])
    return np.arange(trials + 1), logs[trials] - logs - logs[::-1]


@lru_cache(maxsize=4_096)
def least_proportion(hits: int, trials: int, error: float) -> float:
    """Return the one-sided lower Clopper-Pearson limit.

    References
    ----------
    Clopper and Pearson (1934), doi:10.1093/biomet/26.4.404
    """
    if not hits:
        return 0.0
    return _crossing(lambda p: float(tail(trials, p)[hits]), error, 0.0, 1.0)


def greatest_proportion(hits: int, trials: int, error: float) -> float:
    """Return the one-sided upper Clopper-Pearson limit."""
    return 1.0 - least_proportion(trials - hits, trials, error)


def epsilon_of_two(
    hits: tuple[int, int], runs: tuple[int, int], *, level: float, delta: float
) -> float:
    """Return a lower bound on epsilon from an event counted with the unit and without it.

    Under (epsilon, delta) its chance with the unit is at most exp(epsilon) times that without,
    plus delta. The limits of both rates share the error.
    """
    error = (1 - level) / 2
    low = least_proportion(hits[0], runs[0], error) - delta
    high = greatest_proportion(hits[1], runs[1], error)
    return max(0.0, math.log(low / high)) if low > 0 else 0.0


def epsilon_of_guesses(
    right: int, guesses: int, targets: int, *, level: float, delta: float
) -> float:
    """Return a lower bound on epsilon from one run: `right` of `guesses` about `targets` people.

    Each target must have been in with chance one half, on its own. Then the number of right
    guesses is hardly ever above a binomial one of chance exp(epsilon) / (1 + exp(epsilon)).

    References
    ----------
    Steinke, Nasr and Jagielski (2023), arXiv:2305.08846, theorem 1.1
    """
    if not guesses:
        return 0.0

    def chance(epsilon: float) -> float:
        at_least = tail(guesses, 1 / (1 + math.exp(-epsilon)))
        plain = float(at_least[right])
        if not delta or not right:
            return plain
        steps = np.arange(1, right + 1)
        slack = (at_least[right - steps] - plain) / steps
        return plain + 2 * targets * delta * float(slack.max())

    error = 1 - level
    if chance(0.0) > error:
        return 0.0
    return _crossing(chance, error, 0.0, 60.0)


def _crossing(rising: Callable[[float], float], value: float, low: float, high: float) -> float:
    """Return, from below, where a rising function reaches a value."""
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < value else (low, middle)
    return low

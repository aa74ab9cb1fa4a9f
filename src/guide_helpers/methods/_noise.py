"""Integer noise for counts and noisy choices: diffprivlib's mechanisms, the discrete Gaussian."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from guide_helpers.methods._accounting import diffprivlib
from guide_helpers.methods._discrete_gaussian import Coins, discrete_gaussian


def noisy(
    counts: np.ndarray,
    *,
    epsilon: float,
    sensitivity: int,
    rng: np.random.Generator | None,
) -> np.ndarray:
    """Return the counts plus two-sided geometric noise; without `rng`, from the system's entropy.

    `sensitivity` is by how much one privacy unit can change the sum of absolute differences of
    all counts together. All counts of one table then cost `epsilon` once.

    References
    ----------
    Ghosh, Roughgarden and Sundararajan (2012), doi:10.1137/09076828X
    """
    mechanism = diffprivlib().mechanisms.Geometric(
        epsilon=epsilon, sensitivity=sensitivity, random_state=_seed(rng)
    )
    return np.array([mechanism.randomise(int(c)) for c in counts], dtype=np.int64)


def gaussian(
    counts: np.ndarray,
    *,
    rho: float,
    sensitivity: int,
    rng: np.random.Generator | None,
) -> np.ndarray:
    """Return the counts plus discrete Gaussian noise; without `rng`, from the system's entropy.

    `sensitivity` is the root of the sum of squares by which one privacy unit can change all counts
    together; k rows of a unit in one cell change it by k. All counts of one table then cost `rho`
    once. (diffprivlib's own discrete Gaussian takes an epsilon and a delta, no rho, and draws one
    value at a time.)

    References
    ----------
    Canonne, Kamath and Steinke (2020), arXiv:2004.00010, theorem 14
    """
    variance = Fraction(sensitivity) ** 2 / (2 * Fraction(rho))
    noise = discrete_gaussian(variance, len(counts), Coins(rng))
    return np.asarray(np.asarray(counts, dtype=np.int64) + noise)


def geometric_variance(epsilon: float) -> float:
    """Return the variance of two-sided geometric noise."""
    ratio = math.exp(-epsilon)
    return 2 * ratio / (1 - ratio) ** 2


def chosen(
    scores: list[float],
    *,
    epsilon: float,
    sensitivity: float,
    rng: np.random.Generator | None,
) -> int:
    """Return the place of a high score, by the exponential mechanism.

    `sensitivity` is by how much one privacy unit can change any one score, up or down.

    References
    ----------
    McSherry and Talwar (2007), doi:10.1109/FOCS.2007.66
    """
    mechanism = diffprivlib().mechanisms.Exponential(
        epsilon=epsilon, sensitivity=sensitivity, utility=scores, random_state=_seed(rng)
    )
    return int(mechanism.randomise())


def _seed(rng: np.random.Generator | None) -> int | None:
    return None if rng is None else int(rng.integers(2**31))

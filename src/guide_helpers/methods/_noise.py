"""Integer noise for counts, from diffprivlib's geometric mechanism."""

from __future__ import annotations

import numpy as np

from guide_helpers.methods._accounting import diffprivlib


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
    seed = None if rng is None else int(rng.integers(2**31))
    mechanism = diffprivlib().mechanisms.Geometric(
        epsilon=epsilon, sensitivity=sensitivity, random_state=seed
    )
    return np.array([mechanism.randomise(int(c)) for c in counts], dtype=np.int64)

"""How much privacy loss was seen: a lower bound on epsilon from repeated runs."""

from __future__ import annotations

import math


def empirical_epsilon(
    hits_with: int, hits_without: int, runs: int, *, level: float = 0.95
) -> float:
    """Return a lower confidence bound on epsilon from an event counted on two neighbours.

    The event is named before the runs: it happened `hits_with` times in `runs` runs with the
    unit and `hits_without` times in as many runs without it. Clopper-Pearson limits of both
    rates share the error, so the bound holds at `level`; 0 where nothing was shown.

    References
    ----------
    Clopper and Pearson (1934), doi:10.1093/biomet/26.4.404
    """
    from scipy.stats import beta

    half = (1 - level) / 2
    low = 0.0 if hits_with == 0 else float(beta.ppf(half, hits_with, runs - hits_with + 1))
    top = float(beta.ppf(1 - half, hits_without + 1, runs - hits_without))
    top = 1.0 if hits_without == runs else top
    return max(0.0, math.log(low / top)) if low > 0 else 0.0

"""Noisy counts made possible again: nothing negative, totals and margins that agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

STEPS = 500
"""Most rounds of alternating projections; a few dozen are usual."""
CLOSE = 0.01
"""Margins of a table agree when they differ by less than this many records."""


def weighted_mean(
    estimates: Sequence[np.ndarray | float], variances: Sequence[np.ndarray | float]
) -> np.ndarray:
    """Return the mean of unbiased estimates of the same counts, by the inverse of the variance."""
    weights = [1 / np.asarray(v, float) for v in variances]
    total = sum(w * e for w, e in zip(weights, estimates, strict=True))
    return np.asarray(total / sum(weights))


def onto_total(values: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Return, row by row, the closest counts that are not negative and have the total.

    References
    ----------
    Duchi, Shalev-Shwartz, Singer and Chandra (2008), doi:10.1145/1390156.1390191
    """
    falling = -np.sort(-values, axis=1)
    above = falling.cumsum(axis=1) - totals[:, None]
    places = np.arange(1, values.shape[1] + 1)
    last = np.maximum((falling * places > above).sum(axis=1), 1) - 1
    excess = np.take_along_axis(above, last[:, None], axis=1) / (last[:, None] + 1)
    return np.asarray(np.maximum(values - excess, 0))


def onto_margins(table: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the closest table without negative counts that has both margins.

    Projections on each margin in turn, each corrected for what it took away the last time.

    References
    ----------
    Boyle and Dykstra (1986), doi:10.1007/978-1-4613-9940-7_3
    """
    by_columns = np.asarray(table, float)
    taken_rows = taken_columns = np.zeros(table.shape)
    for _ in range(STEPS):
        by_rows = onto_total(by_columns + taken_rows, rows)
        taken_rows = by_columns + taken_rows - by_rows
        if np.abs(by_rows.sum(axis=0) - columns).max() < CLOSE:
            break
        by_columns = onto_total((by_rows + taken_columns).T, columns).T
        taken_columns = by_rows + taken_columns - by_columns
    return by_rows

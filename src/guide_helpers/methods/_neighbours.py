"""Nearest records in mixed data, by a distance of values and levels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from guide_helpers.schema import Dataset, Kind

CHUNK = 2_000_000
"""Distances held in memory at once."""
TIE = np.float32(1e-4)
"""Distances that differ by less are the same."""


def comparable(data: Dataset, parts: Mapping[str, np.ndarray]) -> list[tuple[np.ndarray, bool]]:
    """Return columns to compare, and whether by distance or by equality.

    Quantities are in units of four standard deviations, which hold most records; without a value
    they are 0, the mean, and their state, a column by equality, tells them apart. Ordered levels
    are ranks from 0 to 1.
    """
    columns = []
    for name, values in parts.items():
        place, _, what = name.partition(":")
        ordered = data.schema.variables[int(place)].kind is Kind.ORDERED
        if what == "number":
            known = parts[f"{place}:state"] == 0
            columns.append((_scaled(values, known), True))
        elif what == "level" and ordered and not (values < 0).any():
            columns.append((_ranks(values, values >= 0), True))
        else:
            columns.append((np.unique(values, return_inverse=True)[1].astype(np.int32), False))
    return [(c, by) for c, by in columns if (c != c[0]).any()]


def nearest(
    columns: list[tuple[np.ndarray, bool]],
    seeds: np.ndarray,
    pool: np.ndarray,
    k: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return, for each seed, the k records of the pool that are nearest, itself left out.

    The distance is the sum over columns of differences, or of 1 where levels differ. Chance
    decides among those that are equally near.

    References
    ----------
    Gower (1971), doi:10.2307/2528823, who divides by the range
    """
    found = np.empty((len(seeds), k), dtype=np.int64)
    size = max(1, CHUNK // len(pool))
    for start in range(0, len(seeds), size):
        some = seeds[start : start + size]
        distance = np.tile(TIE * rng.random(len(pool), dtype=np.float32), (len(some), 1))
        for values, by_distance in columns:
            mine, theirs = values[some][:, None], values[pool][None, :]
            distance += np.abs(mine - theirs) if by_distance else mine != theirs
        distance[some[:, None] == pool[None, :]] = np.inf
        found[start : start + size] = pool[np.argpartition(distance, k - 1, axis=1)[:, :k]]
    return found


def _scaled(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    inside = values[known]
    mean, spread = (inside.mean(), inside.std()) if len(inside) else (0.0, 0.0)
    scaled = np.where(known, values - mean, 0.0) / (4 * spread or 1.0)
    return np.asarray(scaled, dtype=np.float32)


def _ranks(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return middle ranks from 0 to 1 among the known values."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    counts = np.bincount(place[known], minlength=len(counts))
    middle = np.cumsum(counts) - counts / 2
    return np.asarray((middle / max(counts.sum(), 1))[place], dtype=np.float32)

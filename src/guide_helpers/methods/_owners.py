"""Values that belong to few protected units, however many rows they have."""

from __future__ import annotations

import numpy as np

from guide_helpers.methods._smoothing import FEW, Smoother


def of_many_owners(values: np.ndarray, owners: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return values, those smoothed that ten rows or more share but fewer than ten owners.

    What fewer rows share is smoothed where values are drawn, which looks at rows.
    """
    known = np.flatnonzero(~np.isnan(values))
    distinct, codes, rows = np.unique(values[known], return_inverse=True, return_counts=True)
    of = _owners(codes, owners[known], len(distinct))
    odd = (rows >= FEW) & (of < FEW)
    smoother = Smoother.of(distinct, of) if odd.any() else None
    if smoother is None:
        return values
    here = odd[codes]
    found = values.copy()
    found[known[here]] = smoother.values(codes[here], rng)
    return found


def common(values: np.ndarray, owners: np.ndarray, share: float, most: int) -> tuple[float, ...]:
    """Return values that a share of the rows has, and ten owners at least; the commonest first."""
    known = np.flatnonzero(~np.isnan(values))
    distinct, codes, rows = np.unique(values[known], return_inverse=True, return_counts=True)
    of = _owners(codes, owners[known], len(distinct))
    good = np.flatnonzero((rows >= share * max(1, len(values))) & (of >= FEW))
    good = good[np.argsort(-rows[good], kind="stable")][:most]
    return tuple(float(v) for v in distinct[good])


def _owners(codes: np.ndarray, owners: np.ndarray, size: int) -> np.ndarray:
    """Return how many owners each value has."""
    base = int(owners.max(initial=0)) + 1
    return np.bincount(np.unique(codes * base + owners) // base, minlength=size)

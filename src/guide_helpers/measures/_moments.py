"""Means, standard deviations and quantiles from counts of sorted values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from guide_helpers.errors import GuideError
from guide_helpers.measures._coded import Coded, coded
from guide_helpers.measures._encode import measured
from guide_helpers.schema import Dataset


def numeric_files(
    original: Dataset, synthetic: Dataset, control: Dataset | None
) -> tuple[Coded, str]:
    """Return the prepared files with the numbers and dates that can be compared, and a note.

    Those that vary in the original and have a value in the synthetic file.
    """
    files = coded(original, synthetic, control, measured(original))
    varying = [
        s for s in files.scales if s.numeric and np.count_nonzero(s.counts(files.original)) > 1
    ]
    kept = tuple(s for s in varying if s.counts(files.synthetic).any())
    if not kept:
        raise GuideError(
            "no numeric variable varies in the original and has values in the synthetic file; "
            "compare categories with univariate_distance"
        )
    lost = [s.name for s in varying if s not in kept]
    note = f"Without any value in the synthetic file: {', '.join(lost)}." if lost else ""
    return replace(files, scales=kept), note


def mean(values: np.ndarray, counts: np.ndarray) -> float:
    """Return the mean of values that occur `counts` times; NaN where none does."""
    total = counts.sum()
    return float(values @ counts / total) if total else np.nan


def spread(values: np.ndarray, counts: np.ndarray) -> float:
    """Return the standard deviation, with n - 1; NaN for fewer than two values."""
    total = counts.sum()
    if total < 2:
        return np.nan
    centred = values - mean(values, counts)
    return float(np.sqrt(centred**2 @ counts / (total - 1)))


def quantiles(values: np.ndarray, counts: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return quantiles: values of the records themselves, or halfway between two of them.

    The averaged inverse of the cumulative shares, so that the median is the usual one.
    """
    total = counts.sum()
    if not total:
        return np.full(len(shares), np.nan)
    below = np.cumsum(counts)
    at = np.round(shares * total, 9)
    lower = values[np.searchsorted(below, np.maximum(at, 1))]
    upper = values[np.minimum(np.searchsorted(below, at, side="right"), len(values) - 1)]
    whole = at == np.floor(at)
    found: np.ndarray = np.where(whole, (lower + upper) / 2, lower)
    return found

"""Columns as whole numbers: the form in which trees read and write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.schema import Kind, Variable

CLASSES = 64
"""Classes of a target that order the levels of a predictor; rarer ones count as one."""
MOST_FEATURES = 12
"""Levels of another variable whose shares tell which levels are alike."""
FEW_ROWS = 5
"""So many records of the average level are added to each when likeness is judged."""


@dataclass(frozen=True)
class Coded:
    """A column as places among its distinct values, in order; `missing` stands after the last.

    `quantities` are the values as numbers, None for levels; `ordered` says whether the order of
    the values means something; `numeric` that the quantities are numbers and not dates.
    """

    codes: np.ndarray
    missing: int
    quantities: np.ndarray | None
    ordered: bool
    decode: Callable[[np.ndarray], Any]
    numeric: bool = False

    @classmethod
    def of(cls, values: pd.Series, variable: Variable) -> Coded:
        """Return a column of a data set, typed as its schema says, in codes."""
        if variable.discrete:
            return _levels(values, ordered=variable.kind is Kind.ORDERED)
        codes, distinct = pd.factorize(values, sort=True)
        missing = len(distinct)
        if variable.kind is Kind.DATETIME:
            moments = pd.DatetimeIndex(distinct)
            quantities = (moments.asi8 - moments.asi8[:1].sum()).astype(float)
            return cls(_filled(codes, missing), missing, quantities, True, _picker(moments))
        numbers = np.append(np.asarray(distinct, float), np.nan)
        filled = _filled(codes, missing)
        return cls(filled, missing, numbers[:-1], True, numbers.__getitem__, numeric=True)

    def take(self, rows: np.ndarray) -> Coded:
        """Return some rows of the column, in the codes of the whole."""
        return replace(self, codes=self.codes[rows])

    @property
    def present(self) -> np.ndarray:
        """Whether each row has a value."""
        return np.asarray(self.codes != self.missing)

    def nearest(self, quantities: np.ndarray) -> np.ndarray:
        """Return the code of the observed quantity nearest to each; missing where it is NaN."""
        assert self.quantities is not None  # only quantities are drawn as quantities
        middles = (self.quantities[1:] + self.quantities[:-1]) / 2
        codes = np.searchsorted(middles, quantities)
        return np.where(np.isnan(quantities), self.missing, codes)


def ordered_bins(column: Coded, max_bins: int) -> np.ndarray:
    """Return the bin of each code of an ordered column; missing is the last, on its own."""
    counts = np.bincount(column.codes, minlength=column.missing + 1)
    bins = even_bins(counts[:-1], max_bins)
    last = int(bins[-1]) if len(bins) else -1
    return np.append(bins, max(last + bool(counts[-1]), 0))


def level_bins(column: Coded, target: np.ndarray, max_bins: int, min_rows: int) -> np.ndarray:
    """Return the bin of each code of an unordered column, in an order made for a target.

    Levels are ordered once for the whole table: by the mean of a numeric target (Breiman et al.
    1984), by the first principal component of the class shares otherwise (Coppersmith et al.
    1999). Levels with fewer than `min_rows` rows are too rare to be told apart and form one.
    """
    counts = np.bincount(column.codes, minlength=column.missing + 1)
    seen = np.flatnonzero(counts)
    alone = np.where(counts[seen] < min_rows, len(counts), seen)
    groups, group = np.unique(alone, return_inverse=True)
    place = np.zeros(len(counts), np.intp)
    place[seen] = group
    sizes = np.bincount(group, counts[seen])
    order = np.argsort(_scores(place[column.codes], len(groups), target), kind="stable")
    bins = np.empty(len(groups), np.intp)
    bins[order] = even_bins(sizes[order], max_bins)
    # a level that is not in a bootstrap sample goes with the rare ones, or with the commonest
    place[counts == 0] = len(groups) - 1 if groups[-1] == len(counts) else sizes.argmax()
    return bins[place]


def similar(column: Coded, others: Sequence[Coded]) -> np.ndarray:
    """Return the place of each code of a category in an order that puts like levels together.

    Levels are ordered by the first principal component of what the other variables are on
    average among their records; averages of few records are drawn towards that of all.
    """
    counts = np.bincount(column.codes, minlength=column.missing + 1)
    features = np.column_stack([f for other in others for f in _features(other)])
    spread = features.std(axis=0)
    features = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1)
    sums = np.column_stack([np.bincount(column.codes, f, len(counts)) for f in features.T])
    means = sums / (counts + FEW_ROWS)[:, None]
    axis = np.linalg.eigh((means.T * counts) @ means)[1][:, -1]
    scores = np.round(means @ axis * np.sign(axis[np.abs(axis).argmax()]), 10)
    place = np.empty(len(counts), np.intp)
    place[np.argsort(scores, kind="stable")] = np.arange(len(counts))
    return place


def coarse(column: Coded, most: int = 16) -> tuple[np.ndarray, int]:
    """Return a column in at most `most` classes, for a rough look, and their number."""
    if column.ordered:
        bins = ordered_bins(column, most)[column.codes]
        return bins, int(bins.max()) + 1
    return _frequent(column.codes, most)


def _features(column: Coded) -> Iterator[np.ndarray]:
    """Yield what can be averaged: the rank of an ordered value, or whether a level is there."""
    if column.ordered:
        counts = np.bincount(column.codes, minlength=column.missing + 1)
        yield (np.cumsum(counts) - counts / 2)[column.codes]
        return
    classes, k = _frequent(column.codes, MOST_FEATURES)
    for level in range(k - 1 if k > 1 else k):
        yield (classes == level).astype(float)


def even_bins(counts: np.ndarray, max_bins: int) -> np.ndarray:
    """Return bins of about equal numbers of rows for values in order, and how often each occurs.

    Few values keep a bin each. A value with more rows than a bin should hold has its own, so that
    a heap at zero is not mixed with what stands beside it.
    """
    if len(counts) <= max_bins:
        return np.arange(len(counts))
    heap = counts * max_bins >= counts.sum()
    others = np.where(heap, 0, counts)
    middle = (np.cumsum(others) - others / 2) / max(others.sum(), 1)
    place = np.floor(middle * max(max_bins - int(heap.sum()), 1))
    passed = 2 * np.cumsum(heap) - heap
    return np.unique(place + (max_bins + 1) * passed, return_inverse=True)[1]


def _levels(values: pd.Series, *, ordered: bool) -> Coded:
    dtype: Any = values.dtype
    codes = values.cat.codes.to_numpy().astype(np.intp)
    seen = np.unique(codes[codes >= 0])
    place = np.full(len(dtype.categories) + 1, len(seen))  # the last answers code -1, missing
    place[seen] = np.arange(len(seen))
    lookup = np.append(seen, -1)

    def decode(places: np.ndarray) -> pd.Categorical:
        return pd.Categorical.from_codes(lookup[places], dtype=dtype)

    return Coded(place[codes], len(seen), None, ordered, decode)


def _filled(codes: np.ndarray, missing: int) -> np.ndarray:
    return np.where(codes < 0, missing, codes).astype(np.intp)


def _picker(moments: pd.DatetimeIndex) -> Callable[[np.ndarray], Any]:
    return moments.append(pd.DatetimeIndex([pd.NaT], dtype=moments.dtype)).take


def _scores(codes: np.ndarray, size: int, target: np.ndarray) -> np.ndarray:
    """Return, for each level, how the target of its rows lies; rounded, so that ties are ties."""
    counts = np.maximum(np.bincount(codes, minlength=size), 1)
    if target.dtype.kind == "f":
        scores = np.bincount(codes, target - target.mean(), size) / counts
    else:
        classes, k = _frequent(target)
        table = np.bincount(codes * k + classes, minlength=size * k).reshape(size, k)
        shares = table / counts[:, None] - np.bincount(classes, minlength=k) / len(classes)
        weighted = shares * np.sqrt(counts)[:, None]
        axis = np.linalg.eigh(weighted.T @ weighted)[1][:, -1]
        scores = shares @ (axis * np.sign(axis[np.abs(axis).argmax()]))
    scale = np.abs(scores).max()
    return np.round(scores / scale, 10) if scale > 0 else scores


def _frequent(target: np.ndarray, most: int = CLASSES) -> tuple[np.ndarray, int]:
    """Return the classes with all but the most frequent ones put together, and their number."""
    counts = np.bincount(target)
    if len(counts) <= most:
        return target, len(counts)
    new = np.full(len(counts), most - 1)
    new[np.argsort(-counts, kind="stable")[: most - 1]] = np.arange(most - 1)
    return new[target], most

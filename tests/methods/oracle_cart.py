"""An independent sequential-tree synthesizer on scikit-learn's trees, to hold `cart` against.

It shares no code with the package: the same visit sequence and least leaf, levels coded by one
global order made for each target, donors drawn uniformly in the leaf, missing values as a level
of their own. Numeric predictors are used as they are or, with `bins`, in so many quantile bins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from guide_helpers.schema import Dataset, Kind


@dataclass(frozen=True)
class Column:
    """A column as places in `levels`; `numbers` are None for levels."""

    codes: np.ndarray
    levels: pd.Index
    numbers: np.ndarray | None
    unordered: bool

    def positions(self, target: np.ndarray, bins: int | None) -> np.ndarray:
        """Return where each of the values stands on a predictor's axis, for one target."""
        if self.numbers is not None:
            return self.numbers if bins is None else self._binned(bins)
        if not self.unordered:
            return np.arange(len(self.levels), dtype=float)
        scores = level_scores(self.codes, len(self.levels), target)
        place = np.empty(len(scores))
        place[np.argsort(scores, kind="stable")] = np.arange(len(scores))
        return place

    def _binned(self, bins: int) -> np.ndarray:
        assert self.numbers is not None
        edges = np.quantile(self.numbers[self.codes], np.arange(1, bins) / bins, method="higher")
        return np.searchsorted(np.unique(edges), self.numbers, side="right").astype(float)


def synthesise(
    data: Dataset, rng: np.random.Generator, *, min_leaf: int = 5, bins: int | None = None
) -> Dataset:
    """Return as many synthetic records as there are original ones."""
    names = [v.name for v in data.schema.modelled]
    columns = [_column(data.rows[v.name], v.kind) for v in data.schema.modelled]
    drawn: list[np.ndarray] = []
    for j, column in enumerate(columns):
        if j == 0:
            drawn.append(rng.choice(column.codes, len(data)))
            continue
        target = column.codes if column.numbers is None else column.numbers[column.codes]
        places = [p.positions(target, bins).astype(np.float32) for p in columns[:j]]
        old = _table(places, [c.codes for c in columns[:j]])
        tree = fitted(old, target, min_leaf)
        leaf, asked = tree.apply(old), tree.apply(_table(places, drawn))
        drawn.append(column.codes[donors(leaf, asked, rng)])
    rows = {n: c.levels.take(d) for n, c, d in zip(names, columns, drawn, strict=True)}
    return data.with_rows(pd.DataFrame(rows))


def fitted(
    predictors: np.ndarray, target: np.ndarray, min_leaf: int
) -> DecisionTreeClassifier | DecisionTreeRegressor:
    """Return scikit-learn's tree: floats give a regression tree, whole numbers classes."""
    kind = DecisionTreeRegressor if target.dtype.kind == "f" else DecisionTreeClassifier
    return kind(min_samples_leaf=min_leaf, random_state=0).fit(predictors, target)


def donors(leaf: np.ndarray, asked: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return, for each leaf that is asked for, one of the rows in it, all as likely."""
    order = np.argsort(leaf, kind="stable")
    sizes = np.bincount(leaf)
    begins = np.cumsum(sizes) - sizes
    return order[begins[asked] + rng.integers(sizes[asked])]


def level_scores(codes: np.ndarray, size: int, target: np.ndarray) -> np.ndarray:
    """Return the place of each level: mean of a number, first component of class shares."""
    counts = np.maximum(np.bincount(codes, minlength=size), 1)
    if target.dtype.kind == "f":
        return np.bincount(codes, target, size) / counts
    classes = int(target.max()) + 1
    table = np.bincount(codes * classes + target, minlength=size * classes)
    table = table.reshape(size, classes)
    if classes == 2:
        return table[:, 1] / counts
    shares = table / counts[:, None] - table.sum(0) / table.sum()
    weighted = np.sqrt(counts)[:, None] * shares
    return shares @ np.linalg.eigh(weighted.T @ weighted)[1][:, -1]


def leaf_impurity(leaf: np.ndarray, target: np.ndarray) -> float:
    """Return the squared error, or the Gini index times rows, summed over leaves."""
    if target.dtype.kind == "f":
        target = target - target.mean()
        sizes, sums = np.bincount(leaf), np.bincount(leaf, target)
        return float(target @ target - (sums**2 / np.maximum(sizes, 1)).sum())
    cells, counts = np.unique(leaf * (int(target.max()) + 1) + target, return_counts=True)
    sizes = np.bincount(leaf)[cells // (int(target.max()) + 1)]
    return float(len(leaf) - (counts**2 / sizes).sum())


def _table(places: list[np.ndarray], codes: list[np.ndarray]) -> np.ndarray:
    return np.stack([p.take(c) for p, c in zip(places, codes, strict=True)], axis=1)


def _column(values: pd.Series, kind: Kind) -> Column:
    if kind in (Kind.CATEGORICAL, Kind.ORDERED):
        known = values.cat.remove_unused_categories()
        levels = pd.Index(known.cat.categories, dtype=object)
        codes = known.cat.codes.to_numpy().astype(np.intp)
        if (codes < 0).any():
            codes = np.where(codes < 0, len(levels), codes)
            levels = levels.append(pd.Index([None], dtype=object))
        return Column(codes, levels, None, kind is Kind.CATEGORICAL)
    codes, distinct = pd.factorize(values, sort=True)
    if (codes < 0).any():
        raise ValueError(f"the oracle knows no missing number; {values.name!r} has some")
    return Column(codes, distinct, np.asarray(distinct, float), False)

"""Classification and regression trees, grown level by level on binned predictors.

All nodes of a level are searched together (Breiman et al. 1984 for the criteria; see
`guide_helpers.methods._splits`), so the work is a few array operations for each level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guide_helpers.methods._splits import Best, Gini, Grid, LeastSquares, Level


@dataclass(frozen=True)
class Limits:
    """When a tree stops: rows in a leaf, levels, and gain as a share of the root's impurity."""

    min_leaf: int = 5
    max_depth: int | None = None
    complexity: float = 0.0


@dataclass(frozen=True)
class Tree:
    """A grown tree: for each node its predictor (-1 for a leaf), cut and left child.

    The right child's number follows the left one's. `leaf` is where each training row ended.
    """

    predictor: np.ndarray
    cut: np.ndarray
    left: np.ndarray
    leaf: np.ndarray

    def find(self, bins: np.ndarray) -> np.ndarray:
        """Return the leaf of each row; `bins` lie on the same axis as the training grid's."""
        ended = self.predictor < 0
        found = np.zeros(len(bins), np.intp)
        if ended[0]:
            return found
        # a leaf leads to itself, so that finished rows need not be removed at every level
        predictor = np.where(ended, 0, self.predictor)
        cut = np.where(ended, np.iinfo(bins.dtype).max, self.cut).astype(bins.dtype)
        left = np.where(ended, np.arange(len(ended)), self.left)
        flat, rows, node = bins.ravel(), np.arange(len(bins)), found
        begin = rows * bins.shape[1]
        while len(rows):
            for _ in range(4):
                node = left.take(node) + (flat.take(predictor.take(node) + begin) > cut.take(node))
            found[rows] = node
            going = np.flatnonzero(~ended[node])
            rows, begin, node = rows[going], begin[going], node[going]
        return found


def grow(grid: Grid, target: np.ndarray, limits: Limits) -> Tree:
    """Return the tree of a target: floats give a regression tree, whole numbers classes."""
    if not grid.width:
        zero = np.zeros(1, np.intp)
        return Tree(zero - 1, zero, zero, np.zeros(len(target), np.intp))
    search = LeastSquares if target.dtype.kind == "f" else Gini
    return _Growth(grid, search(grid, target, limits.min_leaf), limits).run()


class _Growth:
    """A tree while it grows."""

    def __init__(self, grid: Grid, search: LeastSquares | Gini, limits: Limits) -> None:
        self.grid, self.search, self.limits = grid, search, limits
        self.owner = np.repeat(np.arange(grid.bins.shape[1]), np.diff(grid.first))
        self.leaf = np.zeros(len(grid.bins), np.intp)
        self.count = 1
        self.splits: list[tuple[np.ndarray, ...]] = []

    def run(self) -> Tree:
        """Split level after level until no node gains, and return the tree."""
        least = max(self.limits.complexity * self.search.impurity, self.search.rounding)
        level, depth = self._root(), 0
        while level.open.any() and depth != self.limits.max_depth:
            best = self.search.best(level)
            chosen = level.open & (best.gain > least)
            if not chosen.any():
                break
            level = self._descend(level, chosen, best)
            depth += 1
        self.leaf[level.rows] = level.ids.repeat(level.sizes)
        predictor, left = np.full(self.count, -1, np.intp), np.zeros(self.count, np.intp)
        cut = np.zeros(self.count, np.int64)
        for ids, *values in self.splits:
            predictor[ids], cut[ids], left[ids] = values
        return Tree(predictor, cut, left, self.leaf)

    def _root(self) -> Level:
        rows, none = self.search.order, np.zeros(0, np.intp)
        values, size = self.search.target[rows], np.array([len(rows)])
        able = self._open(values, size)
        return Level(np.zeros(1, np.intp), size, rows, values, able, none, none, none)

    def _open(self, values: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        enough = sizes >= 2 * self.limits.min_leaf
        return np.asarray(enough & ~self.search.pure(values, sizes))

    def _descend(self, level: Level, chosen: np.ndarray, best: Best) -> Level:
        """Split the chosen nodes and return the level of their children that may split again.

        The smaller children come first, then the larger ones, in the order of their parents.
        """
        swapped = 2 * best.left > level.sizes
        smaller = self._right(level, best.cut) == swapped.repeat(level.sizes)
        larger = ~smaller
        if not chosen.all():
            going = chosen.repeat(level.sizes)
            smaller &= going
            larger &= going
            ended = level.rows[(~going).nonzero()[0]]
            self.leaf[ended] = level.ids[~chosen].repeat(level.sizes[~chosen])
        order = np.concatenate([smaller.nonzero()[0], larger.nonzero()[0]])
        cut, left, sizes, swapped = (a[chosen] for a in (best.cut, best.left, level.sizes, swapped))
        children = np.arange(self.count, self.count + 2 * len(cut), 2)
        self.splits.append((level.ids[chosen], self.owner[cut], cut, children))
        self.count += 2 * len(cut)
        small = np.where(swapped, sizes - left, left)
        return self._keep(
            np.concatenate([children + swapped, children + ~swapped]),
            np.concatenate([small, sizes - small]),
            level.rows.take(order),
            level.target.take(order),
            best.kept[chosen],
        )

    def _right(self, level: Level, cut: np.ndarray) -> np.ndarray:
        """Return which rows lie right of their node's cut."""
        bins = self.grid.bins
        place = level.rows * bins.shape[1]
        place += self.owner[cut].repeat(level.sizes)
        return np.asarray(bins.ravel().take(place) > cut.astype(bins.dtype).repeat(level.sizes))

    def _keep(
        self,
        ids: np.ndarray,
        sizes: np.ndarray,
        rows: np.ndarray,
        values: np.ndarray,
        tables: np.ndarray,
    ) -> Level:
        """Return a level without the children that are leaves, unless a sibling needs them."""
        able, half = self._open(values, sizes), len(tables)
        heir = able[half:] & (tables >= 0)
        kept = able.copy()
        kept[:half] |= heir
        if not kept.all():
            inside = kept.repeat(sizes)
            among, ended = inside.nonzero()[0], (~inside).nonzero()[0]
            self.leaf[rows.take(ended)] = ids[~kept].repeat(sizes[~kept])
            ids, sizes, rows, values = ids[kept], sizes[kept], rows.take(among), values.take(among)
        place = kept.cumsum() - 1
        heirs, siblings = place[half:][heir], place[:half][heir]
        return Level(ids, sizes, rows, values, able[kept], heirs, siblings, tables[heir])

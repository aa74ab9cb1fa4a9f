"""Classification and regression trees, grown level by level on binned predictors.

All nodes of a level are searched together (Breiman et al. 1984 for the criteria; see
`guide_helpers.methods._splits`), so the work is a few array operations for each level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guide_helpers.methods._splits import Gini, Grid, LeastSquares, Level, unsigned


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
            gain, cut = self.search.best(level)
            chosen = level.open & (gain > least)
            if not chosen.any():
                break
            level = self._descend(level, chosen, cut)
            depth += 1
        predictor, left = np.full(self.count, -1, np.intp), np.zeros(self.count, np.intp)
        cut = np.zeros(self.count, np.int64)
        for ids, *values in self.splits:
            predictor[ids], cut[ids], left[ids] = values
        return Tree(predictor, cut, left, self.leaf)

    def _root(self) -> Level:
        rows, zero = self.search.order, np.zeros(1, np.intp)
        size = np.array([len(rows)])
        return Level(zero, size, rows, self._open(rows, size), zero[:0])

    def _open(self, rows: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        starts = np.cumsum(sizes) - sizes
        enough = sizes >= 2 * self.limits.min_leaf
        return np.asarray(enough & ~self.search.pure(rows, starts, sizes))

    def _descend(self, level: Level, chosen: np.ndarray, cut: np.ndarray) -> Level:
        """Split the chosen nodes and return the level of their children that may split again."""
        ids, sizes, cut = level.ids[chosen], level.sizes[chosen], cut[chosen]
        left = self.count + 2 * np.arange(len(ids))
        self.count += 2 * len(ids)
        self.splits.append((ids, self.owner[cut], cut, left))
        rows = level.rows if chosen.all() else level.rows[np.repeat(chosen, level.sizes)]
        node = np.repeat(np.arange(len(ids)), sizes)
        bins = self.grid.bins
        place = self.owner[cut].take(node) + rows * bins.shape[1]
        right = bins.ravel().take(place) > cut.astype(bins.dtype).take(node)
        self.leaf[rows] = left.take(node) + right
        rights = np.add.reduceat(right, np.cumsum(sizes) - sizes, dtype=np.intp)
        right_first = 2 * rights < sizes
        place = (2 * np.arange(len(ids)) + right_first).astype(unsigned(2 * len(ids)))
        rows = rows.take(np.argsort(place.take(node) ^ right, kind="stable"))
        small = np.minimum(rights, sizes - rights)
        children = np.column_stack([left + right_first, left + ~right_first]).ravel()
        sizes = np.column_stack([small, sizes - small]).ravel()
        return self._keep(children, sizes, rows, np.flatnonzero(chosen))

    def _keep(
        self, ids: np.ndarray, sizes: np.ndarray, rows: np.ndarray, parents: np.ndarray
    ) -> Level:
        """Return the level of the children that may be split, with siblings if they are needed."""
        able = self._open(rows, sizes)
        kept = able
        if self.search.pairs:
            kept = np.repeat(able.reshape(-1, 2).any(axis=1), 2)
            parents = parents[kept[::2]]
        return Level(ids[kept], sizes[kept], rows[np.repeat(kept, sizes)], able[kept], parents)

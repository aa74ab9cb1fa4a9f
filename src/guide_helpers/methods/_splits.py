"""The best split of every node of a level, for numeric targets and for classes.

The bins of all predictors lie side by side on one axis. A table (node, bin) of what lies left of
each cut then gives the gain of every cut of every predictor in a few passes; both searches are
exact on the bins. Splits read "bin <= cut goes left".
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

CELLS = 1 << 17
"""Cells of a table that are worked on in one go, so that they stay in the processor's cache."""
ROUNDING = 1e-12
"""Relative size of a gain, or of a sum, that is rounding and nothing more."""


@dataclass(frozen=True)
class Grid:
    """Binned predictors: `bins[i, j]` is row i's place on the axis of all bins of all predictors.

    `first` holds the place of each predictor's first bin and, last, the length of the axis.
    """

    bins: np.ndarray
    first: np.ndarray

    @property
    def width(self) -> int:
        """Length of the axis: the number of bins of all predictors."""
        return int(self.first[-1])

    def accumulate(self, tables: np.ndarray, totals: np.ndarray) -> None:
        """Turn, in place, what lies in each bin into what lies left of the cut after it.

        `totals` are the sums over one predictor's bins: taken off where the next predictor
        begins, they let one running sum serve all predictors.
        """
        tables[..., self.first[1:-1]] -= totals[..., None]
        np.cumsum(tables, axis=-1, out=tables)


@dataclass(frozen=True)
class Level:
    """The nodes of one level and their rows, node after node.

    `open` says which nodes may be split. Where a search asks for pairs, siblings stand together,
    the smaller one first, and `parents` is each pair's place in the level above.
    """

    ids: np.ndarray
    sizes: np.ndarray
    rows: np.ndarray
    open: np.ndarray
    parents: np.ndarray

    @property
    def starts(self) -> np.ndarray:
        """Place of each node's first row in `rows`."""
        return np.asarray(np.cumsum(self.sizes) - self.sizes)


class LeastSquares:
    """Splits that reduce the sum of squares of a numeric target most.

    Only the smaller of two siblings is counted; the larger one is their parent less that.
    """

    pairs = True

    def __init__(self, grid: Grid, target: np.ndarray, min_leaf: int) -> None:
        self.grid, self.min_leaf = grid, min_leaf
        self.target = target - target.mean()
        self.impurity = float(self.target @ self.target)
        # not a share of the impurity: one huge value must not forbid all splits among the others
        self.rounding = float(ROUNDING * np.abs(self.target).max()) ** 2
        self.order = np.arange(len(target))
        self._tables = np.empty((0, 2, grid.width))

    def pure(self, rows: np.ndarray, starts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """Return which nodes have one value of the target only."""
        del sizes
        values = self.target[rows]
        least = np.minimum.reduceat(values, starts)
        return np.asarray(least == np.maximum.reduceat(values, starts))

    def best(self, level: Level) -> tuple[np.ndarray, np.ndarray]:
        """Return, for each node, the largest gain and the bin after which to cut."""
        totals = np.add.reduceat(self.target[level.rows], level.starts)
        above, self._tables = self._tables, np.empty((len(level.ids), 2, self.grid.width))
        if not len(level.parents):
            self._count(level.rows, level.sizes, totals, self._tables)
            return self._gains(self._tables, level.sizes, totals)
        gain, cut = np.empty(len(level.ids)), np.empty(len(level.ids), np.intp)
        small = level.sizes[::2]
        rows = level.rows[np.repeat(np.arange(len(level.ids)) % 2 == 0, level.sizes)]
        for a, b, s, e in blocks(small, self.grid, 4):
            tables = self._tables[2 * a : 2 * b]
            self._count(rows[s:e], small[a:b], totals[2 * a : 2 * b : 2], tables[::2])
            np.subtract(above[level.parents[a:b]], tables[::2], out=tables[1::2])
            both = slice(2 * a, 2 * b)
            gain[both], cut[both] = self._gains(tables, level.sizes[both], totals[both])
        return gain, cut

    def _count(
        self, rows: np.ndarray, sizes: np.ndarray, totals: np.ndarray, tables: np.ndarray
    ) -> None:
        """Fill in how many rows, and what sum of the target, lie left of each cut."""
        base = np.repeat(np.arange(len(sizes)) * self.grid.width, sizes)
        shape = (len(sizes), self.grid.width)
        tables[:, 0], tables[:, 1] = tally(self.grid, rows, base, shape, None, self.target[rows])
        self.grid.accumulate(tables, np.column_stack([sizes, totals]))

    def _gains(
        self, tables: np.ndarray, sizes: np.ndarray, totals: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        count, size = tables[:, 0], sizes[:, None].astype(float)
        excess = count * (totals / sizes)[:, None]
        np.subtract(tables[:, 1], excess, out=excess)
        excess *= excess
        spread = size - count
        spread *= count
        # left * right is smallest at the ends, so this asks for min_leaf rows on both sides
        least = np.maximum(self.min_leaf * (size - self.min_leaf), 1)
        np.putmask(spread, spread < least, np.inf)
        excess /= spread
        cut = excess.argmax(axis=1)
        return excess[np.arange(len(cut)), cut] * sizes, cut


class Gini:
    """Splits that reduce the Gini index of a target with many classes most.

    The index of a cut needs, summed over classes, the squared counts left of it and the products
    of left and total counts. Adding one more row of a class that has r rows left already adds
    2r + 1 to its square: with rows ranked by bin within node and class, sums over rows give both,
    at a cost that does not grow with the number of classes. Large nodes count by class.
    """

    pairs = False

    def __init__(self, grid: Grid, target: np.ndarray, min_leaf: int) -> None:
        self.grid, self.min_leaf = grid, min_leaf
        self.target, self.classes = target, int(target.max()) + 1
        shares = np.bincount(target) / len(target)
        self.impurity = float(len(target) * (1 - shares @ shares))
        self.rounding = ROUNDING * len(target)
        self.order = np.argsort(target.astype(unsigned(self.classes)), kind="stable")

    def pure(self, rows: np.ndarray, starts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """Return which nodes have one class only; rows are sorted by class within nodes."""
        values = self.target[rows]
        return np.asarray(values[starts] == values[starts + sizes - 1])

    def best(self, level: Level) -> tuple[np.ndarray, np.ndarray]:
        """Return, for each node, the largest gain and the bin after which to cut."""
        gain, cut = np.empty(len(level.ids)), np.empty(len(level.ids), np.intp)
        for a, b, s, e in blocks(level.sizes, self.grid, 2):
            rows, sizes = level.rows[s:e], level.sizes[a:b]
            by_class = len(sizes) * self.grid.width * self.classes
            few = by_class < len(rows) * self.grid.bins.shape[1]
            tables = self._by_class(rows, sizes) if few else self._by_rank(rows, sizes)
            gain[a:b], cut[a:b] = self._gains(*tables, sizes)
        return gain, cut

    def _by_class(self, rows: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the tables (rows, squares, products) left of each cut, and total squares."""
        shape = (len(sizes), self.classes, self.grid.width)
        nodes = np.repeat(np.arange(len(sizes)), sizes) * self.classes + self.target[rows]
        left = tally(self.grid, rows, nodes * self.grid.width, shape, None)[0]
        totals = np.bincount(nodes, minlength=shape[0] * shape[1]).reshape(shape[:2]).astype(float)
        self.grid.accumulate(left, totals)
        tables = np.empty((3, len(sizes), self.grid.width))
        np.sum(left, axis=1, out=tables[0])
        np.einsum("nkb,nkb->nb", left, left, out=tables[1])
        np.einsum("nkb,nk->nb", left, totals, out=tables[2])
        return tables, (totals * totals).sum(axis=1)

    def _by_rank(self, rows: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the same as `_by_class`, from ranks of rows within node and class."""
        node = np.repeat(np.arange(len(sizes)), sizes)
        kind = self.target[rows]
        begins = np.concatenate([[True], (kind[1:] != kind[:-1]) | (node[1:] != node[:-1])])
        start = np.flatnonzero(begins)
        length = np.diff(start, append=len(rows))
        group = np.repeat(np.arange(len(start)), length)
        step = 2.0 * (np.arange(len(rows)) - start[group]) + 1
        bits = self.grid.width.bit_length()
        narrow = (len(start) << bits) < 2**31
        groups = (group << bits).astype(np.int32 if narrow else np.int64)
        keys = np.bitwise_or(self.grid.bins[rows].T, groups, order="C")
        keys.sort(axis=1)
        keys &= (1 << bits) - 1
        places = (keys + node * self.grid.width).ravel()
        tables = np.empty((3, len(sizes), self.grid.width))
        for table, weights in zip(tables, (None, step, length.astype(float)[group]), strict=True):
            table[:] = count(places, weights, table.size).reshape(table.shape)
        squares = np.bincount(node[start], length**2, len(sizes))
        self.grid.accumulate(tables, np.stack([sizes, squares, squares]))
        return tables, squares

    def _gains(
        self, tables: np.ndarray, squares: np.ndarray, sizes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        left, left_squares, products = tables
        size, total = sizes[:, None], squares[:, None]
        right = size - left
        allowed = np.minimum(left, right) >= self.min_leaf
        right_squares = total - 2 * products + left_squares
        np.maximum(left, 1, out=left)
        np.maximum(right, 1, out=right)
        kept = np.where(allowed, left_squares / left + right_squares / right, 0)
        cut = kept.argmax(axis=1)
        return kept[np.arange(len(cut)), cut] - squares / sizes, cut


def blocks(sizes: np.ndarray, grid: Grid, tables: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield runs of nodes small enough for the cache: first and last node, first and last row."""
    ends = np.concatenate([[0], np.cumsum(sizes)])
    nodes = max(1, CELLS // (tables * max(grid.width, 1)))
    rows = max(1, CELLS // (2 * grid.bins.shape[1]))
    a = 0
    while a < len(sizes):
        full = int(np.searchsorted(ends, ends[a] + rows, side="right")) - 1
        b = min(max(a + 1, min(a + nodes, full)), len(sizes))
        yield a, b, int(ends[a]), int(ends[b])
        a = b


def tally(
    grid: Grid, rows: np.ndarray, base: np.ndarray, shape: tuple[int, ...], *weights: Any
) -> np.ndarray:
    """Return tables over all bins: how many rows (None) or which sum of weights lies in each.

    `base` is where the bins of each row begin in a table.
    """
    tables = np.zeros((len(weights), math.prod(shape)))
    chunk = max(1, CELLS // (2 * grid.bins.shape[1]))
    for s in range(0, len(rows), chunk):
        part = slice(s, s + chunk)
        places = np.add(grid.bins[rows[part]].T, base[part], dtype=np.intp, order="C").ravel()
        for table, w in zip(tables, weights, strict=True):
            table += count(places, None if w is None else w[part], len(table))
    return tables.reshape(len(weights), *shape)


def count(places: np.ndarray, weights: np.ndarray | None, size: int) -> np.ndarray:
    """Return how often each place occurs, or the sums of weights, which repeat by predictor."""
    if weights is None:
        return np.bincount(places, minlength=size)
    repeated = np.broadcast_to(weights, (len(places) // len(weights), len(weights)))
    return np.bincount(places, repeated.ravel(), size)


def unsigned(size: int) -> type[np.uint16] | type[np.uint32]:
    """Return the type for numbers below `size`; 16 bits sort four times faster."""
    return np.uint16 if size <= np.iinfo(np.uint16).max else np.uint32

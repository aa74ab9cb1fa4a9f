"""The best split of every node of a level, for numeric targets and for classes.

The bins of all predictors lie side by side on one axis. A table (node, bin) of what lies left of
each cut then gives the gain of every cut of every predictor in a few passes. All sums are of
whole numbers, so both searches are exact on the bins. Splits read "bin <= cut goes left".
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

CELLS = 1 << 17
"""Cells of a table that are worked on in one go, so that they stay in the processor's cache."""
ROUNDING = 1e-12
"""Relative size of a gain, or of a sum, that is rounding and nothing more."""
EXACT = 52
"""Bits that a sum of whole numbers kept as float may have."""
WORTH = 4
"""A table is kept for the next level where counting the rows again would cost so many of it."""


@dataclass(frozen=True)
class Grid:
    """Binned predictors: `bins[i, j]` is row i's place on the axis of all bins of all predictors.

    `first` holds the place of each predictor's first bin and, last, the length of the axis.
    """

    bins: np.ndarray
    first: np.ndarray

    @cached_property
    def width(self) -> int:
        """Length of the axis: the number of bins of all predictors."""
        return int(self.first[-1])

    @cached_property
    def chunk(self) -> int:
        """Number of rows whose bins fill the cache."""
        return max(1, CELLS // (2 * int(self.bins.shape[1])))

    def accumulate(self, tables: np.ndarray, totals: np.ndarray) -> np.ndarray:
        """Turn, in place, what lies in each bin into what lies left of the cut after it.

        `totals` are the sums over one predictor's bins: taken off where the next predictor
        begins, they let one running sum serve all predictors.
        """
        tables[..., self.first[1:-1]] -= totals[..., None]
        return tables.cumsum(axis=-1, out=tables)


@dataclass(frozen=True)
class Level:
    """The nodes of one level, their rows, node after node, and the target of these rows.

    `open` says which nodes may be split. The tables of the `heirs` are those of their parents,
    which stand at `parents` among the tables kept, less those of their `siblings`.
    """

    ids: np.ndarray
    sizes: np.ndarray
    rows: np.ndarray
    target: np.ndarray
    open: np.ndarray
    heirs: np.ndarray
    siblings: np.ndarray
    parents: np.ndarray


@dataclass(frozen=True)
class Best:
    """For each node the largest gain, the bin after which to cut, and the rows left of it.

    `kept` is the place of the node's table among those kept, -1 for none.
    """

    gain: np.ndarray
    cut: np.ndarray
    left: np.ndarray
    kept: np.ndarray

    @classmethod
    def of(cls, kept: np.ndarray) -> Best:
        """Return room for the answers."""
        size = len(kept)
        return cls(np.empty(size), np.empty(size, np.intp), np.empty(size, np.intp), kept)


class LeastSquares:
    """Splits that reduce the sum of squares of a numeric target most.

    The target is counted in whole steps, so fine that only the last bits of a float are lost.
    Of two large siblings only the smaller is counted; the other is their parent less that.
    """

    def __init__(self, grid: Grid, target: np.ndarray, min_leaf: int) -> None:
        self.grid, self.min_leaf = grid, min_leaf
        centred = target - target.mean()
        most = float(np.abs(centred).max())
        # a power of two: whole numbers stay whole; and the sum of all rows still fits
        room = EXACT - len(target).bit_length()
        self.target = np.rint(np.ldexp(centred, room - math.frexp(most)[1])) if most else centred
        self.impurity = float(self.target @ self.target)
        # not a share of the impurity: one huge value must not forbid all splits among the others
        self.rounding = float(ROUNDING * 2**room) ** 2
        self.order = np.arange(len(target))
        self._kept = np.empty((0, 2, grid.width), np.int64)

    def pure(self, values: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """Return which nodes have one value of the target only."""
        starts = np.cumsum(sizes) - sizes
        least = np.minimum.reduceat(values, starts)
        return np.asarray(least == np.maximum.reduceat(values, starts))

    def best(self, level: Level) -> Best:
        """Return the best split of each node."""
        large = level.open & (level.sizes * self.grid.bins.shape[1] > WORTH * self.grid.width)
        best = Best.of(np.where(large, np.cumsum(large) - 1, -1))
        above, self._kept = self._kept, np.empty((large.sum(), 2, self.grid.width), np.int64)
        nodes, rows, values = np.arange(len(level.ids)), level.rows, level.target
        if len(level.heirs):
            counted = np.ones(len(nodes), bool)
            counted[level.heirs] = False
            among = np.flatnonzero(np.repeat(counted, level.sizes))
            nodes, rows, values = np.flatnonzero(counted), rows.take(among), values.take(among)
        for a, b, s, e in blocks(level.sizes[nodes], self.grid, 4):
            # siblings come first and in order, so that they are counted at their own places
            i, j = level.siblings.searchsorted((a, b))
            tables = np.empty((b - a + j - i, 2, self.grid.width), np.int64)
            self._count(rows[s:e], values[s:e], level.sizes[nodes[a:b]], tables[: b - a])
            siblings = tables[level.siblings[i:j] - a]
            np.subtract(above[level.parents[i:j]], siblings, out=tables[b - a :])
            self._choose(best, np.concatenate([nodes[a:b], level.heirs[i:j]]), tables)
        return best

    def _count(
        self, rows: np.ndarray, values: np.ndarray, sizes: np.ndarray, tables: np.ndarray
    ) -> None:
        """Fill in how many rows, and what sum of the target, lie left of each cut."""
        node = np.arange(len(sizes)).repeat(sizes)
        tables[:, 0], tables[:, 1] = tally(self.grid, rows, node, len(sizes), None, values)
        totals = np.empty((len(sizes), 2), np.int64)
        totals[:, 0], totals[:, 1] = sizes, np.add.reduceat(values, sizes.cumsum() - sizes)
        self.grid.accumulate(tables, totals)

    def _choose(self, best: Best, nodes: np.ndarray, tables: np.ndarray) -> None:
        """Write down the best split of some nodes, and keep the tables of the large ones."""
        count = tables[:, 0].astype(float)
        size = count[:, -1:]
        excess = count * (tables[:, 1, -1:] / size)
        excess -= tables[:, 1]
        excess *= excess
        spread = size - count
        spread *= count
        # left * right is smallest at the ends, so this asks for min_leaf rows on both sides
        least = np.maximum(self.min_leaf * (size - self.min_leaf), 1)
        np.putmask(spread, spread < least, np.inf)
        excess /= spread
        cut, every = excess.argmax(axis=1), np.arange(len(nodes))
        best.gain[nodes] = excess[every, cut] * size[:, 0]
        best.cut[nodes] = cut
        best.left[nodes] = tables[every, 0, cut]
        if len(self._kept):
            places = best.kept[nodes]
            self._kept[places[places >= 0]] = tables[places >= 0]


class Gini:
    """Splits that reduce the Gini index of a target with many classes most.

    The index of a cut needs, summed over classes, the squared counts left of it and the products
    of left and total counts. The products are sums over rows. So are the squares, with one more
    for each ordered pair of rows of a class: both lie left where the larger bin does. Classes
    with few rows in a node are done by pairs, others by their counts, so that the cost does not
    grow with the number of classes.
    """

    def __init__(self, grid: Grid, target: np.ndarray, min_leaf: int) -> None:
        self.grid, self.min_leaf, self.target = grid, min_leaf, target
        # with so many rows of a class, pairs cost as much as counts bin by bin
        self.few = round(math.sqrt(6 * grid.width / grid.bins.shape[1]) + 0.5)
        shares = np.bincount(target) / len(target)
        self.impurity = float(len(target) * (1 - shares @ shares))
        self.rounding = ROUNDING * len(target)
        self.order = np.argsort(target.astype(unsigned(int(target.max()) + 1)), kind="stable")

    def pure(self, values: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """Return which nodes have one class only; rows are sorted by class within nodes."""
        ends = np.cumsum(sizes)
        return np.asarray(values[ends - sizes] == values[ends - 1])

    def best(self, level: Level) -> Best:
        """Return the best split of each node."""
        best = Best.of(np.full(len(level.ids), -1))
        for a, b, s, e in blocks(level.sizes, self.grid, 3):
            sizes = level.sizes[a:b]
            found = self._choose(*self._count(level.rows[s:e], level.target[s:e], sizes), sizes)
            best.gain[a:b], best.cut[a:b], best.left[a:b] = found
        return best

    def _count(
        self, rows: np.ndarray, classes: np.ndarray, sizes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return the tables (rows, squares, products) left of each cut, and total squares.

        Rows and products share a number while they are counted. A node of more than two million
        rows has no room for the last digits of its products.
        """
        new = np.empty(len(rows) + 1, bool)
        np.not_equal(classes[1:], classes[:-1], out=new[1:-1])
        ends = sizes.cumsum()
        new[0] = new[ends] = True
        start = new.nonzero()[0]
        length = start[1:] - start[:-1]
        each = start.searchsorted(ends)
        each[1:] -= each[:-1].copy()
        of = np.arange(len(sizes)).repeat(each)
        bits = int(sizes.max()).bit_length()
        lost = max(0, 3 * bits - 63)
        packed = (length >> lost << bits) + 1
        tables = np.zeros((2, len(sizes), self.grid.width), np.int64)
        many = length > self.few
        if many.all():
            self._by_counts(tables, rows, length, of, packed)
        else:
            large = many.repeat(length)
            few, some = ~many, (~large).nonzero()[0]
            self._by_pairs(tables, rows.take(some), length[few], of[few], packed[few], bits)
            if len(some) < len(rows):
                some = large.nonzero()[0]
                self._by_counts(tables, rows.take(some), length[many], of[many], packed[many])
        totals = np.bincount(of, length * length, len(sizes))
        return tables[0] & ((1 << bits) - 1), tables[1], tables[0] >> bits << lost, totals

    def _by_counts(
        self,
        tables: np.ndarray,
        rows: np.ndarray,
        length: np.ndarray,
        of: np.ndarray,
        packed: np.ndarray,
    ) -> None:
        """Add to the tables the classes that have many rows each, counted class by class."""
        for a, b, s, e in blocks(length, self.grid, 1):
            each = np.arange(b - a).repeat(length[a:b])
            (left,) = tally(self.grid, rows[s:e], each, b - a, None)
            self.grid.accumulate(left, length[a:b])
            new = np.empty(b - a, bool)
            new[0] = True
            np.not_equal(of[a + 1 : b], of[a : b - 1], out=new[1:])
            first = new.nonzero()[0]
            into = of[a:b].take(first)
            tables[1, into] += np.add.reduceat(left * left, first)
            left *= packed[a:b, None]
            tables[0, into] += np.add.reduceat(left, first)

    def _by_pairs(
        self,
        tables: np.ndarray,
        rows: np.ndarray,
        length: np.ndarray,
        of: np.ndarray,
        packed: np.ndarray,
        bits: int,
    ) -> None:
        """Fill the tables with the classes that have few rows each, pair by pair of their rows."""
        node, ends, nodes = of.repeat(length), length.cumsum(), tables.shape[1]
        tables[0] = tally(self.grid, rows, node, nodes, packed.repeat(length))[0]
        place = np.arange(len(rows))
        before = place - (ends - length).repeat(length)
        one = place.repeat(before)
        if len(one):
            ends = before.cumsum()
            other = one + (ends - before).repeat(before)
            other -= np.arange(1, len(one) + 1)
            pairs = tally(self.grid, rows[one], node[one], nodes, None, also=rows[other])[0]
            tables[1] = pairs
            tables[1] *= 2
        tables[1] += tables[0] & ((1 << bits) - 1)
        self.grid.accumulate(tables, tables[..., : self.grid.first[1]].sum(axis=-1))

    def _choose(
        self,
        rows: np.ndarray,
        squares: np.ndarray,
        products: np.ndarray,
        totals: np.ndarray,
        sizes: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return gain, cut and rows left of it for the best split of each node."""
        count, kept = rows.astype(float), squares.astype(float)
        right = sizes[:, None] - count
        others = products * -2.0
        others += kept
        others += totals[:, None]
        spread = count * right
        least = np.maximum(self.min_leaf * (sizes - self.min_leaf), 1)[:, None]
        # left * right is smallest at the ends, so this asks for min_leaf rows on both sides
        np.putmask(spread, spread < least, np.inf)
        kept *= right
        others *= count
        kept += others
        kept /= spread
        cut, every = kept.argmax(axis=1), np.arange(len(sizes))
        return kept[every, cut] - totals / sizes, cut, rows[every, cut]


def blocks(sizes: np.ndarray, grid: Grid, tables: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield runs of nodes small enough for the cache: first and last node, first and last row."""
    nodes, a, rows = max(1, CELLS // (tables * grid.width)), 0, int(sizes.sum())
    if len(sizes) <= nodes and rows <= grid.chunk:
        yield 0, len(sizes), 0, rows
        return
    ends = np.concatenate([[0], sizes.cumsum()])
    while a < len(sizes):
        full = int(np.searchsorted(ends, ends[a] + grid.chunk, side="right")) - 1
        b = min(max(a + 1, min(a + nodes, full)), len(sizes))
        yield a, b, int(ends[a]), int(ends[b])
        a = b


def tally(
    grid: Grid,
    rows: np.ndarray,
    table: np.ndarray,
    tables: int,
    *weights: np.ndarray | None,
    also: np.ndarray | None = None,
) -> list[np.ndarray]:
    """Return how many rows (None), or which sum of weights, lie in each bin of so many tables.

    `table` says to which table a row belongs. With `also`, rows are pairs of rows, and lie in the
    larger one of their bins.
    """
    base, size, columns = table * grid.width, tables * grid.width, grid.bins.shape[1]
    found: list[np.ndarray] = []
    for s in range(0, len(rows), grid.chunk):
        part = slice(s, s + grid.chunk)
        bins = grid.bins.take(rows[part], axis=0)
        if also is not None:
            np.maximum(bins, grid.bins.take(also[part], axis=0), out=bins)
        # row after row: increments of one cell that follow each other would wait for each other
        places = base[part].repeat(columns)
        places += bins.ravel()
        counts = [
            np.bincount(places, None if w is None else w[part].repeat(columns), size)
            for w in weights
        ]
        found = [f + c for f, c in zip(found, counts, strict=True)] if s else counts
    return [f.reshape(tables, grid.width) for f in found]


def unsigned(size: int) -> type[np.uint16] | type[np.uint32]:
    """Return the type for numbers below `size`; 16 bits sort four times faster."""
    return np.uint16 if size <= np.iinfo(np.uint16).max else np.uint32

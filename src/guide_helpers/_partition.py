"""Search in parts: records of one cell are looked at together, far cells not at all.

The records are grouped by some of their variables. The variables of a group bound its distance to
another group from below, so the groups are visited from near to far until none can hold a nearer
record. What is returned does not depend on the grouping.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

BLOCK = 1 << 17
"""Distances held at a time: small enough to stay in the processor's cache."""
FEWEST = 64
"""Records that a visit looks at, at least."""
GROUPS = 512
"""Groups of records, at most."""
BINS = 8
"""Cells of a numeric variable."""
ROUNDING = 1e-11
"""Sums of the same terms in another order differ by less."""


@dataclass(frozen=True)
class Table:
    """Records as points: one line a variable, one column a record.

    Levels are equal or differ, which counts `level_weights`; places differ by a distance that
    counts up to `place_weights`.
    """

    levels: np.ndarray
    places: np.ndarray
    level_weights: np.ndarray
    place_weights: np.ndarray

    def __len__(self) -> int:
        return int(self.levels.shape[1])

    @property
    def width(self) -> int:
        """Number of variables."""
        return len(self.levels) + len(self.places)

    def take(self, rows: np.ndarray) -> Table:
        """Return some of the records."""
        return Table(
            self.levels[:, rows], self.places[:, rows], self.level_weights, self.place_weights
        )


def search(
    asked: Table, shown: Table, k: int, apart: tuple[np.ndarray, np.ndarray] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return distances (not divided by the number of variables) and rows of the k nearest."""
    distances = np.full((len(asked), k), np.inf)
    rows = np.full((len(asked), k), -1, dtype=np.int64)
    if not len(asked) or not len(shown):
        return distances, rows
    parts = _Parts(asked, shown)
    own = None if apart is None else (apart[0], apart[1][parts.order])
    for group in range(len(parts.bounds)):
        _visit(parts, group, k, own, distances, rows)
    return distances, np.where(rows >= 0, parts.order[rows], -1)


def within_reach(asked: Table, shown: Table, sizes: np.ndarray, reach: float) -> np.ndarray:
    """Return the sum of `sizes` over the records within `reach`, for each record asked for."""
    counts = np.zeros(len(asked), dtype=np.int64)
    if not len(asked) or not len(shown):
        return counts
    parts = _Parts(asked, shown)
    heavy = sizes[parts.order]
    for group in range(len(parts.bounds)):
        near = np.flatnonzero(parts.bounds[group] <= reach)
        for members in parts.members(group, len(heavy)) if len(near) else ():
            found, apart = parts.distances(group, members, near)
            counts[members] += (apart <= reach) @ heavy[found]
    return counts


class _Parts:
    """Both files in groups, with a lower bound of the distance between any two groups."""

    def __init__(self, asked: Table, shown: Table) -> None:
        chosen = _cells(asked, shown)
        code = np.zeros(len(asked) + len(shown), dtype=np.int64)
        for cells in chosen:
            code = pd.factorize(code * (int(cells.code.max()) + 1) + cells.code)[0]
        first, second = code[: len(asked)], code[len(asked) :]
        self.asked, groups = _ordered(first), _ordered(second)
        self.order = groups.order
        self.starts, self.sizes = groups.starts, groups.sizes
        self.bounds = np.zeros((len(self.asked.starts), len(groups.starts)))
        self.exact = np.zeros_like(self.bounds)
        one, other = self.asked.order[self.asked.starts], self.order[self.starts] + len(asked)
        for cells in chosen:
            gap = cells.gap[cells.code[one][:, None], cells.code[other]]
            self.bounds += gap
            if cells.level is not None:
                self.exact += gap
        rest = [i for i in range(len(asked.levels)) if i not in {c.level for c in chosen}]
        self.plain = bool((asked.level_weights == 1).all())
        self.weights = asked.level_weights[rest], asked.place_weights
        self.wanted = asked.levels[rest], asked.places
        self.found = shown.levels[rest][:, self.order], shown.places[:, self.order]

    def members(self, group: int, width: int) -> list[np.ndarray]:
        """Return the asked records of a group, in blocks whose distances fit into the cache."""
        start, size = self.asked.starts[group], self.asked.sizes[group]
        step = max(1, BLOCK // max(1, width))
        rows = self.asked.order[start : start + size]
        return [rows[i : i + step] for i in range(0, size, step)]

    def distances(
        self, group: int, members: np.ndarray, near: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the positions of the records of some groups, and their distances to members."""
        sizes = self.sizes[near]
        ends = np.cumsum(sizes)
        positions = np.arange(ends[-1]) + np.repeat(self.starts[near] - ends + sizes, sizes)
        total = np.repeat(self.exact[group, near], sizes)[None].repeat(len(members), 0)
        self._add_levels(total, members, positions)
        gap = np.empty_like(total)
        weights = self.weights[1]
        for mine, others, most in zip(self.wanted[1], self.found[1], weights, strict=True):
            np.subtract(mine[members, None], others[positions], out=gap)
            np.abs(gap, out=gap)
            np.minimum(gap, most, out=gap)
            total += gap
        return positions, total

    def _add_levels(self, total: np.ndarray, members: np.ndarray, positions: np.ndarray) -> None:
        if not len(self.wanted[0]):
            return
        if self.plain:
            differ = np.zeros(total.shape, dtype=np.uint8)
            for mine, others in zip(self.wanted[0], self.found[0], strict=True):
                differ += mine[members, None] != others[positions]
            total += differ
            return
        weighted = zip(self.wanted[0], self.found[0], self.weights[0], strict=True)
        for mine, others, weight in weighted:
            total += weight * (mine[members, None] != others[positions])


def _visit(
    parts: _Parts,
    group: int,
    k: int,
    own: tuple[np.ndarray, np.ndarray] | None,
    distances: np.ndarray,
    rows: np.ndarray,
) -> None:
    """Look at groups from near to far, as long as one of them may hold a nearer record."""
    bounds = parts.bounds[group]
    order = np.argsort(bounds, kind="stable")
    bounds = bounds[order]
    ends = np.cumsum(parts.sizes[order])
    start, step = 0, max(FEWEST, 4 * k)
    while start < len(order):
        active = parts.asked.of(group)
        reach = distances[active, -1]
        active = active[reach > bounds[start] + ROUNDING]
        if not len(active):
            return
        seen = ends[start - 1] if start else 0
        stop = int(np.searchsorted(ends, seen + step)) + 1
        farthest = int(np.searchsorted(bounds, reach.max() - ROUNDING))
        stop = max(start + 1, min(stop, farthest, len(order)))
        near = order[start:stop]
        width = max(1, BLOCK // int(ends[stop - 1] - seen))
        for i in range(0, len(active), width):
            members = active[i : i + width]
            positions, apart = parts.distances(group, members, near)
            if own is not None:
                apart[own[0][members][:, None] == own[1][positions]] = np.inf
            _keep(distances, rows, members, positions, apart, k)
        start, step = stop, step * 4


def _keep(
    distances: np.ndarray,
    rows: np.ndarray,
    members: np.ndarray,
    positions: np.ndarray,
    apart: np.ndarray,
    k: int,
) -> None:
    """Merge new distances into the k nearest so far."""
    if k == 1:
        best = apart.argmin(axis=1)
        least = apart[np.arange(len(members)), best]
        nearer = least < distances[members, 0]
        distances[members[nearer], 0] = least[nearer]
        rows[members[nearer], 0] = positions[best[nearer]]
        return
    if apart.shape[1] > k:
        best = np.argpartition(apart, k - 1, axis=1)[:, :k]
        apart, found = np.take_along_axis(apart, best, 1), positions[best]
    else:
        found = np.broadcast_to(positions, apart.shape)
    found = np.where(np.isinf(apart), -1, found)
    both = np.concatenate([distances[members], apart], axis=1)
    names = np.concatenate([rows[members], found], axis=1)
    order = np.argsort(both, axis=1, kind="stable")[:, :k]
    distances[members] = np.take_along_axis(both, order, 1)
    rows[members] = np.take_along_axis(names, order, 1)


@dataclass(frozen=True)
class _Groups:
    order: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray

    def of(self, group: int) -> np.ndarray:
        """Return the rows of a group."""
        start = self.starts[group]
        return self.order[start : start + self.sizes[group]]


def _ordered(code: np.ndarray) -> _Groups:
    order = np.argsort(code, kind="stable")
    _, starts, sizes = np.unique(code[order], return_index=True, return_counts=True)
    return _Groups(order, starts, sizes)


@dataclass(frozen=True)
class _Cells:
    """One variable's cells for the records of both files, and the least distance between cells."""

    code: np.ndarray
    gap: np.ndarray
    level: int | None
    power: float


def _cells(asked: Table, shown: Table) -> list[_Cells]:
    """Choose variables that hold the groups apart, the strongest first, while groups are few."""
    every = [_level_cells(asked, shown, i) for i in range(len(asked.levels))]
    every += [_place_cells(asked, shown, i) for i in range(len(asked.places))]
    chosen: list[_Cells] = []
    code, n = np.zeros(len(shown), dtype=np.int64), len(asked)
    most = max(1, min(GROUPS, len(shown) // 8))
    for cells in sorted(every, key=lambda c: -c.power):
        found, distinct = pd.factorize(code * (int(cells.code.max()) + 1) + cells.code[n:])
        if cells.power > 0 and len(distinct) <= most:
            chosen.append(cells)
            code = found
    return chosen


def _level_cells(asked: Table, shown: Table, i: int) -> _Cells:
    code, _ = pd.factorize(np.concatenate([asked.levels[i], shown.levels[i]]))
    size = int(code.max()) + 1
    gap = asked.level_weights[i] * (1.0 - np.eye(size)) if size <= GROUPS else np.zeros((1, 1))
    share = np.bincount(code[len(asked) :], minlength=size) / len(shown)
    power = asked.level_weights[i] * (1 - (share**2).sum()) if size <= GROUPS else 0.0
    return _Cells(code, gap, i, float(power))


def _place_cells(asked: Table, shown: Table, i: int) -> _Cells:
    mine, others = asked.places[i], shown.places[i]
    cuts = np.unique(np.quantile(others, np.arange(1, BINS) / BINS, method="inverted_cdf"))
    both = np.concatenate([mine, others])
    code, _ = pd.factorize(np.searchsorted(cuts, both))
    size = int(code.max()) + 1
    first, second = code[: len(mine)], code[len(mine) :]
    above = _least(mine, first, size)[:, None] + _least(-others, second, size)
    below = _least(others, second, size) + _least(-mine, first, size)[:, None]
    gap = np.clip(np.maximum(above, below), 0.0, asked.place_weights[i])
    share = np.bincount(code[len(mine) :], minlength=size) / len(others)
    return _Cells(code, gap, None, float(share @ gap @ share))


def _least(values: np.ndarray, code: np.ndarray, size: int) -> np.ndarray:
    least = np.full(size, np.inf)
    np.minimum.at(least, code, values)
    return least

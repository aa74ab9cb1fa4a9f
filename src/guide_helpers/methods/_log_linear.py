"""Log-linear models fitted to margins, held as a tree of small tables instead of a large one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np

Scope = tuple[int, ...]
"""Numbers of variables, ascending."""
PATIENCE = 300
ENOUGH = 5e-7
"""After so many cycles, gaps up to this share of all records are accepted."""


def blocks(shape: Sequence[int], scopes: Iterable[Scope]) -> list[Scope]:
    """Return the sets of variables that must be held together to fit margins on `scopes`."""
    near: dict[int, set[int]] = {v: set() for v in range(len(shape))}
    for scope in scopes:
        for v in scope:
            near[v] |= set(scope) - {v}
    found: list[Scope] = []
    while near:
        v = min(near, key=lambda v: (math.prod(shape[u] for u in (v, *near[v])), v))
        block = {v, *near[v]}
        if not any(block <= set(b) for b in found):
            found.append(tuple(sorted(block)))
        for u in near.pop(v):
            near[u] = (near[u] | block) - {u, v}
    return found


class LogLinear:
    """The distribution that holds the fitted margins and no other relation.

    Between fits the tables of the blocks, divided by those of their links, give the joint
    distribution; the block at `_root` and all blocks that it has told of hold true margins.

    References
    ----------
    Jiroušek and Přeučil (1995), doi:10.1016/0167-9473(93)E0055-9
    """

    def __init__(self, shape: Sequence[int], scopes: Sequence[Scope]) -> None:
        self.shape = tuple(shape)
        self._blocks, self._above = _tree(blocks(shape, scopes))
        sizes = [math.prod(self._shape(b)) for b in self._blocks]
        order = range(len(self._blocks))
        self._tables = [np.full(self._shape(self._blocks[b]), 1 / sizes[b]) for b in order]
        self._links: dict[int, np.ndarray] = {
            b: _sum(self._tables[b], self._blocks[b], self._shared(b)) for b in order if b
        }
        self._root = 0

    def fit(self, margins: Mapping[Scope, np.ndarray], *, close: float, cycles: int) -> float:
        """Fit the margins in turn; return the largest gap in a cell, 1 if they exclude all.

        Stops where all gaps are at most `close` (or `ENOUGH`, where the fit is slow), where 20
        more cycles no longer help, or after `cycles`.

        References
        ----------
        Deming and Stephan (1940), doi:10.1214/aoms/1177731829
        """
        ordered = sorted(margins, key=self._home)
        gaps: list[float] = []
        while len(gaps) < cycles:
            gaps.append(max((self._adjust(s, margins[s]) for s in ordered), default=0.0))
            stuck = len(gaps) > 20 and gaps[-1] > 0.999 * gaps[-21]
            near = max(close, ENOUGH) if len(gaps) > PATIENCE else close
            if gaps[-1] <= near or gaps[-1] >= 1 or stuck:
                break
        return gaps[-1]

    def margin(self, scope: Scope) -> np.ndarray:
        """Return the shares of the cells of some variables that stand in one block."""
        home = self._home(scope)
        self._move(home)
        return _sum(self._tables[home], self._blocks[home], scope)

    def draw(self, n: int, rng: np.random.Generator) -> list[np.ndarray]:
        """Return the cells of `n` records, one array a variable."""
        self._move(0)
        drawn: dict[int, np.ndarray] = {}
        for b, block in enumerate(self._blocks):
            if b:
                self._tell(self._above[b], b)
            given = self._shared(b) if b else ()
            rest = tuple(v for v in block if v not in given)
            axes = [block.index(v) for v in (*given, *rest)]
            flat = self._tables[b].transpose(axes).ravel()
            width = math.prod(self._shape(rest))
            known = [drawn[v] for v in given]
            start = np.zeros(n, dtype=np.int64)
            if given:
                start += np.ravel_multi_index(known, self._shape(given)) * width
            cells = _pick(flat, start, width, rng) - start
            drawn |= dict(zip(rest, np.unravel_index(cells, self._shape(rest)), strict=True))
        return [drawn[v] for v in range(len(self.shape))]

    def _adjust(self, scope: Scope, target: np.ndarray) -> float:
        found = self.margin(scope)
        gap = float(np.abs(found - target).max())
        block, table = self._blocks[self._root], self._tables[self._root]
        table = table * _spread(_ratio(target, found), scope, block)
        total = table.sum()
        if total <= 0:
            return 1.0
        self._tables[self._root] = table / total
        return gap

    def _home(self, scope: Scope) -> int:
        holding = [b for b, block in enumerate(self._blocks) if set(scope) <= set(block)]
        return min(holding, key=lambda b: self._tables[b].size)

    def _move(self, to: int) -> None:
        """Make the table of a block a true margin by telling it what changed on the way."""
        up, down = [self._root], [to]
        while up[-1]:
            up.append(self._above[up[-1]])
        while down[-1] not in up:
            down.append(self._above[down[-1]])
        way = [*up[: up.index(down[-1])], *reversed(down)]
        for here, there in pairwise(way):
            self._tell(here, there)
        self._root = to

    def _tell(self, here: int, there: int) -> None:
        link = there if self._above[there] == here and there else here
        shared = self._shared(link)
        new = _sum(self._tables[here], self._blocks[here], shared)
        change = _ratio(new, self._links[link])
        self._tables[there] = self._tables[there] * _spread(change, shared, self._blocks[there])
        self._links[link] = new

    def _shared(self, b: int) -> Scope:
        above = self._blocks[self._above[b]]
        return tuple(v for v in self._blocks[b] if v in above)

    def _shape(self, scope: Scope) -> tuple[int, ...]:
        return tuple(self.shape[v] for v in scope)


def _tree(found: list[Scope]) -> tuple[list[Scope], list[int]]:
    """Return the blocks with the number of the one above each, linked where most is shared."""
    ordered, above, left = [found[0]], [0], found[1:]
    while left:
        pairs = [(len(set(b) & set(o)), -k, -i) for k, b in enumerate(left)
                 for i, o in enumerate(ordered)]  # fmt: skip
        _, k, i = max(pairs)
        ordered.append(left.pop(-k))
        above.append(-i)
    return ordered, above


def _sum(table: np.ndarray, block: Scope, scope: Scope) -> np.ndarray:
    return np.asarray(table.sum(axis=tuple(i for i, v in enumerate(block) if v not in scope)))


def _spread(values: np.ndarray, scope: Scope, block: Scope) -> np.ndarray:
    """Return the values with an axis of length 1 for each other variable of the block."""
    sizes = dict(zip(scope, values.shape, strict=True))
    return np.asarray(values.reshape([sizes.get(v, 1) for v in block]))


def _ratio(new: np.ndarray, old: np.ndarray) -> np.ndarray:
    return np.asarray(np.divide(new, old, out=np.zeros_like(old), where=old > 0))


def _pick(
    weights: np.ndarray, start: np.ndarray, width: int, rng: np.random.Generator
) -> np.ndarray:
    """Return a cell for each record among the `width` ones from its start, by their weights."""
    sums = np.cumsum(weights)
    below = np.where(start > 0, sums[start - 1], 0.0)
    last = sums[start + width - 1]
    cells = np.searchsorted(sums, below + rng.random(len(start)) * (last - below), side="right")
    return np.asarray(np.clip(cells, start, start + width - 1))

"""A network drawn from degrees and ties between blocks: half ties joined at random.

Each node gets as many half ties as its degree says; those of two blocks are joined in as many
pairs as the table of ties between blocks says. It is the microcanonical form of the
degree-corrected block model.

References
----------
Karrer and Newman (2011), doi:10.1103/PhysRevE.83.016107
Peixoto (2017), doi:10.1103/PhysRevE.95.012317
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from guide_helpers.errors import GuideError

SWAPS = 100
"""Rounds in which ties that exist already exchange an end with another of their blocks."""
TRIES = 100
"""Rounds in which what is left is drawn anew, the second half of them in any blocks."""
DENSE = 0.5
"""A network drawn smaller than the original has at most this share of its pairs tied."""


@dataclass(frozen=True)
class Degrees:
    """The degrees of the nodes of a block, in classes from `low` to `high`, with weights."""

    low: np.ndarray
    high: np.ndarray
    weight: np.ndarray

    def draw(self, nodes: int, rng: np.random.Generator) -> np.ndarray:
        """Return the degrees of new nodes."""
        if not len(self.low):
            return np.ones(nodes, dtype=np.int64)
        chosen = np.repeat(np.arange(len(self.low)), shared_out(self.weight, nodes, rng))
        return np.asarray(rng.integers(self.low[chosen], self.high[chosen] + 1))


@dataclass(frozen=True)
class Recipe:
    """What a network is drawn from: nodes and degrees by block, and ties of pairs of blocks.

    `mixing` has the pairs of blocks in the order of `np.triu_indices`.
    """

    nodes: np.ndarray
    degrees: tuple[Degrees, ...]
    mixing: np.ndarray

    def draw(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return `n` ties as pairs of nodes, no tie twice, and the block of each node."""
        low, high = np.triu_indices(len(self.nodes))
        ties = shared_out(self.mixing, n, rng)
        halves = np.bincount(low, ties, len(self.nodes)) + np.bincount(high, ties, len(self.nodes))
        sizes = self._sizes(n, halves)
        first = np.cumsum(sizes) - sizes
        ends = [
            first[b] + _halves(d.draw(int(sizes[b]), rng), int(halves[b]), rng)
            for b, d in enumerate(self.degrees)
        ]
        pairs = _joined(ends, low, high, ties)
        cell = np.repeat(np.arange(len(low)), ties)
        pairs = _swapped(pairs, cell, ties, rng)
        pairs = _redrawn(pairs, (low[cell], high[cell]), first, sizes, rng)
        turned = rng.random(n) < 0.5
        pairs[turned] = pairs[turned, ::-1]
        return rng.permutation(pairs), np.repeat(np.arange(len(sizes)), sizes)

    def _sizes(self, n: int, halves: np.ndarray) -> np.ndarray:
        """Return the nodes of each block, in proportion to the ties, or more where they must."""
        total, known = float(self.mixing.sum()), float(self.nodes.sum())
        share = total / max(1.0, known * (known - 1) / 2)
        pairs = n / min(1.0, max(share, DENSE))
        fewest = math.ceil((1 + math.sqrt(1 + 8 * pairs)) / 2 - 1e-9)
        sizes = self.nodes * (n / total if total else 1.0)
        if n != total and sizes.sum() < fewest:
            sizes = sizes * fewest / max(sizes.sum(), 1e-9)
        found = np.maximum(np.round(sizes), halves > 0).astype(np.int64)
        while found.sum() * (found.sum() - 1) // 2 < n:
            found[np.argmax(halves)] += 1
        return np.asarray(found)


def shared_out(weights: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return whole numbers of sum `n` in proportion to weights, each at most one off."""
    weights = weights if weights.sum() > 0 else np.ones(len(weights))
    steps = np.floor(n * np.cumsum(weights) / weights.sum() + rng.random())
    steps[-1] = n
    return np.asarray(np.diff(np.minimum(steps, n), prepend=0).astype(np.int64))


def _halves(degrees: np.ndarray, wanted: int, rng: np.random.Generator) -> np.ndarray:
    """Return the nodes of `wanted` half ties in random order; some dropped or more added."""
    found = rng.permutation(np.repeat(np.arange(len(degrees)), degrees))
    lacking = wanted - len(found)
    if lacking > 0:
        pool = found if len(found) else np.arange(max(1, len(degrees)))
        found = rng.permutation(np.concatenate([found, rng.choice(pool, lacking)]))
    return found[:wanted]


def _joined(
    ends: list[np.ndarray], low: np.ndarray, high: np.ndarray, ties: np.ndarray
) -> np.ndarray:
    """Return ties, those of one pair of blocks together, each block's half ties used in turn."""
    used = [0] * len(ends)
    parts = []
    for one, other, count in zip(low, high, ties, strict=True):
        sides = []
        for block in (one, other):
            sides.append(ends[block][used[block] : used[block] + count])
            used[block] += count
        parts.append(np.column_stack(sides))
    return np.concatenate(parts)


def faulty(pairs: np.ndarray) -> np.ndarray:
    """Return which ties are of a node with itself, or there already."""
    low, high = np.sort(pairs, axis=1).T.astype(np.int64)
    first = np.unique(low * (int(pairs.max(initial=0)) + 1) + high, return_index=True)[1]
    again = np.ones(len(pairs), dtype=bool)
    again[first] = False
    return np.asarray(again | (low == high))


def _swapped(
    pairs: np.ndarray, cell: np.ndarray, ties: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Let faulty ties exchange an end with another tie of their blocks; degrees stay."""
    first = np.cumsum(ties) - ties
    for _ in range(SWAPS):
        bad = np.flatnonzero(faulty(pairs))
        if not len(bad):
            break
        other = first[cell[bad]] + rng.integers(ties[cell[bad]])
        _, once = np.unique(other, return_index=True)
        bad, other = bad[once], other[once]
        apart = ~np.isin(other, bad)
        bad, other = bad[apart], other[apart]
        pairs[bad, 1], pairs[other, 1] = pairs[other, 1], pairs[bad, 1]
    return pairs


def _redrawn(
    pairs: np.ndarray,
    blocks: tuple[np.ndarray, np.ndarray],
    first: np.ndarray,
    sizes: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw anew what no exchange made right: any two nodes of the blocks, then any at all."""
    nodes = int(sizes.sum())
    for turn in range(TRIES):
        bad = np.flatnonzero(faulty(pairs))
        if not len(bad):
            return pairs
        for end in (0, 1):
            of = blocks[end][bad]
            within = first[of] + rng.integers(sizes[of])
            pairs[bad, end] = within if turn < TRIES / 2 else rng.integers(nodes, size=len(bad))
    bad = np.flatnonzero(faulty(pairs))
    if len(bad):
        pairs[bad] = _free(np.delete(pairs, bad, axis=0), nodes, len(bad), rng)
    return pairs


def _free(pairs: np.ndarray, nodes: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return pairs of nodes that have no tie yet."""
    if nodes > 5_000:
        raise GuideError(f"{count:,} ties find no free pair of nodes; ask for fewer with n")
    free = ~np.eye(nodes, dtype=bool)
    free[pairs[:, 0], pairs[:, 1]] = free[pairs[:, 1], pairs[:, 0]] = False
    return rng.permutation(np.argwhere(np.triu(free)))[:count]

"""Which products are bought together more often than both are bought at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

LEAST = 3
"""Baskets that must hold both products of a pair."""
MOST = 40
"""Partners of a product, the strongest."""
PAIRS = 6_000_000
"""Pairs that are counted; of more, so many baskets at random."""


@dataclass(frozen=True)
class Pairs:
    """Partners of each product and how strongly each goes with it, sorted by product.

    The strength is by how many baskets the two are together beyond what their numbers of baskets
    and the sizes of baskets let expect.
    """

    item: np.ndarray
    partner: np.ndarray
    strength: np.ndarray
    first: np.ndarray
    last: np.ndarray

    @classmethod
    def learn(
        cls, item: np.ndarray, basket: np.ndarray, rng: np.random.Generator, count: int
    ) -> Self:
        """Count pairs of `count` products; lines of product -1 are left aside."""
        lines = np.unique((basket * count + item)[item >= 0])
        item, basket = lines % count, lines // count
        item, basket = _within_reason(item, basket, rng)
        one, other = _together(item, basket)
        codes, both = np.unique(one * count + other, return_counts=True)
        one, other = codes // count, codes % count
        each = np.bincount(item, minlength=count)
        sizes = np.bincount(basket).astype(float) if len(basket) else np.zeros(1)
        room = float((sizes * (sizes - 1)).sum()) / max(1.0, float(sizes.sum())) ** 2
        excess = both - each[one] * each[other] * room
        good = (both >= LEAST) & (excess > 0)
        one, other, excess = one[good], other[good], excess[good]
        order = np.lexsort((-excess, one))
        one, other, excess = one[order], other[order], excess[order]
        start = np.searchsorted(one, np.arange(count))
        kept = np.arange(len(one)) - start[one] < MOST
        one, other, excess = one[kept], other[kept], excess[kept]
        first = np.searchsorted(one, np.arange(count), "left")
        last = np.searchsorted(one, np.arange(count), "right")
        return cls(one, other, excess, first, last)

    @property
    def below(self) -> np.ndarray:
        """The running sum of strengths, from 0."""
        return np.append(0.0, np.cumsum(self.strength))

    def draw(self, item: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return a partner of each product, -1 where it has none."""
        below = self.below
        low, high = below[self.first[item]], below[self.last[item]]
        at = np.searchsorted(below, low + rng.random(len(item)) * (high - low), "right") - 1
        at = np.clip(at, self.first[item], np.maximum(self.last[item] - 1, 0))
        has = self.last[item] > self.first[item]
        found = np.full(len(item), -1, dtype=np.int64)
        found[has] = self.partner[at[has]]
        return found

    def chance(self, item: np.ndarray, given: np.ndarray) -> np.ndarray:
        """Return how likely `item` is drawn for `given`, had one basket not been there."""
        count = len(self.first)
        codes = self.item * count + self.partner
        order = np.argsort(codes)
        asked = given * count + item
        if not len(codes):
            return np.zeros(len(asked))
        place = np.minimum(np.searchsorted(codes[order], asked), len(codes) - 1)
        hit = codes[order][place] == asked
        strength = np.where(hit, np.maximum(self.strength[order][place] - 1, 0), 0.0)
        below = self.below
        total = below[self.last[given]] - below[self.first[given]] - hit
        found = np.zeros(len(asked))
        np.divide(strength, total, out=found, where=total > 0)
        return found


def _within_reason(
    item: np.ndarray, basket: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return all baskets, or so many that their pairs can be counted."""
    sizes = np.bincount(basket) if len(basket) else np.zeros(1, dtype=np.int64)
    order = rng.permutation(len(sizes))
    taken = np.zeros(len(sizes), dtype=bool)
    taken[order[np.cumsum(sizes[order].astype(float) ** 2) <= PAIRS]] = True
    kept = taken[basket]
    return item[kept], basket[kept]


def _together(item: np.ndarray, basket: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return all ordered pairs of two products of one basket; lines are sorted by basket."""
    starts = np.flatnonzero(np.diff(basket, prepend=-1) != 0)
    sizes = np.diff(np.append(starts, len(basket)))
    many = np.repeat(sizes, sizes)
    one = np.repeat(np.arange(len(item)), many)
    within = np.arange(len(one)) - np.repeat(np.cumsum(many) - many, many)
    other = np.repeat(np.repeat(starts, sizes), many) + within
    apart = one != other
    return item[one[apart]], item[other[apart]]

"""Which products are bought together more often than their popularity makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

LEAST = 3
"""Units that must have bought both products of a pair in one basket."""
MOST = 40
"""Partners of a product, the likeliest."""
PAIRS = 4_000_000
"""Pairs that are looked at; of more, so many baskets at random."""
ROUNDS = 12


@dataclass(frozen=True)
class Pairs:
    """Partners of each product and how likely each is drawn for it, sorted by product.

    A line of a basket is either drawn as its product is popular, or as a partner of another line
    of the basket, taken at random. How often the second, `together`, and which partner for which
    product is estimated by EM, as a translation table of words is.

    References
    ----------
    Brown, Della Pietra, Della Pietra and Mercer (1993), Computational Linguistics 19(2), 263-311:
    model 1, with the popular products in the place of the empty word
    """

    partner: np.ndarray
    chance: np.ndarray
    first: np.ndarray
    last: np.ndarray
    together: float

    @classmethod
    def learn(
        cls,
        item: np.ndarray,
        basket: np.ndarray,
        unit: np.ndarray,
        count: int,
        rng: np.random.Generator,
    ) -> Self:
        """Learn from lines of `count` products; those of product -1 are left aside."""
        lines = np.unique((basket * count + item)[item >= 0])
        item, basket = _within_reason(lines % max(1, count), lines // max(1, count), rng)
        given, line = _pairs(basket)
        codes, pair = np.unique(item[given] * count + item[line], return_inverse=True)
        good = _by_enough(pair, unit[basket[line]], len(codes))
        kept = good[pair]
        place = np.cumsum(good) - 1
        codes, pair, line = codes[good], place[pair[kept]], line[kept]
        source = codes // max(1, count)
        chance, together = _estimate(pair, line, source, item, basket, count)
        order = np.lexsort((-chance, source))
        order = order[chance[order] > 0]
        start = np.searchsorted(source[order], np.arange(count))
        order = order[np.arange(len(order)) - start[source[order]] < MOST]
        first = np.searchsorted(source[order], np.arange(count), "left")
        last = np.searchsorted(source[order], np.arange(count), "right")
        return cls(codes[order] % max(1, count), chance[order], first, last, together)

    def draw(self, item: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return a partner of each product, -1 where it has none."""
        below = np.append(0.0, np.cumsum(self.chance))
        low, high = below[self.first[item]], below[self.last[item]]
        at = np.searchsorted(below, low + rng.random(len(item)) * (high - low), "right") - 1
        at = np.clip(at, self.first[item], np.maximum(self.last[item] - 1, 0))
        has = self.last[item] > self.first[item]
        found = np.full(len(item), -1, dtype=np.int64)
        found[has] = self.partner[at[has]]
        return found


def _estimate(
    pair: np.ndarray,
    line: np.ndarray,
    source: np.ndarray,
    item: np.ndarray,
    basket: np.ndarray,
    count: int,
) -> tuple[np.ndarray, float]:
    """Return the chance of each pair, given its first product, and the share of lines it makes."""
    if not len(pair):
        return np.zeros(0), 0.0
    popular = (np.bincount(item, minlength=count) / len(item))[item]
    mates = (np.bincount(basket)[basket] - 1.0)[line]
    chance = np.bincount(pair).astype(float)
    chance /= np.bincount(source, weights=chance, minlength=count)[source]
    several = int((np.bincount(basket)[basket] > 1).sum())
    weight = 0.5
    for _ in range(ROUNDS):
        beside = weight * chance[pair] / mates
        whole = np.bincount(line, weights=beside, minlength=len(item)) + (1 - weight) * popular
        part = beside / whole[line]
        weight = float(part.sum()) / several
        chance = np.bincount(pair, weights=part, minlength=len(source))
        total = np.bincount(source, weights=chance, minlength=count)[source]
        np.divide(chance, total, out=chance, where=total > 0)
    return chance, weight


def _by_enough(pair: np.ndarray, unit: np.ndarray, count: int) -> np.ndarray:
    """Return which pairs are in baskets of at least LEAST units."""
    often = np.bincount(pair, minlength=count) >= LEAST
    some = often[pair]
    width = int(unit.max(initial=0)) + 1
    whose = np.unique(pair[some] * width + unit[some])
    enough: np.ndarray = np.bincount(whose // width, minlength=count) >= LEAST
    return enough


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


def _pairs(basket: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return all ordered pairs of two lines of one basket; lines are sorted by basket."""
    starts = np.flatnonzero(np.diff(basket, prepend=-1) != 0)
    sizes = np.diff(np.append(starts, len(basket)))
    many = np.repeat(sizes, sizes)
    one = np.repeat(np.arange(len(basket)), many)
    within = np.arange(len(one)) - np.repeat(np.cumsum(many) - many, many)
    other = np.repeat(np.repeat(starts, sizes), many) + within
    apart = one != other
    return one[apart], other[apart]

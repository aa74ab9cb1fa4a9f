"""Which products are bought: what is popular, what the unit had before, what goes together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from guide_helpers.methods._basket_pairs import Pairs
from guide_helpers.methods._basket_table import Baskets

ROUNDS = 200
SAMPLE, MATES = 2_000, 8
"""Lines from which the weight of what goes together is learned, and their others."""
REPAIRS = 4


@dataclass(frozen=True)
class Items:
    """Purchases of the original in order of units and baskets; rare products are -1.

    `item`, `basket` and `period` are by line, `when` is the time of the line. `together` is the
    share of lines that go with another one of the basket, `twice` how often a product is in a
    basket again.
    """

    item: np.ndarray
    basket: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray
    when: np.ndarray
    period: np.ndarray
    span: np.ndarray
    pairs: Pairs
    together: float
    twice: float

    @classmethod
    def learn(
        cls, item: np.ndarray, baskets: Baskets, periods: np.ndarray, rng: np.random.Generator
    ) -> Self:
        """Learn from purchases; `item` is -1 where a product is too rare to come back."""
        of = baskets.of_line
        when = baskets.time[of]
        size = int(item.max(initial=-1)) + 1
        span = np.array([np.full(size, np.inf), np.full(size, -np.inf)])
        known = item >= 0
        np.minimum.at(span[0], item[known], when[known])
        np.maximum.at(span[1], item[known], when[known])
        pairs = Pairs.learn(item, of, rng, size)
        made = (item, of, baskets.starts, baskets.sizes, when, periods[of], span, pairs)
        plain = cls(*made, 0.0, _twice(item, of))
        return cls(*made, plain._weight(baskets, rng), plain.twice)

    def fresh(self, period: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return products as popular as they are in the period, or in the nearest one with any."""
        pool, periods, first, many = self._by_period
        if not len(pool):
            return np.full(len(period), -1)
        place = np.clip(np.searchsorted(periods, period), 0, len(periods) - 1)
        before = np.maximum(place - 1, 0)
        place = np.where(
            np.abs(periods[before] - period) < np.abs(periods[place] - period), before, place
        )
        picked = first[place] + (rng.random(len(period)) * many[place]).astype(np.int64)
        found: np.ndarray = self.item[pool[picked]]
        return found

    def sold(self, item: np.ndarray, when: np.ndarray) -> np.ndarray:
        """Return whether the product is sold at the time, as far as the original shows."""
        found: np.ndarray = (when >= self.span[0][item]) & (when <= self.span[1][item])
        return found

    def draw(
        self,
        baskets: Baskets,
        periods: np.ndarray,
        again: np.ndarray,
        buying: np.ndarray,
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Return the product of each line; `again` is how likely a line repeats an earlier one.

        Only baskets in `buying` are repeated. Each line is new, or points to an earlier line: of
        an earlier basket to repeat it, of its own basket to go with it. Lines whose source is
        known are settled together, round by round.
        """
        of = baskets.of_line
        when, period = baskets.time[of], periods[of]
        source, repeats = self._sources(baskets, again, buying, rng)
        item = np.full(len(of), -2, dtype=np.int64)
        begun = source < 0
        item[begun] = self.fresh(period[begun], rng)
        for _ in range(ROUNDS):
            left = np.flatnonzero(item == -2)
            ready = left[item[source[left]] != -2]
            if not len(ready):
                break
            item[ready] = self._settled(
                item[source[ready]], repeats[ready], when[ready], period[ready], rng
            )
        return self._spread(item, of, period, rng)

    def _settled(
        self,
        known: np.ndarray,
        repeats: np.ndarray,
        when: np.ndarray,
        period: np.ndarray,
        rng: np.random.Generator,
    ) -> np.ndarray:
        found = known.copy()
        with_it = ~repeats & (known >= 0)
        found[with_it] = self.pairs.draw(known[with_it], rng)
        sold = (found >= 0) & self.sold(np.maximum(found, 0), when)
        found[~sold] = self.fresh(period[~sold], rng)
        return found

    def _sources(
        self, baskets: Baskets, again: np.ndarray, buying: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the line that each line comes from, -1 for none, and whether it repeats it."""
        of = baskets.of_line
        n = len(of)
        pool = np.flatnonzero(buying[of])
        start = np.searchsorted(pool, baskets.starts[of])
        begin = np.searchsorted(pool, baskets.starts[baskets.first[baskets.unit[of]]])
        earlier = start - begin
        repeats = (rng.random(n) < again[of]) & (earlier > 0)
        source = np.full(n, -1, dtype=np.int64)
        late = np.sqrt(rng.random(n))  # what was bought lately is bought again more often
        source[repeats] = pool[(begin + (late * earlier).astype(np.int64))[repeats]]
        within = np.arange(n) - baskets.starts[of]
        goes = ~repeats & (within > 0) & (rng.random(n) < self.together)
        mate = baskets.starts[of] + (rng.random(n) * within).astype(np.int64)
        source[goes] = mate[goes]
        return source, repeats

    def _spread(
        self, item: np.ndarray, of: np.ndarray, period: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """Return the products with no more lines of one product in a basket than there are."""
        for _ in range(REPAIRS):
            double = np.flatnonzero(_repeated(item, of))
            kept = self.twice * len(item) / max(1, len(double))
            again = double[rng.random(len(double)) >= kept]
            item[again] = self.fresh(period[again], rng)
        return item

    @cached_property
    def _by_period(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return the lines to draw from by period, the periods, where each begins, how many."""
        pool = np.flatnonzero(self.item >= 0)
        pool = pool[np.argsort(self.period[pool], kind="stable")]
        periods, first, many = np.unique(self.period[pool], return_index=True, return_counts=True)
        return pool, periods, first, many

    def _weight(self, baskets: Baskets, rng: np.random.Generator) -> float:
        """Return the share of lines that go with another one of their basket, by EM.

        A line is as likely as its product is popular in its period, or as it is drawn as a partner
        of the products of other lines of its basket.
        """
        usable = np.flatnonzero((baskets.sizes[self.basket] > 1) & (self.item >= 0))
        if not len(usable):
            return 0.0
        line = rng.choice(usable, min(SAMPLE, len(usable)), replace=False)
        popular = self._popular(line)
        pairs = np.repeat(line, MATES)
        basket = self.basket[pairs]
        chosen = (rng.random(len(pairs)) * (self.sizes[basket] - 1)).astype(np.int64)
        mate = self.starts[basket] + chosen
        mate += mate >= pairs
        beside = np.zeros(len(pairs))
        known = self.item[mate] >= 0
        beside[known] = self.pairs.chance(self.item[pairs[known]], self.item[mate[known]])
        beside = beside.reshape(-1, MATES).mean(axis=1)
        weight = 0.5
        for _ in range(100):
            mixed = weight * beside + (1 - weight) * popular
            weight = float(np.mean(weight * beside / np.maximum(mixed, 1e-300)))
        return weight

    def _popular(self, line: np.ndarray) -> np.ndarray:
        width = len(self.span[0]) + 1
        low = self.period.min()
        both = (self.period - low) * width + self.item + 1
        counts = np.bincount(both)[both[line]]
        total = np.bincount(self.period - low)[self.period[line] - low]
        share: np.ndarray = np.maximum(counts - 1, 0.5) / np.maximum(total - 1, 1)
        return share


def _repeated(item: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Return whether the line's product is in its basket before, line by line."""
    order = np.lexsort((item, of))
    same = (np.diff(item[order]) == 0) & (np.diff(of[order]) == 0)
    found = np.zeros(len(item), dtype=bool)
    found[order[1:][same]] = True
    return found & (item >= 0)


def _twice(item: np.ndarray, of: np.ndarray) -> float:
    return float(_repeated(item, of).mean()) if len(item) else 0.0

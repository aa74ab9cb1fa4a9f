"""Which products are bought: what is popular, what the unit had before, what goes together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from guide_helpers.methods._basket_pairs import Pairs
from guide_helpers.methods._basket_table import Baskets

ROUNDS = 200
REPAIRS = 4


@dataclass(frozen=True)
class Items:
    """Purchases of the original in order of units and baskets; rare products are -1.

    `item` and `period` are by line, `season` is by product and period: how large its share of
    the sales is there, in parts of its share of all; `twice` says how often a product is in a
    basket again.
    """

    item: np.ndarray
    period: np.ndarray
    season: np.ndarray
    pairs: Pairs
    twice: float

    @classmethod
    def learn(
        cls, item: np.ndarray, baskets: Baskets, periods: np.ndarray, rng: np.random.Generator
    ) -> Self:
        """Learn from purchases; `item` is -1 where a product is too rare to come back."""
        of = baskets.of_line
        size = int(item.max(initial=-1)) + 1
        pairs = Pairs.learn(item, of, baskets.unit, size, rng)
        season = _season(item, periods[of], size)
        return cls(item, periods[of], season, pairs, _twice(item, of))

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

    def sold(self, item: np.ndarray, period: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return whether the product is on sale: always in its season, seldom outside of it.

        As often as its share of the sales around the period is of its share of all sales.
        """
        period = np.minimum(period, self.season.shape[1] - 1)
        found: np.ndarray = rng.random(len(item)) < self.season[item, period]
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
        period = periods[of]
        source, repeats = self._sources(baskets, again, buying, rng)
        item = np.full(len(of), -2, dtype=np.int64)
        begun = source < 0
        item[begun] = self.fresh(period[begun], rng)
        for _ in range(ROUNDS):
            left = np.flatnonzero(item == -2)
            ready = left[item[source[left]] != -2]
            if not len(ready):
                break
            item[ready] = self._settled(item[source[ready]], repeats[ready], period[ready], rng)
        return self._spread(item, of, period, rng)

    def _settled(
        self,
        known: np.ndarray,
        repeats: np.ndarray,
        period: np.ndarray,
        rng: np.random.Generator,
    ) -> np.ndarray:
        found = known.copy()
        with_it = ~repeats & (known >= 0)
        found[with_it] = self.pairs.draw(known[with_it], rng)
        sold = found >= 0
        sold[sold] = self.sold(found[sold], period[sold], rng)
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
        goes = ~repeats & (within > 0) & (rng.random(n) < self.pairs.together)
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


def _season(item: np.ndarray, period: np.ndarray, size: int) -> np.ndarray:
    """Return, by product and period, the share of sales there and beside, by that of all sales."""
    periods = int(period.max(initial=0)) + 1
    known = item >= 0
    cell = item[known] * periods + period[known]
    counts = np.bincount(cell, minlength=size * periods).reshape(size, periods).astype(float)
    wide = np.pad(counts, ((0, 0), (1, 1)))
    near = wide[:, :-2] + wide[:, 1:-1] + wide[:, 2:]
    share = near / np.maximum(near.sum(axis=0), 1)
    whole = counts.sum(axis=1, keepdims=True) / max(1.0, counts.sum())
    season: np.ndarray = np.divide(share, whole, out=np.zeros_like(share), where=whole > 0)
    return season


def _repeated(item: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Return whether the line's product is in its basket before, line by line."""
    order = np.lexsort((item, of))
    same = (np.diff(item[order]) == 0) & (np.diff(of[order]) == 0)
    found = np.zeros(len(item), dtype=bool)
    found[order[1:][same]] = True
    return found & (item >= 0)


def _twice(item: np.ndarray, of: np.ndarray) -> float:
    return float(_repeated(item, of).mean()) if len(item) else 0.0

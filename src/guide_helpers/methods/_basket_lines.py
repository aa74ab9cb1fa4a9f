"""What a line says besides its product: quantity by trees, price and name as the product's are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.methods._basket_table import Baskets, Layout
from guide_helpers.methods._given import Given
from guide_helpers.schema import Dataset, Kind, Schema, Variable

SIZE, LEVEL, USUAL = " lines", " level of the unit", " usual amount"
NEAREST = 3
"""A price comes from one of so many purchases whose amount is nearest."""


@dataclass(frozen=True)
class Donors:
    """Lines of the original by product, period and amount: where prices and names come from."""

    order: np.ndarray
    group: np.ndarray
    first: np.ndarray
    many: np.ndarray
    amount: np.ndarray
    periods: int

    @classmethod
    def of(cls, item: np.ndarray, period: np.ndarray, amount: np.ndarray) -> Self:
        """Sort the lines."""
        periods = int(period.max(initial=0)) + 1
        both = (item + 1) * periods + period
        order = np.lexsort((amount, both))
        group, first, many = np.unique(both[order], return_index=True, return_counts=True)
        return cls(order, group, first, many, amount[order], periods)

    def draw(
        self, item: np.ndarray, period: np.ndarray, amount: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """Return a line of the product, of the nearest period, bought in about that amount."""
        place = self._nearest(item, period)
        low, high = self.first[place], self.first[place] + self.many[place]
        # one search for all: amounts within groups, each group above the one before
        scale = float(np.abs(self.amount).max(initial=0.0)) * 2 + 2
        offset = np.repeat(np.arange(len(self.group)), self.many)
        at = np.searchsorted(self.amount + offset * scale, amount + place * scale)
        at = at + rng.integers(-NEAREST, NEAREST, len(at))
        found: np.ndarray = self.order[np.clip(at, low, high - 1)]
        return found

    def _nearest(self, item: np.ndarray, period: np.ndarray) -> np.ndarray:
        wanted = (item + 1) * self.periods + period
        after = np.clip(np.searchsorted(self.group, wanted), 0, len(self.group) - 1)
        before = np.maximum(after - 1, 0)
        away = [
            np.where(self.group[p] // self.periods == item + 1, np.abs(self.group[p] - wanted), 1e9)
            for p in (before, after)
        ]
        nearest: np.ndarray = np.where(away[0] < away[1], before, after)
        return nearest


@dataclass(frozen=True)
class Lines:
    """The variables of lines: those that trees draw, those that a donor of the product gives."""

    drawn: Given | None
    donors: Donors | None
    usual: np.ndarray
    level: np.ndarray
    rows: pd.DataFrame
    plan: Layout
    twin: np.ndarray

    @classmethod
    def learn(
        cls,
        data: Dataset,
        plan: Layout,
        baskets: Baskets,
        item: np.ndarray,
        periods: np.ndarray,
        rng: np.random.Generator,
        min_leaf: int,
    ) -> Self:
        """Learn from the rows of `data`, which are in the order of baskets."""
        amount = amounts(data.rows, plan)
        of = baskets.of_line
        usual = _mean(amount, item + 1)
        level = _mean(amount, baskets.unit[of])
        by_tree = [n for n in plan.line if n not in plan.tied]
        drawn = None
        if by_tree:
            given = _known(data, plan, baskets, level[baskets.unit[of]], usual[item + 1])
            table = Dataset.of(
                pd.concat([given, data.rows[by_tree]], axis=1), _schema(data.schema, given, by_tree)
            )
            drawn = Given.learn(table, by_tree, rng=rng, min_leaf=min_leaf)
        tied = plan.item is not None and bool(plan.tied or plan.labels)
        donors = Donors.of(item, periods[of], amount) if tied else None
        return cls(drawn, donors, usual, level, data.rows, plan, item)

    def known(
        self, data: Dataset, baskets: Baskets, level: np.ndarray, item: np.ndarray
    ) -> pd.DataFrame:
        """Return what trees are told of each line; `data` has the columns of units and baskets."""
        level = level[baskets.unit[baskets.of_line]]
        return _known(data, self.plan, baskets, level, self.usual[item + 1])

    def draw(
        self, known: pd.DataFrame, item: np.ndarray, period: np.ndarray, rng: np.random.Generator
    ) -> pd.DataFrame:
        """Return the variables of lines, and the names of their products."""
        rows = pd.DataFrame(index=known.index)
        if self.drawn is not None:
            rows = self.drawn.draw(known, rng)
        if self.donors is not None:
            place = self.donors.draw(item, period, amounts(rows, self.plan), rng)
            taken = self.rows[[*self.plan.tied, *self.plan.labels]].iloc[place]
            rows = rows.join(taken.set_axis(known.index))
        return rows


def amounts(rows: pd.DataFrame, plan: Layout) -> np.ndarray:
    """Return the logarithm of one plus the amount, whatever its sign; 0 where there is none."""
    if plan.amount is None:
        return np.zeros(len(rows))
    found: np.ndarray = np.log1p(np.abs(rows[plan.amount].to_numpy(float, na_value=0.0)))
    return found


def _mean(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    total = np.bincount(groups, weights=values)
    found: np.ndarray = total / np.maximum(np.bincount(groups), 1)
    return found


def _known(
    data: Dataset, plan: Layout, baskets: Baskets, level: np.ndarray, usual: np.ndarray
) -> pd.DataFrame:
    """Return what is known of each line when its own variables are drawn."""
    names = [*plan.unit, *plan.basket]
    time = next((v.name for v in data.schema.variables if v.name == data.time), None)
    known = data.rows[[n for n in data.rows if n in names or n == time]].copy()
    known[SIZE] = baskets.sizes[baskets.of_line]
    if plan.amount is not None:
        known[LEVEL], known[USUAL] = level, usual
    return known


def _schema(schema: Schema, known: pd.DataFrame, drawn: Sequence[str]) -> Schema:
    own = [n for n in known if n in schema.names]
    kept = schema.keep([*own, *drawn])
    extra = tuple(Variable(str(n), Kind.NUMBER) for n in known if n not in own)
    return Schema((*kept.variables, *extra), kept.rules, kept.structural_zeros)

"""Who buys and when: habits of units by trees, times of baskets by gaps, sizes by trees again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.methods._basket_lines import SIZE
from guide_helpers.methods._basket_table import Baskets, Layout
from guide_helpers.methods._basket_times import Calendar, Gaps
from guide_helpers.methods._given import Given
from guide_helpers.methods._sequential import Sequential
from guide_helpers.schema import Dataset, Kind, Schema, Variable

MANY, FIRST, SPAN, MEAN, AGAIN, LEVEL = (
    " baskets",
    " first",
    " span",
    " mean lines",
    " bought again",
    " level",
)
RANK, GAP, PLACE = " rank", " gap", " place in time"
LATE = 20
"""Baskets from this one on are alike to the trees."""


@dataclass(frozen=True)
class Shoppers:
    """Models of units and of their baskets; without several rows a unit, of units alone."""

    data: Dataset
    plan: Layout
    people: Sequential | None
    calendar: Calendar | None = None
    gaps: Gaps | None = None
    sizes: Given | None = None

    @classmethod
    def learn(
        cls,
        data: Dataset,
        plan: Layout,
        baskets: Baskets,
        lines: tuple[np.ndarray, np.ndarray, np.ndarray],
        rng: np.random.Generator,
        min_leaf: int,
    ) -> Self:
        """Learn from rows in the order of baskets; `lines` are product, amount and return."""
        first = baskets.starts[baskets.first]
        table = data.rows[list(plan.unit)].iloc[first].reset_index(drop=True)
        if not data.panel:
            return cls(data, plan, _people(data, table, plan, [], rng, min_leaf))
        time = data.time
        dated = time is not None and data.schema[time].kind is Kind.DATETIME
        calendar = Calendar.of(baskets.time, dated and plan.key is not None)
        calendar = replace(calendar, apart=time is not None and plan.key is None)
        places = calendar.places(baskets.time)
        habits = _habits(plan, baskets, places, *lines)
        people = _people(data, table.join(habits), plan, [str(n) for n in habits], rng, min_leaf)
        sizes = _sizes(data, plan, baskets, places, rng, min_leaf)
        return cls(data, plan, people, calendar, Gaps.of(places, baskets), sizes)

    @property
    def dated(self) -> bool:
        """Whether baskets are on days of a calendar, at hours of the day."""
        return self.calendar is not None and bool(self.calendar.hours)

    def units(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Return units with their habits."""
        if self.people is None:
            return pd.DataFrame(index=pd.RangeIndex(n))
        return self.people.sample(n, rng=rng).rows

    def baskets(
        self, units: pd.DataFrame, rng: np.random.Generator
    ) -> tuple[Baskets, pd.DataFrame]:
        """Return baskets in time with their sizes, and what is known of them and their unit."""
        n, own = len(units), units[list(self.plan.unit)]
        if self.sizes is None or self.calendar is None:
            ones = np.ones(n, dtype=np.int64)
            return Baskets(np.arange(n), np.zeros(n), ones), own
        empty, times = self._times(units, self.calendar, rng)
        rows = own.iloc[empty.unit].reset_index(drop=True)
        for name in _time(self.data):
            rows[name] = _typed(times, self.data.schema[name])
        known = rows.join(_around(empty, self.calendar.places(times)))
        known[MEAN] = units[MEAN].to_numpy()[empty.unit]
        drawn = self.sizes.draw(known, rng)
        sizes = np.maximum(drawn.pop(SIZE).to_numpy(), 1).astype(np.int64)
        return Baskets(empty.unit, times, sizes), rows.join(drawn)

    def _times(
        self, units: pd.DataFrame, calendar: Calendar, rng: np.random.Generator
    ) -> tuple[Baskets, np.ndarray]:
        most = len(calendar.days) if calendar.apart else np.inf
        many = np.clip(units[MANY].to_numpy(), 1, most).astype(np.int64)
        none = np.zeros(int(many.sum()), dtype=np.int64)
        empty = Baskets(np.repeat(np.arange(len(units)), many), none, none)
        first = units[FIRST].to_numpy().clip(0, 1)
        span = np.minimum(units[SPAN].to_numpy().clip(0), 1 - first)
        assert self.gaps is not None
        places = self.gaps.places(first, span, empty, rng)
        return empty, calendar.times(places, empty, rng)


def _people(
    data: Dataset,
    table: pd.DataFrame,
    plan: Layout,
    habits: list[str],
    rng: np.random.Generator,
    min_leaf: int,
) -> Sequential | None:
    schema = _with(data.schema, plan.unit, habits, {MANY})
    if not schema.names:
        return None
    return Sequential(min_leaf=min_leaf).fit(Dataset.of(table, schema), rng=rng)


def _habits(
    plan: Layout,
    baskets: Baskets,
    places: np.ndarray,
    item: np.ndarray,
    amount: np.ndarray,
    back: np.ndarray,
) -> pd.DataFrame:
    """Return how many baskets each unit has, when, how large, and what is in them."""
    last = baskets.first + baskets.many - 1
    found = {
        MANY: baskets.many,
        FIRST: places[baskets.first],
        SPAN: places[last] - places[baskets.first],
        MEAN: np.bincount(baskets.unit, weights=baskets.sizes) / baskets.many,
    }
    if plan.item is not None:
        found[AGAIN] = _again(item, baskets, back)
    if plan.amount is not None:
        unit = baskets.unit[baskets.of_line]
        found[LEVEL] = np.bincount(unit, weights=amount) / np.bincount(unit)
    return pd.DataFrame(found)


def _sizes(
    data: Dataset,
    plan: Layout,
    baskets: Baskets,
    places: np.ndarray,
    rng: np.random.Generator,
    min_leaf: int,
) -> Given:
    """Learn what a basket is and how many lines it has, given unit, place and time."""
    columns = [*plan.unit, *plan.basket, *_time(data)]
    table = data.rows[columns].iloc[baskets.starts].reset_index(drop=True)
    table = table.join(_around(baskets, places))
    mean = np.bincount(baskets.unit, weights=baskets.sizes) / baskets.many
    table[MEAN], table[SIZE] = mean[baskets.unit], baskets.sizes
    names = [str(n) for n in table]
    own = [n for n in names if n in data.schema]
    made = Dataset.of(table, _with(data.schema, own, [n for n in names if n not in own], {SIZE}))
    return Given.learn(made, [*plan.basket, SIZE], rng=rng, min_leaf=min_leaf)


def _around(baskets: Baskets, places: np.ndarray) -> pd.DataFrame:
    """Return what is known of a basket before it is drawn, beside its unit."""
    return pd.DataFrame(
        {
            MANY: baskets.many[baskets.unit],
            RANK: np.minimum(baskets.rank, LATE),
            GAP: baskets.gaps(places),
            PLACE: places,
        }
    )


def _again(item: np.ndarray, baskets: Baskets, back: np.ndarray) -> np.ndarray:
    """Return, by unit, the share of later purchases of a product that was bought before."""
    of = baskets.of_line
    table = pd.DataFrame({"unit": baskets.unit[of], "item": item, "basket": of})
    used = ~back & (item >= 0)
    first = table[used].groupby(["unit", "item"])["basket"].transform("min")
    later = baskets.rank[of[used]] > 0
    again = (first.to_numpy() < of[used]) & later
    n = len(baskets.many)
    total = np.bincount(baskets.unit[of[used]], weights=later, minlength=n)
    found = np.bincount(baskets.unit[of[used]], weights=again, minlength=n).astype(float)
    np.divide(found, total, out=found, where=total > 0)
    return found


def _time(data: Dataset) -> list[str]:
    return [data.time] if data.time is not None and data.panel else []


def _typed(times: np.ndarray, variable: Variable) -> np.ndarray:
    if variable.kind is Kind.DATETIME:
        return times.astype("datetime64[s]").astype("datetime64[ns]")
    return times


def _with(schema: Schema, own: Sequence[str], extra: list[str], counts: set[str]) -> Schema:
    kept = schema.keep(list(own))
    made = tuple(Variable(n, Kind.INTEGER if n in counts else Kind.NUMBER) for n in extra)
    return Schema((*kept.variables, *made), kept.rules, kept.structural_zeros)

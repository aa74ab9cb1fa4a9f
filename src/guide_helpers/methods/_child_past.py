"""What is known of a child row from the rows of the same parent before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.methods._child_rows import Family
from guide_helpers.methods._unit_history import History
from guide_helpers.schema import Dataset, Kind, Variable

MOST_LEVELS = 20
"""Of columns with more levels it is not counted how often each has been seen."""
ENOUGH = 100
"""Rows with a level, and others of the same parent to follow, before it is said to come once."""
TELLS = 0.5
"""A category tells what a quantity means if it explains this share of the variance of its ranks."""


def seen(name: str, level: int) -> str:
    """Return the name of how often a level has been seen."""
    return f" seen {name} {level}"


def same(name: str) -> str:
    """Return the name of the last value that came with the same level."""
    return f" same {name}"


def told_by(child: Dataset) -> dict[str, str]:
    """Return, by quantity, the category that says what it means, as in a long table of tests."""
    found = {}
    categories = [v.name for v in child.schema.variables if _counted(child, v)]
    for v in child.schema.variables:
        if v.numeric and v.name != child.time and categories:
            ranks = child.rows[v.name].astype(float).rank()
            shares = [_explained(ranks, child.rows[c]) for c in categories]
            if max(shares) >= TELLS:
                found[v.name] = categories[int(np.argmax(shares))]
    return found


def _counted(child: Dataset, variable: Variable) -> bool:
    if not variable.discrete or variable.name == child.time:
        return False
    return 1 < len(child.rows[variable.name].cat.categories) <= MOST_LEVELS


def _explained(ranks: pd.Series, by: pd.Series) -> float:
    """Return the share of variance between levels; 0 where there is none to explain."""
    there = ranks.notna() & by.notna()
    ranks = ranks[there]
    if ranks.nunique() < 2:
        return 0.0
    means = ranks.groupby(by[there], observed=True).transform("mean")
    return float(means.var() / ranks.var())


def only_once(family: Family) -> dict[str, tuple[int, ...]]:
    """Return, by category, the levels that no parent has twice, though many could have had."""
    found: dict[str, tuple[int, ...]] = {}
    last = np.append(np.diff(family.unit) != 0, True)[: len(family.unit)]
    for name in family.moving:
        if _counted(family.child, family.child.schema[name]):
            codes = family.child.rows[name].cat.codes.to_numpy(dtype=np.int64)
            size = len(family.child.rows[name].cat.categories)
            there = codes >= 0
            pairs, times = np.unique(family.unit[there] * size + codes[there], return_counts=True)
            twice = np.bincount(pairs % size, times > 1, minlength=size)
            could = np.bincount(codes[there & ~last], minlength=size)
            levels = np.flatnonzero((twice == 0) & (could >= ENOUGH))
            found |= {name: tuple(map(int, levels))} if len(levels) else {}
    return found


@dataclass
class Past:
    """The history of each parent, how often it has had each level, and its last value at each.

    `told` names the category that says what a quantity means.
    """

    family: Family
    told: Mapping[str, str]
    parents: int

    def __post_init__(self) -> None:
        child = self.family.child
        self.history = History(child, self.family.moving, self.parents, rising=())
        levels = {
            v.name: len(child.rows[v.name].cat.categories)
            for v in child.schema.variables
            if v.name in self.family.moving and _counted(child, v)
        }
        self.seen = {n: np.zeros((self.parents, size)) for n, size in levels.items()}
        told = self.told.items()
        self.last = {n: np.full((self.parents, levels[by]), np.nan) for n, by in told}

    def described(self) -> tuple[Variable, ...]:
        """Return the variables of what is known before a row is drawn."""
        counts = [seen(n, i) for n, c in self.seen.items() for i in range(c.shape[1])]
        return (*self.history.described(), *(Variable(n, Kind.NUMBER) for n in counts))

    def known(self, parents: np.ndarray) -> dict[str, Any]:
        """Return what is known of some parents' next rows, a column each."""
        found = self.history.known(parents)
        for name, counts in self.seen.items():
            found |= {seen(name, i): counts[parents, i] for i in range(counts.shape[1])}
        return found

    def same(self, parents: np.ndarray, rows: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the last values at the levels that the next rows have."""
        found = {}
        for name, values in self.last.items():
            codes = rows[self.told[name]].cat.codes.to_numpy()
            found[same(name)] = np.where(codes < 0, np.nan, values[parents, codes])
        return found

    def again(
        self, parents: np.ndarray, rows: pd.DataFrame, once: Mapping[str, tuple[int, ...]]
    ) -> np.ndarray:
        """Return which rows have a level that their parent has had and that comes only once."""
        found = np.zeros(len(rows), dtype=bool)
        for name, levels in once.items():
            codes = rows[name].cat.codes.to_numpy()
            found |= np.isin(codes, levels) & (self.seen[name][parents, codes] > 0)
        return found

    def add(self, parents: np.ndarray, rows: pd.DataFrame) -> None:
        """Take the next row of some parents."""
        self.history.add(parents, rows)
        for name, counts in self.seen.items():
            codes = rows[name].cat.codes.to_numpy()
            counts[parents[codes >= 0], codes[codes >= 0]] += 1
        for name, last in self.last.items():
            codes = rows[self.told[name]].cat.codes.to_numpy()
            values = rows[name].to_numpy(dtype=float, na_value=np.nan)
            there = (codes >= 0) & ~np.isnan(values)
            last[parents[there], codes[there]] = values[there]


def histories(
    family: Family, told: Mapping[str, str]
) -> tuple[pd.DataFrame, pd.DataFrame, list[Variable]]:
    """Return what is known of each row before it is drawn, then of its last values, described."""
    past = Past(family, told, len(family.parents))
    place, rows = family.place, family.child.rows
    order = np.argsort(place, kind="stable")
    before, alike = [], []
    for here in np.split(order, np.cumsum(np.bincount(place))[:-1]):
        parents = family.unit[here]
        before.append(pd.DataFrame(past.known(parents), index=here))
        alike.append(pd.DataFrame(past.same(parents, rows.iloc[here]), index=here))
        past.add(parents, rows.iloc[here])
    return pd.concat(before).sort_index(), pd.concat(alike).sort_index(), list(past.described())

"""Rows of a child table in order: whose each is, when it is, and what came before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers.methods._child_times import Clock
from guide_helpers.methods._owners import of_many_owners
from guide_helpers.methods._unit_history import plain
from guide_helpers.schema import Dataset, Kind, Variable

PLACE = " row"
"""Which of its parent's rows a row is, from 0."""


def of_parent(name: str) -> str:
    """Return the name of a parent's column beside its children's."""
    return f"of {name}"


def many(table: str) -> str:
    """Return the name of the number of rows of a child table."""
    return f" rows of {table}"


def bare(table: Dataset, left_out: Iterable[str]) -> Dataset:
    """Return the columns that are drawn; levels of categories are those of all rows."""
    names = [v.name for v in table.schema.modelled if v.name not in set(left_out)]
    rows, schema = table.rows[names].reset_index(drop=True), table.schema.keep(names)
    for v in schema.variables:
        if v.discrete and v.levels is None:  # else some rows would have fewer levels
            schema = schema.change(v.name, levels=tuple(rows[v.name].cat.categories))
    return Dataset(rows, schema, time=table.time if table.time in names else None)


@dataclass(frozen=True)
class Family:
    """What is known of parents, and their children in order, parent after parent.

    `unit` is the parent's row of each child, `owner` the root row (the protected unit) of each
    parent.
    """

    parents: Dataset
    child: Dataset
    unit: np.ndarray
    owner: np.ndarray
    clock: Clock

    @classmethod
    def of(cls, parents: Dataset, child: Dataset, unit: np.ndarray, owner: np.ndarray) -> Self:
        """Return the family with its rows in order; rows of one time stay as they are."""
        clock = Clock.of(child)
        order = np.lexsort((clock.numbers(child.rows), unit))
        rows = child.rows.iloc[order].reset_index(drop=True)
        return cls(parents, replace(child, rows=rows), unit[order], owner, clock)

    @property
    def sizes(self) -> np.ndarray:
        """The number of children of each parent."""
        return np.bincount(self.unit, minlength=len(self.parents))

    @property
    def place(self) -> np.ndarray:
        """The number of each child among those of its parent, from 0."""
        sizes = self.sizes
        return np.asarray(np.arange(len(self.unit)) - (np.cumsum(sizes) - sizes)[self.unit])

    @property
    def moving(self) -> tuple[str, ...]:
        """The columns of children other than the time."""
        return tuple(n for n in self.child.schema.names if n != self.clock.column)

    def some(self, most: int, rng: np.random.Generator) -> Family:
        """Return the family of parents drawn at random, with no more than `most` children."""
        if len(self.unit) <= most:
            return self
        chosen = rng.permutation(len(self.parents))
        upto = np.cumsum(self.sizes[chosen])
        there = np.isin(self.unit, chosen[: max(1, int((upto <= most).sum()))])
        rows = self.child.rows[there].reset_index(drop=True)
        return replace(self, child=replace(self.child, rows=rows), unit=self.unit[there])

    def described(self) -> list[Variable]:
        """Return the variables of what is known of a row before it is drawn."""
        found = [plain(v, of_parent(v.name)) for v in self.parents.schema.variables]
        return [*found, Variable(PLACE, Kind.NUMBER)]


def beside(parents: pd.DataFrame, unit: np.ndarray, place: Any) -> pd.DataFrame:
    """Return what is known of rows before they are drawn: their parent, and their place."""
    known = parents.iloc[unit].reset_index(drop=True).rename(columns=of_parent)
    return known.assign(**{PLACE: np.broadcast_to(place, len(unit)).astype(float)})


def smoothed(family: Family, rng: np.random.Generator) -> Family:
    """Return the family without quantities that many rows share, but few protected units."""
    owners, rows = family.owner[family.unit], family.child.rows.copy()
    for v in family.child.schema.variables:
        if v.numeric and v.name in family.moving:
            values = rows[v.name].to_numpy(dtype=float, na_value=np.nan)
            values[np.isin(values, list(v.special))] = np.nan
            found = of_many_owners(values, owners, rng)
            changed = ~np.isnan(values) & (found != values)
            rows[v.name] = v.coerce(rows[v.name].astype(float).mask(changed, found))
    return replace(family, child=replace(family.child, rows=rows))

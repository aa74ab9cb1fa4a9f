"""Households as tables: which rows are whose, how many members, what follows from counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.methods._counted import Count
from guide_helpers.methods._members import Household
from guide_helpers.schema import (
    Dataset,
    Kind,
    Link,
    LinkedTables,
    Role,
    Schema,
    StructuralZero,
    Variable,
)

MOST_MEMBERS = 60
"""A unit with more rows than this is no household; drawing each of them in turn would take long."""


def link_of(data: LinkedTables, method: str) -> Link:
    """Return the link of households and members; other shapes are refused."""
    if len(data.links) != 1:
        raise GuideError(
            f"{method!r} takes one table of households and one of members, but "
            f"{len(data.links) + 1} tables are linked; leave tables out"
        )
    link = data.links[0]
    if data[link.child].time is not None:
        raise GuideError(
            f"rows of {link.child!r} are moments in time, not members of a household; take a "
            "method for panels or events"
        )
    return link


def home_of(data: LinkedTables) -> Household:
    """Return households with their number of members, and the members in order."""
    link = data.links[0]
    unit = data.units_of(link.child)
    order = np.argsort(unit, kind="stable")
    unit = unit[order]
    sizes = np.bincount(unit, minlength=data.n_units)
    if sizes.max(initial=0) > MOST_MEMBERS:
        raise GuideError(
            f"a row of {link.parent!r} has {sizes.max()} rows of {link.child!r}, more than "
            f"{MOST_MEMBERS}: no household; take a method for panels or events"
        )
    place = np.arange(len(unit)) - (np.cumsum(sizes) - sizes)[unit]
    child = data[link.child]
    members = replace(child, rows=child.rows.iloc[order].reset_index(drop=True), entity=None)
    units, size = sized(data[link.parent], sizes)
    return Household(units, members, unit, place, size)


def sized(parent: Dataset, sizes: np.ndarray) -> tuple[Dataset, str]:
    """Return the households with a column of their size: their own if they have one."""
    modelled = parent.schema.keep([v.name for v in parent.schema.modelled])
    for name in modelled.of_role(Role.WEIGHT):
        modelled = modelled.change(name, kind=Kind.NUMBER)
    rows = parent.rows[list(modelled.names)].reset_index(drop=True)
    for v in modelled.variables:
        if v.kind is Kind.INTEGER and np.array_equal(rows[v.name].to_numpy(float), sizes):
            return Dataset.of(rows, modelled), v.name
    name = " members"
    schema = replace(modelled, variables=(*modelled.variables, Variable(name, Kind.INTEGER)))
    return Dataset.of(rows.assign(**{name: sizes}), schema), name


def with_limits(home: Household, counts: Sequence[Count]) -> Household:
    """Return the households with what follows from counts: no more than there are members."""
    zeros = [
        StructuralZero(f"{c.name} over size", f"col({c.name!r}) > col({home.size!r})")
        for c in counts
    ]
    schema: Schema = home.units.schema
    schema = replace(schema, structural_zeros=(*schema.structural_zeros, *zeros))
    return replace(home, units=replace(home.units, schema=schema))


def rounded(weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return whole weights of the same total, up or down by chance."""
    whole_part = np.floor(weights + 1e-9)
    extra = round(float((weights - whole_part).sum()))
    if extra:
        whole_part[rng.permutation(len(weights))[:extra]] += 1
    return whole_part.astype(np.int64)


def numbered(values: pd.Series, home: Household) -> bool:
    """Whether an identifier is the place of a member in its household, from 1."""
    if not pd.api.types.is_integer_dtype(values):
        return False
    return bool(np.array_equal(home.members.rows[values.name].to_numpy(), home.place + 1))

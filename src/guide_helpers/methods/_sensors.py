"""What methods for sensors share: errors put right, what a unit has once, new units, leftovers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.methods._between import Between, between
from guide_helpers.schema import NUMERIC, Dataset, Kind


def once(data: Dataset) -> list[str]:
    """Return the columns that have one value in each unit."""
    names = [v.name for v in data.schema.modelled if v.name not in (data.entity, data.time)]
    groups = data.rows[names].groupby(data.units)
    return [n for n in names if groups[n].nunique(dropna=False).max() == 1]


def quantities(data: Dataset, still: Iterable[str]) -> list[Between]:
    """Return the quantities that change within units, with their limits."""
    return [
        between(data, v, still)
        for v in data.schema.modelled
        if v.kind in NUMERIC and v.name not in (data.entity, data.time, *still)
    ]


def put_right(data: Dataset, limited: Iterable[Between]) -> Dataset:
    """Return the readings with values moved into their limits; rows still wrong are left out.

    Where every row is wrong, the rules are: all stay.
    """
    rows = data.rows.copy()
    for one in limited:
        known, plain = plain_numbers(data, one.name)
        moved = one.clipped(plain, rows)
        rows[one.name] = data.schema[one.name].coerce(
            pd.Series(np.where(known, moved, numbers(rows[one.name])), index=rows.index)
        )
    wrong = broken(data.with_rows(rows))
    if wrong.all():
        return data
    return replace(data, rows=rows[~wrong].reset_index(drop=True))


def broken(data: Dataset) -> np.ndarray:
    """Return, row by row, whether a rule is broken or an impossible combination is there."""
    wrong = np.zeros(len(data), bool)
    for statement in data.schema.statements:
        wrong |= statement.violations(data.rows)
    return wrong


def plain_numbers(data: Dataset, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return where a column has a quantity, and the column with 0 elsewhere."""
    found = numbers(data.rows[name])
    known = ~np.isnan(found) & ~np.isin(found, list(data.schema[name].special))
    return known, np.where(known, found, 0.0)


def numbers(values: pd.Series) -> np.ndarray:
    """Return a numeric column as floats."""
    return np.asarray(values.to_numpy(dtype=float, na_value=np.nan))


def evenly(n: int, units: int, rng: np.random.Generator) -> np.ndarray:
    """Return `n` places among units: each as often as any other, but for a rest that is drawn."""
    whole = np.tile(np.arange(units), n // units)
    rest = rng.permutation(units)[: n % units]
    return rng.permutation(np.concatenate([whole, rest]))


def spread(
    values: np.ndarray, source: np.ndarray, width: float, rng: np.random.Generator
) -> np.ndarray:
    """Return new units near those of `source`: a smoothed bootstrap that keeps mean and spread.

    Each line of `values` is a unit. The noise of a new unit is a random mixture of all units'
    differences from their mean, so it has their covariance, `width` of it; then all is drawn
    together so far that the covariance is what it was.

    References
    ----------
    Silverman and Young (1987), doi:10.1093/biomet/74.3.469
    """
    mean = values.mean(axis=0)
    apart = values - mean
    mixture = rng.standard_normal((len(source), len(values))) / max(1, len(values) - 1) ** 0.5
    return np.asarray(mean + (apart[source] + width * mixture @ apart) / (1 + width**2) ** 0.5)


def without_broken(
    made: Dataset, unit: np.ndarray, original: Dataset, taken: np.ndarray
) -> Dataset:
    """Return a file whose rows break no rule: wrong ones go, but for a unit that has no other.

    Its first row becomes the record that the row was `taken` from, which keeps what it can.
    """
    wrong = broken(made)
    if not wrong.any():
        return made
    left = np.bincount(unit[~wrong], minlength=int(unit.max()) + 1)
    first = np.append(True, unit[1:] != unit[:-1])
    saved = first & (left[unit] == 0)
    rows = made.rows.copy()
    for name in rows if saved.any() else ():
        if name != made.entity:
            values: Any = original.rows[name].iloc[taken[saved]].set_axis(rows.index[saved])
            rows.loc[saved, name] = values
    return replace(made, rows=rows[~wrong | saved].reset_index(drop=True))


def sizes_of(data: Dataset, limited: Iterable[Between]) -> list[str]:
    """Return the limits that new units get of their own: positive numbers, all of them known."""
    names = dict.fromkeys(name for one in limited for name in one.columns)
    return [
        n
        for n in names
        if data.schema[n].kind in NUMERIC
        and plain_numbers(data, n)[0].all()
        and (numbers(data.rows[n]) > 0).all()
    ]


def sized(data: Dataset, name: str, values: np.ndarray) -> np.ndarray:
    """Return positive sizes as the column has them: whole where it must be, within its bounds."""
    v = data.schema[name]
    low, top = v.bounds if v.public_domain and v.bounds is not None else (0.0, np.inf)
    values = np.round(values) if v.kind is Kind.INTEGER else values
    return np.asarray(np.clip(values, max(low, 1.0 if v.kind is Kind.INTEGER else low), top))

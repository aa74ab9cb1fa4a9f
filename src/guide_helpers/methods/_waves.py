"""The rows of a panel in order: its clock, what stays in a unit, what only rises, what is final."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers import expressions
from guide_helpers.errors import GuideError
from guide_helpers.methods._parts import DAY, SECOND
from guide_helpers.schema import Dataset, Kind, Variable

MOST_WAVES = 60
"""With more distinct times than this a time is a quantity, not the number of a wave."""
ENOUGH = 100
"""So many steps must show that a column never falls, or that a level is never left."""


@dataclass(frozen=True)
class Clock:
    """Times as numbers: the place among the waves, or the time itself in steps.

    `least` is the shortest gap between rows of a unit, `last` the end of the panel.
    """

    column: str | None
    marks: Any
    step: int
    least: float
    last: float

    @classmethod
    def of(cls, data: Dataset) -> tuple[Self, np.ndarray]:
        """Return the clock of a panel and the time of each row."""
        name = data.time if data.time != data.entity else None
        if name is None:
            return cls(None, None, 1, 1.0, np.inf), np.zeros(len(data))
        variable, values = data.schema[name], data.rows[name]
        if variable.kind in (Kind.TEXT, Kind.IDENTIFIER):
            raise GuideError(
                f"time column {name!r} is of kind {variable.kind.value}, which has no order; "
                "declare it a date or a number in the schema"
            )
        if lost := int(values.isna().sum()):
            raise GuideError(f"time {name!r} is missing in {lost} rows; leave those rows out")
        marks, step = _marks(values, variable), 1
        if marks is None and variable.kind is Kind.DATETIME:
            moments = pd.DatetimeIndex(values).as_unit("ns").asi8
            step = next((s for s in (DAY, SECOND) if not (moments % s).any()), 1)
        clock = cls(name, marks, step, 0.0, np.inf)
        times = clock.place(values)
        gaps = _gaps(times, data.units)
        return cls(name, marks, step, float(gaps.min(initial=np.inf)), float(times.max())), times

    def place(self, values: pd.Series) -> np.ndarray:
        """Return times as numbers."""
        if self.marks is not None:
            return np.asarray(pd.Index(self.marks).get_indexer(pd.Index(values)), float)
        if pd.api.types.is_datetime64_any_dtype(values):
            return pd.DatetimeIndex(values).as_unit("ns").asi8 / self.step
        return values.to_numpy(dtype=float)

    def values(self, times: np.ndarray, like: pd.Series) -> Any:
        """Return numbers as times of the column's type."""
        if self.marks is not None:
            return self.marks.take(times.astype(int))
        if pd.api.types.is_datetime64_any_dtype(like):
            moments = pd.to_datetime(
                np.round(times).astype(np.int64) * self.step, utc=like.dt.tz is not None
            )
            return pd.Series(moments).astype(like.dtype).array
        return pd.Series(times).astype(like.dtype).array


def _marks(values: pd.Series, variable: Variable) -> Any:
    """Return the waves in order, None where the time is a quantity."""
    if variable.discrete:
        dtype: Any = values.dtype
        return pd.Categorical.from_codes(np.arange(len(dtype.categories)), dtype=dtype)
    distinct = values.drop_duplicates().sort_values()
    return distinct.array if len(distinct) <= MOST_WAVES else None


def _gaps(times: np.ndarray, units: np.ndarray) -> np.ndarray:
    order = np.lexsort((times, units))
    same = np.diff(units[order]) == 0
    return np.asarray(np.diff(times[order])[same])


@dataclass(frozen=True)
class Panel:
    """A panel in the order of its units and times, and what was found out about its columns.

    `table` has the modelled columns alone; `place` numbers the rows of a unit from 0. `constant`
    columns have one value a unit, `moving` ones are drawn row after row; of these, `rising` ones
    never fall and `absorbing` names the levels that are never left.
    """

    table: Dataset
    units: np.ndarray
    place: np.ndarray
    times: np.ndarray
    clock: Clock
    constant: tuple[str, ...]
    moving: tuple[str, ...]
    rising: tuple[str, ...]
    absorbing: Mapping[str, tuple[Any, ...]]

    @classmethod
    def of(
        cls,
        data: Dataset,
        *,
        constant: Sequence[str] | None = None,
        rising: Sequence[str] | None = None,
        absorbing: Mapping[str, Sequence[Any]] | None = None,
    ) -> Self:
        """Return the panel; what is not named is found from the records."""
        clock, times = Clock.of(data)
        order = np.lexsort((times, data.units))
        units = data.units[order]
        begins = np.flatnonzero(np.append(True, np.diff(units) != 0))
        place = np.arange(len(units)) - np.repeat(begins, np.diff(np.append(begins, len(units))))
        times = place.astype(float) if clock.column is None else times[order]
        names = [v.name for v in data.schema.modelled if v.name != data.entity]
        rows = data.rows[names].iloc[order].reset_index(drop=True)
        schema = data.schema.keep(names)
        for v in schema.variables:
            if v.discrete and v.levels is None:  # else some rows would have fewer levels
                schema = schema.change(v.name, levels=tuple(rows[v.name].cat.categories))
        table = Dataset(rows, schema)
        free = [n for n in names if n != clock.column]
        same = _checked_constant(table, free, begins[units], constant)
        moving = tuple(n for n in free if n not in same)
        after = np.flatnonzero(place > 0)
        rises = _checked_rising(table, moving, units, after, rising)
        final = _checked_absorbing(table, moving, units, after, absorbing)
        return cls(table, units, place, times, clock, same, moving, rises, final)

    @property
    def longest(self) -> int:
        """The most rows that a unit has."""
        return int(self.place.max()) + 1


def _checked_constant(
    table: Dataset, names: list[str], first: np.ndarray, asked: Sequence[str] | None
) -> tuple[str, ...]:
    def changes(name: str) -> int:
        codes = pd.factorize(table.rows[name])[0]
        return int((codes != codes[first]).sum())

    _known("constant", asked, names)
    if asked is None:
        return tuple(n for n in names if not changes(n))
    for name in asked:
        if found := changes(name):
            raise GuideError(f"constant names {name!r}, which changes in {found} rows of units")
    return tuple(n for n in names if n in asked)


def _checked_rising(
    table: Dataset,
    names: Sequence[str],
    units: np.ndarray,
    after: np.ndarray,
    asked: Sequence[str] | None,
) -> tuple[str, ...]:
    """Return the quantities that never fall; one that an equation computes is none of them."""
    sides = [expressions.equation(r.expression) for r in table.schema.rules]
    computed = {side[0] for side in sides if side is not None}
    _known("rising", asked, names)
    found = []
    for name in names if asked is None else asked:
        variable = table.schema[name]
        if not variable.numeric or variable.special:
            if asked is not None:
                raise GuideError(f"rising names {name!r}, which is no plain number")
            continue
        values = table.rows[name].astype(float)
        moved = (values - values.groupby(units).ffill().groupby(units).shift()).to_numpy()[after]
        moved = moved[~np.isnan(moved)]
        if falls := int((moved < 0).sum()):
            if asked is not None:
                raise GuideError(f"rising names {name!r}, which falls in {falls} steps")
            continue
        if asked is not None or (len(moved) >= ENOUGH and name not in computed):
            found.append(name)
    return tuple(found)


def _checked_absorbing(
    table: Dataset,
    names: Sequence[str],
    units: np.ndarray,
    after: np.ndarray,
    asked: Mapping[str, Sequence[Any]] | None,
) -> dict[str, tuple[Any, ...]]:
    """Return the levels that are never left, by column."""
    if asked is not None and not isinstance(asked, Mapping):
        raise GuideError(f"absorbing={asked!r} is not a mapping by column: {{'degree': ['yes']}}")
    _known("absorbing", list(asked) if asked is not None else None, names)
    found = {}
    for name in names if asked is None else asked:
        if not table.schema[name].discrete:
            if asked is not None:
                raise GuideError(f"absorbing names {name!r}, which has no levels")
            continue
        levels = table.rows[name].cat.categories
        codes = pd.Series(table.rows[name].cat.codes.to_numpy(dtype=float)).replace(-1, np.nan)
        before = codes.groupby(units).ffill().groupby(units).shift().to_numpy()[after]
        now = codes.to_numpy()[after]
        both = ~np.isnan(before) & ~np.isnan(now)
        stays = np.bincount(before[both].astype(int), minlength=len(levels))
        leaves = np.bincount(before[both & (before != now)].astype(int), minlength=len(levels))
        if asked is None:
            final = [level for level, s, k in zip(levels, stays, leaves, strict=True)
                     if s >= ENOUGH and not k]  # fmt: skip
        else:
            final = list(asked[name])
            for level in final:
                if level not in levels:
                    raise GuideError(f"absorbing gives {name!r} a level that it does not have")
                if k := int(leaves[levels.get_loc(level)]):
                    raise GuideError(f"absorbing level of {name!r} is left in {k} steps")
        if final:
            found[name] = tuple(final)
    return found


def _known(option: str, asked: Sequence[str] | None, names: Sequence[str]) -> None:
    if asked is None:
        return
    if isinstance(asked, str):
        raise GuideError(f"{option}={asked!r} is one word; give a list of columns, [{asked!r}]")
    for name in asked:
        if name not in names:
            raise GuideError(f"{option} names {name!r}; known columns: {', '.join(names)}")

"""Readings of units at regular times: unit by day by time of day, and back to rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.methods._frame import assemble, serial
from guide_helpers.methods._options import whole
from guide_helpers.schema import Dataset, Kind, Variable

DAY = 86_400 * 10**9
STEPS = [n * 10**9 for n in (1, 2, 5, 10, 15, 20, 30)]
STEPS += [n * 60 * 10**9 for n in (1, 2, 3, 5, 6, 10, 12, 15, 20, 30)]
STEPS += [n * 3600 * 10**9 for n in (1, 2, 3, 4, 6, 8, 12, 24)]
"""Steps that divide a day, in nanoseconds."""
MOST_PLACES = 50_000_000
FULL = 0.02
"""A grid with a smaller share of its places filled is none: the times are those of events."""
LOST = 0.1
"""Where a greater share of the rows shares a place with another, rows are no readings."""
SELDOM = 0.05
"""A time of day with fewer readings than this share of the usual number is an odd one."""


@dataclass(frozen=True)
class Times:
    """Regular times as numbers: `first` is the day of day 0, `slots` the steps of a day in use."""

    column: str | None
    kind: Kind
    step: float
    day: int
    """Steps of a day."""
    week: int
    first: int
    days: int
    slots: np.ndarray

    @property
    def weekday(self) -> np.ndarray:
        """The place of each day in the week."""
        # day 0 of 1970 was a Thursday; counted from Monday it is number 3
        shift = 3 if self.kind is Kind.DATETIME else 0
        return (self.first + np.arange(self.days) + shift) % self.week

    def values(self, day: np.ndarray, slot: np.ndarray, like: pd.Series) -> Any:
        """Return the times of places on the grid, in the type of the column."""
        place = (self.first + day) * self.day + self.slots[slot]
        if self.kind is Kind.DATETIME:
            return pd.DatetimeIndex(place * int(self.step)).as_unit(like.dt.unit)
        if self.kind in (Kind.ORDERED, Kind.CATEGORICAL):
            return like.cat.categories.take(place)
        return place * self.step


@dataclass(frozen=True)
class Grid:
    """The row of each unit on each day at each time of day, -1 where there is none."""

    data: Dataset
    times: Times
    row: np.ndarray

    @classmethod
    def of(
        cls, data: Dataset, method: str, step: str | float | None, day: int | None, week: int | None
    ) -> Self:
        """Return the readings of a panel on its grid; times of events are refused."""
        units = data.units
        place, size = _places(data, step)
        kind = Kind.INTEGER if data.time is None else data.schema[data.time].kind
        dates = kind is Kind.DATETIME
        per_day = round(DAY / size) if dates else 1 if day is None else day
        per_week = week or (7 if dates else 1)
        number, slot = np.divmod(place, per_day)
        slots = _in_use(slot)
        days = int(number.max() - number.min()) + 1
        shape = (int(units.max()) + 1, days, len(slots))
        filled = len(data) / np.prod(shape, dtype=float)
        if np.prod(shape, dtype=float) > MOST_PLACES or filled < FULL:
            raise _irregular(method, data)
        row = np.full(shape, -1)
        at = np.minimum(np.searchsorted(slots, slot), len(slots) - 1)
        kept = np.flatnonzero(slots[at] == slot)[::-1]  # the first of several readings stays
        row[units[kept], number[kept] - number.min(), at[kept]] = kept
        if (row >= 0).sum() < (1 - LOST) * len(data):
            raise _irregular(method, data)
        times = Times(data.time, kind, size, per_day, per_week, int(number.min()), days, slots)
        return cls(data, times, row)

    @property
    def units(self) -> int:
        """How many units there are."""
        return len(self.row)

    def moments(self, data: Dataset, day: np.ndarray, slot: np.ndarray) -> Any:
        """Return times of the grid as values of the time column; None where there is none."""
        if data.time is None:
            return None
        return self.times.values(day, slot, data.rows[data.time])

    def of_column(self, values: np.ndarray) -> np.ndarray:
        """Return a column on the grid, NaN where there is no reading."""
        return np.where(self.row >= 0, values[self.row], np.nan)

    def filled(self) -> np.ndarray:
        """Return a row for every place: the nearest day's of that weekday, else any of the unit."""
        found = self.row.copy()
        for first in range(self.times.week):
            found[:, first :: self.times.week] = _nearest(found[:, first :: self.times.week], 1)
        found = _nearest(_nearest(found, 1), 2)
        some = found.reshape(self.units, -1).max(axis=1)
        return np.where(found < 0, some[:, None, None], found)


def _irregular(method: str, data: Dataset) -> GuideError:
    return GuideError(
        f"{method!r} needs readings at regular times, one a time and unit, and those of "
        f"{data.time!r} are not; give step=... if readings are more or less often than it seems, "
        "or take a method for events"
    )


def options_of(step: object, day: object, week: object) -> None:
    """Refuse a step, a day or a week that make no sense."""
    for name, value in (("day", day), ("week", week)):
        if value is not None:
            whole(name, value, 1, 100_000)
    number = isinstance(step, int | float) and not isinstance(step, bool) and step > 0
    if not (step is None or number or isinstance(step, str)):
        raise GuideError(f"step={step!r} is neither a length of time such as '30min' nor a number")


def file_of(
    data: Dataset, unit: np.ndarray, time: Any, rows: np.ndarray, made: Mapping[str, Any]
) -> Dataset:
    """Return copied rows, with what was made in their place, as a file with fresh units."""
    columns = {v.name: data.rows[v.name].iloc[rows].array for v in data.schema.modelled}
    columns |= made
    if data.time is not None and data.time in data.schema:
        columns[data.time] = time
    if data.entity is not None:
        columns[data.entity] = serial(unit + 1, data.schema[data.entity].kind)
    return assemble(data, columns, len(rows))


def _places(data: Dataset, step: str | float | None) -> tuple[np.ndarray, float]:
    """Return the place of each row on the grid, and the length of a step."""
    units = data.units
    if data.time is None or data.time == data.entity:
        return pd.Series(units).groupby(units).cumcount().to_numpy(), 1.0
    variable, values = data.schema[data.time], data.rows[data.time]
    if lost := int(values.isna().sum()):
        raise GuideError(f"time {data.time!r} is missing in {lost} rows; leave those rows out")
    moments = _moments(variable, values)
    size = _step(variable, moments, units, step)
    return np.floor(moments / size + 0.5).astype(np.int64), size


def _moments(variable: Variable, values: pd.Series) -> np.ndarray:
    if variable.kind is Kind.DATETIME:
        return pd.DatetimeIndex(values).as_unit("ns").asi8
    if variable.discrete:
        return values.cat.codes.to_numpy().astype(np.int64)
    if variable.numeric:
        return values.to_numpy(dtype=float)
    raise GuideError(
        f"time column {variable.name!r} is of kind {variable.kind.value}, which has no order; "
        "declare it a date or a number in the schema"
    )


def _step(
    variable: Variable, moments: np.ndarray, units: np.ndarray, asked: str | float | None
) -> float:
    """Return the step of the readings: the one asked for, or the usual gap of a unit."""
    dates = variable.kind is Kind.DATETIME
    if asked is not None:
        try:
            size = float(pd.Timedelta(asked).value) if dates else float(asked)
        except ValueError:
            raise GuideError(f"step={asked!r} is no length of time; '30min' is one") from None
        if dates and (size <= 0 or DAY % size):
            raise GuideError(f"step={asked!r} does not divide a day; take 10, 15, 30 minutes, say")
        return size
    order = np.lexsort((moments, units))
    gaps = np.diff(moments[order])[np.diff(units[order]) == 0]
    gaps = gaps[gaps > 0]
    usual = float(np.median(gaps)) if len(gaps) else 1.0
    if dates:
        return float(min(STEPS, key=lambda s: abs(np.log(s / usual)))) if len(gaps) else float(DAY)
    return max(1.0, round(usual)) if variable.kind is not Kind.NUMBER else usual


def _in_use(slot: np.ndarray) -> np.ndarray:
    """Return the times of day with readings, without those that only stray ones have."""
    found, counts = np.unique(slot, return_counts=True)
    return np.asarray(found[counts >= SELDOM * np.median(counts[counts >= counts.mean()])])


def _nearest(row: np.ndarray, axis: int) -> np.ndarray:
    """Return rows with gaps filled along an axis: by the one before, else by the one after."""
    moved = np.moveaxis(row, axis, -1)
    place = np.where(moved >= 0, np.arange(moved.shape[-1]), -1)
    before = np.maximum.accumulate(place, axis=-1)
    far = np.where(moved >= 0, np.arange(moved.shape[-1]), moved.shape[-1])
    after = np.minimum.accumulate(far[..., ::-1], axis=-1)[..., ::-1]
    source = np.where(before >= 0, before, np.where(after < moved.shape[-1], after, 0))
    return np.moveaxis(np.take_along_axis(moved, source, axis=-1), -1, axis)

"""A data set as columns of plain numbers for a library, and back.

A discrete variable becomes its level's number, -1 where missing. A quantity or a date becomes a
number, and, where it has missing values or special codes, a second column with its state.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.schema import Dataset, Kind, Schema, Variable

VALUE, MISSING = 0, 1
"""States of a quantity; the special codes follow."""
DAY, SECOND = 86_400 * 10**9, 10**9
"""Steps of dates, in nanoseconds."""


def split(data: Dataset, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the plain columns by name: `3:level`, `4:number`, `4:state`.

    A number whose state is not VALUE is filled with a random observed one.
    """
    parts: dict[str, np.ndarray] = {}
    for i, v in _modelled(data):
        values = data.rows[v.name]
        if v.discrete:
            parts[f"{i}:level"] = values.cat.codes.to_numpy().astype(float)
            continue
        numbers = _numbers(v, values)
        state = np.where(np.isnan(numbers), MISSING, VALUE)
        for code, special in enumerate(sorted(v.special), start=MISSING + 1):
            state[numbers == special] = code
        parts[f"{i}:state"] = state.astype(float)
        observed = numbers[state == VALUE]
        if len(observed):
            filled = rng.choice(observed, len(numbers))
            parts[f"{i}:number"] = np.where(state == VALUE, numbers, filled)
    return parts


def join(
    data: Dataset, parts: Mapping[str, np.ndarray], steps: Mapping[str, int]
) -> dict[str, Any]:
    """Return the variables of `data` from plain columns."""
    columns: dict[str, Any] = {}
    for i, v in _modelled(data):
        if v.discrete:
            codes = parts[f"{i}:level"].astype(int)
            dtype: Any = data.rows[v.name].dtype
            columns[v.name] = pd.Categorical.from_codes(codes, dtype=dtype)
            continue
        state = parts[f"{i}:state"].astype(int)
        numbers = parts.get(f"{i}:number", np.zeros(len(state)))
        numbers = np.where(state == MISSING, np.nan, _within(v, numbers))
        for code, special in enumerate(sorted(v.special), start=MISSING + 1):
            numbers[state == code] = special
        columns[v.name] = (
            _dates(numbers, steps[v.name], data.rows[v.name].dtype)
            if v.kind is Kind.DATETIME
            else numbers
        )
    return columns


def frame(parts: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Return plain columns as a table; levels and states are words of digits."""
    return pd.DataFrame(
        {
            name: values if name.endswith("number") else values.astype(int).astype(str)
            for name, values in parts.items()
        }
    )


def metadata(schema: Schema, table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return what SDV must know of each plain column."""
    described: dict[str, dict[str, Any]] = {}
    for name in table:
        place, _, part = str(name).partition(":")
        if part == "number":
            described[str(name)] = {"sdtype": "numerical"}
        elif part == "level" and schema.variables[int(place)].kind is Kind.ORDERED:
            order = sorted(table[name].unique(), key=int)
            described[str(name)] = {"sdtype": "ordinal", "range_values": order}
        else:
            described[str(name)] = {"sdtype": "categorical"}
    return described


def steps(data: Dataset) -> dict[str, int]:
    """Return the finest step of each date, in nanoseconds: a day, a second or one."""
    found = {}
    for _, v in _modelled(data):
        if v.kind is Kind.DATETIME:
            times = pd.DatetimeIndex(data.rows[v.name].dropna()).as_unit("ns").asi8
            found[v.name] = next((s for s in (DAY, SECOND) if not (times % s).any()), 1)
    return found


def _modelled(data: Dataset) -> list[tuple[int, Variable]]:
    """Return the modelled variables with their places; the privacy unit's name is not one."""
    inside = {v.name for v in data.schema.modelled} - {data.entity}
    return [(i, v) for i, v in enumerate(data.schema.variables) if v.name in inside]


def _numbers(variable: Variable, values: pd.Series) -> np.ndarray:
    if variable.kind is not Kind.DATETIME:
        return values.to_numpy(dtype=float, na_value=np.nan)
    times = pd.DatetimeIndex(values).as_unit("ns")
    return np.where(times.isna(), np.nan, times.asi8.astype(float))


def _within(variable: Variable, numbers: np.ndarray) -> np.ndarray:
    """Return whole numbers where they must be whole, cut at the bounds where those are public."""
    if variable.kind is Kind.INTEGER:
        numbers = np.round(numbers)
    if not variable.numeric or not variable.public_domain or variable.bounds is None:
        return numbers
    low, high = variable.bounds
    if variable.kind is Kind.INTEGER:
        low, high = math.ceil(low), math.floor(high)
    return np.asarray(np.clip(numbers, low, high))


def _dates(numbers: np.ndarray, step: int, dtype: Any) -> pd.Series:
    steps_past = np.round(np.nan_to_num(numbers) / step).astype(np.int64)
    times = pd.to_datetime(steps_past * step, utc=getattr(dtype, "tz", None) is not None)
    return pd.Series(times).where(~np.isnan(numbers)).astype(dtype)

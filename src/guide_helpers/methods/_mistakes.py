"""Errors in the variables of a file: which values are wrong, and what stands there instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.methods._typing_errors import mistyped
from guide_helpers.schema import Kind, Role, Schema, Variable

Rates = dict[str, dict[str, float]]
"""For each variable the share of its values that err, by kind of error."""
WAYS: dict[Kind, tuple[str, ...]] = {
    Kind.CATEGORICAL: ("missing", "other", "near"),
    Kind.ORDERED: ("missing", "other", "near"),
    Kind.INTEGER: ("missing", "other", "near", "swapped"),
    Kind.NUMBER: ("missing", "other"),
    Kind.DATETIME: ("missing", "other", "near", "swapped", "year"),
    Kind.TEXT: ("missing", "other", "typing"),
}
"""The kinds of error that a variable of a kind can have."""
USUAL: dict[Kind, tuple[str, ...]] = {
    Kind.CATEGORICAL: ("missing", "other"),
    Kind.ORDERED: ("missing", "near"),
    Kind.INTEGER: ("missing", "near", "swapped"),
    Kind.NUMBER: ("missing", "other"),
    Kind.DATETIME: ("missing", "near", "swapped", "year"),
    Kind.TEXT: ("missing", "typing"),
}
"""The kinds that share a rate which is given as one number, in equal parts."""
TRIES = 20


def check_rates(errors: object) -> None:
    """Refuse what are no rates of errors."""
    each = errors.values() if isinstance(errors, Mapping) else [errors]
    for given in each:
        parts: list[Any] = list(given.values()) if isinstance(given, Mapping) else [given]
        good = all(
            isinstance(p, int | float) and not isinstance(p, bool) and 0 <= p <= 1 for p in parts
        )
        if not good or sum(parts) > 1:
            raise GuideError(
                f"errors={given!r} is no share from 0 to 1; give 0.05, or "
                "{'age': {'missing': 0.01, 'near': 0.02}}"
            )


def rates_of(errors: float | Mapping[str, Any], schema: Schema, entity: str | None) -> Rates:
    """Return the rates by variable and kind; one number is meant for each key variable.

    Without keys it is meant for all variables but weights.
    """
    able = {v.name: v for v in schema.modelled if v.name != entity}
    if not isinstance(errors, Mapping):
        keys = [n for n, v in able.items() if v.role is Role.KEY]
        keys = keys or [n for n, v in able.items() if v.role is not Role.WEIGHT]
        errors = dict.fromkeys(keys, errors)
    for name in errors:
        if name not in able:
            raise GuideError(f"no variable {name!r} to put errors in; known: {', '.join(able)}")
    return {name: _by_kind(able[name], given) for name, given in errors.items()}


def _by_kind(variable: Variable, given: float | Mapping[str, float]) -> dict[str, float]:
    known = WAYS[variable.kind]
    if not isinstance(given, Mapping):
        usual = USUAL[variable.kind]
        return dict.fromkeys(usual, given / len(usual))
    for way in given:
        if way not in known:
            raise GuideError(
                f"{variable.name!r} of kind {variable.kind.value} has no error {way!r}; "
                f"known: {', '.join(known)}"
            )
    return dict(given)


def erring(
    rates: Rates, n: int, correlation: float, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return, for each variable, which of `n` records err in it.

    Each record has a normal effect of its own, and each of its values another; a value errs where
    their sum is low. So a variable errs as often as stated whatever the `correlation`, which is
    that of the normal sums of two variables of a record.
    """
    own = rng.standard_normal(n) * np.sqrt(correlation)
    found = {}
    for name, ways in rates.items():
        low = own + rng.standard_normal(n) * np.sqrt(1 - correlation)
        share = min(1.0, sum(ways.values()))
        limit = NormalDist().inv_cdf(share) if 0 < share < 1 else (share - 0.5) * np.inf
        found[name] = low < limit
    return found


def mistaken(
    values: pd.Series,
    variable: Variable,
    wrong: np.ndarray,
    ways: Mapping[str, float],
    rng: np.random.Generator,
) -> pd.Series:
    """Return the values with errors where `wrong`; each differs from the true one.

    Where a kind of error cannot change a value (day and month of 30 March), another row's value
    stands there. A missing value stays, and so does one where the column has no other.
    """
    rows = np.flatnonzero(wrong & values.notna().to_numpy())
    if not len(rows):
        return values
    plain, back = _plain(values, variable)
    share = np.array(list(ways.values())) / sum(ways.values())
    drawn = np.array(list(ways))[rng.choice(len(ways), len(rows), p=share)]
    old = plain[rows]
    new = old.copy()
    for way in dict.fromkeys(drawn[drawn != "missing"]):
        chosen = drawn == way
        new[chosen] = _made(str(way), old[chosen], variable, plain, rng)
    stuck = (new == old) & (drawn != "missing")
    known = plain[values.notna().to_numpy()]
    new[stuck] = _other(old[stuck], known, rng)
    filled = plain.copy()
    filled[rows] = new
    result = back(filled)
    lost = np.zeros(len(values), dtype=bool)
    lost[rows[drawn == "missing"]] = True
    return result.mask(lost)


def _plain(
    values: pd.Series, variable: Variable
) -> tuple[np.ndarray, Callable[[np.ndarray], pd.Series]]:
    """Return the values as one array (levels as their numbers), and the way back."""

    def series(data: Any) -> pd.Series:
        return pd.Series(data, index=values.index, name=values.name)

    if variable.discrete:
        codes = values.cat.codes.to_numpy(dtype=np.int64)
        levels: Any = values.dtype
        return codes, lambda found: series(pd.Categorical.from_codes(found, dtype=levels))
    if variable.numeric:
        return values.to_numpy(dtype=float, na_value=np.nan), series
    if variable.kind is Kind.DATETIME:
        days = values.to_numpy(dtype="datetime64[ns]")
        zone = getattr(values.dt, "tz", None)
        if zone is None:
            return days, lambda found: series(found).astype(values.dtype)
        return days, lambda found: series(found).dt.tz_localize("UTC").astype(values.dtype)
    return values.to_numpy(dtype=object), series


def _made(
    way: str, old: np.ndarray, variable: Variable, plain: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return what an error of a kind makes of values; what it cannot change comes back."""
    if way == "other":
        return old
    if way == "typing":
        return mistyped(old, rng)
    if variable.discrete:
        return _beside(old, len(variable.levels or ()) or int(plain.max()) + 1, rng)
    if variable.kind is Kind.DATETIME:
        return _moved_date(way, old, rng)
    low, high = variable.bounds or (-np.inf, np.inf)
    new = _swapped(old, rng) if way == "swapped" else old + rng.choice([-1.0, 1.0], len(old))
    outside = (new < low) | (new > high)
    new = np.where(outside & (way == "near"), 2 * old - new, new)
    odd = (new < low) | (new > high) | np.isin(old, list(variable.special))
    return np.where(odd | np.isin(new, list(variable.special)), old, new)


def _other(old: np.ndarray, known: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return values of other rows that differ from the old ones, where there are any."""
    new = old.copy()
    for _ in range(TRIES):
        left = np.flatnonzero(new == old)
        if not len(left):
            return new
        new[left] = rng.choice(known, len(left))
    left = np.flatnonzero(new == old)
    distinct = np.unique(known)
    if len(left) and len(distinct) > 1:
        place = np.searchsorted(distinct, old[left])
        step = rng.integers(1, len(distinct), len(left))
        new[left] = distinct[(place + step) % len(distinct)]
    return new


def _beside(codes: np.ndarray, levels: int, rng: np.random.Generator) -> np.ndarray:
    """Return a neighbouring level; the first and the last have one neighbour."""
    moved = codes + rng.choice([-1, 1], len(codes))
    moved = np.where(moved < 0, 1, np.where(moved >= levels, levels - 2, moved))
    return codes if levels < 2 else np.asarray(moved)


def _swapped(numbers: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return whole numbers with two neighbouring digits in the wrong order."""
    size = np.abs(numbers)
    digits = np.floor(np.log10(np.maximum(size, 1))).astype(int) + 1
    unit = 10.0 ** rng.integers(0, np.maximum(digits - 1, 1))
    right, left = (np.floor(size / u) % 10 for u in (unit, 10 * unit))
    new = size + (right - left) * 9 * unit
    return np.where(digits > 1, np.sign(numbers) * new, numbers)


def _moved_date(way: str, dates: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return dates a day or a year off, or with day and month in the wrong order."""
    day = dates.astype("datetime64[D]")
    month, year = (day.astype(f"datetime64[{u}]") for u in "MY")
    of_month = (day - month.astype("datetime64[D]")).astype(np.int64)
    of_year = (month - year.astype("datetime64[M]")).astype(np.int64)
    aside = rng.choice([-1, 1], len(dates))
    if way == "near":
        new = day + aside
    elif way == "year":
        new = _date(year + aside, of_year, of_month)
    else:
        new = np.where(of_month < 12, _date(year, of_month % 12, of_year), day)
    moved: np.ndarray = new.astype(dates.dtype) + (dates - day.astype(dates.dtype))
    return moved


def _date(year: np.ndarray, of_year: np.ndarray, of_month: np.ndarray) -> np.ndarray:
    """Return the date, or the last day of the month where that is earlier."""
    month = year.astype("datetime64[M]") + of_year
    last = (month + 1).astype("datetime64[D]") - 1
    date: np.ndarray = np.minimum(month.astype("datetime64[D]") + of_month, last)
    return date

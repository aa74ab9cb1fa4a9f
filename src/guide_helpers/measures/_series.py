"""Rows of units in the order of time, as numbers, for measures of series."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.measures._encode import numbers, special_codes
from guide_helpers.schema import Dataset, Kind, LinkedTables, Schema, Variable

D = TypeVar("D", Dataset, LinkedTables)
S = TypeVar("S")
FEW_UNITS = 50
"""Below this number of units a band is rough, and a note says so."""
UNIT, TIME = " unit", " time"
"""Names that no column of a user has: they begin with a space."""


@dataclass(frozen=True)
class Files:
    """The files with the measured columns as numbers, sorted by unit and time.

    Each has the unit in front and, where the original has one, the time; a level is its
    place in `levels`, a missing one the place after the last; a missing number is NaN.
    """

    original: Dataset
    synthetic: Dataset
    control: Dataset | None
    levels: dict[str, list[Any]]
    timed: bool

    @property
    def note(self) -> str:
        """What a reader must know about the order of the rows and the number of units."""
        order = "" if self.timed else "No time column is declared: rows are taken as they stand."
        return f"{order} {self.few}".strip()

    @property
    def few(self) -> str:
        """What a reader must know where there are few units, empty otherwise."""
        if self.original.entity is None or (n := self.original.n_units) >= FEW_UNITS:
            return ""
        return f"Only {n} units: the band is rough, and says what another draw of them would do."


def coded(
    original: Dataset,
    synthetic: Dataset,
    control: Dataset | None,
    *,
    quantities: Sequence[str] = (),
    levels: Sequence[str] = (),
) -> Files:
    """Return the files with some columns as quantities and some as levels."""
    given = [f for f in (original, synthetic, control) if f is not None]
    for file in given:
        if (file.entity is None) != (original.entity is None):
            raise GuideError("one of the files names no privacy unit; declare the entity in both")
    timed = original.time is not None and all(f.time is not None for f in given)
    columns: list[dict[str, np.ndarray]] = [{} for _ in given]
    found = {}
    for name in levels:
        codes, found[name] = level_places([f.rows[name] for f in given])
        for column, code in zip(columns, codes, strict=True):
            column[name] = code.astype(float)
    for name in quantities:
        for column, file in zip(columns, given, strict=True):
            column[name] = quantity(original.schema[name], file.rows[name])
    made = [_sorted(f, c, timed) for f, c in zip(given, columns, strict=True)]
    return Files(made[0], made[1], made[2] if control is not None else None, found, timed)


def level_places(columns: Sequence[pd.Series]) -> tuple[list[np.ndarray], list[Any]]:
    """Return the columns as places in one list of levels; a missing value is the place behind."""
    if all(isinstance(c.dtype, pd.CategoricalDtype) for c in columns):
        found = list(dict.fromkeys(level for c in columns for level in c.cat.categories))
        place = pd.Index(found)
        maps = [np.append(place.get_indexer(c.cat.categories), len(found)) for c in columns]
        return [m[c.cat.codes] for m, c in zip(maps, columns, strict=True)], found
    codes, values = pd.factorize(pd.concat([c.astype(object) for c in columns]), sort=False)
    codes = np.where(codes < 0, len(values), codes)
    ends = np.cumsum([len(c) for c in columns])[:-1]
    return np.split(codes, ends), list(values)


def quantity(variable: Variable, values: pd.Series) -> np.ndarray:
    """Return a numeric variable as floats; special codes are missing, since they count nothing."""
    found = numbers(values).copy()
    found[special_codes(variable, found) != 0] = np.nan
    return found


def _sorted(file: Dataset, columns: dict[str, np.ndarray], timed: bool) -> Dataset:
    units = file.units
    frame = {UNIT: units}
    if timed:
        frame[TIME] = moments(file)
    frame |= columns
    order = np.lexsort((frame[TIME], units)) if timed else np.argsort(units, kind="stable")
    rows = pd.DataFrame({name: column[order] for name, column in frame.items()})
    plain = [Variable(n, Kind.IDENTIFIER if n == UNIT else Kind.NUMBER) for n in map(str, rows)]
    entity = None if file.entity is None else UNIT
    return Dataset(rows, Schema(tuple(plain)), entity, TIME if timed else None)


def moments(file: Dataset) -> np.ndarray:
    """Return the time of each row as a number: seconds of a date, the place of a level."""
    assert file.time is not None
    variable, values = file.schema[file.time], file.rows[file.time]
    if variable.discrete:
        return np.where(values.cat.codes < 0, np.nan, values.cat.codes).astype(float)
    if variable.kind not in (Kind.INTEGER, Kind.NUMBER, Kind.DATETIME):
        raise GuideError(
            f"time column {file.time!r} is of kind {variable.kind.value}, which has no order; "
            "declare it a date or a number in the schema"
        )
    return numbers(values)


def of_units(original: Dataset, measure: str) -> None:
    """Refuse a file in which no unit has two rows."""
    if original.entity is None or not original.panel:
        raise GuideError(
            f"{measure!r} needs units with several rows; declare the entity of the rows"
        )


def variables_of(
    original: Dataset, asked: Sequence[str] | None, fits: Callable[[Variable], bool], what: str
) -> list[str]:
    """Return the names of the variables to measure: those asked for, or all that fit."""
    if isinstance(asked, str):
        raise GuideError(f"variables={asked!r} is one word; give a list of columns, [{asked!r}]")
    known = {v.name: v for v in original.schema.modelled}
    left_out = {original.entity, original.time}
    if asked is None:
        found = [n for n, v in known.items() if fits(v) and n not in left_out]
    else:
        for name in asked:
            if name not in known or not fits(original.schema[name]):
                raise GuideError(f"column {name!r} is no {what}, which the measure looks at")
        found = list(asked)
    if not found:
        raise GuideError(f"the table has no {what}; nothing to compare")
    return found


def label_of(original: Dataset, name: str, option: str) -> str:
    """Return a column that an option names, or refuse one that is not there or no label."""
    if name not in original.schema:
        known = ", ".join(original.schema.names)
        raise GuideError(f"{option}={name!r} is no column of the table; known: {known}")
    if original.schema[name].kind in (Kind.NUMBER, Kind.DATETIME):
        raise GuideError(f"{option}={name!r} is a quantity; name a column of labels or codes")
    return name


def is_quantity(variable: Variable) -> bool:
    """Whether differences of the values mean something."""
    return variable.numeric or variable.kind is Kind.DATETIME


def is_level(variable: Variable) -> bool:
    """Whether the values are levels."""
    return variable.discrete


def matrix(file: Dataset, names: Sequence[str]) -> np.ndarray:
    """Return some columns of a coded file, one column a variable."""
    found: np.ndarray = file.rows[list(names)].to_numpy(dtype=float)
    return found


def starts(units: np.ndarray) -> np.ndarray:
    """Return where each unit's rows begin; the rows of a unit stand together."""
    return np.flatnonzero(np.append(True, units[1:] != units[:-1])) if len(units) else units


def steps(units: np.ndarray, lag: int = 1) -> np.ndarray:
    """Return the rows whose unit has a row `lag` places before."""
    return np.flatnonzero(units[lag:] == units[:-lag]) + lag


def remembered(summary: Callable[[D], S], *files: D) -> Callable[[D], S]:
    """Return a function that computes the summaries of some files only once."""
    kept: dict[Hashable, S] = {}

    def ask(data: D) -> S:
        if not any(data is f for f in files):
            return summary(data)
        if id(data) not in kept:
            kept[id(data)] = summary(data)
        return kept[id(data)]

    return ask


def largest_gap(one: np.ndarray, other: np.ndarray) -> float:
    """Return the Kolmogorov-Smirnov distance: the largest gap of two distribution functions.

    1 where only one of the samples is empty, 0 where both are.
    """
    if not len(one) or not len(other):
        return float(len(one) != len(other))
    one, other = np.sort(one), np.sort(other)
    at = np.concatenate([one, other])
    shares = (np.searchsorted(s, at, side="right") / len(s) for s in (one, other))
    return float(np.abs(np.subtract(*shares)).max())


def moved(one: np.ndarray, other: np.ndarray) -> float:
    """Return the Wasserstein distance: how far values must move, on average, to match.

    Both samples sorted, none of them empty.
    """
    at = np.sort(np.concatenate([one, other]), kind="stable")
    below = [np.searchsorted(s, at[:-1], side="right") / len(s) for s in (one, other)]
    return float(np.abs(below[0] - below[1]) @ np.diff(at))


def shares_apart(one: np.ndarray, other: np.ndarray) -> float:
    """Return the total variation distance of two tables of counts; 1 if one of them is empty."""
    if not one.sum() or not other.sum():
        return float(bool(one.sum()) != bool(other.sum()))
    return float(np.abs(one / one.sum() - other / other.sum()).sum() / 2)


def spread(values: np.ndarray) -> np.ndarray:
    """Return the standard deviation of each column, NaN where it has no spread."""
    found = np.full(values.shape[1], np.nan)
    for place, column in enumerate(values.T):
        known = column[~np.isnan(column)]
        if len(known) > 1 and (size := float(known.std(ddof=1))) > 0:
            found[place] = size
    return found

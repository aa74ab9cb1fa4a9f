"""Values as places on a common scale, prepared once so that resampled files need no sorting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from guide_helpers.measures._encode import level_codes, numbers, special_codes
from guide_helpers.schema import Dataset, Kind, Schema, Variable

UNIT = "\x00unit"


@dataclass(frozen=True, eq=False)
class Scale:
    """What the places of a variable mean: place 1 is the first value, 0 is none at all.

    Quantities and dates have their distinct values in order; levels count 0, 1, 2, ... in the
    order of the schema. Missing and special values have no place on the scale.
    """

    name: str
    values: np.ndarray
    kind: Kind

    @property
    def numeric(self) -> bool:
        """Whether differences between values have a meaning."""
        return self.kind in (Kind.INTEGER, Kind.NUMBER, Kind.DATETIME)

    @property
    def ordered(self) -> bool:
        """Whether the values have an order."""
        return self.numeric or self.kind is Kind.ORDERED

    def counts(self, data: Dataset) -> np.ndarray:
        """Return how many records of a prepared file have each value."""
        places = data.rows[self.name].to_numpy()
        return np.bincount(places, minlength=len(self.values) + 1)[1:]

    def of(self, data: Dataset) -> np.ndarray:
        """Return the values of a prepared file, NaN where there is none."""
        found: np.ndarray = np.append(np.nan, self.values)[data.rows[self.name].to_numpy()]
        return found


@dataclass(frozen=True)
class Coded:
    """The files with places in the place of values, and the scales that they are places on."""

    original: Dataset
    synthetic: Dataset
    control: Dataset | None
    scales: tuple[Scale, ...] = field(default=())

    def __getitem__(self, name: str) -> Scale:
        return next(s for s in self.scales if s.name == name)


def coded(
    original: Dataset,
    synthetic: Dataset,
    control: Dataset | None,
    variables: tuple[Variable, ...],
) -> Coded:
    """Return the files prepared; a variable without any value in either file is left out."""
    files = [original, synthetic, *([] if control is None else [control])]
    columns: list[dict[str, np.ndarray]] = [{} for _ in files]
    scales = []
    for v in variables:
        places, values = _placed(v, [f.rows[v.name] for f in files])
        if not any(p.any() for p in places[:2]):
            continue
        scales.append(Scale(v.name, values, v.kind))
        for column, place in zip(columns, places, strict=True):
            column[v.name] = place
    made = [prepared(c, f) for c, f in zip(columns, files, strict=True)]
    return Coded(made[0], made[1], made[2] if control is not None else None, tuple(scales))


def _placed(variable: Variable, columns: list[pd.Series]) -> tuple[list[np.ndarray], np.ndarray]:
    if variable.discrete:
        pairs = [level_codes(columns[0], c) for c in columns]
        most = max(len(levels) for *_, levels in pairs)
        return [new + 1 for _, new, _ in pairs], np.arange(most, dtype=float)
    quantities = [quantity(variable, c) for c in columns]
    values = np.unique(np.concatenate(quantities))
    values = values[~np.isnan(values)]
    return [np.where(np.isnan(q), 0, np.searchsorted(values, q) + 1) for q in quantities], values


def quantity(variable: Variable, column: pd.Series) -> np.ndarray:
    """Return numbers and dates as floats, NaN for missing and special values."""
    values = numbers(column)
    return np.where(special_codes(variable, values) == 0, values, np.nan)


def prepared(columns: Mapping[str, np.ndarray], of: Dataset) -> Dataset:
    """Return prepared columns as a data set with the privacy units of the file they come from."""
    named = dict(columns)
    if of.entity is not None:
        named[UNIT] = of.units
    frame = pd.DataFrame(named, index=pd.RangeIndex(len(of)))
    schema = Schema(tuple(Variable(name, Kind.INTEGER) for name in named))
    return Dataset(frame, schema, entity=None if of.entity is None else UNIT, name=of.name)

"""Known margins of households and persons: read, counted in records, taken from the own weights."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.schema import Dataset, LinkedTables, Role, Variable

BY = " by "
BAND = re.compile(r"(-?\d+(?:\.\d+)?)(?:(?:-|–)(-?\d+(?:\.\d+)?)|(\+))?")
MOST_LEVELS = 30
"""A category with more levels makes no margin of its own unless it is asked for."""
BANDS = 10
"""A number of more values than this is put into bands for the own margins."""


@dataclass(frozen=True)
class Margin:
    """A table of counts of households or of persons by one variable or several.

    `cells` names the cells as a table of a publication does: "married couple", "north by 65+".
    """

    table: str
    columns: tuple[str, ...]
    cells: tuple[str, ...]
    counts: np.ndarray

    @property
    def name(self) -> str:
        """The variables of the table."""
        return BY.join(self.columns)

    def codes(self, rows: pd.DataFrame, variables: Mapping[str, Variable]) -> np.ndarray:
        """Return the cell of each row, -1 where the table has none for it."""
        found = np.full(len(rows), -1)
        for k, cell in enumerate(self.cells):
            inside = np.ones(len(rows), dtype=bool)
            for name, label in zip(self.columns, _labels(cell, self.columns), strict=True):
                inside &= _inside(rows[name], variables[name], label)
            found[inside] = k
        return found

    def of_area(self, area: str, value: str) -> Self:
        """Return the part of the table that speaks of one area, without the area."""
        at = self.columns.index(area)
        chosen, cells = [], []
        for k, cell in enumerate(self.cells):
            labels = _labels(cell, self.columns)
            if labels[at] == value:
                chosen.append(k)
                cells.append(BY.join(labels[:at] + labels[at + 1 :]))
        rest = self.columns[:at] + self.columns[at + 1 :]
        return type(self)(self.table, rest, tuple(cells), self.counts[chosen])


def _labels(cell: str, columns: Sequence[str]) -> list[str]:
    labels = cell.split(BY) if len(columns) > 1 else [cell]
    if len(labels) != len(columns):
        raise GuideError(
            f"margin {BY.join(columns)!r} has a cell {cell!r}; write one value for each variable, "
            f"with {BY!r} between them"
        )
    return labels


def _inside(values: pd.Series, v: Variable, label: str) -> np.ndarray:
    """Return which values are in a cell: a level, a number, or a band such as 16-64 or 65+."""
    if not v.numeric:
        return np.asarray(values.astype(str) == label)
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    band = BAND.fullmatch(label.strip())
    if band is None:
        raise GuideError(
            f"a margin of {v.name!r} has a cell {label!r}; write a number, 16-64 or 65+"
        )
    low, high, open_end = band.groups()
    if open_end:
        return numbers >= float(low)
    return (numbers >= float(low)) & (numbers <= float(high or low))


def table_of(data: LinkedTables | Dataset, columns: Sequence[str], wanted: str = "") -> str:
    """Return the table whose counts a margin gives: persons where a column is of persons."""
    if isinstance(data, Dataset):
        names = {"": {v.name for v in data.schema.variables}}
    else:
        parent, child = data.root, data.links[0].child
        own = {v.name for v in data[parent].schema.variables}
        names = {parent: own, child: own | {v.name for v in data[child].schema.variables}}
    for table, known in names.items():
        if set(columns) <= known and wanted in ("", table):
            return table
    known_names = sorted(set().union(*names.values()))
    lost = next((c for c in columns if c not in known_names), columns[0])
    raise GuideError(f"a margin speaks of {lost!r}; known columns: {', '.join(known_names)}")


def read(margins: Mapping[str, Any], data: LinkedTables | Dataset) -> list[Margin]:
    """Return margins given as {"type by area": {"couple by north": 120, ...}, ...}."""
    if not isinstance(margins, Mapping) or not margins:
        raise GuideError(
            'margins is a mapping of tables: {"size": {"1": 120, "2+": 300}, "sex": {...}}'
        )
    found = []
    for name, cells in margins.items():
        if not isinstance(cells, Mapping) or not cells:
            raise GuideError(f"margin {name!r} is no mapping from cells to counts")
        try:
            counts = np.array([float(c) for c in cells.values()])
        except (TypeError, ValueError):
            raise GuideError(f"margin {name!r} has counts that are no numbers") from None
        if not (counts >= 0).all() or not np.isfinite(counts).all() or not counts.sum():
            raise GuideError(f"margin {name!r} has a negative or unknown count, or none above 0")
        columns = tuple(str(name).split(BY))
        margin = Margin(table_of(data, columns), columns, tuple(map(str, cells)), counts)
        for cell in margin.cells:
            _labels(cell, columns)
        found.append(margin)
    return found


def own(data: LinkedTables | Dataset, by: str | None = None) -> list[Margin]:
    """Return the weighted margins of the data by their key variables, of each area if there is one.

    They are computed from the records and so are confidential.
    """
    found = []
    for table, rows, variables, weight in views(data):
        top = "" if isinstance(data, Dataset) else data.root
        if table == top:
            found.append(_counted(table, () if by is None else (by,), rows, variables, weight))
        for v in variables_of(data, table):
            if v.name != by and _usual(v, rows[v.name]):
                columns = (v.name,) if by is None else (by, v.name)
                found.append(_counted(table, columns, rows, variables, weight))
    return found


def _counted(
    table: str,
    columns: tuple[str, ...],
    rows: pd.DataFrame,
    variables: Mapping[str, Variable],
    weight: np.ndarray,
) -> Margin:
    """Return the weighted counts of the rows by some columns; by none, the number of all."""
    if not columns:
        return Margin(table, (), ("",), np.array([weight.sum()], dtype=float))
    labels = pd.concat([_cells(rows[c], variables[c]) for c in columns], axis=1)
    known = labels.notna().all(axis=1).to_numpy()
    keys = labels[known].agg(BY.join, axis=1)
    counts = pd.Series(weight[known]).groupby(keys.to_numpy(), sort=False).sum()
    cells = tuple(str(c) for c in counts.index)
    return Margin(table, columns, cells, counts.to_numpy(dtype=float))


def variables_of(data: LinkedTables | Dataset, table: str) -> list[Variable]:
    """Return the variables of which own margins are made: keys, or all where none is a key."""
    modelled = (data if isinstance(data, Dataset) else data[table]).schema.modelled
    usable = [v for v in modelled if v.role is not Role.WEIGHT]
    return [v for v in usable if v.role is Role.KEY] or usable


def _usual(v: Variable, values: pd.Series) -> bool:
    if v.discrete:
        return 0 < values.nunique() <= MOST_LEVELS
    return v.numeric and bool(values.notna().any())


def _cells(values: pd.Series, v: Variable) -> pd.Series:
    """Return the cell of each value: its level, the number itself, or a band of round width."""
    if not v.numeric:
        return values.astype(object).where(values.notna()).map(str, na_action="ignore")
    numbers = values.astype(float)
    seen = numbers.dropna().unique()
    whole = bool((seen % 1 == 0).all())
    if whole and len(seen) <= BANDS:
        return numbers.map("{:.0f}".format, na_action="ignore")
    special = numbers.isin(list(v.special))
    spread = float(numbers[~special].max() - min(numbers[~special].min(), 0.0)) or 1.0
    width = _round_width(spread / BANDS)
    if whole:
        width = max(width, 1.0)
    low = np.floor(numbers / width) * width
    high = low + width - (1 if whole else width * 1e-9)
    bands = [f"{a:.10g}-{b:.10g}" for a, b in zip(low, high, strict=True)]
    marked = numbers.map("{:.10g}".format, na_action="ignore")
    return pd.Series(bands, index=values.index).where(numbers.notna() & ~special, marked)


def _round_width(least: float) -> float:
    """Return 1, 2 or 5 times a power of ten, not below `least`."""
    power = 10.0 ** np.floor(np.log10(least))
    return float(next(k * power for k in (1, 2, 5, 10) if k * power >= least * (1 - 1e-9)))


def views(
    data: LinkedTables | Dataset,
) -> list[tuple[str, pd.DataFrame, dict[str, Variable], np.ndarray]]:
    """Return, for households and for persons, name, rows, variables and weights.

    Persons have the columns of their household beside their own, and its weight.
    """
    if isinstance(data, Dataset):
        found = {v.name: v for v in data.schema.variables}
        return [("", data.rows, found, weights(data))]
    parent, child = data[data.root], data[data.links[0].child]
    unit = data.units_of(data.links[0].child)
    weight = weights(parent)
    above = {v.name: v for v in parent.schema.variables}
    beside = child.schema.names
    rows = parent.rows[[n for n in above if n not in beside]].iloc[unit].reset_index(drop=True)
    both = pd.concat([rows, child.rows.reset_index(drop=True)], axis=1)
    variables = above | {v.name: v for v in child.schema.variables}
    return [
        (data.root, parent.rows, above, weight),
        (data.links[0].child, both, variables, weight[unit]),
    ]


def weights(data: Dataset) -> np.ndarray:
    """Return the survey weights, or ones; a missing or negative one is refused."""
    names = data.schema.of_role(Role.WEIGHT)
    if not names:
        return np.ones(len(data))
    found = data.rows[names[0]].to_numpy(dtype=float, na_value=np.nan)
    if bad := int((~(found >= 0)).sum()):
        raise GuideError(f"weight {names[0]!r} is missing or negative in {bad} records")
    return found

"""Values as cells of tables and as columns of a design matrix, the same way for both files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.schema import Dataset, Kind, Variable


def measured(data: Dataset) -> tuple[Variable, ...]:
    """Return the variables that have cells: all modelled ones but free text."""
    chosen = tuple(v for v in data.schema.modelled if v.kind is not Kind.TEXT)
    if not chosen:
        raise GuideError("the table has only identifiers and free text; nothing to compare")
    return chosen


def numbers(values: pd.Series) -> np.ndarray:
    """Return quantities as floats and dates as seconds; missing is NaN."""
    if not pd.api.types.is_datetime64_any_dtype(values):
        return values.to_numpy(dtype=float, na_value=np.nan)
    stamps = values.to_numpy(dtype="datetime64[ns]")
    seconds = stamps.astype(np.int64) / 1e9
    seconds[np.isnat(stamps)] = np.nan
    return seconds


def special_codes(variable: Variable, values: np.ndarray) -> np.ndarray:
    """Return 0 for a quantity, 1, 2, ... for the variable's special values, -1 for missing."""
    codes = np.zeros(len(values), dtype=np.int64)
    for place, special in enumerate(variable.special, start=1):
        codes[values == special] = place
    codes[np.isnan(values)] = -1
    return codes


def level_codes(
    original: pd.Series, synthetic: pd.Series
) -> tuple[np.ndarray, np.ndarray, list[Any]]:
    """Return the codes of both columns in one common list of levels; missing is -1."""
    old, new = (pd.Categorical(s) for s in (original, synthetic))
    levels = list(old.categories)
    if not old.categories.equals(new.categories):
        seen = set(levels)
        levels += [v for v in new.categories if v not in seen]
        place = pd.Index(levels)
        remap = np.append(place.get_indexer(new.categories), -1)
        return old.codes.astype(np.int64), remap[new.codes].astype(np.int64), levels
    return old.codes.astype(np.int64), new.codes.astype(np.int64), levels


def cell_edges(values: np.ndarray, bins: int) -> np.ndarray:
    """Return the upper ends of cells cut at quantiles of `values`, which has none missing.

    A cell holds what is above the end before it, up to its own. A value that several quantiles
    fall on, or one of few distinct values, is a cell by itself. What lies below the least or above
    the greatest value has a cell on either side.
    """
    values = np.sort(values)
    distinct = values[np.append(True, values[1:] > values[:-1])] if len(values) else values
    if not len(distinct):
        return distinct
    if len(distinct) <= bins:
        cuts = alone = distinct
    else:
        at = np.quantile(values, np.arange(1, bins) / bins, method="inverted_cdf")
        cuts, times = np.unique(at, return_counts=True)
        alone = cuts[times > 1]
    before = np.nextafter(np.append(alone, distinct[0]), -np.inf)
    return np.unique(np.concatenate([before, cuts, distinct[-1:]]))


@dataclass(frozen=True)
class Cells:
    """One variable of both files as numbers of cells, from 0 to `size` - 1."""

    name: str
    original: np.ndarray
    synthetic: np.ndarray
    size: int


def cells(variable: Variable, original: pd.Series, synthetic: pd.Series, bins: int) -> Cells:
    """Return a variable's cells: levels, or quantile bins of the original with special values.

    Missing values are the last cell. A level that only the synthetic file has is a cell too.
    """
    if variable.discrete:
        old, new, levels = level_codes(original, synthetic)
        return _closed(variable.name, old, new, len(levels))
    values = numbers(original), numbers(synthetic)
    kinds = tuple(special_codes(variable, v) for v in values)
    edges = cell_edges(values[0][kinds[0] == 0], bins)
    old, new = (
        np.where(k > 0, len(edges) + k, np.where(k < 0, -1, np.searchsorted(edges, v)))
        for v, k in zip(values, kinds, strict=True)
    )
    return _closed(variable.name, old, new, len(edges) + 1 + len(variable.special))


def _closed(name: str, old: np.ndarray, new: np.ndarray, size: int) -> Cells:
    old, new = (np.where(codes < 0, size, codes) for codes in (old, new))
    return Cells(name, old, new, size + 1)


def all_cells(original: Dataset, synthetic: Dataset, bins: int) -> list[Cells]:
    """Return the cells of all measured variables."""
    return [
        cells(v, original.rows[v.name], synthetic.rows[v.name], bins) for v in measured(original)
    ]

"""Columns as cells that follow the data: levels, heaps, bins of about equal numbers of records."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import numpy as np

from guide_helpers.errors import GuideError
from guide_helpers.methods import _parts
from guide_helpers.methods._coding import even_bins
from guide_helpers.methods._smoothing import decimals, knots
from guide_helpers.schema import Dataset, Kind


@dataclass(frozen=True)
class Binned:
    """One column as cells: levels or bins first, then special codes, then missing.

    Cells that no record has do not exist, but for levels. Values are drawn evenly, by rank,
    within a bin of a smoothed line, so that no value of a single record comes back.
    """

    codes: np.ndarray
    states: np.ndarray
    """The state of each cell of a quantity, the place of each level (-1: missing) otherwise."""
    upto: np.ndarray
    """Records up to the start of each bin, and up to the end of the last."""
    shares: np.ndarray
    line: np.ndarray
    decimals: int | None

    @property
    def count(self) -> int:
        """Number of cells."""
        return len(self.states)

    def draw(self, cells: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return a quantity for each cell that is a bin, 0 for all others."""
        found = np.zeros(len(cells))
        inside = np.flatnonzero(self.states[cells] == _parts.VALUE)
        if not len(inside):
            return found
        first, last = self.upto[cells[inside]], self.upto[cells[inside] + 1]
        ranks = first + rng.random(len(inside)) * (last - first)
        values = np.interp(ranks / self.upto[-1], self.shares, self.line)
        found[inside] = values if self.decimals is None else np.round(values, self.decimals)
        return found


@dataclass(frozen=True)
class BinnedTable:
    """All modelled columns of a data set as cells, and the table without its rows."""

    columns: Mapping[str, Binned]
    """By the number of the variable and what it holds: `3:level`, `4:number`."""
    empty: Dataset
    steps: Mapping[str, int]

    @classmethod
    def of(cls, data: Dataset, bins: int, least: int, rng: np.random.Generator) -> BinnedTable:
        """Cut the columns; a heap of at least a bin's records stands alone."""
        if len(data) < least:
            raise GuideError(
                f"the table has {len(data)} records, fewer than least={least}; "
                "take more records or lower least"
            )
        parts = _parts.split(data, rng)
        columns = {}
        for name, values in parts.items():
            place, _, what = name.partition(":")
            v = data.schema.variables[int(place)]
            if what == "level":
                columns[name] = _levels(values, len(data.rows[v.name].cat.categories))
            elif what == "state":
                numbers = parts.get(f"{place}:number")
                exact = v.kind is not Kind.DATETIME
                columns[f"{place}:number"] = _bins(v.name, values, numbers, bins, least, exact)
        # unlike with_rows, this keeps levels that no schema names
        empty = replace(data, rows=data.rows.iloc[:0].copy())
        return cls(columns, empty, _parts.steps(data))

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [self.empty.schema.variables[int(k.partition(":")[0])].name for k in self.columns]

    def without_codes(self) -> BinnedTable:
        """Return the same cells without those of the records."""
        none = np.empty(0, dtype=np.int64)
        return replace(self, columns={k: replace(b, codes=none) for k, b in self.columns.items()})

    def values(self, cells: list[np.ndarray], rng: np.random.Generator) -> dict[str, Any]:
        """Return the columns of a file from the cells of each variable."""
        parts = {}
        for (name, column), drawn in zip(self.columns.items(), cells, strict=True):
            place, _, what = name.partition(":")
            if what == "number":
                parts[f"{place}:state"] = column.states[drawn].astype(float)
                parts[name] = column.draw(drawn, rng)
            else:
                parts[name] = column.states[drawn].astype(float)
        return _parts.join(self.empty, parts, self.steps)


def _levels(codes: np.ndarray, count: int) -> Binned:
    """Return all levels as cells, and missing where some are."""
    places = np.arange(count)
    if (codes < 0).any():
        places = np.append(places, -1)
    cells = np.where(codes < 0, count, codes).astype(np.int64)
    none = np.empty(0)
    return Binned(cells, places, none, none, none, None)


def _bins(
    name: str, state: np.ndarray, numbers: np.ndarray | None, bins: int, least: int, exact: bool
) -> Binned:
    """Return the bins of a quantity and the states that occur."""
    known = state == _parts.VALUE
    others = np.unique(state[~known])
    if not known.any() or numbers is None:
        cells = np.searchsorted(others, state)
        none = np.empty(0)
        return Binned(cells, others.astype(int), none, none, none, None)
    if known.sum() < least:
        raise GuideError(
            f"column {name!r} has {known.sum()} values, fewer than least={least}; "
            "leave it out with keep(...) or lower least"
        )
    distinct, place, counts = np.unique(numbers[known], return_inverse=True, return_counts=True)
    bin_of = even_bins(counts, bins)
    upto = np.concatenate([[0], np.cumsum(np.bincount(bin_of, counts))])
    cells = (len(upto) - 1 + np.searchsorted(others, state)).astype(np.int64)
    cells[known] = bin_of[place]
    states = np.concatenate([np.zeros(len(upto) - 1), others]).astype(int)
    shares, line = knots(distinct, counts, least)
    return Binned(cells, states, upto, shares, line, decimals(distinct) if exact else None)


def joint(codes: list[np.ndarray], counts: list[int], n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of each record's combination of cells, and a record that has each."""
    found, first = np.zeros(n, dtype=np.int64), np.zeros(1, dtype=np.int64)
    for column, count in zip(codes, counts, strict=True):
        # numbers are made small again after each column, so that none overflows
        _, first, found = np.unique(found * count + column, return_index=True, return_inverse=True)
    return found, first


def check_whole(**options: tuple[object, int]) -> None:
    """Refuse options that are no whole numbers of at least what is said."""
    for name, (value, least) in options.items():
        whole = isinstance(value, Integral) and not isinstance(value, bool)
        if not whole or value < least:  # type: ignore[operator]
            raise GuideError(f"{name}={value!r} is not a whole number of at least {least}")


def check_amounts(**options: object) -> None:
    """Refuse options that are no numbers of at least 0."""
    for name, value in options.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 <= value < math.inf:  # type: ignore[operator]
            raise GuideError(f"{name}={value!r} is not a number of at least 0")

"""The public cells of a variable: what a histogram counts, and values drawn back from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.schema import Kind, Variable


@dataclass(frozen=True)
class Cells:
    """Cells of one variable, known without looking at the records.

    A discrete variable has one cell a level. A numeric one has at most `bins` cells of equal
    width over its public bounds, then one a special code. The last cell is for missing values.
    Values outside the bounds count in the nearest cell, unknown levels as missing.
    """

    variable: Variable
    bins: int

    @property
    def count(self) -> int:
        """Number of cells."""
        return self.ordinary + len(self.specials) + 1

    @property
    def specials(self) -> tuple[float, ...]:
        """Numeric codes that are not quantities."""
        return tuple(sorted(self.variable.special)) if self.variable.numeric else ()

    @property
    def ordinary(self) -> int:
        """Number of cells that hold levels or quantities."""
        if self.variable.discrete:
            return len(self.variable.levels or ())
        return min(self.bins, self.whole) if self.variable.kind is Kind.INTEGER else self.bins

    @property
    def whole(self) -> int:
        """How many whole numbers lie within the bounds, special codes apart; at least 1."""
        low, high = self._bounds
        inside = sum(low <= code <= high for code in self.specials)
        return max(1, math.floor(high) - math.ceil(low) + 1 - inside)

    def encode(self, values: pd.Series) -> np.ndarray:
        """Return the cell that each value falls into."""
        if self.variable.discrete:
            codes = pd.Index(self.variable.levels or (), dtype=object).get_indexer(
                values.astype(object)
            )
            return np.where(codes < 0, self.count - 1, codes)
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        cells = self._bin(np.where(np.isnan(numbers), self._bounds[0], numbers))
        for i, code in enumerate(self.specials):
            cells[numbers == code] = self.ordinary + i
        cells[np.isnan(numbers)] = self.count - 1
        return cells

    def decode(self, cells: np.ndarray, rng: np.random.Generator) -> Any:
        """Return a value for each cell; quantities are uniform within theirs."""
        if self.variable.discrete:
            ordered = self.variable.kind is Kind.ORDERED
            dtype = pd.CategoricalDtype(list(self.variable.levels or ()), ordered=ordered)
            known = np.where(cells < self.ordinary, cells, -1)
            return pd.Categorical.from_codes(known, dtype=dtype)
        values = np.full(len(cells), np.nan)
        quantity = cells < self.ordinary
        values[quantity] = self._draw(cells[quantity], rng)
        for i, code in enumerate(self.specials):
            values[cells == self.ordinary + i] = code
        return values

    @property
    def _bounds(self) -> tuple[float, float]:
        assert self.variable.bounds is not None  # suitability asks for public bounds
        return self.variable.bounds

    @property
    def _codes_inside(self) -> list[float]:
        low, high = self._bounds
        return [code for code in self.specials if low <= code <= high]

    def _bin(self, numbers: np.ndarray) -> np.ndarray:
        low, high = self._bounds
        clipped = np.clip(numbers, low, high)
        if self.variable.kind is Kind.INTEGER:
            below = np.searchsorted(self._codes_inside, clipped, side="left")
            rank = np.clip(clipped - math.ceil(low) - below, 0, self.whole - 1)
            cells: np.ndarray = (rank.astype(np.int64) * self.ordinary) // self.whole
            return cells
        share = (clipped - low) / ((high - low) or 1.0)
        return np.asarray(np.minimum((share * self.bins).astype(np.int64), self.bins - 1))

    def _draw(self, cells: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        low, high = self._bounds
        if self.variable.kind is not Kind.INTEGER:
            drawn = low + (cells + rng.random(len(cells))) * (high - low) / self.bins
            return np.asarray(np.minimum(drawn, high))
        # rank r lies in cell r * ordinary // whole, so a cell starts at the rounded-up inverse
        start, stop = (-((cells + i) * self.whole // -self.ordinary) for i in (0, 1))
        whole = math.ceil(low) + rng.integers(start, stop)
        for code in self._codes_inside:
            whole += whole >= code
        return np.asarray(np.minimum(whole, math.floor(high)), dtype=float)

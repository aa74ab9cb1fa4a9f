"""Whole records, or whole units of a panel, drawn with replacement."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from guide_helpers.methods._counting import check_units, file_of
from guide_helpers.schema import Dataset


@dataclass
class WholeUnits:
    """Draw whole records, or whole units of a panel, with replacement; identifiers are fresh."""

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Keep the records."""
        del rng
        check_units(data, 1)
        self.data_ = data
        self.order_ = np.argsort(data.units, kind="stable")
        self.sizes_ = np.bincount(data.units)
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` records, or units with all their rows."""
        units = rng.integers(0, len(self.sizes_), n)
        sizes = self.sizes_[units]
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        first = np.cumsum(self.sizes_) - self.sizes_
        rows = self.data_.rows.iloc[self.order_[np.repeat(first[units], sizes) + within]]
        columns = {v.name: rows[v.name].array for v in self.data_.schema.modelled}
        columns.pop(self.data_.entity or "", None)
        empty = replace(self.data_, rows=self.data_.rows.iloc[:0])
        return file_of(empty, sizes, columns)

"""What methods with a privacy claim share: budget, units, first tables, and the file at the end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.methods._axes import Axis
from guide_helpers.methods._cells import Cells
from guide_helpers.methods._consistency import onto_total, weighted_mean
from guide_helpers.methods._counting import (
    MAX_CELLS,
    Till,
    bounded_rows,
    check_budget,
    check_units,
    draw,
    file_of,
    units_by_rows,
)
from guide_helpers.schema import Dataset

CAUTION = 1 - 1e-12
"""The share of the budget that is planned, so that rounding never asks for more than all."""


def check_split(split: object, parts: str) -> None:
    """Refuse shares of the budget that are not three positive numbers."""
    numbers = isinstance(split, tuple | list) and all(
        isinstance(share, int | float) and 0 < share < math.inf for share in split
    )
    if not numbers or len(split) != 3:  # type: ignore[arg-type]
        raise GuideError(f"split={split!r} is not three positive numbers: for {parts}")


@dataclass
class PrivateTables:
    """Options and steps of methods that count, add noise and draw from what they counted.

    Without `delta` the claim is pure epsilon and noise is geometric; with it the accounting is
    zCDP and noise is discrete Gaussian. Numeric variables are cut into `bins` of equal width over
    their public bounds. `n_public` says that the number of units is no secret; otherwise it is
    measured with noise and paid for. At most `max_rows` rows of a unit count, chosen at random.
    `secure` draws all noise from the system's entropy.
    """

    epsilon: float = 1.0
    delta: float = 0.0
    bins: int = 20
    n_public: bool = False
    max_rows: int = 1
    secure: bool = False

    def __post_init__(self) -> None:
        check_budget(self.epsilon, self.delta, bins=self.bins, max_rows=self.max_rows)

    def _open(self, data: Dataset, rng: np.random.Generator) -> list[Cells]:
        """Open the till; return the public cells of the variables."""
        check_units(data, self.max_rows)
        self._till = self._new_till(rng)
        found = [Cells(v, self.bins) for v in data.schema.modelled if v.name != data.entity]
        for cells in found:
            if cells.count > MAX_CELLS:
                raise GuideError(
                    f"column {cells.variable.name!r} has more than {MAX_CELLS:,} cells; use fewer "
                    "bins"
                )
        return found

    def _new_till(self, rng: np.random.Generator) -> Till:
        """Return the till that all questions go through; an audit puts its own in its place."""
        return Till(self.epsilon, None if self.secure else rng, self.delta)

    def _close(self, data: Dataset) -> Self:
        """Keep the shape of the file and the privacy loss; no record."""
        self.empty_ = data.with_rows(data.rows.iloc[:0])
        self.privacy_ = self._till.loss(data, n_public=self.n_public, max_rows=self.max_rows)
        return self

    @property
    def _sized(self) -> bool:
        """Whether the number of units, or of their rows, must be measured."""
        return not self.n_public or self.max_rows > 1

    def _count(
        self, cells: list[Cells], data: Dataset, rng: np.random.Generator, price: float
    ) -> list[np.ndarray]:
        """Measure the units and each variable; return the groups of all rows that count."""
        self._one_way = price
        rows = bounded_rows(data, self.max_rows, rng)
        self.units_by_rows_ = self._units(data, price)
        self.axes_ = [self._axis(c, rows, price) for c in cells]
        return [axis.group[axis.cells.encode(rows[axis.name])] for axis in self.axes_]

    def _units(self, data: Dataset, price: float) -> np.ndarray:
        """Return how many units have 1, 2, ... rows that count, noisy where it is a secret."""
        counts = units_by_rows(data, self.max_rows)
        if not self._sized:
            return counts
        what = "number of units" if self.max_rows == 1 else "units by number of rows"
        return self._till.measure(what, counts, price=price, sensitivity=1)

    def _axis(self, cells: Cells, rows: pd.DataFrame, price: float) -> Axis:
        name = cells.variable.name
        counts = np.bincount(cells.encode(rows[name]), minlength=cells.count)
        found = self._till.measure(name, counts, price=price, sensitivity=self.max_rows)
        return Axis.of(
            cells,
            found,
            variance=self._till.variance(price, self.max_rows),
            noise_alone=self._till.exceeded_by_noise(price, self.max_rows),
        )

    def _total(self) -> float:
        """Return the number of rows that count, from all tables that were measured so far."""
        rows = np.arange(1, self.max_rows + 1)
        known = float(rows @ self.units_by_rows_)
        if not self._sized:
            return known
        estimates = [known, *(float(axis.counts.sum()) for axis in self.axes_)]
        variances = [float(rows @ rows) * self._till.variance(self._one_way, 1)]
        variances += [axis.cells.count * axis.variance for axis in self.axes_]
        return max(1.0, float(weighted_mean(estimates, variances)))

    def _default_size(self) -> int:
        units = int(np.maximum(self.units_by_rows_, 0).sum())
        if self._sized and self.max_rows == 1:
            units = round(self._total())
        return max(1, units)

    def _margins(self) -> list[np.ndarray]:
        """Return the counts of each variable's groups, from its own table alone."""
        total = np.array([self._total()])
        return [onto_total(axis.direct()[0][None], total)[0] for axis in self.axes_]

    def _sizes(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return how many rows each of `n` new units has."""
        return np.asarray(1 + draw(np.maximum(self.units_by_rows_, 0), n, rng))

    def _file(
        self,
        sizes: np.ndarray,
        groups: list[np.ndarray],
        margins: list[np.ndarray],
        rng: np.random.Generator,
    ) -> Dataset:
        """Return the file with a value for each group of each variable."""
        columns = {}
        for axis, drawn, margin in zip(self.axes_, groups, margins, strict=True):
            cells = axis.open(drawn, float(margin[-1]), rng)
            columns[axis.name] = axis.cells.decode(cells, rng)
        return file_of(self.empty_, sizes, columns)

"""Predictors as the columns of a regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from guide_helpers.methods._coding import Coded, level_bins

LEAST = 10
"""Records on which the coefficient of a group of levels must rest."""
MOST_GROUPS = 30
"""Groups that a predictor's levels may form."""
RECORDS_A_COLUMN = 5
"""Records that a regression must have for each of its columns, so that it cannot repeat them."""


@dataclass(frozen=True)
class Design:
    """How the codes of each predictor become columns: a line of numbers for each code.

    A quantity is one column, standardised, with missing values at its mean; a second column marks
    them. Levels are a column a group but the largest. Alike levels share a group: with more than
    `MOST_GROUPS` of them, neighbours in the order of a target; those of fewer than `LEAST` records
    are one group, and where even that is too small they count as the largest.
    """

    tables: tuple[np.ndarray, ...]

    @classmethod
    def of(
        cls, predictors: Sequence[Coded], target: np.ndarray, outcomes: np.ndarray, size: float
    ) -> Self:
        """Return the design for a target: floats, or classes from 0.

        `outcomes` are the target as columns, and `size` is the number of records that tell about
        it. Where they are too few for all predictors, those that explain most are used.
        """
        tables = [
            _quantity(p) if p.quantities is not None else _levels(p, target) for p in predictors
        ]
        most = int(size / RECORDS_A_COLUMN) - 1
        if sum(t.shape[1] for t in tables) > most:
            blocks = [t[p.codes] for t, p in zip(tables, predictors, strict=True)]
            gains = [_explained(b, outcomes) for b in blocks]
            for j in np.argsort(gains, kind="stable")[::-1]:
                most -= tables[j].shape[1]
                if most < 0:
                    most += tables[j].shape[1]
                    tables[j] = tables[j][:, :0]
        return cls(tuple(tables))

    def matrix(self, codes: Sequence[np.ndarray], rows: int) -> np.ndarray:
        """Return a column of ones and those of the predictors, given their codes."""
        ends = np.cumsum([1, *(t.shape[1] for t in self.tables)])
        found = np.empty((rows, int(ends[-1])))
        found[:, 0] = 1
        for table, column, end in zip(self.tables, codes, ends[1:], strict=True):
            found[:, end - table.shape[1] : end] = table[column]
        return found


def _quantity(column: Coded) -> np.ndarray:
    assert column.quantities is not None
    there = column.present
    values = column.quantities[column.codes[there]]
    centre = values.mean() if len(values) else 0.0
    spread = values.std() if len(values) else 0.0
    if spread <= 1e-12 * max(1.0, float(np.abs(values).max(initial=0))):
        slope = np.empty((column.missing + 1, 0))
    else:
        slope = np.append((column.quantities - centre) / spread, 0.0)[:, None]
    absent = len(there) - len(values)
    if min(absent, len(values)) < LEAST:
        return slope
    return np.column_stack([slope, np.arange(column.missing + 1) == column.missing])


def _levels(column: Coded, target: np.ndarray) -> np.ndarray:
    groups = level_bins(column, target, MOST_GROUPS, LEAST)
    counts = np.bincount(groups[column.codes], minlength=int(groups.max()) + 1)
    own = np.flatnonzero(counts >= LEAST)
    return np.asarray(groups[:, None] == own[own != counts.argmax()], float)


def _explained(block: np.ndarray, outcomes: np.ndarray) -> float:
    """Return the share of the outcomes' variance that a block explains, less what chance would."""
    if not block.shape[1]:
        return 0.0
    x, y = block - block.mean(axis=0), outcomes - outcomes.mean(axis=0)
    fitted = x @ np.linalg.lstsq(x, y, rcond=None)[0]
    share = float((fitted**2).sum()) / max(float((y**2).sum()), 1e-300)
    return share - float(block.shape[1] / len(x))

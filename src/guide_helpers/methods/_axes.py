"""The cells of a variable as they enter tables of several variables: rare ones pooled."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from guide_helpers.methods._cells import Cells
from guide_helpers.methods._consistency import onto_total
from guide_helpers.methods._counting import draw

WITHIN_NOISE = 3
"""Cells whose noisy count is below this many standard deviations of the noise are pooled."""


@dataclass(frozen=True)
class Axis:
    """A variable's cells as they enter the tables of several variables.

    `counts` are the noisy counts of all cells, `variance` that of their noise. Cells that stand
    out of the noise are `own` groups, in this order; all others are pooled in one group after
    them. A missing part that noise alone can explain is left out; its records count in the last
    group.
    """

    cells: Cells
    counts: np.ndarray
    variance: float
    own: np.ndarray
    pooled: np.ndarray
    group: np.ndarray

    @classmethod
    def of(cls, cells: Cells, counts: np.ndarray, *, variance: float, noise_alone: int) -> Axis:
        """Pool the cells that noise may have filled alone.

        `variance` is that of the noise in one cell, `noise_alone` the count that it hardly ever
        exceeds.
        """
        here = np.arange(cells.count)
        last = (here == cells.count - 1) & (cells.count > 1)
        empty = last & (counts <= noise_alone)
        clear = (counts > WITHIN_NOISE * math.sqrt(variance)) & ~empty
        own, pooled = here[clear], here[~clear & ~empty]
        group = np.full(cells.count, max(len(own) - (len(pooled) == 0), 0))
        group[own] = np.arange(len(own))
        return cls(cells, counts, variance, own, pooled, group)

    @property
    def name(self) -> str:
        """Name of the variable."""
        return self.cells.variable.name

    @property
    def size(self) -> int:
        """Number of groups."""
        return len(self.own) + (len(self.pooled) > 0)

    def direct(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the noisy counts of the groups, and how many cells each sums up."""
        kept = np.concatenate([self.own, self.pooled])
        groups = self.group[kept]
        return np.bincount(groups, self.counts[kept]), np.bincount(groups)

    def open(self, groups: np.ndarray, total: float, rng: np.random.Generator) -> np.ndarray:
        """Return a cell for each group; pooled cells by their noisy counts, at `total` in all."""
        cells = np.append(self.own, -1)[groups]
        inside = np.flatnonzero(cells < 0)
        if len(inside):
            weights = onto_total(self.counts[None, self.pooled], np.array([total]))[0]
            cells[inside] = self.pooled[draw(weights, len(inside), rng)]
        return np.asarray(cells)

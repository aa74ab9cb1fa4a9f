"""Saturated table: all combinations of levels and bins as they are counted, with a small prior."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.cards import (
    Capabilities,
    MethodCard,
    Status,
    UseCase,
    card,
    conditional,
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.methods._binned import BinnedTable, check_amounts, check_whole, joint
from guide_helpers.methods._frame import assemble
from guide_helpers.schema import Dataset


@card(
    MethodCard(
        title="Saturated table (all columns crossed)",
        summary=(
            "Crosses all columns, numbers in bins, and draws records from the counts of that one "
            "table, with a little weight on combinations that nobody has."
        ),
        family="log-linear",
        origin=("jackson2022",),
        inputs="the records of one table, counted over levels and bins",
        sources=("jackson2022", "raab2022"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: unfit(
                "rare combinations of real people come back, and where there is no prior, empty "
                "cells tell for certain that nobody has a combination; coarsen the margins, or add "
                "a privacy budget"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "all relations among a few categories are kept; only for few columns with few "
                "levels, and for users bound by terms of access"
            ),
            UseCase.EDUCATION: unfit(
                "teaching files end up public, and records that are alone in their cell are real"
            ),
            UseCase.TESTING_TECHNOLOGY: unfit(
                "a test of systems needs no real combinations; dummy data do the job"
            ),
        },
        capabilities=Capabilities(
            missing=True,
            keeps_missing_rates=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime"),
        ),
        weaknesses=(
            "With many columns or levels nearly every record is alone in its cell, and the method "
            "is little more than the bootstrap: look at `cells` first.",
            "Empty cells disclose: with `prior=0` a combination that is not in the file may be "
            "known to be nobody's; with a prior, impossible combinations turn up now and then.",
            "A count is drawn around its true value, as a sample is: a cell of one record is in "
            "63 % of files of the original's size; `overdispersion` adds noise "
            "{cite:p}`jackson2022`.",
            "Numbers are drawn within bins, independently of all else, so relations within bins "
            "are lost.",
            "There is no formal guarantee; noise with a privacy budget can be added to such "
            "tables {cite:p}`raab2022`, which the guide does on margins.",
            "Survey weights are drawn like any other number, not used.",
        ),
    )
)
@dataclass
class Saturated:
    """Draw from the counts of all columns crossed.

    Parameters
    ----------
    bins
        Bins of about equal numbers of records of each numeric column. A value with more records
        than a bin should hold stands alone; missing values and special codes are cells.
    prior
        Weight in records, in all, that is spread evenly over all cells, those that nobody has
        included; 0 for none.
    overdispersion
        Variance of a random factor on each cell, drawn anew for each copy: the counts vary as
        negative binomial ones do, by c + overdispersion * c^2 around c. 0 for none.
    threshold
        Cells with fewer records count as empty.
    least
        Quantities that fewer records share are smoothed over so many records.

    References
    ----------
    Jackson, Mitra, Francis and Dove (2022), arXiv:2205.05993
    """

    bins: int = 10
    prior: float = 1.0
    overdispersion: float = 0.0
    threshold: int = 1
    least: int = 10

    def __post_init__(self) -> None:
        check_whole(bins=(self.bins, 1), threshold=(self.threshold, 1), least=(self.least, 2))
        check_amounts(prior=self.prior, overdispersion=self.overdispersion)

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Count the cells that have records; the others are as many as they are."""
        table = BinnedTable.of(data, self.bins, self.least, rng)
        columns = list(table.columns.values())
        cell, first = joint([c.codes for c in columns], [c.count for c in columns], len(data))
        counts = np.bincount(cell)
        kept = counts >= self.threshold
        if not kept.any() and not self.prior:
            raise GuideError(
                f"no cell has threshold={self.threshold} records, and there is no prior; lower "
                "threshold, use fewer bins or columns, or set a prior"
            )
        self.all_counts_ = counts
        self.counts_ = counts[kept].astype(float)
        self.cells_ = [c.codes[first[kept]] for c in columns]
        self.table_ = table.without_codes()
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` records."""
        weights = self.counts_
        if self.overdispersion and len(weights):
            shape = 1 / self.overdispersion
            weights = weights * rng.gamma(shape, self.overdispersion, len(weights))
        total = weights.sum()
        free = rng.random(n) * (total + self.prior) < self.prior
        if not total:
            free[:] = True
        drawn = [rng.integers(0, c.count, n) for c in self.table_.columns.values()]
        if not free.all():
            chosen = rng.choice(len(weights), int((~free).sum()), p=weights / total)
            for cells, known in zip(drawn, self.cells_, strict=True):
                cells[~free] = known[chosen]
        return assemble(self.table_.empty, self.table_.values(drawn, rng), n)

    def cells(self) -> pd.Series:
        """Return how many cells there are, how many have records, one record, and are drawn."""
        counts = self.all_counts_
        found = {
            "cells": math.prod(c.count for c in self.table_.columns.values()),
            "cells with records": len(counts),
            "cells with one record": int((counts == 1).sum()),
            "cells drawn from": len(self.counts_),
            "records in them": int(self.counts_.sum()),
        }
        return pd.Series(found, name="number", dtype=object)

"""Noisy marginals: histograms with a privacy guarantee, and rows drawn from them."""

from __future__ import annotations

import math
from collections.abc import Iterator
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
    fit,
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.methods._accounting import equal_share
from guide_helpers.methods._cells import Cells
from guide_helpers.methods._counting import MAX_CELLS, bounded_rows, draw, file_of
from guide_helpers.methods._private import PrivateTables
from guide_helpers.schema import Dataset


@card(
    MethodCard(
        title="Noisy marginals with a privacy budget",
        summary=(
            "Counts each variable, or blocks of variables together, adds noise to every cell of "
            "the public domain, and draws rows from the noisy counts; blocks are independent."
        ),
        family="differential privacy, marginals",
        origin=("dwork2006",),
        inputs="the records of one table or panel, counted over public levels and bins",
        sources=(
            "dwork2006",
            "ghosh2012",
            "holohan2019",
            "mckenna2021",
            "bun2016",
            "canonne2020",
        ),
        status=Status.IN_USE,
        used_by=(
            "the US Census Bureau uses relatives of it: microdata are drawn or built from noisy "
            "counts in OnTheMap {cite:p}`machanavajjhala2008` and in the 2020 census "
            "{cite:p}`abowd2022`"
        ),
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "the guarantee holds whatever the attacker knows; users must be told that only "
                "the measured tables are meant to be right"
            ),
            UseCase.TESTING_ANALYSIS: unfit(
                "relations between blocks are lost, so most models give other answers"
            ),
            UseCase.EDUCATION: conditional(
                "safe to hand out and good for teaching privacy loss; exercises must stay within "
                "one block of variables"
            ),
            UseCase.TESTING_TECHNOLOGY: fit(
                "right format, levels and ranges, with a guarantee that needs no further check"
            ),
        },
        capabilities=Capabilities(
            panel=True, missing=True, keeps_missing_rates=True, formal_privacy=True
        ),
        weaknesses=(
            "Variables of different blocks become independent of each other, by construction.",
            "Rules and structural zeros are not kept, because noise also falls on empty cells.",
            "Negative noisy counts are set to 0, which lifts rare cells: with many cells and a "
            "small epsilon a file is mostly noise.",
            "Quantities are uniform within bins of equal width over the public bounds, so wide "
            "bounds with skewed values give coarse shapes.",
            "The rows of one unit are independent of each other; no order in time survives.",
            "The budget is that of one run: two releases from the same records add up, and "
            "nobody but the office can add them {cite:p}`dwork2006`.",
            "Without delta, noise comes from floating-point arithmetic on 53 random bits, which "
            "attackers have used against other mechanisms {cite:p}`mironov2012`; counts stay "
            "integers, which closes the known attack. Noise with delta is exact.",
        ),
        implementation="guide_helpers, with the noise and the accountant of diffprivlib 0.6.6",
        licence="Apache-2.0; diffprivlib is MIT",
        requires=("diffprivlib",),
    )
)
@dataclass
class DpMarginals(PrivateTables):
    """Histograms over public domains with integer noise, sampled independently.

    `together` lists disjoint blocks of variables to count jointly; all others are counted one
    by one, and the budget is split equally over all tables. Without `delta` the claim is pure
    epsilon and noise is geometric; with it the accounting is zCDP and noise is discrete Gaussian.
    Numeric variables are cut into `bins` of equal width over their public bounds. `n_public` says
    that the number of units is no secret; otherwise it is measured with noise and paid for. At
    most `max_rows` rows of a unit count, chosen at random. `secure` draws the noise from the
    system's entropy.
    """

    together: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if any(isinstance(block, str) for block in self.together):
            raise GuideError('together takes blocks of columns: together=(("sex", "age"),)')
        named = [name for block in self.together for name in block]
        for name in named:
            if named.count(name) > 1:
                raise GuideError(f"column {name!r} is in two blocks of together; keep it in one")

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Measure the noisy tables; no record is kept."""
        self.blocks_ = tuple(self._blocks(self._open(data, rng)))
        self._share = equal_share(self._till.budget, len(self.blocks_) + self._sized)
        rows = bounded_rows(data, self.max_rows, rng)
        self.units_by_rows_ = np.maximum(self._units(data, self._share), 0)
        counted = data.n_units if self.n_public else int(self.units_by_rows_.sum())
        self.default_size_ = max(1, counted)
        self.tables_ = [self._table(block, rows) for block in self.blocks_]
        return self._close(data)

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` units; this is post-processing and costs nothing."""
        sizes = self._sizes(n, rng)
        total = int(sizes.sum())
        columns = {}
        for block, table in zip(self.blocks_, self.tables_, strict=True):
            drawn = np.unravel_index(draw(table, total, rng), _shape(block))
            for cells, codes in zip(block, drawn, strict=True):
                columns[cells.variable.name] = cells.decode(codes, rng)
        return file_of(self.empty_, sizes, columns)

    def _blocks(self, found: list[Cells]) -> Iterator[tuple[Cells, ...]]:
        """Yield the cells of each block, those of `together` first."""
        known = {cells.variable.name: cells for cells in found}
        named = {name for block in self.together for name in block}
        for name in sorted(named - set(known)):
            raise GuideError(f"no column {name!r} to measure; known: {', '.join(known)}")
        for block in (*self.together, *((name,) for name in known if name not in named)):
            cells = tuple(known[name] for name in block)
            size = math.prod(_shape(cells))
            if size > MAX_CELLS:
                raise GuideError(
                    f"the table of {', '.join(block)} has {size:,} cells, more than "
                    f"{MAX_CELLS:,}; split the block or use fewer bins"
                )
            if cells:
                yield cells

    def _table(self, block: tuple[Cells, ...], rows: pd.DataFrame) -> np.ndarray:
        """Return the noisy counts of a block; negative ones are set to 0."""
        codes = tuple(cells.encode(rows[cells.variable.name]) for cells in block)
        shape = _shape(block)
        counts = np.bincount(np.ravel_multi_index(codes, shape), minlength=math.prod(shape))
        name = " x ".join(cells.variable.name for cells in block)
        found = self._till.measure(name, counts, price=self._share, sensitivity=self.max_rows)
        found = np.maximum(found, 0).reshape(shape)
        enough = self._till.exceeded_by_noise(self._share, self.max_rows)
        for axis in range(len(block)):
            missing = np.moveaxis(found, axis, 0)[-1:]
            missing[missing <= enough] = 0
        return np.asarray(found.ravel())


def _shape(block: tuple[Cells, ...]) -> tuple[int, ...]:
    return tuple(cells.count for cells in block)

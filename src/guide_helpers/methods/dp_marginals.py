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
from guide_helpers.methods._accounting import Ledger, equal_share
from guide_helpers.methods._cells import Cells
from guide_helpers.methods._frame import assemble, serial
from guide_helpers.methods._noise import noisy
from guide_helpers.results import PrivacyLoss
from guide_helpers.schema import Dataset

MAX_CELLS = 1_000_000
"""More cells in one table would hold noise and little else."""
NOISE_ALONE = 0.001
"""A cell with a missing part counts only above what noise alone gives this often."""


@card(
    MethodCard(
        title="Noisy marginals with a privacy budget",
        summary=(
            "Counts each variable, or blocks of variables together, adds noise to every cell of "
            "the public domain, and draws rows from the noisy counts; blocks are independent."
        ),
        family="differential privacy, marginals",
        sources=("dwork2006", "ghosh2012", "holohan2019", "mckenna2021"),
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
            "Noise comes from floating-point arithmetic on 53 random bits, which attackers have "
            "used against other mechanisms {cite:p}`mironov2012`; counts stay integers, which "
            "closes the known attack.",
        ),
        implementation="guide_helpers, with the noise and the accountant of diffprivlib 0.6.6",
        licence="Apache-2.0; diffprivlib is MIT",
        requires=("diffprivlib",),
    )
)
@dataclass
class DpMarginals:
    """Histograms over public domains with geometric noise, sampled independently.

    `together` lists disjoint blocks of variables to count jointly; all others are counted one
    by one, and the budget is split equally over all tables. Numeric variables are cut into
    `bins` of equal width over their public bounds. `n_public` says that the number of units is
    no secret; otherwise it is measured with noise and paid for. At most `max_rows` rows of a
    unit count, chosen at random. `secure` draws the noise from the system's entropy.
    """

    epsilon: float = 1.0
    together: tuple[tuple[str, ...], ...] = ()
    bins: int = 20
    n_public: bool = False
    max_rows: int = 1
    secure: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.epsilon, int | float) or not 0 < self.epsilon < math.inf:
            raise GuideError(f"epsilon={self.epsilon!r} is not a positive number; 1 is usual")
        for name in ("bins", "max_rows"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise GuideError(f"{name}={value!r} is not a whole number of at least 1")
        if any(isinstance(block, str) for block in self.together):
            raise GuideError('together takes blocks of columns: together=(("sex", "age"),)')
        named = [name for block in self.together for name in block]
        for name in named:
            if named.count(name) > 1:
                raise GuideError(f"column {name!r} is in two blocks of together; keep it in one")

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Measure the noisy tables; no record is kept."""
        self.blocks_ = tuple(self._blocks(data))
        sized = not self.n_public or self.max_rows > 1
        self._share = equal_share(self.epsilon, len(self.blocks_) + sized)
        self._ledger = Ledger(self.epsilon)
        self._noise_rng = None if self.secure else rng
        rows = data.rows.iloc[_bounded(data.units, self.max_rows, rng)]
        self.units_by_rows_ = self._units_by_rows(data, sized)
        counted = data.n_units if self.n_public else int(self.units_by_rows_.sum())
        self.default_size_ = max(1, counted)
        self.tables_ = [self._table(block, rows) for block in self.blocks_]
        self.empty_ = data.with_rows(data.rows.iloc[:0])
        self.privacy_ = self._privacy(data)
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` units; this is post-processing and costs nothing."""
        sizes = 1 + _draw(self.units_by_rows_, n, rng)
        total = int(sizes.sum())
        columns = {}
        for block, table in zip(self.blocks_, self.tables_, strict=True):
            drawn = np.unravel_index(_draw(table, total, rng), _shape(block))
            for cells, codes in zip(block, drawn, strict=True):
                columns[cells.variable.name] = cells.decode(codes, rng)
        if (entity := self.empty_.entity) is not None:
            numbers = np.repeat(np.arange(1, n + 1), sizes)
            columns[entity] = serial(numbers, self.empty_.schema[entity].kind)
        return assemble(self.empty_, columns, total)

    def _blocks(self, data: Dataset) -> Iterator[tuple[Cells, ...]]:
        """Yield the cells of each block, those of `together` first."""
        known = {v.name: v for v in data.schema.modelled if v.name != data.entity}
        if self.max_rows > 1 and data.entity is None:
            raise GuideError(
                f"max_rows={self.max_rows}, but each row is a unit of its own; leave max_rows out"
            )
        if data.entity is not None and data.schema[data.entity].discrete:
            raise GuideError(f"column {data.entity!r} names units; declare it an identifier")
        named = {name for block in self.together for name in block}
        for name in sorted(named - set(known)):
            raise GuideError(f"no column {name!r} to measure; known: {', '.join(known)}")
        for block in (*self.together, *((name,) for name in known if name not in named)):
            cells = tuple(Cells(known[name], self.bins) for name in block)
            size = math.prod(_shape(cells))
            if size > MAX_CELLS:
                raise GuideError(
                    f"the table of {', '.join(block)} has {size:,} cells, more than "
                    f"{MAX_CELLS:,}; split the block or use fewer bins"
                )
            if cells:
                yield cells

    def _units_by_rows(self, data: Dataset, sized: int) -> np.ndarray:
        """Return how many units have 1, 2, ... rows that count, noisy where it is a secret."""
        per_unit = np.minimum(np.unique(data.units, return_counts=True)[1], self.max_rows)
        counts = np.bincount(per_unit - 1, minlength=self.max_rows)
        if not sized:
            return counts
        what = "number of units" if self.max_rows == 1 else "units by number of rows"
        return self._measure(what, counts, sensitivity=1)

    def _table(self, block: tuple[Cells, ...], rows: pd.DataFrame) -> np.ndarray:
        codes = tuple(cells.encode(rows[cells.variable.name]) for cells in block)
        shape = _shape(block)
        counts = np.bincount(np.ravel_multi_index(codes, shape), minlength=math.prod(shape))
        name = " x ".join(cells.variable.name for cells in block)
        found = self._measure(name, counts, sensitivity=self.max_rows).reshape(shape)
        enough = _exceeded_by_noise(self._share / self.max_rows)
        for axis in range(len(block)):
            missing = np.moveaxis(found, axis, 0)[-1:]
            missing[missing <= enough] = 0
        return found.ravel()

    def _measure(self, what: str, counts: np.ndarray, *, sensitivity: int) -> np.ndarray:
        """Return the counts with noise, paid for; negative ones are set to 0."""
        self._ledger.spend(what, self._share)
        noise_rng = self._noise_rng
        found = noisy(counts, epsilon=self._share, sensitivity=sensitivity, rng=noise_rng)
        return np.asarray(np.maximum(found, 0))

    def _privacy(self, data: Dataset) -> PrivacyLoss:
        unit = "one row" if data.entity is None else f"all rows of one {data.entity}"
        relation = "add-or-remove-one"
        kept = "all" if data.entity is None else f"at most {self.max_rows}, chosen at random"
        claim = f"({self.epsilon:g}, 0)-differential privacy for {unit}, {relation}"
        if self.n_public:
            claim += "; the number of units is public"
        return PrivacyLoss(
            epsilon=self.epsilon,
            delta=0.0,
            relation=relation,
            unit=unit,
            contribution=f"rows of a unit that count: {kept}",
            n_public=self.n_public,
            accounting="pure epsilon, basic composition",
            ledger=tuple(self._ledger.expenses),
            claim=claim if self.secure else "teaching run",
        )


def _bounded(units: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Return the places of at most `most` rows of each unit, chosen at random."""
    order = rng.permutation(len(units))
    rank = pd.Series(units[order]).groupby(units[order]).cumcount().to_numpy()
    return np.sort(order[rank < most])


def _exceeded_by_noise(epsilon: float) -> int:
    """Return the value that geometric noise alone exceeds with probability NOISE_ALONE."""
    ratio = math.exp(-epsilon)
    return max(0, math.ceil(math.log(NOISE_ALONE * (1 + ratio)) / -epsilon) - 1)


def _draw(counts: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return `n` cells in proportion to their counts; evenly where nothing was counted."""
    weights = counts if counts.sum() else np.ones(len(counts))
    return rng.choice(len(counts), n, p=weights / weights.sum())


def _shape(block: tuple[Cells, ...]) -> tuple[int, ...]:
    return tuple(cells.count for cells in block)

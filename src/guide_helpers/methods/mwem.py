"""Multiplicative weights and the exponential mechanism, on the table of all variables together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

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
from guide_helpers.methods._counting import MAX_CELLS
from guide_helpers.methods._log_linear import Scope
from guide_helpers.methods._pairs import follow
from guide_helpers.methods._private import CAUTION, PrivateTables, check_split
from guide_helpers.methods._workload import Workload, check_workload, tables_of
from guide_helpers.schema import Dataset

PASSES = 10
"""How often the weights go through all tables measured so far, after each new one."""


@card(
    MethodCard(
        title="Multiplicative weights with a privacy budget (MWEM)",
        summary=(
            "Holds a weight for every combination of all variables, chooses in private the table "
            "that the weights get most wrong, measures it with noise, and corrects the weights."
        ),
        family="differential privacy, marginals",
        origin=("hardt2012",),
        inputs="the records of one table or panel with few variables, counted over public cells",
        sources=("hardt2012", "mcsherry2007", "dwork2006", "holohan2019", "bun2016", "cesar2021"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "for a handful of coarse variables; the guarantee holds whatever the attacker knows"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "for the tables that were measured; a handful of coarse variables at most"
            ),
            UseCase.EDUCATION: fit(
                "the shortest path to understanding select, measure and correct: every step can be "
                "looked at"
            ),
            UseCase.TESTING_TECHNOLOGY: unfit(
                "real systems have more variables than it can hold; dp_marginals or mst take them"
            ),
        },
        capabilities=Capabilities(
            panel=True, missing=True, keeps_missing_rates=True, formal_privacy=True
        ),
        weaknesses=(
            "Time and memory grow with the number of combinations of all levels, so five to ten "
            "coarse variables are the end; larger tables are refused {cite:p}`hardt2012`.",
            "The number of rounds decides much and must be chosen without looking at the data.",
            "Large tables are chosen more often than they deserve, because the score does not "
            "count the noise that measuring them brings {cite:p}`mckenna2022`.",
            "Rules and structural zeros are not kept, because no combination has weight zero.",
            "At a large epsilon members of the file can be told from others: the guarantee is as "
            "strong as its epsilon, no stronger {cite:p}`golob2024`.",
            "Cells that do not stand out of the noise are pooled: rare levels keep their "
            "approximate share, but no relation of their own.",
            "Quantities are uniform within bins of equal width over the public bounds, so wide "
            "bounds with skewed values give coarse shapes.",
            "The rows of one unit are independent of each other; no order in time survives.",
            "The budget is that of one run: two releases from the same records add up, and "
            "nobody but the office can add them {cite:p}`dwork2006`.",
        ),
        implementation="guide_helpers, with the mechanisms and the accountant of diffprivlib 0.6.6",
        licence="Apache-2.0; diffprivlib is MIT",
        requires=("diffprivlib",),
    )
)
@dataclass
class Mwem(PrivateTables):
    """Weights of all combinations, corrected in `rounds` by the table that they get most wrong.

    `workload` lists the tables to choose from, by the names of their variables, or says how many
    variables each has. A whole table is measured at once, since a row is in one of its cells only;
    Hardt et al. measure one cell. `split` shares the budget among one-way tables, choices and
    measured tables, in proportion. Without `delta` the claim is pure epsilon and noise is
    geometric; with it the accounting is zCDP and noise is discrete Gaussian. Numeric variables are
    cut into `bins` of equal width over their public bounds. `n_public` says that the number of
    units is no secret; otherwise it is measured with noise and paid for. At most `max_rows` rows
    of a unit count, chosen at random. `secure` draws all noise from the system's entropy.
    """

    rounds: int = 5
    workload: Workload = 2
    split: tuple[float, float, float] = (2, 2, 4)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_workload(self.workload)
        check_split(self.split, "one-way tables, choices and measured tables")
        if not isinstance(self.rounds, int) or self.rounds < 1:
            raise GuideError(f"rounds={self.rounds!r} is not a whole number of at least 1")

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Measure the noisy tables and correct the weights; no record is kept."""
        cells = self._open(data, rng)
        tables = tables_of(self.workload, [c.variable.name for c in cells])
        tables = [table for table in tables if len(table) > 1]
        self._plan(len(cells), bool(tables))
        codes = self._count(cells, data, rng, self._first)
        self.default_size_ = self._default_size()
        self.margins_ = self._margins()
        self._refuse_large()
        self.weights_ = self._independent()
        self.measured_: list[tuple[str, ...]] = []
        found: list[tuple[Scope, np.ndarray]] = []
        for _ in range(self.rounds if tables else 0):
            scope = self._choose(tables, codes)
            found.append((scope, self._measure(scope, codes)))
            self._correct(found)
        return self._close(data)

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` units; this is post-processing and costs nothing."""
        sizes = self._sizes(n, rng)
        none = np.zeros(int(sizes.sum()), dtype=np.int64)
        drawn = follow(self.weights_.reshape(1, -1), none, rng)
        groups = list(np.unravel_index(drawn, self.weights_.shape)) if self.axes_ else []
        return self._file(sizes, groups, self.margins_, rng)

    def _plan(self, variables: int, tables: bool) -> None:
        """Set the price of one one-way table, one choice and one measured table."""
        shares = np.array(self.split if tables else (1, 0, 0))
        parts = (self._till.budget * CAUTION * shares / shares.sum()).tolist()
        self._first = equal_share(parts[0], max(variables + self._sized, 1))
        self._choice, self._table = (equal_share(p, self.rounds) for p in parts[1:])

    def _refuse_large(self) -> None:
        size = math.prod(axis.size for axis in self.axes_)
        if size > MAX_CELLS:
            raise GuideError(
                f"the variables have {size:,} combinations, and mwem holds a weight for each, "
                f"{MAX_CELLS:,} at most; keep fewer variables, use fewer bins, or take mst or aim"
            )

    def _independent(self) -> np.ndarray:
        """Return the expected counts of all combinations if no variable depended on another."""
        total = max(self._total(), 1.0)
        weights = np.array(total)
        for margin in self.margins_:
            shares = np.maximum(margin, 0.5) / np.maximum(margin, 0.5).sum()
            weights = weights[..., None] * shares
        return weights

    def _choose(self, tables: list[Scope], codes: list[np.ndarray]) -> Scope:
        # A score is the sum of |n - e| over the cells of a table, n the true counts and e those of
        # the weights, which look at the records only through what is already paid for. One unit
        # more or less changes the n by at most max_rows in all, and by the triangle inequality the
        # score by no more.
        scores = [
            float(np.abs(self._counted(t, codes) - _sum(self.weights_, t)).sum()) for t in tables
        ]
        which = f"choice {len(self.measured_) + 1}"
        place = self._till.choose(which, scores, price=self._choice, sensitivity=self.max_rows)
        return tables[place]

    def _measure(self, scope: Scope, codes: list[np.ndarray]) -> np.ndarray:
        counts = self._counted(scope, codes)
        names = tuple(self.axes_[i].name for i in scope)
        found = self._till.measure(
            " x ".join(names), counts.ravel(), price=self._table, sensitivity=self.max_rows
        )
        self.measured_.append(names)
        return found.reshape(counts.shape)

    def _correct(self, found: list[tuple[Scope, np.ndarray]]) -> None:
        """Raise the weights where too little was expected, and lower them elsewhere.

        A weight is multiplied by exp((measured - expected) / (2 expected)) in its cell, within a
        factor of e. Hardt et al. divide by twice the number of records, which is safe for any data
        and takes many more passes.
        """
        total = self.weights_.sum()
        for _ in range(PASSES):
            for scope, measured in found:
                expected = _sum(self.weights_, scope)
                step = (measured - expected) / (2 * np.maximum(expected, 1e-9))
                self.weights_ *= _widened(np.exp(np.clip(step, -1, 1)), scope, self.weights_.ndim)
                self.weights_ *= total / self.weights_.sum()

    def _counted(self, scope: Scope, codes: list[np.ndarray]) -> np.ndarray:
        shape = tuple(self.axes_[i].size for i in scope)
        flat = np.ravel_multi_index(tuple(codes[i] for i in scope), shape)
        return np.bincount(flat, minlength=math.prod(shape)).reshape(shape)


def _sum(weights: np.ndarray, scope: Scope) -> np.ndarray:
    return np.asarray(weights.sum(axis=tuple(i for i in range(weights.ndim) if i not in scope)))


def _widened(values: np.ndarray, scope: Scope, axes: int) -> np.ndarray:
    sizes = dict(zip(scope, values.shape, strict=True))
    return values.reshape([sizes.get(i, 1) for i in range(axes)])

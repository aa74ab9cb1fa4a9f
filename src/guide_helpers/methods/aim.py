"""Adaptive and iterative mechanism: measures, round by round, the table that is worst so far."""

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
)
from guide_helpers.errors import GuideError
from guide_helpers.methods._accounting import equal_share
from guide_helpers.methods._graphical import GraphicalModel, Margin, tree_size
from guide_helpers.methods._log_linear import Scope
from guide_helpers.methods._private import CAUTION, PrivateTables
from guide_helpers.methods._workload import Workload, check_workload, tables_of, weights_of
from guide_helpers.schema import Dataset

FIRST = 0.25
"""Share of the budget for the number of units and the one-way tables."""
MEASURED = 0.9
"""Share of a round's price that pays for its table; the rest pays for the choice."""
ROUNDS = 16
"""Rounds a variable that the budget would last for if no round found too much noise."""
DRAWS = 30_000
"""Records drawn from the model to count tables that it does not hold in one piece."""


@card(
    MethodCard(
        title="Adaptive and iterative mechanism (AIM)",
        summary=(
            "Starts from the variables one by one, then measures with noise, round by round, the "
            "table of the user's list that a graphical model fits worst, until the budget ends."
        ),
        family="differential privacy, marginals",
        origin=("mckenna2022",),
        inputs=(
            "the records of one table or panel, counted over public levels and bins, and a list of "
            "tables that matter"
        ),
        sources=("mckenna2022", "mckenna2019", "bun2016", "canonne2020", "cesar2021"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "the guarantee holds whatever the attacker knows; publish the list of tables and "
                "what was measured, because other relations are products of these"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "for analyses whose tables were on the list; the more is asked for, the less of "
                "the budget falls to each"
            ),
            UseCase.EDUCATION: fit(
                "safe to hand out, with the strongest relations in it; say that answers differ "
                "from the original's"
            ),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "right format, levels and ranges; dp_marginals or mst give as much for less work"
            ),
        },
        capabilities=Capabilities(
            panel=True, missing=True, keeps_missing_rates=True, formal_privacy=True
        ),
        weaknesses=(
            "Tables that are on nobody's list are right only as far as the measured ones imply "
            "them {cite:p}`mckenna2022`.",
            "Rules and structural zeros are not kept, because noise also falls on empty cells.",
            "The model may hold `max_cells` numbers at most, so with many levels tables of three "
            "variables are left out even where they matter.",
            "A small budget is lost on choices: for 12 variables of 10,000 records of Adult with a "
            "delta of 1e-5, mst was closer in pairs at epsilon 0.1, equal at 0.3, and worse from 1 "
            "on; without delta mst was closer up to 0.3, equal at 1, and worse at 3.",
            "Each round fits the model again: seconds to minutes, where mst needs a tenth of a "
            "second.",
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
class Aim(PrivateTables):
    """One-way tables, then the worst table of a workload, measured and fitted, round by round.

    `workload` lists the tables that matter, by the names of their variables, or says how many
    variables each has: 2 is all pairs, 3 all triples. Tables and their parts are candidates as
    long as the model holds at most `max_cells` numbers, and fewer in the first rounds. Without
    `delta` the claim is pure epsilon and noise is geometric; with it the accounting is zCDP and
    noise is discrete Gaussian. Numeric variables are cut into `bins` of equal width over their
    public bounds. `n_public` says that the number of units is no secret; otherwise it is measured
    with noise and paid for. At most `max_rows` rows of a unit count, chosen at random. `secure`
    draws all noise from the system's entropy.
    """

    workload: Workload = 2
    max_cells: int = 100_000

    def __post_init__(self) -> None:
        super().__post_init__()
        check_workload(self.workload)
        if not isinstance(self.max_cells, int) or self.max_cells < 1:
            raise GuideError(f"max_cells={self.max_cells!r} is not a whole number of at least 1")

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Measure the noisy tables and fit the model to them; no record is kept."""
        cells = self._open(data, rng)
        self._tables = tables_of(self.workload, [c.variable.name for c in cells])
        share = FIRST if any(len(table) > 1 for table in self._tables) else 1.0
        first = equal_share(self._till.budget * CAUTION * share, max(len(cells) + self._sized, 1))
        codes = self._count(cells, data, rng, first)
        self.default_size_ = self._default_size()
        self._margins_: dict[Scope, Margin] = {(i,): self._own(i) for i in range(len(cells))}
        self.measured_: list[tuple[str, ...]] = []
        if cells:
            self._model(None)
            if share < 1:
                self._rounds(codes, rng)
        return self._close(data)

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` units; this is post-processing and costs nothing."""
        sizes = self._sizes(n, rng)
        groups = self.model_.draw(int(sizes.sum()), rng) if self.axes_ else []
        margins = [self.model_.counts((i,)) for i in range(len(self.axes_))]
        return self._file(sizes, groups, margins, rng)

    def _own(self, i: int) -> Margin:
        counts, cells = self.axes_[i].direct()
        return Margin(counts, cells * self.axes_[i].variance)

    def _model(self, before: GraphicalModel | None) -> None:
        """Fit the model to all that was measured, from where the one before ended."""
        shape = [axis.size for axis in self.axes_]
        self.model_ = GraphicalModel(shape, self._margins_, self._total())
        self.model_.fit(before.parameters if before else None)

    def _rounds(self, codes: list[np.ndarray], rng: np.random.Generator) -> None:
        """Choose, measure and fit until the budget is spent.

        A round whose table moved the model by less than the noise was measured too finely for
        what is left to find: the next ones pay for half the noise.
        """
        weights = weights_of(self._tables)
        truth = {s: self._counted(s, codes) for s in weights if self._cells(s) <= self.max_cells}
        ledger, whole = self._till.ledger, self._till.budget * CAUTION
        price = (whole - ledger.spent) / (ROUNDS * len(codes))
        dearer = 4 if ledger.concentrated else 2
        while truth and (left := whole - ledger.spent) > 1e-9 * whole:
            price = left if left < 2 * price else price
            room = {s: weights[s] for s in self._fitting(list(truth), (whole - left) / whole)}
            scope = self._choose(truth, room, price, rng)
            before = self.model_
            old = self._expected(before, scope, rng)
            self._measure(scope, truth[scope], price)
            self._model(before)
            moved = np.abs(self.model_.counts(scope) - old).sum()
            if moved <= self._mean_noise(price) * old.size:
                price *= dearer

    def _fitting(self, scopes: list[Scope], spent: float) -> list[Scope]:
        """Return the tables that the model has room for; more room as the budget is spent."""
        shape = [axis.size for axis in self.axes_]
        held = list(self._margins_)
        room = max(spent * self.max_cells, tree_size(shape, held))
        return [
            s
            for s in scopes
            if self.model_.holds(s)
            or (self._cells(s) <= room and tree_size(shape, [*held, s]) <= room)
        ]

    def _choose(
        self,
        truth: dict[Scope, np.ndarray],
        weights: dict[Scope, float],
        price: float,
        rng: np.random.Generator,
    ) -> Scope:
        # A score is w (sum |n - e| - c), n the true and e the model's counts of a table, w its
        # weight and c the noise that measuring it would bring. The model, the weights and c do not
        # look at the records except through what is already paid for, so they are constants for
        # both neighbours. One unit more or less changes the n by at most max_rows in all, so by
        # the triangle inequality the score by at most w max_rows. The greatest weight is the
        # sensitivity of all.
        apart = not all(self.model_.holds(scope) for scope in weights)
        drawn = self.model_.draw(DRAWS, rng) if apart else None
        scores = []
        for scope, weight in weights.items():
            expected = self._expected(self.model_, scope, rng, drawn)
            gap = float(np.abs(truth[scope] - expected).sum())
            scores.append(weight * (gap - self._mean_noise(MEASURED * price) * expected.size))
        place = self._till.choose(
            f"choice {len(self.measured_) + 1}",
            scores,
            price=(1 - MEASURED) * price,
            sensitivity=max(weights.values()) * self.max_rows,
        )
        return list(weights)[place]

    def _measure(self, scope: Scope, counts: np.ndarray, price: float) -> None:
        paid = MEASURED * price
        names = tuple(self.axes_[i].name for i in scope)
        found = self._till.measure(
            " x ".join(names), counts.ravel(), price=paid, sensitivity=self.max_rows
        ).reshape(counts.shape)
        variance = np.full(counts.shape, self._till.variance(paid, self.max_rows))
        known = self._margins_.get(scope)
        self._margins_[scope] = (
            known.with_another(found, variance) if known else Margin(found, variance)
        )
        self.measured_.append(names)

    def _expected(
        self,
        model: GraphicalModel,
        scope: Scope,
        rng: np.random.Generator,
        drawn: list[np.ndarray] | None = None,
    ) -> np.ndarray:
        """Return the model's counts of a table, from a large draw where it is in several blocks."""
        if model.holds(scope):
            return model.counts(scope)
        drawn = model.draw(DRAWS, rng) if drawn is None else drawn
        return self._counted(scope, drawn) * (model.total / DRAWS)

    def _counted(self, scope: Scope, codes: list[np.ndarray]) -> np.ndarray:
        shape = tuple(self.axes_[i].size for i in scope)
        flat = np.ravel_multi_index(tuple(codes[i] for i in scope), shape)
        return np.bincount(flat, minlength=math.prod(shape)).reshape(shape)

    def _cells(self, scope: Scope) -> int:
        return math.prod(self.axes_[i].size for i in scope)

    def _mean_noise(self, price: float) -> float:
        """Return how far, on average, noise at this price moves one cell."""
        return math.sqrt(2 / math.pi * self._till.variance(price, self.max_rows))

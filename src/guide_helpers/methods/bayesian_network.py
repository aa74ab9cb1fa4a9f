"""Bayesian network: each variable given a few others, found by greedy search."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
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

Parents = tuple[int, ...]
SCORES = ("bic", "aic")
GAIN = 1e-6
"""Smaller gains are rounding errors."""


@card(
    MethodCard(
        title="Bayesian network",
        summary=(
            "Finds for each variable the few others that tell most about it, without circles, "
            "counts it given them, and draws records along these links."
        ),
        family="graphical model",
        origin=("young2009",),
        inputs="the records of one table, counted over levels and bins",
        sources=("young2009", "schwarz1978", "chow1968"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "the tables it draws from can be listed and checked, but they hold small counts "
                "and there is no formal guarantee: assess the risk, use few parents and bins"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "relations along the links are kept, all others only as far as they follow from "
                "them; read `structure` before an analysis"
            ),
            UseCase.EDUCATION: conditional(
                "the picture of the links teaches by itself; after a risk check, with rare levels "
                "recoded"
            ),
            UseCase.TESTING_TECHNOLOGY: unfit(
                "a test of systems does not justify tables of real people; dummy data do the job"
            ),
        },
        capabilities=Capabilities(
            missing=True,
            keeps_missing_rates=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime"),
        ),
        weaknesses=(
            "Relations that no link stands for are only as strong as the links between imply.",
            "Numbers are drawn within bins, independently of all else: relations of numbers are "
            "as coarse as the bins, and sums or ratios of columns are lost.",
            "Rare levels come back at their rate, and a rare combination of a variable and its "
            "parents is that of real people.",
            "The search is greedy: it misses a relation of three variables that no pair shows, "
            "another order of steps may find another network, and arrows are no causes.",
            "Each combination of parents must pay for all levels of the variable, so one of very "
            "many levels gets and gives few links.",
            "What a network says and discloses depends on its prior, which makes it hard to run "
            "without an expert's look {cite:p}`young2009`.",
            "Rules and structural zeros are kept only within a variable and its parents, and "
            "there up to the prior.",
            "Survey weights are drawn like any other number, not used.",
        ),
    )
)
@dataclass
class BayesianNetwork:
    """Count each variable given its parents and draw along the arrows.

    The search starts without arrows and adds, drops or turns the one that raises the criterion
    most, as long as one does; no variable gets more than `parents`, and no circle arises.

    Parameters
    ----------
    parents
        Most parents of a variable.
    bins
        Bins of about equal numbers of records of each numeric column. A value with more records
        than a bin should hold stands alone; missing values and special codes are cells.
    score
        What each share to be learnt must gain in log-likelihood: "bic", half the logarithm of
        the number of records (Schwarz 1978), or "aic", one. Combinations of parents that nobody
        has are not counted.
    prior
        Weight in records that each combination of parents gives to the variable's own margin.
    least
        Quantities that fewer records share are smoothed over so many records.

    References
    ----------
    Young, Graham and Penny (2009), Journal of Official Statistics 25
    """

    parents: int = 3
    bins: int = 10
    score: str = "bic"
    prior: float = 1.0
    least: int = 10

    def __post_init__(self) -> None:
        check_whole(parents=(self.parents, 0), bins=(self.bins, 1), least=(self.least, 2))
        check_amounts(prior=self.prior)
        if self.score not in SCORES:
            raise GuideError(f"no score {self.score!r}; known: {', '.join(SCORES)}")

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Find the arrows and count each variable given its parents."""
        table = BinnedTable.of(data, self.bins, self.least, rng)
        columns = list(table.columns.values())
        codes, counts = [c.codes for c in columns], [c.count for c in columns]
        price = math.log(len(data)) / 2 if self.score == "bic" else 1.0
        scores = _Scores(codes, counts, price)
        self.network_ = _search(scores, len(columns), self.parents)
        self.gains_ = [scores(v, p) - scores(v, ()) for v, p in enumerate(self.network_)]
        self.tables_ = [_Conditional.of(codes, counts, v, p) for v, p in enumerate(self.network_)]
        self.table_ = table.without_codes()
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` records, parents first."""
        drawn: dict[int, np.ndarray] = {}
        for v in _order(self.network_):
            drawn[v] = self.tables_[v].draw(drawn, n, self.prior, rng)
        cells = [drawn[v] for v in range(len(drawn))]
        return assemble(self.table_.empty, self.table_.values(cells, rng), n)

    def structure(self) -> pd.DataFrame:
        """Return one line a variable, in the order of drawing: its parents and what they tell.

        `gain` is what the parents raise the criterion by, in units of log-likelihood, and
        `combinations` how many of parents and variable occur.
        """
        names = self.table_.names
        lines = [
            (
                names[v],
                ", ".join(names[p] for p in self.network_[v]),
                round(self.gains_[v], 1),
                len(self.tables_[v].cells),
            )
            for v in _order(self.network_)
        ]
        frame = pd.DataFrame(lines, columns=["variable", "parents", "gain", "combinations"])
        return frame.set_index("variable")


@dataclass
class _Scores:
    """The criterion of a variable given its parents, each counted once."""

    codes: list[np.ndarray]
    counts: list[int]
    price: float

    def __post_init__(self) -> None:
        self.known: dict[tuple[int, Parents], float] = {}

    def __call__(self, v: int, parents: Parents) -> float:
        if (v, parents) not in self.known:
            self.known[v, parents] = self._score(v, parents)
        return self.known[v, parents]

    def _score(self, v: int, parents: Parents) -> float:
        group = self._group(parents)
        both, _ = _log_sum(group * self.counts[v] + self.codes[v])
        alone, combinations = _log_sum(group)
        return both - alone - self.price * combinations * (self.counts[v] - 1)

    def _group(self, parents: Parents) -> np.ndarray:
        codes, counts = [self.codes[p] for p in parents], tuple(self.counts[p] for p in parents)
        n = len(self.codes[0])
        few = math.prod(counts) <= n
        return _combination(codes, counts, n) if few else joint(codes, list(counts), n)[0]


def _log_sum(cells: np.ndarray) -> tuple[float, int]:
    """Return the sum of c log c over the counts of cells, and how many cells have records."""
    most = int(cells.max()) + 1
    many = most > 4 * len(cells) + 1_000
    counts = np.unique(cells, return_counts=True)[1] if many else np.bincount(cells)
    some = counts[counts > 0]
    return float((some * np.log(some)).sum()), len(some)


def _search(score: _Scores, variables: int, most: int) -> list[Parents]:
    """Return the parents of each variable after the steps that raise the criterion most."""
    network: list[Parents] = [()] * variables
    while True:
        steps = list(_steps(score, network, most))
        gain, change = max(steps, key=lambda s: s[0], default=(0.0, {}))
        if gain <= GAIN:
            return network
        network = [change.get(v, p) for v, p in enumerate(network)]


def _steps(
    score: _Scores, network: list[Parents], most: int
) -> Iterator[tuple[float, dict[int, Parents]]]:
    """Yield what each arrow that can be added, dropped or turned gains, and the new parents."""
    reach = _reach(network)
    for v, parents in enumerate(network):
        now = score(v, parents)
        for u in range(len(network)):
            if u in parents:
                rest = tuple(p for p in parents if p != u)
                loss = score(v, rest) - now
                yield loss, {v: rest}
                around = any(reach[u, w] for w in rest)
                if len(network[u]) < most and not around:
                    turned = tuple(sorted((*network[u], v)))
                    gain = score(u, turned) - score(u, network[u])
                    yield loss + gain, {v: rest, u: turned}
            elif len(parents) < most and not reach[v, u]:
                wider = tuple(sorted((*parents, u)))
                yield score(v, wider) - now, {v: wider}


def _reach(network: list[Parents]) -> np.ndarray:
    """Return whether a way along arrows leads from one to another; each reaches itself."""
    reach = np.eye(len(network), dtype=bool)
    for v in _order(network):
        for p in network[v]:
            reach[:, v] |= reach[:, p]
    return reach


def _order(network: list[Parents]) -> list[int]:
    """Return the variables with parents before their children."""
    order: list[int] = []
    while len(order) < len(network):
        order += [v for v, p in enumerate(network) if v not in order and all(u in order for u in p)]
    return order


@dataclass(frozen=True)
class _Conditional:
    """How often each cell of a variable occurs with each combination of its parents."""

    parents: Parents
    widths: tuple[int, ...]
    count: int
    cells: np.ndarray
    """Combination of parents times `count` plus the cell, for those that occur, in order."""
    upto: np.ndarray
    margin: np.ndarray

    @classmethod
    def of(
        cls, codes: list[np.ndarray], counts: list[int], v: int, parents: Parents
    ) -> _Conditional:
        """Count a variable given its parents."""
        widths = tuple(counts[p] for p in parents)
        given = _combination([codes[p] for p in parents], widths, len(codes[v]))
        cells, times = np.unique(given * counts[v] + codes[v], return_counts=True)
        margin = np.cumsum(np.bincount(codes[v], minlength=counts[v]))
        upto = np.concatenate([[0], np.cumsum(times)])
        return cls(parents, widths, counts[v], cells, upto, margin)

    def draw(
        self, drawn: Mapping[int, np.ndarray], n: int, prior: float, rng: np.random.Generator
    ) -> np.ndarray:
        """Return a cell for each record, given those of its parents."""
        given = _combination([drawn[p] for p in self.parents], self.widths, n)
        start, end = (
            self.upto[np.searchsorted(self.cells, (given + i) * self.count)] for i in (0, 1)
        )
        alone = rng.random(n) * (end - start + prior) >= end - start
        place = start + rng.random(n) * (end - start)
        inside = np.searchsorted(self.upto, place, side="right") - 1
        inside = np.clip(inside, 0, len(self.cells) - 1)
        from_margin = np.searchsorted(self.margin, rng.random(n) * self.margin[-1], side="right")
        return np.asarray(np.where(alone, from_margin, self.cells[inside] % self.count))


def _combination(codes: list[np.ndarray], widths: tuple[int, ...], n: int) -> np.ndarray:
    found = np.zeros(n, dtype=np.int64)
    for column, width in zip(codes, widths, strict=True):
        found = found * width + column
    return found

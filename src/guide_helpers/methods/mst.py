"""Maximum spanning tree: noisy tables of the pairs that matter most, joined to one tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
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
from guide_helpers.methods._accounting import equal_share
from guide_helpers.methods._consistency import onto_margins, onto_total, weighted_mean
from guide_helpers.methods._counting import MAX_CELLS
from guide_helpers.methods._pairs import counted, distance, follow, top_down
from guide_helpers.methods._private import CAUTION, PrivateTables, check_split
from guide_helpers.schema import Dataset


@card(
    MethodCard(
        title="Maximum spanning tree with a privacy budget",
        summary=(
            "Measures every variable and the pairs that depend most on each other, one tree of "
            "pairs in all, with noise, makes the tables agree, and draws rows along the tree."
        ),
        family="differential privacy, marginals",
        origin=("mckenna2021",),
        inputs="the records of one table or panel, counted over public levels and bins",
        sources=(
            "mckenna2021",
            "mcsherry2007",
            "chow1968",
            "dwork2006",
            "holohan2019",
            "bun2016",
            "canonne2020",
            "cesar2021",
        ),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "the guarantee holds whatever the attacker knows; users must be told which pairs "
                "were measured, because all other relations are products of these"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "for tables and models of the measured pairs; interactions of three variables "
                "are not in the file"
            ),
            UseCase.EDUCATION: fit(
                "safe to hand out, with the strongest relations in it; say that answers differ "
                "from the original's"
            ),
            UseCase.TESTING_TECHNOLOGY: fit(
                "right format, levels and ranges, with a guarantee that needs no further check"
            ),
        },
        capabilities=Capabilities(
            panel=True, missing=True, keeps_missing_rates=True, formal_privacy=True
        ),
        weaknesses=(
            "Only the pairs in the tree keep their table; other pairs are related through the "
            "tree alone, and no interaction of three variables survives {cite:p}`mckenna2021`.",
            "Rules and structural zeros are not kept, because noise also falls on empty cells.",
            "A small budget is spread thin: for 12 variables of 10,000 records of Adult without "
            "delta, counting one by one (dp_marginals) was closer in pairs at epsilon 0.1, about "
            "equal at 0.3, and worse from 1 on; with a delta of 1e-5 mst was closer at all three.",
            "At a large epsilon members of the file can be told from others: the guarantee is as "
            "strong as its epsilon, no stronger {cite:p}`golob2024`.",
            "Cells that do not stand out of the noise are pooled: rare levels keep their "
            "approximate share, but no relation of their own.",
            "Quantities are uniform within bins of equal width over the public bounds, so wide "
            "bounds with skewed values give coarse shapes.",
            "The rows of one unit are independent of each other; no order in time survives.",
            "The budget is that of one run: two releases from the same records add up, and "
            "nobody but the office can add them {cite:p}`dwork2006`.",
            "Choices, and noise without delta, come from floating-point arithmetic on 53 random "
            "bits, which attackers have used against other mechanisms {cite:p}`mironov2012`; "
            "counts stay integers, which closes the known attack. Noise with delta is exact.",
        ),
        implementation="guide_helpers, with the mechanisms and the accountant of diffprivlib 0.6.6",
        licence="Apache-2.0; diffprivlib is MIT",
        requires=("diffprivlib",),
    )
)
@dataclass
class Mst(PrivateTables):
    """One-way tables, a tree of pairs chosen in private, their two-way tables, rows from these.

    `split` shares the budget among one-way tables, the choice of pairs and two-way tables, in
    proportion. Without `delta` the claim is pure epsilon and noise is geometric; with it the
    accounting is zCDP and noise is discrete Gaussian. Numeric variables are cut into `bins` of
    equal width over their public bounds. `n_public` says that the number of units is no secret;
    otherwise it is measured with noise and paid for. At most `max_rows` rows of a unit count,
    chosen at random. `secure` draws all noise from the system's entropy.
    """

    split: tuple[float, float, float] = (4, 1, 5)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_split(self.split, "one-way tables, the choice of pairs and two-way tables")

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Measure the noisy tables; no record is kept."""
        cells = self._open(data, rng)
        self._plan(len(cells))
        codes = self._count(cells, data, rng, self._first)
        self.tables_ = {(i, j): self._pair(i, j, codes) for i, j in self._tree(codes)}
        self._agree()
        return self._close(data)

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` units; this is post-processing and costs nothing."""
        sizes = self._sizes(n, rng)
        total = int(sizes.sum())
        groups: dict[int, np.ndarray] = {}
        for child, parent in self.order_:
            if parent is None:
                groups[child] = follow(self.margins_[child][None], np.zeros(total, int), rng)
            else:
                groups[child] = follow(self._given(parent, child), groups[parent], rng)
        return self._file(sizes, [groups[i] for i in range(len(groups))], self.margins_, rng)

    @property
    def pairs_(self) -> tuple[tuple[str, str], ...]:
        """Names of the pairs that were measured."""
        return tuple((self.axes_[i].name, self.axes_[j].name) for i, j in self.tables_)

    def _plan(self, variables: int) -> None:
        """Set the price of one table, one choice and one table of a pair."""
        edges = max(variables - 1, 0)
        shares = np.array(self.split if edges else (1, 0, 0))
        parts = (self._till.budget * CAUTION * shares / shares.sum()).tolist()
        self._first = equal_share(parts[0], max(variables + self._sized, 1))
        self._choice, self._two_way = (equal_share(p, max(edges, 1)) for p in parts[1:])

    def _tree(self, codes: list[np.ndarray]) -> Iterator[tuple[int, int]]:
        """Yield pairs that join all variables, each chosen by the exponential mechanism."""
        margins = self._margins()
        sizes = [axis.size for axis in self.axes_]
        scores = {
            (i, j): distance(
                counted(codes[i], codes[j], (sizes[i], sizes[j])), margins[i], margins[j]
            )
            for i, j in combinations(range(len(codes)), 2)
            if sizes[i] * sizes[j] <= MAX_CELLS
        }
        part = list(range(len(codes)))
        while open_pairs := [(i, j) for i, j in scores if part[i] != part[j]]:
            which = f"choice of pair {len(codes) + 1 - len(set(part))}"
            i, j = open_pairs[self._choose([scores[pair] for pair in open_pairs], which)]
            part = [part[i] if p == part[j] else p for p in part]
            yield i, j

    def _choose(self, scores: list[float], which: str) -> int:
        # A score is the sum of |n - e| over the cells of a pair, n the true and e the expected
        # counts. The e come from noisy tables that are already paid for (and from the number of
        # units where it is public), so they are the same constants for both neighbours. One unit
        # more or less changes the n by at most max_rows in all, and by the triangle inequality
        # the score by no more; a unit whose rows fall into a cell with n >= e does change it by
        # that, so max_rows is the sensitivity. Scores rise or fall, so the monotonic form of the
        # mechanism, at half the price, is not for us.
        return self._till.choose(which, scores, price=self._choice, sensitivity=self.max_rows)

    def _pair(self, i: int, j: int, codes: list[np.ndarray]) -> np.ndarray:
        shape = (self.axes_[i].size, self.axes_[j].size)
        found = self._till.measure(
            f"{self.axes_[i].name} x {self.axes_[j].name}",
            counted(codes[i], codes[j], shape).ravel(),
            price=self._two_way,
            sensitivity=self.max_rows,
        )
        return found.reshape(shape)

    def _agree(self) -> None:
        """Make the tables agree on their margins, and set the order in which they are drawn."""
        total = np.array([self._total()])
        self.default_size_ = self._default_size()
        self.margins_ = [
            onto_total(self._margin(i)[None], total)[0] for i in range(len(self.axes_))
        ]
        self.tables_ = {
            (i, j): onto_margins(table, self.margins_[i], self.margins_[j])
            for (i, j), table in self.tables_.items()
        }
        self.order_ = top_down(len(self.axes_), list(self.tables_))

    def _margin(self, i: int) -> np.ndarray:
        """Return the counts of a variable's groups, from its own table and those of its pairs."""
        direct, cells = self.axes_[i].direct()
        estimates = [direct]
        variances = [cells * self.axes_[i].variance]
        for pair, table in self.tables_.items():
            if i in pair:
                axis = pair.index(i)
                each = self._till.variance(self._two_way, self.max_rows)
                estimates.append(table.sum(axis=1 - axis))
                variances.append(np.full(len(direct), each * table.shape[1 - axis]))
        return weighted_mean(estimates, variances)

    def _given(self, parent: int, child: int) -> np.ndarray:
        """Return the table with the parent's groups as rows; the child's margin where empty."""
        found = self.tables_.get((parent, child))
        table = self.tables_[child, parent].T if found is None else found
        return np.where(table.sum(axis=1, keepdims=True) > 0, table, self.margins_[child])

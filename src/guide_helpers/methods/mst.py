"""Maximum spanning tree: noisy tables of the pairs that matter most, joined to one tree."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
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
)
from guide_helpers.errors import GuideError
from guide_helpers.methods._accounting import equal_share
from guide_helpers.methods._axes import Axis
from guide_helpers.methods._cells import Cells
from guide_helpers.methods._consistency import onto_margins, onto_total, weighted_mean
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
from guide_helpers.methods._noise import chosen, geometric_variance
from guide_helpers.methods._pairs import counted, distance, follow, top_down
from guide_helpers.schema import Dataset

CAUTION = 1 - 1e-12
"""The share of the budget that is planned, so that rounding never asks for more than all."""


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
        sources=("mckenna2021", "mcsherry2007", "chow1968", "dwork2006", "holohan2019"),
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
            "A small budget is spread thin: for 12 variables of 10,000 records of Adult, "
            "counting one by one (dp_marginals) was closer in pairs at epsilon 0.1, equal at 0.3, "
            "and worse from 1 on.",
            "At a large epsilon members of the file can be told from others: the guarantee is as "
            "strong as its epsilon, no stronger {cite:p}`golob2024`.",
            "Cells that do not stand out of the noise are pooled: rare levels keep their "
            "approximate share, but no relation of their own.",
            "Quantities are uniform within bins of equal width over the public bounds, so wide "
            "bounds with skewed values give coarse shapes.",
            "The rows of one unit are independent of each other; no order in time survives.",
            "The budget is that of one run: two releases from the same records add up, and "
            "nobody but the office can add them {cite:p}`dwork2006`.",
            "Noise and choices come from floating-point arithmetic on 53 random bits, which "
            "attackers have used against other mechanisms {cite:p}`mironov2012`; counts stay "
            "integers, which closes the known attack.",
        ),
        implementation="guide_helpers, with the mechanisms and the accountant of diffprivlib 0.6.6",
        licence="Apache-2.0; diffprivlib is MIT",
        requires=("diffprivlib",),
    )
)
@dataclass
class Mst:
    """One-way tables, a tree of pairs chosen in private, their two-way tables, rows from these.

    `split` shares the budget among one-way tables, the choice of pairs and two-way tables, in
    proportion. Numeric variables are cut into `bins` of equal width over their public bounds.
    `n_public` says that the number of units is no secret; otherwise it is measured with noise
    and paid for. At most `max_rows` rows of a unit count, chosen at random. `secure` draws all
    noise from the system's entropy.
    """

    epsilon: float = 1.0
    bins: int = 20
    split: tuple[float, float, float] = (4, 1, 5)
    n_public: bool = False
    max_rows: int = 1
    secure: bool = False

    def __post_init__(self) -> None:
        check_budget(self.epsilon, bins=self.bins, max_rows=self.max_rows)
        shares = self.split
        numbers = isinstance(shares, tuple | list) and all(
            isinstance(share, int | float) and 0 < share < math.inf for share in shares
        )
        if not numbers or len(shares) != 3:
            raise GuideError(
                f"split={shares!r} is not three positive numbers: for one-way tables, for the "
                "choice of pairs and for two-way tables"
            )

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Measure the noisy tables; no record is kept."""
        check_units(data, self.max_rows)
        variables = [v for v in data.schema.modelled if v.name != data.entity]
        self._till = Till(self.epsilon, None if self.secure else rng)
        self._plan(len(variables))
        rows = bounded_rows(data, self.max_rows, rng)
        self.units_by_rows_ = self._units(data)
        self.axes_ = [self._axis(Cells(v, self.bins), rows) for v in variables]
        codes = [axis.group[axis.cells.encode(rows[axis.name])] for axis in self.axes_]
        self.tables_ = {(i, j): self._pair(i, j, codes) for i, j in self._tree(codes)}
        self._agree()
        self.empty_ = data.with_rows(data.rows.iloc[:0])
        self.privacy_ = self._till.loss(data, n_public=self.n_public, max_rows=self.max_rows)
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` units; this is post-processing and costs nothing."""
        sizes = 1 + draw(np.maximum(self.units_by_rows_, 0), n, rng)
        total = int(sizes.sum())
        groups: dict[int, np.ndarray] = {}
        for child, parent in self.order_:
            if parent is None:
                groups[child] = draw(self.margins_[child], total, rng)
            else:
                groups[child] = follow(self._given(parent, child), groups[parent], rng)
        columns = {}
        for i, axis in enumerate(self.axes_):
            cells = axis.open(groups[i], self.margins_[i][-1], rng)
            columns[axis.name] = axis.cells.decode(cells, rng)
        return file_of(self.empty_, sizes, columns)

    @property
    def pairs_(self) -> tuple[tuple[str, str], ...]:
        """Names of the pairs that were measured."""
        return tuple((self.axes_[i].name, self.axes_[j].name) for i, j in self.tables_)

    @property
    def _sized(self) -> bool:
        """Whether the number of units, or of their rows, must be measured."""
        return not self.n_public or self.max_rows > 1

    def _plan(self, variables: int) -> None:
        """Set the price of one table, one choice and one table of a pair."""
        edges = max(variables - 1, 0)
        shares = np.array(self.split if edges else (1, 0, 0))
        parts = (self.epsilon * CAUTION * shares / shares.sum()).tolist()
        self._one_way = equal_share(parts[0], max(variables + self._sized, 1))
        self._choice, self._two_way = (equal_share(p, max(edges, 1)) for p in parts[1:])

    def _units(self, data: Dataset) -> np.ndarray:
        counts = units_by_rows(data, self.max_rows)
        if not self._sized:
            return counts
        what = "number of units" if self.max_rows == 1 else "units by number of rows"
        return self._till.measure(what, counts, epsilon=self._one_way, sensitivity=1)

    def _axis(self, cells: Cells, rows: pd.DataFrame) -> Axis:
        name = cells.variable.name
        if cells.count > MAX_CELLS:
            raise GuideError(f"column {name!r} has more than {MAX_CELLS:,} cells; use fewer bins")
        counts = np.bincount(cells.encode(rows[name]), minlength=cells.count)
        found = self._till.measure(name, counts, epsilon=self._one_way, sensitivity=self.max_rows)
        return Axis.of(cells, found, self._one_way / self.max_rows)

    def _tree(self, codes: list[np.ndarray]) -> Iterator[tuple[int, int]]:
        """Yield pairs that join all variables, each chosen by the exponential mechanism."""
        total = self._total()
        margins = [onto_total(a.direct()[0][None], np.array([total]))[0] for a in self.axes_]
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
        self._till.ledger.spend(which, self._choice)
        return chosen(scores, epsilon=self._choice, sensitivity=self.max_rows, rng=self._till.rng)

    def _pair(self, i: int, j: int, codes: list[np.ndarray]) -> np.ndarray:
        shape = (self.axes_[i].size, self.axes_[j].size)
        found = self._till.measure(
            f"{self.axes_[i].name} x {self.axes_[j].name}",
            counted(codes[i], codes[j], shape).ravel(),
            epsilon=self._two_way,
            sensitivity=self.max_rows,
        )
        return found.reshape(shape)

    def _total(self) -> float:
        """Return the number of rows that count, from all tables that were measured so far."""
        rows = np.arange(1, self.max_rows + 1)
        known = float(rows @ self.units_by_rows_)
        if not self._sized:
            return known
        each = geometric_variance(self._one_way / self.max_rows)
        estimates = [known, *(float(axis.counts.sum()) for axis in self.axes_)]
        variances = [float(rows @ rows) * geometric_variance(self._one_way)]
        variances += [axis.cells.count * each for axis in self.axes_]
        return max(1.0, float(np.average(estimates, weights=1 / np.array(variances))))

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

    def _default_size(self) -> int:
        units = int(np.maximum(self.units_by_rows_, 0).sum())
        if self._sized and self.max_rows == 1:
            units = round(self._total())
        return max(1, units)

    def _margin(self, i: int) -> np.ndarray:
        """Return the counts of a variable's groups, from its own table and those of its pairs."""
        direct, cells = self.axes_[i].direct()
        estimates = [direct]
        variances = [cells * geometric_variance(self._one_way / self.max_rows)]
        for pair, table in self.tables_.items():
            if i in pair:
                axis = pair.index(i)
                estimates.append(table.sum(axis=1 - axis))
                each = geometric_variance(self._two_way / self.max_rows)
                variances.append(np.full(len(direct), each * table.shape[1 - axis]))
        return weighted_mean(estimates, variances)

    def _given(self, parent: int, child: int) -> np.ndarray:
        """Return the table with the parent's groups as rows; the child's margin where empty."""
        found = self.tables_.get((parent, child))
        table = self.tables_[child, parent].T if found is None else found
        return np.where(table.sum(axis=1, keepdims=True) > 0, table, self.margins_[child])

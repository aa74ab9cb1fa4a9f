"""PrivBayes: a Bayesian network chosen in private, its tables with noise, rows from these."""

from __future__ import annotations

import math
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
from guide_helpers.errors import GuideError
from guide_helpers.methods._accounting import equal_share
from guide_helpers.methods._consistency import onto_total
from guide_helpers.methods._counting import MAX_CELLS
from guide_helpers.methods._pairs import follow
from guide_helpers.methods._private import CAUTION, PrivateTables, check_split
from guide_helpers.schema import Dataset

Family = tuple[int, tuple[int, ...]]
"""A variable and its parents."""
CANDIDATES = 5_000
"""Most families that one choice looks at; beyond, parents are drawn at random."""


@card(
    MethodCard(
        title="PrivBayes",
        summary=(
            "Builds a Bayesian network of a few parents a variable, chosen in private, measures "
            "each variable's table with its parents with noise, and draws rows along the network."
        ),
        family="differential privacy, marginals",
        origin=("zhang2017",),
        inputs="the records of one table or panel, counted over public levels and bins",
        sources=("zhang2017", "mcsherry2007", "dwork2006", "holohan2019", "bun2016", "cesar2021"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "the guarantee holds whatever the attacker knows; publish the network, because "
                "relations that are not in it are lost"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "for models of a variable and its parents in the network; interactions of more "
                "variables than the degree plus one are not in the file"
            ),
            UseCase.EDUCATION: fit(
                "safe to hand out, with a network that can be shown and explained; say that "
                "answers differ from the original's"
            ),
            UseCase.TESTING_TECHNOLOGY: fit(
                "right format, levels and ranges, with a guarantee that needs no further check"
            ),
        },
        capabilities=Capabilities(
            panel=True, missing=True, keeps_missing_rates=True, formal_privacy=True
        ),
        weaknesses=(
            "Tables of several parents have many cells and small counts, so a small budget gives "
            "networks of degree 1 or 0, whatever `degree` allows {cite:p}`zhang2017`.",
            "Only a family's table is measured: the margin of a variable is what the tables before "
            "it imply, with all their noise.",
            "Rules and structural zeros are not kept, because noise also falls on empty cells.",
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
class PrivBayes(PrivateTables):
    """One-way tables, a network of few parents chosen in private, noisy tables of its families.

    A variable has at most `degree` parents, and only so many that the mean count of a cell is
    `usefulness` times the noise. `split` shares the budget among one-way tables, the choice of the
    network and the tables of its families, in proportion. Without `delta` the claim is pure
    epsilon and noise is geometric; with it the accounting is zCDP and noise is discrete Gaussian.
    Numeric variables are cut into `bins` of equal width over their public bounds. `n_public` says
    that the number of units is no secret; otherwise it is measured with noise and paid for. At
    most `max_rows` rows of a unit count, chosen at random. `secure` draws all noise from the
    system's entropy.
    """

    degree: int = 2
    usefulness: float = 4.0
    split: tuple[float, float, float] = (2, 3, 5)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.degree, int) or self.degree < 1:
            raise GuideError(f"degree={self.degree!r} is not a whole number of at least 1")
        if not isinstance(self.usefulness, int | float) or not 0 < self.usefulness < math.inf:
            raise GuideError(f"usefulness={self.usefulness!r} is not a positive number; 4 is usual")
        check_split(self.split, "one-way tables, the choice of the network and its tables")

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Choose the network and measure the noisy tables; no record is kept."""
        cells = self._open(data, rng)
        self._plan(len(cells))
        codes = self._count(cells, data, rng, self._first)
        self.default_size_ = self._default_size()
        self.margins_ = self._margins()
        self.families_ = list(self._network(codes, rng))
        self.tables_ = {x: self._table((x, above), codes) for x, above in self.families_ if above}
        return self._close(data)

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` units; this is post-processing and costs nothing."""
        sizes = self._sizes(n, rng)
        total = int(sizes.sum())
        groups: dict[int, np.ndarray] = {}
        for x, above in self.families_:
            table = self.tables_[x] if above else self.margins_[x][None]
            parents = np.zeros(total, dtype=np.int64)
            if above:
                parents = np.ravel_multi_index([groups[p] for p in above], self._shape(above))
            groups[x] = follow(table, parents, rng)
        return self._file(sizes, [groups[i] for i in range(len(groups))], self.margins_, rng)

    @property
    def network_(self) -> dict[str, tuple[str, ...]]:
        """Each variable with its parents, in the order in which they are drawn."""
        names = [axis.name for axis in self.axes_]
        return {names[x]: tuple(names[p] for p in above) for x, above in self.families_}

    def _plan(self, variables: int) -> None:
        """Set the price of one table, one choice and one table of a family."""
        edges = max(variables - 1, 0)
        shares = np.array(self.split if edges else (1, 0, 0))
        parts = (self._till.budget * CAUTION * shares / shares.sum()).tolist()
        self._first = equal_share(parts[0], max(variables + self._sized, 1))
        self._choice, self._family = (equal_share(p, max(edges, 1)) for p in parts[1:])

    def _network(self, codes: list[np.ndarray], rng: np.random.Generator) -> Iterator[Family]:
        """Yield all variables, the first by lot, each with parents among those before it."""
        left = set(range(len(codes)))
        placed: list[int] = []
        scores: dict[Family, float] = {}
        while left:
            families = self._candidates(sorted(left), placed, rng)
            if not placed:
                families = [families[int(rng.integers(len(families)))]]
            else:
                scores |= {f: self._score(f, codes) for f in families if f not in scores}
                families = [families[self._choose([scores[f] for f in families], len(placed))]]
            yield families[0]
            placed.append(families[0][0])
            left.discard(families[0][0])

    def _candidates(
        self, left: list[int], placed: list[int], rng: np.random.Generator
    ) -> list[Family]:
        """Return each variable with its largest sets of parents whose table stays useful."""
        if not placed:
            return [(x, ()) for x in left]
        noise = math.sqrt(2 / math.pi * self._till.variance(self._family, self.max_rows))
        room = min(self._total() / (self.usefulness * noise), MAX_CELLS)
        found: list[Family] = []
        for x in left:
            most = min(self.degree, len(placed))
            largest: list[tuple[int, ...]] = []
            for k in range(most, -1, -1):
                largest += [
                    above
                    for above in combinations(placed, k)
                    if not any(set(above) <= set(held) for held in largest)
                    and (not above or math.prod(self._shape((x, *above))) <= room)
                ]
            found += [(x, above) for above in largest]
        if len(found) > CANDIDATES:
            kept = np.sort(rng.choice(len(found), CANDIDATES, replace=False))
            found = [found[i] for i in kept]
        return found

    def _score(self, family: Family, codes: list[np.ndarray]) -> float:
        """Return how far a variable is from independent of its parents, in records.

        Half of it, over the number of records, is the score R of Zhang et al. (2017), but for the
        variable's own shares, which are taken from its noisy table.
        """
        x, above = family
        if not above:
            return 0.0
        counts = self._counts(family, codes)
        shares = self.margins_[x] / max(self.margins_[x].sum(), 1)
        expected = counts.sum(axis=1, keepdims=True) * shares
        return float(np.abs(counts - expected).sum())

    def _choose(self, scores: list[float], step: int) -> int:
        # A score is the sum of |n(p, x) - n(p) s(x)| over the cells (p, x) of a family, n the true
        # counts and s the noisy shares of the variable, which are already paid for and sum to 1. A
        # row more in cell (p, x) changes n(p, x) by 1, and n(p) s(.) by s(.) in the row of p alone:
        # in cell (p, x) the difference moves by 1 - s(x), in the other cells of p by s(.), so by
        # 2 (1 - s(x)) <= 2 in all. A unit with max_rows rows changes it by at most that often 2.
        return self._till.choose(
            f"choice of family {step}", scores, price=self._choice, sensitivity=2 * self.max_rows
        )

    def _table(self, family: Family, codes: list[np.ndarray]) -> np.ndarray:
        """Return a family's noisy counts, one row for each combination of the parents."""
        x, above = family
        counts = self._counts(family, codes)
        found = self._till.measure(
            f"{self.axes_[x].name} given " + ", ".join(self.axes_[p].name for p in above),
            counts.ravel(),
            price=self._family,
            sensitivity=self.max_rows,
        )
        table = onto_total(found[None].astype(float), np.array([self._total()]))[0]
        table = table.reshape(counts.shape)
        return np.where(table.sum(axis=1, keepdims=True) > 0, table, self.margins_[x])

    def _counts(self, family: Family, codes: list[np.ndarray]) -> np.ndarray:
        x, above = family
        shape = self._shape((*above, x))
        flat = np.ravel_multi_index(tuple(codes[v] for v in (*above, x)), shape)
        return np.bincount(flat, minlength=math.prod(shape)).reshape(-1, shape[-1])

    def _shape(self, variables: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(self.axes_[v].size for v in variables)

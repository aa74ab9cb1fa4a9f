"""Local resampling: each record lies between two real ones that are near to each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

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
from guide_helpers.methods import _parts
from guide_helpers.methods._binned import check_whole
from guide_helpers.methods._frame import assemble
from guide_helpers.methods._neighbours import comparable, nearest
from guide_helpers.methods._smoothing import decimals
from guide_helpers.schema import Dataset, Kind

HEAP = 0.05
"""A value with at least this share of the records is a heap: nothing lies between it and others."""
PLAIN = -1


@card(
    MethodCard(
        title="Local resampling (SMOTE-like)",
        summary=(
            "Picks a record, finds the records nearest to it, and draws a new one between two of "
            "these: numbers on the line, levels from either."
        ),
        family="resampling",
        origin=("chawla2002", "kalay2022"),
        inputs="the records of one table",
        sources=("chawla2002", "kalay2022", "gower1971"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: unfit(
                "every record is a mixture of two real ones, and where people are alike it is "
                "close to both; there is no formal guarantee"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "relations of all kinds are kept, but spreads are too small and outliers are "
                "gone; for users bound by terms of access"
            ),
            UseCase.EDUCATION: conditional(
                "shows well what neighbours are, on public data; teaching files end up public, so "
                "the conditions of a public release apply otherwise"
            ),
            UseCase.TESTING_TECHNOLOGY: unfit(
                "a test of systems does not justify mixtures of real records; dummy data do the job"
            ),
        },
        capabilities=Capabilities(
            missing=True,
            keeps_missing_rates=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime"),
        ),
        weaknesses=(
            "Spreads shrink: no value lies beyond those of two neighbours, and records at the "
            "edge are seldom anybody's neighbours, which protects outliers "
            "{cite:p}`kalay2022` and loses them.",
            "Levels are real ones: all levels of a record may come from one person.",
            "In dense regions the two records are nearly the same, and the new one with them.",
            "Distances treat all columns alike, so that many unimportant ones hide the important "
            "ones.",
            "The cost grows with records times `pool`, as all distances are computed.",
            "Rules, sums and ratios hold only as far as both records share them and a line keeps "
            "them.",
            "Survey weights are drawn like any other number, not used.",
        ),
    )
)
@dataclass
class LocalResampling:
    """Draw between two of the nearest neighbours of a random record, which is itself not used.

    The distance is a sum over columns: the difference of numbers and dates in units of four
    standard deviations, that of the ranks of ordered levels, and 1 for levels, missing values
    and special codes that differ. A value that at least a twentieth of the records share is
    never mixed with others. Where only one of the two records has a value, the new one lies
    between this value and those next to it in the column.

    Parameters
    ----------
    neighbours
        Nearest records from which two are drawn.
    pool
        Neighbours are sought among at most so many records, chosen anew for each copy.
    own
        Draw between the record itself and a neighbour, as SMOTE does (Chawla et al. 2002):
        margins come closer, and outliers come back.
    """

    neighbours: int = 5
    pool: int = 10_000
    own: bool = False

    def __post_init__(self) -> None:
        check_whole(neighbours=(self.neighbours, 2), pool=(self.pool, 3))
        if not isinstance(self.own, bool):
            raise GuideError(f"own={self.own!r} is neither True nor False")
        if self.pool <= self.neighbours:
            raise GuideError(
                f"pool={self.pool} holds no more than neighbours={self.neighbours} records; "
                "raise pool"
            )

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Keep the records and how they compare."""
        if len(data) <= self.neighbours:
            raise GuideError(
                f"{len(data)} records do not have neighbours={self.neighbours} others; take more "
                "records or fewer neighbours"
            )
        self.parts_ = _parts.split(data, rng)
        self.columns_ = comparable(data, self.parts_)
        self.lines_ = {
            name: _Line.of(values, self.parts_[f"{name.partition(':')[0]}:state"], data, name)
            for name, values in self.parts_.items()
            if name.endswith("number")
        }
        self.steps_ = _parts.steps(data)
        # unlike with_rows, this keeps levels that no schema names
        self.empty_ = replace(data, rows=data.rows.iloc[:0].copy())
        self.rows_ = len(data)
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` records."""
        one, two, share = self._pairs(n, rng)
        parts: dict[str, Any] = {}
        for name, values in self.parts_.items():
            chosen = np.where(rng.random(n) < share, two, one)
            if name.endswith("level"):
                parts[name] = values[chosen]
            elif name.endswith("state"):
                number = name.replace("state", "number")
                parts[name] = values[chosen]
                if number in self.lines_:
                    other = one + two - chosen
                    toward = np.where(chosen == two, 1 - share, share)
                    parts[number] = self.lines_[number].draw(chosen, other, toward, rng)
        return assemble(self.empty_, _parts.join(self.empty_, parts, self.steps_), n)

    def _pairs(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return two records near a random one for each new one, and a place between them."""
        record = rng.integers(0, self.rows_, n)
        seeds, which = np.unique(record, return_inverse=True)
        pool = rng.choice(self.rows_, min(self.pool, self.rows_), replace=False)
        near = nearest(self.columns_, seeds, pool, self.neighbours, rng)[which]
        first = rng.integers(0, self.neighbours, n)
        second = (first + rng.integers(1, self.neighbours, n)) % self.neighbours
        rows = np.arange(n)
        one = record if self.own else near[rows, second]
        return one, near[rows, first], rng.random(n)


@dataclass(frozen=True)
class _Line:
    """A quantity, and which of its values stand apart: heaps, and those that are no value."""

    values: np.ndarray
    apart: np.ndarray
    distinct: np.ndarray
    decimals: int | None

    @classmethod
    def of(cls, values: np.ndarray, state: np.ndarray, data: Dataset, name: str) -> _Line:
        distinct, place, counts = np.unique(values, return_inverse=True, return_counts=True)
        known = state == _parts.VALUE
        counts = np.bincount(place[known], minlength=len(distinct))
        heap = counts >= max(HEAP * len(values), 2)
        exact = data.schema.variables[int(name.partition(":")[0])].kind is not Kind.DATETIME
        places = decimals(distinct) if exact else None
        return cls(values, heap[place] | ~known, distinct[(counts > 0) & ~heap], places)

    def draw(
        self, chosen: np.ndarray, other: np.ndarray, toward: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """Return the chosen values, moved towards the others' where both may be mixed."""
        mine, theirs = self.values[chosen], self.values[other]
        moved = mine + toward * (theirs - mine)
        alone = self.apart[other] | (mine == theirs)
        moved[alone] = self._beside(mine[alone], rng)
        if self.decimals is not None:
            moved = np.round(moved, self.decimals)
        return np.asarray(np.where(self.apart[chosen], mine, moved))

    def _beside(self, values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return values between those next to each in the column, where there are others."""
        if len(self.distinct) < 2:
            return values
        place = np.clip(np.searchsorted(self.distinct, values), 0, len(self.distinct) - 1)
        low = self.distinct[np.maximum(place - 1, 0)]
        high = self.distinct[np.minimum(place + 1, len(self.distinct) - 1)]
        middle = self.distinct[place]
        side = rng.random(len(values)) * 2 - 1
        step = np.where(side < 0, middle - low, high - middle)
        return np.asarray(middle + side / 2 * step)

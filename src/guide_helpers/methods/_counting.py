"""Counting with a privacy claim: bounded contributions, paid noise, and what may be said of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.methods._accounting import Ledger
from guide_helpers.methods._frame import assemble, serial
from guide_helpers.methods._noise import noisy
from guide_helpers.results import PrivacyLoss
from guide_helpers.schema import Dataset

MAX_CELLS = 1_000_000
"""More cells in one table would hold noise and little else."""
NOISE_ALONE = 0.001
"""A cell with a missing part counts only above what noise alone gives this often."""
RELATION = "add-or-remove-one"


@dataclass
class Till:
    """Noisy counts, each paid for before it is made; without `rng`, from the system's entropy."""

    budget: float
    rng: np.random.Generator | None
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.budget)

    def measure(
        self, what: str, counts: np.ndarray, *, epsilon: float, sensitivity: int
    ) -> np.ndarray:
        """Return the counts with noise; some may be negative."""
        self.ledger.spend(what, epsilon)
        return noisy(counts, epsilon=epsilon, sensitivity=sensitivity, rng=self.rng)

    def loss(self, data: Dataset, *, n_public: bool, max_rows: int) -> PrivacyLoss:
        """Return what was spent and for whom; only the system's entropy makes it a claim."""
        unit = "one row" if data.entity is None else f"all rows of one {data.entity}"
        kept = "all" if data.entity is None else f"at most {max_rows}, chosen at random"
        claim = f"({self.budget:g}, 0)-differential privacy for {unit}, {RELATION}"
        if n_public:
            # files of one size differ by a replaced unit: one taken out and one put in
            claim += f"; the number of units is public; replace-one: epsilon {2 * self.budget:g}"
        return PrivacyLoss(
            epsilon=self.budget,
            delta=0.0,
            relation=RELATION,
            unit=unit,
            contribution=f"rows of a unit that count: {kept}",
            n_public=n_public,
            accounting="pure epsilon, basic composition",
            ledger=tuple(self.ledger.expenses),
            claim=claim if self.rng is None else "teaching run",
        )


def check_budget(epsilon: float, **whole: int) -> None:
    """Refuse an epsilon that is no positive number, and options that are no whole numbers."""
    if not isinstance(epsilon, int | float) or not 0 < epsilon < math.inf:
        raise GuideError(f"epsilon={epsilon!r} is not a positive number; 1 is usual")
    for name, value in whole.items():
        if not isinstance(value, int) or value < 1:
            raise GuideError(f"{name}={value!r} is not a whole number of at least 1")


def check_units(data: Dataset, max_rows: int) -> None:
    """Refuse a bound on the rows of a unit where there is none, and units that are levels."""
    if max_rows > 1 and data.entity is None:
        raise GuideError(
            f"max_rows={max_rows}, but each row is a unit of its own; leave max_rows out"
        )
    if data.entity is not None and data.schema[data.entity].discrete:
        raise GuideError(f"column {data.entity!r} names units; declare it an identifier")


def bounded_rows(data: Dataset, most: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return at most `most` rows of each unit, chosen at random."""
    units = data.units
    order = rng.permutation(len(units))
    rank = pd.Series(units[order]).groupby(units[order]).cumcount().to_numpy()
    return data.rows.iloc[np.sort(order[rank < most])]


def units_by_rows(data: Dataset, most: int) -> np.ndarray:
    """Return how many units have 1, 2, ... rows that count."""
    per_unit = np.minimum(np.unique(data.units, return_counts=True)[1], most)
    return np.bincount(per_unit - 1, minlength=most)


def exceeded_by_noise(epsilon: float) -> int:
    """Return the value that geometric noise alone exceeds with probability NOISE_ALONE."""
    ratio = math.exp(-epsilon)
    return max(0, math.ceil(math.log(NOISE_ALONE * (1 + ratio)) / -epsilon) - 1)


def draw(counts: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return `n` cells in proportion to their counts; evenly where nothing was counted."""
    weights = counts if counts.sum() else np.ones(len(counts))
    return rng.choice(len(counts), n, p=weights / weights.sum())


def file_of(empty: Dataset, sizes: np.ndarray, columns: dict[str, Any]) -> Dataset:
    """Return the drawn columns as a file whose units have `sizes` rows and fresh numbers."""
    if empty.entity is not None:
        numbers = np.repeat(np.arange(1, len(sizes) + 1), sizes)
        columns[empty.entity] = serial(numbers, empty.schema[empty.entity].kind)
    return assemble(empty, columns, int(sizes.sum()))

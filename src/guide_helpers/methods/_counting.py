"""Counting with a privacy claim: bounded contributions, paid noise, and what may be said of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.intervals import normal_quantile
from guide_helpers.methods._accounting import Ledger
from guide_helpers.methods._frame import assemble, serial
from guide_helpers.methods._noise import chosen, gaussian, geometric_variance, noisy
from guide_helpers.methods._zcdp import choice_epsilon, epsilon_of
from guide_helpers.results import PrivacyLoss
from guide_helpers.schema import Dataset

MAX_CELLS = 1_000_000
"""More cells in one table would hold noise and little else."""
NOISE_ALONE = 0.001
"""A cell with a missing part counts only above what noise alone gives this often."""
LEAST_VARIANCE = 1e-9
"""Noise of a huge epsilon is all but nothing; estimates are still weighted by its inverse."""
RELATION = "add-or-remove-one"
PURE = "pure epsilon, basic composition"
CONVERTED = "zCDP, converted"


@dataclass
class Till:
    """Noisy counts and choices, each paid for before it is made.

    Without `delta` prices are epsilons and noise is geometric; with it they are rhos and noise
    is discrete Gaussian. Without `rng` all noise comes from the system's entropy.
    """

    epsilon: float
    rng: np.random.Generator | None
    delta: float = 0.0
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.epsilon, self.delta)

    @property
    def budget(self) -> float:
        """The whole budget, in the currency of prices."""
        return self.ledger.budget

    def measure(
        self, what: str, counts: np.ndarray, *, price: float, sensitivity: int
    ) -> np.ndarray:
        """Return the counts with noise; some may be negative.

        `sensitivity` is the number of rows of a unit that count. In one table they change the
        counts by that much in all, and the root of the squares by no more.
        """
        self.ledger.spend(what, price)
        if self.ledger.concentrated:
            return gaussian(counts, rho=price, sensitivity=sensitivity, rng=self.rng)
        return noisy(counts, epsilon=price, sensitivity=sensitivity, rng=self.rng)

    def choose(self, what: str, scores: list[float], *, price: float, sensitivity: float) -> int:
        """Return the place of a high score, by the exponential mechanism."""
        self.ledger.spend(what, price)
        epsilon = choice_epsilon(price) if self.ledger.concentrated else price
        return chosen(scores, epsilon=epsilon, sensitivity=sensitivity, rng=self.rng)

    def variance(self, price: float, sensitivity: int) -> float:
        """Return the variance of the noise in one cell at that price."""
        if self.ledger.concentrated:
            return sensitivity**2 / (2 * price)
        return max(geometric_variance(price / sensitivity), LEAST_VARIANCE)

    def exceeded_by_noise(self, price: float, sensitivity: int) -> int:
        """Return the value that noise alone exceeds with probability NOISE_ALONE, or less."""
        if self.ledger.concentrated:
            one_sided = normal_quantile(1 - 2 * NOISE_ALONE)
            return math.ceil(one_sided * math.sqrt(self.variance(price, sensitivity)))
        return exceeded_by_noise(price / sensitivity)

    def loss(self, data: Dataset, *, n_public: bool, max_rows: int) -> PrivacyLoss:
        """Return what was spent and for whom; only the system's entropy makes it a claim."""
        unit = "one row" if data.entity is None else f"all rows of one {data.entity}"
        kept = "all" if data.entity is None else f"at most {max_rows}, chosen at random"
        claim = f"({self.epsilon:g}, {self.delta:g})-differential privacy for {unit}, {RELATION}"
        if n_public:
            claim += f"; the number of units is public; replace-one: epsilon {self._replaced:g}"
        return PrivacyLoss(
            epsilon=self.epsilon,
            delta=self.delta,
            relation=RELATION,
            unit=unit,
            contribution=f"rows of a unit that count: {kept}",
            n_public=n_public,
            accounting=CONVERTED if self.delta else PURE,
            ledger=tuple(self.ledger.expenses),
            claim=claim if self.rng is None else "teaching run",
            rho=self.ledger.rho,
        )

    @property
    def _replaced(self) -> float:
        """Epsilon, at the same delta, for files of one size, which differ by a replaced unit.

        One unit is taken out and one put in: two steps cost twice the epsilon, or four times the
        rho (Bun and Steinke 2016, proposition 1.9).
        """
        if self.delta:
            return round(epsilon_of(4 * self.ledger.rho, self.delta), 4)
        return 2 * self.epsilon


def check_budget(epsilon: float, delta: float = 0.0, **whole: int) -> None:
    """Refuse an epsilon or delta outside its range, and options that are no whole numbers."""
    if not isinstance(epsilon, int | float) or not 0 < epsilon < math.inf:
        raise GuideError(f"epsilon={epsilon!r} is not a positive number; 1 is usual")
    if not isinstance(delta, int | float) or not 0 <= delta < 1:
        raise GuideError(
            f"delta={delta!r} is not a share from 0 to below 1; take 0 for pure epsilon, or less "
            "than one over the number of units"
        )
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
    if data.entity is None:
        return data.rows
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

"""Coefficients of one regression in the original and, pooled, in the synthetic copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from guide_helpers.cards import Null
from guide_helpers.errors import GuideError
from guide_helpers.intervals import normal_quantile
from guide_helpers.measures._formula import Estimates, Regression, estimate, regression
from guide_helpers.results import NullBand
from guide_helpers.schema import Dataset

REACH = normal_quantile(0.95)
SIMULATED = 20_000
RUNAWAY = 100
"""A synthetic standard error this many times the original's is that of no estimate."""
APART = 2 * REACH
"""Standardised difference of two intervals of one length that no longer meet; a coefficient that
the synthetic file cannot estimate counts as that far away."""


@dataclass(frozen=True)
class Pooled:
    """Mean of the copies' coefficients, the standard errors at the original's size, and noise.

    `noise` is the variance of a coefficient's mean over the copies about the original's value,
    under a correct synthesis, as a multiple of the original's variance.
    """

    coefficients: np.ndarray
    errors: np.ndarray
    noise: float


@dataclass(frozen=True)
class Coefficients:
    """One regression, fitted to the original and to each copy, and the copies pooled."""

    asked: Regression
    truth: Estimates
    fits: tuple[Estimates, ...]
    pooled: Pooled
    panel: bool = False

    @property
    def standardised(self) -> np.ndarray:
        """Differences in the original's standard errors; NaN where there is no estimate."""
        found: np.ndarray = (self.pooled.coefficients - self.truth.coefficients) / self.truth.errors
        return found

    @property
    def counted(self) -> np.ndarray:
        """Standardised differences with `APART` where there is no estimate."""
        found: np.ndarray = np.nan_to_num(self.standardised, nan=APART)
        return found

    @property
    def correlation(self) -> np.ndarray:
        """Correlation of the original's estimates."""
        found: np.ndarray = self.truth.covariance / np.outer(self.truth.errors, self.truth.errors)
        return found

    @property
    def noises(self) -> tuple[tuple[Null, float], ...]:
        """Variance of a standardised difference under each null."""
        return (
            (Null.CORRECT_MODEL, self.pooled.noise),
            (Null.FRESH_SAMPLE, 1 + self.pooled.noise),
        )

    def draw(self, rng: np.random.Generator, draws: int = SIMULATED) -> np.ndarray:
        """Return standard normal vectors with the correlation of the estimates."""
        values, vectors = np.linalg.eigh(self.correlation)
        root = vectors * np.sqrt(np.maximum(values, 0))
        normal: np.ndarray = rng.standard_normal((draws, len(values))) @ root.T
        return normal

    def error_of_mean(self, slopes: np.ndarray) -> float:
        """Return the standard error over copies of the mean of slopes times differences."""
        variance = float(slopes @ self.correlation @ slopes) * self.pooled.noise
        return float(max(0.0, variance) ** 0.5 / len(slopes))

    def table(self) -> pd.DataFrame:
        """Return one line a coefficient: estimates, errors, and their standardised difference."""
        return pd.DataFrame(
            {
                "coefficient": self.asked.names,
                "original": self.truth.coefficients,
                "original error": self.truth.errors,
                "synthetic": self.pooled.coefficients,
                "synthetic error": self.pooled.errors,
                "standardised difference": self.standardised,
            }
        )

    def headline(self) -> str:
        """Return the model, the number of coefficients and of copies, in words."""
        kind = "Linear" if self.asked.linear else "Logistic"
        count, copies = len(self.asked.names), len(self.fits)
        return (
            f"{kind} model of the {self.asked.target}, {count} "
            f"{'coefficient' if count == 1 else 'coefficients'}, "
            f"{copies} {'copy' if copies == 1 else 'copies'}"
        )

    def caveats(self, lost: str) -> str:
        """Return what was left out; `lost` says how a coefficient without estimate counts."""
        parts = []
        left_out = self.truth.left_out, round(float(np.mean([f.left_out for f in self.fits])))
        if any(left_out):
            parts.append(
                f"Incomplete records left out: {left_out[0]:,} original, {left_out[1]:,} synthetic."
            )
        gone = int(np.isnan(self.pooled.coefficients).sum())
        if gone:
            parts.append(f"Not estimable from the synthetic file, {lost}: {gone}.")
        if self.panel:
            parts.append("Several records of one unit are taken as independent.")
        return " ".join(parts)


def coefficients(
    original: Dataset, synthetic: Dataset | Sequence[Dataset], formula: str, model: str
) -> Coefficients:
    """Return the regression's fits, or refuse one that the original cannot answer."""
    copies = (synthetic,) if isinstance(synthetic, Dataset) else tuple(synthetic)
    asked = regression(formula, model, original)
    truth = estimate(asked, original)
    refuse(asked, truth)
    fits = tuple(estimate(asked, c) for c in copies)
    return Coefficients(asked, truth, fits, pool(truth, fits), original.panel)


def refuse(asked: Regression, truth: Estimates) -> None:
    """Refuse a model that has no finite estimate or no interval in the original."""
    unknown = [n for n, v in zip(asked.names, truth.coefficients, strict=True) if np.isnan(v)]
    if unknown:
        raise GuideError(
            f"a coefficient of {unknown[0].partition(':')[0]!r} cannot be told from the terms "
            "before it in the original; leave its term out of the formula"
        )
    if truth.separated:
        raise GuideError(
            f"the terms predict {asked.response.name!r} without error for some records of the "
            "original, so its logistic model has no finite estimate; leave a term out"
        )
    if not (truth.errors > 0).all():
        raise GuideError(
            f"the terms predict {asked.response.name!r} without error in the original, so there "
            "is no interval to compare"
        )


def pool(truth: Estimates, fits: Sequence[Estimates]) -> Pooled:
    """Return the mean over the copies that estimate a coefficient; NaN where none does."""
    rows = float(np.mean([f.used for f in fits]))
    values, errors = estimated(truth, fits)
    known = ~np.isnan(values)
    among = np.maximum(1, known.sum(axis=0))
    mean = np.where(known, values, 0).sum(axis=0) / among
    spread = np.sqrt(np.where(known, errors**2, 0).sum(axis=0) / among)
    nowhere = ~known.any(axis=0)
    mean[nowhere] = spread[nowhere] = np.nan
    return Pooled(mean, spread, truth.used / max(1.0, rows) / len(fits))


def estimated(truth: Estimates, fits: Sequence[Estimates]) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients and errors at the original's size, a line a copy; NaN where none is."""
    values = np.array([f.coefficients for f in fits])
    ratio = np.array([[f.used / truth.used] for f in fits])
    errors = np.array([f.errors for f in fits]) * np.sqrt(ratio)
    lost = ~(errors < RUNAWAY * truth.errors)
    values[lost] = errors[lost] = np.nan
    return values, errors


def band(null: Null, mean: float, values: np.ndarray) -> NullBand:
    """Return a band by normal theory: the mean by formula, the middle 95 % of its distribution."""
    low, high = np.quantile(values, [0.025, 0.975])
    return NullBand(null, mean, min(mean, float(low)), max(mean, float(high)), 0)

"""Overlap of confidence intervals of a regression, original against synthetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from guide_helpers.cards import (
    Aspect,
    Better,
    MeasureCard,
    Null,
    Rung,
    Scope,
    UseCase,
    card,
    conditional,
    fit,
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.intervals import Interval, normal_quantile
from guide_helpers.measures._formula import Estimates, Regression, estimate, regression
from guide_helpers.results import NullBand, Score
from guide_helpers.schema import Dataset

REACH = normal_quantile(0.95)
SIMULATED = 20_000
RUNAWAY = 100
"""A synthetic standard error this many times the original's is that of no estimate."""


@card(
    MeasureCard(
        title="Confidence-interval overlap",
        summary=(
            "Share of the length of a coefficient's confidence interval that original and "
            "synthetic file have in common, on average over the coefficients of one regression."
        ),
        sources=("karr2006", "raab2016", "raab2021"),
        suits={
            UseCase.PUBLIC_RELEASE: conditional("for a few analyses that users are known to run"),
            UseCase.TESTING_ANALYSIS: fit("answers whether one's own analysis comes out the same"),
            UseCase.EDUCATION: fit("students fit models; show what they would have concluded"),
            UseCase.TESTING_TECHNOLOGY: unfit("no conclusion is drawn from a test file"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.ANALYSES,
        standard=True,
        scope=Scope.FIT_FOR_PURPOSE,
        unit="share of the interval's length",
        bounds=(None, 1.0),
        better=Better.HIGHER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "About 0.80 is what a correct synthesis gives with one copy and 0.91 with five, so "
            "0.80 is no defect. Below the band, look for the coefficient whose interval moved. "
            "Far above it in analysis after analysis, ask whether records are repeated."
        ),
        reading_user=(
            "Within the band, conclusions from this regression differ from the original's by no "
            "more than the noise of synthesis. Below 0 the intervals do not meet: do not report "
            "the coefficient without a check on the original."
        ),
        cannot_see=(
            "any other analysis; whether the model suits the data; survey weights and several "
            "records of one unit, which it takes as independent"
        ),
        joint_copies=True,
        needs=("formula",),
    )
)
def ci_overlap(
    original: Dataset,
    synthetic: Dataset | Sequence[Dataset],
    *,
    rng: np.random.Generator,
    formula: str,
    model: str = "auto",
) -> Score:
    """Return the mean overlap of 95 % intervals over the coefficients but the intercept.

    `formula` is `response ~ term + term`. Discrete terms get a coefficient for each level but the
    first. `model="auto"` is linear for a numeric response and logistic for one of two levels, of
    which the second is the event. Only complete records are used; special values count as missing.

    Both intervals are those that the original file would give: the original's own, and around the
    mean of the m copies' coefficients one with the mean of their variances, scaled to the
    original's number of records. (An interval for the mean of the copies would be shorter, by the
    square root of m, and its expected overlap another.) Overlap is the common length as a share
    of each interval, averaged over the two, and negative where they do not meet. A coefficient
    that the synthetic file cannot estimate counts as 0.

    Under a correct synthesis, coefficients differ by Normal(0, V n₁/(m n₂)), with V the original's
    covariance; for a fresh sample V is added once more. So the expected overlap for files of one
    size is 0.796, 0.909 and 0.936 with 1, 5 and 10 copies, and 0.712 for one fresh sample.
    `details` holds a line a coefficient.

    References
    ----------
    Karr, Kohnen, Oganian, Reiter and Sanil (2006), doi:10.1198/000313006X124640;
    Raab, Nowok and Dibben (2016), doi:10.29012/jpc.v7i3.407
    """
    copies = (synthetic,) if isinstance(synthetic, Dataset) else tuple(synthetic)
    asked = regression(formula, model, original)
    truth = estimate(asked, original)
    _refuse(asked, truth)
    fits = [estimate(asked, c) for c in copies]
    pooled = _pool(truth, fits)
    table = _compare(asked, truth, pooled)
    value = float(table["overlap"].mean())
    nulls = _nulls(truth, pooled, rng)
    return Score(
        measure="ci_overlap",
        value=value,
        interval=_interval(value, table["standardised difference"].to_numpy(), truth, pooled),
        bands=nulls,
        details=table,
        note=_note(asked, truth, fits, table, original),
    )


@dataclass(frozen=True)
class Pooled:
    """Mean of the copies' coefficients, the standard errors at the original's size, and noise.

    `noise` is the variance of a coefficient's mean over the copies about the original's value,
    under a correct synthesis, as a multiple of the original's variance.
    """

    coefficients: np.ndarray
    errors: np.ndarray
    noise: float


def _refuse(asked: Regression, truth: Estimates) -> None:
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


def _pool(truth: Estimates, fits: list[Estimates]) -> Pooled:
    rows = float(np.mean([f.used for f in fits]))
    values = np.array([f.coefficients for f in fits])
    errors = np.array([f.errors for f in fits])
    ratio = np.array([[f.used / truth.used] for f in fits])
    errors = errors * np.sqrt(ratio)
    lost = ~(errors < RUNAWAY * truth.errors)
    values[lost] = errors[lost] = np.nan
    known = ~lost
    among = np.maximum(1, known.sum(axis=0))
    mean = np.where(known, values, 0).sum(axis=0) / among
    spread = np.sqrt(np.where(known, errors**2, 0).sum(axis=0) / among)
    nowhere = ~known.any(axis=0)
    mean[nowhere] = spread[nowhere] = np.nan
    return Pooled(mean, spread, truth.used / max(1.0, rows) / len(fits))


def _compare(asked: Regression, truth: Estimates, pooled: Pooled) -> pd.DataFrame:
    low, high = truth.coefficients - REACH * truth.errors, truth.coefficients + REACH * truth.errors
    new_low, new_high = (pooled.coefficients + sign * REACH * pooled.errors for sign in (-1, 1))
    table = pd.DataFrame(
        {
            "coefficient": asked.names,
            "original": truth.coefficients,
            "original error": truth.errors,
            "synthetic": pooled.coefficients,
            "synthetic error": pooled.errors,
            "overlap": overlap(low, high, new_low, new_high),
            "standardised difference": (pooled.coefficients - truth.coefficients) / truth.errors,
        }
    )
    estimated = ~np.isnan(pooled.coefficients)
    table["same sign"] = estimated & (np.sign(truth.coefficients) == np.sign(pooled.coefficients))
    old, new = (low > 0) | (high < 0), (new_low > 0) | (new_high < 0)
    table["same significance"] = estimated & (old == new)
    table["overlap"] = table["overlap"].where(estimated, 0.0)
    return table


def overlap(
    low: np.ndarray, high: np.ndarray, new_low: np.ndarray, new_high: np.ndarray
) -> np.ndarray:
    """Return the common length of two intervals as a share of each, averaged; unclipped."""
    with np.errstate(invalid="ignore", divide="ignore"):
        common = np.minimum(high, new_high) - np.maximum(low, new_low)
        share: np.ndarray = (common / (high - low) + common / (new_high - new_low)) / 2
    return share


def _correlation(truth: Estimates) -> np.ndarray:
    found: np.ndarray = truth.covariance / np.outer(truth.errors, truth.errors)
    return found


def _nulls(truth: Estimates, pooled: Pooled, rng: np.random.Generator) -> tuple[NullBand, ...]:
    """Return the bands of the mean overlap, from the normal theory of the coefficients."""
    values, vectors = np.linalg.eigh(_correlation(truth))
    root = vectors * np.sqrt(np.maximum(values, 0))
    normal = rng.standard_normal((SIMULATED, len(values))) @ root.T
    distance = np.abs(normal).mean(axis=1)
    bands = []
    for null, variance in (
        (Null.CORRECT_MODEL, pooled.noise),
        (Null.FRESH_SAMPLE, 1 + pooled.noise),
    ):
        scale = variance**0.5 / (2 * REACH)
        low, high = 1 - scale * np.quantile(distance, [0.975, 0.025])
        mean = 1 - scale * (2 / np.pi) ** 0.5
        bands.append(NullBand(null, mean, float(low), float(high), 0))
    return tuple(bands)


def _interval(value: float, differences: np.ndarray, truth: Estimates, pooled: Pooled) -> Interval:
    """Return the interval of other copies from the same synthesis, by the delta method."""
    signs = np.nan_to_num(np.sign(differences))
    variance = float(signs @ _correlation(truth) @ signs) * pooled.noise / len(signs) ** 2
    reach = REACH * max(0.0, variance) ** 0.5 / (2 * REACH)
    return Interval(
        value - reach, min(1.0, value + reach), "sampling noise of the copies, delta method"
    )


def _note(
    asked: Regression,
    truth: Estimates,
    fits: list[Estimates],
    table: pd.DataFrame,
    original: Dataset,
) -> str:
    away = float(table["standardised difference"].abs().mean())
    kind = "Linear" if asked.linear else "Logistic"
    parts = [
        f"{kind} model of the {asked.target}, {len(table)} "
        f"{'coefficient' if len(table) == 1 else 'coefficients'}, "
        f"{len(fits)} {'copy' if len(fits) == 1 else 'copies'}; mean standardised difference "
        f"{away:.2f}; {int(table['same sign'].sum())} agree in sign and "
        f"{int(table['same significance'].sum())} in significance."
    ]
    left_out = (truth.left_out, round(float(np.mean([f.left_out for f in fits]))))
    if any(left_out):
        parts.append(
            f"Incomplete records left out: {left_out[0]:,} original, {left_out[1]:,} synthetic."
        )
    lost = int(table["synthetic"].isna().sum())
    if lost:
        parts.append(f"Not estimable from the synthetic file, counted as 0: {lost}.")
    if original.panel:
        parts.append("Several records of one unit are taken as independent.")
    return " ".join(parts)

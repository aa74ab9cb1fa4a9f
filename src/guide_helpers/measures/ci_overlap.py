"""Overlap of confidence intervals of a regression, original against synthetic."""

from __future__ import annotations

from collections.abc import Sequence

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
from guide_helpers.intervals import Interval
from guide_helpers.measures._coefficients import REACH, Coefficients, band, coefficients
from guide_helpers.results import NullBand, Score
from guide_helpers.schema import Dataset


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
    found = coefficients(original, synthetic, formula, model)
    table = _compare(found)
    value = float(table["overlap"].mean())
    return Score(
        measure="ci_overlap",
        value=value,
        interval=_interval(value, found),
        bands=_nulls(found, rng),
        details=table,
        note=_note(found, table),
    )


def _compare(found: Coefficients) -> pd.DataFrame:
    truth, pooled = found.truth, found.pooled
    low, high = truth.coefficients - REACH * truth.errors, truth.coefficients + REACH * truth.errors
    new_low, new_high = (pooled.coefficients + sign * REACH * pooled.errors for sign in (-1, 1))
    table = found.table()
    table.insert(5, "overlap", overlap(low, high, new_low, new_high))
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


def _nulls(found: Coefficients, rng: np.random.Generator) -> tuple[NullBand, ...]:
    """Return the bands of the mean overlap, from the normal theory of the coefficients."""
    distance = np.abs(found.draw(rng)).mean(axis=1)
    bands = []
    for null, variance in found.noises:
        scale = variance**0.5 / (2 * REACH)
        bands.append(band(null, 1 - scale * (2 / np.pi) ** 0.5, 1 - scale * distance))
    return tuple(bands)


def _interval(value: float, found: Coefficients) -> Interval:
    """Return the interval of other copies from the same synthesis, by the delta method."""
    reach = found.error_of_mean(np.nan_to_num(np.sign(found.standardised))) / 2
    return Interval(
        value - reach, min(1.0, value + reach), "sampling noise of the copies, delta method"
    )


def _note(found: Coefficients, table: pd.DataFrame) -> str:
    away = float(table["standardised difference"].abs().mean())
    return (
        f"{found.headline()}; mean standardised difference {away:.2f}; "
        f"{int(table['same sign'].sum())} agree in sign and "
        f"{int(table['same significance'].sum())} in significance. {found.caveats('counted as 0')}"
    ).strip()

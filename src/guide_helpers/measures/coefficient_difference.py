"""How far a regression's coefficients lie apart, in the original's standard errors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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
from guide_helpers.measures._coefficients import REACH, band, coefficients
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Standardised coefficient difference",
        summary=(
            "Distance between a regression's coefficients in the two files, in standard errors "
            "of the original, on average over the coefficients."
        ),
        sources=("raab2016", "synthpop_manual"),
        suits={
            UseCase.PUBLIC_RELEASE: conditional("for a few analyses that users are known to run"),
            UseCase.TESTING_ANALYSIS: fit("says by how much one's own coefficients are off"),
            UseCase.EDUCATION: fit("one coefficient's standard error is a unit students know"),
            UseCase.TESTING_TECHNOLOGY: unfit("no conclusion is drawn from a test file"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.ANALYSES,
        scope=Scope.FIT_FOR_PURPOSE,
        unit="standard errors of the original",
        bounds=(0.0, None),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "A correct synthesis gives 0.80 with one copy and 0.36 with five; another sample gives "
            "1.13. Above the band, look at the coefficient that moved most: its terms have a "
            "relation that the method missed. The value of a wrong model grows with the root of "
            "the number of records, so compare methods at one size."
        ),
        reading_user=(
            "Your coefficient is off by about this many of its own standard errors because the "
            "file is synthetic, on top of what sampling does. Above 2, do not report it without a "
            "check on the original."
        ),
        cannot_see=(
            "any other analysis; whether the model suits the data; whether an error of that size "
            "matters; survey weights and several records of one unit, taken as independent"
        ),
        under_privacy=(
            "the null has no privacy noise in it: a file with a claim is expected above its band"
        ),
        joint_copies=True,
        needs=("formula",),
    )
)
def coefficient_difference(
    original: Dataset,
    synthetic: Dataset | Sequence[Dataset],
    *,
    rng: np.random.Generator,
    formula: str,
    model: str = "auto",
) -> Score:
    """Return the mean of |q - Q| / SE(Q) over the coefficients but the intercept.

    Q is the original's coefficient, SE(Q) its standard error there, q the mean over the m copies.
    `formula` and `model` are those of `ci_overlap`. A coefficient that the synthetic file cannot
    estimate counts as 3.92, the distance at which two intervals of one length no longer meet.

    With n₁ original and n₂ synthetic records the difference is Normal(0, n₁/(m n₂)) under a
    correct synthesis, so its mean absolute value is sqrt(2/π) = 0.798 for one copy of the
    original's size and 0.357 for five; for a fresh sample 1 is added to the variance: 1.128.
    The bands come from these formulas and the correlation of the estimates. `details` holds a
    line a coefficient.

    References
    ----------
    Raab, Nowok and Dibben (2016), doi:10.29012/jpc.v7i3.407
    """
    found = coefficients(original, synthetic, formula, model)
    apart = np.abs(found.counted)
    value = float(apart.mean())
    drawn = np.abs(found.draw(rng)).mean(axis=1)
    worst = int(apart.argmax())
    return Score(
        measure="coefficient_difference",
        value=value,
        interval=_interval(value, found.error_of_mean(np.sign(found.counted))),
        bands=tuple(
            band(null, (2 / np.pi * variance) ** 0.5, variance**0.5 * drawn)
            for null, variance in found.noises
        ),
        details=found.table(),
        note=(
            f"{found.headline()}; furthest is {found.asked.names[worst]!r} with "
            f"{found.counted[worst]:+.2f}. {found.caveats('counted as 3.92')}"
        ).strip(),
    )


def _interval(value: float, error: float) -> Interval:
    return Interval(
        max(0.0, value - REACH * error),
        value + REACH * error,
        "sampling noise of the copies, delta method",
    )

"""Whether all coefficients of a regression together lie further apart than noise explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
from guide_helpers.errors import GuideError
from guide_helpers.intervals import Interval
from guide_helpers.measures._coefficients import (
    APART,
    REACH,
    Coefficients,
    coefficients,
    estimated,
)
from guide_helpers.measures._tails import f_quantile, f_tail
from guide_helpers.results import NullBand, Score
from guide_helpers.schema import Dataset

RULES = ("full", "partial")
SPARE = 3
"""Copies beyond the number of coefficients from which the partial statistic has a mean."""


@card(
    MeasureCard(
        title="Lack of fit of a regression",
        summary=(
            "Squared distance between the coefficients of a regression in the two files, taken "
            "together and divided by what a correct synthesis gives."
        ),
        sources=("raab2016", "synthpop_manual"),
        suits={
            UseCase.PUBLIC_RELEASE: conditional("for a few analyses that users are known to run"),
            UseCase.TESTING_ANALYSIS: fit("one test for the whole model, not one a coefficient"),
            UseCase.EDUCATION: conditional("for a course that knows what a chi-square is"),
            UseCase.TESTING_TECHNOLOGY: unfit("no conclusion is drawn from a test file"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.ANALYSES,
        scope=Scope.FIT_FOR_PURPOSE,
        unit="times what a correct synthesis gives",
        bounds=(0.0, None),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "1 is a correct synthesis, 2 another sample, for one copy of the original's size. "
            "Above the band the method has a fault that this model sees; the p-value in the note "
            "says how sure that is, not how large. A large file shows the smallest fault: read "
            "the size of the differences beside it."
        ),
        reading_user=(
            "Within the band, the model as a whole says what it would say on the original but for "
            "the noise of synthesis. Above it, some coefficient is biased: ask which."
        ),
        cannot_see=(
            "which coefficient is wrong and whether that matters; any other analysis; survey "
            "weights and several records of one unit, taken as independent"
        ),
        under_privacy=(
            "privacy noise is no part of the null: a file with a claim is expected above its band"
        ),
        joint_copies=True,
        needs=("formula",),
    )
)
def lack_of_fit(
    original: Dataset,
    synthetic: Dataset | Sequence[Dataset],
    *,
    rng: np.random.Generator,
    formula: str,
    model: str = "auto",
    rule: str = "full",
) -> Score:
    """Return the squared Mahalanobis distance of p coefficients, over its mean under a null.

    `formula` and `model` are those of `ci_overlap`. With d the difference of the coefficients
    (mean of the m copies less original) and V the original's covariance, `rule="full"` takes
    d'V⁻¹d, which is n₁/(m n₂) times a chi-square of p degrees under a correct synthesis, and
    divides it by n₁ p/(m n₂): 1 is expected, and 1 + m n₂/n₁ for a fresh sample, that is 2 for
    one copy of the original's size. A coefficient without estimate adds 3.92².

    `rule="partial"` is for files of which a part of the values was kept: copies then differ less,
    by an amount that only they show. With B the covariance between the copies, T² = m d'B⁻¹d is
    Hotelling's; (m - p) T²/(p (m - 1)) is returned, an F of p and m - p degrees, of mean
    (m - p)/(m - p - 2). It needs m ≥ p + 3 copies, and has no fresh-sample null.

    The p-value stands in `note`. `details` holds a line a coefficient.

    References
    ----------
    Raab, Nowok and Dibben (2016), doi:10.29012/jpc.v7i3.407
    """
    del rng
    if rule not in RULES:
        raise GuideError(f"no rule {rule!r}; known: {', '.join(RULES)}")
    found = coefficients(original, synthetic, formula, model)
    seen = _full(found) if rule == "full" else _partial(found)
    return Score(
        measure="lack_of_fit",
        value=seen.value,
        interval=_interval(seen),
        bands=tuple(seen.band(null, times) for null, times in seen.nulls),
        details=found.table(),
        note=f"{found.headline()}; {seen.words}. {found.caveats('counted as 3.92')}".strip(),
    )


@dataclass(frozen=True)
class Statistic:
    """A statistic per degree of freedom, its F distribution, and what nulls multiply it by."""

    value: float
    freedom: int
    spare: float
    nulls: tuple[tuple[Null, float], ...]
    words: str

    def band(self, null: Null, times: float) -> NullBand:
        """Return the mean and the middle 95 % under a null."""
        mean = 1.0 if np.isinf(self.spare) else self.spare / (self.spare - 2)
        low, high = (f_quantile(p, self.freedom, self.spare) for p in (0.025, 0.975))
        return NullBand(null, times * mean, times * low, times * high, 0)


def _full(found: Coefficients) -> Statistic:
    apart, p = found.standardised, len(found.asked.names)
    known = ~np.isnan(apart)
    inside = apart[known]
    total = float(inside @ np.linalg.solve(found.correlation[np.ix_(known, known)], inside))
    total += APART**2 * int((~known).sum())
    value = total / p / found.pooled.noise
    words = f"chi-square {value * p:.1f} on {p}, p-value {_chance(f_tail(value, p))}"
    nulls = tuple((null, times / found.pooled.noise) for null, times in found.noises)
    return Statistic(value, p, np.inf, nulls, words)


def _partial(found: Coefficients) -> Statistic:
    m, p = len(found.fits), len(found.asked.names)
    if m < p + SPARE:
        raise GuideError(
            f"rule='partial' with {p} coefficients needs at least {p + SPARE} copies, not {m}; "
            "make more copies or leave terms out"
        )
    values = estimated(found.truth, found.fits)[0]
    if np.isnan(values).any():
        raise GuideError(
            "a copy cannot estimate one of the coefficients; leave its term out of the formula"
        )
    values = values / found.truth.errors
    between = np.cov(values, rowvar=False).reshape(p, p)
    if np.linalg.matrix_rank(between) < p:
        raise GuideError(
            "some coefficients are the same in all copies, since what they rest on was kept; "
            "leave these terms out"
        )
    apart = values.mean(axis=0) - found.truth.coefficients / found.truth.errors
    squared = m * float(apart @ np.linalg.solve(between, apart))
    value = (m - p) / (p * (m - 1)) * squared
    words = f"F {value:.2f} on {p} and {m - p}, p-value {_chance(f_tail(value, p, m - p))}"
    return Statistic(value, p, m - p, ((Null.CORRECT_MODEL, 1.0),), words)


def _chance(probability: float) -> str:
    return "below 0.0001" if probability < 1e-4 else f"{probability:.4f}"


def _interval(seen: Statistic) -> Interval:
    """Return the interval of other copies: the variance of a non-central chi-square."""
    beyond = max(0.0, seen.value - 1) * seen.freedom
    reach = REACH * (2 * seen.freedom + 4 * beyond) ** 0.5 / seen.freedom
    return Interval(
        max(0.0, seen.value - reach), seen.value + reach, "sampling noise of the copies, chi-square"
    )

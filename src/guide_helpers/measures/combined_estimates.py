"""Estimates from m copies combined into one, with the standard error for the population."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from guide_helpers.intervals import Interval
from guide_helpers.measures._coefficients import (
    APART,
    REACH,
    Coefficients,
    band,
    coefficients,
    estimated,
)
from guide_helpers.results import NullBand, Score
from guide_helpers.schema import Dataset

RULES: Mapping[str, str] = {
    "simple": "copies drawn from the fitted model",
    "proper": "copies drawn after the model's parameters were drawn anew for each",
    "partial": "a part of the values kept",
    "raghunathan": "proper copies, from the spread between them",
}
"""What a rule is for. All take simple random samples; none is for survey weights."""
FEWEST = {"simple": 1, "proper": 1, "partial": 2, "raghunathan": 2}
FEWEST_PARTIAL = 3
"""Copies from which a mean distance exists where the error comes from the copies alone."""


@dataclass(frozen=True)
class Combined:
    """Combined estimates, their variance for the population, and its degrees of freedom.

    A variance is NaN where the rule gave a negative one. `adjusted` is then a positive
    replacement, too large rather than too small, and elsewhere the variance itself.
    """

    estimate: np.ndarray
    variance: np.ndarray
    freedom: np.ndarray
    adjusted: np.ndarray

    @property
    def errors(self) -> np.ndarray:
        """Standard errors; NaN where the rule gave a negative variance."""
        found: np.ndarray = np.sqrt(self.variance)
        return found


def combine(
    estimates: np.ndarray, variances: np.ndarray, *, rule: str = "simple", ratio: float = 1.0
) -> Combined:
    """Return what m copies say together about the population.

    `estimates` and `variances` have a line a copy: what an analyst gets who takes the copy for a
    real file. `ratio` is k/n, the copy's number of records over the original's. With v̄ the mean
    of the variances and b the variance between the estimates, the combined variance is

    - simple: v̄ (k/n + 1/m)
    - proper: v̄ (k/n + (1 + k/n)/m)
    - partial: v̄ k/n + b/m, with (m - 1)(1 + m v̄ (k/n)/b)² degrees of freedom
    - raghunathan: (1 + 1/m) b - v̄, with (m - 1)(1 - m v̄/((m + 1) b))² degrees of freedom.
      It can be negative; `adjusted` then has v̄ k/n instead. It is for proper copies: simple ones
      lack the spread that it counts on; it comes out about v̄/m, far too small, and its degrees
      of freedom near 0.

    References
    ----------
    Raab, Nowok and Dibben (2016), doi:10.29012/jpc.v7i3.407, for simple and proper; Reiter (2003)
    for partial; Raghunathan, Reiter and Rubin (2003) for the fourth, adjusted by Reiter (2002)
    """
    values, spreads = np.atleast_2d(estimates), np.atleast_2d(variances)
    m = len(values)
    if rule not in RULES:
        raise GuideError(f"no rule {rule!r}; known: {', '.join(RULES)}")
    if m < FEWEST[rule]:
        raise GuideError(f"rule={rule!r} needs at least {FEWEST[rule]} copies, not {m}")
    within = spreads.mean(axis=0)
    between = values.var(axis=0, ddof=1) if m > 1 else np.zeros_like(within)
    total, freedom = _total(rule, within, between, m, ratio)
    negative = total < 0
    return Combined(
        values.mean(axis=0),
        np.where(negative, np.nan, total),
        freedom,
        np.where(negative, within * ratio, total),
    )


def _total(
    rule: str, within: np.ndarray, between: np.ndarray, m: int, ratio: float
) -> tuple[np.ndarray, np.ndarray]:
    endless = np.full(len(within), np.inf)
    if rule == "simple":
        return within * (ratio + 1 / m), endless
    if rule == "proper":
        return within * (ratio + (1 + ratio) / m), endless
    with np.errstate(divide="ignore"):
        if rule == "partial":
            share = m * within * ratio / between
            return within * ratio + between / m, (m - 1) * (1 + share) ** 2
        share = m * within / ((m + 1) * between)
        return (1 + 1 / m) * between - within, (m - 1) * (1 - share) ** 2


@card(
    MeasureCard(
        title="Combined estimates",
        summary=(
            "Distance between what m copies say together and what the original says, in the "
            "standard errors that a combining rule gives to the copies alone."
        ),
        sources=("raab2016", "reiter2003", "raghunathan2003", "reiter2002"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("what a user who never sees the original will report"),
            UseCase.TESTING_ANALYSIS: conditional(
                "only where the final run is not made on the original"
            ),
            UseCase.EDUCATION: conditional("for a course on multiple imputation"),
            UseCase.TESTING_TECHNOLOGY: unfit("no conclusion is drawn from a test file"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.ANALYSES,
        scope=Scope.FIT_FOR_PURPOSE,
        unit="combined standard errors",
        bounds=(0.0, None),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Above the band, users who combine the copies by this rule will be wrong more often "
            "than they say. Publish the rule with the file: the wrong one is worse than none. "
            "More copies shorten users' intervals but also give more away."
        ),
        reading_user=(
            "Within the band, your combined interval is honest about the population if the rule "
            "fits how the file was made. A plain standard error from one copy is too short: by "
            "the square root of 2 for one copy of the original's size."
        ),
        cannot_see=(
            "whether the rule fits how the file was made; survey weights and clusters, for which "
            "none of these rules was derived; any other analysis"
        ),
        under_privacy=(
            "the rules leave out privacy noise: intervals of a file with a claim are too short"
        ),
        joint_copies=True,
        needs=("formula",),
    )
)
def combined_estimates(
    original: Dataset,
    synthetic: Dataset | Sequence[Dataset],
    *,
    rng: np.random.Generator,
    formula: str,
    model: str = "auto",
    rule: str = "simple",
) -> Score:
    """Return the mean of |q - Q| over the combined standard error, by coefficient.

    q is the mean of the m copies' coefficients, Q the original's; `rule` gives the standard error
    of q for the population: "simple", "proper" or "partial" of `combine`. `formula` and `model`
    are those of `ci_overlap`. A coefficient without estimate counts as 3.92.

    Under a correct synthesis with k = n, the mean is sqrt(2/π) times sqrt(1/(m + 1)) for simple
    copies, 0.564 with one and 0.326 with five, and times sqrt(2/(m + 2)) for proper ones; it is
    0.798 for a fresh sample by the simple rule. For partial copies the spread between them stands
    for the noise, with Student's t, and a fresh sample is no null.

    `details` holds the standard error of each rule beside the original's; NaN where m is too
    small or the variance came out negative.
    """
    if rule not in RULES or rule == "raghunathan":
        known = ", ".join(r for r in RULES if r != "raghunathan")
        raise GuideError(f"no rule {rule!r} to measure by; known: {known}")
    found = coefficients(original, synthetic, formula, model)
    if rule == "partial" and len(found.fits) < FEWEST_PARTIAL:
        raise GuideError(
            f"rule='partial' needs at least {FEWEST_PARTIAL} copies, not {len(found.fits)}"
        )
    table = _table(found)
    apart = table["synthetic"] - table["original"]
    away = np.nan_to_num((apart / table[f"{rule} error"]).to_numpy(), nan=APART)
    value = float(np.abs(away).mean())
    scale, freedom = _noise(found, rule, table)
    slopes = np.sign(away) * scale
    reach = REACH * (float(slopes @ found.correlation @ slopes) ** 0.5) / len(slopes)
    return Score(
        measure="combined_estimates",
        value=value,
        interval=Interval(
            max(0.0, value - reach), value + reach, "sampling noise of the copies, delta method"
        ),
        bands=tuple(_bands(found, scale, freedom, rng)),
        details=table,
        note=_note(found, rule, table),
    )


def _ratio(found: Coefficients) -> float:
    return float(np.mean([f.used for f in found.fits])) / found.truth.used


def _table(found: Coefficients) -> pd.DataFrame:
    """Return estimates and the standard error of each rule."""
    ratio, m = _ratio(found), len(found.fits)
    values, errors = estimated(found.truth, found.fits)
    variances = errors**2 / ratio
    table = found.table()[["coefficient", "original", "original error", "synthetic"]]
    nothing = np.full(len(table), np.nan)
    for rule in RULES:
        enough = m >= FEWEST[rule]
        made = combine(values, variances, rule=rule, ratio=ratio).errors if enough else nothing
        table[f"{rule} error"] = made
    return table


def _noise(found: Coefficients, rule: str, table: pd.DataFrame) -> tuple[np.ndarray, float]:
    """Return the standard deviation of q - Q under a correct synthesis, in combined errors."""
    m, ratio = len(found.fits), _ratio(found)
    if rule == "partial":
        values = estimated(found.truth, found.fits)[0]
        spread = values.std(axis=0, ddof=1) / m**0.5
        return np.nan_to_num(spread / table["partial error"].to_numpy()), m - 1
    drawn = 1 / ratio + (1 if rule == "proper" else 0)
    return np.full(len(table), (drawn / m / (1 + drawn / m)) ** 0.5), np.inf


def _bands(
    found: Coefficients, scale: np.ndarray, freedom: float, rng: np.random.Generator
) -> list[NullBand]:
    normal = np.abs(found.draw(rng))
    mean = (2 / np.pi) ** 0.5
    if np.isfinite(freedom):
        drawn = normal / np.sqrt(rng.chisquare(freedom, normal.shape) / freedom) @ scale
        drawn = drawn / len(scale)
        return [band(Null.CORRECT_MODEL, float(drawn.mean()), drawn)]
    drawn = normal.mean(axis=1)
    fresh = ((1 + found.pooled.noise) * (1 - scale[0] ** 2)) ** 0.5
    return [
        band(Null.CORRECT_MODEL, mean * scale[0], drawn * scale[0]),
        band(Null.FRESH_SAMPLE, mean * fresh, drawn * fresh),
    ]


def _note(found: Coefficients, rule: str, table: pd.DataFrame) -> str:
    longer = float(np.nanmean(table[f"{rule} error"] / table["original error"]))
    words = (
        f"{found.headline()}; rule for {RULES[rule]}; combined intervals are {longer:.2f} times "
        "as long as the original's."
    )
    if len(found.fits) > 1:
        lost = int((table["raghunathan error"].isna() & table["synthetic"].notna()).sum())
        words += f" The rule of Raghunathan and others has a negative variance for {lost}."
    return f"{words} {found.caveats('counted as 3.92')}".strip()

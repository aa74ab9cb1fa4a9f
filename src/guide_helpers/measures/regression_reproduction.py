"""Whether a published regression would lead to the same conclusions on the synthetic file."""

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
    fit,
    unfit,
)
from guide_helpers.intervals import Interval
from guide_helpers.measures._coefficients import REACH, Coefficients, coefficients
from guide_helpers.results import NullBand, Score
from guide_helpers.schema import Dataset

DRAWS = 4_000
VARIANTS = ("same conclusion", "same sign", "same significance", "same order")


@card(
    MeasureCard(
        title="Reproduction of a regression",
        summary=(
            "Share of the coefficients of a regression that agree between the files in sign and "
            "significance, and share of pairs of coefficients in the same order."
        ),
        sources=("taub2017",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("re-runs what users have published from the original"),
            UseCase.TESTING_ANALYSIS: fit("says whether one would have written the same sentences"),
            UseCase.EDUCATION: fit("students compare what two files would have told them"),
            UseCase.TESTING_TECHNOLOGY: unfit("no conclusion is drawn from a test file"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.ANALYSES,
        scope=Scope.FIT_FOR_PURPOSE,
        unit="share of coefficients",
        bounds=(0.0, 1.0),
        better=Better.HIGHER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Read it against its band, not against 1: coefficients near the edge of significance "
            "flip under a correct synthesis too. Below the band, see in the table which "
            "conclusions changed, and whether anyone would act on them."
        ),
        reading_user=(
            "This share of the sentences that you would write about the coefficients is what the "
            "original would have made you write. The rest may be near a threshold, or wrong."
        ),
        cannot_see=(
            "the size of an effect that keeps its sign; any other analysis; survey weights and "
            "several records of one unit, taken as independent"
        ),
        under_privacy=(
            "privacy noise is no part of the null: a file with a claim is expected below its band"
        ),
        joint_copies=True,
        needs=("formula",),
    )
)
def regression_reproduction(
    original: Dataset,
    synthetic: Dataset | Sequence[Dataset],
    *,
    rng: np.random.Generator,
    formula: str,
    model: str = "auto",
) -> list[Score]:
    """Return, for one regression, the shares of conclusions that come out the same.

    `formula` and `model` are those of `ci_overlap`; coefficients are the means over the m copies
    and their standard errors those that a file of the original's size would give. A coefficient is
    significant where its 95 % interval excludes 0. "same conclusion" asks for the same sign and
    the same significance, but not for the same sign of a coefficient that is significant in
    neither file: nobody writes about that. "same order" is the share of pairs of coefficients of
    which the same one has the greater z value. A coefficient without estimate agrees in nothing.

    Bands are simulated from the normal theory of the estimates, around the original's. The
    interval does the same around the synthetic file's. `details` holds a line a coefficient.
    """
    found = coefficients(original, synthetic, formula, model)
    truth, pooled = found.truth, found.pooled
    normal = found.draw(rng, DRAWS)
    centre = truth.coefficients / truth.errors
    scale = pooled.errors / truth.errors
    mine = pooled.coefficients / truth.errors
    values = agreement(centre, mine[None], scale)
    drawn = {
        null: agreement(centre, centre + variance**0.5 * normal, np.ones_like(centre))
        for null, variance in found.noises
    }
    near = agreement(centre, mine + pooled.noise**0.5 * normal, scale)
    table = _table(found)
    return [
        Score(
            measure="regression_reproduction",
            variant=variant,
            value=float(values[variant][0]),
            interval=_interval(float(values[variant][0]), near[variant]),
            bands=tuple(_band(null, shares[variant]) for null, shares in drawn.items()),
            details=table,
            note=f"{found.headline()}. {found.caveats('counted as no agreement')}".strip(),
        )
        for variant in VARIANTS
        if variant in values
    ]


def agreement(centre: np.ndarray, others: np.ndarray, scale: np.ndarray) -> dict[str, np.ndarray]:
    """Return the shares of agreement of each line of `others` with `centre`.

    Both are coefficients in the original's standard errors; `scale` are the other file's standard
    errors in the same unit.
    """
    other = others / scale
    sign = np.sign(others) == np.sign(centre)
    sure, other_sure = np.abs(centre) > REACH, np.abs(other) > REACH
    known = ~np.isnan(others)
    significance = known & (sure == other_sure)
    conclusion = significance & (sign | ~sure)
    found = {
        "same conclusion": conclusion.mean(axis=1),
        "same sign": sign.mean(axis=1),
        "same significance": significance.mean(axis=1),
    }
    if len(centre) > 1:
        first, second = np.triu_indices(len(centre), 1)
        order = np.sign(centre[first] - centre[second])
        same = np.sign(other[:, first] - other[:, second]) == order
        found["same order"] = same.mean(axis=1)
    return found


def _table(found: Coefficients) -> pd.DataFrame:
    table = found.table()
    old = np.abs(table["original"] / table["original error"]) > REACH
    new = np.abs(table["synthetic"] / table["synthetic error"]) > REACH
    return table.assign(
        **{
            "significant in the original": old,
            "significant in the synthetic file": new,
            "same sign": np.sign(table["original"]) == np.sign(table["synthetic"]),
            "intervals": _classes(table),
        }
    )


def _classes(table: pd.DataFrame) -> np.ndarray:
    """Return how two intervals lie: each holds the other's estimate, they meet, or are apart."""
    gap = (table["original"] - table["synthetic"]).abs()
    one, two = REACH * table["original error"], REACH * table["synthetic error"]
    classes = np.where(gap > one + two, "apart", "meet")
    classes = np.where(gap <= np.minimum(one, two), "hold each other", classes)
    return np.where(gap.isna(), "no estimate", classes)


def _band(null: Null, shares: np.ndarray) -> NullBand:
    low, high = np.quantile(shares, [0.025, 0.975])
    mean = float(shares.mean())
    return NullBand(null, mean, min(mean, float(low)), max(mean, float(high)), len(shares))


def _interval(value: float, shares: np.ndarray) -> Interval:
    low, high = np.quantile(shares, [0.025, 0.975])
    return Interval(
        min(value, float(low)), max(value, float(high)), "sampling noise of the copies, simulated"
    )

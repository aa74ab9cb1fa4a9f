"""How many rows a unit has, in the original and in the synthetic file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from guide_helpers.cards import (
    Aspect,
    Better,
    DataKind,
    MeasureCard,
    Null,
    Rung,
    Scope,
    UseCase,
    card,
    fit,
)
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.measures._series import coded, largest_gap, of_units, remembered, shares_apart
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Rows per unit",
        summary=(
            "Distance between the two distributions of the number of rows that a unit has: waves "
            "of a person, readings of a sensor, purchases of a customer."
        ),
        sources=("zhang2022", "sdmetrics_docs"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("drop-out and gaps are facts of a panel that users study"),
            UseCase.TESTING_ANALYSIS: fit("a panel model weighs units by their rows"),
            UseCase.EDUCATION: fit("the first thing to look at, and easy to draw"),
            UseCase.TESTING_TECHNOLOGY: fit("programs break on the longest and the empty ones"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.NARROW,
        unit="share of units",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.PANEL,),
        reading_maker=(
            "Outside the band: the number of rows is a variable of the unit, so synthesise it as "
            "one before the rows themselves. KS sees a shift, TVD also a wrong single length; the "
            "table behind the score names the lengths."
        ),
        reading_user=(
            "TVD is the share of units that would need another number of rows. Counts per unit, "
            "such as waves or purchases, are wrong by about that share."
        ),
        cannot_see=(
            "what is in the rows and when they are, which units are short, and gaps between rows"
        ),
    )
)
def sequence_length(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return two distances, both a share of units from 0 to 1.

    KS is the largest gap between the two distribution functions (one minus SDMetrics'
    SequenceLengthSimilarity), TVD half the sum of the absolute differences of the shares of units
    with 1, 2, 3 ... rows. `details` holds these shares.
    """
    of_units(original, "sequence_length")
    files = coded(original, synthetic, control)
    ask = remembered(_lengths, files.original, files.synthetic)

    def values(old: Dataset, new: Dataset) -> dict[str, float]:
        one, other = ask(old), ask(new)
        return {"KS": largest_gap(one, other), "TVD": shares_apart(*_counts(one, other))}

    details = _table(ask(files.original), ask(files.synthetic))
    found = values(files.original, files.synthetic)
    reported = {v: Reported(x, details, files.few) for v, x in found.items()}
    return judged(
        "sequence_length",
        values,
        files.original,
        files.synthetic,
        rng=rng,
        reported=reported,
        control=files.control,
        draws=draws,
        nulls=nulls,
    )


def _lengths(data: Dataset) -> np.ndarray:
    return np.bincount(data.units)


def _counts(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    size = int(max(one.max(initial=0), other.max(initial=0))) + 1
    return np.bincount(one, minlength=size), np.bincount(other, minlength=size)


def _table(one: np.ndarray, other: np.ndarray) -> pd.DataFrame:
    old, new = _counts(one, other)
    seen = np.flatnonzero(old + new)
    return pd.DataFrame(
        {
            "rows of the unit": seen,
            "original, share of units": (old / old.sum())[seen],
            "synthetic, share of units": (new / new.sum())[seen],
        }
    )

"""Differences of means, spreads and quantiles of each numeric variable."""

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
)
from guide_helpers.errors import GuideError
from guide_helpers.measures._coded import Scale
from guide_helpers.measures._moments import mean, numeric_files, quantiles, spread
from guide_helpers.measures._parts import Parts, judged_by_parts
from guide_helpers.results import Score
from guide_helpers.schema import Dataset

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
VARIANTS = ("means", "standard deviations", "quantiles")


@card(
    MeasureCard(
        title="Means, spreads and quantiles",
        summary=(
            "How much means, standard deviations and quantiles of the numbers differ, in standard "
            "deviations of the original."
        ),
        sources=("raab2025checks", "sdmetrics_docs"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("means and quantiles are what users print first"),
            UseCase.TESTING_ANALYSIS: fit("a wrong spread makes every interval of a user wrong"),
            UseCase.EDUCATION: fit("the numbers that a first course computes"),
            UseCase.TESTING_TECHNOLOGY: conditional("where the size of the values matters"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.VARIABLES,
        scope=Scope.NARROW,
        unit="standard deviations of the original",
        bounds=(0.0, None),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Right means with wrong standard deviations point to smoothing, to top codes or to "
            "added noise; right quantiles with a wrong mean point to the tail. The details have "
            "the sign of each difference."
        ),
        reading_user=(
            "Your mean is off by this many standard deviations of the variable. What a sample of "
            "n records may be off by itself is one standard deviation over the root of n."
        ),
        cannot_see=(
            "shapes that leave mean, spread and five quantiles as they are, two peaks for one "
            "among them; categories, missing and special values, relations and survey weights"
        ),
    )
)
def moments(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    shares: Sequence[float] = SHARES,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return the mean absolute difference over the numeric variables, for each kind of number.

    Variants "means", "standard deviations" and "quantiles" (the mean over those at `shares`), all
    in standard deviations of the original, which does not depend on the number of records; the
    band of the null says what noise makes of it. Dates count as numbers. Variables that do not
    vary in the original, or have no value in the synthetic file, are left out.
    """
    at = np.array(shares, dtype=float)
    if not at.size or not ((at > 0) & (at < 1)).all():
        raise GuideError(f"shares={tuple(shares)} must be between 0 and 1, 0.5 for the median")
    files, note = numeric_files(original, synthetic, control)

    def parts(old: Dataset, new: Dataset) -> Parts:
        each = {s.name: _differences(s, old, new, at) for s in files.scales}
        return {
            v: {name: float(np.abs(d[i]).mean()) for name, d in each.items()}
            for i, v in enumerate(VARIANTS)
        }

    signed = {s.name: _differences(s, files.original, files.synthetic, at) for s in files.scales}
    names = [["difference"], ["difference"], [f"difference at {100 * x:g} %" for x in at]]
    beside = {
        v: pd.DataFrame([d[i] for d in signed.values()], index=list(signed), columns=names[i])
        for i, v in enumerate(VARIANTS)
    }
    return judged_by_parts(
        "moments",
        parts,
        files.original,
        files.synthetic,
        rng=rng,
        beside=beside,
        control=files.control,
        nulls=nulls,
        draws=draws,
        note=note,
    )


def _differences(
    scale: Scale, old: Dataset, new: Dataset, at: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return synthetic less original: of the mean, the standard deviation, the quantiles."""
    counts = scale.counts(old), scale.counts(new)
    unit = spread(scale.values, counts[0])
    if not unit > 0:
        return np.array([np.nan]), np.array([np.nan]), np.full(len(at), np.nan)
    means, spreads = ([f(scale.values, c) for c in counts] for f in (mean, spread))
    cuts = [quantiles(scale.values, c, at) for c in counts]
    return (
        np.array([(means[1] - means[0]) / unit]),
        np.array([(spreads[1] - spreads[0]) / unit]),
        (cuts[1] - cuts[0]) / unit,
    )

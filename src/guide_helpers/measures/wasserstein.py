"""How far the values of each numeric variable would have to be moved."""

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
)
from guide_helpers.measures._coded import Scale
from guide_helpers.measures._moments import numeric_files, spread
from guide_helpers.measures._parts import Parts, judged_by_parts
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Wasserstein distance of numbers",
        summary=(
            "How far the average record's value would have to be moved for the synthetic "
            "distribution of a number to become the original one, in standard deviations of the "
            "original."
        ),
        sources=("ramdas2017",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("says how far off, where a share of records says how many"),
            UseCase.TESTING_ANALYSIS: fit("means and totals move by at most this much"),
            UseCase.EDUCATION: conditional("where a course looks at numbers; the unit is plain"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "only where sizes matter, for a screen or a storage format"
            ),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.VARIABLES,
        scope=Scope.NARROW,
        unit="standard deviations of the original",
        bounds=(0.0, None),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "A great value beside a small distance of the same variable says that few records lie "
            "far off: look at the tail, at impossible values, at special codes taken for numbers."
        ),
        reading_user=(
            "The mean of a variable is off by at most this many of its standard deviations. A "
            "variable that a few very large values rule has a large standard deviation: there a "
            "small number can hide a great misfit in the middle."
        ),
        cannot_see=(
            "categories, missing and special values, relations, survey weights, and the middle of "
            "a variable whose standard deviation a few values make"
        ),
    )
)
def wasserstein(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return the mean 1-Wasserstein distance over the numeric variables, and the worst.

    The area between the two cumulative distributions, divided by the standard deviation of the
    original: 0 for equal distributions, without an upper bound. Variables that do not vary in the
    original have no unit and are left out; so is one without a value in the synthetic file, of
    which the note speaks.
    """
    files, note = numeric_files(original, synthetic, control)

    def parts(old: Dataset, new: Dataset) -> Parts:
        return {"mean": {scale.name: _distance(scale, old, new) for scale in files.scales}}

    return judged_by_parts(
        "wasserstein",
        parts,
        files.original,
        files.synthetic,
        rng=rng,
        worst=True,
        control=files.control,
        nulls=nulls,
        draws=draws,
        note=note,
    )


def _distance(scale: Scale, old: Dataset, new: Dataset) -> float:
    counts = scale.counts(old), scale.counts(new)
    totals = [c.sum() for c in counts]
    unit = spread(scale.values, counts[0])
    if not all(totals) or not unit > 0:
        return np.nan
    gap = np.cumsum(counts[1] / totals[1] - counts[0] / totals[0])[:-1]
    return float(np.abs(gap) @ np.diff(scale.values)) / unit

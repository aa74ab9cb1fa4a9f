"""Distance between the distributions of each variable, taken alone."""

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
from guide_helpers.errors import GuideError
from guide_helpers.measures._coded import Scale, coded
from guide_helpers.measures._encode import measured
from guide_helpers.measures._parts import Parts, judged_by_parts
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Distance of single variables",
        summary=(
            "How far apart the two distributions of a variable are: the widest gap between "
            "cumulative shares for numbers, dates and ordered levels, the share of records to move "
            "for other categories."
        ),
        sources=("ramdas2017", "raab2021", "sdmetrics_docs"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("the first table anybody makes is of one variable"),
            UseCase.TESTING_ANALYSIS: conditional(
                "a wrong margin spoils an analysis; a right one does not make it good"
            ),
            UseCase.EDUCATION: fit("a histogram is what a course looks at first"),
            UseCase.TESTING_TECHNOLOGY: fit("margins of the right shape are mostly enough"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.VARIABLES,
        scope=Scope.NARROW,
        unit="share of records",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Read the mean for the method and the worst for the variable to repair; a mean over "
            "twenty variables hides one that is ruined. The details say which lie beyond chance."
        ),
        reading_user=(
            "A share or a cumulative share that you compute from one variable is off by at most "
            "this value for that variable. Look your variables up in the details."
        ),
        cannot_see=(
            "relations between variables, missing and special values (see missingness), survey "
            "weights, and, for numbers, how far away the misplaced values lie"
        ),
    )
)
def univariate_distance(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return mean and worst distance over the numbers and over the categories.

    Variant "numbers": the Kolmogorov-Smirnov distance of numbers, dates and ordered levels, which
    is the greatest difference between the two cumulative shares. Variant "categories": the total
    variation distance, half the sum of absolute differences of shares. Both are 0 for equal
    distributions and 1 for files that share no value, and both speak of the values that are
    there. A variable that is empty in one file alone is at distance 1.

    The mean is the headline because its size does not depend on how many variables there are.
    It hides a single bad one; therefore the worst is a score of its own, beside what the worst
    would be by chance. The interval of the worst takes it as known which one that is.
    """
    files = coded(original, synthetic, control, measured(original))
    if not files.scales:
        raise GuideError("no variable has a value in either file; nothing to compare")

    def parts(old: Dataset, new: Dataset) -> Parts:
        found = {
            "numbers": {s.name: _distance(s, old, new) for s in files.scales if s.ordered},
            "categories": {s.name: _distance(s, old, new) for s in files.scales if not s.ordered},
        }
        return {variant: each for variant, each in found.items() if each}

    return judged_by_parts(
        "univariate_distance",
        parts,
        files.original,
        files.synthetic,
        rng=rng,
        worst=True,
        control=files.control,
        nulls=nulls,
        draws=draws,
    )


def _distance(scale: Scale, old: Dataset, new: Dataset) -> float:
    counts = scale.counts(old), scale.counts(new)
    totals = [c.sum() for c in counts]
    if not all(totals):
        return float(any(totals))
    if scale.ordered:
        counts = np.cumsum(counts[0]), np.cumsum(counts[1])
    gaps = np.abs(counts[1] / totals[1] - counts[0] / totals[0])
    return float(gaps.max()) if scale.ordered else min(1.0, float(gaps.sum() / 2))

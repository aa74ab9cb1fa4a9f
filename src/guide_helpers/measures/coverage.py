"""How much of the original's range, and of its levels, the synthetic file reaches."""

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
        title="Coverage of ranges and levels",
        summary=(
            "Share of the original's range, and of the levels that it has, that the synthetic file "
            "reaches, on average over the variables."
        ),
        sources=("sdmetrics_docs",),
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "for levels; the ends of a range are single people and may be missed on purpose"
            ),
            UseCase.TESTING_ANALYSIS: fit("a level that is not there cannot be analysed"),
            UseCase.EDUCATION: conditional("where a course needs the rare levels"),
            UseCase.TESTING_TECHNOLOGY: fit("a test that never meets a code does not test it"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.STRUCTURE,
        scope=Scope.NARROW,
        unit="share of ranges or levels",
        bounds=(0.0, 1.0),
        better=Better.HIGHER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Below its null: rare levels are lost, or tails are cut. Before you repair it, ask "
            "whether they should be there: a level with one record, and the greatest income, "
            "belong to somebody. Full coverage of rare levels calls for an attack on them."
        ),
        reading_user=(
            "What the file does not reach, it cannot say anything about. Ask whether extremes were "
            "cut on purpose, and at which value."
        ),
        cannot_see=(
            "how often a level or the end of a range occurs: one record is enough; and values "
            "between the ends that never occur"
        ),
        under_privacy=(
            "rare levels cannot be kept with certainty: a file made with differential privacy "
            "loses some of them, or has them by noise"
        ),
    )
)
def coverage(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return the mean share that is reached, over the variables.

    Variant "ranges": of a number or a date, the part of the way from the original's least to its
    greatest value that lies between the synthetic file's own two ends. Variant "levels": of a
    category, the share of the levels with a record in the original that have one in the synthetic
    file too. A number with one value counts as reached where that value is. Only values count:
    missing and special ones do not.

    The correct-model null is below 1: a level with a single record is left out by a bootstrap of
    the same size with probability 0.37. A share of a range, with the synthetic file beside it,
    tells how wide the original's range is: `details` belong in the office.
    """
    files = coded(original, synthetic, control, measured(original))
    scales = [s for s in files.scales if s.counts(files.original).any()]
    if not scales:
        raise GuideError("no variable has a value in the original; nothing to cover")

    def parts(old: Dataset, new: Dataset) -> Parts:
        found = {
            "ranges": {s.name: _range(s, old, new) for s in scales if s.numeric},
            "levels": {s.name: _levels(s, old, new) for s in scales if not s.numeric},
        }
        return {variant: each for variant, each in found.items() if each}

    return judged_by_parts(
        "coverage",
        parts,
        files.original,
        files.synthetic,
        rng=rng,
        control=files.control,
        nulls=nulls,
        draws=draws,
    )


def _levels(scale: Scale, old: Dataset, new: Dataset) -> float:
    had = scale.counts(old) > 0
    return float((scale.counts(new)[had] > 0).mean()) if had.any() else np.nan


def _range(scale: Scale, old: Dataset, new: Dataset) -> float:
    before, after = (np.flatnonzero(scale.counts(d)) for d in (old, new))
    if not len(before):
        return np.nan
    if not len(after):
        return 0.0
    low, high = scale.values[before[[0, -1]]]
    if low == high:
        return float(before[0] in after)
    least, most = scale.values[after[[0, -1]]]
    return float(max(0.0, (min(high, most) - max(low, least)) / (high - low)))

"""k-marginal score of NIST: 0 to 1000, with the sample that is as noisy."""

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
from guide_helpers.measures._cell_statistics import TOTAL_VARIATION
from guide_helpers.measures._cells_scores import NULLS, table_scores
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="k-marginal score",
        summary=(
            "1000 less 500 times the mean sum of absolute differences of shares, over the "
            "tables of two and of three variables: the score of the NIST challenges, with the "
            "share of the original that would be as noisy."
        ),
        sources=("sdnist2023", "voas2001"),
        suits={
            UseCase.PUBLIC_RELEASE: fit(
                "widely reported, and the equivalent sample is plain to all"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "a broad first look; the analysis itself needs its own measure"
            ),
            UseCase.EDUCATION: fit("a score like a mark, and a lesson in why it needs a null"),
            UseCase.TESTING_TECHNOLOGY: unfit("a program does not mind cells a little off"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.TABLES,
        scope=Scope.BROAD,
        unit="points of 1000",
        bounds=(0.0, 1000.0),
        better=Better.HIGHER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Read the sample in the note: a score of 950 that equals a 40 % sample would cost "
            "a reader as much as losing 60 % of the records. Scores of files with other "
            "columns, bins or sizes cannot be compared."
        ),
        reading_user=(
            "The file serves for tables about as well as a random sample of the real records "
            "of the size that the note says. Your own table may be better or worse: see the "
            "table behind the score."
        ),
        cannot_see=(
            "whether a low score is noise or misfit, which its band says; important and silly "
            "pairs weigh the same; differences within a numeric bin, survey weights, and "
            "whether the file repeats real records"
        ),
    )
)
def k_marginal(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    ways: Sequence[int] = (2, 3),
    bins: int = 20,
    max_tables: int | None = 400,
    draws: int = 16,
    nulls: Sequence[Null | str] = NULLS,
    subsample_share: float = 0.5,
    control: Dataset | None = None,
) -> list[Score]:
    """Return, for each way, the k-marginal score: (2 - mean of Σ |q - p|) * 500.

    p and q are the shares of a cell in the original and the synthetic file, and the mean is over
    the k-way tables, so the score is 1000 less 1000 times the mean total variation distance:
    1000 for equal tables, 0 where no table has a common cell. `note` gives the share of the
    original whose random part would score the same. The bands are drawn (`_cells_scores`).
    """
    return table_scores(
        "k_marginal",
        TOTAL_VARIATION,
        original,
        synthetic,
        rng=rng,
        ways=ways,
        bins=bins,
        max_tables=max_tables,
        draws=draws,
        nulls=nulls,
        subsample_share=subsample_share,
        control=control,
        scale=(1000.0, -1000.0),
    )

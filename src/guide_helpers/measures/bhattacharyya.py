"""Bhattacharyya coefficient of the k-way tables of both files."""

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
    unfit,
)
from guide_helpers.measures._cell_statistics import OVERLAP_LOST
from guide_helpers.measures._cells_scores import NULLS, table_scores
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Bhattacharyya overlap of tables",
        summary=(
            "Sum over cells of the root of the product of both shares, from 1 for equal "
            "tables to 0 for tables without a common cell; on average over all tables of one "
            "to four variables."
        ),
        sources=("bhattacharyya1943", "raab2021"),
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "beside its null; the distance of tables has the plainer unit"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "for the tables that the analysis rests on; ask for those ways"
            ),
            UseCase.EDUCATION: conditional("shows that many distances say nearly the same"),
            UseCase.TESTING_TECHNOLOGY: unfit("a program does not mind cells a little off"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.TABLES,
        scope=Scope.BROAD,
        unit="overlap",
        bounds=(0.0, 1.0),
        better=Better.HIGHER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Read what is lacking to 1 beside what its null lacks; the ratio S in the note "
            "does that. An overlap of 0.99 may be poor in a table of ten cells and perfect in "
            "one of a thousand."
        ),
        reading_user=(
            "Inside its band, tables like yours differ from the real ones by no more than the "
            "noise of drawing. Outside, some do: ask for the table behind the score and look "
            "for your variables in it."
        ),
        cannot_see=(
            "what the Hellinger distance and Freeman-Tukey do not see either, as all three "
            "are one number written in three ways; differences within a numeric bin, survey "
            "weights, and whether the file repeats real records"
        ),
    )
)
def bhattacharyya(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    ways: Sequence[int] = (1, 2, 3),
    bins: int = 20,
    max_tables: int | None = 400,
    draws: int = 16,
    nulls: Sequence[Null | str] = NULLS,
    subsample_share: float = 0.5,
    control: Dataset | None = None,
) -> list[Score]:
    """Return, for each way, the mean Bhattacharyya coefficient over the k-way tables.

    The sum over cells of √(p q), of shares p and q: 1 less the square of the Hellinger distance.
    By formula it lacks (k - 1)/(8 n2) to 1 on average for k occupied cells under a correct
    synthesis, and 1/(1 - c) times that for a fresh sample; the bands are drawn
    (`_cells_scores`). The ratios in `note` and `details` are of what it lacks.

    References
    ----------
    Bhattacharyya (1943), Bulletin of the Calcutta Mathematical Society 35; Raab, Nowok and
    Dibben (2021), arXiv:2109.12717
    """
    return table_scores(
        "bhattacharyya",
        OVERLAP_LOST,
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
        scale=(1.0, -1.0),
    )

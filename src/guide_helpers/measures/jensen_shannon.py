"""Jensen-Shannon divergence of the k-way tables of both files."""

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
from guide_helpers.measures._cell_statistics import JENSEN_SHANNON
from guide_helpers.measures._cells_scores import NULLS, table_scores
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Jensen-Shannon divergence of tables",
        summary=(
            "Information, in bits, that one record gives about which file it comes from, "
            "where only a table is looked at; on average over all tables of one to four "
            "variables."
        ),
        sources=("lin1991", "raab2021"),
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
        unit="bits",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Divide it by its null, or read the sample that is as noisy in the note: the "
            "value itself falls with the number of records and rises with that of cells. The "
            "table behind the score names the tables that exceed chance most."
        ),
        reading_user=(
            "Inside its band, tables like yours differ from the real ones by no more than the "
            "noise of drawing. Outside, some do: ask for the table behind the score and look "
            "for your variables in it."
        ),
        cannot_see=(
            "which way a cell is off and by how many records; differences within a numeric "
            "bin, survey weights, and whether the file repeats real records"
        ),
    )
)
def jensen_shannon(
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
    """Return, for each way, the mean Jensen-Shannon divergence over the k-way tables, in bits.

    With shares p and q and their mean m, half the sum over cells of p log2(p/m) + q log2(q/m):
    0 for equal tables, 1 for tables without a common cell. By formula its mean is
    (k - 1)/(8 n2 log 2) for k occupied cells under a correct synthesis and 1/(1 - c) times that
    for a fresh sample; the bands are drawn (`_cells_scores`).

    References
    ----------
    Lin (1991), doi:10.1109/18.61115; Raab, Nowok and Dibben (2021), arXiv:2109.12717
    """
    return table_scores(
        "jensen_shannon",
        JENSEN_SHANNON,
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
    )

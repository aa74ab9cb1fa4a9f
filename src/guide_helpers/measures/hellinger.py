"""Hellinger distance of the k-way tables of both files."""

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
from guide_helpers.measures._cell_statistics import HELLINGER
from guide_helpers.measures._cells_scores import NULLS, table_scores
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Hellinger distance of tables",
        summary=(
            "Distance between the roots of the shares of cells, from 0 for equal tables to 1 "
            "for tables without a common cell; on average over all tables of one to four "
            "variables."
        ),
        sources=("hellinger1909", "raab2021"),
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
        unit="distance",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Read it beside its null: more cells are more noise, and fewer records too. A "
            "distance looks large soon, being the root of a small number. The table behind "
            "the score names the tables that exceed chance most."
        ),
        reading_user=(
            "Inside its band, tables like yours differ from the real ones by no more than the "
            "noise of drawing. Outside, some do: ask for the table behind the score and look "
            "for your variables in it."
        ),
        cannot_see=(
            "by how many records a table is off, as small cells weigh more than their share; "
            "differences within a numeric bin, survey weights, and whether the file repeats "
            "real records"
        ),
    )
)
def hellinger(
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
    """Return, for each way, the mean Hellinger distance over the k-way tables.

    With shares p and q, the root of half the sum over cells of (√q - √p)², which is
    √(1 - Σ √(p q)): 0 for equal tables, 1 for tables without a common cell. By formula its mean
    is that of the root of a chi-square of k - 1 degrees of freedom over 8 n2 under a correct
    synthesis, and 1/√(1 - c) times that for a fresh sample; the bands are drawn
    (`_cells_scores`).

    References
    ----------
    Hellinger (1909), doi:10.1515/crll.1909.136.210; Raab, Nowok and Dibben (2021),
    arXiv:2109.12717
    """
    return table_scores(
        "hellinger",
        HELLINGER,
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

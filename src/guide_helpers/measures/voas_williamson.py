"""Voas and Williamson's chi-square of the k-way tables of both files."""

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
from guide_helpers.measures._cell_statistics import VOAS_WILLIAMSON
from guide_helpers.measures._cells_scores import NULLS, table_scores
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Voas-Williamson chi-square",
        summary=(
            "Sum over cells of the squared difference of counts over its variance, on average "
            "over all tables of one to four variables: a chi-square that empty cells cannot "
            "spoil."
        ),
        sources=("voas2001", "raab2021"),
        suits={
            UseCase.PUBLIC_RELEASE: fit(
                "users tabulate first, and its null tells noise from misfit"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "for the tables that the analysis rests on; ask for those ways"
            ),
            UseCase.EDUCATION: conditional(
                "a ratio to chance is good to teach; shares of records are easier to picture"
            ),
            UseCase.TESTING_TECHNOLOGY: unfit("a program does not mind cells a little off"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.TABLES,
        scope=Scope.BROAD,
        unit="chi-square",
        bounds=(0.0, None),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Look at the ratio S in the note, not at the value: the value grows with the "
            "number of cells. 1 is a correct synthesis, 2 as far as another sample of the "
            "same size; the ratio of a wrong model grows with the number of records. The "
            "table behind the score names the tables that exceed chance most: mend those "
            "relations first."
        ),
        reading_user=(
            "Inside its band, tables like yours differ from the real ones by no more than the "
            "noise of drawing. Outside, some do: ask for the table behind the score and look "
            "for your variables in it."
        ),
        cannot_see=(
            "by how many records a table is off: many records make a small misfit large; "
            "differences within a numeric bin, survey weights, and whether the file repeats "
            "real records"
        ),
    )
)
def voas_williamson(
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
    """Return, for each way, the mean chi-square of Voas and Williamson over the k-way tables.

    With counts o and s of n1 and n2 records and c = n2/(n1 + n2), the sum over cells of
    (s - o c/(1 - c))² / (c (o + s)). It is N/(c (1 - c)²) times the pMSE of a model with a
    parameter for each cell, so its ratio S is the S_pMSE of the table. By formula its mean is
    k - 1 for k occupied cells under a correct synthesis and (k - 1)/(1 - c) for a fresh sample;
    the bands are drawn, so they hold in sparse tables and panels too (`_cells_scores`).

    References
    ----------
    Voas and Williamson (2001), doi:10.1080/13615930120086078; Raab, Nowok and Dibben (2021),
    arXiv:2109.12717
    """
    return table_scores(
        "voas_williamson",
        VOAS_WILLIAMSON,
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

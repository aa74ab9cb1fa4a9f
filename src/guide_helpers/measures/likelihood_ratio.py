"""Likelihood ratio statistic G of the k-way tables of both files."""

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
from guide_helpers.measures._cell_statistics import LIKELIHOOD_RATIO
from guide_helpers.measures._cells_scores import NULLS, table_scores
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Likelihood ratio G of tables",
        summary=(
            "Twice the sum over cells of synthetic counts times the logarithm of their ratio "
            "to the original ones, on average over all tables of one to four variables; cells "
            "empty in the original are left out."
        ),
        sources=("wilks1938", "raab2021"),
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "beside one that counts empty cells; alone it can praise a file for errors"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "for the tables that the analysis rests on; ask for those ways"
            ),
            UseCase.EDUCATION: conditional(
                "a good bad example: what a statistic leaves out, it cannot see"
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
            "Never alone: a record that the synthesis puts where the original has nobody "
            "costs nothing here. The note says what share of the records that is. Where it is "
            "more than a few per cent, go by Voas-Williamson or Freeman-Tukey; else read S as "
            "theirs."
        ),
        reading_user=(
            "A low value says little in tables with empty cells: combinations that nobody had "
            "are not counted against the file."
        ),
        cannot_see=(
            "records in cells that the original leaves empty, so that in sparse tables S "
            "falls below 1 even for a correct model that smooths, and below its null for a "
            "wrong one; differences within a numeric bin, survey weights, and whether the "
            "file repeats real records"
        ),
    )
)
def likelihood_ratio(
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
    """Return, for each way, the mean likelihood ratio statistic over the k-way tables.

    With shares p of the original and q of the n2 synthetic records, 2 n2 times the sum of
    q log(q/(p Q)) over the cells that the original occupies, in which the share Q of the
    synthetic records lies. Where no record lies elsewhere (Q = 1) it is the usual
    2 Σ s log(s (1 - c)/(o c)); where some do, that would be infinite, and they are left out. By
    formula its mean is k - 1 for k occupied cells under a correct synthesis and (k - 1)/(1 - c)
    for a fresh sample, but far less in sparse tables, as cells with a zero are lost; the bands
    are drawn (`_cells_scores`).

    References
    ----------
    Wilks (1938), doi:10.1214/aoms/1177732360; Raab, Nowok and Dibben (2021), arXiv:2109.12717
    """
    return table_scores(
        "likelihood_ratio",
        LIKELIHOOD_RATIO,
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

"""Percentage of records that a propensity model tells right, above half."""

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
from guide_helpers.measures._propensity import by_score, correct_over_half, propensity_scores
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="PO50",
        summary=(
            "Percentage of records whose file a propensity model guesses right, less the 50 "
            "that a coin does; both files weigh the same."
        ),
        sources=("raab2021",),
        suits={
            UseCase.PUBLIC_RELEASE: conditional("beside pMSE, which weighs all records"),
            UseCase.TESTING_ANALYSIS: conditional(
                "a broad look; the analysis itself needs its own measure"
            ),
            UseCase.EDUCATION: conditional(
                "the plainest of its family: right more often than a coin?"
            ),
            UseCase.TESTING_TECHNOLOGY: unfit("a program does not mind being told apart"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.WHOLE_FILE,
        scope=Scope.BROAD,
        unit="percentage points",
        bounds=(-50.0, 50.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Look at the ratio in the note and at the band, not at the value: a model fitted "
            "to the records it scores tells even two equal files apart a little. The table "
            "behind the score shows both files by tenths of the score."
        ),
        reading_user=(
            "Inside its band, the model finds nothing that tells the file from a correct "
            "synthesis. Outside, somebody who looked at both files could say which is which "
            "more often than chance: ask for what."
        ),
        cannot_see=(
            "how sure the guesses are: a few records told apart surely count as many told "
            "barely; what the model does not look at: shapes and relations in the logistic "
            "model, splits in leaves too small for the tree; which analyses suffer; nor "
            "whether real records are repeated"
        ),
    )
)
def po50(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    models: Sequence[str] = ("logit", "tree"),
    draws: int = 16,
    min_leaf: int | None = None,
    max_depth: int = 12,
    control: Dataset | None = None,
) -> list[Score]:
    """Return, for each model, the percentage of records told right above 50.

    A record is called synthetic where its score exceeds c, the share of synthetic records, and
    the two files weigh the same, so that unlike sizes give nothing away; with files of one size
    that is the usual definition. Never more than 50 times SPECKS. `models` are "logit" (main
    effects) and "tree" (`propensity_tree`). Bands are drawn (`_propensity`): fitted scores are
    right above half even for files without difference.

    References
    ----------
    Raab, Nowok and Dibben (2021), arXiv:2109.12717
    """
    return propensity_scores(
        "po50",
        correct_over_half,
        original,
        synthetic,
        rng=rng,
        models=models,
        draws=draws,
        control=control,
        min_leaf=min_leaf,
        max_depth=max_depth,
        details=by_score,
    )

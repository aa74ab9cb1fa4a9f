"""Kolmogorov-Smirnov distance between the propensity scores of both files."""

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
from guide_helpers.measures._propensity import by_score, propensity_scores, separation
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="SPECKS",
        summary=(
            "Largest distance between the distributions of the propensity score in the "
            "original and in the synthetic file: the most that a threshold on the score could "
            "tell apart."
        ),
        sources=("raab2021",),
        suits={
            UseCase.PUBLIC_RELEASE: conditional("beside pMSE, which weighs all records"),
            UseCase.TESTING_ANALYSIS: conditional(
                "a broad look; the analysis itself needs its own measure"
            ),
            UseCase.EDUCATION: conditional(
                "one picture shows it: two curves and the gap between them"
            ),
            UseCase.TESTING_TECHNOLOGY: unfit("a program does not mind being told apart"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.WHOLE_FILE,
        scope=Scope.BROAD,
        unit="share of records",
        bounds=(0.0, 1.0),
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
            "what the model does not look at: shapes and relations in the logistic model, "
            "splits in leaves too small for the tree; which analyses suffer; nor whether real "
            "records are repeated"
        ),
    )
)
def specks(
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
    """Return, for each model, the largest gap between the scores' distribution functions.

    SPECKS stands for synthetic data via propensity scores, estimated, and the
    Kolmogorov-Smirnov statistic. 0 where the scores are alike, 1 where a threshold parts the
    files. `models` are "logit" (main effects) and "tree" (`propensity_tree`). The table of
    Kolmogorov and Smirnov is no null for it, as the scores are fitted: bands are drawn
    (`_propensity`), those of the logistic model by one Newton step a draw.

    References
    ----------
    Raab, Nowok and Dibben (2021), arXiv:2109.12717
    """
    return propensity_scores(
        "specks",
        separation,
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

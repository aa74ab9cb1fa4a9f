"""Rank sum of the propensity scores of both files."""

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
from guide_helpers.measures._propensity import by_score, propensity_scores, rank_sum
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Rank sum of propensity scores (U)",
        summary=(
            "Probability that a synthetic record has a higher propensity score than an "
            "original one: the area under the ROC curve of a model that tells the files "
            "apart."
        ),
        sources=("mann1947", "raab2021"),
        suits={
            UseCase.PUBLIC_RELEASE: conditional("beside pMSE, which weighs all records"),
            UseCase.TESTING_ANALYSIS: conditional(
                "a broad look; the analysis itself needs its own measure"
            ),
            UseCase.EDUCATION: conditional("known from other courses as the AUC; here low is good"),
            UseCase.TESTING_TECHNOLOGY: unfit("a program does not mind being told apart"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.WHOLE_FILE,
        scope=Scope.BROAD,
        unit="probability",
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
def u_statistic(
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
    """Return, for each model, U/(n1 n2): the probability that a synthetic record ranks higher.

    U is the statistic of Mann and Whitney for the propensity scores, equal ones counting half.
    0.5 where the scores tell nothing. Wilcoxon's null does not hold, as the scores are fitted to
    the records that they rank; the bands are drawn (`_propensity`), those of the logistic model
    by one Newton step a draw, and the ratio in `note` is of what exceeds 0.5.

    References
    ----------
    Mann and Whitney (1947), doi:10.1214/aoms/1177730491; Raab, Nowok and Dibben (2021),
    arXiv:2109.12717
    """
    return propensity_scores(
        "u_statistic",
        rank_sum,
        original,
        synthetic,
        rng=rng,
        models=models,
        draws=draws,
        control=control,
        min_leaf=min_leaf,
        max_depth=max_depth,
        base=0.5,
        details=by_score,
    )

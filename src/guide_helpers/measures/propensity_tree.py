"""How well a tree tells synthetic records from original ones."""

from __future__ import annotations

from dataclasses import replace

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
from guide_helpers.measures._propensity import by_leaf, propensity_scores, squared_error
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Propensity score of a tree (pMSE)",
        summary=(
            "Mean squared distance between the share of synthetic records and their share in "
            "the leaf of a classification tree, which looks at cuts and at relations, not at "
            "means."
        ),
        sources=("woo2009", "snoke2018", "raab2021", "breiman1984"),
        suits={
            UseCase.PUBLIC_RELEASE: fit(
                "sees relations that no one has thought of, and says where"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "finds wrong regions; whether the analysis minds needs its own measure"
            ),
            UseCase.EDUCATION: fit("its leaves are sentences that a class can check in both files"),
            UseCase.TESTING_TECHNOLOGY: unfit("a program does not mind being told apart"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.WHOLE_FILE,
        scope=Scope.BROAD,
        unit="squared probability",
        bounds=(0.0, 0.25),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Divide it by its null: a ratio of 1 is as good as a correct synthesis, 2 as far "
            "as another sample of the same size. Compare methods with trees of one depth and "
            "leaf size only. The table behind the score puts into words the regions where the "
            "files differ most: begin there."
        ),
        reading_user=(
            "Near its null: a tree of this depth finds no region that has too many or too few "
            "records. Far above: the table behind the score names regions to keep away from."
        ),
        cannot_see=(
            "regions smaller than a leaf, and misfits that are spread thinly over all "
            "records, which a logistic model sees better; nor whether real records are "
            "repeated"
        ),
    )
)
def propensity_tree(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    draws: int = 16,
    min_leaf: int | None = None,
    max_depth: int = 12,
    control: Dataset | None = None,
) -> Score:
    """Return the pMSE of a classification tree, raw: 0 to c(1 - c), with S_pMSE in `note`.

    Numbers are cut at 20 quantiles of the original, with missing and special values in bins of
    their own; of more than 50 levels the rarest are taken together. A leaf holds at least
    `min_leaf` records, by default a fiftieth of all, and the tree is not pruned: a tree that is
    pruned to nothing where the files are alike has no null.

    The null of a tree has no formula. Dealing the records of both files (or of original and
    `control`) out again gives a fresh-sample null. Bootstraps of the original give the
    correct-model null, to which S_pMSE refers; `note` also gives it by the permutation null times
    1 - c, which is the same while leaves hold many records. The interval is that of another copy
    of the same size, with the tree as grown; `details` holds its leaves in words.

    References
    ----------
    Snoke, Raab, Nowok, Dibben and Slavkovic (2018), doi:10.1111/rssa.12358
    """
    found = propensity_scores(
        "propensity_tree",
        squared_error,
        original,
        synthetic,
        rng=rng,
        models=("tree",),
        draws=draws,
        control=control,
        min_leaf=min_leaf,
        max_depth=max_depth,
        details=by_leaf,
    )[0]
    share = len(synthetic) / (len(original) + len(synthetic))
    note = found.note
    if permuted := found.band(Null.FRESH_SAMPLE).mean * (1 - share):
        note += f" By the permutation null times 1 - c: {found.value / permuted:.2f}."
    return replace(found, variant="", note=note)

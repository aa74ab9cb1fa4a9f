"""Records that are alone with their key variables, in the original and in the synthetic file."""

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
)
from guide_helpers.measures._keys import (
    KEY,
    UNDER_PRIVACY,
    Bins,
    Files,
    chosen_keys,
    column,
    holders,
    percent,
    said_of_bins,
    scored,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Uniques",
        summary=(
            "Share of records that no other record of their file equals on the key variables, in "
            "the original (UiO) and in the synthetic file (UiS)."
        ),
        sources=("raab2024", "raab2024proposals"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("says how many people a set of keys would point at"),
            UseCase.TESTING_ANALYSIS: fit("the first look at any choice of keys"),
            UseCase.EDUCATION: fit("easily understood: who is alone with what is known of them?"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "where the test file was fitted to records at all"
            ),
        },
        aspect=Aspect.RISK,
        rung=Rung.IDENTITY,
        scope=Scope.NARROW,
        unit="% of the file's records",
        bounds=(0.0, 100.0),
        better=Better.LOWER,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "UiO is the risk of your data under these keys, before any synthesis: replicated "
            "uniques and apparent matches are parts of it. Many uniques in a synthetic file are "
            "no harm by themselves; they say how often somebody will believe in a find."
        ),
        reading_user=(
            "A record that is alone in the synthetic file need not be alone, or exist, among "
            "real people."
        ),
        cannot_see=(
            "whether the unique records of the two files have anything to do with each other, and "
            "whether a record that is unique in the file is unique in the population"
        ),
        under_privacy=UNDER_PRIVACY,
    )
)
def uniques(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    keys: Sequence[str] | None = None,
    bins: Bins = None,
    control: Dataset | None = None,
    nulls: Sequence[Null | str] = (),
    draws: int = 16,
) -> list[Score]:
    """Return the share of unique records, in per cent: of the original, of the synthetic file.

    Unique is a record whose combination of keys belongs to one privacy unit only, so the rows of
    one person do not hide each other. Missing is a value. `keys` are the schema's key variables
    by default; numeric ones are compared exactly, or in classes: with `bins=10` in classes at
    quantiles of the original, with `bins={"age": [30, 65]}` in classes with these edges.

    References
    ----------
    Raab, Nowok and Dibben (2024), doi:10.48550/arXiv.2406.16826
    """
    names = chosen_keys(original, keys)
    files = Files(original, synthetic, control)
    key, size = files.combined(names, bins)

    def values(one: Dataset, other: Dataset) -> dict[str, float]:
        return {"UiO": alone(one, size), "UiS": alone(other, size)}

    return scored(
        "uniques",
        values,
        files.coded({KEY: key}),
        rng=rng,
        note=f"Keys: {', '.join(names)}. {said_of_bins(original, names, bins)}",
        fixed=["UiO"],
        expected=lambda one: dict.fromkeys(("UiO", "UiS"), alone(one, size)),
        nulls=nulls,
        draws=draws,
    )


def alone(data: Dataset, size: int) -> float:
    """Return the share of records, in per cent, whose combination no other unit has."""
    return percent(holders(data, size)[column(data)] == 1)

"""Sensitive values that the original gives away, and the synthetic file too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
from guide_helpers.measures._attribution import (
    Question,
    claimed,
    group_sizes,
)
from guide_helpers.measures._keys import (
    UNDER_PRIVACY,
    Bins,
    percent,
    scored,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="DiSDiO",
        summary=(
            "Share of original records whose key variables lead to one sensitive value, the same, "
            "in the synthetic file and in the original: disclosive in synthetic, disclosive in "
            "original."
        ),
        sources=("raab2024", "raab2024proposals"),
        suits={
            UseCase.PUBLIC_RELEASE: fit(
                "says which part of DiSCO was already certain in the original"
            ),
            UseCase.TESTING_ANALYSIS: fit("the same, for the users of a secure room"),
            UseCase.EDUCATION: conditional("beside DiSCO, where that is used"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "only where the test file keeps relations between variables"
            ),
        },
        aspect=Aspect.RISK,
        rung=Rung.ATTRIBUTE,
        scope=Scope.NARROW,
        unit="% of original records",
        bounds=(0.0, 100.0),
        better=Better.LOWER,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "The part of DiSCO in which the original itself leaves no doubt. An intruder cannot "
            "tell it from the rest of DiSCO, so it is no milder limit; use it to see whether "
            "disclosure comes from groups that are alike, or alone, in your data."
        ),
        reading_user=("You cannot know for which records the original would show one value only."),
        cannot_see=(
            "correct conclusions about groups that the original does not leave alike; an intruder "
            "draws them all the same"
        ),
        under_privacy=UNDER_PRIVACY,
    )
)
def disdio(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    keys: Sequence[str] | None = None,
    sensitive: str | Sequence[str] | None = None,
    bins: Bins = None,
    sensitive_bins: Bins = None,
    control: Dataset | None = None,
    nulls: Sequence[Null | str] = (),
    draws: int = 16,
) -> list[Score]:
    """Return DiSDiO in per cent of the original's records, for each sensitive variable.

    DiSCO with the further condition that all original records with these keys share the value.
    Options as for `group_disclosure`.

    References
    ----------
    Raab, Nowok and Dibben (2024), doi:10.48550/arXiv.2406.16826
    """
    given: dict[str, Any] = {
        "keys": keys,
        "sensitive": sensitive,
        "bins": bins,
        "sensitive_bins": sensitive_bins,
    }
    asked = Question.of(original, synthetic, control, **given)
    size = asked.size

    def values(one: Dataset, other: Dataset) -> dict[str, float]:
        shares = {}
        for name in asked.targets:
            in_group, alike = group_sizes(one, name, size)
            shares[name] = percent(claimed(one, other, name, size)[1] & (in_group == alike))
        return shares

    return scored("disdio", values, asked.coded, rng=rng, note=asked.said, nulls=nulls, draws=draws)

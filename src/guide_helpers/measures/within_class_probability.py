"""How sure the synthetic file seems of a sensitive value (WEAP)."""

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
from guide_helpers.errors import GuideError
from guide_helpers.measures._attribution import (
    Question,
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
        title="Within-class attribution probability (WEAP)",
        summary=(
            "Probability that another look at the synthetic records with the same key variables "
            "gives the same sensitive value, on average over the synthetic records, and share of "
            "records for which it is certain."
        ),
        sources=("taub2018", "taub2019"),
        suits={
            UseCase.PUBLIC_RELEASE: fit(
                "only beside TCAP: it says how many claims the file invites"
            ),
            UseCase.TESTING_ANALYSIS: fit("only beside TCAP"),
            UseCase.EDUCATION: conditional("only beside TCAP, as the first half of its definition"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "only where the test file keeps relations between variables"
            ),
        },
        aspect=Aspect.RISK,
        rung=Rung.ATTRIBUTE,
        scope=Scope.NARROW,
        unit="% of synthetic records",
        bounds=(0.0, 100.0),
        better=Better.LOWER,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "It says how sure the file seems, to somebody without the original. Groups of one "
            "record are always sure. Whether it is right to be is what TCAP and DiSCO say."
        ),
        reading_user=(
            "How often all records with the same keys share a value: many keys make it high for "
            "no other reason than that few records share them."
        ),
        cannot_see="the original: no part of the value depends on it, so it measures no disclosure",
        under_privacy=UNDER_PRIVACY,
    )
)
def within_class_probability(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    keys: Sequence[str] | None = None,
    sensitive: str | Sequence[str] | None = None,
    bins: Bins = None,
    sensitive_bins: Bins = None,
    threshold: float = 1.0,
    control: Dataset | None = None,
    nulls: Sequence[Null | str] = (),
    draws: int = 16,
) -> list[Score]:
    """Return WEAP in per cent of synthetic records, for each sensitive variable.

    WEAP of a synthetic record is the share of the synthetic records with its keys that have its
    value too. "mean" is its mean; "certain" the share of records for which it is at least
    `threshold`, with 1 the records of Dsyn. Options as for `group_disclosure`.

    References
    ----------
    Taub, Elliot, Pampaka and Smith (2018), doi:10.1007/978-3-319-99771-1_9
    """
    if not 0 < threshold <= 1:
        raise GuideError(f"threshold={threshold} is not above 0 and at most 1")
    given: dict[str, Any] = {
        "keys": keys,
        "sensitive": sensitive,
        "bins": bins,
        "sensitive_bins": sensitive_bins,
    }
    asked = Question.of(original, synthetic, control, **given)
    size = asked.size

    def of(data: Dataset) -> dict[str, float]:
        shares = {}
        for name in asked.targets:
            in_group, alike = group_sizes(data, name, size)
            shares[f"{name}, mean"] = 100 * float((alike / in_group).mean())
            shares[f"{name}, certain"] = percent(alike >= threshold * in_group - 1e-9)
        return shares

    def values(_: Dataset, other: Dataset) -> dict[str, float]:
        return of(other)

    note = f"Certain means a WEAP of {threshold:g} or more. {asked.said}"
    return scored(
        "within_class_probability",
        values,
        asked.coded,
        rng=rng,
        note=note,
        expected=of,
        nulls=nulls,
        draws=draws,
    )

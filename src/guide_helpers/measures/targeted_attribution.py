"""Correct attribution where the synthetic file leaves no doubt (TCAP)."""

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
    baseline,
    cell,
    claimed,
    claimed_by_others,
    group_sizes,
)
from guide_helpers.measures._keys import (
    UNDER_PRIVACY,
    Bins,
    column,
    percent,
    scored,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Targeted correct attribution (TCAP)",
        summary=(
            "Among the claims of an intruder who speaks only where all synthetic records with the "
            "target's key variables share one sensitive value, the share that is true."
        ),
        sources=("taub2018", "taub2019", "raab2024"),
        suits={
            UseCase.PUBLIC_RELEASE: fit(
                "how far a certain-looking file can be trusted with a secret"
            ),
            UseCase.TESTING_ANALYSIS: fit("the same, for the users of a secure room"),
            UseCase.EDUCATION: conditional("teaches what a denominator does"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "only where the test file keeps relations between variables"
            ),
        },
        aspect=Aspect.RISK,
        rung=Rung.ATTRIBUTE,
        scope=Scope.NARROW,
        unit="% of claims",
        bounds=(0.0, 100.0),
        better=Better.LOWER,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "Read it with the number of claims and beside the baseline in the note: a rate over "
            "few claims looks bad and may be harmless, one over many may look good and not be. "
            "Where nearly everybody has one value it is high for any file. Its band says what "
            "strangers give; DiSCO is the same numerator over all records."
        ),
        reading_user=(
            "Where the file shows one value only, it is the true one for so many people. The rest "
            "were shown something false."
        ),
        cannot_see=(
            "how many people are claimed at all, unless you read the note; and numbers of other "
            "authors, who divide by synthetic records instead of original ones"
        ),
        under_privacy=UNDER_PRIVACY,
    )
)
def targeted_attribution(
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
    """Return TCAP in per cent of claims, for each sensitive variable, by two denominators.

    A group of equal keys with WEAP = 1 is one in which all synthetic records share the value t.
    "of original records" divides the original records in such groups whose value is t by all
    original records in such groups: DiSCO over the share of records in disclosive groups. "of
    synthetic records" takes each synthetic record of such a group that has a match in the original
    and averages the share of the original's group that has the value t: large synthetic groups
    weigh more. Where nothing is claimed both are 0, and the note says so.

    The note has the baseline, the sum of squared shares in the original, and the ratio to it.
    Options as for `group_disclosure`.

    References
    ----------
    Taub et al. (2019), UNECE/Eurostat Work Session on Statistical Data Confidentiality
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
            claims, right = claimed(one, other, name, size)
            shares[f"{name}, of original records"] = percent(right[claims])
            shares[f"{name}, of synthetic records"] = _of_synthetic(one, other, name, size)
        return shares

    def expected(one: Dataset) -> dict[str, float]:
        found = {name: claimed_by_others(one, name, size) for name in asked.targets}
        return {
            f"{n}, of original records": percent(right[claims])
            for n, (claims, right) in found.items()
        }

    old, new, _ = asked.coded
    notes = {}
    for variant, value in values(old, new).items():
        name = variant.rsplit(", ", 1)[0]
        notes[variant] = (
            _said(value, claimed(old, new, name, size)[0], column(old, name)) + asked.said
        )
    return scored(
        "targeted_attribution",
        values,
        asked.coded,
        rng=rng,
        note=notes,
        expected=expected,
        nulls=nulls,
        draws=draws,
    )


def _of_synthetic(one: Dataset, other: Dataset, name: str, size: int) -> float:
    in_group, alike = group_sizes(other, name, size)
    cells = int(max(column(one, cell(name)).max(), column(other, cell(name)).max())) + 1
    theirs = np.bincount(column(one), minlength=size)[column(other)]
    with_value = np.bincount(column(one, cell(name)), minlength=cells)[column(other, cell(name))]
    claimed = (in_group == alike) & (theirs > 0)
    return 100 * float((with_value[claimed] / theirs[claimed]).mean()) if claimed.any() else 0.0


def _said(value: float, claims: np.ndarray, truth: np.ndarray) -> str:
    if not claims.any():
        return "No claim: no group of one value has a match in the original. "
    base = baseline(truth)
    said = f"{int(claims.sum()):,} original records claimed ({percent(claims):.3g} %). "
    return said + f"Baseline {base:.3g} %, ratio {value / base:.3g}. "

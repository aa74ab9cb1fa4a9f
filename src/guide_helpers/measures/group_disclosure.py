"""Groups of records with equal keys that all share a sensitive value."""

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
    group_sizes,
)
from guide_helpers.measures._keys import (
    UNDER_PRIVACY,
    Bins,
    column,
    holders,
    percent,
    scored,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Group disclosure",
        summary=(
            "Share of records whose group of equal key variables shares one sensitive value, in "
            "the original (Dorig) and the synthetic file (Dsyn), and share of original records "
            "whose keys the synthetic file has (iSO)."
        ),
        sources=("raab2024", "raab2024proposals", "machanavajjhala2007"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("the baseline beside which DiSCO is read"),
            UseCase.TESTING_ANALYSIS: fit("shows what the keys give away without any synthesis"),
            UseCase.EDUCATION: conditional(
                "for a course, on the variables that are sensitive there"
            ),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "only where the test file keeps relations between variables"
            ),
        },
        aspect=Aspect.RISK,
        rung=Rung.ATTRIBUTE,
        scope=Scope.NARROW,
        unit="% of the file's records",
        bounds=(0.0, 100.0),
        better=Better.LOWER,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "Dorig is what the keys would give away in the original: DiSCO is read beside it. Dsyn "
            "says how often the synthetic file seems to tell a value; iSO, for how many people it "
            "tells anything. None of them says that what it tells is true."
        ),
        reading_user=(
            "Where all records of a group share a value, that may be the rule, or a group of one. "
            "The first is a finding about everybody, the second about nobody."
        ),
        cannot_see=(
            "whether the value shown is that of the people concerned (DiSCO does), and groups "
            "where nearly all share it"
        ),
        under_privacy=UNDER_PRIVACY,
    )
)
def group_disclosure(
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
    """Return Dorig, Dsyn and iSO in per cent, for each sensitive variable.

    A group is the records of one combination of keys; a group of one shares its value. `keys` and
    `sensitive` are the schema's by default, and each sensitive variable has scores of its own.
    Missing is a value. Numeric keys are classed by `bins` and numeric sensitive variables by
    `sensitive_bins`: a number of classes at quantiles of the original, or edges by name, as in
    `{"age": [30, 65]}`; both are compared exactly without them.

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
            shares[f"{name}, Dorig"] = _alike(one, name, size)
            shares[f"{name}, Dsyn"] = _alike(other, name, size)
        shares["iSO"] = percent((holders(other, size) > 0)[column(one)])
        return shares

    def expected(one: Dataset) -> dict[str, float]:
        own = {name: _alike(one, name, size) for name in asked.targets}
        shares = {f"{name}, {which}": x for name, x in own.items() for which in ("Dorig", "Dsyn")}
        return {**shares, "iSO": percent((holders(one, size) > 1)[column(one)])}

    return scored(
        "group_disclosure",
        values,
        asked.coded,
        rng=rng,
        note=asked.said,
        fixed=[f"{name}, Dorig" for name in asked.targets],
        expected=expected,
        nulls=nulls,
        draws=draws,
    )


def _alike(data: Dataset, name: str, size: int) -> float:
    in_group, alike = group_sizes(data, name, size)
    return percent(in_group == alike)

"""The probability of a correct attribution (CAP) from equal keys."""

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
    group_sizes,
)
from guide_helpers.measures._keys import (
    UNDER_PRIVACY,
    Bins,
    column,
    scored,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Correct attribution probability (CAP)",
        summary=(
            "Probability, on average over the original records, that a synthetic record drawn at "
            "random among those with the same key variables has the same sensitive value."
        ),
        sources=("taub2018", "raab2024"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("an average over all people, beside its baseline"),
            UseCase.TESTING_ANALYSIS: fit("an average over all people, beside its baseline"),
            UseCase.EDUCATION: conditional("easily told: pick one of the records like hers"),
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
            "DCAP below the baseline says that guessing from the margin does better than the file, "
            "often because many people have no match; above the fresh-sample band it says that "
            "the file knows its members. The CAP of the original is the most that a copy gives."
        ),
        reading_user=(
            "A high value is what a useful file has: values go with the keys. It is a risk only as "
            "far as it exceeds what a file of strangers gives."
        ),
        cannot_see=(
            "the few about whom the file is certain among the many about whom it is not (TCAP and "
            "DiSCO do), and the difference between learning about people and about members"
        ),
        under_privacy=UNDER_PRIVACY,
    )
)
def correct_attribution(
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
    """Return CAP scores in per cent, for each sensitive variable.

    With d and s the counts of the original and the synthetic file, t a value and q a combination
    of keys: "baseline" is the sum of squared shares of t in the original, what drawing from the
    margin gives; "original" is the CAP of the original against itself; "DCAP" is the mean over
    original records of s(t, q)/s(q), where a record without a match counts as 0; "DCAP, matched"
    leaves those out. Authors differ in this, so say which. Options as for `group_disclosure`.

    References
    ----------
    Taub, Elliot, Pampaka and Smith (2018), doi:10.1007/978-3-319-99771-1_9
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
            chance, matched = _chances(one, other, name, size)
            shares[f"{name}, baseline"] = baseline(column(one, name))
            shares[f"{name}, original"] = _own(one, name, size)
            shares[f"{name}, DCAP"] = 100 * float(chance.mean())
            shares[f"{name}, DCAP, matched"] = _mean(chance[matched])
        return shares

    def expected(one: Dataset) -> dict[str, float]:
        shares = {}
        for name in asked.targets:
            in_group, alike = group_sizes(one, name, size)
            chance = np.where(in_group > 1, (alike - 1) / np.maximum(in_group - 1, 1), 0.0)
            shares[f"{name}, baseline"] = baseline(column(one, name))
            shares[f"{name}, original"] = _own(one, name, size)
            shares[f"{name}, DCAP"] = 100 * float(chance.mean())
            shares[f"{name}, DCAP, matched"] = _mean(chance[in_group > 1])
        return shares

    return scored(
        "correct_attribution",
        values,
        asked.coded,
        rng=rng,
        note=asked.said,
        fixed=[f"{n}, {w}" for n in asked.targets for w in ("baseline", "original")],
        expected=expected,
        nulls=nulls,
        draws=draws,
    )


def _chances(one: Dataset, other: Dataset, name: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return for each record the share of the other file's group with its value, and if matched."""
    cells = int(max(column(one, cell(name)).max(), column(other, cell(name)).max())) + 1
    in_group = np.bincount(column(other), minlength=size)[column(one)]
    alike = np.bincount(column(other, cell(name)), minlength=cells)[column(one, cell(name))]
    return alike / np.maximum(in_group, 1), in_group > 0


def _own(one: Dataset, name: str, size: int) -> float:
    in_group, alike = group_sizes(one, name, size)
    return 100 * float((alike / in_group).mean())


def _mean(chance: np.ndarray) -> float:
    return 100 * float(chance.mean()) if len(chance) else 0.0

"""Sensitive values that the synthetic file shows, and shows truly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

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
        title="DiSCO",
        summary=(
            "Share of original records whose key variables lead to synthetic records that all "
            "share one sensitive value, which is the record's own: disclosive in synthetic, "
            "correct in original."
        ),
        sources=("raab2024", "raab2024proposals"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("recommended by its authors for attribute disclosure"),
            UseCase.TESTING_ANALYSIS: fit("the same question, for the users of a secure room"),
            UseCase.EDUCATION: conditional("worth it where students may take the file home"),
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
            "Compare it with Dorig, what the keys would tell in the original, and with its band: "
            "strangers, too, are right about many people. Look at the table for levels and pairs "
            "that make it large; where everybody expects them, leave them out with check_1way and "
            "check_2way, and say so."
        ),
        reading_user=(
            "So many people of the survey would find their own value shown by all records like "
            "them. Most such finds hold for people outside the survey as well."
        ),
        cannot_see=(
            "what is true of everybody against what is true because somebody was in the file (its "
            "band says how much is the former); values that are shown by most of a group; and "
            "intruders who use near matches"
        ),
        under_privacy=UNDER_PRIVACY,
    )
)
def disco(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    keys: Sequence[str] | None = None,
    sensitive: str | Sequence[str] | None = None,
    bins: Bins = None,
    sensitive_bins: Bins = None,
    check_1way: float | None = None,
    check_2way: float | None = None,
    least: int = 20,
    control: Dataset | None = None,
    nulls: Sequence[Null | str] = (),
    draws: int = 16,
) -> list[Score]:
    """Return DiSCO in per cent of the original's records, for each sensitive variable.

    With d(t, q) the original records with value t and keys q, and p(t | q) the share of t among
    the synthetic records with keys q, it is 100 times the sum of d(t, q) over p(t | q) = 1,
    divided by the number of original records.

    Two exclusions, of records that anybody would guess: `check_1way=0.9` leaves out the levels
    that at least 90 % of the original records have, and `check_2way=0.9` the pairs of a key's
    value and a level that at least 90 % of the records with that key value have, if there are
    `least` of them. The records left out are no longer counted above, and still below, the line;
    `details` counts them by reason. These are our rules, after the idea of the source, which flags
    such levels and pairs by thresholds of its own. Other options as for `group_disclosure`.

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
    _check(check_1way, check_2way)
    common = [
        _common(asked, n, bins, sensitive_bins, check_1way, check_2way, least)
        for n in asked.targets
    ]
    coded = asked.with_columns({_left(n): c for n, c in zip(asked.targets, common, strict=True)})

    def values(one: Dataset, other: Dataset) -> dict[str, float]:
        return {
            n: percent(claimed(one, other, n, size)[1] & (column(one, _left(n)) == 0))
            for n in asked.targets
        }

    def expected(one: Dataset) -> dict[str, float]:
        return {
            n: percent(claimed_by_others(one, n, size)[1] & (column(one, _left(n)) == 0))
            for n in asked.targets
        }

    tables = {n: _reasons(coded[0], coded[1], n, size) for n in asked.targets}
    notes = {n: _said(coded[0], n, size, tables[n]) + asked.said for n in asked.targets}
    return scored(
        "disco",
        values,
        coded,
        rng=rng,
        details=tables,
        note=notes,
        expected=expected,
        nulls=nulls,
        draws=draws,
    )


def _check(*shares: float | None) -> None:
    for share in shares:
        if share is not None and not 0.5 <= share <= 1:
            raise GuideError(f"a check of {share} is not between 0.5 and 1; give 0.9 for 90 %")


def _left(name: str) -> str:
    return f"{name}, left out"


def _common(
    asked: Question,
    name: str,
    bins: Bins,
    sensitive_bins: Bins,
    check_1way: float | None,
    check_2way: float | None,
    least: int,
) -> np.ndarray:
    """Return 1 for records with a dominant level, 2 for those with a dominant pair, else 0."""
    n = len(asked.files.original)
    value, _ = asked.files.codes(name, sensitive_bins)
    why = np.zeros(len(value), dtype=np.int64)
    if check_2way is not None:
        for key in asked.keys:
            level, _ = asked.files.codes(key, bins)
            pair = pd.factorize(level * (int(value.max()) + 1) + value)[0]
            among = np.bincount(level[:n], minlength=int(level.max()) + 1)[level]
            alike = np.bincount(pair[:n], minlength=int(pair.max()) + 1)[pair]
            why[(among >= least) & (alike >= check_2way * among)] = 2
    if check_1way is not None:
        share = np.bincount(value[:n], minlength=int(value.max()) + 1) / n
        why[share[value] >= check_1way] = 1
    return why


def _reasons(old: Dataset, new: Dataset, name: str, size: int) -> pd.DataFrame:
    right = claimed(old, new, name, size)[1]
    why = np.bincount(column(old, _left(name))[right], minlength=3)
    index = pd.Index(
        [
            "counted",
            "left out, level of nearly all",
            "left out, level of nearly all with a key value",
        ],
        name="disclosed and correct",
    )
    return pd.DataFrame(
        {"records": why, "% of original records": 100 * why / len(old)}, index=index
    )


def _said(old: Dataset, name: str, size: int, table: pd.DataFrame) -> str:
    in_group, alike = group_sizes(old, name, size)
    out = table["% of original records"].iloc[1:].sum()
    left = f"{out:.3g} % left out as expected by anybody. " if out else ""
    return f"Dorig {percent(in_group == alike):.3g} %. {left}"

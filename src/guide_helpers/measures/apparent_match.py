"""Records that look like a person of the original: unique match, and how much else agrees."""

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
from guide_helpers.measures._keys import (
    KEY,
    UNDER_PRIVACY,
    Bins,
    Files,
    chosen_keys,
    column,
    said_of_bins,
    scored,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Kind, Role, Variable

SAME = 1e-9


@card(
    MeasureCard(
        title="Apparent matches",
        summary=(
            "Share of original records that match exactly one synthetic record on the key "
            "variables, and all (or a given share) of whose other fields agree with it too."
        ),
        sources=("sdnist2023", "raab2025checks"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("what people will believe to have found, and how truly"),
            UseCase.TESTING_ANALYSIS: fit("a whole record that comes back is seen at once"),
            UseCase.EDUCATION: fit("students look for themselves; perceived harm is harm"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "where the test file was fitted to records at all"
            ),
        },
        aspect=Aspect.RISK,
        rung=Rung.IDENTITY,
        scope=Scope.NARROW,
        unit="% of original records",
        bounds=(0.0, 100.0),
        better=Better.LOWER,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "The table behind the score sorts all matches by the share of other fields that "
            "agree. Mass near all fields, beyond what strangers would show, says that whole "
            "records come back. Mass in the middle is perceived disclosure: people will claim it, "
            "so decide what to tell them before the release."
        ),
        reading_user=(
            "A record that matches somebody you know agrees in the other fields as often as the "
            "table says. Do not take the rest of it for that person's."
        ),
        cannot_see=(
            "near matches: keys and fields agree exactly or not, so one changed digit hides a "
            "copied record with many numbers; and whether anybody would make the claim"
        ),
        under_privacy=UNDER_PRIVACY,
    )
)
def apparent_match(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    keys: Sequence[str] | None = None,
    bins: Bins = None,
    share: float = 1.0,
    control: Dataset | None = None,
    nulls: Sequence[Null | str] = (),
    draws: int = 16,
) -> list[Score]:
    """Return the share of confirmed apparent matches, in per cent of the original's records.

    An apparent match is a combination of keys that one record of the original and one record of
    the synthetic file have. It is confirmed where at least `share` of the other modelled
    variables agree; a weight is no field of a person and free text is left out. Where all are
    keys each match counts. `details` counts all matches by tenths of the fields that agree. In
    panels a match is between rows. Options as for `uniques`.
    """
    if not 0 <= share <= 1:
        raise GuideError(f"share={share} is not between 0 and 1; 1 asks for all other fields")
    names = chosen_keys(original, keys)
    others = [v.name for v in original.schema.modelled if _is_field(v) and v.name not in names]
    files = Files(original, synthetic, control)
    key, size = files.combined(names, bins)
    columns = {KEY: key} | {n: files.codes(n)[0] for n in others}
    coded = files.coded(columns)
    old, new, _ = coded

    def values(one: Dataset, other: Dataset) -> dict[str, float]:
        agree = _agreement(one, other, size, others)
        return {"": 100.0 * float((agree >= share - SAME).sum()) / len(one)}

    agree = _agreement(old, new, size, others)
    note = f"{len(agree):,} apparent matches ({100 * len(agree) / len(old):.3g} % of records); "
    note += f"{len(others)} other fields. {said_of_bins(original, names, bins)}"
    table = _by_tenths(agree, len(old))
    more: dict[str, Any] = {"details": table, "note": note, "nulls": nulls, "draws": draws}
    return scored("apparent_match", values, coded, rng=rng, **more)


def _is_field(variable: Variable) -> bool:
    return variable.kind is not Kind.TEXT and variable.role is not Role.WEIGHT


def _agreement(one: Dataset, other: Dataset, size: int, fields: Sequence[str]) -> np.ndarray:
    """Return, for each apparent match, the share of other fields that agree."""
    mine, theirs = column(one), column(other)
    alone = np.bincount(mine, minlength=size) == 1
    alone &= np.bincount(theirs, minlength=size) == 1
    row = np.zeros(size, dtype=np.int64)
    row[theirs] = np.arange(len(theirs))
    matched = np.flatnonzero(alone[mine])
    if not fields:
        return np.ones(len(matched))
    found = row[mine[matched]]
    equal = np.zeros(len(matched))
    for name in fields:
        equal += column(one, name)[matched] == column(other, name)[found]
    share: np.ndarray = equal / len(fields)
    return share


def _by_tenths(agree: np.ndarray, records: int) -> pd.DataFrame:
    tenth = np.minimum((agree * 10 + SAME).astype(int), 10)
    names = [f"{i / 10:.1f} to {(i + 1) / 10:.1f}" for i in range(10)] + ["all"]
    counts = np.bincount(tenth, minlength=11)
    table = {"matches": counts, "% of original records": 100 * counts / records}
    return pd.DataFrame(table, index=pd.Index(names, name="other fields that agree"))

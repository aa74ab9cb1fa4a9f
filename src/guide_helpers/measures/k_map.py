"""Synthetic records that few people of the original or the population could be."""

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
    holders,
    percent,
    said_of_bins,
    scored,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="k-map",
        summary=(
            "Share of synthetic records whose combination of key variables at least one but fewer "
            "than k people of the original, or of a population file, have."
        ),
        sources=("google_kmap", "sweeney2002"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("with a population file: how few could it be?"),
            UseCase.TESTING_ANALYSIS: conditional("a quick look; the attacks say more"),
            UseCase.EDUCATION: conditional("a quick look, and a first lesson about rare people"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "where the test file was fitted to records at all"
            ),
        },
        aspect=Aspect.RISK,
        rung=Rung.IDENTITY,
        scope=Scope.NARROW,
        unit="% of synthetic records",
        bounds=(0.0, 100.0),
        better=Better.LOWER,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "So many synthetic records point at a handful of people. Give a population file if "
            "you have one: a combination that is rare in a sample may be common outside. The "
            "table shows how many records point at nobody at all."
        ),
        reading_user=(
            "A record of the file could be so many people, if it were anybody; it was made by a "
            "model and is nobody's."
        ),
        cannot_see=(
            "whether the rest of the record is true of any of those people; a synthetic record is "
            "not one of them, so k-map bounds no probability of recognition here as it does for "
            "a sample of real records"
        ),
        under_privacy=UNDER_PRIVACY,
    )
)
def k_map(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    k: int = 5,
    population: Dataset | None = None,
    keys: Sequence[str] | None = None,
    bins: Bins = None,
    control: Dataset | None = None,
    nulls: Sequence[Null | str] = (),
    draws: int = 16,
) -> list[Score]:
    """Return the share of synthetic records that map to 1 to k - 1 people, in per cent.

    Records that map to nobody are not counted, since they point at no one; `details` has them.
    With a `population` file people are counted there, and the null asks for a fresh sample
    against the same population; it is drawn from `control` where there is one and otherwise from
    the original itself. Other options as for `uniques`.
    """
    if k < 2:
        raise GuideError(f"k={k} asks for nothing; k-map starts at k=2")
    names = chosen_keys(original, keys)
    files = Files(original, synthetic, control)
    people = files if population is None else Files(original, synthetic, population)
    if population is not None and control is not None:
        raise GuideError("k_map takes a population or a control file; leave one of them out")
    key, size = people.combined(names, bins)
    old, new, beside = people.coded({KEY: key})
    among = None if population is None or beside is None else holders(beside, size)

    def mapped(one: Dataset, other: Dataset) -> np.ndarray:
        counts = holders(one, size) if among is None else among
        found: np.ndarray = counts[column(other)]
        return found

    def values(one: Dataset, other: Dataset) -> dict[str, float]:
        found = mapped(one, other)
        return {"": percent((found > 0) & (found < k))}

    def expected(one: Dataset) -> dict[str, float]:
        people = holders(one, size)[column(one)]
        if among is not None:
            return values(one, one)
        return {"": percent((people > 1) & (people <= k))}

    where = "the original" if population is None else "the population"
    note = f"k = {k}, people counted in {where}. {said_of_bins(original, names, bins)}"
    details = _by_people(mapped(old, new), k)
    coded = (old, new, beside if population is None else None)
    more: dict[str, Any] = {"details": details, "note": note, "nulls": nulls, "draws": draws}
    return scored("k_map", values, coded, rng=rng, expected=expected, **more)


def _by_people(found: np.ndarray, k: int) -> pd.DataFrame:
    """Return records by the number of people they map to: 0, 1, ..., k - 1, k or more."""
    counts = np.bincount(np.minimum(found, k), minlength=k + 1)
    index = pd.Index([*map(str, range(k)), f"{k} or more"], name="people with these keys")
    return pd.DataFrame(
        {"records": counts, "% of synthetic records": 100 * counts / len(found)}, index=index
    )

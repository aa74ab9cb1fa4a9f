"""k-anonymity and l-diversity of the synthetic file, which prove nothing about real people."""

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
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.measures._keys import (
    KEY,
    Bins,
    Files,
    chosen_keys,
    chosen_sensitive,
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
        title="k-anonymity and l-diversity",
        summary=(
            "Share of synthetic records in groups of equal key variables that are smaller than k, "
            "or hold fewer than l values of a sensitive variable."
        ),
        sources=("sweeney2002", "machanavajjhala2007"),
        suits={
            UseCase.PUBLIC_RELEASE: unfit(
                "proves nothing: groups of synthetic records hide no real person"
            ),
            UseCase.TESTING_ANALYSIS: unfit("proves nothing, and few small groups spoil analyses"),
            UseCase.EDUCATION: conditional("to teach what these notions say of real records"),
            UseCase.TESTING_TECHNOLOGY: unfit("answers no question of a test"),
        },
        aspect=Aspect.RISK,
        rung=Rung.IDENTITY,
        scope=Scope.NARROW,
        unit="% of synthetic records",
        bounds=(0.0, 100.0),
        better=Better.LOWER,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "Weak: it looks at the synthetic file alone. A file of invented people may have many "
            "small groups and leak nothing, and a file in which each real record stands k times "
            "is k-anonymous and a breach. Use it to see where readers will find people who stand "
            "out."
        ),
        reading_user=(
            "So many records stand nearly alone in the file. That is how the file looks; it is no "
            "statement about people."
        ),
        cannot_see=(
            "the original, on which no part of the value depends; so it is no proof of anonymity "
            "and no measure of what the file gives away"
        ),
        under_privacy="noise makes small groups, so the share may rise where protection does",
    )
)
def key_anonymity(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    k: int = 3,
    l_values: int = 2,
    keys: Sequence[str] | None = None,
    bins: Bins = None,
    sensitive: str | Sequence[str] | None = None,
    control: Dataset | None = None,
    nulls: Sequence[Null | str] = (),
    draws: int = 16,
) -> list[Score]:
    """Return the shares of synthetic records that violate k-anonymity and l-diversity.

    A group is the records of one combination of keys. k counts privacy units; l is distinct
    l-diversity, the number of different values of the sensitive variable in the group. Without a
    sensitive variable there is no l-diversity. `details` gives the smallest group and the number
    of groups by size. Other options as for `uniques`.
    """
    if k < 2 or l_values < 2:
        raise GuideError(f"k={k} and l_values={l_values} must be 2 or more to ask for anything")
    names = chosen_keys(original, keys)
    asked = sensitive is not None or any(n not in names for n in original.sensitive)
    targets = chosen_sensitive(original, sensitive, names) if asked else ()
    files = Files(original, synthetic, control)
    key, size = files.combined(names, bins)
    columns = {KEY: key} | {n: files.codes(n)[0] for n in targets}
    coded = files.coded(columns)

    def values(_: Dataset, other: Dataset) -> dict[str, float]:
        groups = column(other)
        shares = {"k-anonymity": percent(holders(other, size)[groups] < k)}
        for name in targets:
            few = _different(groups, column(other, name), size)[groups] < l_values
            shares[f"l-diversity of {name}"] = percent(few)
        return shares

    note = f"k = {k}, l = {l_values}. {said_of_bins(original, names, bins)}"
    table = _by_size(holders(coded[1], size))
    more: dict[str, Any] = {"details": table, "note": note, "nulls": nulls, "draws": draws}
    return scored(
        "key_anonymity", values, coded, rng=rng, expected=lambda one: values(one, one), **more
    )


def _different(groups: np.ndarray, value: np.ndarray, size: int) -> np.ndarray:
    """Return how many different values each group holds."""
    levels = int(value.max(initial=0)) + 1
    pairs = pd.unique(groups * levels + value)
    return np.bincount(pairs // levels, minlength=size)


def _by_size(counts: np.ndarray) -> pd.DataFrame:
    counts = counts[counts > 0]
    limits = [1, 2, 3, 5, 10, 100]
    names = ["1", "2", "3 to 4", "5 to 9", "10 to 99", "100 or more"]
    place = np.searchsorted(limits, counts, side="right") - 1
    groups = np.bincount(place, minlength=len(names))
    index = pd.Index(names, name="records in the group")
    return pd.DataFrame({"groups": groups}, index=index)

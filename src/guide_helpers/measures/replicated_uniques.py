"""Records alone with their key variables in the original, and alone in the synthetic file too."""

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
        title="Replicated uniques (repU)",
        summary=(
            "Share of original records that are alone with their key variables in the original "
            "and whose combination exactly one synthetic record has."
        ),
        sources=("raab2024", "raab2024proposals"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("recommended by its authors for identity disclosure"),
            UseCase.TESTING_ANALYSIS: fit("cheap, and can be acted on: remove the replicates"),
            UseCase.EDUCATION: fit("what a student who looks for a neighbour would hit on"),
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
            "Read it beside UiO, the share that is unique in the original: it cannot be more. "
            "Inside the fresh-sample band, strangers would replicate as many, and the file has "
            "given nobody away by it. Above it, your method copies rare combinations; fewer or "
            "coarser keys, larger leaves or the removal of replicates bring it down."
        ),
        reading_user=(
            "So many people of the survey would find exactly one record with their key values. "
            "The rest of that record need not be theirs; see the apparent matches."
        ),
        cannot_see=(
            "whether the matched record says anything true about the person, people who share "
            "their keys with a few others, and attackers who allow for errors"
        ),
        under_privacy=UNDER_PRIVACY,
    )
)
def replicated_uniques(
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
    """Return repU, in per cent of the original's records.

    With o and s the number of privacy units that have a combination of keys in the original and
    in the synthetic file, repU counts the original records with o = 1 and s = 1. `details` holds
    the uniques in the original (UiO), those of them whose combination the synthetic file has at
    all (UiOiS), and those replicated. Options as for `uniques`.

    References
    ----------
    Raab, Nowok and Dibben (2024), doi:10.48550/arXiv.2406.16826
    """
    names = chosen_keys(original, keys)
    files = Files(original, synthetic, control)
    key, size = files.combined(names, bins)
    coded = files.coded({KEY: key})

    def values(one: Dataset, other: Dataset) -> dict[str, float]:
        alone, there = holders(one, size)[column(one)] == 1, holders(other, size)[column(one)]
        return {"": percent(alone & (there == 1))}

    details = _steps(coded[0], coded[1], size)
    lines = details["% of original records"]
    part = 100 * lines["repU"] / lines["UiO"] if lines["UiO"] else 0.0
    note = f"UiO {lines['UiO']:.3g} %, of which {part:.3g} % replicated. "
    note += said_of_bins(original, names, bins)
    more: dict[str, Any] = {"details": details, "note": note, "nulls": nulls, "draws": draws}
    return scored("replicated_uniques", values, coded, rng=rng, **more)


def _steps(old: Dataset, new: Dataset, size: int) -> pd.DataFrame:
    alone, there = holders(old, size)[column(old)] == 1, holders(new, size)[column(old)]
    steps = {"UiO": alone, "UiOiS": alone & (there > 0), "repU": alone & (there == 1)}
    lines = {name: (int(hits.sum()), percent(hits)) for name, hits in steps.items()}
    table = pd.DataFrame.from_dict(
        lines, orient="index", columns=["records", "% of original records"]
    )
    return table.rename_axis("measure")

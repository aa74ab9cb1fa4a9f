"""Flows from origins to destinations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from guide_helpers.cards import (
    Aspect,
    Better,
    DataKind,
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
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.measures._series import coded, label_of, remembered, shares_apart
from guide_helpers.results import Score
from guide_helpers.schema import Dataset

WORST_FLOWS = 50


@card(
    MeasureCard(
        title="Flows from origin to destination",
        summary=(
            "Share of the flows of a table of moves, trips or commutes that would have to take "
            "another way for the synthetic table to become the original one."
        ),
        sources=("lenormand2016",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("a matrix of flows is the product that users expect"),
            UseCase.TESTING_ANALYSIS: fit("transport and migration models are fitted to it"),
            UseCase.EDUCATION: fit("a map of flows is easily drawn and understood"),
            UseCase.TESTING_TECHNOLOGY: conditional("where software routes along the flows"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.FIT_FOR_PURPOSE,
        unit="share of flows",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.TABLE, DataKind.PANEL),
        needs=("origin", "destination"),
        reading_maker=(
            "Read `moves` first: who stays dominates `all flows`. Far outside the band with good "
            "shares of origins and of destinations, the two were drawn apart. The table behind "
            "the score names the flows that are worst."
        ),
        reading_user=(
            "One minus this is the common part of commuters of mobility studies. Many small flows "
            "are noise in any sample: compare with the null before you blame the file."
        ),
        cannot_see=(
            "distance (a flow to the next town is as wrong as one across the country), the time of "
            "a move, and whether one person makes several"
        ),
    )
)
def origin_destination(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    origin: str,
    destination: str,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return the total variation distance of the flows: all of them, and the moves alone.

    `origin` and `destination` name columns of places in one code, so that equal values mean that
    somebody stays. Each file's flows are brought to a total of 1; then one minus the distance is
    the common part of commuters (CPC), 2 Σ min(T, T') / (Σ T + Σ T'). The note has the CPC of the
    counts as they stand. Rows with a missing place are left out. `moves` is there where the
    original has some. `details` holds the flows that differ most.

    References
    ----------
    Lenormand, Bassolas and Ramasco (2016), doi:10.1016/j.jtrangeo.2015.12.008
    """
    for option, name in (("origin", origin), ("destination", destination)):
        label_of(original, name, option)
    files = coded(original, synthetic, control, levels=list(dict.fromkeys((origin, destination))))
    places = list(dict.fromkeys([*files.levels[origin], *files.levels[destination]]))
    place = pd.Index(places)
    one, other = (
        np.append(place.get_indexer(files.levels[n]), len(places)) for n in (origin, destination)
    )
    size = len(places)

    def flows(data: Dataset) -> pd.Series:
        start, end = (
            m[data.rows[n].to_numpy(dtype=np.int64)]
            for m, n in ((one, origin), (other, destination))
        )
        known = (start < size) & (end < size)
        ways, times = np.unique(start[known] * size + end[known], return_counts=True)
        return pd.Series(times, index=ways)

    ask = remembered(flows, files.original)
    if not len(ask(files.original)):
        raise GuideError(f"no row has both {origin!r} and {destination!r}; nothing to compare")
    stays = _stays(ask(files.original), size)

    def values(old: Dataset, new: Dataset) -> dict[str, float]:
        both = _beside(ask(old), ask(new))
        found = {"all flows": shares_apart(*both.to_numpy().T)}
        if not stays.all():
            found["moves"] = shares_apart(*both[~_stays(both, size)].to_numpy().T)
        return found

    both = _beside(ask(files.original), ask(files.synthetic))
    note = f"CPC of the counts {_common(both):.3f}. {files.few}".strip()
    found, table = values(files.original, files.synthetic), _table(both, places)
    return judged(
        "origin_destination",
        values,
        files.original,
        files.synthetic,
        rng=rng,
        reported={v: Reported(x, table, note) for v, x in found.items()},
        control=files.control,
        draws=draws,
        nulls=nulls,
    )


def _stays(flows: pd.Series | pd.DataFrame, size: int) -> np.ndarray:
    """Whether each flow ends where it began."""
    ways = flows.index.to_numpy()
    stays: np.ndarray = ways // size == ways % size
    return stays


def _beside(old: pd.Series, new: pd.Series) -> pd.DataFrame:
    return pd.concat({"original": old, "synthetic": new}, axis=1).fillna(0.0).sort_index()


def _common(both: pd.DataFrame) -> float:
    return float(2 * both.min(axis=1).sum() / both.to_numpy().sum())


def _table(both: pd.DataFrame, places: list[object]) -> pd.DataFrame:
    shares = both / both.sum().clip(lower=1)
    gap = (shares["synthetic"] - shares["original"]).to_numpy()
    worst = np.argsort(-np.abs(gap), kind="stable")[:WORST_FLOWS]
    ways = both.index.to_numpy()[worst]
    return pd.DataFrame(
        {
            "origin": [places[w // len(places)] for w in ways],
            "destination": [places[w % len(places)] for w in ways],
            "original, share": shares["original"].to_numpy()[worst],
            "synthetic, share": shares["synthetic"].to_numpy()[worst],
        }
    )

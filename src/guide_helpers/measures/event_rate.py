"""How many events of each type a unit has, in each part of the time."""

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
from guide_helpers.measures._series import TIME, coded, label_of, remembered
from guide_helpers.results import Score
from guide_helpers.schema import Dataset

HALF = 0.5
"""Added to each count, so that a type without events has a rate that a logarithm can take."""


@card(
    MeasureCard(
        title="Event rates",
        summary=(
            "Ratio of the synthetic to the original number of events per unit, as an absolute "
            "logarithm: of all events, by type, and by type and part of the time."
        ),
        sources=("rothman2008",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("incidence by type and time is what users publish"),
            UseCase.TESTING_ANALYSIS: fit("event-history models estimate these ratios"),
            UseCase.EDUCATION: fit("rates and their ratios are taught with such files"),
            UseCase.TESTING_TECHNOLOGY: conditional("for tests under load: look at all events"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.NARROW,
        unit="logarithm of a ratio (0.1 is about 10 %)",
        bounds=(0.0, None),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.PANEL,),
        needs=("event",),
        reading_maker=(
            "If `all` is off, units have too many or too few events; if only `by type` is, the "
            "types are mixed wrongly; if only `by type and time` is, events come at the wrong "
            "time. The table behind the score has the rates and their ratio."
        ),
        reading_user=(
            "A rate of your own is off by about this much: 0.1 is 10 %, 0.7 a factor of two. "
            "Look up the ratio of your type before you trust a trend in it."
        ),
        cannot_see=(
            "units without any event, which a table of events does not hold (see children per "
            "parent), the order of events within a unit, and time at risk: each unit counts alike"
        ),
    )
)
def event_rate(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    event: str,
    parts: int = 4,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return mean absolute logarithms of ratios of rates, weighted by the share of events.

    `event` names the column of types; a missing type is a type. A rate is the number of events
    per unit of the file. Types weigh by the mean of their shares in both files, so that one that
    only the synthetic file has counts too; half an event is added to each count. The time is cut
    into `parts` that hold equally many events of the original; events without a time are a part
    of their own. `details` holds one line a type.
    """
    label_of(original, event, "event")
    if original.entity is None:
        raise GuideError("a rate is per unit; declare the entity that the events belong to")
    if parts < 1:
        raise GuideError(f"parts={parts} cuts the time into nothing; give at least 1")
    files = coded(original, synthetic, control, levels=[event])
    size, edges = len(files.levels[event]) + 1, np.empty(0)
    if files.timed:
        times = files.original.rows[TIME].to_numpy()
        known = times[~np.isnan(times)]
        if len(known):
            edges = np.unique(np.quantile(known, np.arange(1, parts) / parts))
    ask = remembered(lambda data: _rates(data, event, size, edges), files.original)

    def values(old: Dataset, new: Dataset) -> dict[str, float]:
        one, other = ask(old), ask(new)
        by_type = one[0].sum(axis=1), other[0].sum(axis=1)
        whole = by_type[0].sum(keepdims=True), by_type[1].sum(keepdims=True)
        found = {
            "all": _apart(whole[0], whole[1], one, other),
            "by type": _apart(by_type[0], by_type[1], one, other),
        }
        if len(edges):
            found["by type and time"] = _apart(one[0].ravel(), other[0].ravel(), one, other)
        return found

    found = values(files.original, files.synthetic)
    labels = [*map(str, files.levels[event]), "missing"]
    table = _table(labels, ask(files.original), ask(files.synthetic))
    return judged(
        "event_rate",
        values,
        files.original,
        files.synthetic,
        rng=rng,
        reported={v: Reported(x, table, files.few) for v, x in found.items()},
        control=files.control,
        draws=draws,
        nulls=nulls,
    )


Rates = tuple[np.ndarray, int]
"""Events by type (rows) and part of the time (columns), and the number of units."""


def _rates(data: Dataset, event: str, size: int, edges: np.ndarray) -> Rates:
    kinds = data.rows[event].to_numpy(dtype=np.int64)
    width = len(edges) + 2
    part = np.zeros(len(kinds), dtype=np.int64)
    if len(edges):
        times = data.rows[TIME].to_numpy()
        part = np.searchsorted(edges, times, side="left")
        part[np.isnan(times)] = width - 1
    counts = np.bincount(kinds * width + part, minlength=size * width)
    return counts.reshape(size, width), data.n_units


def _apart(old: np.ndarray, new: np.ndarray, one: Rates, other: Rates) -> float:
    weights = (old / max(1, old.sum()) + new / max(1, new.sum())) / 2
    ratios = np.log((new + HALF) / other[1]) - np.log((old + HALF) / one[1])
    return float(weights @ np.abs(ratios) / weights.sum())


def _table(labels: list[str], one: Rates, other: Rates) -> pd.DataFrame:
    counts = [rates[0].sum(axis=1) for rates in (one, other)]
    seen = counts[0] + counts[1] > 0
    old, new = counts[0][seen] / one[1], counts[1][seen] / other[1]
    smooth = [(c[seen] + HALF) / r[1] for c, r in zip(counts, (one, other), strict=True)]
    table = pd.DataFrame(
        {
            "type": np.array(labels, dtype=object)[seen],
            "original, events per unit": old,
            "synthetic, events per unit": new,
            "ratio": smooth[1] / smooth[0],
        }
    )
    worst = np.argsort(-np.abs(np.log(table["ratio"].to_numpy())), kind="stable")
    return table.iloc[worst].reset_index(drop=True)

"""How many are where, hour by hour: against the original and, where it is known, the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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
from guide_helpers.measures._calendar import slots
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.measures._places import SLOT, placed, places_of, times_of
from guide_helpers.measures._series import remembered
from guide_helpers.methods._mobile_anchors import Clock, anchors
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Kind

DAY = {Kind.DATETIME: 86_400.0}
"""A day in seconds where the time is a date; in hours where it is a whole number."""


@card(
    MeasureCard(
        title="Population present",
        summary=(
            "Share of the people who would have to be in another place, slot by slot of the day "
            "or week, for the estimate from the synthetic file to become that from the original, "
            "or the truth where it is known."
        ),
        sources=("deville2014", "salgado2020"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("who is where by day is the product that users expect"),
            UseCase.TESTING_ANALYSIS: fit("exposure and demand are computed from it"),
            UseCase.EDUCATION: fit("a map of the day and one of the night say it at a glance"),
            UseCase.TESTING_TECHNOLOGY: conditional("where load by place and hour matters"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.FIT_FOR_PURPOSE,
        unit="share of people",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.PANEL,),
        needs=("place", "period"),
        reading_maker=(
            "Outside the band: the place does not follow the hour. If it is well against the "
            "original and far from the truth, the source is at fault, not the synthesis: look at "
            "coverage, at people with no device or two, and weight to the residents."
        ),
        reading_user=(
            "In an average slot, this share of the people is counted in a wrong place. From the "
            "original it is the error of synthesis, from the truth that of the whole chain."
        ),
        cannot_see=(
            "how many people there are in all (only how they are spread over places in each "
            "slot), and who they are; a truth exists only where the world was simulated"
        ),
    )
)
def population_present(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    place: str,
    period: str | int,
    truth: pd.DataFrame | None = None,
    residents: Mapping[Any, float] | pd.Series | None = None,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return the mean total variation distance of the spread over places, from 0 to 1.

    `period` is hour, weekday or month for dates, and for a time in whole numbers the number of
    units after which slots repeat. In a slot each unit counts once, shared out over its rows.
    Slots count by their units in the original. With `truth`, people by place (index) and time in
    whole numbers (columns), the synthetic file is also measured from it; the note has the
    original's distance. With `residents`, people by place of home, the units with a home there
    (their most frequent place by night) stand for so many.

    References
    ----------
    Deville et al. (2014), doi:10.1073/pnas.1408439111
    """
    names = slots(original, period)
    files = placed("population_present", place, original, synthetic, control, period)
    levels, size = files.levels[place], len(names)
    weight = None if residents is None else _numbers(levels, residents)
    assert original.time is not None  # slots has looked
    day = DAY.get(original.schema[original.time].kind, 24.0)
    ask = remembered(lambda d: _present(d, place, (size, len(levels)), weight, day), files.original)
    true = None if truth is None else _true(truth, levels, period, size)

    def values(old: Dataset, new: Dataset) -> dict[str, float]:
        found = {"from the original": _apart(ask(old), ask(new))}
        if true is not None:
            found["from the truth"] = _apart(true, ask(new))
        return found

    found = values(files.original, files.synthetic)
    note = files.note
    if true is not None:
        away = _apart(true, ask(files.original))
        note = f"The original itself is {away:.3f} from the truth. {note}".strip()
    table = _table(names, levels, ask(files.original), ask(files.synthetic), true)
    return judged(
        "population_present",
        values,
        files.original,
        files.synthetic,
        rng=rng,
        reported={v: Reported(x, table, note) for v, x in found.items()},
        control=files.control,
        draws=draws,
        nulls=nulls,
    )


def _present(
    data: Dataset,
    place: str,
    shape: tuple[int, int],
    residents: np.ndarray | None,
    day: float,
) -> np.ndarray:
    """Return the estimate of people by slot and place."""
    units, places = data.units, places_of(data, place)
    slot = data.rows[SLOT].to_numpy(dtype=np.int64)
    _, cell, times = np.unique(units * shape[0] + slot, return_inverse=True, return_counts=True)
    weight = 1.0 / times[cell]
    if residents is not None:
        home, _ = anchors(units, places, Clock(day, 1), times_of(data))
        living = np.bincount(home[home >= 0], minlength=shape[1])
        each = residents / np.maximum(living, 1)
        weight = weight * each[home[units]]
    found = np.bincount(slot * shape[1] + places, weight, minlength=shape[0] * shape[1])
    return np.asarray(found.reshape(shape))


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    """Return the distance of two tables of slots and places, slots weighted as in the first."""
    there = [t.sum(axis=1) for t in (one, other)]
    shares = [t / np.maximum(s, 1e-300)[:, None] for t, s in zip((one, other), there, strict=True)]
    gap = np.abs(shares[0] - shares[1]).sum(axis=1) / 2
    gap = np.where((there[0] > 0) & (there[1] <= 0), 1.0, gap)
    return float(min(1.0, there[0] @ gap / max(there[0].sum(), 1e-300)))


def _numbers(levels: Sequence[Any], given: Mapping[Any, float] | pd.Series) -> np.ndarray:
    lacking = [level for level in levels if level not in given]
    if lacking:
        raise GuideError(f"residents has nothing for place {lacking[0]!r}; give each a number")
    found = np.array([given[level] for level in levels], dtype=float)
    if not np.isfinite(found).all() or (found < 0).any():
        raise GuideError("residents takes numbers of people from 0, by place")
    return found


def _true(truth: pd.DataFrame, levels: Sequence[Any], period: str | int, size: int) -> np.ndarray:
    """Return the truth by slot and place."""
    if not isinstance(truth, pd.DataFrame) or isinstance(period, str):
        raise GuideError("truth takes a table of people by place and time in whole numbers")
    if lacking := [level for level in levels if level not in truth.index]:
        raise GuideError(f"truth has no line for place {lacking[0]!r}; its index names places")
    slot = np.mod(np.asarray(truth.columns, dtype=np.int64), int(period))
    found = np.zeros((size, len(levels)))
    np.add.at(found, slot, truth.loc[list(levels)].to_numpy(dtype=float).T)
    return found


def _table(
    names: Sequence[str],
    levels: Sequence[Any],
    old: np.ndarray,
    new: np.ndarray,
    true: np.ndarray | None,
) -> pd.DataFrame:
    """Return the shares of each slot's people by place."""
    columns: dict[str, object] = {
        "slot": np.repeat(list(names), len(levels)),
        "place": list(levels) * len(names),
    }
    for file, table in (("original", old), ("synthetic", new), ("truth", true)):
        if table is not None:
            whole = np.maximum(table.sum(axis=1, keepdims=True), 1e-300)
            columns[f"{file}, share"] = (table / whole).ravel()
    return pd.DataFrame(columns)

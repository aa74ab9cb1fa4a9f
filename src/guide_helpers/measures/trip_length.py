"""How far a unit goes when it goes, and how far around it lives."""

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
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.measures._places import placed, places_of
from guide_helpers.measures._series import largest_gap, remembered, steps
from guide_helpers.results import Score
from guide_helpers.schema import Dataset

SHARES = (0.5, 0.9, 0.99)


@card(
    MeasureCard(
        title="Length of trips",
        summary=(
            "Largest gap between the distributions of the distance between two rows of a unit in "
            "different places, and of the radius of the area in which a unit is seen."
        ),
        sources=("gonzalez2008", "pappalardo2018"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("how far people travel is what such a file is asked for"),
            UseCase.TESTING_ANALYSIS: fit("models of transport are fitted to it"),
            UseCase.EDUCATION: conditional("where the course is about mobility"),
            UseCase.TESTING_TECHNOLOGY: unfit("a program seldom minds how far somebody goes"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.NARROW,
        unit="trips: share of trips; radius: share of units",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.PANEL,),
        needs=("place", "coordinates"),
        reading_maker=(
            "Trips too long: places were drawn without regard to where the unit is. Give the "
            "method the map. If `trips` is right and `radius` is not, each step is right and "
            "units drift: nothing calls them home."
        ),
        reading_user=(
            "The share of trips, or of units, on the wrong side of the worst distance. Statements "
            "such as `half of the trips are shorter than 3 km` are off by up to this."
        ),
        cannot_see=(
            "where the trips are, when, and along which way; a distance is that between the "
            "centres of places, so all trips within one are none"
        ),
    )
)
def trip_length(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    place: str,
    coordinates: Mapping[Any, Sequence[float]],
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return two Kolmogorov-Smirnov distances, from 0 to 1.

    `place` names the column of places, `coordinates` gives x and y of each. `trips` compares the
    distances of steps that change the place, `radius` the radius of gyration of units: the root
    of the mean squared distance of a unit's rows from their centre. Rows without a place are left
    out. `details` holds mean and quantiles, in the unit of the coordinates.

    References
    ----------
    González, Hidalgo and Barabási (2008), doi:10.1038/nature06958
    """
    files = placed("trip_length", place, original, synthetic, control)
    xy = _positions(files.levels[place], coordinates)
    ask = remembered(lambda data: _lengths(data, place, xy), files.original)

    def values(old: Dataset, new: Dataset) -> dict[str, float]:
        one, other = ask(old), ask(new)
        return {v: largest_gap(one[v], other[v]) for v in one}

    found = values(files.original, files.synthetic)
    table = _table(ask(files.original), ask(files.synthetic))
    return judged(
        "trip_length",
        values,
        files.original,
        files.synthetic,
        rng=rng,
        reported={v: Reported(x, table, files.note) for v, x in found.items()},
        control=files.control,
        draws=draws,
        nulls=nulls,
    )


def _positions(levels: Sequence[Any], coordinates: Mapping[Any, Sequence[float]]) -> np.ndarray:
    if not isinstance(coordinates, Mapping):
        raise GuideError("coordinates takes x and y by place: coordinates={'north': (0, 1), ...}")
    for level in levels:
        pair = coordinates.get(level)
        if pair is None or len(pair) != 2 or not np.isfinite(np.asarray(pair, float)).all():
            raise GuideError(f"coordinates has no x and y for place {level!r}; give two numbers")
    return np.array([coordinates[level] for level in levels], dtype=float).reshape(-1, 2)


def _lengths(data: Dataset, place: str, xy: np.ndarray) -> dict[str, np.ndarray]:
    """Return the distances of trips, and the radius of each unit."""
    units, places = data.units, places_of(data, place)
    after = steps(units)
    went = after[places[after] != places[after - 1]]
    trips = np.hypot(*(xy[places[went]] - xy[places[went - 1]]).T)
    rows = np.maximum(np.bincount(units), 1)
    spread = np.zeros(len(rows))
    for line in xy[places].T:
        mean = np.bincount(units, line) / rows
        spread += np.bincount(units, (line - mean[units]) ** 2) / rows
    return {"trips": np.round(trips, 9), "radius": np.round(np.sqrt(spread), 9)}


def _table(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> pd.DataFrame:
    lines = []
    for name in one:
        for file, found in (("original", one[name]), ("synthetic", other[name])):
            line: dict[str, object] = {"of": name, "file": file, "number": len(found)}
            line["mean"] = float(found.mean()) if len(found) else np.nan
            quantiles = np.quantile(found, SHARES) if len(found) else np.full(len(SHARES), np.nan)
            line |= {f"{100 * s:g} % below": q for s, q in zip(SHARES, quantiles, strict=True)}
            lines.append(line)
    return pd.DataFrame(lines)

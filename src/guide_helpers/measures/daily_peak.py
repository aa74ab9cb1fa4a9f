"""How high the day goes, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
from guide_helpers.measures._clock import DAY, is_dates, times_of, whole_day
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.measures._series import (
    UNIT,
    Files,
    moved,
    of_units,
    quantity,
    remembered,
    spread,
    variables_of,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Kind, Schema, Variable

WHICH, HEIGHT, TIME = " variable", " height", " time of day"
PLAIN = Schema(
    (
        Variable(UNIT, Kind.IDENTIFIER),
        *(Variable(n, Kind.NUMBER) for n in (WHICH, HEIGHT, TIME)),
    )
)
ENOUGH = 0.5
"""A day with fewer readings than this share of the usual number says little of its peak."""
HOUR = 3_600.0
Peaks = dict[int, tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Day:
    """How long a day is, in the unit of the time; 0 where a unit's whole series is one day."""

    length: float
    unit: float

    @classmethod
    def of(cls, original: Dataset, day: int | None) -> Day:
        """Return the day of dates, of a number of steps, or none."""
        if is_dates(original):
            return cls(DAY, HOUR)
        return cls(0.0 if day is None else float(whole_day(day)), 1.0)

    def split(self, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the day of each time, and the time of day in hours, or in units of the time."""
        if not self.length:
            return np.zeros(len(times)), times
        number = np.floor(times / self.length)
        return number, (times - number * self.length) / self.unit

    def apart(self, one: np.ndarray, other: np.ndarray) -> float:
        """Return how far times must move, on average; on a day, by the shorter way round."""
        at = np.sort(np.concatenate([one, other]), kind="stable")
        ahead, behind = (np.searchsorted(s, at, side="right") / len(s) for s in (one, other))
        if not self.length:
            return moved(one, other)
        # on a circle the amount that all cross midnight with is free: the median costs least
        turn = at[0] + self.length / self.unit
        gap, wide = ahead - behind, np.diff(np.append(at, turn))
        order = np.argsort(gap, kind="stable")
        middle = np.searchsorted(np.cumsum(wide[order]), wide.sum() / 2)
        return float(np.abs(gap - gap[order][min(middle, len(gap) - 1)]) @ wide)


@card(
    MeasureCard(
        title="Peak of the day",
        summary=(
            "How far the highest values of units' days, and the times of day at which they are "
            "reached, would have to move to be distributed as in the original."
        ),
        sources=("hyndman2021",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("how full, how loud, how much at most: what is asked of"),
            UseCase.TESTING_ANALYSIS: fit("capacity is planned for peaks, not for means"),
            UseCase.EDUCATION: conditional("where the course is about load or extremes"),
            UseCase.TESTING_TECHNOLOGY: fit("a system breaks at the peak or not at all"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.NARROW,
        unit="height: standard deviations of the variable; time: hours, or units of the time",
        bounds=(0.0, None),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.PANEL,),
        reading_maker=(
            "Height off with a good profile: days vary too much or too little around their mean, "
            "or values were cut at a limit. Time off with a good profile: noise without memory "
            "puts the maximum anywhere near the top; let residuals go on from reading to reading."
        ),
        reading_user=(
            "The highest value of a day is off by so many standard deviations on average, and "
            "its hour by so many hours. Above the null, do not plan capacity from this file."
        ),
        cannot_see=(
            "troughs, how long a peak lasts, which unit has which peak, and whether all units "
            "peak on the same day. Of several equal maxima the first counts, so a full car park "
            "peaks when it fills. Days with few readings are left out"
        ),
    )
)
def daily_peak(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    variables: Sequence[str] | None = None,
    day: int | None = None,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return two distances, `height` and `time`, on average over the numeric variables.

    A day of a unit counts where it has at least half as many readings as the median day of the
    original. `height` is Wasserstein's distance of the daily maxima, over the original's standard
    deviation of the variable. `time` is that of the times of day of the first maximum, in hours,
    the shorter way round the clock. Where the time is a number, `day` says how many units of it
    make a day; without it, each unit's series is a single day and no clock turns. A file without
    any value counts as one that stays at the original's mean, and as half a day off (or as a
    standard deviation, where there is no day).
    """
    of_units(original, "daily_peak")
    names = variables_of(original, variables, lambda v: v.numeric, "numeric variable")
    clock = Day.of(original, day)
    known = np.column_stack([quantity(original.schema[n], original.rows[n]) for n in names])
    scales, usual = spread(known), _usual(original, known, clock)
    places = [i for i in range(len(names)) if scales[i] > 0 and usual[i] > 0]
    if not places:
        raise GuideError("no numeric variable changes at known times; there is no peak to compare")
    files = _coded(original, synthetic, control, clock, names, usual)
    ask = remembered(_peaks, files.original, files.synthetic)
    none = {i: (np.array([np.nanmean(known[:, i])]), clock.length / clock.unit / 2) for i in places}

    def each(old: Dataset, new: Dataset) -> list[tuple[float, float]]:
        one, other = ask(old), ask(new)
        return [_distances(one, other, i, clock, none[i]) for i in places if i in one]

    def values(old: Dataset, new: Dataset) -> dict[str, float]:
        found = np.array(each(old, new)).reshape(-1, 2)
        if not len(found):  # a part of the original without any full day
            return {}
        size = scales[[i for i in places if i in ask(old)]]
        return {"height": float((found[:, 0] / size).mean()), "time": float(found[:, 1].mean())}

    one, other = ask(files.original), ask(files.synthetic)
    table = _table(names, places, one, other)
    found = values(files.original, files.synthetic)
    return judged(
        "daily_peak",
        values,
        files.original,
        files.synthetic,
        rng=rng,
        reported={v: Reported(x, table, files.few) for v, x in found.items()},
        control=files.control,
        draws=draws,
        nulls=nulls,
    )


def _usual(original: Dataset, known: np.ndarray, clock: Day) -> np.ndarray:
    """Return how many known values of each variable the median day of a unit has."""
    number, _ = clock.split(times_of(original, "daily_peak"))
    days = pd.DataFrame(known).notna().groupby([original.units, number]).sum()
    return np.array([days[n][days[n] > 0].median() for n in days]).astype(float)


def _coded(
    original: Dataset,
    synthetic: Dataset,
    control: Dataset | None,
    clock: Day,
    names: list[str],
    usual: np.ndarray,
) -> Files:
    """Return files with one row for each day of a unit and variable: its height and time."""
    given = [f for f in (original, synthetic, control) if f is not None]
    if any(f.time is None or f.entity is None for f in given):
        raise GuideError("one of the files lacks the time or the entity; declare both in all")
    made = []
    for file in given:
        lines = [
            _days(file, clock, original.schema[n], n, k) for n, k in zip(names, usual, strict=True)
        ]
        units = np.unique(file.units)
        rows = pd.concat(
            [
                # a unit without any peak is still a unit
                pd.DataFrame({UNIT: units, WHICH: -1.0, HEIGHT: 0.0, TIME: 0.0}),
                *(line.assign(**{WHICH: float(i)}) for i, line in enumerate(lines)),
            ],
            ignore_index=True,
        )
        made.append(Dataset(rows[[UNIT, WHICH, HEIGHT, TIME]], PLAIN, UNIT, None))
    return Files(made[0], made[1], made[2] if control is not None else None, {}, True)


def _days(file: Dataset, clock: Day, variable: Variable, name: str, usual: float) -> pd.DataFrame:
    """Return the first maximum of each day of a unit that has enough readings."""
    number, time = clock.split(times_of(file, "daily_peak"))
    value = quantity(variable, file.rows[name])
    kept = ~np.isnan(value) & ~np.isnan(time)
    rows = pd.DataFrame({UNIT: file.units, "day": number, HEIGHT: value, TIME: time})[kept]
    rows = rows.sort_values([UNIT, "day", HEIGHT, TIME], ascending=[True, True, False, True])
    days = rows.groupby([UNIT, "day"])
    first = days.head(1)
    enough = days[HEIGHT].transform("size").loc[first.index] >= ENOUGH * usual
    kept_days: pd.DataFrame = first[enough] if enough.any() else first
    return kept_days[[UNIT, HEIGHT, TIME]]


def _peaks(data: Dataset) -> Peaks:
    """Return the heights and times of each variable, sorted."""
    which = data.rows[WHICH].to_numpy()
    found = {}
    for place in np.unique(which[which >= 0]):
        at = which == place
        found[int(place)] = tuple(np.sort(data.rows[n].to_numpy()[at]) for n in (HEIGHT, TIME))
    return found  # type: ignore[return-value]


def _distances(
    one: Peaks, other: Peaks, place: int, clock: Day, none: tuple[np.ndarray, float]
) -> tuple[float, float]:
    """Return how far heights and times of one variable are apart."""
    heights, times = one[place]
    if place not in other:
        return moved(heights, none[0]), none[1] or float(times.std())
    return moved(heights, other[place][0]), clock.apart(times, other[place][1])


def _table(names: list[str], places: list[int], one: Peaks, other: Peaks) -> pd.DataFrame:
    empty = (np.array([np.nan]),) * 2
    lines = []
    for place in places:
        line: dict[str, object] = {"variable": names[place]}
        for which, peaks in (("original", one), ("synthetic", other)):
            heights, times = peaks.get(place, empty)
            line[f"{which}, median height"] = float(np.median(heights))
            line[f"{which}, median time"] = float(np.median(times))
        lines.append(line)
    return pd.DataFrame(lines)

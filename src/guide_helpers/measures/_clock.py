"""Times of readings as places on a regular grid, and as days with a time of day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.measures._series import moments
from guide_helpers.schema import Dataset, Kind

DAY = 86_400.0
STEPS = [1, 2, 5, 10, 15, 20, 30, *(60 * n for n in (1, 2, 3, 5, 6, 10, 12, 15, 20, 30))]
STEPS += [3600 * n for n in (1, 2, 3, 4, 6, 8, 12, 24)]
"""Steps that divide a day, in seconds."""
SELDOM = 0.05
"""A time of day with fewer readings than this share of the usual number is an odd one."""
HALF = 0.5


@dataclass(frozen=True)
class Clock:
    """A step of time, how many of them make a day, and the times of day with readings."""

    dates: bool
    step: float
    day: int
    slots: np.ndarray

    @classmethod
    def of(cls, original: Dataset, measure: str, step: str | float | None, day: int | None) -> Self:
        """Return the clock of the original; the step is its usual gap unless it is given."""
        found = times_of(original, measure)
        dates = is_dates(original)
        size = usual_step(original, found) if step is None else step_of(step, dates)
        per_day = round(DAY / size) if dates else whole_day(day)
        known = found[~np.isnan(found)]
        if not len(known):
            raise GuideError(f"time column {original.time!r} is empty; nothing to compare")
        slot, counts = np.unique(_place(known, size) % per_day, return_counts=True)
        usual = np.median(counts[counts >= counts.mean()])
        return cls(dates, size, per_day, slot[counts >= SELDOM * usual])

    def places(self, file: Dataset) -> np.ndarray:
        """Return each row's place among the times in use; NaN where it is at none of them."""
        found = moments(file)
        place = np.where(np.isnan(found), -1, _place(np.nan_to_num(found), self.step))
        number, slot = np.divmod(place, self.day)
        at = np.minimum(np.searchsorted(self.slots, slot), len(self.slots) - 1)
        used = ~np.isnan(found) & (self.slots[at] == slot)
        return np.where(used, number * len(self.slots) + at, np.nan)

    @property
    def names(self) -> list[str]:
        """The times of day in use, in words."""
        if not self.dates:
            return [str(int(slot)) for slot in self.slots]
        minutes = self.slots * self.step / 60
        return [f"{int(m // 60):02}:{m % 60:02.0f}" for m in minutes]


def is_dates(file: Dataset) -> bool:
    """Whether the time is a date."""
    return file.time is not None and file.schema[file.time].kind is Kind.DATETIME


def times_of(file: Dataset, measure: str) -> np.ndarray:
    """Return the time of each row as a number, or refuse a file without one."""
    if file.time is None:
        raise GuideError(f"{measure!r} needs times; declare the time column of the rows")
    return moments(file)


def step_of(step: object, dates: bool) -> float:
    """Return a step as a number: seconds of a date, units of another time."""
    if isinstance(step, int | float) and not isinstance(step, bool) and step > 0 and not dates:
        return float(step)
    try:
        size = pd.Timedelta(step).total_seconds() if isinstance(step, str) and dates else 0.0
    except ValueError:
        size = 0.0
    if size <= 0 or DAY % size:
        known = "a length of time that divides a day, such as '30min'" if dates else "a number"
        raise GuideError(f"step={step!r} is not {known}")
    return size


def whole_day(day: object) -> int:
    """Return how many steps make a day; one where nothing is said."""
    if day is None:
        return 1
    if isinstance(day, bool) or not isinstance(day, int | np.integer) or day < 1:
        raise GuideError(f"day={day!r} is not a whole number of at least 1")
    return int(day)


def usual_step(file: Dataset, times: np.ndarray) -> float:
    """Return the median time between two readings of a unit; of a date one that divides a day."""
    units = file.units
    order = np.lexsort((times, units))
    gaps = np.diff(times[order])[np.diff(units[order]) == 0]
    gaps = gaps[gaps > 0]
    usual = float(np.median(gaps)) if len(gaps) else 0.0
    if is_dates(file):
        return float(min(STEPS, key=lambda s: abs(np.log(s / usual)))) if usual else DAY
    return usual or 1.0


def _place(times: np.ndarray, size: float) -> np.ndarray:
    return np.floor(times / size + HALF).astype(np.int64)

"""Slots of the day, the week and the year, or of any period, that rows fall into."""

from __future__ import annotations

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.measures._encode import numbers
from guide_helpers.schema import Dataset, Kind

NAMES = {
    "hour": [f"{hour} h" for hour in range(24)],
    "weekday": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    "month": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}
MOST_SLOTS = 1_000


def slots(original: Dataset, period: str | int) -> list[str]:
    """Return the names of the slots of a period, or refuse one that the time does not have."""
    if original.time is None:
        raise GuideError("a season needs a time; declare the time column of the rows")
    kind = original.schema[original.time].kind
    dates = ", ".join(NAMES)
    if kind is Kind.DATETIME:
        if period in NAMES:
            return NAMES[str(period)]
        raise GuideError(f"period={period!r} is none of a date's periods; known: {dates}")
    if kind is not Kind.INTEGER:
        raise GuideError(
            f"time column {original.time!r} is of kind {kind.value}; "
            "a season needs dates or whole numbers"
        )
    whole = isinstance(period, int | np.integer) and not isinstance(period, bool)
    if not whole or not 2 <= int(period) <= MOST_SLOTS:
        raise GuideError(
            f"period={period!r}: the time {original.time!r} is a whole number, not a date, so "
            f"give a number of its units from 2 to {MOST_SLOTS}"
        )
    return [str(slot) for slot in range(int(period))]


def slot_of(file: Dataset, period: str | int) -> np.ndarray:
    """Return the slot of each row, NaN where the time is missing."""
    assert file.time is not None
    times = file.rows[file.time]
    if pd.api.types.is_datetime64_any_dtype(times):
        part = {"hour": times.dt.hour, "weekday": times.dt.weekday, "month": times.dt.month - 1}
        found: np.ndarray = part[str(period)].to_numpy(dtype=float, na_value=np.nan)
        return found
    rest: np.ndarray = np.mod(numbers(times), int(period))
    return rest

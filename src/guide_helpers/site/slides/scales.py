"""The axes of a drawing: where a value stands on them, and what is written beside them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from guide_helpers.site.figure_table import values

ROOM = 0.06
"""Share of the range that is left free beyond the outermost value."""
MOST_TICKS = 6
STEPS = (1, 2, 5, 10)
Tick = tuple[float, str]


@dataclass(frozen=True)
class Scale:
    """An axis: the coordinates at its two ends, its names if it has any, its ticks."""

    low: float
    high: float
    names: tuple[str, ...] = ()
    log: bool = False
    reversed: bool = False
    ticks: tuple[Tick, ...] = ()

    def share(self, coordinate: float) -> float:
        """Return how far along the axis a coordinate lies, from 0 to 1."""
        along = (coordinate - self.low) / ((self.high - self.low) or 1)
        return 1 - along if self.reversed else along

    def coordinate(self, value: Any) -> float | None:
        """Return the coordinate of a value; None for what cannot be drawn."""
        return coordinate(value, self.names, self.log)


def coordinate(value: Any, names: tuple[str, ...] = (), log: bool = False) -> float | None:
    """Return the place of a name among the names, a number, or its logarithm."""
    if names and key(value) in names:
        return float(names.index(key(value)))
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    if not log:
        return float(value)
    return math.log10(value) if value > 0 else None


def key(value: Any) -> str:
    """Return a value as the name that it has on an axis of names."""
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def names_on(axis: Mapping[str, Any], found: Iterable[Any]) -> tuple[str, ...]:
    """Return the names of an axis in their order; none where it has numbers."""
    seen = list(found)
    if axis.get("type") != "category" and not any(isinstance(v, str) for v in seen):
        return ()
    first = values(axis.get("categoryarray"))
    return tuple(dict.fromkeys(key(v) for v in [*first, *seen] if v is not None))


def scale_of(
    axis: Mapping[str, Any], names: tuple[str, ...], found: Iterable[float], *, floor: bool = False
) -> Scale:
    """Return the scale of an axis on which these coordinates have to be seen.

    `floor` makes it begin at zero, without room below: there stand bars.
    """
    log = axis.get("type") == "log"
    asked = axis.get("range")
    low, high = _span(names, list(found), floor or axis.get("rangemode") == "tozero")
    if asked and None not in asked:
        low, high = min(asked), max(asked)
    backwards = axis.get("autorange") == "reversed" or bool(asked and asked[0] > asked[1])
    ticks = tuple(t for t in _ticks(axis, names, log, low, high) if low <= t[0] <= high)
    return Scale(low, high, names, log, backwards, ticks)


def _span(names: tuple[str, ...], found: list[float], floor: bool) -> tuple[float, float]:
    if names:
        return -0.5, len(names) - 0.5
    low, high = (min(found), max(found)) if found else (0.0, 1.0)
    low, high = (min(low, 0.0), max(high, 0.0)) if floor else (low, high)
    room = ROOM * ((high - low) or 1)
    return low - (0 if floor and low == 0 else room), high + (0 if floor and high == 0 else room)


def _ticks(
    axis: Mapping[str, Any], names: tuple[str, ...], log: bool, low: float, high: float
) -> list[Tick]:
    if axis.get("showticklabels") is False or axis.get("visible") is False:
        return []
    told = values(axis.get("tickvals"))
    if told:
        texts = values(axis.get("ticktext")) or [key(v) for v in told]
        places = [coordinate(v, names, log) for v in told]
        return [(p, str(t)) for p, t in zip(places, texts, strict=False) if p is not None]
    if names:
        return [(float(i), name) for i, name in enumerate(names)]
    return _powers(low, high) if log else _round_numbers(low, high)


def _round_numbers(low: float, high: float) -> list[Tick]:
    """Return at most `MOST_TICKS` round numbers of one distance."""
    rough = (high - low) / MOST_TICKS or 1
    power = 10 ** math.floor(math.log10(rough))
    step = next(s * power for s in STEPS if s * power >= rough * (1 - 1e-9))
    places = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return [(n * step, f"{n * step or 0:,.{digits}f}") for n in places]


def _powers(low: float, high: float) -> list[Tick]:
    """Return round numbers for an axis of logarithms, fewer where it is long."""
    for steps in ((1, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        tens = range(math.floor(low), math.ceil(high) + 1)
        found = [math.log10(s) + t for t in tens for s in steps]
        found = [f for f in found if low <= f <= high]
        if len(found) <= MOST_TICKS + 1:
            break
    return [(f, f"{10**f:,.6g}") for f in found]


def least_gap(coordinates: Iterable[float]) -> float:
    """Return the least distance of two coordinates; 1 where there is only one."""
    return min((b - a for a, b in pairwise(sorted(set(coordinates)))), default=1.0)

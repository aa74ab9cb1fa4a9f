"""What all marks of a drawing have in common: where they stand, their colours, their reach."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from guide_helpers.site.figure_table import values
from guide_helpers.site.slides.scales import Scale, key, least_gap

Trace = Mapping[str, Any]
COLOURS = ("#1F83C4", "#D55E00", "#00916A", "#B5659A", "#8A7A1E", "#7D6BC4")
DASHES = {"dash": "12 8", "dot": "3 7", "dashdot": "12 7 3 7", "longdash": "20 9"}


@dataclass(frozen=True)
class Plane:
    """Two scales and where they lie on the drawing."""

    x: Scale
    y: Scale
    left: float
    top: float
    wide: float
    high: float

    def across(self, coordinate: float) -> float:
        """Return where a coordinate of the first axis stands."""
        return self.left + self.wide * self.x.share(coordinate)

    def up(self, coordinate: float) -> float:
        """Return where a coordinate of the second axis stands."""
        return self.top + self.high * (1 - self.y.share(coordinate))


def modes(trace: Trace) -> str:
    """Return how a scatter is drawn; plotly draws one without a mode as a line."""
    if trace.get("type", "scatter") != "scatter":
        return ""
    return str(trace.get("mode") or "lines")


def stands_on(trace: Trace) -> int | None:
    """Return the axis, 0 or 1, along which the bars of a trace grow; None for no bars."""
    if trace.get("type") != "bar":
        return None
    return 0 if trace.get("orientation") == "h" else 1


def reached(trace: Trace, which: int, beside: Sequence[Trace] = ()) -> Iterator[Any]:
    """Yield all that a trace reaches on an axis: values, intervals, ends of bars and of cells.

    `beside` are the bars that it is stacked with.
    """
    own = values(trace.get("xy"[which]))
    bases = values(trace.get("base")) if stands_on(trace) == which else []
    yield from [*bases, *(b + v for b, v in zip(bases, own, strict=False))] or own
    if trace.get("fill") == "tozeroy" and which == 1:
        yield 0.0
    for middle, (low, high) in zip(own, errors(trace, which), strict=False):
        if isinstance(middle, int | float):
            yield from (middle - low, middle + high)
    numbers = [v for v in own if isinstance(v, int | float)]
    if trace.get("type") == "heatmap" and numbers:
        half = least_gap(numbers) / 2
        yield from (min(numbers) - half, max(numbers) + half)
    if stands_on(trace) == which:
        yield from _sums(beside, which)


def _sums(bars: Sequence[Trace], which: int) -> list[float]:
    """Return how high bars are that stand on top of each other."""
    sums: dict[str, float] = {}
    for trace in bars:
        names, sizes = values(trace.get("yx"[which])), values(trace.get("xy"[which]))
        for name, size in zip(names, sizes, strict=False):
            sums[key(name)] = sums.get(key(name), 0.0) + (size or 0.0)
    return list(sums.values())


def errors(trace: Trace, which: int) -> list[tuple[float, float]]:
    """Return how far the interval of each value reaches down and up; none where it has none."""
    told = trace.get(("error_x", "error_y")[which])
    if not isinstance(told, Mapping) or told.get("visible") is False:
        return []
    up = values(told.get("array"))
    down = values(told.get("arrayminus")) or up
    return [(low or 0.0, high or 0.0) for low, high in zip(down, up, strict=False)]


def coloured(traces: Sequence[Trace]) -> list[Trace]:
    """Return the traces, those without a colour with the next one, as plotly does."""
    return [{**t, "own": COLOURS[i % len(COLOURS)]} for i, t in enumerate(traces)]


def colour(trace: Trace) -> str:
    """Return the colour of a trace's fill, line or points."""
    for told in (trace.get("marker"), trace.get("line")):
        if isinstance(told, Mapping) and isinstance(told.get("color"), str):
            return escape(told["color"])
    return str(trace.get("own", COLOURS[0]))


def fill(trace: Trace) -> str:
    """Return what a bar is filled with: its colour, or stripes of it."""
    if not ((trace.get("marker") or {}).get("pattern") or {}).get("shape"):
        return colour(trace)
    return f"url(#stripes-{re.sub(r'[^0-9a-zA-Z]', '', colour(trace))})"


def stripes(drawing: str) -> str:
    """Return the definitions of all stripes that drawings use, once."""
    used = re.findall(r'fill="url\(#(stripes-\w+)\)" stroke="([^"]+)"', drawing)
    inside = "".join(
        f'<pattern id="{name}" width="9" height="9" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="9" height="9" fill="#fff"/>'
        f'<rect width="4.5" height="9" fill="{shown}"/></pattern>'
        for name, shown in sorted(set(used))
    )
    return f'<svg class="aside" aria-hidden="true"><defs>{inside}</defs></svg>' if inside else ""


def rect(x: Sequence[float], y: Sequence[float], how: str) -> str:
    """Return a rectangle between two places each way."""
    return (
        f'<rect x="{min(x):.1f}" y="{min(y):.1f}" width="{abs(x[1] - x[0]):.1f}" '
        f'height="{abs(y[1] - y[0]):.1f}" {how}/>'
    )


def coordinates(scale: Scale, told: Any) -> list[float | None]:
    """Return where the values of a trace stand on a scale."""
    return [scale.coordinate(v) for v in values(told)]


def whisker(
    plane: Plane, middle: float, low: float, high: float, lying: bool, how: str = "#16181d"
) -> str:
    """Return an interval with its two ends."""
    if lying:
        y, (a, b) = plane.up(middle), (plane.across(low), plane.across(high))
        path = f"M{a:.1f} {y - 6:.1f}v12m0-6H{b:.1f}m0-6v12"
    else:
        x, (a, b) = plane.across(middle), (plane.up(low), plane.up(high))
        path = f"M{x - 6:.1f} {a:.1f}h12m-6 0V{b:.1f}m-6 0h12"
    return f'<path d="{path}" stroke="{how}" stroke-width="2.2" fill="none"/>'

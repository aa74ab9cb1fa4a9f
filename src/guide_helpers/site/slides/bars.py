"""Bars and the cells of heat maps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guide_helpers.site.figure_table import values
from guide_helpers.site.slides.marks import (
    Plane,
    Trace,
    colour,
    coordinates,
    errors,
    fill,
    rect,
    stands_on,
    whisker,
)
from guide_helpers.site.slides.scales import Scale, least_gap


def bars_of(plane: Plane, bars: Sequence[Trace], layout: Mapping[str, Any]) -> Iterator[str]:
    """Yield bars beside each other, or on top of each other where the figure stacks them."""
    stacked = layout.get("barmode") in ("stack", "relative")
    own = plane.y if bars and stands_on(bars[0]) == 0 else plane.x
    places = [c for t in bars for c in coordinates(own, t.get("x" if own is plane.x else "y"))]
    slot = (1 - float(layout.get("bargap", 0.2))) * least_gap(c for c in places if c is not None)
    thick = slot if stacked else slot / (len(bars) or 1)
    heights: dict[float, float] = {}
    for place, trace in enumerate(bars):
        aside = 0.0 if stacked else (place + 0.5) * thick - slot / 2
        for middle, base, size, reach in _sizes(trace, own):
            start = base + (heights.get(middle, 0.0) if stacked else 0.0)
            heights[middle] = heights.get(middle, 0.0) + size
            yield _bar(plane, (middle + aside, start, start + size, thick), trace)
            if any(reach):
                ends = (start + size - reach[0], start + size + reach[1])
                yield whisker(plane, middle + aside, *ends, stands_on(trace) == 0)


def _sizes(trace: Trace, own: Scale) -> Iterator[tuple[float, float, float, tuple[float, float]]]:
    """Yield where each bar stands, where it begins, how long it is, and its interval."""
    which = stands_on(trace) or 0
    sizes = values(trace.get("xy"[which]))
    bases = values(trace.get("base")) or [0.0] * len(sizes)
    reach = errors(trace, which) or [(0.0, 0.0)] * len(sizes)
    at = coordinates(own, trace.get("yx"[which]))
    for middle, base, size, each in zip(at, bases, sizes, reach, strict=False):
        if middle is not None and size is not None:
            yield middle, base, size, each


def _bar(plane: Plane, box: tuple[float, float, float, float], trace: Trace) -> str:
    middle, begin, end, thick = box
    sides = (middle - thick / 2, middle + thick / 2)
    if stands_on(trace) == 0:
        x, y = [plane.across(begin), plane.across(end)], [plane.up(c) for c in sides]
    else:
        x, y = [plane.across(c) for c in sides], [plane.up(begin), plane.up(end)]
    return rect(x, y, f'fill="{fill(trace)}" stroke="{colour(trace)}"')


def cells_of(plane: Plane, trace: Trace) -> Iterator[str]:
    """Yield the cells of a heat map."""
    x, y = coordinates(plane.x, trace.get("x")), coordinates(plane.y, trace.get("y"))
    rows = values(trace.get("z"))
    half = [least_gap(c for c in cs if c is not None) / 2 for cs in (x, y)]
    low, high = ends_of(trace)
    for up, row in zip(y, rows, strict=False):
        for across, value in zip(x, row, strict=False):
            if up is None or across is None or value is None:
                continue
            ends = [plane.across(across - half[0]), plane.across(across + half[0])]
            tops = [plane.up(up - half[1]), plane.up(up + half[1])]
            shown = shade(trace.get("colorscale"), (value - low) / ((high - low) or 1))
            yield rect(ends, tops, f'fill="{shown}" stroke="{shown}"')


def ends_of(trace: Trace) -> tuple[float, float]:
    """Return the values at which the colours of a heat map begin and end."""
    seen = [v for row in values(trace.get("z")) for v in row if v is not None]
    low, high = min(seen, default=0.0), max(seen, default=1.0)
    return trace.get("zmin", low), trace.get("zmax", high)


def shade(scale: Any, share: float) -> str:
    """Return the colour of a share of the way along a scale of colours."""
    stops = [(float(p), _parts(str(c))) for p, c in scale or [(0, "#f2f2f2"), (1, "#1F83C4")]]
    share = min(max(share, 0.0), 1.0)
    before, after = stops[0], stops[-1]
    for stop in stops:
        before = stop if stop[0] <= share else before
    for stop in reversed(stops):
        after = stop if stop[0] >= share else after
    way = (share - before[0]) / ((after[0] - before[0]) or 1)
    mixed = [round(a + way * (b - a)) for a, b in zip(before[1], after[1], strict=True)]
    return "#" + "".join(f"{m:02x}" for m in mixed)


def _parts(colour: str) -> list[int]:
    if colour.startswith("#"):
        return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return [round(float(n)) for n in re.findall(r"[\d.]+", colour)[:3]]

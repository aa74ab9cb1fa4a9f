"""A plotly figure as a drawing that needs no script, with letters for the last row of a room.

Draws what the guide's figures consist of: points, lines, bars, heat maps, error bars, bands and
notes. Anything else is refused by name, so that no slide shows half of a figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from guide_helpers.errors import GuideError
from guide_helpers.site.figure_table import values
from guide_helpers.site.slides import bars, ink, marks, points
from guide_helpers.site.slides.scales import Scale, coordinate, names_on, scale_of

WIDE, HIGH = 1200, 440
KINDS = {"scatter", "bar", "heatmap"}
FILLS = (None, "none", "tozeroy")
MOST_BESIDE = 4
"""Panels above each other that are set side by side, because a slide is wide."""
NARROW = 0.28
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Panel:
    """A pair of axes: what is drawn on it, and its place in the grid of panels."""

    x: Mapping[str, Any]
    y: Mapping[str, Any]
    traces: Sequence[Mapping[str, Any]]
    names: tuple[str, str]  # of the two axes, as traces write them
    title: str = ""

    @property
    def place(self) -> tuple[float, float]:
        """How far down and how far right the panel stands."""
        up, across = (list(a.get("domain") or (0, 1)) for a in (self.y, self.x))
        return -round(up[1], 3), round(across[0], 3)


def svg(figure: Mapping[str, Any], alt: str) -> str:
    """Return a figure as an SVG element whose name for a screen reader is `alt`."""
    layout = figure.get("layout") or {}
    traces = [t for t in figure.get("data") or [] if t.get("visible") not in (False, "legendonly")]
    traces = marks.coloured(traces)
    other = {str(t.get("type", "scatter")) for t in traces} - KINDS
    other |= {f"areas {t['fill']}" for t in traces if t.get("fill") not in FILLS}
    if other or not traces:
        what = ", ".join(sorted(other)) or "nothing"
        raise GuideError(f"a figure of {what} cannot be drawn on a slide; choose another figure")
    key, top = ink.legend(traces, layout, WIDE)
    rows = grid(panels_of(traces, layout))
    parts = [key]
    for down, row in enumerate(rows):
        high = (HIGH - top) / len(rows)
        parts += _row(row, layout, (0, top + down * high, WIDE, high))
    return (
        f'<svg viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{escape(alt)}" '
        f'font-size="{ink.SIZE}">{"".join(parts)}</svg>'
    )


def panels_of(traces: Sequence[Mapping[str, Any]], layout: Mapping[str, Any]) -> list[Panel]:
    """Return the panels of a figure, each with its traces and its title."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for trace in traces:
        found.setdefault((trace.get("xaxis", "x"), trace.get("yaxis", "y")), []).append(trace)
    panels = []
    for (across, up), drawn in found.items():
        x, y = (layout.get(f"{n[0]}axis{n[1:]}") or {} for n in (across, up))
        panels.append(Panel(x, y, drawn, (across, up), _title(layout, x, y)))
    return panels


def _title(layout: Mapping[str, Any], x: Mapping[str, Any], y: Mapping[str, Any]) -> str:
    """Return the note that stands above a panel, as its title."""
    (left, right), top = x.get("domain") or (0, 1), (y.get("domain") or (0, 1))[1]
    for note in layout.get("annotations") or ():
        paper = note.get("xref") == note.get("yref") == "paper"
        inside = paper and left - 0.01 <= float(note["x"]) <= right + 0.01
        if inside and abs(float(note["y"]) - top) < 0.01 and not note.get("showarrow", True):
            return str(note["text"])
    return ""


def grid(panels: Sequence[Panel]) -> list[list[Panel]]:
    """Return the panels row by row; a short column of them becomes a row."""
    ordered = sorted(panels, key=lambda p: p.place)
    rows: dict[float, list[Panel]] = {}
    for panel in ordered:
        rows.setdefault(panel.place[0], []).append(panel)
    bare = all(p.y.get("visible") is False for p in ordered)
    if len(ordered) <= MOST_BESIDE and (bare or len(rows) == len(ordered)):
        return [list(ordered)]
    return list(rows.values())


def _row(row: Sequence[Panel], layout: Mapping[str, Any], box: Box) -> Iterator[str]:
    """Yield a row of panels; names that all of them have are written beside the first."""
    scales = [(_scale(p, 0, layout), _scale(p, 1, layout)) for p in row]
    shared = len(row) > 1 and all(s[1].names == scales[0][1].names != () for s in scales)
    left, top, wide, high = box
    edges = [
        0.0 if i and shared else _left(p, s[1], high)
        for i, (p, s) in enumerate(zip(row, scales, strict=True))
    ]
    gap = 26 * (len(row) - 1)
    each = (wide - sum(edges) - gap - 30) / len(row)
    titles = [
        ink.lines_of(p.title, max(10, int(each / (1.1 * ink.LETTER * ink.SIZE)))) for p in row
    ]
    above = ink.LINE * max(map(len, titles)) + 12
    for panel, title, (x, y), edge in zip(row, titles, scales, edges, strict=True):
        yield ink.text(left + edge, top + 4, title, anchor="start", weight=600)
        box = (left + edge, top + above, each, high - above)
        beside = ink.turned_lines(panel.y, high) if edge else None
        yield from _panel(panel, (x, y), layout, box, beside)
        left += edge + each + 26


def _left(panel: Panel, scale: Scale, high: float) -> float:
    """Return the room that the names and the title left of a panel need."""
    if panel.y.get("visible") is False:
        return 6.0
    lines = [line for _, text in scale.ticks for line in ink.lines_of(text, ink.LONGEST)]
    title = ink.LINE * len(ink.turned_lines(panel.y, high)) + 6
    return min(max(map(ink.width, lines), default=0) + 18, NARROW * WIDE) + title


def _scale(panel: Panel, which: int, layout: Mapping[str, Any]) -> Scale:
    """Return the scale of a panel's axis, from all traces that lie on it or on one like it."""
    axis, name = (panel.x, panel.y)[which], panel.names[which]
    traces = panel.traces
    found = [v for t in traces for v in values(t.get("xy"[which]))]
    names = names_on(axis, found)
    log = axis.get("type") == "log"
    stacked = layout.get("barmode") in ("stack", "relative")
    beside = [t for t in traces if marks.stands_on(t) == which] if stacked else []
    seen = [coordinate(v, names, log) for t in traces for v in marks.reached(t, which, beside)]
    if not names:
        seen += [coordinate(v, (), log) for v in _noted(layout, name)]
    floor = any(marks.stands_on(t) == which for t in traces)
    return scale_of(axis, names, [c for c in seen if c is not None], floor=floor)


def _noted(layout: Mapping[str, Any], axis: str) -> Iterator[Any]:
    """Yield the values at which notes stand on an axis."""
    for note in layout.get("annotations") or ():
        if note.get(f"{axis[0]}ref", axis[0]) == axis and not note.get("showarrow", True):
            yield note.get(axis[0])


def _panel(
    panel: Panel,
    scales: tuple[Scale, Scale],
    layout: Mapping[str, Any],
    box: Box,
    beside: Sequence[str] | None,
) -> Iterator[str]:
    """Yield the axes and the content of one panel in its box.

    `beside` is the title of the upright axis; None where a neighbour shows it and the names.
    """
    left, top, wide, high = box
    below = ink.lines_of(ink.title_of(panel.x), max(10, int(wide / 10)))
    ticks = ink.ticks_below(scales[0], wide)
    high -= ink.LINE * (len(below) + max((len(t) for _, t in ticks), default=0)) + 14
    if panel.y.get("scaleanchor"):
        wide = high = min(wide, high)
    plane = marks.Plane(*scales, left, top, wide, high)
    yield from ink.frame(plane, ticks, below, beside)
    yield from ink.shapes(plane, layout, panel.names, "below")
    yield from _content(plane, panel.traces, layout)
    yield from ink.shapes(plane, layout, panel.names, "above")
    yield from ink.notes(plane, layout, panel.names)


def _content(
    plane: marks.Plane, traces: Sequence[marks.Trace], layout: Mapping[str, Any]
) -> Iterator[str]:
    """Yield what traces draw: areas first, points last."""
    for trace in (t for t in traces if t.get("type") == "heatmap"):
        yield from bars.cells_of(plane, trace)
    yield from bars.bars_of(plane, [t for t in traces if t.get("type") == "bar"], layout)
    several = [t for t in traces if "markers" in marks.modes(t)]
    grouped = layout.get("scattermode") == "group" and len(several) > 1
    spread = 1 - float(layout.get("scattergap", 0.2))
    for trace in (t for t in traces if marks.modes(t)):
        aside = 0.0
        if grouped and trace in several:
            aside = ((several.index(trace) + 0.5) / len(several) - 0.5) * spread
        yield from points.points_of(plane, trace, aside)

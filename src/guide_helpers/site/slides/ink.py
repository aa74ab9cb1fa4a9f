"""Words and frame of a drawing: the legend, the axes, bands behind and notes in front."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape, unescape
from textwrap import wrap
from typing import Any

from guide_helpers.site.slides import bars, marks, points
from guide_helpers.site.slides.scales import Scale

SIZE = 21
LINE = 25
INK, FAINT = "#16181d", "#d5d9e0"
LETTER = 0.56
"""Mean width of a letter, as a share of its height."""
LONGEST = 26
"""Letters of a name left of a panel, before it is broken."""
Tick = tuple[float, list[str]]


def width(line: str, size: float = SIZE) -> float:
    """Return about how wide a line of text is."""
    return LETTER * size * len(line)


def lines_of(told: str, most: int) -> list[str]:
    """Return a text of plotly as lines of at most so many letters."""
    plain = unescape(re.sub(r"<(?!br)[^>]+>", "", told or ""))
    pieces = [piece.strip() for piece in re.split(r"<br ?/?>", plain)]
    if all(len(piece) <= most for piece in pieces):
        return [piece for piece in pieces if piece]
    return wrap(" ".join(pieces), most)


def title_of(axis: Mapping[str, Any]) -> str:
    """Return the title of an axis; nothing for one that is not shown."""
    title = axis.get("title") or {}
    text = title.get("text") if isinstance(title, Mapping) else title
    return "" if axis.get("visible") is False else str(text or "").replace("<br>", " ")


def turned_lines(axis: Mapping[str, Any], high: float) -> list[str]:
    """Return the title of an upright axis as lines that fit beside a panel of this height."""
    return lines_of(title_of(axis), max(12, int((high - 90) / (LETTER * SIZE))))


def text(
    x: float, y: float, lines: Sequence[str], *, anchor: str = "middle", weight: int = 400,
    turn: bool = False, fill: str = INK,
) -> str:  # fmt: skip
    """Return lines of text whose top is at `y`; turned, they read upwards."""
    if not lines:
        return ""
    spans = "".join(
        f'<tspan x="{x:.1f}" dy="{LINE if i else 0.78 * SIZE:.1f}">{escape(line)}</tspan>'
        for i, line in enumerate(lines)
    )
    how = f' font-weight="{weight}"' if weight != 400 else ""
    how += f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turn else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}"{how}>{spans}</text>'


def legend(
    traces: Sequence[Mapping[str, Any]], layout: Mapping[str, Any], wide: float
) -> tuple[str, float]:
    """Return the legend above a drawing, and the height that it takes."""
    named = [t for t in traces if t.get("showlegend") is not False and t.get("name")]
    named = [t for t in named if t.get("type") != "heatmap"]
    if shaded := [t for t in traces if t.get("type") == "heatmap" and t.get("showscale", True)]:
        return _colours(shaded[0]), LINE + 14.0
    named = list({str(t["name"]): t for t in reversed(named)}.values())[::-1]
    asked = layout.get("showlegend", len(named) > 1 or any(map(_is_band, named)))
    named = named if asked else []
    parts, x, y = [], 10.0, 4.0
    for trace in named:
        name = str(trace["name"])
        taken = 72 + width(name)
        if x > 10 and x + taken > wide:
            x, y = 10.0, y + LINE + 4
        parts += [*_sample(trace, x, y), text(x + 40, y, [name], anchor="start")]
        x += taken
    return "".join(parts), (y + LINE + 10 if named else 4)


def _colours(trace: Mapping[str, Any]) -> str:
    """Return the colours of a heat map with the values at their two ends."""
    low, high = bars.ends_of(trace)
    words = f"{low:,.3g}", f"{high:,.3g}"
    x = 20 + width(words[0])
    cells = "".join(
        f'<rect x="{x + 12 * i:.1f}" y="4" width="12.5" height="19" '
        f'fill="{bars.shade(trace.get("colorscale"), i / 23)}"/>'
        for i in range(24)
    )
    title = ((trace.get("colorbar") or {}).get("title") or {}).get("text") or ""
    last = " ".join([words[1], *lines_of(title, 60)])
    return (
        text(10, 4, [words[0]], anchor="start") + cells + text(x + 298, 4, [last], anchor="start")
    )


def _is_band(trace: Mapping[str, Any]) -> bool:
    """Return whether a trace is the band of a null, which the legend has to name."""
    return trace.get("legendgroup") == "null"


def _sample(trace: Mapping[str, Any], x: float, y: float) -> Iterator[str]:
    """Yield what a trace looks like, for the legend."""
    middle = y + 10
    if trace.get("type") == "bar":
        yield (f'<rect x="{x:.1f}" y="{y:.1f}" width="30" height="19" fill="{marks.fill(trace)}" '
               f'stroke="{marks.colour(trace)}"/>')  # fmt: skip
        return
    if "lines" in marks.modes(trace):
        straight = {**(trace.get("line") or {}), "shape": "linear"}
        yield from points.line({**trace, "line": straight}, [(x, middle), (x + 34, middle)])
    if "markers" in marks.modes(trace):
        single = {k: v for k, v in (trace.get("marker") or {}).items() if k != "size"}
        yield points.marker({**trace, "marker": single | {"size": 9}}, x + 17, middle)


def ticks_below(scale: Scale, wide: float) -> list[Tick]:
    """Return the ticks of the lower axis with their words, as many as have room."""
    if not scale.ticks:
        return []
    if scale.names:
        whole = [word for _, words in scale.ticks for word in re.split(r"\s|<br>", words)]
    else:
        whole = [words for _, words in scale.ticks]
    slot, nth = wide / len(scale.ticks), 1
    while max(map(width, whole)) + 10 > nth * slot:
        nth += 1
    most = int(nth * slot / (LETTER * SIZE)) if scale.names else 40
    return [(place, lines_of(words, most)[:3]) for place, words in scale.ticks[::nth]]


def frame(
    plane: marks.Plane, ticks: Sequence[Tick], below: Sequence[str], beside: Sequence[str] | None
) -> Iterator[str]:
    """Yield grid lines, ticks and the titles of both axes; None beside: no names either."""
    foot = plane.top + plane.high
    for place, lines in ticks:
        x = plane.across(place)
        if not plane.x.names:
            yield f'<path d="M{x:.1f} {plane.top:.1f}V{foot:.1f}" stroke="{FAINT}"/>'
        yield text(x, foot + 6, lines)
    deep = LINE * max((len(lines) for _, lines in ticks), default=0)
    yield text(plane.left + plane.wide / 2, foot + deep + 10, below)
    yield from _names(plane, beside)
    yield (f'<path d="M{plane.left:.1f} {plane.top:.1f}V{foot:.1f}h{plane.wide:.1f}" '
           f'stroke="#5a6270" fill="none"/>')  # fmt: skip


def _names(plane: marks.Plane, beside: Sequence[str] | None) -> Iterator[str]:
    """Yield the lines across, and left of them what they are and the title of their axis."""
    widest = 0.0
    for place, words in plane.y.ticks:
        y, lines = plane.up(place), lines_of(words, LONGEST)
        yield f'<path d="M{plane.left:.1f} {y:.1f}h{plane.wide:.1f}" stroke="{FAINT}"/>'
        if beside is not None:
            yield text(plane.left - 10, y - LINE * len(lines) / 2 + 2, lines, anchor="end")
        widest = max(widest, *map(width, lines))
    if beside:
        x = max(2.0, plane.left - 18 - widest - LINE * len(beside))
        yield _turned(x, plane.top + plane.high / 2, beside)


def _turned(x: float, y: float, lines: Sequence[str]) -> str:
    """Return lines that read upwards, the first of them leftmost."""
    return "".join(
        f'<text transform="translate({x + LINE * i + 0.78 * SIZE:.1f} {y:.1f}) rotate(-90)" '
        f'text-anchor="middle" fill="{INK}">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )


def shapes(
    plane: marks.Plane, layout: Mapping[str, Any], names: tuple[str, str], layer: str
) -> Iterator[str]:
    """Yield the lines and areas that a figure draws below its data, or above them."""
    for shape in layout.get("shapes") or ():
        if shape.get("layer", "above") != layer:
            continue
        refs = [str(shape.get(f"{n}ref", n)) for n in "xy"]
        if any(not r.startswith((*names, "paper")) for r in refs):
            continue
        x = [_place(plane, 0, refs[0], shape[k]) for k in ("x0", "x1")]
        y = [_place(plane, 1, refs[1], shape[k]) for k in ("y0", "y1")]
        told = shape.get("line") or {}
        wide = 1.6 * float(told.get("width", 2))
        stroke = f'stroke="{escape(str(told.get("color", "#444")))}" stroke-width="{wide:g}"'
        dash = marks.DASHES.get(str(told.get("dash")), "")
        stroke += f' stroke-dasharray="{dash}"' if dash else ""
        if shape.get("type") == "line":
            yield f'<path d="M{x[0]:.1f} {y[0]:.1f}L{x[1]:.1f} {y[1]:.1f}" {stroke}/>'
            continue
        fill = escape(str(shape.get("fillcolor") or "none"))
        yield (f'<rect x="{min(x):.1f}" y="{min(y):.1f}" width="{abs(x[1] - x[0]):.1f}" '
               f'height="{abs(y[1] - y[0]):.1f}" fill="{fill}" '
               f'opacity="{shape.get("opacity", 1)}" {stroke}/>')  # fmt: skip


def _place(plane: marks.Plane, which: int, ref: str, value: Any) -> float:
    """Return where the end of a shape lies; `domain` and `paper` are shares of the panel."""
    if ref.endswith("domain") or ref == "paper":
        start, size = ((plane.left, plane.wide), (plane.top, plane.high))[which]
        return start + size * (float(value) if which == 0 else 1 - float(value))
    scale = (plane.x, plane.y)[which]
    at = float(value) if scale.names and not isinstance(value, str) else scale.coordinate(value)
    at = scale.low if at is None else at
    return plane.across(at) if which == 0 else plane.up(at)


def notes(plane: marks.Plane, layout: Mapping[str, Any], names: tuple[str, str]) -> Iterator[str]:
    """Yield the words that a figure writes beside its data."""
    for note in layout.get("annotations") or ():
        refs = (note.get("xref", "x"), note.get("yref", "y"))
        if refs != names or note.get("showarrow", True):
            continue
        lines = lines_of(str(note["text"]), 60)
        x, y = (_place(plane, i, refs[i], note["xy"[i]]) for i in (0, 1))
        y -= LINE * len(lines) + 4 if note.get("yshift") else LINE * len(lines) / 2
        x += float(note.get("xshift") or 0)
        if note.get("bgcolor"):
            half = width(lines[0]) / 2 + 6
            yield (f'<rect x="{x - half:.1f}" y="{y - 2:.1f}" width="{2 * half:.1f}" '
                   f'height="{LINE * len(lines):.1f}" fill="#fff"/>')  # fmt: skip
        yield text(x, y, lines, fill=escape(str((note.get("font") or {}).get("color") or INK)))

"""Lines, points with their intervals, and the words beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from guide_helpers.site.figure_table import values
from guide_helpers.site.slides.marks import (
    DASHES,
    Plane,
    Trace,
    colour,
    coordinates,
    errors,
    modes,
    whisker,
)

Spot = tuple[float, float]
BROAD = 10
"""A line of this width is a band, and keeps its width."""
SHAPES = {
    "diamond": ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
    "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
    "triangle": ((0, -1.2), (1.2, 0.9), (-1.2, 0.9)),
}
SLANTED = ((-1, -1, 1, 1), (-1, 1, 1, -1))
UPRIGHT = ((0, -1, 0, 1), (-1, 0, 1, 0))
STROKES = {
    "x": SLANTED,
    "cross": UPRIGHT,
    "star": (*SLANTED, *UPRIGHT),
    "line": ((0, -1.5, 0, 1.5),),
}
"""Corners of filled marks and ends of strokes, in units of the radius."""


def points_of(plane: Plane, trace: Trace, aside: float) -> Iterator[str]:
    """Yield the line of a trace, its intervals, its points and its words.

    `aside` moves them along the axis of names, so that series do not hide each other.
    """
    x, y = coordinates(plane.x, trace.get("x")), coordinates(plane.y, trace.get("y"))
    if plane.x.names or not plane.y.names:
        x = [None if c is None else c + aside for c in x]
    else:
        y = [None if c is None else c + aside for c in y]
    pairs = zip(x, y, strict=False)
    at = [None if None in (a, b) else (plane.across(a), plane.up(b)) for a, b in pairs]  # type: ignore[arg-type]
    if "lines" in modes(trace):
        yield from line(trace, at, plane.up(0) if trace.get("fill") else None)
    yield from _intervals(plane, trace, x, y)
    if "markers" in modes(trace):
        yield from (marker(trace, *spot, i) for i, spot in enumerate(at) if spot is not None)
    if "text" in modes(trace):
        yield from _words(trace, at)


def line(trace: Trace, at: Sequence[Spot | None], floor: float | None = None) -> Iterator[str]:
    """Yield a line through places, broken where one is missing."""
    told = trace.get("line") or {}
    wide = float(told.get("width") or 2)
    shape = str(told.get("shape") or "linear")
    dash = DASHES.get(str(told.get("dash")), "")
    how = f' stroke-dasharray="{dash}"' if dash else ""
    wide = wide * 1.2 if wide >= BROAD else wide * 1.6
    for piece in _pieces(at):
        path = "".join(_steps(piece, shape))
        if floor is not None:
            area = f"{path}V{floor:.1f}H{piece[0][0]:.1f}Z"
            yield f'<path d="{area}" fill="{colour(trace)}" fill-opacity=".25"/>'
        yield (
            f'<path d="{path}" fill="none" stroke="{colour(trace)}" stroke-width="{wide:g}"{how}/>'
        )


def _pieces(at: Sequence[Spot | None]) -> Iterator[list[Spot]]:
    piece: list[Spot] = []
    for spot in [*at, None]:
        if spot is not None:
            piece.append(spot)
        elif piece:
            yield piece
            piece = []


def _steps(piece: Sequence[tuple[float, float]], shape: str) -> Iterator[str]:
    """Yield the commands of a path, in steps where the figure has steps."""
    before: Spot | None = None
    for x, y in piece:
        if before is None:
            yield f"M{x:.1f} {y:.1f}"
        elif shape == "hvh":
            yield f"H{(before[0] + x) / 2:.1f}V{y:.1f}H{x:.1f}"
        elif shape in ("hv", "vh"):
            yield f"H{x:.1f}V{y:.1f}" if shape == "hv" else f"V{y:.1f}H{x:.1f}"
        else:
            yield f"L{x:.1f} {y:.1f}"
        before = (x, y)


def _intervals(
    plane: Plane, trace: Trace, x: Sequence[float | None], y: Sequence[float | None]
) -> Iterator[str]:
    for which, (own, scale) in enumerate(((x, plane.x), (y, plane.y))):
        told = values(trace.get("xy"[which]))
        other = y if which == 0 else x
        for value, middle, beside, (low, high) in zip(
            told, own, other, errors(trace, which), strict=False
        ):
            if middle is None or beside is None or not (low or high):
                continue
            ends = [scale.coordinate(value - low), scale.coordinate(value + high)]
            low_end, high_end = (middle if e is None else e for e in ends)
            yield whisker(plane, beside, low_end, high_end, which == 0, colour(trace))


def marker(trace: Trace, x: float, y: float, place: int = 0) -> str:
    """Return the mark of a point."""
    told = trace.get("marker") or {}
    symbol, own = told.get("symbol") or "circle", told.get("color")
    kind = str(symbol if isinstance(symbol, str) else values(symbol)[place])
    each = own[place] if isinstance(own, list) else None
    shown = escape(each) if isinstance(each, str) else colour(trace)
    return _mark(kind, x, y, radius(told, place), shown)


def _mark(kind: str, x: float, y: float, size: float, shown: str) -> str:
    """Return a filled, an open or a stroked mark; a circle for what has no other."""
    how = f'fill="{shown}"'
    if kind.endswith("-open"):
        how = f'fill="#fff" stroke="{shown}" stroke-width="3"'
    base = kind.partition("-")[0]
    if base in SHAPES:
        corners = " ".join(f"{x + size * a:.1f},{y + size * b:.1f}" for a, b in SHAPES[base])
        return f'<polygon points="{corners}" {how}/>'
    if base in STROKES:
        path = "".join(
            f"M{x + size * a:.1f} {y + size * b:.1f}L{x + size * c:.1f} {y + size * d:.1f}"
            for a, b, c, d in STROKES[base]
        )
        return f'<path d="{path}" stroke="{shown}" stroke-width="4.5" fill="none"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" {how}/>'


def radius(marker: Mapping[str, Any], place: int) -> float:
    """Return the radius of a point, larger than on a page."""
    told = marker.get("size", 8)
    sizes = values(told)
    if not sizes:
        return 0.8 * float(told if isinstance(told, int | float) else 8)
    size = float(sizes[place] or 0) / float(marker.get("sizeref") or 1)
    return 0.8 * (math.sqrt(size) if marker.get("sizemode") == "area" else size)


def _words(trace: Trace, at: Sequence[Spot | None]) -> Iterator[str]:
    """Yield the words beside points."""
    told, where = trace.get("text"), trace.get("textposition")
    words = [str(told)] * len(at) if isinstance(told, str) else values(told)
    places = values(where) or [where or "top right"] * len(at)
    for spot, word, place in zip(at, words, places, strict=False):
        if spot is None or not word:
            continue
        x, y = spot
        anchor = "end" if "left" in place else "start" if "right" in place else "middle"
        x += {"end": -14, "start": 14, "middle": 0}[anchor]
        y += -12 if "top" in place else 28 if "bottom" in place else 7
        yield f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(str(word))}</text>'

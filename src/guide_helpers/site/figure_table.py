"""The numbers of a plotly figure as a table, for readers who do not see the drawing."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np

LONGEST = 60
"""Lines of the table of a figure; that of an explorer may be longer, for it is there once."""
LONGEST_EXPLORED = 150


class Table(NamedTuple):
    """The names of the columns, and the lines, as text."""

    head: list[str]
    rows: list[list[str]]


def table_of(
    traces: Sequence[Mapping[str, Any]], layout: Mapping[str, Any], longest: int = LONGEST
) -> Table | None:
    """Return the numbers of a small bar, line, point or heat figure; None for any other."""
    if any(trace.get("type", "scatter") not in {"bar", "scatter", "heatmap"} for trace in traces):
        return None
    rows = [row for trace in traces for row in _rows(trace)]
    if not 0 < len(rows) <= longest:
        return None
    names = ["series", _title(layout, "xaxis", "x"), _title(layout, "yaxis", "y"), "from", "to"]
    names.append("value")
    used = [i for i in range(len(names)) if any(row[i] != "" for row in rows)]
    return Table([names[i] for i in used], [[row[i] for i in used] for row in rows])


def table_html(table: Table | None, attributes: str = "") -> str:
    """Return a table, folded away; nothing for none."""
    if table is None:
        return ""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    return (
        f"<details{attributes}><summary>Data behind this figure</summary>"
        '<div class="guide-scroll" tabindex="0" role="region" aria-label="Data behind this figure">'
        f'<table class="table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        "</div></details>"
    )


def values(entry: Any) -> list[Any]:
    """Return a trace's values, which plotly writes as a list or as packed numbers."""
    if isinstance(entry, Mapping) and "bdata" in entry:
        return [_present(value) for value in _unpacked(entry).tolist()]
    return list(entry) if isinstance(entry, list | tuple) else []


def _present(value: Any) -> Any:
    """Return a number or a line of numbers as JSON has it, with None for what is missing."""
    if isinstance(value, list):
        return [_present(each) for each in value]
    return None if value != value else value


def _unpacked(entry: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    flat = np.frombuffer(base64.b64decode(entry["bdata"]), dtype=np.dtype(entry["dtype"]))
    shape = str(entry.get("shape", "")).split(",")
    return flat.reshape([int(n) for n in shape]) if shape != [""] else flat


def _title(layout: Mapping[str, Any], axis: str, default: str) -> str:
    title = (layout.get(axis) or {}).get("title") or {}
    text = title.get("text") if isinstance(title, Mapping) else title
    return str(text or default)


def _rows(trace: Mapping[str, Any]) -> Iterator[list[str]]:
    """Yield series, x, y, the two ends of the error bar and the value of a cell, as text."""
    x, y = values(trace.get("x")), values(trace.get("y"))
    series = str(trace.get("name") or "")
    if trace.get("type") == "heatmap":
        for up, line in zip(y, values(trace.get("z")), strict=False):
            for across, value in zip(x, line, strict=False):
                yield [series, _text(across), _text(up), "", "", _text(value)]
        return
    if trace.get("mode") == "lines" and len(x) == len(y) == 2 and y[0] == y[1]:
        yield [series, "", _text(y[0]), _text(x[0]), _text(x[1]), ""]  # a band
        return
    ends = _ends(trace, x, y)
    for i, (across, up) in enumerate(zip(x, y, strict=False)):
        low, high = ends[i] if i < len(ends) else ("", "")
        yield [series, _text(across), _text(up), low, high, ""]


def _ends(trace: Mapping[str, Any], x: list[Any], y: list[Any]) -> list[tuple[str, str]]:
    middles, bar = (x, trace["error_x"]) if "error_x" in trace else (y, trace.get("error_y"))
    if not isinstance(bar, Mapping):
        return []
    above = values(bar.get("array"))
    below = values(bar.get("arrayminus")) or above
    return [
        ("", "") if None in (middle, down, up) else (_text(middle - down), _text(middle + up))
        for middle, down, up in zip(middles, below, above, strict=False)
    ]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,.4g}" if isinstance(value, float) else str(value)

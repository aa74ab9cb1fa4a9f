"""Plotly figures as HTML that reads without a kernel, without a script and without a screen."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import numpy as np

from guide_helpers.errors import GuideError

MIME = "application/vnd.plotly.v1+json"
HEIGHT = 400
LONGEST_TABLE = 60


class AltTextError(GuideError):
    """A figure has no alternative text."""


def figure_html(figure: Mapping[str, Any]) -> str:
    """Return a `<figure>` that holds the drawing's JSON, its alternative text and its data.

    The alternative text is `layout.meta["alt"]`, a caption below the drawing
    `layout.meta["caption"]`. `figures.js` draws the JSON when it comes into view and keeps the
    text for screen readers; without a script the text stays in sight.
    """
    layout = dict(figure.get("layout") or {})
    layout.pop("template", None)  # the page puts its own light or dark one back
    meta = layout.pop("meta", None) or {}
    alt = str(meta.get("alt") or "").strip() if isinstance(meta, Mapping) else ""
    if not alt:
        raise AltTextError(
            "this figure has no alternative text; set layout.meta = {'alt': 'what it shows'}"
        )
    traces = list(figure.get("data") or [])
    explorer = meta.get("explorer") or {}
    content = {"data": traces, "layout": layout}
    if explorer:
        content["states"] = {name: _state(one) for name, one in explorer["states"].items()}
    drawing = json.dumps(content, separators=(",", ":"))
    caption = meta.get("caption")
    parts = [
        f'<figure class="guide-plotly{" guide-explorer" if explorer else ""}">',
        _controls(explorer["controls"]) if explorer else "",
        f'<div class="guide-drawing" style="--guide-height:{_height(layout)}px">'
        f'<p class="guide-alt">{escape(alt)}</p></div>',
        f'<script type="{MIME}">{inside_script(drawing)}</script>',
        f"<figcaption>{escape(str(caption))}</figcaption>" if caption else "",
        "" if explorer else _data_table(traces, layout),
        "</figure>",
    ]
    return "".join(parts)


def _state(figure: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figure of one setting of an explorer, with its text apart."""
    layout = dict(figure.get("layout") or {})
    meta = layout.pop("meta", None) or {}
    if not meta.get("alt"):
        raise AltTextError(
            "a setting of this explorer has no alternative text; set layout.meta of its figure"
        )
    return {"data": figure["data"], "layout": layout, "alt": meta["alt"]}


def _controls(controls: list[Mapping[str, Any]]) -> str:
    """Return what a reader moves; without a script it stays hidden, since it would do nothing."""
    return (
        '<div class="guide-controls" hidden>'
        + "".join(_scale(c) if c["scale"] else _choice(c) for c in controls)
        + '</div><p class="guide-finding" aria-live="polite"></p>'
    )


def _scale(control: Mapping[str, Any]) -> str:
    labels = control["labels"]
    words = escape(json.dumps(labels))
    return (
        f"<label><span>{escape(control['name'])}</span>"
        f'<input type="range" min="0" max="{len(labels) - 1}" step="1" '
        f'value="{control["start"]}" data-words="{words}" autocomplete="off">'
        f"<output>{escape(labels[control['start']])}</output></label>"
    )


def _choice(control: Mapping[str, Any]) -> str:
    options = "".join(
        f'<option value="{i}"{" selected" if i == control["start"] else ""}>{escape(text)}</option>'
        for i, text in enumerate(control["labels"])
    )
    return (
        f"<label><span>{escape(control['name'])}</span>"
        f'<select autocomplete="off">{options}</select></label>'
    )


def inside_script(text: str) -> str:
    """Return JSON that cannot end the script element it stands in."""
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _height(layout: Mapping[str, Any]) -> int:
    return int(layout.get("height") or HEIGHT)


def _values(entry: Any) -> list[Any]:
    """Return a trace's values, which plotly writes as a list or as packed numbers."""
    if isinstance(entry, Mapping) and "bdata" in entry:
        return list(_unpacked(entry).tolist())
    return list(entry) if isinstance(entry, list | tuple) else []


def _unpacked(entry: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    flat = np.frombuffer(base64.b64decode(entry["bdata"]), dtype=np.dtype(entry["dtype"]))
    shape = str(entry.get("shape", "")).split(",")
    return flat.reshape([int(n) for n in shape]) if shape != [""] else flat


def _data_table(traces: list[Mapping[str, Any]], layout: Mapping[str, Any]) -> str:
    """Return the numbers of a small bar, line or point figure, folded away."""
    if any(trace.get("type", "scatter") not in {"bar", "scatter"} for trace in traces):
        return ""
    rows = [row for trace in traces for row in _rows(trace)]
    if not 0 < len(rows) <= LONGEST_TABLE:
        return ""
    names = ["series", _title(layout, "xaxis", "x"), _title(layout, "yaxis", "y"), "from", "to"]
    used = [i for i in range(len(names)) if any(row[i] != "" for row in rows)]
    head = "".join(f'<th scope="col">{escape(names[i])}</th>' for i in used)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(row[i])}</td>" for i in used) + "</tr>" for row in rows
    )
    return (
        "<details><summary>Data behind this figure</summary>"
        '<div class="guide-scroll" tabindex="0" role="region" aria-label="Data behind this figure">'
        f'<table class="table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        "</div></details>"
    )


def _title(layout: Mapping[str, Any], axis: str, default: str) -> str:
    title = (layout.get(axis) or {}).get("title") or {}
    text = title.get("text") if isinstance(title, Mapping) else title
    return str(text or default)


def _rows(trace: Mapping[str, Any]) -> Iterator[list[str]]:
    """Yield series, x, y and the two ends of the error bar, as text."""
    x, y = _values(trace.get("x")), _values(trace.get("y"))
    series = str(trace.get("name") or "")
    middles = x if trace.get("orientation") == "h" else y
    ends = _ends(trace, middles)
    for i, (across, up) in enumerate(zip(x, y, strict=False)):
        low, high = ends[i] if i < len(ends) else ("", "")
        yield [series, _text(across), _text(up), low, high]


def _ends(trace: Mapping[str, Any], middles: list[Any]) -> list[tuple[str, str]]:
    bar = trace.get("error_x") if trace.get("orientation") == "h" else trace.get("error_y")
    if not isinstance(bar, Mapping):
        return []
    above = _values(bar.get("array"))
    below = _values(bar.get("arrayminus")) or above
    return [
        (_text(middle - down), _text(middle + up))
        for middle, down, up in zip(middles, below, above, strict=False)
    ]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,.4g}" if isinstance(value, float) else str(value)

"""Plotly figures as HTML that reads without a kernel, without a script and without a screen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from guide_helpers.errors import GuideError
from guide_helpers.site.explorers import controls_html, packed
from guide_helpers.site.figure_table import LONGEST_EXPLORED, Table, table_html, table_of

MIME = "application/vnd.plotly.v1+json"
HEIGHT = 400


class AltTextError(GuideError):
    """A figure has no alternative text."""


def figure_html(figure: Mapping[str, Any]) -> str:
    """Return a `<figure>` that holds the drawing's JSON, its alternative text and its data.

    The alternative text is `layout.meta["alt"]`, a caption below the drawing
    `layout.meta["caption"]`. `figures.js` draws the JSON when it comes into view and keeps the
    text for screen readers; without a script the text stays in sight. `layout.meta["explorer"]`
    makes it an explorer: controls, and what each of their settings shows.
    """
    layout = dict(figure.get("layout") or {})
    layout.pop("template", None)  # the page puts its own light or dark one back
    meta = layout.pop("meta", None) or {}
    alt = _alt(
        meta, "this figure has no alternative text; set layout.meta = {'alt': 'what it shows'}"
    )
    traces = list(figure.get("data") or [])
    caption = str(meta.get("caption") or "")
    if meta.get("explorer"):
        return _explorer(meta["explorer"], layout, alt, caption)
    parts = [
        '<figure class="guide-plotly">',
        _place(layout, alt),
        _script({"data": traces, "layout": layout}),
        f"<figcaption>{escape(caption)}</figcaption>" if caption else "",
        table_html(table_of(traces, layout)),
        "</figure>",
    ]
    return "".join(parts)


def _explorer(
    explorer: Mapping[str, Any], layout: Mapping[str, Any], alt: str, caption: str
) -> str:
    """Return an explorer as its first setting shows it; one of texts alone draws nothing."""
    controls, states = explorer["controls"], explorer["states"]
    for state in states.values():
        _alt(
            (state.get("layout") or {}).get("meta"),
            "a setting of this explorer has no alternative text; set layout.meta of its figure",
        )
    first = states["-".join(str(c["start"]) for c in controls)]
    drawn = any(state["data"] for state in states.values())
    table = table_of(first["data"], first["layout"], LONGEST_EXPLORED)
    parts = [
        f'<figure class="{"guide-plotly " if drawn else ""}guide-explorer">',
        controls_html(controls),
        _place(layout, alt) if drawn else "",
        f'<div class="guide-view">{"".join(first.get("text", ()))}</div>',
        _script(packed(states)),
        f"<figcaption>{escape(caption)}</figcaption>" if drawn else "",
        table_html(table) or table_html(Table([], []), " hidden") if drawn else "",
        "</figure>",
    ]
    return "".join(parts)


def data_table(figure: Mapping[str, Any]) -> str:
    """Return the numbers of a figure as a table, folded away; nothing where they are too many."""
    return table_html(
        table_of(figure.get("data") or [], figure.get("layout") or {}, LONGEST_EXPLORED)
    )


def _alt(meta: Any, missing: str) -> str:
    """Return the alternative text, or refuse a figure without one."""
    alt = str(meta.get("alt") or "").strip() if isinstance(meta, Mapping) else ""
    if not alt:
        raise AltTextError(missing)
    return alt


def _place(layout: Mapping[str, Any], alt: str) -> str:
    height = int(layout.get("height") or HEIGHT)
    return (
        f'<div class="guide-drawing" style="--guide-height:{height}px">'
        f'<p class="guide-alt">{escape(alt)}</p></div>'
    )


def _script(content: Mapping[str, Any]) -> str:
    drawing = json.dumps(content, separators=(",", ":"))
    return f'<script type="{MIME}">{inside_script(drawing)}</script>'


def inside_script(text: str) -> str:
    """Return JSON that cannot end the script element it stands in."""
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

"""Explorers: what all settings of a lab show, in one page and small.

A page holds each part of a drawing once, in a pool; a setting names its parts by their place in
it. Settings that share an axis, a series or a table therefore cost a few numbers each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from guide_helpers.site.figure_table import LONGEST_EXPLORED, table_of, values

DIGITS = 6
"""Significant digits of a number that is only drawn."""


def packed(states: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the pool of parts, and of each setting the places of its parts.

    A setting has `data`, one mapping a trace, `layout`, the parts of its `text` in their order,
    and `said`: its alternative text `alt`, its `caption` and the `head` and `rows` of its table.
    """
    pool: dict[str, int] = {}
    shown = {}
    for name, state in states.items():
        layout = {k: v for k, v in state["layout"].items() if k not in {"meta", "template"}}
        shown[name] = {
            "data": [_places(trace, pool) for trace in state["data"]],
            "layout": _places(layout, pool),
            "text": list(_places(dict(enumerate(state.get("text", ()))), pool).values()),
            "said": _places(_said(state), pool),
        }
    return {"pool": [json.loads(part) for part in pool], "states": shown}


def _said(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a setting says in words, without what is empty."""
    meta = state["layout"]["meta"]
    table = table_of(state["data"], state["layout"], LONGEST_EXPLORED)
    said = {k: meta[k] for k in ("alt", "caption") if meta.get(k)}
    return said | (table._asdict() if table else {})


def _places(parts: Mapping[Any, Any], pool: dict[str, int]) -> dict[Any, int]:
    """Return the place of each part in the pool, which takes in what it does not have yet."""
    texts = {k: json.dumps(_rounded(v), separators=(",", ":")) for k, v in parts.items()}
    return {k: pool.setdefault(text, len(pool)) for k, text in texts.items()}


def _rounded(part: Any) -> Any:
    """Return a part with numbers as long as a drawing needs them, packed arrays as lists."""
    if isinstance(part, Mapping):
        return (
            [_rounded(v) for v in values(part)]
            if "bdata" in part
            else {k: _rounded(v) for k, v in part.items()}
        )
    if isinstance(part, list | tuple):
        return [_rounded(v) for v in part]
    if isinstance(part, float):
        short = float(f"{part:.{DIGITS}g}")
        return int(short) if short.is_integer() else short
    return part


def controls_html(controls: Sequence[Mapping[str, Any]]) -> str:
    """Return what a reader moves; without a script it would do nothing, so it stays hidden.

    The reader without a script is told which setting he sees.
    """
    shown = "; ".join(f"{c['name']}: {c['labels'][c['start']]}" for c in controls)
    return (
        f'<div class="guide-controls" hidden>{"".join(map(_control, controls))}</div>'
        f'<p class="guide-setting">Shown here: {escape(shown)}. '
        "Other settings need JavaScript.</p>"
        '<p class="guide-finding" aria-live="polite"></p>'
    )


def _control(control: Mapping[str, Any]) -> str:
    shape = _tick if control.get("tick") else _scale if control["scale"] else _choice
    return f"<label>{shape(control)}</label>"


def _scale(control: Mapping[str, Any]) -> str:
    labels = control["labels"]
    return (
        f"<span>{escape(control['name'])}</span>"
        f'<input type="range" min="0" max="{len(labels) - 1}" step="1" '
        f'value="{control["start"]}" data-words="{escape(json.dumps(labels))}" autocomplete="off">'
        f'<output aria-hidden="true">{escape(labels[control["start"]])}</output>'
    )


def _choice(control: Mapping[str, Any]) -> str:
    options = "".join(
        f'<option value="{i}"{" selected" if i == control["start"] else ""}>{escape(text)}</option>'
        for i, text in enumerate(control["labels"])
    )
    return f'<span>{escape(control["name"])}</span><select autocomplete="off">{options}</select>'


def _tick(control: Mapping[str, Any]) -> str:
    checked = " checked" if control["start"] else ""
    return (
        f'<input type="checkbox"{checked} autocomplete="off"><span>{escape(control["name"])}</span>'
    )

"""Lay a release record out as HTML; everything shown is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#111;
background:#fff}
.guide-record table{border-collapse:collapse;width:100%;margin:.5rem 0}
.guide-record th,.guide-record td{border-bottom:1px solid #999;padding:.3rem .5rem;text-align:left;
vertical-align:top}
.guide-record .mode{border-left:4px solid #0a5;padding-left:.6rem}
@media print{body{margin:0}}
"""


def page(content: Mapping[str, Any], *, inside_notebook: bool = False) -> str:
    """Return the record as a page of its own, or as the part that a notebook shows."""
    level = 3 if inside_notebook else 2
    body = '<div class="guide-record">' + "".join(_sections(content, level)) + "</div>"
    if inside_notebook:
        return body
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Release record</title><style>{STYLE}</style></head>"
        f"<body><main><h1>Release record</h1>{body}</main></body></html>"
    )


def _sections(content: Mapping[str, Any], level: int) -> list[str]:
    def heading(words: str) -> str:
        return f"<h{level}>{escape(words)}</h{level}>"

    risks = [r["reading"] for r in content["attacks"]]
    scores = [s["reading"] for s in content["measures"]]
    fit = f"Not measured, though fit for {content['use case'].lower()}"
    return [
        f"<p>Use case: <strong>{escape(content['use case'])}</strong></p>",
        f'<p class="mode">Measured {escape(content["mode"])}.</p>',
        heading("Decision") + _facts(content["decision"]),
        heading("Method") + _facts(content["method"]),
        heading("Run") + _facts(content["run"]),
        heading("Privacy claim") + _facts(content["privacy"]),
        heading("Rules broken in the first copy") + _facts(content["rules broken"]),
        heading("Utility and risk measures") + _readings(scores),
        heading("Attacks") + _readings(risks),
        heading(fit) + _items(content["not measured"]),
    ]


def _facts(facts: Mapping[str, Any]) -> str:
    lines = (f'<tr><th scope="row">{escape(k)}</th><td>{_shown(v)}</td></tr>'
             for k, v in facts.items())  # fmt: skip
    inside = "".join(lines)
    return f"<table>{inside}</table>" if inside else "<p>None.</p>"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{escape(str(k))}: {_shown(v)}" for k, v in value.items()) or "none"
    if isinstance(value, list):
        return "; ".join(_shown(v) for v in value) or "none"
    return "" if value is None else escape(str(value))


def _readings(readings: list[Mapping[str, str]]) -> str:
    """Return each value with what it says to the maker, to the user, and what it cannot say."""
    inside = "".join(
        f"<li>{escape(reading['value'])}<details><summary>How to read it</summary>"
        + _facts({k.capitalize(): v for k, v in reading.items() if k != "value"})
        + "</details></li>"
        for reading in readings
    )
    return f"<ul>{inside}</ul>" if inside else "<p>None.</p>"


def _items(sentences: list[str]) -> str:
    inside = "".join(f"<li>{escape(s)}</li>" for s in sentences)
    return f"<ul>{inside}</ul>" if inside else "<p>None.</p>"

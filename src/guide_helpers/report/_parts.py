"""Parts of the page of a record: facts, requirements, readings, the note for users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from guide_helpers.cards import cited
from guide_helpers.policy import JUDGEMENT

MARKS = {
    "met": "✓",
    "missed": "✗",
    "undecided": "?",
    "not measured": "?",
    "not applicable": "–",
}


LONG = 60
"""Letters from which on the entries of a list stand in lines of their own."""


def facts(told: Mapping[str, Any]) -> str:
    """Return facts as a table of two columns."""
    lines = "".join(
        f'<tr><th scope="row">{escape(str(k))}</th><td>{_shown(v)}</td></tr>'
        for k, v in told.items()
        if v not in ("", [], {}, None)
    )
    return f'<table class="facts"><tbody>{lines}</tbody></table>' if lines else "<p>None.</p>"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{escape(str(k))}: {_shown(v)}" for k, v in value.items()) or "none"
    if isinstance(value, list) and any(len(str(v)) > LONG for v in value):
        return "<ul>" + "".join(f"<li>{_shown(v)}</li>" for v in value) + "</ul>"
    if isinstance(value, list):
        return "; ".join(_shown(v) for v in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else escape(str(value))


def requirements(lines: Sequence[Mapping[str, Any]]) -> str:
    """Return the requirements, those that must be passed first; the rest is folded away."""
    asked = [r for r in lines if r["level"] == "must" and r["state"] != "not applicable"]
    should = [r for r in lines if r["level"] == "should" and r["state"] != "not applicable"]
    rest = [r for r in lines if r["state"] == "not applicable"]
    left = "".join(
        f"<li>{escape(r['title'])}: {escape(r['sentence'] or r['why'])}</li>" for r in rest
    )
    return (
        _table("Must be passed", asked)
        + _table("Should be passed", should)
        + (
            f"<details><summary>Not applicable here</summary><ul>{left}</ul></details>"
            if left
            else ""
        )
    )


def _table(caption: str, lines: Sequence[Mapping[str, Any]]) -> str:
    if not lines:
        return ""
    heads = "".join(
        f'<th scope="col" role="columnheader">{h}</th>'
        for h in ("Check", "Limit", "Found", "State")
    )
    body = "".join(_line(line) for line in lines)
    return (
        f'<table class="fold" role="table"><caption>{caption}</caption>{_head(heads)}'
        f'<tbody role="rowgroup">{body}</tbody></table>'
    )


def _head(heads: str) -> str:
    """Return the head; roles keep a table a table where the style folds it on a phone."""
    return f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>'


def _line(r: Mapping[str, Any]) -> str:
    source = r["source"] if r["source"] == JUDGEMENT else f"source: {cited(r['source'])}"
    found = r["found"] or "–"
    more = [r["part"], f"Deviation: {r['deviation']}" if r["deviation"] else ""]
    more += [r["sentence"]] if r["state"] == "not measured" else []
    said = "".join(f"<br><small>{escape(m)}</small>" for m in more if m)
    kind = r["state"].replace(" ", "-")
    return (
        f'<tr role="row"><th scope="row" role="rowheader">{escape(r["title"])}'
        f"<br><small>{escape(r['why'])} ({escape(source)})</small></th>"
        f'<td role="cell" data-label="Limit">{escape(r["limit"])}</td>'
        f'<td role="cell" data-label="Found">{escape(found)}{said}</td>'
        f'<td role="cell" data-label="State"><span class="state {kind}">{MARKS[r["state"]]} '
        f"{escape(r['state'])}</span></td></tr>"
    )


def readings(results: Sequence[Mapping[str, Any]]) -> str:
    """Return each value with what it says to the maker, to the user, and what it cannot say."""
    inside = "".join(
        f"<li>{escape(r['reading']['value'])}<details><summary>How to read"
        f" {escape(r.get('measure') or r['attack'])}</summary>"
        + facts({k.capitalize(): v for k, v in r["reading"].items() if k != "value"})
        + "</details></li>"
        for r in results
    )
    return f"<ul>{inside}</ul>" if inside else "<p>None.</p>"


def items(sentences: Sequence[str]) -> str:
    """Return sentences as a list."""
    inside = "".join(f"<li>{escape(s)}</li>" for s in sentences)
    return f"<ul>{inside}</ul>" if inside else "<p>None.</p>"


def variables(table: Mapping[str, Any], level: int) -> str:
    """Return the variables of a table, one line each, without a value from the records."""
    keys = ("kind", "role", "unit", "values", "missing")
    heads = "".join(
        f'<th scope="col" role="columnheader">{k.capitalize()}</th>' for k in ("variable", *keys)
    )
    body = "".join(
        f'<tr role="row"><th scope="row" role="rowheader">{escape(v["name"])}'
        + (f"<br><small>{escape(v['label'])}</small>" if v["label"] not in ("", v["name"]) else "")
        + "</th>"
        + "".join(
            f'<td role="cell" data-label="{k.capitalize()}">{escape(v[k]) or "–"}</td>'
            for k in keys
        )
        + "</tr>"
        for v in table["variables"]
    )
    rules = "".join(f"<li>{escape(r)}</li>" for r in table["rules"])
    return (
        f"<h{level}>Table {escape(table['name'])}: {_shown(table['rows'])} rows</h{level}>"
        f'<table class="fold" role="table">{_head(heads)}'
        f'<tbody role="rowgroup">{body}</tbody></table>'
        + (f"<p>Rules:</p><ul>{rules}</ul>" if rules else "")
    )


def note(told: Mapping[str, Any], level: int) -> str:
    """Return the note for those who get the file, as one page of its own in print."""
    skipped = {"title", "label", "what to remember"}
    paragraphs = "".join(
        f"<p><strong>{escape(k.capitalize())}.</strong> {escape(v)}</p>"
        for k, v in told.items()
        if k not in skipped
    )
    return (
        f'<div class="note"><h{level}>{escape(told["title"])}</h{level}>'
        f'<p class="label">{escape(told["label"])}</p>{paragraphs}'
        f"<p><strong>What to remember.</strong></p>{items(told['what to remember'])}</div>"
    )

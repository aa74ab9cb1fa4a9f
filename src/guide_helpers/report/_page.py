"""Lay a release record out as HTML; everything shown is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from guide_helpers.report._parts import facts, items, note, readings, requirements, variables
from guide_helpers.report._style import STYLE

LOOKS = {
    "misses a must": "misses",
    "a must is not shown": "open",
    "meets every must": "meets",
}
HEADS = {
    "misses a must": "A check that must be passed is missed",
    "a must is not shown": "Not all checks that must be passed are shown",
    "meets every must": "All checks that must be passed are met",
}


def page(content: Mapping[str, Any], *, inside_notebook: bool = False) -> str:
    """Return the record as a page of its own, or as the part that a notebook shows."""
    level = 3 if inside_notebook else 2
    sections = [(title, body) for title, body in _sections(content, level + 1) if body]
    section = _folded if inside_notebook else _section
    parts = [section(title, body, level) for title, body in sections]
    whole = "".join([_top(content), "" if inside_notebook else _contents(sections), *parts])
    if inside_notebook:
        return f'<div class="guide-record">{whole}</div>'
    name = escape(f"Release record: {content['catalogue entry']['dct:title']}")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{name}</title><style>{STYLE}</style></head>"
        f'<body><main class="guide-record"><h1>{name}</h1>{whole}</main></body></html>'
    )


def _section(title: str, body: str, level: int) -> str:
    name, heading = _anchor(title), f"h{level}"
    return (
        f'<section aria-labelledby="{name}"><{heading} id="{name}">{escape(title)}</{heading}>'
        f"{body}</section>"
    )


def _folded(title: str, body: str, level: int) -> str:
    """Return a section of a record that stands among other things: folded, and without an anchor.

    A page may hold two records, and a whole one is as long as twenty screens of a phone.
    """
    heading = f"<h{level}>{escape(title)}</h{level}>"
    return f"<details><summary>{heading}</summary>{body.replace(SIGN, '')}</details>"


def _top(content: Mapping[str, Any]) -> str:
    """Return what a reader sees first: verdict, use case, mode, label."""
    verdict = content["verdict"]
    state, sentence = verdict["state"], escape(verdict["sentence"])
    return (
        f'<div class="verdict {LOOKS[state]}"><strong>{escape(HEADS[state])}.</strong> '
        f"{sentence}</div>"
        f"<p>Use case: <strong>{escape(content['use case'])}</strong>. "
        f"Date of the record: {escape(content['date'])}. "
        f"Decision: <strong>{escape(content['decision']['decision'])}</strong></p>"
        f'<p class="mode">Measured {escape(content["mode"])}.</p>'
        f'<p class="label">{escape(content["label"])}</p>'
    )


def _contents(sections: Sequence[tuple[str, str]]) -> str:
    links = "".join(f'<li><a href="#{_anchor(t)}">{escape(t)}</a></li>' for t, _ in sections)
    return f'<nav aria-label="Sections of this record"><ul>{links}</ul></nav>'


def _sections(content: Mapping[str, Any], level: int) -> list[tuple[str, str]]:
    fit = f"Not measured, though fit for {content['use case'].lower()}"
    data = content["data"]
    return [
        ("What the policy asks, and what was found", requirements(content["requirements"])),
        ("Decision", facts(content["decision"]) + _deviations(content) + SIGN),
        ("Policy", facts(content["policy"])),
        ("Data", _data(data, level) if data else ""),
        ("Method", facts(content["method"])),
        ("Run", facts(content["run"])),
        ("Privacy claim", facts(content["privacy"])),
        ("Rules broken in the first copy", facts(content["rules broken"])),
        ("Measures of utility", readings(_about(content, "utility"))),
        ("Subgroups", readings(content["subgroups"])),
        ("Measures of risk", readings(_about(content, "risk"))),
        ("Attacks", readings(content["attacks"])),
        (fit, items(content["not measured"])),
        ("Catalogue entry", facts(content["catalogue entry"])),
        ("Note for users", note(content["user note"], level)),
    ]


SIGN = '<div class="sign"><p>Date</p><p>Signature</p></div>'


def _about(content: Mapping[str, Any], what: str) -> list[Mapping[str, Any]]:
    return [m for m in content["measures"] if m["about"] == what]


def _deviations(content: Mapping[str, Any]) -> str:
    lines = {d["requirement"]: d["justification"] for d in content["deviations"]}
    return f"<p>Deviations from the policy, justified:</p>{facts(lines)}" if lines else ""


def _data(data: Mapping[str, Any], level: int) -> str:
    plain = {k: v for k, v in data.items() if k != "tables"}
    tables = "".join(variables(table, level) for table in data["tables"])
    return facts(plain) + tables


def _anchor(title: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in title.lower())

"""Lay a brief out as HTML: a page that prints on one sheet, or a part of a notebook."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from guide_helpers.briefs._strip import Axis, axis_of, strip
from guide_helpers.briefs._style import PAGE, STYLE
from guide_helpers.evidence.reading import named
from guide_helpers.html_page import whole_page

BOLD, STRESSED, CODE = (re.compile(p) for p in (r"\*\*(.+?)\*\*", r"\*(.+?)\*", r"`(.+?)`"))


def page(content: Mapping[str, Any], *, inside_notebook: bool = False) -> str:
    """Return the brief as a page of its own, or as the part that a notebook shows."""
    level = 3 if inside_notebook else 1
    inside = _top(content, level) + _body(content, level + 1)
    if inside_notebook:
        return f'<style>{STYLE}</style><div class="guide-brief">{inside}</div>'
    name = f"{content['title']} A brief for: {content['reader']}"
    return whole_page(name, f'<div class="guide-brief">{inside}</div>', PAGE + STYLE)


def _top(content: Mapping[str, Any], level: int) -> str:
    return (
        f'<p class="for">Practical Guide to the Use of Synthetic Data. For: '
        f"<strong>{escape(content['reader'])}</strong></p>"
        f"<h{level}>{escape(content['title'])}</h{level}>"
        f'<p class="opening">{words(content["lead"])}</p>'
    )


def _body(content: Mapping[str, Any], level: int) -> str:
    heads = content["headings"]
    part = {n: _part(heads[n], content[n], level, n) for n in ("do", "can", "cannot", "read")}
    asked = _part(heads["ask"], content["ask"], level, "ask", "ol")
    return (
        f"{part['do']}"
        f'<div class="two">{part["can"]}{part["cannot"]}</div>'
        f"{_numbers(content['numbers'], heads['numbers'], level)}"
        f"{_uses(content['uses'], heads.get('uses', ''), level)}"
        f'<div class="two">{asked}{part["read"]}</div>'
        f'<p class="made">{words(content["made"])}</p>'
    )


def words(text: str) -> str:
    """Return a sentence as HTML: **strong**, *stressed*, `typed`."""
    told = BOLD.sub(r"<strong>\1</strong>", escape(text, quote=False))
    return CODE.sub(r"<code>\1</code>", STRESSED.sub(r"<em>\1</em>", told))


def _part(title: str, lines: Sequence[str], level: int, name: str, form: str = "ul") -> str:
    items = "".join(f"<li>{words(line)}</li>" for line in lines)
    return (
        f'<section class="{name}"><h{level}>{escape(title)}</h{level}>'
        f"<{form}>{items}</{form}></section>"
    )


def _numbers(told: Mapping[str, Any], title: str, level: int) -> str:
    questions = told["questions"]
    axes = [axis_of([row[1][i] for row in told["rows"]], q) for i, q in enumerate(questions)]
    rows = [_row(label, found, axes) for label, found in told["rows"]]
    heads = [h for q, h in zip(questions, told["heads"], strict=True) for h in _heads(q, h)]
    return _table(title, level, "numbers", ["Method", *heads], rows, words(told["says"]))


def _heads(question: str, head: str) -> list[str]:
    return [head, "Found in"] if named(question).kind == "attack" else [head]


def _row(label: str, found: Sequence[pd.DataFrame], axes: Sequence[Axis]) -> str:
    cells = "".join(_cells(f, axis) for f, axis in zip(found, axes, strict=True))
    return f'<tr><th scope="row">{escape(label)}</th>{cells}</tr>'


def _cells(found: pd.DataFrame, axis: Axis) -> str:
    value = found["value"]
    mean, low, high = value.mean(), value.min(), value.max()
    shown = f"<strong>{_short(mean)}{axis.unit}</strong> ({_short(low)} to {_short(high)})"
    cell = f'<td><span class="told">{shown}</span>{strip(axis, low, mean, high)}</td>'
    if not axis.attack:
        return cell
    return f"{cell}<td>{int(found['low'].gt(0).sum())} of {len(found)}</td>"


def _short(value: float) -> str:
    """Return a number as a reader needs it; a minus is a minus."""
    digits = 0 if abs(value) >= 10 else 1
    told = f"{value:.{digits}f}"
    return told.lstrip("-") if float(told) == 0 else told.replace("-", "−")


def _uses(told: Mapping[str, Any], title: str, level: int) -> str:
    if not told:
        return ""
    rows = [
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{escape(said)}</td>" for said in lines)
        + "</tr>"
        for name, lines in told["rows"]
    ]
    return _table(title, level, "uses", ["Use", *told["heads"]], rows, "")


def _table(
    title: str, level: int, name: str, heads: Sequence[str], rows: Sequence[str], below: str
) -> str:
    """Return a part with a table, which scrolls sideways where the page is narrow."""
    top = "".join(f'<th scope="col">{words(h[:1].upper() + h[1:])}</th>' for h in heads)
    after = f'<p class="reading">{below}</p>' if below else ""
    return (
        f'<section class="{name}"><h{level}>{escape(title)}</h{level}>'
        f'<div class="wide" role="region" aria-label="{escape(title)}" tabindex="0">'
        f"<table><thead><tr>{top}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
        f"{after}</section>"
    )

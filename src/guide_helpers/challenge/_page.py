"""The page of the score board as HTML; everything that came from outside is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from guide_helpers.cards import UseCase
from guide_helpers.challenge.setting import Check

if TYPE_CHECKING:
    from guide_helpers.challenge.board import Board, Instance

STYLE = """
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;max-width:90rem;margin:1.5rem auto;padding:0 1rem;
color:#16181d;background:#fff;overflow-wrap:anywhere}
h1{font-size:1.7rem;line-height:1.2}
h2{font-size:1.25rem;margin:2rem 0 .5rem;border-bottom:2px solid #33415c}
p,li{max-width:46rem}
a{color:#0b4f9e}
a:focus-visible,summary:focus-visible,.wide:focus-visible{outline:3px solid #0b4f9e}
.wide{overflow-x:auto}
.wide th[scope=row],.wide thead th:first-child{position:sticky;left:0;background:#fff}
table{border-collapse:collapse;margin:.5rem 0}
caption{text-align:left;color:#444;padding-bottom:.3rem}
th,td{border-bottom:1px solid #9aa3b2;padding:.35rem .6rem;text-align:left;vertical-align:top}
thead th{border-bottom:2px solid #33415c;min-width:9rem}
thead a{display:inline-block;min-height:24px}
td small,th small{display:block;color:#3b4250;font-weight:400}
.worse{border-left:.4rem solid #9b1c1c}
.within{border-left:.4rem solid #1c6b3a}
.other{border-left:.4rem solid #4a5160}
summary{cursor:pointer;min-height:24px;color:#0b4f9e}
dt{font-weight:600}dd{margin:0 0 .5rem}
"""
MEANING = """
<p>A measure stands above its 95 % interval and the band in which a correct synthesis, or another
sample of people, would lie. An attack stands as its excess: what it gets right about members beyond
what it gets right about people who were never in the file, with its 95 % interval. A column's
heading leads to the same table in the order of that column. A partial synthesis keeps columns: it
looks more like the original and its people are easier to find; compare partial with partial.</p>"""
GOOD = {"within", "better", "no leak shown"}
BAD = {"worse", "leak shown"}
HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style>
"""


def page(board: Board, sorted_data: str = "", sorted_by: Check | None = None) -> str:
    """Return one page; another order of the lines is another page, so that no script is needed."""
    title = escape(f"{board.title}: score board")
    parts = [
        HEAD.format(title=title, style=STYLE),
        f"<body><main><h1>{title}</h1>",
        _reading(board),
        _points(board),
    ]
    for data in board.checks:
        by = sorted_by if data == sorted_data else None
        parts += [_scores(board, data, by), _verdicts(board, data)]
    parts += [_refused(board), "</main></body></html>\n"]
    return "\n".join(parts)


def _reading(board: Board) -> str:
    hidden = (
        "The hidden checks are shown."
        if board.final
        else "The hidden checks are not shown yet: attacks on people who were kept back, and "
        "analyses that were drawn at random."
    )
    return (
        "<p><strong>There is no overall grade.</strong> Each column answers one question; a file "
        f"that is right for one use is wrong for another. {hidden}</p>{MEANING}"
    )


def _points(board: Board) -> str:
    if not board.points:
        return "<h2>Teams</h2><p>Nothing was scored yet.</p>"
    lines = "".join(
        f'<tr><th scope="row">{escape(p.team)}</th><td>{p.total}</td><td>{p.evaluated}</td>'
        f"<td>{p.both}</td><td>{p.tuned}</td></tr>"
        for p in board.points
    )
    heads = ("Team", "Points", "Data and method, evaluated", "Both full and partial", "Tuned")
    return (
        f"<h2>Teams</h2>{_open('Teams')}<table><caption>Points count evaluations that were carried "
        f"out, not how good a file is.</caption><thead><tr>{_heads(heads)}</tr></thead>"
        f"<tbody>{lines}</tbody></table></div>"
    )


def _scores(board: Board, data: str, by: Check | None) -> str:
    from guide_helpers.challenge.board import name_of

    title = f"Scores on {escape(data)}"
    lines = board.of_data(data, by.key if by else "")
    if not lines:
        return f"<h2>{title}</h2><p>Nothing was scored yet.</p>"
    checks = board.checks[data]
    order = f"in the order of “{escape(by.question)}”, best first" if by else "by team and method"
    first = '<th scope="col"><a href="index.html">Team and method</a></th>'
    heads = "".join(_head(c, name_of(data, c.key), sorted_by=c == by) for c in checks)
    rows = "".join(_line(one, checks) for one in lines)
    return (
        f'<h2>{title}</h2>{_open(title)}<table data-set="{escape(data)}"><caption>{len(lines)} '
        f"instances, {order}</caption><thead><tr>{first}{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _head(check: Check, link: str, *, sorted_by: bool) -> str:
    name = f"{check.name}{':' if check.variant else ''}{check.variant}"
    drawn = ", ".join(f"{k}: {_listed(v)}" for k, v in check.options.items())
    ordered = ' aria-sort="ascending"' if sorted_by else ""
    return (
        f'<th scope="col"{ordered}><a href="{escape(link)}">{escape(check.question)}</a>'
        f"<small>{escape(name)}{', hidden' if check.hidden else ''}</small>"
        f"{f'<small>{escape(drawn)}</small>' if drawn else ''}</th>"
    )


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _line(one: Instance, checks: Sequence[Check]) -> str:
    cells = "".join(_cell(c, one.scores.get(c.key)) for c in checks)
    return f"<tr>{_name(one)}{cells}</tr>"


def in_words(check: Check, told: Mapping[str, Any] | None) -> str:
    """Return one cell in a few words: a value or an excess, and where it stands."""
    if not told or told["value"] is None:
        return "not measurable"
    if check.kind == "attack":
        return "{} ({})".format(*_attack(told)[:2])
    return f"{told['value']:.3g}, {told['standing']}"


def _cell(check: Check, told: Mapping[str, Any] | None) -> str:
    key = escape(check.key)
    if not told or told["value"] is None:
        return f'<td data-check="{key}">not measurable</td>'
    standing = str(told["standing"])
    state = "within" if standing in GOOD else "worse" if standing in BAD else "other"
    said = _attack(told) if check.kind == "attack" else _measure(told)
    lines = "".join(f"<small>{escape(line)}</small>" for line in said[1:])
    return f'<td data-check="{key}" class="{state}">{escape(said[0])}{lines}</td>'


def _measure(told: Mapping[str, Any]) -> list[str]:
    low, high = told["band"]
    lines = [f"{told['value']:.4g}"]
    if told["interval"]:
        lines.append(f"{_to(told['interval'])}")
    return [*lines, f"{told['standing']}: {told['null']} band {_to([low, high])}"]


def _attack(told: Mapping[str, Any]) -> list[str]:
    low, high = (100 * end for end in told["interval"])
    return [
        f"{100 * told['value']:.1f} %",
        f"{low:.1f} to {high:.1f} %, {told['standing']}",
        f"members {100 * told['rate']:.1f} %, outsiders {100 * told['control']:.1f} %",
    ]


def _to(ends: Sequence[float | None]) -> str:
    low, high = ("no limit" if e is None else f"{e:.4g}" for e in ends)
    return f"{low} to {high}"


def _verdicts(board: Board, data: str) -> str:
    lines = board.of_data(data)
    if not lines:
        return ""
    title = f"Verdicts on {escape(data)}"
    rows = "".join(_verdict_line(one) for one in lines)
    heads = _heads(["Team and method", *(c.title for c in UseCase)])
    return (
        f"<h3>{title}</h3>{_open(title)}<table><caption>What the teams say, and why. These are "
        f"their words.</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _verdict_line(one: Instance) -> str:
    cells = []
    for case in UseCase:
        said = one.sheet["verdicts"][case.value]
        cells.append(
            f"<td><details><summary>{escape(said['verdict'])}</summary>"
            f"{escape(said['justification'])}</details></td>"
        )
    return f"<tr>{_name(one)}{''.join(cells)}</tr>"


def _name(one: Instance) -> str:
    """Return who did what, the heading of a line."""
    team, method, way = (escape(str(one.sheet[n])) for n in ("team", "method", "synthesis"))
    return f'<th scope="row">{team}<small>{method}, {way}</small></th>'


def _refused(board: Board) -> str:
    if not board.refused:
        return ""
    lines = "".join(f"<dt>{_plain(name)}</dt><dd>{_plain(why)}</dd>" for name, why in board.refused)
    return f"<h2>Refused, with the reason</h2><dl>{lines}</dl>"


def _plain(text: str) -> str:
    """Return a name or a sentence that cannot do anything on a page."""
    return escape("".join(c if c.isprintable() else "?" for c in text)[:300])


def _heads(names: Sequence[str]) -> str:
    return "".join(f'<th scope="col">{escape(n)}</th>' for n in names)


def _open(label: str) -> str:
    """Open a part that scrolls sideways on a narrow screen, also from the keyboard."""
    return f'<div class="wide" role="region" aria-label="{label}" tabindex="0">'

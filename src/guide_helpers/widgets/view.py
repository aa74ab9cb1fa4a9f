"""What one setting of a lab shows: a figure, a text made by our own code, or both."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure


@dataclass(frozen=True)
class View:
    """A figure, a text or both, and the words for a reader who sees neither.

    `html` is put into a page as it is: make it with the functions of this module, which escape
    what they are given. Of a text in several parts, a page holds each part once.
    """

    words: str
    figure: Figure | None = None
    html: str | tuple[str, ...] = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the text."""
        return (self.html,) if isinstance(self.html, str) else self.html


def of_figure(figure: Figure) -> View:
    """Return a figure that says in words what it shows."""
    return View(str((figure.layout.meta or {}).get("alt") or ""), figure)


def refusal(sentence: str) -> View:
    """Return what a lab shows where a verb refuses a setting: its one sentence."""
    return View(sentence, html=f'<p class="guide-refusal">{inline(sentence)}</p>')


def paragraph(text: str) -> str:
    """Return a paragraph."""
    return f"<p>{inline(text)}</p>"


def heading(text: str) -> str:
    """Return the heading of a part; it is no section of the page, so it stands in its text."""
    return f'<p class="guide-part"><strong>{inline(text)}</strong></p>'


def listed(items: Iterable[str | tuple[str, str]], *, numbered: bool = False) -> str:
    """Return a list of sentences, empty for none; of a pair the first part is set off."""
    inside = "".join(f"<li>{_item(item)}</li>" for item in items)
    kind = "ol" if numbered else "ul"
    return f"<{kind}>{inside}</{kind}>" if inside else ""


def inline(text: str) -> str:
    """Return a text that is safe in HTML, with what stands in backquotes as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def _item(item: str | tuple[str, str]) -> str:
    if isinstance(item, str):
        return inline(item)
    return f"<strong>{inline(item[0])}</strong> {inline(item[1])}"


def table(rows: pd.DataFrame, name: str) -> str:
    """Return a table whose first column heads the lines; `name` is said by a screen reader."""
    head = "".join(f'<th scope="col">{escape(str(c))}</th>' for c in rows.columns)
    body = "".join(f"<tr>{_line(values)}</tr>" for values in rows.itertuples(index=False))
    return (
        f'<div class="guide-scroll" tabindex="0" role="region" aria-label="{escape(name)}">'
        f'<table class="table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _line(values: Iterable[object]) -> str:
    first, *others = (escape(str(value)) for value in values)
    return f'<th scope="row">{first}</th>' + "".join(f"<td>{value}</td>" for value in others)

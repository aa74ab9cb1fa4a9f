"""Mends what the theme leaves open for keyboards and screen readers.

What stands in the written pages is mended there, once, when all are written, so that it holds
without JavaScript. `access.js` does the rest: what depends on the width of the window, and what
the theme's own script writes.
"""

from __future__ import annotations

import re
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

CHILDREN = re.compile(
    r"(<a class=\"[^\"]*reference[^>]*>)((?:(?!</a>).)*)(</a><details[^>]*>)<summary>", re.S
)
TAG = re.compile(r"<[^>]+>")
EMPTY_HEAD = re.compile(
    r"<th((?: (?:class|scope)=\"[^\"]*\")*) ?>(\s*(?:<p></p>|&nbsp;|\xa0)?\s*)</th>"
)
THEME_ICON = re.compile(r"(<i class=\"theme-switch [^>]*?) title=\"[^\"]*\">")
NAMES_THAT_HIDE_WORDS = (
    ('<summary aria-label="Toggle hidden content">', "<summary>"),
    (
        '<button class="btn search-button-field search-button__button pst-js-only" '
        'title="Search" aria-label="Search"',
        '<button class="btn search-button-field search-button__button pst-js-only" title="Search"',
    ),
)
ROLES = (
    ('<div role="list" class="citation-list">', '<div class="citation-list">'),
    (' role="doc-biblioentry"', ""),
    (
        '<div class="sidebar-primary-items__start sidebar-primary__section">',
        '<div class="sidebar-primary-items__start sidebar-primary__section" role="region" '
        'aria-label="The guide">',
    ),
)


def setup(app: Sphinx) -> None:
    """Add the script and the style, and mend the pages when they are written."""
    app.connect("build-finished", mend_pages)
    app.add_js_file("guide/access.js", loading_method="defer", priority=910)
    app.add_css_file("guide/access.css", priority=910)


def mend_pages(app: Sphinx, failure: Exception | None) -> None:
    """Mend every written page; one that was mended before stays as it is."""
    if failure or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        before = path.read_text(encoding="utf-8")
        after = mended(before)
        if after != before:
            path.write_text(after, encoding="utf-8")


def mended(page: str) -> str:
    """Return a page whose controls have names, and whose roles and heads mean something.

    A button that opens the pages below a chapter names the chapter; the corner cell of a table is
    no heading; a control that shows words is not named otherwise.
    """
    for old, new in (*NAMES_THAT_HIDE_WORDS, *ROLES):
        page = page.replace(old, new)
    page = CHILDREN.sub(_named_summary, page)
    page = THEME_ICON.sub(r'\1 aria-hidden="true">', page)
    return EMPTY_HEAD.sub(r"<td\1>\2</td>", page)


def _named_summary(found: re.Match[str]) -> str:
    title = " ".join(unescape(TAG.sub("", found[2])).split())
    return f'{found[1]}{found[2]}{found[3]}<summary aria-label="{escape(f"Below {title}")}">'

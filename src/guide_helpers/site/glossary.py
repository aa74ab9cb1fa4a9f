"""The definitions of the terms that a page uses, in the page, so that a script can show them.

A citation's text needs no such care: the link carries it as its title.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes

from guide_helpers.site.page_data import EVENT

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

PAGE = "book/appendix/glossary"
LINK = re.compile(r'href="[^"#]*#(term-[^"]+)"')


def setup(app: Sphinx) -> None:
    """Read pages again after a change of the glossary, and tell pages their terms."""
    app.connect("doctree-read", note_glossary)
    app.connect(EVENT, add_terms)


def note_glossary(app: Sphinx, doctree: nodes.document) -> None:
    """Let a page that uses a term depend on the glossary."""
    for reference in doctree.findall(addnodes.pending_xref):
        if reference.get("reftype") == "term":
            app.env.note_dependency(str(app.env.doc2path(PAGE)))
            return


def add_terms(app: Sphinx, pagename: str, context: dict[str, Any], data: dict[str, Any]) -> None:
    """Put the definitions of the terms that a page links to into its data, by their anchors."""
    used = set(LINK.findall(str(context.get("body", ""))))
    if used and pagename != PAGE:
        known = definitions(app.env)
        data["terms"] = {anchor: known[anchor] for anchor in sorted(used & known.keys())}


def definitions(env: BuildEnvironment) -> dict[str, str]:
    """Return every definition of the glossary as text, by the anchors of its terms."""
    found = {}
    for item in env.get_doctree(PAGE).findall(nodes.definition_list_item):
        parts = [part.astext() for part in item.findall(nodes.definition)]
        for term in item.findall(nodes.term):
            found.update(dict.fromkeys(term["ids"], " ".join(" ".join(parts).split())))
    return found

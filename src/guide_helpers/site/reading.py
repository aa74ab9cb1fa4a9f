"""Reading: paths, glossary and citation pop-ups, questions, findable entries, launch, print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guide_helpers.site import glossary, launch, paths, questions, search

if TYPE_CHECKING:
    from sphinx.application import Sphinx

SCRIPTS = ("reading", "questions", "popups", "paths", "tools")


def setup(app: Sphinx) -> None:
    """Add the parts, their scripts and their style."""
    for part in (glossary, launch, paths, questions, search):
        part.setup(app)
    for order, name in enumerate(SCRIPTS, start=910):
        app.add_js_file(f"guide/{name}.js", loading_method="defer", priority=order)
    app.add_css_file("guide/reading.css", priority=910)

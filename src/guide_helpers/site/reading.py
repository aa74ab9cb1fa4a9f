"""Reading: paths, glossary and citation pop-ups, questions, print, findable inventory entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> None:
    """Add the script and the style."""
    app.add_js_file("guide/reading.js", loading_method="defer", priority=910)
    app.add_css_file("guide/reading.css", priority=910)

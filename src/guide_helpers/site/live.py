"""Live pages: the page's code on a kernel that the reader chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> None:
    """Add the script and the style."""
    app.add_js_file("guide/live.js", loading_method="defer", priority=910)
    app.add_css_file("guide/live.css", priority=910)

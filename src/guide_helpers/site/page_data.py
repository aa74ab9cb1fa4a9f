"""What the build tells the scripts of a page: one JSON element in its head.

A part of the extension that has something to say connects to the event `guide-page-data`:
`fill(app, pagename, context, data)` puts its own key into `data`. Scripts read it as `guide.page`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guide_helpers.site.plotly_figure import inside_script

if TYPE_CHECKING:
    from sphinx.application import Sphinx

EVENT = "guide-page-data"


def setup(app: Sphinx) -> None:
    """Add the event, and the element to every page."""
    app.add_event(EVENT)
    app.connect("html-page-context", add_data, priority=950)


def add_data(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Put what all parts say of a page into its head.

    `page` is its name without an ending; `notebook` the path of its notebook in the repository,
    or None for a page that is not one.
    """
    del templatename
    if doctree is None:
        return
    data: dict[str, Any] = {"page": pagename, "notebook": notebook_of(app, pagename)}
    app.emit(EVENT, pagename, context, data)
    text = inside_script(json.dumps(data, separators=(",", ":"), ensure_ascii=False))
    element = f'<script type="application/json" id="guide-page">{text}</script>'
    context["metatags"] = context.get("metatags", "") + element


def notebook_of(app: Sphinx, pagename: str) -> str | None:
    """Return the path, in the repository, of the notebook that a page was made from."""
    path = Path(str(app.env.doc2path(pagename, base=False)))
    return path.as_posix() if path.suffix == ".ipynb" else None

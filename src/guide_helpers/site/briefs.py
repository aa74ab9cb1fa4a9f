"""The one-page briefs as files of the site, so that a page can link to what gets printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = Path("_static", "guide", "briefs")


def setup(app: Sphinx) -> None:
    """Write the briefs when the pages are there."""
    app.connect("build-finished", write_briefs)


def write_briefs(app: Sphinx, failure: Exception | None) -> None:
    """Write one page for each reader, from the sources of this build."""
    from guide_helpers.briefs import brief, readers

    if failure or app.builder.name != "html":
        return
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for reader in readers():
        (folder / f"{reader}.html").write_text(brief(reader).html(), encoding="utf-8")

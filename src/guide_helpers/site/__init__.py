"""The Sphinx extension of the book: figures, inventories, and pages that load nothing from outside.

Named in `_config.yml` under `sphinx: extra_extensions`; `PlotlyMime` is also an entry point of
the group `myst_nb.mime_renderers`. Notebooks use `glue` to hand their numbers to a chapter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guide_helpers.site.gluing import glue
from guide_helpers.site.mime import PlotlyMime

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["PlotlyMime", "glue", "setup"]


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the guide's parts to a Sphinx build."""
    from guide_helpers.site import (
        access,
        applicability,
        briefs,
        formulas,
        icons,
        inventory,
        live,
        offline,
        oracles,
        page_data,
        pages,
        reading,
        slides,
        validation,
    )

    icons.setup(app)
    formulas.setup(app)
    pages.setup(app)
    page_data.setup(app)
    inventory.setup(app)
    applicability.setup(app)
    validation.setup(app)
    oracles.setup(app)
    live.setup(app)
    briefs.setup(app)
    reading.setup(app)
    slides.setup(app)
    offline.setup(app)
    access.setup(app)
    return {"version": "1", "env_version": 2, "parallel_read_safe": True}

"""How a notebook's plotly output becomes part of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from guide_helpers.site.plotly_figure import MIME, AltTextError, figure_html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docutils.nodes import Element


class PlotlyMime:
    """Renderer of plotly's JSON for MyST-NB, found through its entry point."""

    mime_priority_overrides: ClassVar[Sequence[tuple[str, str, int | None]]] = [("html", MIME, 1)]

    @staticmethod
    def handle_mime(renderer: Any, data: Any, inline: bool) -> list[Element] | None:
        """Return the figure, or None for a kind of output that is not ours.

        A figure without alternative text is a warning, so it fails a build that has `-W`.
        """
        from docutils import nodes

        if inline or data.mime_type != MIME:
            return None
        try:
            html = figure_html(data.content)
        except AltTextError as missing:
            renderer.logger.warning(str(missing), subtype="alt_text", line=data.line)
            return []
        return [nodes.raw(text=html, format="html")]

"""The figures of executed notebooks, out of the cache that the book was built with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

from guide_helpers.errors import GuideError
from guide_helpers.site.gluing import PREFIX
from guide_helpers.site.plotly_figure import MIME

DRAWING = re.compile(rf'<script type="{re.escape(MIME)}">(.*?)</script>', re.DOTALL)
ALT = re.compile(r'<p class="guide-alt">(.*?)</p>', re.DOTALL)
CAPTION = re.compile(r"<figcaption>(.*?)</figcaption>", re.DOTALL)


@dataclass(frozen=True)
class Figure:
    """A plotly figure, what it shows in words, and the caption below it."""

    drawing: dict[str, Any]
    alt: str
    caption: str


def figures_of(names: Iterable[str], source: Path, cache: Path) -> dict[str, Figure]:
    """Return figures by their name, `notebook::label`; each notebook is read once."""
    labels: dict[str, list[str]] = {}
    for name in names:
        notebook, _, label = name.partition("::")
        labels.setdefault(notebook, []).append(label)
    found = {}
    for notebook, wanted in labels.items():
        glued = glued_in(executed(source / "notebooks" / f"{notebook}.ipynb", cache))
        for label in wanted:
            if label not in glued:
                raise GuideError(f"{notebook} glues no figure {label!r}; correct slides.toml")
            found[f"{notebook}::{label}"] = glued[label]
    return found


def executed(path: Path, cache: Path) -> Any:
    """Return a notebook with its outputs, from a cache of executed notebooks."""
    import nbformat
    from jupyter_cache import get_cache  # type: ignore[import-untyped]

    kept = get_cache(str(cache))
    try:
        stored = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        record = kept.match_cache_notebook(stored)
    except KeyError:
        raise GuideError(f"{path.name} has not been executed; build the book: make book") from None
    return kept.get_cache_bundle(record.pk).nb


def glued_in(notebook: Any) -> dict[str, Figure]:
    """Return the figures that a notebook glues, by their label."""
    found = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            label = output.get("metadata", {}).get("scrapbook", {}).get("name")
            html = output.get("data", {}).get(f"{PREFIX}text/html", "")
            figure = figure_in("".join(html))
            if label and figure:
                found[str(label)] = figure
    return found


def figure_in(html: str) -> Figure | None:
    """Return the figure that `figure_html` wrote, if there is one with a drawing of its own."""
    drawing, alt, caption = (kind.search(html) for kind in (DRAWING, ALT, CAPTION))
    if not drawing or not alt:
        return None
    told = json.loads(drawing[1])
    if "data" not in told:
        return None  # an explorer: it has many drawings
    return Figure(told, unescape(alt[1]), unescape(caption[1]) if caption else "")

"""Slides for the workshops, made from the figures of the book when the book is built.

`slides.toml` says which figures, what to see in them, and in which order the agendas need them.
The build writes one self-contained page for each agenda and each part to `_static/guide/slides/`;
`guide workshop slides` takes one of them out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from guide_helpers.errors import GuideError
from guide_helpers.serving.settings import BUILT, checkout
from guide_helpers.site.slides.plan import Plan, plan
from guide_helpers.writing import whole_file

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["Plan", "plan", "setup", "take"]
PLACE = Path("_static", "guide", "slides")


def setup(app: Sphinx) -> None:
    """Write the slides when all pages are there."""
    app.connect("build-finished", write, priority=700)


def write(app: Sphinx, failure: Exception | None) -> None:
    """Write a deck for each agenda and each part; a build without all the pages has none."""
    from guide_helpers.site.slides.deck import deck
    from guide_helpers.site.slides.executed import figures_of

    slides = plan().slides.values()
    known = app.env.found_docs
    if failure or app.builder.name != "html" or any(not known >= s.documents for s in slides):
        return
    titles = {name: title.astext() for name, title in app.env.titles.items()}
    cache, source = Path(app.config.nb_execution_cache_path), Path(app.srcdir)
    drawn = figures_of([s.figure for s in slides], source, cache)
    folder = Path(app.outdir) / PLACE
    folder.mkdir(parents=True, exist_ok=True)
    for name in plan().decks:
        (folder / f"{name}.html").write_text(deck(plan(), name, drawn, titles), encoding="utf-8")


def take(name: str, to: str | Path, site: str | None = None) -> Path:
    """Copy a deck out of a built guide to a new file, and return that file.

    Raises
    ------
    GuideError
        There is no such deck, no built guide with slides, or the file is there already.
    """
    if name not in plan().decks:
        raise GuideError(f"no slides {name!r}; there are {', '.join(plan().decks)}")
    found = _site(site) / PLACE / f"{name}.html"
    if not found.is_file():
        raise GuideError(f"{found.parents[3]} was built without slides; build it again: make book")
    with whole_file(to) as part:
        part.write_bytes(found.read_bytes())
    return Path(to)


def _site(asked: str | None) -> Path:
    """Return the folder of the built guide."""
    home = checkout()
    if not asked and home is None:
        raise GuideError("there is no checkout here; name the folder of the built guide: --site")
    place = Path(asked).expanduser() if asked else Path(home or "", BUILT)
    if (place / "index.html").is_file():
        return place
    if asked:
        raise GuideError(f"{asked} holds no built guide; name the folder with its index.html")
    raise GuideError("slides are made of the book's figures, and the book is not built yet; "
                     "type: make book, or name a built guide with --site")  # fmt: skip

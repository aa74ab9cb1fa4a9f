"""Reading paths: one file says who reads what in which order; pages say how long they take.

The page of paths is made by a fence `{paths}`; the script of the pages reads `paths-data.js`,
which every build writes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from guide_helpers.errors import GuideError

if TYPE_CHECKING:
    from sphinx.application import Sphinx

SOURCE = Path("book", "front", "paths.yml")
SCRIPT = Path("_static", "guide", "paths-data.js")
MINUTES = re.compile(r"^\*(\d+) minutes", re.MULTILINE)
HOUR = 60


class PathError(GuideError):
    """A reading path names what is not there, or a page does not say how long it takes."""


@dataclass(frozen=True)
class Step:
    """A page to read, the minutes it takes, and what to look at there."""

    page: str
    minutes: int
    note: str = ""


@dataclass(frozen=True)
class ReadingPath:
    """Pages in order for one kind of reader; `before` is a path to walk first."""

    slug: str
    title: str
    whom: str
    need: str
    steps: tuple[Step, ...]
    after: str
    more: str = ""
    before: str = ""

    @property
    def minutes(self) -> int:
        """How long the steps take together."""
        return sum(step.minutes for step in self.steps)


def read_paths(root: Path) -> dict[str, ReadingPath]:
    """Return the paths in the order of the file, each with the steps of the one before it."""
    found: dict[str, ReadingPath] = {}
    for slug, told in yaml.safe_load((root / SOURCE).read_text("utf-8")).items():
        path = _path(root, slug, told)
        if path.before:
            path = replace(path, steps=found[path.before].steps + path.steps)
        found[slug] = path
    return found


def _path(root: Path, slug: str, told: Mapping[str, Any]) -> ReadingPath:
    steps = tuple(_step(root, step) for step in told["steps"])
    return ReadingPath(slug=slug, **{**told, "steps": steps})


def _step(root: Path, told: str | Mapping[str, Any]) -> Step:
    told = {"page": told} if isinstance(told, str) else told
    minutes = told.get("minutes") or page_minutes(root, told["page"])
    return Step(told["page"], minutes, told.get("note", ""))


def page_file(root: Path, page: str) -> Path:
    """Return the file that a page is made from."""
    for ending in (".md", ".ipynb"):
        if (root / f"{page}{ending}").is_file():
            return root / f"{page}{ending}"
    raise PathError(f"no page {page!r}; name it as in _toc.yml, without an ending")


def page_minutes(root: Path, page: str) -> int:
    """Return the minutes that a page says of itself: a line that starts '*25 minutes'."""
    file = page_file(root, page)
    text = file.read_text("utf-8")
    if file.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells)
    found = MINUTES.search(text)
    if not found:
        raise PathError(f"{page!r} does not say its minutes; add a line '*25 minutes. ...*'")
    return int(found[1])


def duration(minutes: int) -> str:
    """Return minutes in words, hours apart."""
    hours, rest = divmod(minutes, HOUR)
    parts = [f"{hours} hour{'s' if hours > 1 else ''}"] if hours else []
    return " ".join([*parts, f"{rest} minutes"] if rest or not hours else parts)


class Paths(SphinxDirective):
    """A section for every path."""

    def run(self) -> list[nodes.Node]:
        """Return the sections; the page is made again when a page changes its minutes."""
        root = Path(self.env.srcdir)
        paths = read_paths(root)
        for page in {step.page for path in paths.values() for step in path.steps}:
            self.env.note_dependency(str(page_file(root, page)))
        self.env.note_dependency(str(root / SOURCE))
        return [self.section(path, paths) for path in paths.values()]

    def section(self, path: ReadingPath, paths: Mapping[str, ReadingPath]) -> nodes.section:
        """Return the section of one path, under the label that other pages link to."""
        name = f"path-{path.slug}"
        part = nodes.section(ids=[name], names=[name], classes=["guide-path-told"])
        part += nodes.title(text=path.title)
        text = StringList(list(told(path, paths)), source=SOURCE.as_posix())
        self.state.nested_parse(text, self.content_offset, part)
        self.state.document.note_explicit_target(part, part)
        return part


def told(path: ReadingPath, paths: Mapping[str, ReadingPath]) -> Iterator[str]:
    """Yield the lines of one path."""
    yield f"*About {duration(path.minutes)}. You need: {path.need}. For {path.whom}.*"
    yield ""
    steps = path.steps
    if path.before:
        before = paths[path.before]
        steps = steps[len(before.steps) :]
        yield f"1. The [{before.title.lower()}'s path](#path-{before.slug}), once, with a clock"
    for step in steps:
        note = f"; {step.note}" if step.note else ""
        yield f"1. {{doc}}`/{step.page}` \N{EN DASH} {step.minutes} minutes{note}"
    yield from ("", f"**Afterwards you can** {path.after}", "", *path.more.splitlines(), "")


def write_script(app: Sphinx, problem: Exception | None) -> None:
    """Write the paths for the script of the pages."""
    if problem or app.builder.format != "html":
        return
    root = Path(app.srcdir)
    content = [
        {"slug": path.slug, "title": path.title, "steps": [_row(app, s) for s in path.steps]}
        for path in read_paths(root).values()
    ]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    (Path(app.outdir) / SCRIPT).write_text(f"guide.paths = {text};\n", encoding="utf-8")


def _row(app: Sphinx, step: Step) -> dict[str, Any]:
    title = app.env.titles.get(step.page)
    return {
        "page": step.page,
        "minutes": step.minutes,
        "title": title.astext() if title else step.page,
        "note": re.sub(r"[*`]", "", step.note),
    }


def setup(app: Sphinx) -> None:
    """Add the directive and the script's data."""
    app.add_directive("paths", Paths)
    app.connect("build-finished", write_script)

"""Live pages: the page's code on a kernel that the reader chooses.

The build tells `live.js` where kernels may come from, which notebooks stand behind a chapter, and
the code of cells that a page hides although its later cells need it. Nothing of the kernel's
script is loaded before the reader asks.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guide_helpers.site.page_data import EVENT, notebook_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sphinx.application import Sphinx

NOT_SHOWN = {"remove-cell", "remove-input"}
NO_KERNELS = {"server": None}
"""The answer of `kernels.json` where only files are served; `guide serve` gives its own."""


def setup(app: Sphinx) -> None:
    """Add the script and the style, and tell pages what they need to run."""
    app.add_js_file("guide/live.js", loading_method="defer", priority=910)
    app.add_css_file("guide/live.css", priority=910)
    app.connect(EVENT, tell)
    app.connect("build-finished", say_no_kernels)


def tell(app: Sphinx, pagename: str, context: dict[str, Any], data: dict[str, Any]) -> None:
    """Put what a page needs to run under `live`: of a notebook, or of the notebooks behind it."""
    del context
    if data["notebook"]:
        book = json.loads((Path(app.srcdir) / data["notebook"]).read_text("utf-8"))
        data["live"] = {"binder": binder(app.config), "hidden": hidden_code(book["cells"])}
    elif pagename != app.config.root_doc and (behind := notebooks_behind(app, pagename)):
        data["live"] = {
            "notebooks": [
                {
                    "title": app.env.titles[name].astext(),
                    "page": app.builder.get_relative_uri(pagename, name),
                }
                for name in behind
            ]
        }


def binder(config: Any) -> dict[str, str]:
    """Return what `_config.yml` says of the repository and of Binder."""
    options = config.html_theme_options
    return {
        "hub": options.get("launch_buttons", {}).get("binderhub_url", "").rstrip("/"),
        "repository": options.get("repository_url", "").removeprefix("https://github.com/"),
        "branch": options.get("repository_branch", "") or "HEAD",
    }


def notebooks_behind(app: Sphinx, pagename: str) -> list[str]:
    """Return the pages of the notebooks below a chapter, and of those whose numbers it shows."""
    env = app.env
    shown = {Path(app.srcdir, path).resolve() for path in env.dependencies.get(pagename, ())}
    glued = [name for name in sorted(env.found_docs) if Path(env.doc2path(name)) in shown]
    named = dict.fromkeys([*env.toctree_includes.get(pagename, ()), *glued])
    return [name for name in named if notebook_of(app, name)]


def hidden_code(cells: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return code that the page hides and a later cell needs, by the number of that cell.

    Most hidden cells only hand numbers to a chapter, which takes time and shows nothing.
    """
    hidden: list[tuple[set[str], str]] = []
    found: dict[str, list[str]] = {}
    shown: set[str] = set()
    number = 0
    for code, is_hidden in _code(cells):
        made, used = names(code)
        if is_hidden:
            hidden.append((made - shown, code))
            continue
        needed = [cell for cell in hidden if cell[0] & used]
        if needed:
            found[str(number)] = [text for _, text in needed]
        hidden = [cell for cell in hidden if cell not in needed]
        shown |= made
        number += 1
    return {where: "\n\n".join(texts) for where, texts in found.items()}


def _code(cells: Sequence[dict[str, Any]]) -> Iterator[tuple[str, bool]]:
    for cell in cells:
        if cell["cell_type"] == "code":
            tags = NOT_SHOWN & set(cell["metadata"].get("tags", ()))
            yield "".join(cell["source"]), bool(tags)


def names(code: str) -> tuple[set[str], set[str]]:
    """Return the names that some code gives a value, and those it takes from elsewhere."""
    made: set[str] = set()
    used: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else made).add(node.id)
        elif isinstance(node, ast.alias):
            made.add((node.asname or node.name).partition(".")[0])
    return made, used - made


def say_no_kernels(app: Sphinx, exception: Exception | None) -> None:
    """Write the answer to pages that ask for kernels where only files are served."""
    if exception is None and app.builder.format == "html":
        Path(app.outdir, "kernels.json").write_text(json.dumps(NO_KERNELS), encoding="utf-8")

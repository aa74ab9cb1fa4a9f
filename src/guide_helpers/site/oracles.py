"""The page of comparisons with other tools, made from `data/evidence/oracles-*.json`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from guide_helpers.site.inventory import row

if TYPE_CHECKING:
    from sphinx.application import Sphinx

EVIDENCE = Path("data", "evidence")
COLUMNS = ["Quantity", "Theirs", "Ours", "Unexplained", "Explanation"]
AGREES = 1e-9


class Oracles(SphinxDirective):
    """A table for each tool: what it computes, what we compute, and why the two differ."""

    def run(self) -> list[nodes.Node]:
        """Return the nodes of the tables."""
        table = nodes.container(classes=["guide-oracles"])
        for path in sorted((Path(self.env.srcdir) / EVIDENCE).glob("oracles-*.json")):
            self.env.note_dependency(str(path))
            found = json.loads(path.read_text(encoding="utf-8"))
            lines = StringList(list(told(found)), source=path.name)
            self.state.nested_parse(lines, self.content_offset, table)
        return [table]


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("oracles", Oracles)


def told(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of one tool: who was asked and how, then a line a quantity."""
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    asked = f"**{found['tool']} {found['version']}**, {found['date']}"
    yield f"{asked}: `{found['command']}`; {versions}."
    yield ""
    for data in dict.fromkeys(record["data"] for record in found["records"]):
        yield from (f"*{data}*", "", row(COLUMNS), row(["---"] * len(COLUMNS)))
        for record in found["records"]:
            if record["data"] == data:
                numbers = [number(record[name]) for name in ("theirs", "ours", "unexplained")]
                yield row([record["quantity"], *numbers, record["explanation"]])
        yield ""


def number(value: Any) -> str:
    """Return a number in a few digits; what was not computed is empty."""
    if value is None or isinstance(value, str):
        return value or ""
    return "0" if abs(value) <= AGREES else f"{value:.6g}"

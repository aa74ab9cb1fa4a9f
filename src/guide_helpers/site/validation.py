"""The page of what was validated, made from the records in `data/evidence/validation`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from guide_helpers.site.inventory import row

if TYPE_CHECKING:
    from sphinx.application import Sphinx

RECORDS = Path("data", "evidence", "validation")


class Validation(SphinxDirective):
    """One table of all statements of the validation tier: what was found, when, with what."""

    def run(self) -> list[nodes.Node]:
        """Return the nodes of the table."""
        folder = Path(self.env.srcdir) / RECORDS
        records = []
        for path in sorted(folder.glob("*.json")):
            self.env.note_dependency(str(path))
            records.append(json.loads(path.read_text(encoding="utf-8")))
        table = nodes.container(classes=["guide-inventory"])
        lines = StringList(list(told(records)), source="records of the validation tier")
        self.state.nested_parse(lines, self.content_offset, table)
        return [table]


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("validation", Validation)


def told(records: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield row(["Statement", "Case", "Outcome", "Found", "Seconds", "Date", "Versions"])
    yield row(["---"] * 7)
    for record in records:
        versions = ", ".join(f"{name} {v}" for name, v in record["versions"].items())
        for test in record["tests"]:
            name, _, case = test["name"].partition("[")
            words = name.removeprefix("test_").replace("_", " ")
            found = "; ".join(f"{k}: {v}" for k, v in test["found"].items())
            facts = [test["outcome"], found, str(test["seconds"]), record["date"], versions]
            yield row([words, case.removesuffix("]"), *facts])

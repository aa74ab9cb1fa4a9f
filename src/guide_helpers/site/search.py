"""Every entry of the inventories as a search result that leads to its section.

Sphinx's search lists the objects of domains before the pages that hold a word. So each entry is
an object of the domain `guide`, named by its title, its name in code and the names others use.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from sphinx.domains import Domain, ObjType

from guide_helpers.catalogue import KINDS, Entry, entries
from guide_helpers.site.inventory import label

if TYPE_CHECKING:
    from sphinx.application import Sphinx

OTHER_NAMES = Path("book", "appendix", "other_names.yml")
WORDS = {"methods": "method", "measures": "measure", "attacks": "attack", "datasets": "data set"}


class Entries(Domain):
    """The entries of the inventories."""

    name = "guide"
    label = "Entries of the inventories"
    object_types = {kind: ObjType(word) for kind, word in WORDS.items()}  # noqa: RUF012

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """Yield every entry that a page shows, with the place of its section."""
        targets = self.env.get_domain("std").data["anonlabels"]
        others = other_names(Path(self.env.srcdir))
        for kind in KINDS:
            for slug, entry in entries(kind).items():
                name = label(kind, slug)
                if name in targets:
                    page, anchor = targets[name][:2]
                    shown = result(entry, others.get(kind, {}).get(slug, []))
                    yield f"{kind}:{slug}", shown, kind, page, anchor, 0

    def get_type_name(self, type: ObjType, primary: bool = False) -> str:  # noqa: A002
        """Return the word that stands behind a result."""
        del primary
        return str(type.lname)

    def merge_domaindata(self, docnames: list[str], otherdata: dict[str, object]) -> None:
        """Keep nothing: what is found stands in the domain of labels."""


@cache
def other_names(root: Path) -> dict[str, dict[str, list[str]]]:
    """Return the names by which others know the entries, by kind and slug."""
    found: dict[str, dict[str, list[str]]] = yaml.safe_load((root / OTHER_NAMES).read_text("utf-8"))
    return found


def result(entry: Entry, others: list[str]) -> str:
    """Return the line of a search result: title, name in code, other names.

    A point would make Sphinx take what stands before it for the name of a module.
    """
    also = f", also: {', '.join(others)}" if others else ""
    return f"{entry.card.title} \N{EN DASH} {entry.slug}{also}".replace(".", "")


def setup(app: Sphinx) -> None:
    """Add the domain."""
    app.add_domain(Entries)

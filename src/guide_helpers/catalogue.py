"""The inventories: every entry of a kind, found by walking its folder."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from guide_helpers.cards import Card
from guide_helpers.errors import GuideError

KINDS = ("datasets", "methods", "measures", "attacks")


@dataclass(frozen=True)
class Entry:
    """One entry of an inventory: its slug, its card and, where it runs, its implementation."""

    kind: str
    slug: str
    card: Any
    implementation: Callable[..., Any] | None

    @property
    def runs(self) -> bool:
        """Whether the package implements the entry, or only describes it."""
        return self.implementation is not None


def entries(kind: str) -> dict[str, Entry]:
    """Return all entries of a kind by slug, in alphabetical order."""
    if kind not in KINDS:
        raise GuideError(f"no {kind!r} in the catalogue; known: {', '.join(KINDS)}")
    return dict(_walk(kind))


def find(kind: str, slug: str) -> Entry:
    """Return one entry; an unknown slug is refused with the known ones."""
    known = entries(kind)
    if slug not in known:
        raise GuideError(f"no {slug!r} in {kind}; known: {', '.join(known)}")
    return known[slug]


@cache
def _walk(kind: str) -> tuple[tuple[str, Entry], ...]:
    folder = import_module(f"guide_helpers.{kind}")
    slugs = sorted(m.name for m in pkgutil.iter_modules(folder.__path__) if m.name[0] != "_")
    return tuple((s, _read(kind, s, import_module(f"{folder.__name__}.{s}"))) for s in slugs)


def _read(kind: str, slug: str, module: ModuleType) -> Entry:
    """Take the module's carded object, or its bare `CARD` where it only describes."""
    if isinstance(getattr(module, "CARD", None), Card):
        return Entry(kind, slug, module.CARD, None)
    carded = [
        thing
        for thing in vars(module).values()
        if getattr(thing, "__module__", None) == module.__name__
        and isinstance(getattr(thing, "card", None), Card)
    ]
    if len(carded) != 1:
        raise GuideError(
            f"module {kind}/{slug}.py has {len(carded)} cards; put exactly one above its entry"
        )
    return Entry(kind, slug, carded[0].card, carded[0])

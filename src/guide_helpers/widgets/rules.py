"""The rules checker: how often a file breaks what its schema calls impossible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

import pandas as pd

from guide_helpers.catalogue import find
from guide_helpers.errors import GuideError
from guide_helpers.schema import Dataset, Rule, StructuralZero
from guide_helpers.verbs import generate
from guide_helpers.widgets.lab import Control, Lab
from guide_helpers.widgets.view import View, heading, paragraph, table

METHODS = ("cart", "independent", "copula", "coarsened_margins")


def rules(
    data: Dataset | Mapping[str, Dataset],
    *,
    methods: Sequence[str] = METHODS,
    copies: int = 3,
    seed: int = 1,
) -> Lab:
    """Return a lab that counts broken rules and structural zeros in a file and its synthesis.

    Several named data sets are a menu. Methods that cannot be told the rules say so.
    """
    named = {data.name or "the file": data} if isinstance(data, Dataset) else dict(data)
    for name, one in named.items():
        if not one.schema.statements:
            raise GuideError(f"{name!r} has no rules in its schema; state some, or leave it out")

    @cache
    def made(name: str, method: str, told: bool) -> tuple[Dataset, ...]:
        asked: dict[str, Any] = {"keep_rules": told} if _can_be_told(method) else {}
        found = generate(named[name], method, m=copies, seed=seed, **asked).copies
        return tuple(c for c in found if isinstance(c, Dataset))

    def view(name: str, method: str, told: bool) -> View:
        return _counted(named[name], made(name, method, told), _about(method, told))

    titles = [find("methods", method).card.title for method in methods]
    return Lab(
        (
            Control("Data", tuple(named), scale=False),
            Control("Method", tuple(methods), titles, scale=False),
            Control("The method is told the rules", (False, True)),
        ),
        view,
        "Which records are impossible?",
    )


def _can_be_told(method: str) -> bool:
    """Whether a method has the option to draw anew what breaks a rule."""
    implementation: Any = find("methods", method).implementation
    return "keep_rules" in {f.name for f in fields(implementation)}


def _about(method: str, told: bool) -> str:
    """Return what telling the rules means for a method."""
    card = find("methods", method).card
    if _can_be_told(method):
        return "It draws anew what breaks a rule." if told else "It knows the records only."
    if card.capabilities.keeps_rules:
        return "It keeps the rules unasked."
    return "It cannot be told: a tick changes nothing."


def _counted(original: Dataset, copies: Sequence[Dataset], about: str) -> View:
    """Return the counts by statement, rules and structural zeros apart."""
    old, new = original.violations(), [c.violations() for c in copies]
    bad = [len(c) - len(c.without_violations()) for c in copies]
    already = len(original) - len(original.without_violations())
    words = (
        f"{_range(bad)} of {len(copies[0]):,} synthetic records break a rule or hold a structural "
        f"zero; in the original {already:,} of {len(original):,}. {about}"
    )
    parts = [paragraph(words)]
    for kind, title in ((Rule, "Rules"), (StructuralZero, "Structural zeros")):
        lines = [
            {
                "statement": f"{s.name}: {s.text}" if s.text else s.name,
                "original": f"{old[s.name]:,}",
                "synthetic": _range([int(n[s.name]) for n in new]),
            }
            for s in original.schema.statements
            if isinstance(s, kind)
        ]
        if lines:
            parts += [heading(title), table(pd.DataFrame(lines), f"{title}, records by statement")]
    return View(words, html=tuple(parts))


def _range(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"

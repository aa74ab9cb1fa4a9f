"""The attack lab: what an intruder gets right about people in a file, and about others."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers import figures
from guide_helpers.errors import GuideError
from guide_helpers.results import Risk, Synthetic
from guide_helpers.schema import Dataset
from guide_helpers.verbs import attack
from guide_helpers.widgets.lab import Control, Lab
from guide_helpers.widgets.recipes import Recipe, alone, made
from guide_helpers.widgets.view import View, table

Rows = Sequence[int] | np.ndarray
Targets = str | tuple[Rows, Rows]
"""An expression that chooses in both groups, or the rows of the original and of the control."""


def attack_lab(
    original: Dataset,
    control: Dataset,
    *,
    attacks: Sequence[str] = ("attribute_inference", "unique_match"),
    knowledge: Sequence[str] | None = None,
    fewest: int = 2,
    leaves: Sequence[int] = (1, 5, 10, 20, 50),
    methods: Mapping[str, Recipe] | None = None,
    targets: Mapping[str, Targets] | None = None,
    seed: int = 1,
    **options: Any,
) -> Lab:
    """Return a lab of attacks on trees of different leaf sizes, and on files of other `methods`.

    The intruder knows the first `fewest` of `knowledge` (by default the key variables), then one
    more at a time. He attacks everybody or, by default, only who is alone in all of `knowledge`
    within the own group; `targets` names other groups. `options` go to the attacks, which all
    must know them.
    """
    known = tuple(knowledge or original.keys)
    if len(known) < fewest:
        raise GuideError(
            f"the intruder knows {len(known)} variables, fewer than {fewest}; name more in "
            "knowledge=[...]"
        )
    recipes: dict[Hashable, Recipe] = {leaf: ("cart", {"min_leaf": leaf}) for leaf in leaves}
    recipes.update(methods or {})
    groups: Mapping[str, Targets] = targets or {
        "everybody": "all",
        f"who is alone in all {len(known)}": (alone(original, known), alone(control, known)),
    }

    @cache
    def file(source: Hashable) -> Synthetic:
        return made(original, recipes[source], seed=seed)

    def played(slug: str, number: int, source: Hashable, whom: str = next(iter(groups))) -> View:
        group = groups[whom]
        inside, outside = (group, group) if isinstance(group, str) else group
        risk = attack(
            file(source),
            original=original,
            control=control,
            attack=slug,
            knowledge=known[:number],
            targets=inside,
            control_targets=outside,
            seed=seed,
            **options,
        )
        return _view(risk, f"{_made(source)}; {number} known; attacked: {whom}")

    numbers = range(fewest, len(known) + 1)
    return Lab(
        (
            Control("Attack", tuple(attacks), [_title(a) for a in attacks], scale=False),
            Control(
                "The intruder knows",
                numbers,
                [_words(known[:n]) for n in numbers],
                start=len(numbers) - 1,
            ),
            _sources(leaves, methods),
            Control("He attacks", tuple(groups), scale=False),
        ),
        played,
        "What can an intruder learn from this file?",
    )


def _view(risk: Risk, title: str) -> View:
    """Return the bars of a risk, its counts as a table, and its own reading as words."""
    drawn = figures.risk(risk, title=title, alt=f"{title}. {risk.reading()['value']}")
    row = risk.table_row()
    lines = [(f"{risk.targets:,} in the file", risk.claims, risk.hits, row["rate %"])]
    if risk.control_rate:
        outside = (risk.control_claims, risk.control_hits, row["control rate %"])
        lines.append((f"{risk.control_targets:,} outside it", *outside))
    columns = ["people attacked", "guesses", "right", "right, 95 % interval"]
    counts = pd.DataFrame(lines, columns=columns)
    return View(drawn.layout.meta["alt"], drawn, table(counts, "Hits inside and outside the file"))


def _sources(leaves: Sequence[int], methods: Mapping[str, Recipe] | None) -> Control:
    if not methods:
        return Control("Records in a leaf, at least", tuple(leaves))
    values: tuple[Hashable, ...] = (*leaves, *methods)
    return Control("How the file was made", values, [_made(v) for v in values], scale=False)


def _made(source: Hashable) -> str:
    return f"trees, at least {source} in a leaf" if isinstance(source, int) else str(source)


def _title(slug: str) -> str:
    from guide_helpers.catalogue import find

    title: str = find("attacks", slug).card.title
    return title


def _words(names: Sequence[str]) -> str:
    return ", ".join(n.replace("_", " ") for n in names)

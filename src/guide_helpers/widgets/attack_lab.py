"""The attack lab: what the intruder knows, how the file was made, and what he then gets right."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from guide_helpers import figures
from guide_helpers.errors import GuideError
from guide_helpers.results import Risk, Synthetic
from guide_helpers.schema import Dataset
from guide_helpers.verbs import attack, generate
from guide_helpers.widgets.lab import Control, Lab

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def attack_lab(
    original: Dataset,
    control: Dataset,
    *,
    attacks: Sequence[str] = ("attribute_inference", "unique_match"),
    knowledge: Sequence[str] | None = None,
    fewest: int = 2,
    leaves: Sequence[int] = (1, 5, 10, 20, 50),
    seed: int = 1,
    **options: Any,
) -> Lab:
    """Return a lab of attacks on trees of different leaf sizes.

    The intruder knows the first `fewest` of `knowledge` (by default the key variables), then one
    more at a time. `options` go to the attacks, which all must know them.
    """
    known = tuple(knowledge or original.keys)
    if len(known) < fewest:
        raise GuideError(
            f"the intruder knows {len(known)} variables, fewer than {fewest}; name more in "
            "knowledge=[...]"
        )

    @cache
    def file(leaf: int) -> Synthetic:
        return generate(original, "cart", min_leaf=leaf, seed=seed)

    def figure(slug: str, number: int, leaf: int) -> Figure:
        risk: Risk = attack(
            file(leaf),
            original=original,
            control=control,
            attack=slug,
            knowledge=known[:number],
            seed=seed,
            **options,
        )
        return figures.risk(risk, title=f"Leaves of at least {leaf}, {number} known")

    numbers = range(fewest, len(known) + 1)
    return Lab(
        (
            Control("Attack", tuple(attacks), [_title(a) for a in attacks], scale=False),
            Control("The intruder knows", numbers, [_words(known[:n]) for n in numbers]),
            Control("Records in a leaf, at least", tuple(leaves)),
        ),
        figure,
        "What can an intruder learn from this file?",
    )


def _title(slug: str) -> str:
    from guide_helpers.catalogue import find

    title: str = find("attacks", slug).card.title
    return title


def _words(names: Sequence[str]) -> str:
    return ", ".join(n.replace("_", " ") for n in names)

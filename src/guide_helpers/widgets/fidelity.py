"""The fidelity slider: from a file that only looks right to one that is the original."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from guide_helpers import figures
from guide_helpers.catalogue import find
from guide_helpers.errors import GuideError
from guide_helpers.results import Comparison, Risk, Synthetic
from guide_helpers.schema import Dataset
from guide_helpers.verbs import attack, compare, generate
from guide_helpers.widgets.lab import Control, Lab

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Step = tuple[str, Mapping[str, Any]] | None
COPY = "a copy of the original"
STEPS: Mapping[str, Step] = {
    "dummy data from the schema": ("dummy", {}),
    "each column alone": ("independent", {}),
    "coarsened margins": ("coarsened_margins", {}),
    "Gaussian copula": ("copula", {}),
    "trees, leaves of 500": ("cart", {"min_leaf": 500}),
    "trees, leaves of 100": ("cart", {"min_leaf": 100}),
    "trees, leaves of 20": ("cart", {"min_leaf": 20}),
    "trees, leaves of 5": ("cart", {"min_leaf": 5}),
    "trees, leaves of 1": ("cart", {"min_leaf": 1}),
    COPY: None,
}
"""Methods and their options in the order of fidelity; None is the original itself."""


def fidelity(
    original: Dataset,
    control: Dataset,
    *,
    steps: Mapping[str, Step] = STEPS,
    measures: Sequence[str] = ("marginal_distance", "propensity_tree"),
    attacks: Mapping[str, Mapping[str, Any]] | Sequence[str] = (
        "unique_match",
        "attribute_inference",
    ),
    start: int = 1,
    seed: int = 1,
    **options: Any,
) -> Lab:
    """Return a lab of one slider: scores and attacks of the file that stands at its place.

    `attacks` may have options for each; `options` go to the measures. Axes reach from the band of
    the null to the score of the worst file, the first that its method can make.
    """
    played = attacks if isinstance(attacks, Mapping) else {slug: {} for slug in attacks}
    asked = {"ways": (1, 3)} | options

    @cache
    def file(step: str) -> Synthetic | Dataset:
        recipe = steps[step]
        return original if recipe is None else generate(original, recipe[0], seed=seed, **recipe[1])

    @cache
    def scored(step: str) -> Comparison:
        return compare(original, file(step), measures=measures, seed=seed, **asked)

    def played_on(step: str) -> dict[str, Risk]:
        groups: dict[str, Any] = {"original": original, "control": control, "seed": seed}
        return {
            find("attacks", slug).card.title: attack(file(step), attack=slug, **groups, **chosen)
            for slug, chosen in played.items()
        }

    @cache
    def ends() -> dict[str, tuple[float, float]]:
        """Return the ends of the axes."""
        worst = _first(scored, steps)
        return {s.name: (s.band().low / 3, 1.5 * max(s.value, s.band().high)) for s in worst}

    def figure(step: str) -> Figure:
        axes, title = ends(), f"{step[0].upper()}{step[1:]}"
        return figures.spectrum(scored(step), played_on(step), ends=axes, title=title)

    return Lab((Control("The file", tuple(steps), start=start),), figure, "How faithful a file?")


def _first(scored: Any, steps: Mapping[str, Step]) -> Comparison:
    """Return the scores of the first file that its method can make."""
    for step in steps:
        try:
            found: Comparison = scored(step)
        except GuideError:
            continue
        return found
    raise GuideError("none of the steps can be made from this file; look at recommend(..., data)")

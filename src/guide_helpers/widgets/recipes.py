"""What several labs ask for in the same words: a file by its method, and people to attack."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from guide_helpers.results import Synthetic
from guide_helpers.schema import Dataset
from guide_helpers.verbs import generate

Recipe = str | tuple[str, Mapping[str, Any]] | Callable[[Dataset], "Recipe"]
"""A method by its slug, alone or with its options, or what says them of an original."""


def made(original: Dataset, recipe: Recipe, **more: Any) -> Synthetic:
    """Return what a method makes; `more` goes to `generate` beside the options of the recipe."""
    if callable(recipe):
        return made(original, recipe(original), **more)
    method, options = (recipe, {}) if isinstance(recipe, str) else recipe
    return generate(original, method, **options, **more)


def alone(data: Dataset, names: Sequence[str]) -> np.ndarray:
    """Return the rows that share their values of these variables with no other row."""
    return np.flatnonzero(~data.rows.duplicated(list(names), keep=False).to_numpy())

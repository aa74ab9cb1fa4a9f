"""Whom a model is trained on and tested on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from guide_helpers.errors import GuideError
from guide_helpers.measures._learners import Task
from guide_helpers.schema import Dataset


def parts(original: Dataset, rng: np.random.Generator) -> tuple[Dataset, Dataset]:
    """Return two halves of the original by privacy unit: to train on, and to test on."""
    n = original.n_units
    if n < 2:
        raise GuideError("one unit cannot be split into people to train on and people to test")
    order = rng.permutation(n)
    return original.take_units(order[: n - n // 2]), original.take_units(order[n - n // 2 :])


def mixed(data: Dataset, rng: np.random.Generator) -> Dataset:
    """Return the records in random order."""
    order = rng.permutation(len(data))
    return replace(data, rows=data.rows.iloc[order].reset_index(drop=True))


def refuse(task: Task, training: np.ndarray, testing: np.ndarray) -> None:
    """Refuse outcomes that do not vary among those to train on or to test on."""
    for known in (training[~np.isnan(training)], testing[~np.isnan(testing)]):
        if len(np.unique(known)) < 2:
            raise GuideError(
                f"too few records have different values of {task.response.name!r} to train and to "
                "test on; name another target"
            )

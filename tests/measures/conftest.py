"""Files that play the original, and the ways in which synthetic ones come from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers.schema import Dataset, Kind, Schema, Variable


def draw_people(n: int, rng: np.random.Generator) -> Dataset:
    """Draw from one population: five levels, a skewed quantity, a trait that depends on both."""
    group = rng.choice(5, n, p=[0.4, 0.25, 0.2, 0.1, 0.05])
    size = np.exp(rng.normal(0, 1, n)) * (1 + group)
    trait = rng.random(n) < 1 / (1 + np.exp(1 - 0.1 * size - 0.2 * group))
    rows = {
        "group": np.array(list("abcde"))[group],
        "size": size,
        "trait": np.where(trait, "yes", "no"),
        "score": 10 + 2 * group + rng.normal(0, 3, n),
    }
    schema = Schema(
        (
            Variable("group", Kind.CATEGORICAL, levels=tuple("abcde")),
            Variable("size", Kind.NUMBER, unit="metres"),
            Variable("trait", Kind.CATEGORICAL, levels=("no", "yes")),
            Variable("score", Kind.NUMBER, unit="points"),
        )
    )
    return Dataset.of(pd.DataFrame(rows), schema, name="people")


@pytest.fixture
def people():
    """The function that draws files of one population."""
    return draw_people


def bootstrap(data: Dataset, rng: np.random.Generator, n: int | None = None) -> Dataset:
    """Draw what a correct model of the original would give."""
    chosen = rng.integers(0, len(data), n or len(data))
    return replace(data, rows=data.rows.iloc[chosen].reset_index(drop=True))


@pytest.fixture
def correct():
    """The function that draws a correct synthesis."""
    return bootstrap


@pytest.fixture
def within_errors(record_property):
    """The function that holds a mean of draws to some Monte-Carlo standard errors of a value.

    What was found goes into the record of the validation tier.
    """

    def near(found: list[float], expected: float, errors: float = 4) -> None:
        mean, error = float(np.mean(found)), float(np.std(found, ddof=1)) / len(found) ** 0.5
        record_property(f"mean of {len(found)} draws", f"{mean:.4g} ± {error:.2g}")
        record_property("expected", f"{expected:.4g}")
        assert abs(mean - expected) <= errors * error

    return near


def table(**columns) -> Dataset:
    """Return columns of words as categorical, of numbers as quantities."""
    frame = pd.DataFrame(columns)
    variables = []
    for name in frame:
        if pd.api.types.is_numeric_dtype(frame[name]):
            variables.append(Variable(name, Kind.NUMBER))
        else:
            levels = tuple(sorted(frame[name].dropna().unique()))
            variables.append(Variable(name, Kind.CATEGORICAL, levels=levels))
    return Dataset.of(frame, Schema(tuple(variables)))


@pytest.fixture
def of_columns():
    """The function that makes a data set from plain columns."""
    return table

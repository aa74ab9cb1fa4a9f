"""A population, the games that are played on it, and files that leak or do not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable

PEOPLE = Schema(
    (
        Variable("age", Kind.INTEGER, Role.KEY),
        Variable("region", Kind.CATEGORICAL, Role.KEY, levels=tuple(range(12))),
        Variable("trade", Kind.CATEGORICAL, levels=tuple(range(20))),
        Variable("ill", Kind.CATEGORICAL, Role.SENSITIVE, levels=("no", "yes")),
        Variable("wage", Kind.NUMBER, Role.SENSITIVE),
    )
)


def draw_people(n: int, seed: int) -> Dataset:
    rng = np.random.default_rng(seed)
    age = rng.integers(16, 90, n)
    rows = {
        "age": age,
        "region": rng.integers(12, size=n),
        "trade": rng.integers(20, size=n),
        "ill": np.where(rng.random(n) < age / 120, "yes", "no"),
        "wage": np.exp(rng.normal(7, 0.6, n)).round(),
    }
    return Dataset.of(pd.DataFrame(rows), PEOPLE)


@pytest.fixture(scope="session")
def people() -> Callable[[int, int], Dataset]:
    """Draw `n` people with a seed from one population, in which the old are ill more often."""
    return draw_people


@pytest.fixture(scope="session")
def members() -> Dataset:
    return draw_people(1_000, 1)


@pytest.fixture(scope="session")
def outsiders() -> Dataset:
    return draw_people(1_000, 2)


@pytest.fixture(scope="session")
def fresh() -> Dataset:
    """What the null synthesizer returns: people who are in neither group."""
    return draw_people(1_000, 3)


@pytest.fixture(scope="session")
def leaking(members: Dataset, fresh: Dataset) -> Dataset:
    """A fifth of the training records as they are, the rest new people."""
    return members.with_rows(pd.concat([members.rows[:200], fresh.rows[200:]]))

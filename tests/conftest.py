"""Data small enough to check by hand, for all tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from guide_helpers import attack
from guide_helpers.cards import GeneratorKnowledge
from guide_helpers.catalogue import find
from guide_helpers.results import Risk, Synthetic
from guide_helpers.schema import Dataset, Kind, Provenance, Role, Schema, Variable

PUBLIC = Provenance.PUBLIC
SURVEY = Schema(
    (
        Variable("age", Kind.INTEGER, Role.KEY, "years", bounds=(16, 90), bounds_from=PUBLIC),
        Variable(
            "sex", Kind.CATEGORICAL, Role.KEY, levels=("female", "male"), levels_from=PUBLIC
        ),
        Variable(
            "education",
            Kind.ORDERED,
            Role.KEY,
            levels=("primary", "secondary", "tertiary"),
            levels_from=PUBLIC,
        ),
        Variable(
            "employed", Kind.CATEGORICAL, levels=("no", "yes"), levels_from=PUBLIC
        ),
        Variable(
            "income",
            Kind.NUMBER,
            Role.SENSITIVE,
            "euro a month",
            bounds=(0, 100_000),
            bounds_from=PUBLIC,
        ),
    )
)  # fmt: skip


def draw_survey(n: int, rng: np.random.Generator) -> Dataset:
    """Draw people from one population: older and schooled people earn more."""
    age = rng.integers(16, 91, n)
    education = rng.choice(3, n, p=[0.3, 0.45, 0.25])
    employed = rng.random(n) < np.where(age < 65, 0.75, 0.1)
    income = np.exp(rng.normal(6.5 + 0.3 * education + 0.5 * employed, 0.5))
    rows = {
        "age": age,
        "sex": rng.choice(["female", "male"], n),
        "education": np.array(["primary", "secondary", "tertiary"])[education],
        "employed": np.where(employed, "yes", "no"),
        "income": income.round(2),
    }
    return Dataset.of(pd.DataFrame(rows), SURVEY, name="survey")


def play(slug: str, file: Any, *, reference: Dataset, leaks: bool = True, **game: Any) -> Risk:
    """Run an attack with all that its threat model gives it.

    Attacks that run the generator again are told that it is the bootstrap; those that look into
    the fitted model see trees, with leaves so large that they hide everybody unless it `leaks`.
    """
    card = find("attacks", slug).card
    files = file if isinstance(file, tuple) else (file,)
    options = {"reference": reference, "shadows": 20} if card.needs else {}
    match card.threat.generator:
        case GeneratorKnowledge.BLACK_BOX:
            file = Synthetic(files, "bootstrap", {}, None, {})
        case GeneratorKnowledge.WHITE_BOX:
            trees = {"min_leaf": 1, "smooth": False} if leaks else {"min_leaf": 200}
            file = Synthetic(files, "cart", trees, None, {})
    return attack(file, attack=slug, **(options | game))


@pytest.fixture(scope="session")
def playing() -> Any:
    """The function that runs an attack with all that its threat model gives it."""
    return play


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20221)


@pytest.fixture
def survey() -> Dataset:
    """300 people, no missing value, all levels and bounds public."""
    return draw_survey(300, np.random.default_rng(1))

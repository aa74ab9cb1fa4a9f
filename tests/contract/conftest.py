"""Small tables of every shape, and files that leak or do not, for the contract of all entries."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import pytest

from guide_helpers.schema import (
    Dataset,
    Kind,
    Link,
    LinkedTables,
    Provenance,
    Role,
    Schema,
    Variable,
)

PUBLIC = Provenance.PUBLIC
WORDS = ("north", "east", "south", "west")


def levelled(name, levels, kind=Kind.CATEGORICAL, role=Role.OTHER):
    return Variable(name, kind, role, levels=tuple(levels), levels_from=PUBLIC)


def bounded(name, low, high, kind=Kind.INTEGER, role=Role.OTHER, special=()):
    codes = dict.fromkeys(special, "not asked")
    return Variable(name, kind, role, "unit", bounds=(low, high), bounds_from=PUBLIC, special=codes)


PERSON = Variable("person", Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER)
PLAIN = (
    PERSON,
    bounded("age", 16, 90, role=Role.KEY),
    levelled("region", WORDS, role=Role.KEY),
    levelled("education", ("low", "middle", "high"), Kind.ORDERED, Role.KEY),
    levelled("ill", ("no", "yes"), role=Role.SENSITIVE),
    bounded("income", 0, 20_000, Kind.NUMBER, Role.SENSITIVE),
)


def draw_plain(n: int, seed: int) -> Dataset:
    """Draw people from one population; every variable depends on another, none is missing."""
    rng = np.random.default_rng(seed)
    education = rng.choice(3, n, p=[0.3, 0.5, 0.2])
    age = rng.integers(16, 91, n)
    income = np.clip(np.exp(rng.normal(6.5 + 0.5 * education, 0.4)), 0, 20_000)
    rows = {
        "person": np.arange(1_000, 1_000 + n),
        "age": age,
        "region": np.array(WORDS)[rng.integers(4, size=n)],
        "education": np.array(["low", "middle", "high"])[education],
        "ill": np.where(rng.random(n) < age / 120, "yes", "no"),
        "income": income.round(2),
    }
    return Dataset.of(pd.DataFrame(rows), Schema(PLAIN), name="plain")


def draw_gaps(n: int, seed: int) -> Dataset:
    """Draw the same people with missing values of each kind and a special code."""
    plain, rng = draw_plain(n, seed), np.random.default_rng(seed + 1)
    rows = plain.rows.copy()
    for column, share in [("age", 0.1), ("region", 0.2), ("education", 0.15), ("income", 0.3)]:
        rows[column] = rows[column].where(rng.random(n) >= share)
    rows.loc[rng.random(n) < 0.1, "income"] = -9
    schema = plain.schema.change("income", special={-9.0: "not asked"})
    return Dataset.of(rows, schema, name="gaps")


@pytest.fixture(scope="session")
def odd() -> Dataset:
    """A table with constant and empty columns of each kind."""
    plain = draw_plain(60, 4)
    rows = plain.rows.assign(
        year=2020, country="here", rate=0.5, nothing=np.nan, blank=None, void=np.nan
    )
    schema = Schema(
        (
            *PLAIN,
            bounded("year", 2000, 2030),
            levelled("country", ("here", "there")),
            bounded("rate", 0, 1, Kind.NUMBER),
            bounded("nothing", 0, 9),
            levelled("blank", ("a", "b")),
            bounded("void", 0, 9, Kind.NUMBER),
        )
    )
    return Dataset.of(rows, schema, name="odd")


@pytest.fixture(scope="session")
def many_levels() -> Dataset:
    """A category of 10,000 levels, of which most records have one of their own."""
    rng = np.random.default_rng(5)
    levels = tuple(f"code {i:05}" for i in range(10_000))
    rows = {
        "code": np.array(levels)[rng.integers(10_000, size=400)],
        "side": rng.choice(["left", "right"], 400),
    }
    schema = Schema((levelled("code", levels), levelled("side", ("left", "right"))))
    return Dataset.of(pd.DataFrame(rows), schema, name="many levels")


@pytest.fixture(scope="session")
def panel() -> Dataset:
    """150 people with one to four yearly rows each."""
    rng = np.random.default_rng(6)
    sizes = rng.integers(1, 5, 150)
    person = np.repeat(np.arange(150), sizes)
    year = np.concatenate([2000 + np.arange(size) for size in sizes])
    rows = {
        "person": person,
        "year": year,
        "region": np.repeat(np.array(WORDS)[rng.integers(4, size=150)], sizes),
        "wage": rng.gamma(4, 500, len(person)).clip(0, 20_000).round(2),
    }
    schema = Schema(
        (
            Variable("person", Kind.IDENTIFIER),
            bounded("year", 2000, 2003),
            levelled("region", WORDS),
            bounded("wage", 0, 20_000, Kind.NUMBER),
        )
    )
    return Dataset.of(pd.DataFrame(rows), schema, entity="person", time="year", name="panel")


@pytest.fixture(scope="session")
def linked() -> LinkedTables:
    """Households, their persons, and the jobs of the persons; some have none."""
    rng = np.random.default_rng(7)
    home = Variable("home", Kind.IDENTIFIER)
    person = Variable("person", Kind.IDENTIFIER)
    homes = pd.DataFrame(
        {"home": np.arange(80), "region": np.array(WORDS)[rng.integers(4, size=80)]}
    )
    of_home = np.repeat(homes["home"], rng.integers(1, 5, 80)).reset_index(drop=True)
    persons = pd.DataFrame(
        {
            "home": of_home,
            "person": np.arange(len(of_home)),
            "age": rng.integers(0, 91, len(of_home)),
        }
    )
    of_person = np.repeat(persons["person"], rng.integers(0, 3, len(persons))).reset_index(
        drop=True
    )
    jobs = pd.DataFrame({"person": of_person, "hours": rng.integers(1, 61, len(of_person))})
    tables = {
        "homes": Dataset.of(homes, Schema((home, levelled("region", WORDS)))),
        "persons": Dataset.of(
            persons, Schema((home, person, bounded("age", 0, 90))), entity="home"
        ),
        "jobs": Dataset.of(jobs, Schema((person, bounded("hours", 1, 60))), entity="person"),
    }
    links = (Link("homes", "persons", "home"), Link("persons", "jobs", "person"))
    return LinkedTables(tables, links, "linked")


def of_kind(kind: Kind) -> Dataset:
    """A table of one variable of a kind."""
    rng = np.random.default_rng(8)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, 60), "D")
    values, variable = {
        Kind.CATEGORICAL: (rng.choice(WORDS, 60), levelled("x", WORDS)),
        Kind.ORDERED: (rng.choice(WORDS, 60), levelled("x", WORDS, Kind.ORDERED)),
        Kind.INTEGER: (rng.integers(0, 9, 60), bounded("x", 0, 9)),
        Kind.NUMBER: (rng.random(60), bounded("x", 0, 1, Kind.NUMBER)),
        Kind.DATETIME: (days, Variable("x", Kind.DATETIME)),
        Kind.TEXT: ([f"note {i}" for i in rng.integers(50, size=60)], Variable("x", Kind.TEXT)),
    }[kind]
    return Dataset.of(pd.DataFrame({"x": values}), Schema((variable,)), name=kind.value)


@pytest.fixture(scope="session")
def one_variable() -> Callable[[Kind], Dataset]:
    """Return a table of one variable of a kind."""
    return of_kind


@pytest.fixture(scope="session")
def plain() -> Dataset:
    return draw_plain(300, 1)


@pytest.fixture(scope="session")
def gaps() -> Dataset:
    return draw_gaps(1_000, 1)


@pytest.fixture(scope="session")
def population() -> Callable[[int], Dataset]:
    """Draw 800 people with a seed; two seeds share nobody but by chance."""
    return partial(draw_plain, 800)


@pytest.fixture(scope="session")
def members(population) -> Dataset:
    return population(11)


@pytest.fixture(scope="session")
def outsiders(population) -> Dataset:
    return population(12)


@pytest.fixture(scope="session")
def null_file(population) -> Dataset:
    """What the null synthesizer returns: people who are in neither group."""
    return population(13)


@pytest.fixture(scope="session")
def leaking(members: Dataset, null_file: Dataset) -> Dataset:
    """What the leaking synthesizer returns: a fifth of its training records, the rest new."""
    copied = len(members) // 5
    return members.with_rows(pd.concat([members.rows[:copied], null_file.rows[copied:]]))

"""Files that play the original, and the ways in which synthetic ones come from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers import compare
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


def series(unit, time=None, **columns) -> Dataset:
    """Return rows of units, in order of time where it is given: words are levels."""
    plain = table(**columns)
    named = {"unit": unit} | ({} if time is None else {"time": time})
    variables = [Variable("unit", Kind.IDENTIFIER)]
    if time is not None:
        dates = not pd.api.types.is_numeric_dtype(pd.Series(time))
        variables.append(Variable("time", Kind.DATETIME if dates else Kind.INTEGER))
    rows = pd.concat([pd.DataFrame(named), plain.rows], axis=1)
    schema = Schema((*variables, *plain.schema.variables))
    return Dataset.of(rows, schema, entity="unit", time=None if time is None else "time")


@pytest.fixture
def of_units():
    """The function that makes a panel from the unit of each row, its time and plain columns."""
    return series


def draw_panel(n: int, rng: np.random.Generator) -> Dataset:
    """Draw units with 3 to 8 rows: a trait that never changes, a state and a value that last."""
    sizes = rng.integers(3, 9, n)
    unit = np.repeat(np.arange(n), sizes)
    time = np.concatenate([np.arange(size) for size in sizes])
    trait = np.array(["left", "right"])[rng.integers(2, size=n)][unit]
    value, state = rng.normal(size=len(unit)), rng.random(len(unit)) < 0.3
    for row in range(1, len(unit)):
        if unit[row] == unit[row - 1]:
            value[row] = 0.8 * value[row - 1] + 0.6 * value[row]
            state[row] = state[row - 1] if rng.random() < 0.8 else state[row]
    level = rng.normal(0, 1, n)[unit]
    words = np.where(state, "in", "out")
    return series(unit, time, trait=trait, state=words, value=value, size=level + value)


@pytest.fixture
def panels():
    """The function that draws panels of one population."""
    return draw_panel


def disordered(data: Dataset, rng: np.random.Generator, *, within: bool = True) -> Dataset:
    """Return the rows in another order of time within units, or dealt out to other units."""
    order = (
        np.lexsort((rng.random(len(data)), data.units)) if within else rng.permutation(len(data))
    )
    rows = data.rows.sort_values("unit", kind="stable").reset_index(drop=True)
    fixed = ["unit", *(["time"] if data.time else [])]
    others = rows.drop(columns=fixed).iloc[order].reset_index(drop=True)
    return data.with_rows(pd.concat([rows[fixed], others], axis=1))


@pytest.fixture
def disorder():
    """The function that spoils a panel and keeps its tables."""
    return disordered


def scores_of(slug, original, synthetic, **options):
    return list(compare(original, synthetic, measures=slug, **options))


@pytest.fixture
def scores():
    """The function that returns the scores of a measure."""
    return scores_of


@pytest.fixture
def only():
    """The function that returns the only score of a measure."""

    def one(slug, original, synthetic, **options):
        (score,) = scores_of(slug, original, synthetic, **options)
        return score

    return one


@pytest.fixture
def line():
    """The function that makes a file of one quantity."""

    def drawn(*values) -> Dataset:
        schema = Schema((Variable("x", Kind.NUMBER),))
        return Dataset.of(pd.DataFrame({"x": np.array(values, dtype=float)}), schema)

    return drawn

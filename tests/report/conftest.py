"""Samples of three data sets, small enough for a test, each with people outside."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import pytest

from guide_helpers import hold_out, load
from guide_helpers.schema import Data, Dataset

CPS = (
    "age sex race marital education enrolled household_role class_of_worker industry occupation "
    "work_status weeks_worked tax_filer income"
)
ADULT = "age sex race marital relationship education class_of_worker occupation hours income"
WOMEN = (
    "year birth_year age race education_years area south union industry_code occupation_code "
    "weeks_worked hours tenure"
)
SAMPLES = {
    "cps95": (CPS, "income ~ age + weeks_worked", 2_000),
    "adult": (ADULT, "income ~ age + hours", 2_000),
    "nlswork": (WOMEN, "hours ~ education_years + tenure", 900),
}


class Case(NamedTuple):
    """An original, people outside it, a fresh sample that is neither, and a model."""

    original: Data
    control: Data
    fresh: Data
    formula: str


@cache
def case_of(name: str, units: int | None = None) -> Case:
    """Return three parts of a data set of the same size."""
    columns, formula, few = SAMPLES[name]
    data = load(name)
    assert isinstance(data, Dataset)
    data = data.keep(*columns.split())
    most = min(3 * (units or few), data.n_units)
    if most < data.n_units:
        data, _ = hold_out(data, share=1 - most / data.n_units, seed=7)
    original, rest = hold_out(data, share=2 / 3, seed=1)
    control, fresh = hold_out(rest, share=1 / 2, seed=2)
    return Case(original, control, fresh, formula)


@pytest.fixture(scope="session")
def cases():
    """The function that returns the parts of a data set by name."""
    return case_of


@pytest.fixture(scope="session")
def small_survey():
    return case_of("cps95", 500).original.take_units(range(400))

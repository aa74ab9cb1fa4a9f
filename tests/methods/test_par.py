"""Facts about PAR: the order of times, what stays within a unit, numbers of rows, refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate
from guide_helpers.catalogue import find
from guide_helpers.schema import Dataset, Kind, Provenance, Schema, Variable

PERSON = Variable("person", Kind.IDENTIFIER)
YEAR = Variable("year", Kind.INTEGER, bounds=(2000, 2009), bounds_from=Provenance.PUBLIC)


def panel(n=40, seed=0, kind=Kind.INTEGER):
    """People with two to five yearly or daily rows, a sex that stays and a wage that does not."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 6, n)
    start = rng.integers(2000, 2004, n)
    year = np.concatenate([s + np.arange(k) for s, k in zip(start, sizes, strict=True)])
    rows = pd.DataFrame(
        {
            "person": np.repeat(500 + np.arange(n), sizes),
            "year": year,
            "sex": np.repeat(rng.choice(["f", "m"], n), sizes),
            "wage": rng.normal(20, 5, len(year)),
        }
    )
    time = YEAR
    if kind is Kind.DATETIME:
        rows["year"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(rows["year"] - 2000, "D")
        time = Variable("year", kind)
    schema = Schema(
        (PERSON, time, Variable("sex", Kind.CATEGORICAL), Variable("wage", Kind.NUMBER))
    )
    return Dataset.of(rows, schema, entity="person", time="year")


@pytest.fixture(scope="module")
def original():
    return panel()


@pytest.fixture(scope="module")
def copy(original):
    return generate(original, "par", seed=1, epochs=5, n=60).first


def test_units_are_fresh_and_as_many_as_asked(original, copy):
    assert list(copy.rows["person"].unique()) == list(range(1, 61))
    assert copy.rows.groupby("person").size().between(2, 5).all()


def test_times_of_a_unit_follow_in_the_gaps_of_the_original_and_within_public_bounds(copy):
    assert (copy.rows.groupby("person")["year"].diff().dropna() == 1).all()
    assert copy.rows["year"].between(2000, 2009).all()


def test_levels_reach_the_network_as_numbers_whose_order_no_session_changes(original):
    schema = original.schema.change("sex", kind=Kind.ORDERED, levels=("f", "m"))
    for data in (original, replace(original, schema=schema)):
        fitted = find("methods", "par").implementation(epochs=1)
        model = fitted.fit(data, rng=np.random.default_rng(1)).model_._model
        maps = {k: v for k, v in (model._data_map | model._ctx_map).items() if k != "<TOKEN>"}
        levels = [
            level for m in maps.values() if m["type"] != "continuous" for level in m["indices"]
        ]
        assert levels
        assert not any(isinstance(level, str) for level in levels)


def test_dates_stay_dates_and_in_order():
    rows = generate(panel(kind=Kind.DATETIME), "par", seed=1, epochs=2).rows
    assert (rows["year"] == rows["year"].dt.normalize()).all()
    assert (rows.groupby("person")["year"].diff().dropna() == pd.Timedelta(days=1)).all()


def test_what_never_changes_within_a_unit_does_not_in_the_copy(copy):
    assert not copy.rows.drop_duplicates(["person", "sex"])["person"].duplicated().any()
    assert copy.rows["sex"].nunique() == 2
    assert copy.rows["wage"].nunique() > 60


def test_rows_may_stand_in_any_order_where_a_time_orders_them(original, copy):
    turned = original.with_rows(original.rows.iloc[::-1])
    made = generate(turned, "par", seed=1, epochs=5, n=60).rows
    assert (made.groupby("person")["year"].diff().dropna() == 1).all()


def test_a_panel_without_a_time_and_a_table_without_an_entity_are_taken(original):
    rows = original.rows
    loose = Dataset.of(rows[["person", "wage"]], original.keep("wage").schema.keep(
        ["person", "wage"]), entity="person")  # fmt: skip
    made = generate(loose, "par", seed=1, epochs=2, n=20).first
    assert made.n_units == 20
    assert made.panel
    alone = Dataset.of(rows[["sex", "wage"]], original.schema.keep(["sex", "wage"]))
    assert len(generate(alone, "par", seed=1, epochs=2, n=20)) == 20


def test_missing_times_and_one_unit_are_refused(original):
    rows = original.rows.assign(year=original.rows["year"].where(original.rows["wage"] > 15))
    with pytest.raises(GuideError, match="orders rows by 'year', which is missing"):
        generate(original.with_rows(rows), "par")
    one = original.take_units(np.array([0]))
    with pytest.raises(GuideError, match="at least 2 units"):
        generate(one, "par")

"""Facts about hierarchical copulas: keys, numbers of children, own draws, and refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate
from guide_helpers.schema import Dataset, Kind, Link, LinkedTables, Provenance, Schema, Variable

HOME = Variable("home", Kind.IDENTIFIER)


def tables(n=60, seed=0, size=None):
    """Homes in two regions, and persons whose ages differ between regions."""
    rng = np.random.default_rng(seed)
    north = rng.random(n) < 0.5
    sizes = rng.integers(2, 5, n) if size is None else np.full(n, size)
    homes = pd.DataFrame({"home": 100 + np.arange(n), "region": np.where(north, "north", "south")})
    persons = pd.DataFrame(
        {
            "home": np.repeat(homes["home"], sizes).to_numpy(),
            "age": rng.normal(np.repeat(np.where(north, 30, 70), sizes), 3).round().clip(0, 90),
            "sex": rng.choice(["f", "m"], sizes.sum()),
        }
    )
    age = Variable("age", Kind.INTEGER, bounds=(0, 90), bounds_from=Provenance.PUBLIC)
    region, sex = (Variable(name, Kind.CATEGORICAL) for name in ("region", "sex"))
    return LinkedTables(
        {
            "homes": Dataset.of(homes, Schema((HOME, region))),
            "persons": Dataset.of(persons, Schema((HOME, age, sex)), entity="home"),
        },
        (Link("homes", "persons", "home"),),
    )


@pytest.fixture(scope="module")
def original():
    return tables()


@pytest.fixture(scope="module")
def copy(original):
    return generate(original, "hma", seed=1).first


def test_keys_are_fresh_and_every_child_has_a_parent(original, copy):
    assert list(copy["homes"].rows["home"]) == list(range(1, 61))
    assert copy.orphans().sum() == 0
    assert not set(copy["homes"].rows["home"]) & set(original["homes"].rows["home"])


def test_child_rows_are_in_proportion_to_parents_and_family_sizes_between_the_real_ones(
    original, copy
):
    assert len(copy["persons"]) == len(original["persons"])
    sizes = copy["persons"].rows["home"].value_counts()
    assert sizes.between(2, 4).all()
    half = generate(original, "hma", seed=1, n=30).first
    assert len(half["homes"]) == 30
    assert len(half["persons"]) == round(len(original["persons"]) / 2)


def test_families_of_one_size_come_back_in_that_size():
    data = tables(n=20, size=2)
    made = generate(data, "hma", seed=1, n=7).first
    assert (made["persons"].rows["home"].value_counts() == 2).all()
    assert len(made["persons"]) == 14


def test_a_relation_between_parent_and_children_is_kept_but_far_too_weak(original):
    gaps = []
    for data in (original, *generate(original, "hma", m=3, seed=1).copies):
        rows = data["persons"].rows.merge(data["homes"].rows, on="home")
        ages = rows.groupby("region", observed=True)["age"].mean()
        gaps.append(ages["south"] - ages["north"])
        assert rows["age"].between(0, 90).all()
    assert gaps[0] > 38
    assert 3 < np.mean(gaps[1:]) < gaps[0] / 2


def test_the_children_of_two_parents_do_not_share_their_random_numbers():
    data = tables(n=40, size=3)
    made = generate(data, "hma", seed=1).first["persons"].rows
    orders = made.groupby("home")["age"].apply(lambda ages: tuple(np.argsort(ages.to_numpy())))
    assert orders.nunique() > 3


def test_missing_values_and_constants_are_taken(original):
    persons = original["persons"]
    rows = persons.rows.assign(sex=persons.rows["sex"].where(persons.rows["age"] > 40), age=50)
    gaps = replace(original, tables=dict(original.tables) | {"persons": persons.with_rows(rows)})
    made = generate(gaps, "hma", seed=1).first["persons"].rows
    assert made["sex"].isna().any()
    assert (made["age"] == 50).all()


def test_three_levels_and_six_tables_are_refused_before_any_work(original, monkeypatch):
    job = Dataset.of(
        pd.DataFrame({"job": [1, 2], "person": [1, 2]}),
        Schema((Variable("job", Kind.INTEGER), Variable("person", Kind.IDENTIFIER))),
    )
    person = Variable("person", Kind.IDENTIFIER)
    persons = original["persons"]
    numbered = Dataset.of(
        persons.rows.assign(person=np.arange(len(persons))),
        Schema((*persons.schema.variables, person)),
        entity="home",
    )
    deep = LinkedTables(
        {"homes": original["homes"], "persons": numbered, "jobs": job},
        (*original.links, Link("persons", "jobs", "person")),
    )
    wide = LinkedTables(
        {"homes": original["homes"]} | {f"persons {i}": persons for i in range(5)},
        tuple(Link("homes", f"persons {i}", "home") for i in range(5)),
    )
    monkeypatch.setattr("guide_helpers.methods.hma.load", None)
    with pytest.raises(GuideError, match="'persons', itself a child of 'homes', has children"):
        generate(deep, "hma")
    with pytest.raises(GuideError, match="5 tables at most, but there are 6 tables"):
        generate(wide, "hma")


def test_unknown_margins_are_refused(original):
    with pytest.raises(GuideError, match="no margins 'gaussian_kde'"):
        generate(original, "hma", margins="gaussian_kde")

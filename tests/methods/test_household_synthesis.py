"""Household synthesis: persons fit their household, and no real household comes back whole."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate, load
from guide_helpers.methods._counted import counts_of
from guide_helpers.methods._homes import home_of, rounded
from guide_helpers.schema import Dataset, Kind, Link, LinkedTables, Role, Rule, Schema, Variable

TYPES = ("alone", "couple", "parent")


def town(households=300, seed=1):
    """Return homes and people: `size` and `workers` count people, weights differ by type."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(3, households, p=[0.3, 0.5, 0.2])
    children = np.where(kind == 0, 0, rng.integers(0, 4, households)) + (kind == 2)
    adults = np.where(kind == 1, 2, 1)
    size = adults + children
    unit = np.repeat(np.arange(households), size)
    place = np.arange(len(unit)) - (np.cumsum(size) - size)[unit]
    head = rng.integers(25, 85, households)
    head = np.where(children > 0, rng.integers(28, 55, households), head)
    adult = place < adults[unit]
    age = np.where(place == 0, head[unit], head[unit] + rng.integers(-4, 5, len(unit)))
    age = np.where(adult, age, head[unit] - rng.integers(22, 28, len(unit)).clip(0))
    first = rng.choice(["f", "m"], households)
    other = np.where(first == "f", "m", "f")
    sex = np.where(place == 0, first[unit], rng.choice(["f", "m"], len(unit)))
    sex = np.where(adult & (place == 1), other[unit], sex)
    job = np.where(rng.random(len(unit)) < 0.7, "has work", "none")
    job = np.where(age < 16, "child", job)
    works = np.bincount(unit, weights=job == "has work", minlength=households).astype(int)
    homes = pd.DataFrame(
        {
            "home": np.arange(households) + 500,
            "type": np.array(TYPES)[kind],
            "size": size,
            "workers": works,
            "income": (works * 20_000 + rng.integers(0, 30_000, households)).astype(int),
            "area": rng.choice(["north", "south"], households),
            "weight": np.where(kind == 0, 30, 10),
        }
    )
    people = pd.DataFrame(
        {"home": unit + 500, "number": place + 1, "age": age, "sex": sex, "job": job}
    )
    people = Dataset.of(people, _people(), entity="home")
    tables = {"homes": Dataset.of(homes, _homes()), "people": people}
    return LinkedTables(tables, (Link("homes", "people", "home"),), "town")


def _homes():
    return Schema(
        (
            Variable("home", Kind.IDENTIFIER),
            Variable("type", Kind.CATEGORICAL, Role.KEY),
            Variable("size", Kind.INTEGER, Role.KEY),
            Variable("workers", Kind.INTEGER),
            Variable("income", Kind.INTEGER, Role.SENSITIVE),
            Variable("area", Kind.CATEGORICAL, Role.KEY),
            Variable("weight", Kind.INTEGER, Role.WEIGHT),
        )
    )


def _people():
    rule = Rule("children", "(job == 'child') == (age < 16)")
    return Schema(
        (
            Variable("home", Kind.IDENTIFIER),
            Variable("number", Kind.IDENTIFIER),
            Variable("age", Kind.INTEGER, Role.KEY),
            Variable("sex", Kind.CATEGORICAL, Role.KEY),
            Variable("job", Kind.CATEGORICAL),
        ),
        (rule,),
    )


@cache
def made(**options):
    return generate(town(), "household_synthesis", seed=1, **options).first


def together(data):
    """Return people with the columns of their home beside their own."""
    return data["people"].rows.merge(data["homes"].rows, on="home")


def counted(data, which):
    homes = data["homes"].rows
    of = data["people"].rows.loc[which, "home"].value_counts()
    return of.reindex(homes["home"], fill_value=0).to_numpy()


@pytest.mark.parametrize("options", [{}, {"structure": "resampled"}, {"weights": "carried"}])
def test_size_and_workers_are_the_numbers_of_persons_and_of_persons_at_work(options):
    copy = made(**options)
    everybody = np.ones(len(copy["people"]), dtype=bool)
    works = (copy["people"].rows["job"] == "has work").to_numpy()
    assert (counted(copy, everybody) == copy["homes"].rows["size"]).all()
    assert (counted(copy, works) == copy["homes"].rows["workers"]).all()
    assert copy.violations().sum() == copy.orphans().sum() == 0


def test_partners_of_one_sex_who_never_occur_do_not_appear():
    def alike(copy):
        rows = together(copy)
        pairs = rows[(rows["type"] == "couple") & (rows["number"] <= 2)]
        return int(pairs.duplicated(["home", "sex"]).sum())

    assert alike(town()) == alike(made()) == 0


def test_ages_of_partners_and_children_follow_the_householder():
    def gaps(copy):
        rows = together(copy)
        head = rows[rows["number"] == 1].set_index("home")["age"]
        gap = rows["age"] - head.reindex(rows["home"]).to_numpy()
        couple, child = rows["type"] == "couple", rows["job"] == "child"
        return gap[couple & (rows["number"] == 2)], gap[child]

    for old, new in zip(gaps(town()), gaps(made()), strict=True):
        assert new.mean() == pytest.approx(old.mean(), abs=1.5)
        assert new.std() < 2 * old.std() + 1  # strangers would be 14 years apart


def test_members_are_numbered_and_keys_are_fresh():
    people = made()["people"].rows
    assert (people.groupby("home").cumcount() + 1 == people["number"]).all()
    assert set(made()["homes"].rows["home"]) == set(range(1, 301))


def test_no_whole_household_is_copied_unless_its_structure_is_resampled():
    # those of four persons or more have an age structure of their own
    def structures(data):
        rows = data["people"].rows
        large = rows.groupby("home").filter(lambda home: len(home) >= 4)
        pairs = large["age"].astype(str) + large["sex"].astype(str)
        return set(pairs.groupby(large["home"]).agg("".join))

    old = structures(town())
    modelled = len(old & structures(made())) / len(structures(made()))
    resampled = len(old & structures(made(structure="resampled")))
    assert modelled < 0.02
    assert resampled == len(structures(made(structure="resampled")))


def test_weights_decide_the_shares_of_types_and_become_equal():
    old, new = town()["homes"].rows, made(weights="used")["homes"].rows
    share = old.loc[old["type"] == "alone", "weight"].sum() / old["weight"].sum()
    # 4 standard errors of 300 draws
    assert (new["type"] == "alone").mean() == pytest.approx(share, abs=4 * (0.25 / 300) ** 0.5)
    assert new["weight"].sum() == old["weight"].sum()
    assert np.ptp(new["weight"]) <= 1


def test_members_are_those_of_weighted_households_whatever_the_number_that_is_drawn():
    survey = load("acs").take_units(np.arange(0, 4_000, 3))
    old = survey["persons"].rows.merge(survey["households"].rows, on="household_id")
    young = np.average(old["age"].between(18, 34), weights=old["weight"])
    for n in (300, 2_500):  # a household then stands for many more than real ones, or fewer
        made = generate(survey, "household_synthesis", n=n, weights="used", seed=2).first
        share = made["persons"].rows["age"].between(18, 34).mean()
        # 4 standard errors of a share of persons who come by households, and a little for the trees
        assert share == pytest.approx(young, abs=4 * (0.12 / n) ** 0.5 + 0.01)


def test_any_number_of_households_is_drawn():
    for n in (1, 300):
        copy = generate(town(), "household_synthesis", n=n, seed=2).first
        assert copy.n_units == n
        assert copy.violations().sum() == 0


def test_a_count_is_found_where_it_holds_for_all_and_not_where_one_differs():
    home = home_of(town())
    found = counts_of(None, home.units, home.members, home.unit, home.size)
    assert [(c.name, c.expression) for c in found] == [("workers", "col('job') in ['has work']")]
    rows = home.units.rows.copy()
    rows.loc[0, "workers"] += 1
    other = replace(home.units, rows=rows)
    assert counts_of(None, other, home.members, home.unit, home.size) == ()


def test_in_the_survey_size_and_workers_count_persons_and_are_found():
    home = home_of(load("acs"))
    found = counts_of(None, home.units, home.members, home.unit, home.size)
    assert home.size == "size"
    assert [c.name for c in found] == ["workers"]
    assert "armed forces" in found[0].expression


def test_whole_weights_keep_their_total():
    rng = np.random.default_rng(1)
    weights = np.full(7, 100 / 7)
    assert rounded(weights, rng).sum() == 100
    assert set(rounded(weights, rng)) == {14, 15}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"structure": "copied"}, "known: modelled, resampled"),
        ({"counts": {"workers": "job == 'none'"}}, "is not the number of members"),
        ({"counts": {"nobody": "age > 3"}}, "known columns"),
        ({"structure": "resampled", "basic": ["wage"]}, "known columns"),
        ({"weights": "ignored"}, "known: carried, modelled, used"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(options, said):
    with pytest.raises(GuideError, match=said):
        generate(town(60), "household_synthesis", seed=1, **options)


def test_events_in_time_and_three_levels_are_no_households():
    data = town(60)
    people = data["people"]
    timed = {**data.tables, "people": replace(people, time="age")}
    with pytest.raises(GuideError, match="moments in time"):
        generate(LinkedTables(timed, data.links), "household_synthesis", seed=1)
    with pytest.raises(GuideError, match="3 tables are linked"):
        generate(load("nafld"), "household_synthesis", seed=1)


def test_households_of_nobody_and_without_a_column_of_size_are_taken():
    data = town(200)
    homes = Dataset.of(
        data["homes"].rows[["home", "type"]],
        Schema((Variable("home", Kind.IDENTIFIER), Variable("type", Kind.CATEGORICAL))),
    )
    people = data["people"].rows[data["people"].rows["home"] % 5 != 0]
    tables = {"homes": homes, "people": data["people"].with_rows(people)}
    empty = LinkedTables(tables, data.links)
    copy = generate(empty, "household_synthesis", seed=1).first
    assert list(copy["homes"].rows) == ["home", "type"]
    share = 1 - copy["people"].rows["home"].nunique() / 200
    assert share == pytest.approx(0.2, abs=0.12)

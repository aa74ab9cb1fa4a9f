"""Panels from trees: time goes on, what is final stays, what lasts in a unit comes back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare, generate, load
from guide_helpers.methods._waves import Panel
from guide_helpers.schema import Dataset, Kind, Role, Rule, Schema, StructuralZero, Variable

WAVES = (2001, 2002, 2004, 2005, 2007)


def panel(units=600, seed=1, **changes):
    """Return people with gaps and drop-out; who is ill leaves sooner, a degree is for ever."""
    rng = np.random.default_rng(seed)
    n, waves = units, len(WAVES)
    born = rng.integers(1950, 1980, n)
    sex = rng.choice(["f", "m"], n)
    level = rng.normal(size=n)
    degree, left = rng.random(n) < 0.3, np.zeros(n, dtype=bool)
    start = rng.integers(0, 2, n)
    work = rng.uniform(0, 5, n)
    rows = []
    for w in range(waves):
        ill = rng.random(n) < 0.2
        there = (w >= start) & ~left & (rng.random(n) < 0.9)
        gap = 0 if w == 0 else WAVES[w] - WAVES[w - 1]
        degree |= rng.random(n) < 0.1
        work = work + gap * rng.uniform(0, 1, n)
        rows.append(
            pd.DataFrame(
                {
                    "person": np.arange(n) + 500,
                    "year": WAVES[w],
                    "born": born,
                    "age": WAVES[w] - born,
                    "sex": sex,
                    "degree": np.where(degree, "yes", "no"),
                    "ill": np.where(ill, "yes", "no"),
                    "worked": work.round(2),
                    "score": (level + 0.3 * rng.normal(size=n)).round(3),
                }
            )[there]
        )
        left |= ill & (rng.random(n) < 0.7)
    table = pd.concat(rows).sort_values(["person", "year"]).reset_index(drop=True)
    variables = (
        Variable("person", Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER),
        Variable("year", Kind.INTEGER),
        Variable("born", Kind.INTEGER),
        Variable("age", Kind.INTEGER),
        Variable("sex", Kind.CATEGORICAL),
        Variable("degree", Kind.CATEGORICAL),
        Variable("ill", Kind.CATEGORICAL),
        Variable("worked", Kind.NUMBER),
        Variable("score", Kind.NUMBER),
    )
    rules = (Rule("age", "age == year - born"), Rule("worked", "worked <= age"))
    table = table.assign(**{k: f(table) for k, f in changes.items()})
    return Dataset.of(table, Schema(variables, rules), entity="person", time="year")


@pytest.fixture(scope="module")
def people():
    return panel()


@pytest.fixture(scope="module", params=["sequential", "wide"])
def copy(people, request):
    return generate(people, "panel_trees", strategy=request.param, seed=3).first


def steps_of(copy, column):
    rows = copy.rows.sort_values(["person", "year"])
    return rows.groupby("person")[column].shift(), rows[column]


def test_what_is_constant_rising_and_final_is_found(people):
    found = Panel.of(people)
    assert found.constant == ("born", "sex")
    assert "worked" in found.rising
    assert dict(found.absorbing) == {"degree": ("yes",)}


def test_no_rule_is_broken_and_time_goes_on_from_wave_to_wave(people, copy):
    assert copy.violations().sum() == 0
    assert set(copy.rows["year"]) <= set(WAVES)
    before, now = steps_of(copy, "year")
    assert (now > before)[before.notna()].all()


def test_a_final_level_is_never_left_and_a_rising_column_never_falls(copy):
    before, now = steps_of(copy, "degree")
    assert not ((before == "yes") & (now == "no")).any()
    before, now = steps_of(copy, "worked")
    assert not (now < before).any()


def test_what_belongs_to_the_unit_does_not_change_in_it(copy):
    for column in ("born", "sex"):
        values = copy.rows[["person", column]].drop_duplicates()
        assert len(values) == copy.n_units


def test_leaving_still_depends_on_the_last_value(people):
    def leaving(data):
        rows = data.rows.sort_values(["person", "year"])
        leaves = rows["person"] != rows["person"].shift(-1)
        here = rows["year"] < max(WAVES)
        return leaves[here].groupby(rows["ill"][here] == "yes").mean()

    copy = generate(people, "panel_trees", seed=3).first
    assert leaving(copy)[True] - leaving(copy)[False] > 0.3
    assert leaving(copy)[True] == pytest.approx(leaving(people)[True], abs=0.1)


def test_what_lasts_in_a_unit_comes_back_as_no_method_by_rows_can(people):
    copy = generate(people, "panel_trees", seed=3)
    by_row = generate(people, "independent", seed=3)
    values = [
        compare(people, c, measures="within_unit_variance", draws=2, variables=["score"])
        .scores[0].value for c in (copy, by_row)
    ]  # fmt: skip
    assert values[0] < 0.15 < values[1]


def test_as_many_units_as_asked_each_with_its_rows(people, copy):
    assert copy.n_units == people.n_units
    assert copy.rows.groupby("person").size().mean() == pytest.approx(
        len(people) / people.n_units, rel=0.07
    )


def test_a_leaf_holds_rows_of_several_units(people):
    from guide_helpers.methods.panel_trees import PanelTrees

    method = PanelTrees(min_leaf=2, min_units=4).fit(people, rng=np.random.default_rng(0))
    part = method.model_.step._model.parts_["score"]
    assert part.value is not None
    assert method.model_.step._model.min_leaf == 4 * (len(WAVES) - 1)


def test_columns_can_be_named_and_what_does_not_fit_is_refused(people):
    def said(**options):
        with pytest.raises(GuideError) as caught:
            generate(people, "panel_trees", seed=1, **options)
        return str(caught.value)

    assert "changes in" in said(constant=["ill"])
    assert "falls in" in said(rising=["score"])
    assert "no plain number" in said(rising=["ill"])
    assert "is left in" in said(absorbing={"ill": ["yes"]})
    assert "a level that it does not have" in said(absorbing={"ill": ["maybe"]})
    assert "known columns" in said(constant=["nope"])
    assert "one word" in said(constant="sex")
    assert "known: sequential, wide" in said(strategy="deep")


def test_wide_refuses_what_is_no_table_of_few_waves(people):
    with pytest.raises(GuideError, match="columns, 15 waves of 13 variables, more than"):
        generate(load("nlswork"), "panel_trees", strategy="wide", seed=1)
    twice = people.with_rows(pd.concat([people.rows, people.rows.iloc[:1]], ignore_index=True))
    with pytest.raises(GuideError, match="at most one row"):
        generate(twice, "panel_trees", strategy="wide", seed=1)


def test_a_series_of_many_rows_is_refused():
    with pytest.raises(GuideError, match="method for series"):
        generate(load("car_parks"), "panel_trees", seed=1)


def test_irregular_dates_stay_in_order_and_end_with_the_panel():
    rng = np.random.default_rng(2)
    sizes = rng.integers(1, 9, 200)
    person = np.repeat(np.arange(200), sizes)
    day = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, len(person)), "D")
    rows = pd.DataFrame({"person": person, "day": day, "x": rng.normal(size=len(person)).round(2)})
    rows = rows.drop_duplicates(["person", "day"])
    schema = Schema(
        (Variable("person", Kind.IDENTIFIER), Variable("day", Kind.DATETIME),
         Variable("x", Kind.NUMBER))
    )  # fmt: skip
    data = Dataset.of(rows, schema, entity="person", time="day")
    copy = generate(data, "panel_trees", seed=1).first
    gaps = copy.rows.groupby("person")["day"].diff().dropna()
    assert (gaps > pd.Timedelta(0)).all()
    assert copy.rows["day"].max() <= data.rows["day"].max()
    assert (copy.rows["day"] == copy.rows["day"].dt.normalize()).all()


def test_rows_without_a_time_come_in_their_order(people):
    rows = people.rows.drop(columns=["year", "age"])
    schema = Schema(tuple(v for v in people.schema.variables if v.name not in ("year", "age")))
    data = Dataset.of(rows, schema, entity="person")
    copy = generate(data, "panel_trees", seed=1).first
    before = copy.rows.groupby("person")["worked"].shift()
    assert not (copy.rows["worked"] < before).any()


def test_missing_values_of_some_waves_stay_in_these_waves():
    data = panel(ill=lambda t: t["ill"].where(t["year"] != 2002))
    copy = generate(data, "panel_trees", seed=2).rows
    assert copy["ill"][copy["year"] == 2002].isna().all()
    assert copy["ill"][copy["year"] != 2002].notna().all()


def test_structural_zeros_hold_in_first_and_later_rows(people):
    zero = StructuralZero("no ill women", "ill == 'yes' and sex == 'f'")
    keep = ~zero.violations(people.rows)
    schema = Schema(people.schema.variables, people.schema.rules, (zero,))
    data = Dataset.of(people.rows[keep], schema, entity="person", time="year")
    assert generate(data, "panel_trees", seed=2).first.violations().sum() == 0


def test_the_women_of_nlswork_keep_their_rules_and_their_order():
    women = load("nlswork")
    some = women.take_units(np.arange(600))
    copy = generate(some, "panel_trees", seed=1).first
    assert copy.violations().sum() == 0
    rows = copy.rows.sort_values(["woman_id", "year"])
    assert not rows.duplicated(["woman_id", "year"]).any()
    assert not (rows.groupby("woman_id")["experience"].diff() < 0).any()
    assert not (rows.groupby("woman_id")["age"].diff() < 0).any()


def test_a_regression_keeps_a_small_effect_that_a_tree_overlooks():
    rng = np.random.default_rng(8)
    people = panel(1_500)
    level = rng.normal(size=int(people.rows["person"].max()) + 1)[people.rows["person"]]
    ill = people.rows["ill"] == "yes"
    score = (level + 0.15 * ill + 0.2 * rng.normal(size=len(people))).round(3)
    data = people.with_rows(people.rows.assign(score=score))

    def effect(copy):
        rows = copy.rows.assign(ill=(copy.rows["ill"] == "yes").astype(float))
        apart = rows[["ill", "score"]] - rows.groupby("person")[["ill", "score"]].transform("mean")
        return float((apart["ill"] * apart["score"]).sum() / (apart["ill"] ** 2).sum())

    trees = generate(data, "panel_trees", seed=1).first
    regressed = generate(data, "panel_trees", seed=1, models={"score": "normal"}).first
    assert effect(data) == pytest.approx(0.15, abs=0.03)
    assert effect(regressed) == pytest.approx(0.15, abs=0.05)
    assert effect(trees) < effect(regressed)


def test_models_of_unknown_columns_are_refused(people):
    with pytest.raises(GuideError, match="models names 'nope'"):
        generate(people, "panel_trees", seed=1, models={"nope": "normal"})


def test_wide_leaves_out_rows_of_which_nothing_keeps_the_rules_and_still_gives_all_units():
    tight = panel(300)
    rule = Rule("little work", "worked <= age - 20")
    schema = Schema(tight.schema.variables, (*tight.schema.rules, rule))
    keep = ~rule.violations(tight.rows)
    data = Dataset.of(tight.rows[keep], schema, entity="person", time="year")
    copy = generate(data, "panel_trees", strategy="wide", seed=1).first
    assert copy.violations().sum() == 0
    assert copy.n_units == data.n_units

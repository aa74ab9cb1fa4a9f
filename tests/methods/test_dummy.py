"""Facts about dummy data: no record is looked at, rules hold, and options decide the rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate
from guide_helpers.methods.dummy import Dummy
from guide_helpers.schema import (
    Dataset,
    Kind,
    Link,
    LinkedTables,
    Provenance,
    Role,
    Rule,
    Schema,
    StructuralZero,
    Variable,
)

PUBLIC = Provenance.PUBLIC
ID = Variable("id", Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER)
AGE = Variable("age", Kind.INTEGER, bounds=(0, 9), bounds_from=PUBLIC, special={-9.0: "unknown"})
SEX = Variable("sex", Kind.CATEGORICAL, levels=("f", "m"), levels_from=PUBLIC)
PAY = Variable("pay", Kind.NUMBER, bounds=(0, 100), bounds_from=PUBLIC)
SINCE = Variable("since", Kind.DATETIME)
NOTE = Variable("note", Kind.TEXT)


def people(n=50, rules=(), zeros=(), variables=(ID, AGE, SEX, PAY, SINCE, NOTE)):
    """Records of one value each, so that any other value in a copy is not theirs."""
    rows = {
        "id": np.arange(n) + 7_000,
        "age": 3,
        "sex": "f",
        "pay": 12.5,
        "since": pd.Timestamp("1999-09-09"),
        "note": "a secret",
        "sum": 3,
    }
    schema = Schema(tuple(variables), tuple(rules), tuple(zeros))
    return Dataset.of(pd.DataFrame(rows)[list(schema.names)], schema)


def homes(n=40):
    """Homes without any person or visit: the numbers of children come from the option alone."""
    home, person = (Variable(k, Kind.IDENTIFIER) for k in ("home", "person"))
    tables = {
        "homes": Dataset.of(pd.DataFrame({"home": np.arange(n)}), Schema((home,))),
        "persons": Dataset.of(
            pd.DataFrame({"home": [], "person": [], "age": [], "day": pd.to_datetime([])}),
            Schema((home, person, AGE, Variable("day", Kind.DATETIME))),
            entity="home",
            time="day",
        ),
        "visits": Dataset.of(
            pd.DataFrame({"person": [], "home": [], "pay": []}), Schema((person, home, PAY))
        ),
    }
    return LinkedTables(
        tables, (Link("homes", "persons", "home"), Link("persons", "visits", "person"))
    )


def rows_of(data, **options):
    return generate(data, "dummy", **({"seed": 1, "n": 4_000} | options)).rows


def test_other_records_of_the_same_schema_give_the_same_rows():
    data = people()
    other = data.with_rows(data.rows.assign(age=8, sex="m", pay=99.0, note="another").iloc[:20])
    assert rows_of(data).equals(rows_of(other))


def test_the_fitted_method_holds_no_record():
    fitted = Dummy().fit(people(), rng=np.random.default_rng(1))
    assert len(fitted.empty_) == 0
    fitted = Dummy().fit(homes(), rng=np.random.default_rng(1))
    assert all(len(t) == 0 for t in fitted.empty_.tables.values())


def test_without_options_all_public_values_are_equally_likely():
    rows = rows_of(people(), n=10_000)
    ages = rows["age"].value_counts(normalize=True)
    assert sorted(ages.index) == list(range(10))
    assert (ages - 0.1).abs().max() < 4 * np.sqrt(0.09 / 10_000)
    assert (rows["sex"] == "m").mean() == pytest.approx(0.5, abs=4 * np.sqrt(0.25 / 10_000))
    assert rows["pay"].mean() == pytest.approx(50, abs=4 * np.sqrt(100**2 / 12 / 10_000))
    assert rows["pay"].between(0, 100).all()
    assert not rows.isna().any().any()


def test_shapes_weigh_levels_and_equal_parts_of_a_range():
    shapes = {"sex": {"f": 1, "m": 3}, "pay": [3, 0, 1], "age": [0, 1], "since": [1, 0]}
    rows = rows_of(people(), shapes=shapes, dates=("2020-01-01", "2020-01-10"))
    error = 4 * np.sqrt(0.25 * 0.75 / 4_000)
    assert (rows["sex"] == "m").mean() == pytest.approx(0.75, abs=error)
    assert (rows["pay"] < 100 / 3).mean() == pytest.approx(0.75, abs=error)
    assert not rows["pay"].between(100 / 3 + 1e-9, 200 / 3 - 1e-9).any()
    assert set(rows["age"]) == {5, 6, 7, 8, 9}
    assert rows["since"].max() == pd.Timestamp("2020-01-05")


def test_missing_values_come_only_where_asked():
    rows = rows_of(people(), missing={"age": 0.3, "note": 1.0})
    assert rows["age"].isna().mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / 4_000))
    assert rows["note"].isna().all()
    assert not rows[["sex", "pay", "since"]].isna().any().any()
    every = rows_of(people(), missing=0.5).drop(columns="id").isna().mean()
    assert (every - 0.5).abs().max() < 4 * np.sqrt(0.25 / 4_000)


def test_special_codes_come_only_where_asked_and_are_no_quantities():
    assert not (rows_of(people())["age"] == -9).any()
    share = (rows_of(people(), special=0.2)["age"] == -9).mean()
    assert share == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / 4_000))
    inside = replace(AGE, special={0.0: "none", 5.0: "unknown"})
    found = set(rows_of(people(variables=(inside,)))["age"])
    assert found == {1, 2, 3, 4, 6, 7, 8, 9}


def test_dates_stay_within_the_days_given():
    since = rows_of(people(), dates={"since": ("2021-02-27", "2021-03-01")})["since"]
    assert set(since.dt.strftime("%m-%d")) == {"02-27", "02-28", "03-01"}


def test_dates_stay_within_public_bounds_where_no_days_are_given():
    ends = (pd.Timestamp("2021-02-28"), pd.Timestamp("2021-03-01"))
    since = replace(SINCE, bounds=ends, bounds_from=PUBLIC)
    drawn = rows_of(people(variables=(since,)))["since"]
    assert set(drawn.dt.strftime("%m-%d")) == {"02-28", "03-01"}


def test_dates_with_a_time_zone_keep_it():
    data = people(variables=(SINCE,))
    data = data.with_rows(data.rows.assign(since=data.rows["since"].dt.tz_localize("Europe/Oslo")))
    assert rows_of(data)["since"].dtype == data.rows["since"].dtype


def test_text_follows_its_template():
    assert rows_of(people(), text="A-aa9.")["note"].str.fullmatch(r"[A-Z]-[a-z]{2}\d\.").all()


def test_rules_and_structural_zeros_hold_and_rows_are_uniform_among_those_left():
    rules = (Rule("rich are old", "pay <= 50 or age >= 5"),)
    zeros = (StructuralZero("no old f", "age >= 8 and sex == 'f'"),)
    data = people(rules=rules, zeros=zeros)
    made = generate(data, "dummy", seed=1, n=8_000).first
    assert made.violations().sum() == 0
    # of 20 pairs of age and sex, f at 8 and 9 fall out, and at ages 0 to 4 half of the pays
    weights = {(a, s): (0.5 if a < 5 else 1) for a in range(10) for s in "fm" if a < 8 or s == "m"}
    share = weights[3, "f"] / sum(weights.values())
    found = ((made.rows["age"] == 3) & (made.rows["sex"] == "f")).mean()
    assert found == pytest.approx(share, abs=4 * np.sqrt(share / 8_000))


def test_variables_that_no_rule_binds_together_are_drawn_apart():
    total = replace(AGE, name="sum", special={}, bounds=(0, 9))
    rules = [Rule("same", "age == sum"), Rule("men only", "sex == 'm'"), Rule("few", "pay < 5")]
    data = people(rules=rules, variables=(AGE, SEX, PAY, total))
    rows = generate(data, "dummy", seed=1, n=2_000, rounds=30).rows
    assert (rows["age"] == rows["sum"]).all()  # together they hold in 1 of 400 rows
    assert set(rows["age"]) == set(range(10))


def test_a_rule_that_nothing_can_meet_is_refused_by_name():
    data = people(rules=[Rule("easy", "age >= 1"), Rule("too old", "age > 20")])
    with pytest.raises(GuideError, match="rule 'too old' is too rarely met by chance: 0 of 10"):
        generate(data, "dummy", n=10, rounds=3)


def test_a_rule_about_an_identifier_is_refused():
    data = people(rules=[Rule("numbered", "id > 0")])
    with pytest.raises(GuideError, match="'numbered' speaks of 'id', an identifier"):
        generate(data, "dummy")


@pytest.mark.parametrize(
    ("name", "change", "what"),
    [
        ("sex", {"levels_from": Provenance.OBSERVED}, "levels"),
        ("sex", {"levels": None}, "levels"),
        ("age", {"bounds_from": Provenance.OBSERVED}, "bounds"),
        ("pay", {"bounds": None}, "bounds"),
    ],
)
def test_what_is_not_public_is_refused_with_the_remedy(name, change, what):
    data = people()
    data = replace(data, schema=data.schema.change(name, **change))
    with pytest.raises(GuideError, match=f"'{name}' has no public {what}.*declare public {what}"):
        generate(data, "dummy")


@pytest.mark.parametrize("bounds", [(0.2, 0.8), (0, np.inf)])
def test_bounds_without_a_value_to_draw_are_refused(bounds):
    data = people()
    data = replace(data, schema=data.schema.change("age", bounds=bounds))
    with pytest.raises(GuideError, match="'age' has no value within finite bounds"):
        generate(data, "dummy")


def test_numbers_of_children_come_from_the_option_and_keys_are_fresh():
    children = {"persons": (2, 2), "visits": (0, 1)}
    made = generate(homes(), "dummy", seed=1, n=500, children=children).first
    assert made.orphans().sum() == 0
    assert len(made["persons"]) == 1_000
    assert made["persons"].rows.groupby("home").size().eq(2).all()
    assert made["persons"].rows["person"].is_unique
    owner = made["persons"].rows.set_index("person")["home"]
    visits = made["visits"].rows
    assert visits["person"].is_unique
    assert len(visits) == pytest.approx(500, abs=4 * np.sqrt(1_000 / 4))
    assert (owner.reindex(visits["person"]).to_numpy() == visits["home"]).all()


def test_rows_of_a_unit_stand_in_the_order_of_time():
    persons = generate(homes(), "dummy", seed=1, n=300, children=(0, 5)).first["persons"].rows
    assert persons.groupby("home")["day"].agg(lambda t: t.is_monotonic_increasing).all()


def test_no_children_leave_empty_tables():
    made = generate(homes(), "dummy", seed=1, n=5, children=(0, 0)).first
    assert [len(t) for t in made.tables.values()] == [5, 0, 0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"shapes": {"sex": {"x": 1}}}, "no public level of 'sex'"),
        ({"shapes": {"sex": [1, 2]}}, "is not weights by level"),
        ({"shapes": {"pay": {"low": 1}}}, "is not a list"),
        ({"shapes": {"pay": [0, 0]}}, "weights of 'pay'"),
        ({"shapes": {"note": [1]}}, "give it a template in text"),
        ({"shapes": {"nope": [1]}}, "shapes names 'nope'"),
        ({"shapes": [1]}, "weights by column"),
        ({"missing": 1.5}, "not 1.5"),
        ({"missing": {"nope": 0.1}}, "missing names 'nope'"),
        ({"special": -1}, "not -1"),
        ({"dates": ("2020-01-02", "2020-01-01")}, "a first and a last day"),
        ({"dates": 3}, "a first and a last day"),
        ({"text": ""}, "no template"),
        ({"children": (3, 1)}, "a least and a greatest number"),
        ({"children": 2}, "a least and a greatest number"),
        ({"rounds": 0}, "rounds=0"),
    ],
)
def test_options_without_sense_are_refused(options, said):
    with pytest.raises(GuideError, match=said):
        generate(people(), "dummy", **options)

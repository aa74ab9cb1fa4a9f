"""Data keep their meaning: types, roles, privacy units, links, rules and structural zeros."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, hold_out
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

ID = Variable("person", Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER)


def column(kind: Kind, values, **more) -> pd.Series:
    return Variable("x", kind, **more).coerce(pd.Series(values, name="x"))


def panel(persons: int, waves: int) -> Dataset:
    rows = pd.DataFrame(
        {
            "person": np.repeat(np.arange(persons) * 10, waves),
            "wave": np.tile(np.arange(waves), persons),
            "wage": np.arange(persons * waves, dtype=float),
        }
    )
    schema = Schema((ID, Variable("wave", Kind.INTEGER), Variable("wage", Kind.NUMBER)))
    return Dataset.of(rows, schema, entity="person", time="wave")


def linked(houses: int = 20) -> LinkedTables:
    house, person = (Variable(n, Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER) for n in ("house", "p"))
    rooms, age = (Variable(n, Kind.INTEGER) for n in ("rooms", "age"))
    members = np.repeat(np.arange(houses), 1 + np.arange(houses) % 3)
    jobs = np.repeat(np.arange(len(members)), np.arange(len(members)) % 2)
    tables = {
        "persons": Dataset.of(
            pd.DataFrame({"house": members, "p": np.arange(len(members)), "age": 30}),
            Schema((house, person, age)),
            entity="house",
        ),
        "houses": Dataset.of(
            pd.DataFrame({"house": np.arange(houses), "rooms": 3}), Schema((house, rooms))
        ),
        "jobs": Dataset.of(
            pd.DataFrame({"p": jobs, "pay": 1.0}),
            Schema((person, Variable("pay", Kind.NUMBER))),
            entity="p",
        ),
    }
    return LinkedTables(tables, (Link("houses", "persons", "house"), Link("persons", "jobs", "p")))


def test_values_take_the_type_of_their_kind():
    assert column(Kind.INTEGER, [1, 2]).dtype == np.int64
    assert column(Kind.INTEGER, [1, None]).dtype == np.float64
    assert column(Kind.NUMBER, ["1.5", "2"]).tolist() == [1.5, 2]
    assert column(Kind.DATETIME, ["2022-01-24", "2022-01-24 10:30"]).dtype.kind == "M"
    assert column(Kind.ORDERED, ["b", "a"], levels=("b", "a")).cat.ordered


def test_levels_keep_the_order_of_the_schema():
    other = pd.Series(pd.Categorical(["a", "b"], ["b", "a"]))
    coded = column(Kind.CATEGORICAL, other, levels=("a", "b"))
    assert coded.cat.categories.tolist() == ["a", "b"]
    assert coded.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("kind", "values", "more", "sentence"),
    [
        (Kind.CATEGORICAL, ["a", "zq7"], {"levels": ("a",)}, "1 values that are not among its 1"),
        (Kind.INTEGER, [1, 1.5], {}, "has fractions"),
        (Kind.NUMBER, ["zq7"], {}, "values that are no numbers"),
        (Kind.NUMBER, [1, np.inf, -np.inf], {}, "2 infinite values"),
        (Kind.DATETIME, ["zq7"], {}, "no dates"),
        (Kind.DATETIME, [1995, 1996], {}, "no dates"),
        (Kind.INTEGER, [2**60 + 1], {}, "lose digits"),
    ],
)
def test_values_that_do_not_fit_are_refused_without_being_shown(kind, values, more, sentence):
    with pytest.raises(GuideError, match=sentence) as refusal:
        column(kind, values, **more)
    assert "zq7" not in str(refusal.value)


def test_a_schema_names_each_column_once():
    with pytest.raises(GuideError, match="'person' appears twice"):
        Schema((ID, ID))


def test_an_unknown_column_is_refused_with_the_known_ones(survey):
    with pytest.raises(GuideError, match="no column 'shoe'; known: age, sex"):
        survey["shoe"]
    with pytest.raises(GuideError, match="no column 'shoe'"):
        survey.keep("age", "shoe")


def test_identifiers_are_not_modelled():
    assert [v.name for v in panel(2, 2).schema.modelled] == ["wave", "wage"]


def test_changing_a_variable_changes_it_alone(survey):
    changed = survey.schema.change("age", bounds=(0, 110))
    assert changed["age"].bounds == (0, 110)
    assert changed["sex"] == survey.schema["sex"]


def test_rows_and_schema_agree(survey):
    with pytest.raises(GuideError, match="differ in columns"):
        Dataset(survey.rows.drop(columns="age"), survey.schema)
    with pytest.raises(GuideError, match="the order of columns"):
        Dataset(survey.rows[list(survey.schema.names[::-1])], survey.schema)


def test_units_are_counted_by_entity():
    data = panel(5, 3)
    assert (data.n_units, len(data), data.panel) == (5, 15, True)
    assert data.units.tolist() == np.repeat(np.arange(5), 3).tolist()


def test_every_row_belongs_to_a_unit():
    rows = panel(2, 2).rows.astype({"person": float})
    rows.loc[1, "person"] = np.nan
    with pytest.raises(GuideError, match="'person' is missing in 1 rows"):
        panel(2, 2).with_rows(rows)


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_no_unit_of_a_panel_is_on_both_sides(share):
    original, control = hold_out(panel(40, 3), share=share, seed=1)
    assert not set(original["person"]) & set(control["person"])
    assert len(original) + len(control) == 120
    assert control.n_units == round(40 * share)
    assert original.rows.groupby("person").size().eq(3).all()


def test_no_household_of_linked_tables_is_on_both_sides():
    data = linked()
    original, control = hold_out(data, seed=1)
    for table, key in (("houses", "house"), ("persons", "house"), ("jobs", "p")):
        assert not set(original[table][key]) & set(control[table][key])
        assert len(original[table]) + len(control[table]) == len(data[table])
    assert original.orphans().sum() == control.orphans().sum() == 0


def test_the_same_seed_splits_alike(survey):
    one, two, other = (hold_out(survey, seed=s)[0].rows for s in (1, 1, 2))
    assert one.equals(two)
    assert not one.equals(other)


def test_rows_of_all_tables_belong_to_a_row_of_the_root():
    data = linked(4)
    assert data.units_of("houses").tolist() == [0, 1, 2, 3]
    assert data.units_of("persons").tolist() == [0, 1, 1, 2, 2, 2, 3]
    assert data.units_of("jobs").tolist() == [1, 2, 2]


def test_orphans_are_counted_and_belong_to_no_unit():
    data = linked(4)
    persons = data["persons"]
    lost = persons.with_rows(persons.rows.assign(house=persons.rows["house"].replace(3, 99)))
    broken = LinkedTables({**data.tables, "persons": lost}, data.links)
    assert broken.orphans().to_dict() == {"houses-persons": 1, "persons-jobs": 0}
    with pytest.raises(GuideError, match="1 rows of 'persons' have no parent"):
        broken.units_of("persons")


def test_links_that_make_no_tree_are_refused():
    tables = linked().tables
    houses = tables["houses"]
    twice = houses.with_rows(pd.concat([houses.rows, houses.rows]))
    links = linked().links
    with pytest.raises(GuideError, match="a parent's key is unique"):
        LinkedTables({**tables, "houses": twice}, links)
    with pytest.raises(GuideError, match="names table 'flats'"):
        LinkedTables(tables, (Link("flats", "persons", "house"), links[1]))
    with pytest.raises(GuideError, match="has no column 'rooms'"):
        LinkedTables(tables, (Link("houses", "persons", "rooms"), links[1]))
    with pytest.raises(GuideError, match="one tree"):
        LinkedTables(tables, links[:1])
    with pytest.raises(GuideError, match="one tree"):
        LinkedTables(
            {"a": tables["houses"], "b": tables["houses"], "c": tables["houses"]},
            (Link("b", "c", "house"), Link("c", "b", "house")),
        )


def test_rules_and_structural_zeros_count_the_records_that_break_them():
    schema = Schema(
        (
            Variable("age", Kind.INTEGER),
            Variable("marital", Kind.CATEGORICAL, levels=("single", "married")),
        ),
        rules=(Rule("grown", "age >= 16", "only adults were asked"),),
        structural_zeros=(StructuralZero("child bride", "age < 18 and marital == 'married'"),),
    )
    rows = {"age": [15, 17, 40, None], "marital": ["single", "married", None, "married"]}
    data = Dataset.of(pd.DataFrame(rows), schema)
    assert data.violations().to_dict() == {"grown": 1, "child bride": 1}
    assert data.keep("age").violations().to_dict() == {"grown": 1}
    with pytest.raises(GuideError, match="names column 'wage'"):
        Schema(schema.variables, rules=(Rule("r", "wage > 0"),))


def test_observed_bounds_are_kept_back_and_public_ones_shown(survey):
    observed = Variable("debt", Kind.NUMBER, bounds=(3, 987_654), bounds_from=Provenance.OBSERVED)
    data = Dataset.of(pd.DataFrame({"debt": [3.0, 987_654.0]}), Schema((observed,)))
    assert data.describe().loc["debt", "values"] == "bounds kept back"
    assert survey.describe().loc["age", "values"] == "16 to 90"
    assert "987654" not in data.describe().to_string()


@pytest.mark.parametrize(
    "values", [["9999-12-31", "2020-01-01"], np.array(["9999-12-31"], dtype="datetime64[s]")]
)
def test_a_date_that_pandas_has_no_place_for_is_said_to_be_one(values):
    with pytest.raises(GuideError, match="column 'x' has dates before 1678 or after 2261"):
        column(Kind.DATETIME, values)


def test_what_is_printed_of_a_data_set_shows_no_record(survey):
    marked = survey.with_rows(survey.rows.assign(income=12_345.67))
    assert repr(marked) == "<Dataset 'survey': 300 rows, 5 variables>"
    assert "12345.67" not in f"{marked!s} {[marked]!r}"

"""Independent resampling: margins, sizes and keys are kept, relations are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate
from guide_helpers.schema import Dataset, Kind, Link, LinkedTables, Role, Schema, Variable

ID = Variable("id", Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER)


def pairs(rng, n=4_000) -> Dataset:
    x = rng.normal(size=n)
    frame = pd.DataFrame({"x": np.where(rng.random(n) < 0.25, np.nan, x), "y": x})
    return Dataset.of(frame, Schema((Variable("x", Kind.NUMBER), Variable("y", Kind.NUMBER))))


def panel(rng, units=400) -> Dataset:
    sizes = rng.integers(1, 7, units)
    frame = pd.DataFrame({"id": np.repeat(np.arange(units) + 1_000, sizes)})
    frame["year"] = 1990 + frame.groupby("id").cumcount()
    frame["pay"] = frame["id"] + rng.normal(size=len(frame))
    schema = Schema((ID, Variable("year", Kind.INTEGER), Variable("pay", Kind.NUMBER)))
    return Dataset.of(frame, schema, entity="id", time="year")


def households(rng, n=300) -> LinkedTables:
    """Households, persons (some households have none) and visits of persons."""
    sizes = rng.integers(0, 4, n)
    home = pd.DataFrame({"hid": [f"h{i}" for i in range(n)], "rooms": rng.integers(1, 9, n)})
    person = pd.DataFrame({"hid": np.repeat(home["hid"], sizes)}).reset_index(drop=True)
    person["pid"] = [f"p{i}" for i in range(len(person))]
    person["age"] = rng.integers(0, 99, len(person))
    visits = rng.integers(0, 3, len(person))
    visit = pd.DataFrame({"pid": np.repeat(person["pid"], visits)}).reset_index(drop=True)
    visit["hid"] = person.set_index("pid")["hid"].reindex(visit["pid"]).to_numpy()
    visit["cost"] = rng.normal(size=len(visit))
    hid, pid = (Variable(k, Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER) for k in ("hid", "pid"))
    return LinkedTables(
        {
            "home": Dataset.of(home, Schema((hid, Variable("rooms", Kind.INTEGER)))),
            "person": Dataset.of(
                person, Schema((hid, pid, Variable("age", Kind.INTEGER))), entity="hid"
            ),
            "visit": Dataset.of(
                visit, Schema((pid, hid, Variable("cost", Kind.NUMBER))), entity="hid"
            ),
        },
        (Link("home", "person", "hid"), Link("person", "visit", "pid")),
    )


def test_margins_and_missing_rates_are_kept_and_relations_lost(rng):
    data = pairs(rng)
    rows = generate(data, "independent", seed=1).rows
    n = len(data)
    assert set(rows["y"]) <= set(data.rows["y"])
    assert abs(rows["y"].mean() - data.rows["y"].mean()) < 4 / np.sqrt(n)
    assert abs(rows["x"].isna().mean() - data.rows["x"].isna().mean()) < 4 * np.sqrt(0.19 / n)
    assert abs(rows["x"].corr(rows["y"])) < 4 / np.sqrt(0.75 * n)
    assert data.rows["x"].corr(data.rows["y"]) == pytest.approx(1)


def test_a_value_is_drawn_as_often_as_it_occurs(rng):
    frame = pd.DataFrame({"x": ["a"] * 7 + ["b"] * 2 + [None]})
    data = Dataset.of(frame, Schema((Variable("x", Kind.CATEGORICAL),)))
    rows = generate(data, "independent", seed=1, n=20_000).rows
    shares = rows["x"].value_counts(dropna=False, normalize=True)
    assert shares["a"] == pytest.approx(0.7, abs=4 * np.sqrt(0.21 / 20_000))
    assert rows["x"].isna().mean() == pytest.approx(0.1, abs=4 * np.sqrt(0.09 / 20_000))


def test_a_panel_keeps_its_number_of_rows_a_unit_and_its_time_order(rng):
    data = panel(rng)
    made = generate(data, "independent", seed=1, n=5_000).first
    assert made.n_units == 5_000
    assert made.rows["id"].unique().tolist() == list(range(1, 5_001))
    sizes = made.rows["id"].value_counts()
    observed = data.rows["id"].value_counts()
    assert set(sizes) == set(observed)
    error = observed.std() / np.sqrt(5_000)
    assert abs(sizes.mean() - observed.mean()) < 4 * error
    assert made.rows.groupby("id")["year"].agg(lambda t: t.is_monotonic_increasing).all()
    between = made.rows.groupby("id")["pay"].transform("mean").corr(made.rows["pay"])
    assert between < 0.7  # the mean of a unit's few rows holds each of them; originally 1.00


def test_a_panel_whose_units_are_levels_is_refused_with_the_remedy(rng):
    data = panel(rng, 5)
    schema = data.schema.change("id", kind=Kind.CATEGORICAL, role=Role.OTHER)
    data = Dataset.of(data.rows, schema, entity="id", time="year")
    with pytest.raises(GuideError, match="fresh units need the kind identifier"):
        generate(data, "independent", seed=1)


def test_linked_tables_have_fresh_keys_and_no_orphans(rng):
    data = households(rng)
    made = generate(data, "independent", seed=1, n=2_000).first
    assert made.n_units == 2_000
    assert (made.orphans() == 0).all()
    assert made["home"].rows["hid"].is_unique
    assert made["person"].rows["pid"].is_unique
    assert not set(made["home"].rows["hid"]) & set(data["home"].rows["hid"])
    owner = made["person"].rows.set_index("pid")["hid"]
    assert (owner.reindex(made["visit"].rows["pid"]).to_numpy() == made["visit"].rows["hid"]).all()


def test_linked_tables_keep_the_number_of_children(rng):
    data = households(rng)
    made = generate(data, "independent", seed=1, n=6_000).first
    for parent, child, key in (("home", "person", "hid"), ("person", "visit", "pid")):
        old, new = (
            t[child].rows[key].value_counts().reindex(t[parent].rows[key], fill_value=0)
            for t in (data, made)
        )
        assert set(new) == set(old)
        assert abs(new.mean() - old.mean()) < 4 * old.std() / np.sqrt(len(new))


def test_linked_tables_without_child_rows_are_drawn(rng):
    data = households(rng)
    person = data["person"]
    bare = LinkedTables(
        {"home": data["home"], "person": person.with_rows(person.rows.iloc[:0])}, data.links[:1]
    )
    made = generate(bare, "independent", seed=1, n=10).first
    assert len(made["person"]) == 0
    assert len(made["home"]) == 10


def test_free_text_is_refused_and_dates_are_drawn(rng):
    days = pd.to_datetime(["2020-01-01", None, "2021-05-05"])
    frame = pd.DataFrame({"when": days, "note": ["a b", "c d", "e f"]})
    schema = Schema((Variable("when", Kind.DATETIME), Variable("note", Kind.TEXT)))
    data = Dataset.of(frame, schema)
    with pytest.raises(GuideError, match="cannot model column 'note' of kind text"):
        generate(data, "independent", seed=1)
    rows = generate(data.keep("when"), "independent", seed=1, n=90).rows
    assert set(rows["when"].dropna()) == set(days.dropna())
    assert rows["when"].isna().any()


def test_a_direct_identifier_is_never_copied(rng):
    frame = pd.DataFrame({"name": ["Ann", "Bob", "Cem"], "x": [1, 2, 3]})
    schema = Schema(
        (Variable("name", Kind.TEXT, Role.DIRECT_IDENTIFIER), Variable("x", Kind.INTEGER))
    )
    rows = generate(Dataset.of(frame, schema), "independent", seed=1).rows
    assert not set(rows["name"]) & set(frame["name"])


@pytest.mark.parametrize("make", [pairs, panel, households])
def test_the_same_seed_gives_the_same_rows(rng, make):
    data = make(rng, 100)
    one, two, other = (generate(data, "independent", seed=s).first for s in (1, 1, 2))
    frames = [
        pd.concat([t.rows for t in d.tables.values()]) if isinstance(d, LinkedTables) else d.rows
        for d in (one, two, other)
    ]
    assert frames[0].equals(frames[1])
    assert not frames[0].equals(frames[2])

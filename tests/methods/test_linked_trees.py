"""Linked trees: keys, numbers of rows, order in time and rules hold, and nobody is copied."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack, generate, hold_out, load
from guide_helpers.methods._owners import of_many_owners
from guide_helpers.schema import Dataset, Kind, Link, LinkedTables, Role, Rule, Schema, Variable

KEYS = {name: Variable(name, Kind.IDENTIFIER) for name in ("patient", "number", "stay", "drug")}


def clinic(patients=300, seed=1):
    """Return patients, their stays at irregular days, and the drugs given in a stay.

    `stays` counts the stays; nobody stays after the last `day` seen; who is old stays more often;
    a dear stay is one in surgery.
    """
    rng = np.random.default_rng(seed)
    age = rng.integers(20, 90, patients)
    sizes = rng.poisson(age / 30)
    people = pd.DataFrame(
        {"patient": 700 + np.arange(patients), "age": age, "sex": rng.choice(["f", "m"], patients)}
    ).assign(stays=sizes, last=rng.integers(500, 2_000, patients))
    unit = np.repeat(np.arange(patients), sizes)
    day = np.floor(rng.random(len(unit)) * people["last"].to_numpy()[unit]).astype(int)
    day = day[np.lexsort((day, unit))]
    surgery = rng.random(len(unit)) < 0.3
    stays = pd.DataFrame(
        {
            "patient": people["patient"].to_numpy()[unit],
            "number": _place(unit) + 1,
            "stay": 90_000 + np.arange(len(unit)),
            "day": day,
            "ward": np.where(surgery, "surgery", rng.choice(["heart", "lung"], len(unit))),
            "price": np.where(surgery, 900, 100) + rng.integers(0, 100, len(unit)) + age[unit],
        }
    )
    of = np.repeat(np.arange(len(unit)), rng.integers(0, 3, len(unit)))
    moment = pd.Timestamp("2020-01-01") + pd.to_timedelta(day[of], "D")
    drugs = pd.DataFrame(
        {
            "stay": stays["stay"].to_numpy()[of],
            "given": moment + pd.to_timedelta(rng.integers(0, 4, len(of)), "D"),
            "dose": np.where(surgery[of], 50, 5) + rng.integers(0, 5, len(of)),
        }
    )
    return _linked(people, stays, drugs)


def _place(unit):
    return pd.Series(unit).groupby(unit).cumcount().to_numpy()


def _linked(people, stays, drugs):
    category, whole = Kind.CATEGORICAL, Kind.INTEGER
    persons = [Variable("age", whole, Role.KEY), Variable("sex", category, Role.KEY)]
    persons += [Variable("stays", whole), Variable("last", whole)]
    rows = [Variable("day", whole), Variable("ward", category), Variable("price", whole)]
    rule = Rule("surgery is dear", "(ward == 'surgery') == (price >= 800)")
    given = [Variable("given", Kind.DATETIME), Variable("dose", whole)]
    tables = {
        "patients": Dataset.of(people, Schema((KEYS["patient"], *persons))),
        "stays": Dataset.of(
            stays,
            Schema((KEYS["patient"], KEYS["number"], KEYS["stay"], *rows), (rule,)),
            entity="patient",
            time="day",
        ),
        "drugs": Dataset.of(drugs, Schema((KEYS["stay"], *given)), entity="stay", time="given"),
    }
    links = (Link("patients", "stays", "patient"), Link("stays", "drugs", "stay"))
    return LinkedTables(tables, links, "clinic")


ACROSS = {"stays": ["day <= col('of last')"]}


@cache
def made(**options):
    return generate(clinic(), "linked_trees", seed=1, across=ACROSS, **options).first


def sizes(data, child):
    return np.bincount(data.units_of(child), minlength=data.n_units)


def test_two_kinds_of_parents_come_back_with_exactly_the_rows_that_they_have():
    # of kind a: two rows, 10 and 20, ten days apart; of kind b: three rows of 5, a week apart
    kind = np.array(["a", "b"] * 40)
    many = np.where(kind == "a", 2, 3)
    unit = np.repeat(np.arange(80), many)
    first = kind[unit] == "a"
    value = np.where(first, 10 * (_place(unit) + 1), 5)
    time = np.where(first, 10, 7) * _place(unit)
    roots = pd.DataFrame({"patient": np.arange(80), "kind": kind})
    rows = pd.DataFrame({"patient": unit, "time": time, "value": value})
    whole = [Variable("time", Kind.INTEGER), Variable("value", Kind.INTEGER)]
    tables = {
        "roots": Dataset.of(roots, Schema((KEYS["patient"], Variable("kind", Kind.CATEGORICAL)))),
        "rows": Dataset.of(rows, Schema((KEYS["patient"], *whole)), entity="patient", time="time"),
    }
    data = LinkedTables(tables, (Link("roots", "rows", "patient"),))
    copy = generate(data, "linked_trees", n=50, seed=1).first
    joined = copy["rows"].rows.merge(copy["roots"].rows, on="patient")
    seen = joined.groupby("patient").agg({"kind": "first", "time": tuple, "value": tuple})
    assert len(seen) == 50
    assert set(map(tuple, seen.to_numpy())) == {
        ("a", (0, 10), (10, 20)),
        ("b", (0, 7, 14), (5, 5, 5)),
    }


def test_keys_are_fresh_and_lead_from_each_row_to_a_parent():
    copy = made()
    assert copy.orphans().sum() == 0
    assert list(copy["patients"].rows["patient"]) == list(range(1, 301))
    assert list(copy["stays"].rows["stay"]) == list(range(1, len(copy["stays"]) + 1))
    assert not set(copy["stays"].rows["stay"]) & set(clinic()["stays"].rows["stay"])


def test_a_column_that_counts_children_and_one_that_numbers_them_still_do():
    copy = made()
    assert (sizes(copy, "stays") == copy["patients"].rows["stays"]).all()
    rows = copy["stays"].rows
    assert (rows.groupby("patient").cumcount() + 1 == rows["number"]).all()


def test_numbers_of_children_are_distributed_as_in_the_original_and_follow_the_parent():
    old, new = clinic(), made()
    for child in ("stays", "drugs"):
        one, other = (sizes(data, child) for data in (old, new))
        # 4 standard errors of the difference of two means over patients
        assert other.mean() == pytest.approx(one.mean(), abs=4 * one.std() * (2 / 300) ** 0.5)
        assert other.max() <= one.max()
        ages = [np.corrcoef(d["patients"].rows["age"], sizes(d, child))[0, 1] for d in (old, new)]
        assert ages[1] == pytest.approx(ages[0], abs=4 * (2 / 300) ** 0.5)


def test_time_never_goes_back_within_a_parent_nor_beyond_what_it_says():
    copy = made()
    stays, drugs = copy["stays"].rows, copy["drugs"].rows
    assert (stays.groupby("patient")["day"].diff().dropna() >= 0).all()
    assert (drugs.groupby("stay")["given"].diff().dropna() >= pd.Timedelta(0)).all()
    last = stays["patient"].map(copy["patients"].rows.set_index("patient")["last"])
    assert (stays["day"] <= last).all()
    assert (drugs["given"] == drugs["given"].dt.normalize()).all()  # whole days stay whole days


def test_a_level_that_nobody_has_twice_is_not_drawn_twice():
    register = load("nafld")
    chosen = np.random.default_rng(1).choice(register.n_units, 1_200, replace=False)
    some = register.take_units(np.sort(chosen))
    copy = generate(some, "linked_trees", seed=1).first
    for data in (some, copy):
        rows = data["events"].rows
        twice = rows["event"][rows.duplicated(["person_id", "event"])]
        assert not twice.isin(["diabetes", "hypertension", "dyslipidaemia"]).any()
        assert twice.eq("stroke").any()  # which some do have twice


def test_without_being_told_a_row_may_lie_after_the_end_of_its_parent():
    copy = generate(clinic(), "linked_trees", seed=1).first
    rows = copy["stays"].rows
    last = rows["patient"].map(copy["patients"].rows.set_index("patient")["last"])
    assert (rows["day"] > last).any()


def test_rules_hold_in_every_row():
    assert clinic().violations().sum() == made().violations().sum() == 0
    assert generate(clinic(), "linked_trees", n=50, seed=1, keep_rules=False).first.n_units == 50


def test_what_a_grandchild_is_follows_from_its_parent():
    rows = made()["drugs"].rows.merge(made()["stays"].rows, on="stay")
    means = rows.groupby("ward", observed=True)["dose"].mean()
    assert means["surgery"] > 40
    assert max(means["heart"], means["lung"]) < 15


def test_any_number_of_patients_is_drawn_and_a_seed_decides_all_tables():
    once, again, other = (generate(clinic(), "linked_trees", n=37, seed=s).first for s in (3, 3, 4))
    assert once.n_units == 37
    assert all(once[t].rows.equals(again[t].rows) for t in once.tables)
    assert not once["stays"].rows.equals(other["stays"].rows)


def test_the_order_of_tables_and_of_child_rows_in_the_file_does_not_matter():
    data = clinic()
    drugs = data["drugs"]
    shuffled = drugs.with_rows(drugs.rows.sort_values("given", kind="stable", ascending=False))
    tables = {"drugs": shuffled, "stays": data["stays"], "patients": data["patients"]}
    copy = generate(LinkedTables(tables, data.links), "linked_trees", seed=1).first
    assert list(copy.tables) == ["drugs", "stays", "patients"]
    assert copy.orphans().sum() == 0


def test_a_value_that_one_patient_has_in_many_rows_does_not_come_back():
    data = clinic()
    stays = data["stays"].rows
    who = stays["patient"].value_counts().index[:2]
    price = stays["price"].where(~stays["patient"].isin(who), 777).to_numpy()
    ward = stays["ward"].where(~stays["patient"].isin(who), "heart")
    assert (price == 777).sum() >= 10
    tables = dict(data.tables)
    tables["stays"] = data["stays"].with_rows(stays.assign(price=price, ward=ward))
    marked = replace(data, tables=tables)
    rows = generate(marked, "linked_trees", n=200, seed=1).first["stays"].rows
    # values near it are drawn; the spike of the two patients is not
    assert (rows["price"] == 777).sum() < 3
    plain = generate(marked, "linked_trees", n=200, seed=1, smooth=False).first["stays"].rows
    assert (plain["price"] == 777).sum() >= 5


def test_a_value_counts_by_its_owners_not_by_its_rows():
    rng = np.random.default_rng(1)
    values = np.concatenate([np.repeat(5.0, 20), np.repeat(9.0, 20), np.arange(20, 40)])
    owners = np.concatenate([np.repeat(0, 20), np.arange(20), np.arange(20, 40)])
    found = of_many_owners(values, owners, rng)
    assert not (found[:20] == 5).all()  # twenty rows of one owner
    assert (found[20:40] == 9).all()  # twenty rows of twenty owners
    assert (found[40:] == values[40:]).all()  # rare: left to the trees


@pytest.fixture(scope="module")
def halves():
    register = load("nafld")
    chosen = np.random.default_rng(1).choice(register.n_units, 1_200, replace=False)
    return hold_out(register.take_units(np.sort(chosen)), seed=2)


@pytest.fixture(scope="module")
def of_half(halves):
    """Histories of 1,500 persons made from the first half."""
    return generate(halves[0], "linked_trees", n=1_500, seed=1).first


def histories(data):
    """Return the sets of diagnoses and years of persons who have at least three."""
    rows = data["events"].rows
    points = rows["event"].astype(str) + (rows["day"] // 365).astype(str)
    found = points.groupby(rows["person_id"]).agg(frozenset)
    return found[found.map(len) >= 3]


def test_no_more_histories_are_those_of_the_original_than_of_fresh_persons(halves, of_half):
    original, control = halves
    old, others = set(histories(original)), set(histories(control))
    found = histories(of_half)
    assert len(found) > 200
    mine, theirs = (int(found.isin(list(known)).sum()) for known in (old, others))
    # 4 standard errors of the difference of two Poisson counts
    assert mine - theirs <= 4 * (mine + theirs + 1) ** 0.5


def test_an_attack_by_person_finds_nobody_and_finds_those_who_leak(halves, of_half):
    original, control = (half["events"] for half in halves)
    options = {"knowledge": ["day", "event"], "coarse": {"day": 365.0}, "seed": 1}
    fresh = of_half["events"]
    assert (
        attack(
            fresh, original=original, control=control, attack="few_points", **options
        ).excess.interval.low
        <= 0
    )
    copied = original.take_units(np.arange(0, original.n_units, 5))
    far = fresh.rows.assign(person_id=fresh.rows["person_id"] + 10**6)
    leak = original.with_rows(pd.concat([copied.rows, far], ignore_index=True))
    found = attack(leak, original=original, control=control, attack="few_points", **options)
    assert found.excess.interval.low > 0


def test_households_and_the_register_come_with_all_that_holds():
    survey = load("acs").take_units(np.arange(200))
    copy = generate(survey, "linked_trees", seed=1).first
    assert copy.orphans().sum() == copy.violations().sum() == 0
    assert (sizes(copy, "persons") == copy["households"].rows["size"]).all()
    register = load("nafld").take_units(np.arange(150))
    copy = generate(register, "linked_trees", seed=1).first
    assert copy.orphans().sum() == copy.violations().sum() == 0
    for table in ("labs", "events"):
        assert (copy[table].rows.groupby("person_id")["day"].diff().dropna() >= 0).all()


def test_a_table_without_rows_and_parents_without_columns_are_taken():
    data = clinic(60)
    drugs = data["drugs"].with_rows(data["drugs"].rows.iloc[:0])
    patients = Dataset.of(data["patients"].rows[["patient"]], Schema((KEYS["patient"],)))
    tables = {"patients": patients, "stays": data["stays"], "drugs": drugs}
    copy = generate(LinkedTables(tables, data.links), "linked_trees", seed=1).first
    assert len(copy["drugs"]) == 0
    assert len(copy["stays"]) > 60
    stays = data["stays"].with_rows(data["stays"].rows.iloc[:0])
    nobody = generate(LinkedTables(tables | {"stays": stays}, data.links), "linked_trees", seed=1)
    assert len(nobody.first["stays"]) == 0


def test_missing_times_come_last_and_levels_may_be_the_time():
    data = clinic()
    stays = data["stays"].rows
    last = stays["number"] == stays.groupby("patient")["number"].transform("max")
    day = stays["day"].astype(float).mask(last & (stays["patient"] % 2 == 0))
    late = replace(data, tables={**data.tables, "stays": data["stays"].with_rows(
        stays.assign(day=day))})  # fmt: skip
    rows = generate(late, "linked_trees", seed=1).first["stays"].rows
    assert rows["day"].isna().mean() == pytest.approx(day.isna().mean(), abs=0.1)
    after = rows.groupby("patient")["day"].shift().isna() & (rows["number"] > 1)
    assert rows.loc[after, "day"].isna().all()
    years = Variable("year", Kind.ORDERED, levels=("first", "second", "third"))
    year = np.array(years.levels)[(stays["day"] // 700).clip(0, 2)]
    schema = Schema((KEYS["patient"], KEYS["stay"], years))
    table = Dataset.of(stays.assign(year=year), schema, entity="patient", time="year")
    kept = {"patients": data["patients"], "stays": table}
    copy = generate(LinkedTables(kept, data.links[:1]), "linked_trees", seed=1).first
    codes = copy["stays"].rows["year"].cat.codes
    assert (codes.groupby(copy["stays"].rows["patient"]).diff().dropna() >= 0).all()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"across": {"patients": ["age > 3"]}}, "known: stays, drugs"),
        ({"across": {"stays": ["day <= end"]}}, "names 'end'"),
        ({"across": {"stays": "day > 0"}}, "list of rules"),
        ({"across": ["day > 0"]}, "not a mapping"),
        ({"min_units": 0}, "min_units=0"),
        ({"most_rows": 0}, "most_rows=0"),
        ({"smooth": 1}, "smooth=1"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(options, said):
    with pytest.raises(GuideError, match=said):
        generate(clinic(40), "linked_trees", seed=1, **options)


def test_series_orphans_and_keys_that_are_levels_are_refused():
    data = clinic(20)
    people, stays = data["patients"], data["stays"]
    first = people.rows["patient"].iloc[0]
    long = stays.rows.iloc[np.zeros(1_001, int)].assign(patient=first, stay=np.arange(1_001))
    two = (data.links[0],)
    series = LinkedTables({"patients": people, "stays": stays.with_rows(long)}, two)
    with pytest.raises(GuideError, match="put a table between"):
        generate(series, "linked_trees", seed=1)
    lost = stays.with_rows(stays.rows.assign(patient=5))
    with pytest.raises(GuideError, match="no parent row"):
        generate(LinkedTables({"patients": people, "stays": lost}, two), "linked_trees", seed=1)
    named = [
        Dataset.of(t.rows, t.schema.change("patient", kind=Kind.CATEGORICAL), time=t.time)
        for t in (people, stays)
    ]
    levels = LinkedTables(dict(zip(("patients", "stays"), named, strict=True)), two)
    with pytest.raises(GuideError, match="declare it an identifier"):
        generate(levels, "linked_trees", seed=1)

"""Composition of households: pairs by hand, a copy, strangers who share a home."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare, hold_out, load
from guide_helpers.cards import Null
from guide_helpers.measures.household_composition import household_composition
from guide_helpers.schema import Dataset, Kind, Link, LinkedTables, Schema, Variable


def linked(kinds, homes, ages, sexes):
    top = pd.DataFrame({"home": np.arange(len(kinds)), "kind": list(kinds)})
    below = pd.DataFrame({"home": homes, "age": ages, "sex": list(sexes)})
    key = Variable("home", Kind.IDENTIFIER)
    kind, sex = (Variable(n, Kind.CATEGORICAL) for n in ("kind", "sex"))
    age = Variable("age", Kind.INTEGER)
    tables = {
        "homes": Dataset.of(top, Schema((key, kind))),
        "people": Dataset.of(below, Schema((key, age, sex)), entity="home"),
    }
    return LinkedTables(tables, (Link("homes", "people", "home"),))


HOMES = [0, 0, 0, 1, 1, 2]
ORIGINAL = linked("aab", HOMES, [40, 38, 10, 50, 54, 70], "fmfmff")
OTHER = linked("aab", HOMES, [40, 38, 30, 54, 50, 70], "fmfffm")


def scores(original, synthetic, rng, **options):
    found = household_composition(original, synthetic, rng=rng, draws=2, **options)
    return {s.variant: s for s in found}


def by_variable(score):
    return score.details.set_index("variable")["distance"].to_dict()


def test_pairs_computed_by_hand(rng):
    found = scores(ORIGINAL, OTHER, rng)
    # second less first: -2 and 4 against -2 and -4; pairs fm and mf against fm and ff
    assert by_variable(found["first and second"]) == pytest.approx({"age": 0.5, "sex": 0.5})
    # the third person: -30 against -10, f with f in both
    assert by_variable(found["first and later"]) == pytest.approx({"age": 1, "sex": 0})
    assert found["first and later"].value == pytest.approx(0.5)


def test_members_of_a_kind_are_counted_by_the_kind_of_household(rng):
    found = scores(ORIGINAL, OTHER, rng, counted="sex == 'f'")["members counted"]
    # kind a with 2 and 1, b with 1, against 2 and 2, and 0: two of three households change
    assert by_variable(found) == pytest.approx({"kind": 2 / 3, "all households": 2 / 3})


def test_a_copy_scores_zero_everywhere(rng):
    found = scores(ORIGINAL, ORIGINAL, rng, counted="age < 18")
    assert [s.value for s in found.values()] == [0, 0, 0]


def test_strangers_who_share_a_home_are_seen_and_a_fresh_sample_is_not_blamed():
    data = load("acs")
    original, control = hold_out(data, seed=1)
    persons = original["persons"].rows
    order = np.random.default_rng(1).permutation(len(persons))
    columns = [c for c in persons if c not in ("household_id", "person_number")]
    mixed = persons.copy()
    mixed[columns] = persons[columns].iloc[order].to_numpy()
    tables = {**original.tables, "persons": original["persons"].with_rows(mixed)}
    strangers = LinkedTables(tables, original.links)
    asked = {"measures": "household_composition", "variables": ["age", "sex"]}
    for score in compare(original, strangers, **asked):
        assert score.standing == "worse"
        assert score.value > 0.2
    for score in compare(original, control, control=control, nulls="fresh-sample", **asked):
        band = score.band(Null.FRESH_SAMPLE)
        assert band.low <= score.value <= band.high


def test_households_of_one_person_alone_have_nothing_to_compare(rng):
    alone = linked("ab", [0, 1], [30, 40], "fm")
    with pytest.raises(GuideError, match="two members"):
        scores(alone, alone, rng)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"variables": ["wage"]}, "known"),
        ({"variables": "age"}, "one word"),
        ({"counted": "wage > 3"}, "members do not have"),
    ],
)
def test_columns_that_are_not_there_are_refused(options, said, rng):
    with pytest.raises(GuideError, match=said):
        scores(ORIGINAL, OTHER, rng, **options)

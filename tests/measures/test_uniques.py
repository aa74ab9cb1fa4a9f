"""Uniques: who is alone with the keys, by record and by unit, exactly and in classes."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare, hold_out, load
from guide_helpers.cards import Null
from guide_helpers.measures.uniques import uniques
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable


def values(original, synthetic, rng, **options):
    return {s.variant: s.value for s in uniques(original, synthetic, rng=rng, draws=2, **options)}


def test_a_case_computed_by_hand(of_columns, rng):
    original = of_columns(a=["x", "x", "y", "y", "z"], b=["p", "p", "p", "q", "p"])
    synthetic = of_columns(a=["x", "y", "y", "y"], b=["p", "p", "p", "q"])
    # original: xp twice, yp, yq and zp once; synthetic: xp and yq once, yp twice
    assert values(original, synthetic, rng, keys=["a", "b"]) == {"UiO": 60.0, "UiS": 50.0}


def test_a_copy_has_as_many_as_the_original(survey, rng):
    found = values(survey, survey, rng)
    assert found["UiO"] == found["UiS"] > 0


def test_the_worst_case_is_a_file_where_everybody_is_alone(of_columns, rng):
    alone = of_columns(a=list("abcdefghij"))
    assert values(alone, alone, rng, keys=["a"]) == {"UiO": 100.0, "UiS": 100.0}


def test_random_tables_agree_with_counting(of_columns, rng):
    for _ in range(20):
        files = [
            of_columns(a=rng.choice(list("uvwxyz"), n), b=rng.choice(list("pqrs"), n))
            for n in (30, 20)
        ]
        by_hand = []
        for file in files:
            records = list(zip(file.rows["a"], file.rows["b"], strict=True))
            counts = Counter(records)
            by_hand.append(100 * sum(counts[r] == 1 for r in records) / len(records))
        assert list(values(*files, rng, keys=["a", "b"]).values()) == pytest.approx(by_hand)


def test_missing_is_a_value_and_numbers_are_classed_on_request(of_columns, rng):
    file = of_columns(a=["x", None, None, "x"], b=[1.0, 2.0, 30.0, np.nan])
    assert values(file, file, rng, keys=["a", "b"])["UiO"] == 100.0
    # with an edge at 10: x and low, missing and low, missing and high, x and missing
    assert values(file, file, rng, keys=["b"], bins={"b": [10]})["UiO"] == 50.0
    assert values(file, file, rng, keys=["b"], bins=1)["UiO"] == 25.0


def test_special_codes_are_not_classed_with_quantities(of_columns, rng):
    plain = of_columns(b=[-9.0, -9.0, 1.0, 2.0])
    file = Dataset(plain.rows, plain.schema.change("b", special={-9.0: "not asked"}))
    assert values(file, file, rng, keys=["b"], bins={"b": [100]})["UiO"] == 0.0
    alone = file.with_rows(pd.DataFrame({"b": [-9.0, 1.0, 1.5, 2.0]}))
    assert values(alone, alone, rng, keys=["b"], bins={"b": [100]})["UiO"] == 25.0


def test_the_rows_of_one_person_do_not_hide_each_other(rng):
    schema = Schema(
        (
            Variable("person", Kind.IDENTIFIER),
            Variable("a", Kind.CATEGORICAL, Role.KEY, levels=("x", "y")),
        )
    )
    rows = pd.DataFrame({"person": [1, 1, 2, 3], "a": ["x", "x", "y", "y"]})
    panel = Dataset.of(rows, schema, entity="person")
    assert values(panel, panel, rng)["UiO"] == 50.0


def test_the_original_has_no_interval_and_the_copy_has_one(survey, rng):
    first, second = uniques(survey, survey, rng=rng)
    assert first.interval is None
    assert second.interval is not None
    assert second.band().null is Null.FRESH_SAMPLE


def test_without_a_control_the_band_is_centred_on_the_original(survey, rng):
    first, second = uniques(survey, survey, rng=rng)
    assert second.band().mean == pytest.approx(first.value)
    assert "centred" in second.note


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"keys": []}, "no key variable"),
        ({"keys": "age"}, "one word"),
        ({"keys": ["height"]}, "no column 'height'"),
        ({"bins": 0}, "bins=0"),
    ],
)
def test_what_cannot_be_a_key_is_refused(survey, rng, options, words):
    with pytest.raises(GuideError, match=words):
        uniques(survey, survey, rng=rng, **options)


def test_thirty_thousand_records_take_a_moment():
    census = load("cps95")
    original, synthetic = hold_out(census, seed=1)
    found = compare(original, synthetic, measures="uniques")
    assert found["uniques:UiO"].value == pytest.approx(found["uniques:UiS"].value, abs=2)

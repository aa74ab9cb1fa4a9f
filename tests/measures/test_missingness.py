"""Missing and special values: rates and patterns by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers.measures.missingness import missingness
from guide_helpers.schema import Dataset, Kind, Schema, Variable


def scores(original, synthetic, rng, **options):
    found = missingness(original, synthetic, rng=rng, **({"draws": 3} | options))
    return {s.variant: s for s in found}


def values(original, synthetic, rng):
    return {v: s.value for v, s in scores(original, synthetic, rng).items()}


def test_rates_are_averaged_over_the_variables_with_gaps(of_columns, rng):
    original = of_columns(x=[1.0, 2.0, np.nan, np.nan], y=list("abab"), z=list("aabb"))
    synthetic = original.with_rows(original.rows.assign(x=[1.0, 2.0, 3.0, np.nan]))
    found = scores(original, synthetic, rng)
    assert found["rates"].value == pytest.approx(0.25)
    assert found["rates"].details[["original", "synthetic"]].iloc[0].tolist() == [0.5, 0.25]


def test_the_same_rates_in_other_patterns(of_columns, rng):
    together = of_columns(x=[1.0, 2.0, np.nan, np.nan], y=[1.0, 2.0, np.nan, np.nan])
    apart = of_columns(x=[1.0, 2.0, np.nan, np.nan], y=[np.nan, np.nan, 1.0, 2.0])
    assert values(together, apart, rng) == pytest.approx({"rates": 0, "patterns": 1})


def test_each_special_code_is_a_state_of_its_own(rng):
    schema = Schema((Variable("x", Kind.INTEGER, special={-9: "refused", -8: "not asked"}),))
    original = Dataset.of(pd.DataFrame({"x": [1, 2, -9, -8]}), schema)
    swapped = original.with_rows(pd.DataFrame({"x": [1, -9, -9, -9]}))
    # value 2/4 to 1/4, refused 1/4 to 3/4, not asked 1/4 to 0
    assert values(original, swapped, rng)["rates"] == pytest.approx(0.5)


def test_a_code_that_was_taken_for_an_amount_shows(rng):
    schema = Schema((Variable("x", Kind.NUMBER, special={-9.0: "not asked"}),))
    original = Dataset.of(pd.DataFrame({"x": [-9.0] * 50 + list(range(50))}), schema)
    smoothed = original.with_rows(pd.DataFrame({"x": rng.normal(10, 20, 100)}))
    found = scores(original, smoothed, rng)["rates"]
    assert found.value == pytest.approx(0.5)
    assert found.standing == "worse"


def test_nothing_missing_anywhere_is_no_difference(survey, rng):
    found = scores(survey, survey, rng)
    assert {s.value for s in found.values()} == {0.0}
    assert "No value is missing" in found["rates"].note


def test_gaps_that_the_original_does_not_have_count(survey, rng):
    age = survey.rows["age"].astype(float)
    age[:60] = np.nan
    synthetic = survey.with_rows(survey.rows.assign(age=age))
    assert values(survey, synthetic, rng) == pytest.approx({"rates": 0.2, "patterns": 0.2})


def test_a_part_of_the_file_lies_within_its_bands(rng):
    rows = pd.DataFrame(rng.normal(size=(2_000, 3)), columns=list("abc"))
    rows = rows.mask(rng.random(rows.shape) < 0.3)
    schema = Schema(tuple(Variable(n, Kind.NUMBER) for n in rows))
    original = Dataset.of(rows, schema)
    found = scores(original, original.with_rows(rows.iloc[:1_000]), rng, draws=16)
    assert {s.standing for s in found.values()} <= {"within", "better"}


def test_text_that_is_not_there_counts(rng):
    schema = Schema((Variable("note", Kind.TEXT),))
    original = Dataset.of(pd.DataFrame({"note": ["a", None, "b", None]}), schema)
    full = original.with_rows(pd.DataFrame({"note": list("abcd")}))
    assert values(original, full, rng)["rates"] == pytest.approx(0.5)

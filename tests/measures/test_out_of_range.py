"""Values out of range: the original's own range, the code book, what is no value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures.out_of_range import out_of_range
from guide_helpers.schema import Dataset, Kind, Provenance, Schema, Variable


def values(original, synthetic, rng):
    return {s.variant: s.value for s in out_of_range(original, synthetic, rng=rng, draws=3)}


def test_two_of_four_numbers_and_one_of_four_levels(of_columns, rng):
    original = of_columns(x=[1.0, 2.0, 3.0, 4.0], y=list("aabb"))
    synthetic = of_columns(x=[0.0, 2.5, 4.0, 5.0], y=list("aabz"))
    assert values(original, synthetic, rng) == {"observed": pytest.approx((2 / 4 + 1 / 4) / 2)}


def test_a_declared_level_that_the_original_never_has_is_outside_what_was_observed(rng):
    levels = ("a", "b", "c")
    schema = Schema(
        (Variable("x", Kind.CATEGORICAL, levels=levels, levels_from=Provenance.PUBLIC),)
    )
    original = Dataset.of(pd.DataFrame({"x": list("aabb")}), schema)
    synthetic = original.with_rows(pd.DataFrame({"x": list("abcc")}))
    assert values(original, synthetic, rng) == {"observed": 0.5, "declared": 0}


def test_public_bounds_are_the_code_book(survey, rng):
    age = survey.rows["age"].to_numpy().copy()
    age[:30] = 160
    synthetic = survey.with_rows(survey.rows.assign(age=age))
    found = values(survey, synthetic, rng)
    assert found["declared"] == pytest.approx(0.1 / 5)
    assert found["observed"] == pytest.approx(0.1 / 5)


def test_a_copy_and_a_bootstrap_have_nothing_new(survey, correct, rng):
    for file in (survey, correct(survey, rng)):
        assert set(values(survey, file, rng).values()) == {0.0}


def test_missing_and_special_values_are_no_values_out_of_range(rng):
    schema = Schema((Variable("x", Kind.NUMBER, special={-9.0: "refused"}),))
    original = Dataset.of(pd.DataFrame({"x": [1.0, 2.0, 3.0]}), schema)
    synthetic = original.with_rows(pd.DataFrame({"x": [-9.0, np.nan, 2.0, 4.0]}))
    assert values(original, synthetic, rng) == {"observed": 0.5}


def test_a_fresh_sample_has_a_few_values_beyond_the_ends(of_columns, rng):
    original, control = (of_columns(x=rng.normal(size=100)) for _ in range(2))
    asked = {"control": control, "nulls": ["fresh-sample"], "draws": 60}
    score = out_of_range(original, control, rng=rng, **asked)[0]
    # each end lets 1 in 101 through
    assert score.band(Null.FRESH_SAMPLE).mean == pytest.approx(2 / 101, rel=0.4)
    assert score.band().high == 0


def test_details_hold_no_bound(of_columns, rng):
    original, synthetic = of_columns(x=[1.0, 2.0, 9_876.5]), of_columns(x=[1.0, 2.0, 1e5])
    table = out_of_range(original, synthetic, rng=rng, draws=3)[0].details
    assert "9876" not in table.to_string()


def test_a_table_of_empty_columns_is_refused(of_columns, rng):
    empty = of_columns(x=[np.nan, np.nan])
    with pytest.raises(GuideError, match="no variable has a value"):
        out_of_range(empty, empty, rng=rng)

"""Coverage: ranges and levels by hand, and the chance of missing a rare level."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.measures.coverage import coverage
from guide_helpers.schema import Dataset, Kind, Schema, Variable


def scores(original, synthetic, rng, **options):
    found = coverage(original, synthetic, rng=rng, **({"draws": 3} | options))
    return {s.variant: s for s in found}


def values(original, synthetic, rng):
    return {v: s.value for v, s in scores(original, synthetic, rng).items()}


def test_six_of_ten_years_and_two_of_three_levels(of_columns, rng):
    original = of_columns(x=[0.0, 5.0, 10.0], y=list("abc"))
    synthetic = of_columns(x=[2.0, 5.0, 8.0], y=list("abb"))
    assert values(original, synthetic, rng) == pytest.approx({"ranges": 0.6, "levels": 2 / 3})


def test_more_than_the_range_is_no_more_than_all_of_it(of_columns, rng):
    wide = of_columns(x=[-5.0, 20.0])
    assert values(of_columns(x=[0.0, 10.0]), wide, rng) == {"ranges": 1}


def test_a_file_beside_the_range_covers_nothing(of_columns, rng):
    beside = of_columns(x=[20.0, 30.0])
    assert values(of_columns(x=[0.0, 10.0]), beside, rng) == {"ranges": 0}


def test_a_single_value_is_reached_or_not(of_columns, rng):
    original = of_columns(x=[7.0, 7.0])
    assert values(original, of_columns(x=[1.0, 7.0]), rng) == {"ranges": 1}
    assert values(original, of_columns(x=[1.0, 8.0]), rng) == {"ranges": 0}


def test_levels_that_are_only_declared_need_no_cover(rng):
    schema = Schema((Variable("x", Kind.CATEGORICAL, levels=tuple("abcdef")),))
    original = Dataset.of(pd.DataFrame({"x": list("aabb")}), schema)
    assert values(original, original, rng) == {"levels": 1}


def test_special_codes_do_not_stretch_the_range(rng):
    schema = Schema((Variable("x", Kind.NUMBER, special={-90.0: "refused"}),))
    original = Dataset.of(pd.DataFrame({"x": [0.0, 10.0, -90.0]}), schema)
    synthetic = original.with_rows(pd.DataFrame({"x": [0.0, 5.0, -90.0]}))
    assert values(original, synthetic, rng) == {"ranges": 0.5}


def test_a_level_with_one_record_is_missed_by_chance_at_1_over_e(of_columns, rng):
    letters = ["a"] * 500 + [f"rare {i}" for i in range(100)]
    band = scores(of_columns(x=letters), of_columns(x=letters), rng, draws=20)["levels"].band()
    assert band.mean == pytest.approx((1 + 100 * (1 - np.exp(-1))) / 101, abs=0.03)


def test_less_than_the_band_is_worse(of_columns, rng):
    letters = list("abcdefgh") * 30
    found = scores(of_columns(x=letters), of_columns(x=["a"] * 200), rng)["levels"]
    assert found.standing == "worse"
    assert found.details["beyond chance"].all()


def test_an_original_without_values_is_refused(of_columns, rng):
    empty = of_columns(x=[np.nan, np.nan])
    with pytest.raises(GuideError, match="nothing to cover"):
        coverage(empty, of_columns(x=[1.0, 2.0]), rng=rng)

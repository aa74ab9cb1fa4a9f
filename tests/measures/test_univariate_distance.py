"""Distance of single variables: hand-computed cases, ties, order, what is beyond chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare
from guide_helpers.cards import Null
from guide_helpers.measures.univariate_distance import univariate_distance
from guide_helpers.schema import Dataset, Kind, Schema, Variable


def scores(original, synthetic, rng, **options):
    options = {"draws": 3} | options
    found = univariate_distance(original, synthetic, rng=rng, **options)
    return {s.variant: s for s in found}


def values(original, synthetic, rng):
    return {v: s.value for v, s in scores(original, synthetic, rng).items()}


def test_the_widest_gap_of_cumulative_shares_is_the_distance_of_numbers(of_columns, rng):
    original = of_columns(x=[1.0, 2.0, 3.0, 4.0])
    synthetic = of_columns(x=[1.0, 1.0, 1.0, 4.0])
    # at 1: 3/4 against 1/4
    assert values(original, synthetic, rng) == {"numbers": 0.5, "numbers, worst": 0.5}


def test_scipy_finds_the_same_distance_with_ties(of_columns, rng):
    from scipy.stats import ks_2samp

    one, other = rng.poisson(3, 400).astype(float), rng.poisson(4, 300).astype(float)
    found = values(of_columns(x=one), of_columns(x=other), rng)
    assert found["numbers"] == pytest.approx(ks_2samp(one, other).statistic, abs=1e-12)


def test_the_share_of_records_to_move_is_the_distance_of_categories(of_columns, rng):
    original = of_columns(x=list("aaab"))
    assert values(original, of_columns(x=list("abcc")), rng)["categories"] == 0.5


def test_ordered_levels_are_compared_in_their_order(rng):
    levels = ("low", "middle", "high")
    schema = Schema((Variable("x", Kind.ORDERED, levels=levels),))
    original = Dataset.of(pd.DataFrame({"x": ["low", "middle", "high", "high"]}), schema)
    swapped = original.with_rows(pd.DataFrame({"x": ["low", "low", "middle", "high"]}))
    # low: 2/4 against 1/4; low or middle: 3/4 against 2/4
    assert values(original, swapped, rng) == {"numbers": 0.25, "numbers, worst": 0.25}


def test_the_mean_dilutes_what_the_worst_shows(of_columns, rng):
    columns = {f"x{i}": rng.normal(size=500) for i in range(9)}
    original = of_columns(**columns)
    synthetic = original.with_rows(original.rows.assign(x3=original.rows["x3"] + 1_000))
    found = scores(original, synthetic, rng)
    assert found["numbers"].value == pytest.approx(1 / 9)
    assert found["numbers, worst"].value == 1
    table = found["numbers"].details
    assert table["variable"].iloc[0] == "x3"
    assert table["beyond chance"].tolist() == [True] + [False] * 8
    assert "1 of 9 variables lies beyond chance; the farthest is x3 (1)" in found["numbers"].note


def test_a_copy_has_no_distance(survey, rng):
    assert set(values(survey, survey, rng).values()) == {0.0}


def test_missing_and_special_values_are_left_to_their_own_measure(rng):
    schema = Schema((Variable("x", Kind.NUMBER, special={-9.0: "refused"}),))
    original = Dataset.of(pd.DataFrame({"x": [1.0, 2.0, -9.0, np.nan]}), schema)
    synthetic = original.with_rows(pd.DataFrame({"x": [1.0, 2.0, 1.0, 2.0]}))
    assert values(original, synthetic, rng)["numbers"] == 0


def test_a_column_that_is_empty_in_one_file_is_as_far_as_can_be(of_columns, rng):
    original = of_columns(x=[1.0, 2.0, 3.0], y=list("aab"))
    synthetic = original.with_rows(original.rows.assign(x=np.nan))
    assert values(original, synthetic, rng)["numbers"] == 1


def test_dates_are_numbers(rng):
    days = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"])
    original = Dataset.of(pd.DataFrame({"d": days}), Schema((Variable("d", Kind.DATETIME),)))
    synthetic = original.with_rows(pd.DataFrame({"d": days[[0, 0, 0, 3]]}))
    assert values(original, synthetic, rng)["numbers"] == 0.5


def test_bands_are_where_files_of_their_kind_fall(people, correct, rng):
    original, outsiders = people(1_000, rng), people(1_000, rng)
    asked = {"control": outsiders, "nulls": [Null.FRESH_SAMPLE], "draws": 16}
    found = scores(original, correct(original, rng), rng, **asked)
    made = [values(original, correct(original, rng), rng)["numbers"] for _ in range(12)]
    fresh = [values(original, people(1_000, rng), rng)["numbers"] for _ in range(12)]
    own, other = (found["numbers"].band(n) for n in (Null.CORRECT_MODEL, Null.FRESH_SAMPLE))
    assert sum(own.low <= v <= own.high for v in made) >= 9
    assert np.mean(made) == pytest.approx(own.mean, rel=0.25)
    assert np.mean(fresh) == pytest.approx(other.mean, rel=0.35)
    assert other.mean > own.mean


def test_a_table_of_empty_columns_is_refused(of_columns, rng):
    empty = of_columns(x=[np.nan, np.nan])
    with pytest.raises(GuideError, match="no variable has a value"):
        univariate_distance(empty, empty, rng=rng)


def test_the_verb_names_four_scores(survey):
    found = compare(survey, survey, measures="univariate_distance")
    assert found["univariate_distance:numbers, worst"].value == 0

"""Changes from row to row: hand-computed cases, order, gaps, missing values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures.inter_row import inter_row


def values(original, synthetic, rng, **options):
    found = inter_row(original, synthetic, rng=rng, draws=2, **options)
    return {s.variant: s.value for s in found}


def test_a_case_computed_by_hand(of_units, rng):
    original = of_units([1, 1, 1, 2, 2], [1, 2, 3, 1, 2], x=[0.0, 1, 2, 4, 5])
    synthetic = of_units([1, 1, 1, 2, 2], [1, 2, 3, 1, 2], x=[0.0, 3, 3, 4, 5])
    # changes 1 1 1 against 3 0 1, sorted 0 1 3: moves of 1, 0 and 2, a third each
    assert values(original, synthetic, rng)["values"] == pytest.approx(
        1 / np.std([0, 1, 2, 4, 5], ddof=1)
    )


def test_order_comes_from_the_time_not_from_the_file(of_units, rng):
    original = of_units([1, 1, 1], [1, 2, 3], x=[0.0, 1, 5])
    turned = of_units([1, 1, 1], [3, 1, 2], x=[5.0, 0, 1])
    assert values(original, turned, rng) == {"values": 0.0, "gaps in time": 0.0}


def test_the_middle_of_a_unit_counts_where_the_mean_change_cannot_see_it(of_units, rng):
    original = of_units([1] * 4, [1, 2, 3, 4], x=[0.0, 1, 2, 3])
    swapped = of_units([1] * 4, [1, 2, 3, 4], x=[0.0, 2, 1, 3])
    # the mean change is 1 in both; the changes are 1 1 1 against 2 -1 2
    expected = (2 + 1 + 1) / 3 / np.std([0, 1, 2, 3], ddof=1)
    assert values(original, swapped, rng)["values"] == pytest.approx(expected)


def test_gaps_in_time_are_in_their_own_standard_deviation(of_units, rng):
    original = of_units([1, 1, 1], [0, 1, 4], x=[0.0, 1, 2])
    synthetic = of_units([1, 1, 1], [0, 2, 6], x=[0.0, 1, 2])
    # gaps 1 3 against 2 4: one further, standard deviation 1
    assert values(original, synthetic, rng)["gaps in time"] == pytest.approx(1.0)


def test_equal_gaps_are_compared_by_their_size(of_units, rng):
    days = pd.date_range("2024-01-01", periods=3, freq="D").tolist()
    original = of_units([1, 1, 1], days, x=[0.0, 1, 2])
    slower = of_units([1, 1, 1], days[:1] + days[2:] + [pd.Timestamp("2024-01-05")], x=[0.0, 1, 2])
    assert values(original, slower, rng)["gaps in time"] == pytest.approx(1.0)


def test_a_copy_scores_zero_and_disorder_does_not(panels, disorder, rng):
    original = panels(200, rng)
    assert set(values(original, original, rng).values()) == {0.0}
    scores = {s.variant: s for s in inter_row(original, disorder(original, rng), rng=rng)}
    assert scores["values"].standing == "worse"
    assert scores["gaps in time"].value == 0
    assert scores["values"].details["variable"].tolist()[0] == "value"


def test_another_sample_is_within_the_fresh_sample_band(panels, rng):
    scores = inter_row(panels(300, rng), panels(300, rng), rng=rng, nulls=["fresh-sample"])
    for s in scores:
        assert s.value <= s.band(Null.FRESH_SAMPLE).high


def test_a_variable_that_never_changes_counts(of_units, rng):
    original = of_units([1, 1, 2, 2], [1, 2, 1, 2], x=[5.0, 5, 7, 7])
    mixed = of_units([1, 1, 2, 2], [1, 2, 1, 2], x=[5.0, 7, 5, 7])
    expected = 2 / np.std([5, 5, 7, 7], ddof=1)
    assert values(original, mixed, rng)["values"] == pytest.approx(expected)


def test_missing_and_special_values_make_no_change(of_units, rng):
    original = of_units([1] * 4, [1, 2, 3, 4], x=[0.0, 1, 2, 3])
    gaps = of_units([1] * 5, [1, 2, 3, 4, 5], x=[0.0, 1, np.nan, 3, -9])
    special = replace(gaps, schema=gaps.schema.change("x", special={-9.0: "refused"}))
    coded = replace(original, schema=special.schema)
    assert values(coded, special, rng)["values"] == 0
    nothing = coded.with_rows(coded.rows.assign(x=np.nan))
    assert values(coded, nothing, rng)["values"] == pytest.approx(1 / np.std([0, 1, 2, 3], ddof=1))


def test_rows_of_one_time_and_a_file_without_time_are_named(of_units, rng):
    ties = of_units([1, 1, 1], [1, 1, 2], x=[0.0, 1, 2])
    assert "50 % of the steps" in inter_row(ties, ties, rng=rng, draws=2)[0].note
    plain = of_units([1, 1, 1], x=[0.0, 1, 2])
    (only,) = inter_row(plain, plain, rng=rng, draws=2)
    assert "No time column" in only.note


def test_what_cannot_be_measured_is_refused(of_units, rng):
    words = of_units([1, 1], [1, 2], x=["a", "b"])
    with pytest.raises(GuideError, match="no numeric variable"):
        inter_row(words, words, rng=rng)
    with pytest.raises(GuideError, match="'x' is no numeric variable"):
        inter_row(words, words, rng=rng, variables=["x"])
    with pytest.raises(GuideError, match="is one word"):
        inter_row(words, words, rng=rng, variables="x")

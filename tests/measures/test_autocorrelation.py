"""Autocorrelation: hand-computed cases, lags, disorder."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures.autocorrelation import autocorrelation


def found(original, synthetic, rng, **options):
    return autocorrelation(original, synthetic, rng=rng, **({"draws": 2} | options))


def test_a_case_computed_by_hand(of_units, rng):
    original = of_units([1] * 4, [1, 2, 3, 4], x=[1.0, 1, -1, -1])
    synthetic = of_units([1] * 4, [1, 2, 3, 4], x=[1.0, -1, 1, -1])
    # pairs 1·1, 1·-1, -1·-1 over 3: a third; and all -1
    (score,) = found(original, synthetic, rng, lags=[1])
    assert score.details[["original", "synthetic"]].iloc[0].tolist() == pytest.approx([1 / 3, -1])
    assert score.value == pytest.approx(4 / 3)


def test_levels_of_units_do_not_count(of_units, rng):
    original = of_units([1] * 4 + [2] * 4, [1, 2, 3, 4] * 2, x=[1.0, 1, -1, -1] * 2)
    raised = of_units([1] * 4 + [2] * 4, [1, 2, 3, 4] * 2, x=[1.0, 1, -1, -1, 9, 9, 7, 7])
    assert found(original, raised, rng, lags=[1])[0].value == pytest.approx(0)


def test_each_lag_is_a_variant_and_lags_too_long_are_left_out(of_units, rng):
    one = of_units([1] * 4, [1, 2, 3, 4], x=[1.0, 2, 4, 3])
    assert [s.variant for s in found(one, one, rng, lags=[1, 3, 9])] == ["lag 1", "lag 3"]
    with pytest.raises(GuideError, match="give shorter ones"):
        found(one, one, rng, lags=[9])
    with pytest.raises(GuideError, match="whole numbers"):
        found(one, one, rng, lags=[0])


def test_disorder_is_seen_and_another_sample_is_in_its_band(panels, disorder, rng):
    original = panels(300, rng)
    (score,) = found(original, disorder(original, rng), rng, draws=16, lags=[1])
    assert score.standing == "worse"
    for s in found(original, panels(300, rng), rng, draws=16, nulls=["fresh-sample"]):
        assert s.value <= s.band(Null.FRESH_SAMPLE).high
    assert all(s.value == 0 for s in found(original, original, rng))


def test_a_flat_synthetic_series_is_uncorrelated(of_units, rng):
    original = of_units([1] * 4, [1, 2, 3, 4], x=[1.0, 1, -1, -1])
    flat = of_units([1] * 4, [1, 2, 3, 4], x=[0.1 + 0.2] * 4)
    assert found(original, flat, rng, lags=[1])[0].value == pytest.approx(1 / 3)
    with pytest.raises(GuideError, match="changes within units"):
        found(flat, flat, rng, lags=[1])


def test_missing_values_break_pairs_only(of_units, rng):
    original = of_units([1] * 5, [1, 2, 3, 4, 5], x=[1.0, 1, np.nan, -1, -1])
    (score,) = found(original, original, rng, lags=[1])
    assert score.details["original"].iloc[0] == pytest.approx(1)

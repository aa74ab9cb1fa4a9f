"""Correlation between units: hand-computed cases, pairs that count, and drawn-twice units."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures import cross_correlation as module
from guide_helpers.measures.cross_correlation import _correlations, cross_correlation


def found(original, synthetic, rng, **options):
    (score,) = cross_correlation(original, synthetic, rng=rng, **({"draws": 2} | options))
    return score


def network(of_units, rng, units=12, days=20, share=0.9):
    """Return units that rise and fall together in part, on four hours of many days."""
    time = np.tile(np.arange(4 * days), units)
    common = rng.normal(size=4 * days)
    own = rng.normal(size=(units, 4 * days))
    values = share * common + np.sqrt(1 - share**2) * own
    return of_units(np.repeat(np.arange(units), 4 * days), time, x=values.ravel())


def test_a_case_computed_by_hand(of_units, rng):
    # times 1 to 4: 1 2 3 4 beside 1 3 2 4, correlation 4/5; synthetic beside 4 3 2 1, -1
    original = of_units([1] * 4 + [2] * 4, [1, 2, 3, 4] * 2, x=[1.0, 2, 3, 4, 1, 3, 2, 4])
    synthetic = of_units([1] * 4 + [2] * 4, [1, 2, 3, 4] * 2, x=[1.0, 2, 3, 4, 4, 3, 2, 1])
    score = found(original, synthetic, rng)
    assert score.value == pytest.approx(0.8 + 1)
    means = ["original, mean correlation", "synthetic, mean correlation"]
    assert score.details[means].iloc[0].tolist() == pytest.approx([0.8, -1])


def test_only_times_that_both_units_have_count(of_units, rng):
    # in common: 2, 3, 4 with 2 3 4 and 5 7 9
    one = of_units([1] * 4 + [2] * 4, [1, 2, 3, 4, 2, 3, 4, 9], x=[99.0, 2, 3, 4, 5, 7, 9, -50])
    details = found(one, one, rng).details
    assert details["original, mean correlation"].iloc[0] == pytest.approx(1)


def test_correlations_are_those_of_numpy_at_common_times(rng):
    wide = rng.normal(50, 3, (4, 60))
    wide[rng.random(wide.shape) < 0.3] = np.nan
    table = pd.DataFrame(wide.T).corr()
    assert _correlations(wide) == pytest.approx(table.to_numpy())


def test_levels_and_scales_of_units_do_not_count(of_units, rng):
    original = network(of_units, rng)
    unit = original.rows["unit"]
    moved = original.with_rows(original.rows.assign(x=(original.rows["x"] + unit) * (1 + unit)))
    assert found(original, moved, rng).value == pytest.approx(0, abs=1e-9)


def test_units_drawn_one_by_one_are_worse_and_another_network_is_in_its_band(of_units, rng):
    original = network(of_units, rng)
    alone = network(of_units, rng, share=0.0)
    score = found(original, alone, rng, draws=16)
    assert score.standing == "worse"
    assert score.value == pytest.approx(0.81, abs=0.1)
    other = found(original, network(of_units, rng), rng, draws=16, nulls=["fresh-sample"])
    assert other.value <= other.band(Null.FRESH_SAMPLE).high
    assert found(original, original, rng).value == 0


def test_a_unit_that_a_bootstrap_drew_twice_is_no_pair_with_itself(of_units, rng):
    # units without any relation: pairs of a unit with itself would lift the null to 1/12
    original = network(of_units, rng, days=200, share=0.0)
    band = found(original, original, rng, draws=16).band()
    assert band.mean < 0.02


def test_a_shared_day_can_be_taken_away(of_units, rng):
    time = np.tile(np.arange(80), 6)
    values = 10.0 * (time % 4) + rng.normal(size=480)
    one = of_units(np.repeat(np.arange(6), 80), time, x=values)
    means = [
        found(one, one, rng, without=w).details["original, mean correlation"].iloc[0]
        for w in (None, 4)
    ]
    assert means[0] > 0.9
    assert abs(means[1]) < 0.1


def test_times_a_little_early_meet_on_a_grid(of_units, rng):
    base = pd.date_range("2024-01-01", periods=6, freq="30min")
    time = [*base, *(base + pd.Timedelta("4min"))]
    one = of_units([1] * 6 + [2] * 6, time, x=[1.0, 3, 2, 5, 4, 6] * 2)
    with pytest.raises(GuideError, match="give step="):
        found(one, one, rng)
    assert found(one, one, rng, step="30min").value == 0
    with pytest.raises(GuideError, match="divides a day"):
        found(one, one, rng, step="7 cows")


def test_a_file_without_any_pair_counts_as_uncorrelated(of_units, rng):
    original = of_units([1] * 4 + [2] * 4, [1, 2, 3, 4] * 2, x=[1.0, 2, 3, 4, 1, 3, 2, 4])
    apart = of_units([1] * 4 + [2] * 4, [*range(1, 5), *range(11, 15)], x=[1.0, 2, 3, 4] * 2)
    assert found(original, apart, rng).value == pytest.approx(0.8)


def test_no_time_is_refused(of_units, rng):
    one = of_units([1, 1, 2, 2], x=[1.0, 2, 3, 4])
    with pytest.raises(GuideError, match="needs times"):
        found(one, one, rng)


def test_of_many_units_some_are_taken(of_units, rng, monkeypatch):
    original = network(of_units, rng, units=40)
    whole = found(original, original, rng).details["original, mean correlation"].iloc[0]
    monkeypatch.setattr(module, "MOST_UNITS", 10)
    few = found(original, original, rng).details["original, mean correlation"].iloc[0]
    assert few == pytest.approx(whole, abs=0.05)
    assert few != whole

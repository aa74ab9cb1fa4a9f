"""Peak of the day: hand-computed cases, the clock that turns, days that count."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures.daily_peak import Day, daily_peak


def found(original, synthetic, rng, **options):
    scores = daily_peak(original, synthetic, rng=rng, **({"draws": 2} | options))
    return {s.variant: s for s in scores}


def days(of_units, rng, units=20, late=0, noise=0.0, high=1.0):
    """Return ten days of units that rise to a peak at eleven and fall."""
    hours = np.arange(8, 17)
    time = [pd.Timestamp("2024-01-01") + pd.Timedelta(24 * d + h, "h") for d in range(10)
            for h in hours]  # fmt: skip
    shape = 10 - np.abs(np.tile(hours, 10) - 11 - late)
    level = np.repeat(rng.normal(0, 1, units), len(time))
    own = rng.normal(0, 0.2, (units, 10)).repeat(len(hours), axis=1).ravel()
    x = high * np.tile(shape, units) + level + own + rng.normal(0, noise + 0.05, len(level))
    return of_units(np.repeat(np.arange(units), len(time)), time * units, x=x)


def test_a_case_computed_by_hand(of_units, rng):
    # days of three: peaks 5 at 1 and 4 at 2; synthetic 6 at 1 and 4 at 1
    original = of_units([1] * 6, range(6), x=[1.0, 5, 2, 0, 3, 4])
    synthetic = of_units([1] * 6, range(6), x=[1.0, 6, 2, 0, 4, 3])
    scores = found(original, synthetic, rng, day=3)
    assert scores["height"].value == pytest.approx(0.5 / np.std([1, 5, 2, 0, 3, 4], ddof=1))
    assert scores["time"].value == pytest.approx(0.5)
    medians = scores["height"].details[["original, median height", "synthetic, median time"]]
    assert medians.iloc[0].tolist() == [4.5, 1]


def test_the_clock_turns(of_units, rng):
    # an hour before and an hour after midnight are two hours apart
    hours = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(48), "h")
    peaks = [np.where(np.arange(48) % 24 == h, 9.0, 1.0) for h in (23, 1)]
    one, other = (of_units([1] * 48, hours, x=x) for x in peaks)
    assert found(one, other, rng)["time"].value == pytest.approx(2)
    assert found(one, other, rng)["height"].value == 0


@pytest.mark.parametrize("seed", range(5))
def test_the_way_round_the_clock_is_the_shortest_of_all_turns(seed):
    rng = np.random.default_rng(seed)
    one, other = (np.sort(rng.random(9) * 24) for _ in range(2))
    # the optimal plan on a circle pairs the sorted values, turned by some number of places
    turns = []
    for k in range(9):
        gap = np.abs(one - np.roll(other, k))
        turns.append(np.minimum(gap, 24 - gap).mean())
    assert Day(86_400.0, 3_600.0).apart(one, other) == pytest.approx(min(turns))


def test_without_a_day_the_series_is_one_and_no_clock_turns(of_units, rng):
    original = of_units([1] * 4 + [2] * 4, [*range(4)] * 2, x=[1.0, 2, 3, 9, 1, 2, 3, 9])
    synthetic = of_units([1] * 4 + [2] * 4, [*range(4)] * 2, x=[9.0, 2, 3, 1, 9, 2, 3, 1])
    assert found(original, synthetic, rng)["time"].value == pytest.approx(3)


def test_of_equal_maxima_the_first_counts_and_a_short_day_is_left_out(of_units, rng):
    original = of_units([1] * 9, [0, 1, 2, 3, 10, 11, 12, 13, 20], x=[1.0, 4, 4, 2, 1, 4, 4, 2, 99])
    details = found(original, original, rng, day=10)["time"].details
    assert details["original, median time"].iloc[0] == 1
    assert details["original, median height"].iloc[0] == 4


def test_a_late_or_low_peak_is_worse_and_other_units_are_in_their_band(of_units, rng):
    original = days(of_units, rng)
    late = found(original, days(of_units, rng, late=3), rng, draws=16)
    assert late["time"].standing == "worse"
    assert late["time"].value == pytest.approx(3, abs=0.2)
    low = found(original, days(of_units, rng, high=0.5), rng, draws=16)
    assert low["height"].standing == "worse"
    other = found(original, days(of_units, rng), rng, draws=16, nulls=["fresh-sample"])
    assert all(s.value <= s.band(Null.FRESH_SAMPLE).high for s in other.values())
    assert [s.value for s in found(original, original, rng).values()] == [0, 0]


def test_a_file_without_any_value_is_half_a_day_off(of_units, rng):
    original = days(of_units, rng, units=3)
    empty = original.with_rows(original.rows.assign(x=np.nan))
    scores = found(original, empty, rng)
    assert scores["time"].value == 12
    assert scores["height"].value > 1


def test_what_has_no_peak_is_refused(of_units, rng):
    flat = of_units([1, 1, 2, 2], [1, 2, 1, 2], x=[1.0] * 4)
    with pytest.raises(GuideError, match="no peak to compare"):
        found(flat, flat, rng)
    with pytest.raises(GuideError, match="day=0 is not"):
        found(flat, flat, rng, day=0)
    with pytest.raises(GuideError, match="needs times"):
        found(*[of_units([1, 1], x=[1.0, 2])] * 2, rng)

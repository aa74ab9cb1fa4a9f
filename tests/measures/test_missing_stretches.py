"""Missing stretches: hand-computed cases, what is due, lengths and times of day."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures.missing_stretches import _by_slot, missing_stretches


def found(original, synthetic, rng, **options):
    scores = missing_stretches(original, synthetic, rng=rng, **({"draws": 2} | options))
    return {s.variant: s for s in scores}


def of_times(of_units, times):
    """Return one unit with readings at some times."""
    return of_units([1] * len(times), times, x=[float(i) for i in range(len(times))])


def network(of_units, rng, stay=0.7, units=20, steps=200):
    """Return units whose gaps begin seldom and go on with a probability."""
    unit, time = [], []
    for u in range(units):
        gone = False
        for t in range(steps):
            gone = rng.random() < (stay if gone else 0.05)
            if not gone or t in (0, steps - 1):
                unit.append(u)
                time.append(t)
    return of_units(unit, time, x=rng.normal(size=len(unit)))


def test_a_case_computed_by_hand(of_units, rng):
    # five readings due in both: 2 and 3 are missing in a stretch of two, 1 and 3 one by one
    original, synthetic = (of_times(of_units, t) for t in ([0, 1, 4], [0, 2, 4]))
    score = found(original, synthetic, rng, step=1)["lengths"]
    # longer than 0: 2/5 and 2/5; longer than 1: 2/5 and none
    assert score.value == pytest.approx(2 / 5)
    shares = score.details.set_index("missing in stretches longer than")
    assert shares["original, share of readings due"].tolist() == pytest.approx([2 / 5, 2 / 5, 0])
    assert shares["synthetic, share of readings due"].tolist() == pytest.approx([2 / 5, 0, 0])


def test_times_of_day_computed_by_hand(of_units, rng):
    # days of three steps: missing are 2, 3 (slots 2, 0) and 1, 3 (slots 1, 0)
    original, synthetic = (of_times(of_units, t) for t in ([0, 1, 4, 5], [0, 2, 4, 5]))
    score = found(original, synthetic, rng, step=1, day=3)["times"]
    assert score.value == pytest.approx(1 / 2)
    assert score.details["original, share of missing"].tolist() == [1 / 2, 0, 1 / 2]
    assert score.details["synthetic, share of missing"].tolist() == [1 / 2, 1 / 2, 0]


def test_missing_readings_by_slot_are_those_of_a_loop(rng):
    gaps, after = rng.integers(1, 30, 50), rng.integers(7, size=50)
    expected = np.zeros(7, int)
    for gap, slot in zip(gaps, after, strict=True):
        for back in range(1, gap + 1):
            expected[(slot - back) % 7] += 1
    assert _by_slot(gaps, after, 7).tolist() == expected.tolist()


def test_nights_without_any_reading_are_not_missing(of_units, rng):
    hours = [h for day in range(5) for h in range(24 * day + 8, 24 * day + 12)]
    time = pd.Timestamp("2024-01-01") + pd.to_timedelta(hours, "h")
    whole = of_units([1] * 20, time, x=np.arange(20.0))
    # the second day is lost: 4 of 20 readings due
    lost = whole.with_rows(whole.rows.drop(index=range(4, 8)))
    assert found(whole, whole, rng)["lengths"].value == 0
    assert found(whole, lost, rng)["lengths"].value == pytest.approx(4 / 20)
    assert found(whole, lost, rng)["times"].value == 1  # the original lacks nothing
    assert found(whole, whole, rng)["times"].details["time of day"].tolist() == [
        f"{h:02}:00" for h in (8, 9, 10, 11)
    ]


def test_readings_a_little_late_and_at_one_time_twice_are_no_gaps(of_units, rng):
    time = pd.date_range("2024-01-01", periods=10, freq="30min")
    whole = of_times(of_units, time)
    late = of_times(of_units, [*(time + pd.Timedelta("9min")), time[-1]])
    assert found(whole, late, rng, step="30min")["lengths"].value == 0


def test_a_row_without_a_value_is_missing_where_variables_are_named(of_units, rng):
    whole = of_units([1] * 5, range(5), x=[1.0, 2, 3, 4, 5])
    empty = of_units([1] * 5, range(5), x=[1.0, 2, np.nan, 4, 5])
    assert found(whole, empty, rng)["lengths"].value == 0
    assert found(whole, empty, rng, variables=["x"])["lengths"].value == pytest.approx(1 / 5)


def test_a_unit_without_a_reading_at_the_times_in_use_is_still_there(of_units, rng):
    whole = of_units([1] * 4 + [2] * 4, [8, 9, 32, 33] * 2, x=np.arange(8.0))
    off = of_units([1] * 4 + [2] * 2, [8, 9, 32, 33, 3, 4], x=np.arange(6.0))
    assert found(whole, off, rng, step=1, day=24)["lengths"].value == 0


def test_readings_taken_out_one_by_one_are_worse_and_another_network_is_in_its_band(of_units, rng):
    original = network(of_units, rng)
    alone = network(of_units, rng, stay=0.05)
    assert found(original, alone, rng, draws=16)["lengths"].standing == "worse"
    other = found(original, network(of_units, rng), rng, draws=16, nulls=["fresh-sample"])
    assert other["lengths"].value <= other["lengths"].band(Null.FRESH_SAMPLE).high
    same = found(original, original, rng, day=10)
    assert [s.value for s in same.values()] == [0, 0]


def test_events_are_refused(of_units, rng):
    time = np.cumsum([1, 1, 1, 1, 1, 1, 5_000, 9_000])
    events = of_times(of_units, time)
    with pytest.raises(GuideError, match="needs readings at regular times"):
        found(events, events, rng)
    with pytest.raises(GuideError, match="step=0"):
        found(events, events, rng, step=0)
    with pytest.raises(GuideError, match="needs times"):
        found(*[of_units([1, 1], x=[1.0, 2])] * 2, rng)

"""Profile of the season: hand-computed profiles, periods, times of every kind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare
from guide_helpers.measures.seasonality import seasonality

DAY = pd.Timestamp("2024-01-01")


def values(original, synthetic, rng, **options):
    found = seasonality(original, synthetic, rng=rng, draws=2, **options)
    return {s.variant: s.value for s in found}


def hours(of_units, at, x):
    return of_units([1] * len(at), [DAY + pd.Timedelta(h, "h") for h in at], x=x)


def test_a_case_computed_by_hand(of_units, rng):
    original = hours(of_units, [8, 9, 32, 33], [1.0, 3, 1, 3])
    synthetic = hours(of_units, [8, 8, 8, 33], [2.0, 2, 2, 2])
    # rows: halves against 3/4 and 1/4; values: -1 and 1 from the mean against 0 and 0
    expected = {"rows": 0.25, "values": 1 / np.std([1, 3, 1, 3], ddof=1)}
    assert values(original, synthetic, rng, period="hour") == pytest.approx(expected)


def test_the_level_does_not_count(of_units, rng):
    original = hours(of_units, [8, 9], [1.0, 3])
    raised = hours(of_units, [8, 9], [101.0, 103])
    assert values(original, raised, rng, period="hour") == {"rows": 0.0, "values": 0.0}


def test_a_slot_without_synthetic_rows_counts_as_the_mean(of_units, rng):
    original = hours(of_units, [8, 9], [1.0, 3])
    synthetic = hours(of_units, [8, 8], [5.0, 5])
    expected = {"rows": 0.5, "values": 1 / np.std([1, 3], ddof=1)}
    assert values(original, synthetic, rng, period="hour") == pytest.approx(expected)


def test_days_of_the_week_and_months_are_periods(of_units, rng):
    days = [DAY + pd.Timedelta(d, "D") for d in range(60)]
    data = of_units([1] * 60, days, x=np.arange(60.0))
    (rows, _) = seasonality(data, data, rng=rng, period="weekday", draws=2)
    assert rows.details["slot"].tolist() == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    (rows, _) = seasonality(data, data, rng=rng, period="month", draws=2)
    assert rows.details["original, share of rows"].tolist()[:3] == pytest.approx(
        [31 / 60, 29 / 60, 0]
    )


def test_times_in_whole_numbers_have_a_period_of_their_units(of_units, rng):
    original = of_units([1] * 4, [0, 1, 2, 3], x=[1.0, 3, 1, 3])
    flat = of_units([1] * 4, [0, 1, 2, 3], x=[1.0, 1, 3, 3])
    found = values(original, flat, rng, period=2)
    assert found == pytest.approx({"rows": 0, "values": 1 / np.std([1, 3, 1, 3], ddof=1)})


def test_times_that_were_shuffled_lose_the_season(of_units, disorder, rng):
    at = np.tile(np.arange(24), 60)
    unit = np.repeat(np.arange(60), 24)
    wave = np.sin(at / 4) + rng.normal(0, 0.3, len(at))
    original = of_units(unit, [DAY + pd.Timedelta(int(h), "h") for h in at], x=wave)
    found = compare(original, disorder(original, rng), measures="seasonality", period="hour")
    assert found["seasonality:values"].standing == "worse"
    assert found["seasonality:rows"].value == 0


def test_rows_are_compared_where_there_is_no_quantity(of_units, rng):
    data = of_units([1, 1], [DAY, DAY], x=["a", "b"])
    assert values(data, data, rng, period="hour") == {"rows": 0.0}


def test_missing_times_and_values_are_left_out(of_units, rng):
    data = of_units([1] * 4, [DAY, DAY, pd.NaT, DAY], x=[1.0, np.nan, 5, 2])
    assert values(data, data, rng, period="hour") == {"rows": 0.0, "values": 0.0}


def test_a_period_that_the_time_does_not_have_is_refused(of_units, rng):
    dates, numbers = of_units([1], [DAY], x=[1.0]), of_units([1], [3], x=[1.0])
    with pytest.raises(GuideError, match="known: hour, weekday, month"):
        seasonality(dates, dates, rng=rng, period="fortnight")
    with pytest.raises(GuideError, match="give a number of its units"):
        seasonality(numbers, numbers, rng=rng, period="hour")
    plain = of_units([1], x=[1.0])
    with pytest.raises(GuideError, match="declare the time column"):
        seasonality(plain, plain, rng=rng, period="hour")

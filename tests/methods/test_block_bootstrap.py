"""Facts about the block bootstrap of sensors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate, load
from guide_helpers.methods.block_bootstrap import BlockBootstrap
from guide_helpers.schema import Dataset, Kind, Rule, Schema, Variable


def sensors(units=3, days=28, slots=4, gone=()):
    """Return readings that say where they come from: 1000 unit + 10 day + slot, in thousands."""
    unit, day, slot = (a.ravel() for a in np.indices((units, days, slots)))
    start = pd.Timestamp("2024-01-01 08:00")  # a Monday
    rows = pd.DataFrame(
        {
            "sensor": [f"s{u}" for u in unit],
            "time": start + pd.to_timedelta(day, "D") + pd.to_timedelta(30 * slot, "min"),
            "value": 1_000 * unit + 10 * day + slot,
        }
    )
    rows = rows[~pd.MultiIndex.from_arrays([unit, day]).isin(list(gone))]
    schema = Schema(
        (
            Variable("sensor", Kind.IDENTIFIER),
            Variable("time", Kind.DATETIME),
            Variable("value", Kind.INTEGER),
        )
    )
    return Dataset.of(rows, schema, entity="sensor", time="time")


@pytest.fixture(scope="module")
def parks():
    return load("car_parks")


def origin(made):
    """Return unit, day and slot that each reading comes from."""
    value = made.rows["value"].to_numpy()
    return value // 1_000, value % 1_000 // 10, value % 10


@pytest.mark.parametrize("blocks", ["moving", "stationary"])
@pytest.mark.parametrize("together", [True, False])
def test_readings_keep_their_weekday_and_time_of_day(blocks, together):
    made = generate(sensors(), "block_bootstrap", seed=1, blocks=blocks, together=together).first
    _, day, slot = origin(made)
    assert (made.rows["time"].dt.weekday == day % 7).all()
    assert (made.rows["time"].dt.hour * 2 + made.rows["time"].dt.minute // 30 - 16 == slot).all()


def test_drawn_together_all_sensors_show_the_same_day_and_one_by_one_they_do_not():
    shown = {}
    for together in (True, False):
        made = generate(sensors(), "block_bootstrap", seed=2, together=together).first
        shown[together] = made.rows.assign(day=origin(made)[1]).groupby("time")["day"].nunique()
    assert (shown[True] == 1).all()
    assert (shown[False] > 1).mean() > 0.5


def test_days_of_a_moving_block_follow_each_other():
    made = generate(sensors(units=1), "block_bootstrap", seed=3, length=7).first
    days = origin(made)[1][::4]
    assert len(days) == 28
    for first in range(0, 28, 7):
        assert (np.diff(days[first : first + 7]) == 1).all()


def test_blocks_of_random_length_are_as_long_as_asked_on_average():
    fitted = BlockBootstrap(length=5, blocks="stationary").fit(
        sensors(units=1, days=700, slots=1), rng=np.random.default_rng(1)
    )
    rng = np.random.default_rng(2)
    joins = [np.mean(np.diff(fitted._line(rng)) != 1) for _ in range(20)]
    # a new block begins with a chance of 1/5; some begin where the last one ended
    assert np.mean(joins) == pytest.approx(0.2, abs=0.02)


def test_a_missing_day_stays_missing_in_the_block():
    data = sensors(units=1, days=7, gone=[(0, 3)])
    made = generate(data, "block_bootstrap", seed=4).first
    assert sorted(made.rows["time"].dt.weekday.unique()) == [0, 1, 2, 4, 5, 6]


def test_gaps_drawn_anew_are_about_as_frequent():
    gone = [(u, d) for u in range(3) for d in range(5 * u, 5 * u + 5)]
    data = sensors(gone=gone)
    made = generate(data, "block_bootstrap", seed=5, n=300, gaps="drawn").first
    assert len(made) / 300 == pytest.approx(len(data) / 3, rel=0.08)


def test_every_sensor_is_drawn_equally_often_and_has_a_reading():
    data = sensors(gone=[(2, d) for d in range(27)])
    made = generate(data, "block_bootstrap", seed=6, n=30).first
    assert made.n_units == 30
    whose = pd.Series(origin(made)[0]).groupby(made.units).first()
    assert whose.value_counts().to_dict() == {0: 10, 1: 10, 2: 10}


def test_a_mixture_lies_between_the_sensors_it_is_made_of():
    made = generate(sensors(units=2, days=7), "block_bootstrap", seed=7, mix=2, n=50).first
    slot = (made.rows["time"].dt.hour * 2 + made.rows["time"].dt.minute // 30 - 16).to_numpy()
    assert (made.rows["value"] % 10 <= 9).all()
    assert made.rows["value"].between(slot, 1_000 + 63 + 3).all()


@pytest.mark.parametrize("options", [{}, {"mix": 3}, {"gaps": "drawn", "together": False}])
def test_car_parks_break_no_rule_and_keep_order_on_the_half_hour(parks, options):
    assert parks.violations().sum() > 0  # the sensors err
    made = generate(parks, "block_bootstrap", seed=1, **options).first
    assert made.violations().sum() == 0
    gaps = made.rows.groupby("car_park")["time"].diff().dropna()
    assert (gaps > pd.Timedelta(0)).all()
    assert not (made.rows["time"].astype("int64") % (1800 * 10**9)).any()
    assert made.n_units == 30


def test_new_capacities_are_near_real_ones_and_none_when_not_smoothed(parks):
    old = set(parks.rows["capacity"])
    new = generate(parks, "block_bootstrap", seed=1).first.rows["capacity"]
    assert len(set(new) - old) > 20
    kept = generate(parks, "block_bootstrap", seed=1, smooth=False).first.rows["capacity"]
    assert set(kept) <= old


def test_a_rule_that_changes_with_time_breaks_no_row():
    schema = sensors().schema
    rules = (Rule("small", "value <= 5000"),)
    data = Dataset.of(sensors().rows, Schema(schema.variables, rules), entity="sensor", time="time")
    assert generate(data, "block_bootstrap", seed=1).first.violations().sum() == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"blocks": "round"}, "no blocks 'round'"),
        ({"gaps": "none"}, "no gaps 'none'"),
        ({"length": 0}, "length=0 is not a whole number"),
        ({"mix": 0}, "mix=0 is not a whole number"),
        ({"step": "7min"}, "does not divide a day"),
        ({"step": "soon"}, "is no length of time"),
        ({"week": 0}, "week=0 is not a whole number"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(GuideError, match=message):
        generate(sensors(), "block_bootstrap", seed=1, **options)


@pytest.mark.parametrize("method", ["block_bootstrap", "seasonal_residuals"])
def test_times_of_events_are_refused(method):
    shop = load("online_retail").take_units(np.arange(50))
    with pytest.raises(GuideError, match="needs readings at regular times"):
        generate(shop.keep("quantity"), method, seed=1)

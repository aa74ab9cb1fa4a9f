"""Facts about the seasonal model with residuals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare, generate, load
from guide_helpers.methods._between import between
from guide_helpers.methods._gaps import Chain
from guide_helpers.methods._seasonal import Profile, Residuals
from guide_helpers.schema import Dataset, Kind, Rule, Schema, Variable


@pytest.fixture(scope="module")
def parks():
    return load("car_parks")


def autoregression(units, days, slots, memory, shared, rng):
    """Return a process with that memory; a share of the noise is one for all units."""
    noise = rng.standard_normal((units, days * slots))
    noise = shared**0.5 * rng.standard_normal(days * slots) + (1 - shared) ** 0.5 * noise
    found = np.zeros_like(noise)
    for step in range(days * slots):
        found[:, step] = memory * found[:, step - 1] * (step > 0) + noise[:, step]
    return found.reshape(units, days, slots)


def memory_of(values):
    lines = values.reshape(len(values), -1)
    return np.corrcoef(lines[:, 1:].ravel(), lines[:, :-1].ravel())[0, 1]


def test_residuals_come_back_with_memory_scale_and_common_movement():
    rng = np.random.default_rng(1)
    found = Residuals.of(autoregression(20, 200, 6, 0.8, 0.5, rng))
    new = found.draw(found.scale, found.loadings, 200, rng)
    assert memory_of(new) == pytest.approx(0.8, abs=0.03)
    assert new.std() == pytest.approx(1 / (1 - 0.8**2) ** 0.5, rel=0.05)
    pairs = np.corrcoef(new.reshape(20, -1))[np.triu_indices(20, 1)]
    assert pairs.mean() == pytest.approx(0.5, abs=0.08)


def test_independent_sensors_share_no_factor():
    rng = np.random.default_rng(2)
    found = Residuals.of(autoregression(20, 100, 6, 0.5, 0.0, rng))
    new = found.draw(found.scale, found.loadings, 100, rng)
    assert abs(np.corrcoef(new.reshape(20, -1))[np.triu_indices(20, 1)].mean()) < 0.03


def test_a_profile_is_the_mean_of_its_weekday_shrunk_to_the_usual_day():
    # one unit, one time of day: 0 on 8 days of weekday 0, 6 on 8 of weekday 1; usual is 3
    values = np.tile([0.0, 6.0], 8).reshape(1, 16, 1)
    found = Profile.of(values, np.arange(16) % 2, 2).by_weekday.ravel()
    assert found == pytest.approx([3 - 3 * 8 / 10, 3 + 3 * 8 / 10])


def test_a_chain_comes_back_with_its_share_and_length_of_gaps():
    rng = np.random.default_rng(3)
    chain = Chain(np.array(0.2), np.array([0.05]), np.array(0.8))
    gone = chain.draw(400, 200, rng)
    assert gone.mean() == pytest.approx(0.2, abs=0.01)  # 0.05 / (0.05 + 0.2)
    again = Chain.of(gone, np.ones_like(gone))
    assert again.goes_on == pytest.approx(0.8, abs=0.01)
    assert again.begins.mean() == pytest.approx(0.05, abs=0.005)


@pytest.mark.parametrize(
    ("rule", "low", "top"),
    [
        ("x <= size", None, "size"),
        ("size >= x", None, "size"),
        ("x > 2", 3, None),
        ("x >= -1.5", -1.5, None),
        ("x + 1 <= size", None, None),
    ],
)
def test_limits_are_read_from_rules(rule, low, top):
    schema = Schema(
        (Variable("x", Kind.INTEGER), Variable("size", Kind.INTEGER)), (Rule("r", rule),)
    )
    data = Dataset.of(pd.DataFrame({"x": [3], "size": [5]}), schema)
    found = between(data, schema["x"], ["size"])
    assert (found.low, found.top) == (low, top)


@pytest.mark.parametrize("residuals", ["autoregression", "days"])
def test_car_parks_break_no_rule_and_keep_order_on_the_half_hour(parks, residuals):
    made = generate(parks, "seasonal_residuals", seed=1, residuals=residuals, n=40).first
    assert made.violations().sum() == 0
    assert (made.rows.groupby("car_park")["time"].diff().dropna() > pd.Timedelta(0)).all()
    assert not (made.rows["time"].astype("int64") % (1800 * 10**9)).any()
    assert made.n_units == 40


def test_profile_memory_and_spread_of_car_parks_are_within_their_bands(parks):
    made = generate(parks, "seasonal_residuals", seed=1)
    asked = compare(
        parks,
        made,
        measures=["autocorrelation", "within_unit_variance"],
        lags=[1],
        variables=["occupancy"],
        draws=6,
    )
    assert {s.standing for s in asked} == {"within"}


def test_without_spread_profiles_and_sizes_are_those_of_real_sensors(parks):
    sizes = set(parks.rows["capacity"])
    copied, own = (
        generate(parks, "seasonal_residuals", seed=1, spread=s).first for s in (0.0, 0.5)
    )
    assert set(copied.rows["capacity"]) == sizes
    assert len(set(own.rows["capacity"]) - sizes) > 20


def test_same_seed_same_rows(parks):
    one, two = (generate(parks, "seasonal_residuals", seed=4).rows for _ in range(2))
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"spread": -1}, "spread=-1 is not a number from 0 to 5"),
        ({"residuals": "white"}, "no residuals 'white'"),
        ({"day": 0}, "day=0 is not a whole number"),
    ],
)
def test_options_that_make_no_sense_are_refused(parks, options, message):
    with pytest.raises(GuideError, match=message):
        generate(parks, "seasonal_residuals", seed=1, **options)

"""Facts about the simulated mobile network: what is true, what is seen, and what it depends on."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.methods._mobile_events import AT_ONE_KM, LOSS, Antennas
from guide_helpers.methods._mobile_town import Map, drawn_from, gravity
from guide_helpers.mobile_network import simulate


@pytest.fixture(scope="module")
def network():
    return simulate(1_500, side=6, width=3.0, seed=3)


def test_a_seed_decides_everything_and_another_seed_another_town(network):
    again, other = simulate(1_500, side=6, width=3.0, seed=3), simulate(1_500, side=6, seed=4)
    pd.testing.assert_frame_equal(network.seen().rows, again.seen().rows)
    assert not np.array_equal(network.town.homes, other.town.homes)


def test_the_map_does_not_depend_on_the_number_of_devices(network):
    few = simulate(10, side=6, width=3.0, seed=3)
    assert np.array_equal(few.town.homes, network.town.homes)
    assert np.array_equal(few.antennas.position, network.antennas.position)


def test_devices_are_as_many_as_asked_and_some_people_have_two_or_none(network):
    assert len(network.owner) == 1_500
    held = np.bincount(network.owner, minlength=len(network.people))
    assert set(held) == {0, 1, 2}


def test_the_share_of_customers_differs_from_zone_to_zone():
    network = simulate(20_000, side=3, seed=1)
    held = np.bincount(network.owner, minlength=len(network.people))
    a_head = pd.Series(held).groupby(network.people.home).mean()
    ratio = a_head / network.town.customers
    assert ratio.max() / ratio.min() < 1.15
    assert a_head.max() / a_head.min() > 1.3


def test_everybody_is_somewhere_in_every_hour(network):
    truth = network.truth()
    assert truth.shape == (36, 168)
    assert (truth.sum() == len(network.people)).all()


def test_by_night_people_are_at_home_and_by_day_workers_are_at_work(network):
    people = network.people
    everybody = np.arange(len(people))
    night = people.where(everybody, np.full(len(people), 3.5))
    assert (night == people.home).mean() > 0.99
    workers = np.flatnonzero(people.kind == 0)
    noon = people.where(workers, np.full(len(workers), 36.5))
    assert (noon == people.work[workers]).mean() > 0.85
    sunday = people.where(workers, np.full(len(workers), 6 * 24 + 12.5))
    elsewhere = people.work[workers] != people.home[workers]
    assert (sunday == people.work[workers])[elsewhere].mean() < 0.3


def test_gravity_halves_with_distance_and_doubles_with_mass():
    places = np.array([[0.0, 0], [0, 0], [np.log(2), 0]])
    found = gravity(places, np.array([1.0, 2, 2]), 1.0)
    assert np.diff(found[0], prepend=0).tolist() == pytest.approx([0.25, 0.5, 0.25])


def test_draws_follow_the_distribution_of_their_row(rng):
    levels = np.cumsum([[0.2, 0.8, 0.0], [0.0, 0.0, 1.0]], axis=1)
    rows = np.repeat([0, 1], 20_000)
    found = drawn_from(levels, rows, rng)
    assert np.bincount(found[:20_000], minlength=3) / 20_000 == pytest.approx(
        [0.2, 0.8, 0.0], abs=0.012
    )
    assert (found[20_000:] == 2).all()


def test_the_signal_falls_by_ten_times_the_exponent_with_ten_times_the_distance(rng):
    town = Map.drawn(10, 2.0, rng)
    masts = Antennas.placed(1, town, rng)
    parts = (
        town.centres[:, None] + ((np.indices((4, 4)).reshape(2, -1).T[:, ::-1] + 0.5) / 4 - 0.5) * 2
    )
    apart = np.hypot(*(parts.reshape(-1, 2) - masts.position[0]).T)
    expected = AT_ONE_KM - 10 * LOSS * np.log10(apart)
    assert masts.signal[:, 0] == pytest.approx(expected, rel=1e-4)


def test_without_noise_of_position_a_device_is_placed_where_it_is():
    network = simulate(300, side=6, position_noise=0.0, seed=5)
    events = network.events
    true = network.people.where(network.owner[events.device], events.time)
    assert (events.zone == true).all()
    noisy = simulate(300, side=6, position_noise=1.0, seed=5).events
    assert (noisy.zone == true[: len(noisy)])[:1_000].mean() < 0.9


def test_no_event_has_a_signal_below_the_faintest_or_a_time_outside_the_days(network):
    events = network.events
    assert events.signal.min() >= -113
    assert events.time.min() >= 0
    assert events.time.max() < 168
    assert np.all(np.diff(events.device) >= 0)


def test_seen_has_a_row_for_a_device_and_hour_and_a_public_schema(network):
    seen = network.seen()
    assert not seen.rows.duplicated(["device", "hour"]).any()
    assert (seen.entity, seen.time) == ("device", "hour")
    assert all(v.public_domain for v in seen.schema.modelled)
    assert list(network.coordinates) == list(seen.schema["zone"].levels)


def test_seen_keeps_the_last_zone_of_an_hour(network):
    events = network.events
    of_one = events.device == 7
    hours = events.time[of_one].astype(int)
    names = np.array(network.town.names)[events.zone[of_one]]
    expected = pd.Series(names).groupby(hours).last()
    mine = network.seen().rows.query("device == 7").set_index("hour")["zone"].astype(str)
    assert mine.to_dict() == expected.to_dict()


def test_true_homes_and_residents_agree(network):
    places = network.true_places()
    assert len(places) == 1_500
    assert network.residents.sum() == len(network.people)
    owners = places.drop_duplicates("person")["home"].value_counts()
    assert (owners.reindex(network.residents.index, fill_value=0) <= network.residents).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"devices": 0}, "devices=0 is not a whole number"),
        ({"days": 1.5}, "days=1.5 is not a whole number"),
        ({"side": 200}, "40,000 zones"),
        ({"width": -1}, "width=-1 is not a positive"),
        ({"position_noise": -1}, "position_noise=-1"),
        ({"seed": -1}, "seed=-1"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(GuideError, match=message):
        simulate(**options)


@pytest.mark.validation
def test_a_week_of_a_hundred_thousand_devices_takes_less_than_three_cpu_minutes(record_property):
    start = time.process_time()
    network = simulate(100_000, side=20, antennas=400, seed=1)
    seconds = time.process_time() - start
    record_property("events of 100,000 devices in 7 days", f"{len(network.events):,}")
    record_property("CPU seconds", f"{seconds:.1f}")
    assert len(network.owner) == 100_000
    assert seconds < 180

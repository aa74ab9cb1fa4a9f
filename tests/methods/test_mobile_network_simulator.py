"""Facts about the simulator as a method: the shape of a table, and none of its places."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate
from guide_helpers.mobile_network import simulate


@pytest.fixture(scope="module")
def network():
    return simulate(600, side=5, events_a_day=6, seed=2)


def made(data, **options):
    return generate(data, "mobile_network_simulator", seed=1, **options).first


def test_devices_are_mostly_in_one_zone_by_night_and_move_by_day(network):
    rows = made(network.seen(), position_noise=0.0, width=4.0).rows
    hour = rows["hour"] % 24
    by_device = rows.assign(zone=rows["zone"].astype(str)).groupby("device")["zone"]
    night, day = (
        rows[h].groupby("device")["zone"].nunique() for h in (hour < 5, hour.between(9, 17))
    )
    assert by_device.nunique().mean() > 2
    assert night.mean() < 1.05
    assert day.mean() > 1.4


def test_no_zone_of_the_table_is_looked_at(network):
    seen = network.seen()
    one = seen.with_rows(seen.rows.assign(zone=seen.rows["zone"].cat.categories[0]))
    pd.testing.assert_frame_equal(made(seen).rows, made(one).rows)


def test_the_seed_of_the_town_moves_the_centre(network):
    shares = [
        made(network.seen(), town=town).rows["zone"].value_counts(normalize=True, sort=False)
        for town in (0, 5)
    ]
    assert np.abs(shares[0] - shares[1]).sum() > 0.1


def test_zones_that_fill_no_square_are_laid_out_all_the_same(network):
    seen = network.seen()
    levels = list(seen.schema["zone"].levels[:23])
    rows = seen.rows[seen.rows["zone"].isin(levels)]
    schema = seen.schema.change("zone", levels=tuple(levels))
    few = type(seen).of(rows.astype({"zone": str}), schema, entity="device", time="hour")
    assert set(made(few).rows["zone"]) <= set(levels)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, "width=0 is not a positive"),
        ({"position_noise": -1}, "position_noise=-1"),
        ({"town": -1}, "town=-1 is not a whole number"),
    ],
)
def test_options_that_make_no_sense_are_refused(network, options, message):
    with pytest.raises(GuideError, match=message):
        made(network.seen(), **options)

"""Trips are changes of place of one unit, and a map puts every zone where it lies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.mobility import trips, zone_maps
from guide_helpers.schema import Dataset, Kind, Schema, Variable

DIARY = Schema(
    (
        Variable("device", Kind.IDENTIFIER),
        Variable("hour", Kind.INTEGER),
        Variable("zone", Kind.CATEGORICAL, levels=("a", "b", "c")),
    )
)


def test_a_trip_is_a_change_of_place_in_the_order_of_time_within_a_unit():
    rows = pd.DataFrame(
        {"device": [1, 1, 1, 2, 2, 2], "hour": [5, 1, 3, 0, 1, 2], "zone": list("baacca")}
    )
    found = trips(Dataset.of(rows, DIARY, entity="device", time="hour"), "zone")
    assert found.entity == "device"
    assert found.rows.astype(str).to_numpy().tolist() == [["1", "a", "b"], ["2", "c", "a"]]


def test_an_unknown_place_begins_and_ends_no_trip():
    rows = pd.DataFrame({"device": [1, 1, 1], "hour": [0, 1, 2], "zone": ["a", None, "b"]})
    assert len(trips(Dataset.of(rows, DIARY, entity="device", time="hour"), "zone")) == 0


def test_rows_of_nobody_have_no_trips():
    rows = pd.DataFrame({"device": [1], "hour": [0], "zone": ["a"]})
    with pytest.raises(GuideError, match="declare the entity"):
        trips(Dataset.of(rows, DIARY), "zone")


def test_a_map_has_one_scale_and_each_zone_in_its_place():
    where = {"a": (1, 1), "b": (3, 1), "c": (1, 3)}
    shares = pd.Series({"c": 3.0, "a": 1.0, "b": 2.0})
    figure = zone_maps(
        {"one": shares, "two": 2 * shares}, where, title="t", unit="people", alt="two maps"
    )
    first, second = figure.data
    assert np.array_equal(first.z, [[1, 2], [3, np.nan]], equal_nan=True)
    assert first.zmax == second.zmax == 6
    assert figure.layout.meta["alt"] == "two maps"

"""Facts about the laws of movement: where an explorer goes, how often one returns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate
from guide_helpers.methods.mobility_mechanistic import radiation
from guide_helpers.mobile_network import simulate
from guide_helpers.schema import Dataset, Kind, Provenance, Schema, Variable

PUBLIC = Provenance.PUBLIC
PLACES = tuple("abcd")
LINE = {name: (i, 0) for i, name in enumerate(PLACES)}


def trips(units=40, rows=6):
    """Return devices that go round the four places, one place an hour."""
    schema = Schema(
        (
            Variable("device", Kind.IDENTIFIER),
            Variable("hour", Kind.INTEGER, bounds=(0, 9), bounds_from=PUBLIC),
            Variable("zone", Kind.CATEGORICAL, levels=PLACES, levels_from=PUBLIC),
        )
    )
    hour = np.tile(np.arange(rows), units)
    frame = {
        "device": np.repeat(np.arange(units), rows),
        "hour": hour,
        "zone": np.array(PLACES)[hour % 4],
    }
    return Dataset.of(pd.DataFrame(frame), schema, entity="device", time="hour")


def made(data, **options):
    return generate(data, "mobility_mechanistic", seed=1, **options).first


def changes(file):
    rows = file.rows
    before = rows.groupby("device")["zone"].shift()
    return (rows["zone"].astype(str) != before.astype(str))[before.notna()].mean()


def test_radiation_of_three_places_on_a_line_is_the_formula():
    # from the first: to the second 2*3/(2*5), to the third, with 3 between, 2*5/(5*10)
    far = np.array([[0, 1, 2], [1, 0, 1], [2, 1, 0]], dtype=float)
    found = radiation(far, np.array([2.0, 3, 5]))
    assert found[0].tolist() == pytest.approx([0, 0.6, 0.2])


def test_nobody_moves_where_the_share_of_moves_is_zero_and_all_move_back_without_exploring():
    assert changes(made(trips(), moves=0)) == 0
    stay = made(trips(), moves=1, rho=0)
    assert stay.rows.groupby("device")["zone"].nunique().max() == 1


def test_one_who_always_explores_between_far_places_goes_next_door():
    copy = made(trips(), n=300, moves=1, rho=1, gamma=0, reach=0.05, coordinates=LINE)
    place = copy.rows["zone"].cat.codes.astype(int)
    step = place.groupby(copy.rows["device"]).diff().abs().dropna()
    assert (step == 1).mean() > 0.99


def test_relevance_decides_who_is_where():
    odd = {"a": 0, "b": 0, "c": 3, "d": 1}
    copy = made(trips(), n=2_000, rows=1, relevance=odd)
    assert copy.rows["zone"].value_counts(normalize=True)["c"] == pytest.approx(0.75, abs=0.04)
    assert not copy.rows["zone"].isin(["a", "b"]).any()


def test_hours_are_those_of_the_records_and_none_comes_twice():
    rows = made(trips()).rows
    assert rows["hour"].max() <= 5
    assert not rows.duplicated(["device", "hour"]).any()


def test_the_share_of_moves_and_the_rows_of_a_unit_come_from_the_records():
    network = simulate(800, side=5, events_a_day=5, seed=2)
    seen = network.seen()
    copy = made(seen, coordinates=network.coordinates)
    assert len(copy) / copy.n_units == pytest.approx(len(seen) / seen.n_units, rel=0.05)
    # an explorer may not leave the known places, so a move may end where it began
    assert 0.3 * changes(seen) < changes(copy) < changes(seen)


def test_few_places_make_up_most_of_a_life():
    network = simulate(500, side=8, events_a_day=8, seed=2)
    copy = made(network.seen(), coordinates=network.coordinates, law="radiation")
    top = copy.rows.groupby("device")["zone"].agg(lambda z: z.value_counts().iloc[0] / len(z))
    assert top.mean() > 0.3


def test_a_table_without_units_is_made_as_dummy_data_are(survey):
    copy = generate(survey, "mobility_mechanistic", seed=1).first
    assert copy.rows["sex"].value_counts(normalize=True).min() > 0.4


def test_observed_places_are_refused():
    data = trips()
    schema = data.schema.change("zone", levels_from=Provenance.OBSERVED)
    with pytest.raises(GuideError, match="'zone' has no public levels"):
        made(replace(data, schema=schema))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"law": "levy"}, "law='levy' is unknown; known: gravity, radiation"),
        ({"reach": 0}, "reach=0 is not a positive"),
        ({"rho": 1.5}, "rho=1.5 is not a share"),
        ({"moves": -1}, "moves=-1 is not a share"),
        ({"gamma": -1}, "gamma=-1 is not a number"),
        ({"rows": 0.5}, "rows=0.5 is not a mean"),
        ({"relevance": {"a": 1}}, "relevance has nothing for place 'b'"),
        ({"relevance": dict.fromkeys(PLACES, 0)}, "one of them above 0"),
        ({"coordinates": {"a": (0, 1)}}, "coordinates has nothing for place 'b'"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(GuideError, match=message):
        made(trips(), **options)

"""A device is found by home and work where it came through whole, and only there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack, generate
from guide_helpers.attacks.home_work import HomeWork
from guide_helpers.mobile_network import simulate
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable

DIARY = Schema(
    (
        Variable("device", Kind.IDENTIFIER),
        Variable("hour", Kind.INTEGER, Role.KEY),
        Variable("zone", Kind.TEXT, Role.KEY),
    )
)


def diary(**seen):
    """Return sightings by device: pairs of hour of the week and zone."""
    rows = [(name, *pair) for name, pairs in seen.items() for pair in pairs]
    frame = pd.DataFrame(rows, columns=list(DIARY.names))
    return Dataset.of(frame, DIARY, entity="device", time="hour")


def answered(target, file, **options):
    player = HomeWork(**options).learn(file, ("zone",), rng=np.random.default_rng(1))
    return player.answer(target)


FILE = diary(
    p=[(2, "a"), (10, "d"), (20, "a"), (130, "f")],
    q=[(2, "a"), (10, "e"), (20, "a")],
    r=[(2, "b"), (10, "e")],
    s=[(3, "b"), (11, "e")],
)


def test_the_one_unit_with_both_places_is_claimed_and_right_where_its_rows_are_the_targets():
    same = answered(diary(x=[(2, "a"), (10, "d"), (130, "f")]), FILE)
    other = answered(diary(x=[(4, "a"), (12, "d"), (130, "g")]), FILE)
    assert (same.claims.tolist(), same.hits.tolist()) == ([True], [True])
    assert (other.claims.tolist(), other.hits.tolist()) == ([True], [False])


def test_two_units_with_both_places_or_none_give_no_claim():
    found = answered(diary(x=[(2, "b"), (10, "e")], y=[(2, "b"), (10, "z")]), FILE)
    assert found.claims.tolist() == [False, False]
    assert found.details["targets"].tolist() == [1, 0, 1]


def test_a_weekend_by_day_says_nothing_of_work():
    saturday = [(130, "z"), (131, "z"), (132, "z")]
    found = answered(diary(x=[(2, "a"), (10, "d"), *saturday]), FILE, agreement=0.4)
    assert found.claims.tolist() == [True]
    assert found.hits.tolist() == [True]  # 2 of 5 rows
    strict = answered(diary(x=[(2, "a"), (10, "d"), *saturday]), FILE, agreement=0.41)
    assert strict.hits.tolist() == [False]


def test_dates_are_read_as_hours_of_the_week():
    schema = DIARY.change("hour", kind=Kind.DATETIME)

    def dated(file):
        moment = pd.Timestamp("2022-10-03") + pd.to_timedelta(file.rows["hour"], unit="h")
        rows = file.rows.assign(hour=moment)
        return Dataset.of(rows, schema, entity="device", time="hour")

    target = diary(x=[(2, "a"), (10, "d"), (130, "f")])
    one, other = answered(target, FILE), answered(dated(target), dated(FILE))
    assert np.array_equal(one.claims, other.claims)
    assert np.array_equal(one.hits, other.hits)


@pytest.fixture(scope="module")
def game():
    """Return devices of one town: original, control and a fresh sample of the same size."""
    seen = simulate(900, side=6, width=3.0, events_a_day=5, seed=4).seen()
    original, control, fresh = (seen.take_units(np.arange(i, 900, 3)) for i in range(3))
    return original, control, fresh


def test_a_leak_is_found_and_a_fresh_sample_is_not(game):
    original, control, fresh = game
    copied = original.take_units(np.arange(60)).rows
    rest = fresh.take_units(np.arange(60, 300)).rows
    renamed = copied.assign(device=copied["device"] + 10_000)
    leak = fresh.with_rows(pd.concat([rest, renamed], ignore_index=True))
    play = {"original": original, "control": control, "attack": "home_work"}
    found, none = attack(leak, **play), attack(fresh, **play)
    assert found.excess.interval.low > 0
    assert 0 in none.excess.interval
    assert 20 <= found.hits <= 60
    assert found.control_hits == none.hits == 0


def test_copied_devices_are_found_by_home_and_work_and_missed_by_an_attack_on_rows(game):
    original, control, _ = game
    copies = original.with_rows(original.rows.assign(device=original.rows["device"] + 10_000))
    play = {"original": original, "control": control}
    rows = attack(copies, attack="unique_match", **play)
    units = attack(copies, attack="home_work", **play)
    assert units.excess.interval.low > 0.2
    # a row says hour and zone: the one synthetic row that agrees is no more the member's
    assert 0 in rows.excess.interval


def test_private_devices_are_claimed_at_times_and_never_the_targets(game):
    original, control, _ = game
    copy = generate(original, "dp_mobility", epsilon=10.0, max_rows=30, n_public=True, seed=1)
    risk = attack(copy, original=original, control=control, attack="home_work")
    assert risk.claims > 0
    assert risk.hits == 0
    assert 0 in risk.excess.interval


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"agreement": 2}, "agreement=2 is a share"),
        ({"period": 0}, "period=0 is not a positive"),
        ({"confirmed": ["street"]}, "no column 'street' to confirm"),
        ({"confirmed": "zone"}, "give a list of columns"),
        ({"knowledge": ["hour"]}, "needs to know places"),
    ],
)
def test_requests_without_sense_are_refused(options, message):
    with pytest.raises(GuideError, match=message):
        attack(FILE, original=FILE, attack="home_work", **options)

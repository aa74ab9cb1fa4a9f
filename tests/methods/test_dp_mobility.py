"""Facts about private mobility: what a device keeps, what noise takes, and what stays secret."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate
from guide_helpers.methods._audit import empirical_epsilon, twins
from guide_helpers.methods._mobile_anchors import (
    BY_DAY,
    HOME,
    NEW,
    SAME,
    START,
    Clock,
    anchors,
    apart,
    states,
    usual,
    walk,
)
from guide_helpers.methods._mobile_noise import odds_of, towards_mean, ways_from
from guide_helpers.methods.dp_mobility import DpMobility
from guide_helpers.schema import Dataset, Kind, Provenance, Schema, Variable

PUBLIC = Provenance.PUBLIC
PLACES = tuple("abcdef")
XY = {name: (i, 0) for i, name in enumerate(PLACES)}
DIARY = Schema(
    (
        Variable("device", Kind.IDENTIFIER),
        Variable("hour", Kind.INTEGER, bounds=(0, 167), bounds_from=PUBLIC),
        Variable("zone", Kind.CATEGORICAL, levels=PLACES, levels_from=PUBLIC),
    )
)


def diary(units, rng=None):
    """Return devices at home in a or b, by day at d or e, at f on the third evening."""
    rows = []
    for unit in range(units):
        home, work = ("a", "d") if unit % 2 else ("b", "e")
        for day in range(5):
            rows += [
                (unit, 24 * day + h, work if 9 <= h < 17 else home) for h in (2, 6, 10, 15, 22)
            ]
        rows.append((unit, 2 * 24 + 19, "f"))
    frame = pd.DataFrame(rows, columns=list(DIARY.names)).sort_values(["device", "hour"])
    return Dataset.of(frame, DIARY, entity="device", time="hour")


def made(data, **options):
    asked = {"epsilon": 1_000.0, "max_rows": 26, "n_public": True, "seed": 1} | options
    return generate(data, "dp_mobility", **asked)


def test_the_usual_place_is_the_most_frequent_and_of_two_the_earlier():
    units, places = np.array([0, 0, 0, 1, 1, 2]), np.array([4, 2, 4, 3, 1, 0])
    assert usual(units, places, 4).tolist() == [4, 3, 0, -1]


def test_home_is_where_a_device_is_by_night_and_day_place_where_it_is_on_working_days():
    time = np.array([2, 10, 11, 22, 5 * 24 + 10, 5 * 24 + 11, 5 * 24 + 12])
    places = np.array([0, 1, 1, 0, 2, 2, 2])
    home, day = anchors(np.zeros(7, dtype=int), places, Clock(168, 8), time)
    assert (home.tolist(), day.tolist()) == ([0], [1])


def test_states_say_where_a_device_is_and_whether_it_stayed_elsewhere():
    units = np.array([0, 0, 0, 0, 0, 1])
    places = np.array([0, 1, 2, 2, 3, 2])
    before, now = states(units, places, np.array([0, 2]), np.array([1, 2]))
    assert now.tolist() == [HOME, BY_DAY, NEW, SAME, NEW, HOME]
    assert before.tolist() == [START, HOME, BY_DAY, NEW, NEW, START]


def test_a_walk_takes_the_only_way_there_is(rng):
    odds = np.zeros((1, 4, 4))
    odds[0, START, HOME] = odds[0, HOME, BY_DAY] = odds[0, BY_DAY, NEW] = odds[0, NEW, SAME] = 1
    sizes = np.array([2, 5, 0, 1])
    found = walk(odds, np.zeros(8, dtype=int), sizes, rng)
    assert found.tolist() == [HOME, BY_DAY, HOME, BY_DAY, NEW, SAME, SAME, HOME]


def test_distances_are_those_of_the_map():
    far = apart(["a", "b", "c"], {"a": (0, 0), "b": (3, 4), "c": (0, 1)})
    assert far[0].tolist() == [0, 5, 1]
    with pytest.raises(GuideError, match="nothing for place 'c'"):
        apart(["a", "c"], {"a": (0, 0)})


def test_with_a_huge_budget_devices_have_homes_day_places_and_evenings_of_the_original():
    copy = made(diary(200), n=400, coordinates=XY).first
    rows = copy.rows.assign(of_day=copy.rows["hour"] % 24)
    night = rows[rows["of_day"].isin([2, 6, 22])]
    assert night["zone"].isin(["a", "b"]).mean() > 0.98
    day = rows[rows["of_day"].isin([10, 15])]
    assert day["zone"].isin(["d", "e"]).mean() > 0.98
    by_night = night.groupby("device")["zone"].agg(lambda z: z.mode()[0])
    by_day = day.groupby("device")["zone"].agg(lambda z: z.mode()[0])
    pairs = pd.crosstab(by_night, by_day, normalize=True)
    assert pairs.loc["a", "d"] + pairs.loc["b", "e"] == pytest.approx(1, abs=0.02)
    assert (rows.loc[rows["of_day"] == 19, "zone"] == "f").mean() > 0.9


def test_a_device_has_no_hour_twice_and_its_rows_in_order():
    rows = made(diary(60)).rows
    assert not rows.duplicated(["device", "hour"]).any()
    assert rows.equals(rows.sort_values(["device", "hour"]))


def test_noise_makes_no_place_missing_and_a_missing_place_is_kept():
    data = diary(60)
    for seed in range(5):
        assert made(data, epsilon=1.0, seed=seed).rows["zone"].notna().all()
    gaps = data.with_rows(data.rows.assign(zone=data.rows["zone"].where(data.rows["hour"] > 30)))
    share = made(gaps).rows["zone"].isna().mean()
    assert share == pytest.approx(gaps.rows["zone"].isna().mean(), abs=0.06)


def test_one_place_alone_is_no_reason_to_stop():
    alone = DIARY.change("zone", levels=("a",))
    rows = diary(20).rows.assign(zone="a")
    one = Dataset.of(rows, alone, entity="device", time="hour")
    assert made(one, coordinates={"a": (0, 0)}).rows["zone"].eq("a").all()


def test_the_flows_are_units_by_home_and_day_place_with_noise(rng):
    method = DpMobility(epsilon=1_000.0, max_rows=26).fit(diary(60), rng=rng)
    flows = method.flows_
    assert (flows.loc["a", "d"], flows.loc["b", "e"]) == (30, 30)
    assert flows.to_numpy().sum() == 60
    noisy = DpMobility(epsilon=1.0, max_rows=26).fit(diary(60), rng=rng).flows_
    assert (noisy < 0).any().any()


def test_more_budget_gives_better_flows_from_home_to_day_place():
    data = diary(300)
    found = []
    for epsilon in (0.5, 50.0):
        share = []
        for seed in range(4):
            rows = made(data, epsilon=epsilon, seed=seed).rows
            night = rows[rows["hour"] % 24 < 7].groupby("device")["zone"].first()
            day = rows[(rows["hour"] % 24).between(9, 16)].groupby("device")["zone"].first()
            both = pd.concat([night, day], axis=1, keys=["night", "day"]).dropna().astype(str)
            share.append(both.agg("".join, axis=1).isin(["ad", "be"]).mean())
        found.append(np.mean(share))
    assert found[1] > 0.9
    assert found[0] < 0.8


def test_a_device_of_many_rows_changes_no_table_by_more_than_is_paid_for():
    full = diary(41)
    less = full.take_units(np.arange(40))
    for delta in (0.0, 1e-6):
        make = lambda: DpMobility(epsilon=2.0, delta=delta, max_rows=30, coordinates=XY)  # noqa: B023, E731
        found = twins(make, full, less, seed=1)
        names = [q.what for q, _ in found]
        assert "home x day place" in names
        assert "distance" in names
        for question, change in found:
            assert 0 < change <= question.sensitivity, question.what


def seen_canaries(data, epsilon, runs, seed):
    """Count the files in which some device is at c by night and at f by day, as the canary is."""
    hits = 0
    for rng in np.random.default_rng(seed).spawn(runs):
        method = DpMobility(epsilon=epsilon, max_rows=5, n_public=True)
        rows = method.fit(data, rng=rng).sample(60, rng=rng).rows
        hour = rows["hour"] % 24
        night = set(rows.loc[(hour < 7) & (rows["zone"] == "c"), "device"])
        hits += bool(night & set(rows.loc[hour.between(9, 16) & (rows["zone"] == "f"), "device"]))
    return hits


def canary_pair():
    """Return 20 devices, and the same with one that lives and works where nobody does."""
    others = diary(20)
    hours = [(2, "c"), (10, "f"), (15, "f"), (26, "c"), (34, "f")]
    lone = pd.DataFrame([(99, h, z) for h, z in hours], columns=list(DIARY.names))
    rows = pd.concat([others.rows.astype({"zone": str}), lone], ignore_index=True)
    return others.with_rows(rows), others


def test_a_device_that_lives_apart_shows_no_more_than_the_claim():
    runs = 60
    hits = [seen_canaries(d, 1.0, runs, i) for i, d in enumerate(canary_pair())]
    assert empirical_epsilon(*hits, runs) <= 1.0


def test_a_device_that_lives_apart_is_seen_where_the_budget_is_huge():
    runs = 30
    hits = [seen_canaries(d, 500.0, runs, i) for i, d in enumerate(canary_pair())]
    assert empirical_epsilon(*hits, runs) > 1.0


def test_states_of_a_block_lean_on_all_blocks_where_noise_is_as_large():
    counts = np.zeros((2, 4, 4))
    counts[0, HOME, [HOME, BY_DAY]] = 300, 100
    counts[1, HOME, [HOME, BY_DAY]] = 1, 3
    sure, unsure = odds_of(counts, 0.0), odds_of(counts, 50.0)
    assert sure[1, HOME, :2] == pytest.approx([0.25, 0.75])
    assert unsure[1, HOME, :2] == pytest.approx([301 / 404, 103 / 404])
    assert sure[0, HOME, SAME] == 0


def test_flows_within_the_noise_follow_what_day_places_have_left():
    ways = np.array([[10.0, 2], [1, 0]])
    found = ways_from(ways, np.array([14, 6]), np.array([10, 5]), 5.0)
    # from the first home 10 to the first, and 4 more to the second, which alone has any left
    assert np.diff(found[0], prepend=0) == pytest.approx([10 / 14, 4 / 14])
    assert np.diff(found[1], prepend=0) == pytest.approx([0, 1], abs=1e-9)


def test_counts_within_the_noise_become_the_mean_of_their_group():
    counts, group = np.array([10.0, 0, 14, 4]), np.array([0, 1, 0, 1])
    assert towards_mean(counts, group, 0.0).tolist() == [10, 0, 14, 4]
    assert towards_mean(counts, group, 99.0).tolist() == [12, 2, 12, 2]


def test_the_ledger_counts_home_and_way_once_a_device_and_rows_by_the_bound():
    found = made(diary(40), epsilon=2.0, n_public=False).privacy
    assert [e.what for e in found.ledger] == [
        "units by number of rows",
        "hour",
        "home",
        "day place",
        "home x day place",
        "state by hour",
        "elsewhere",
    ]
    assert found.spent == pytest.approx(2.0)
    assert found.spent <= 2.0
    assert "26" in found.contribution
    assert found.unit == "all rows of one device"


def test_with_one_row_a_device_places_and_hours_are_drawn_apart():
    found = made(diary(50), max_rows=1)
    assert {e.what for e in found.privacy.ledger} == {"hour", "zone"}
    assert not found.first.panel


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"place": "street"}, "place='street' is no column of levels; known: zone"),
        ({"blocks": 0}, "blocks=0 is not a whole number"),
        ({"period": -1}, "period=-1 is not a positive number"),
        ({"coordinates": {"a": (0, 0)}}, "nothing for place 'b'"),
        ({"coordinates": dict.fromkeys(PLACES, (0,))}, "place 'a' are not two numbers"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(GuideError, match=message):
        made(diary(20), **options)

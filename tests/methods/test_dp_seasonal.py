"""Facts about the private seasonal model: what it keeps, what noise takes, what stays secret."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate
from guide_helpers.methods import _dp_series as series
from guide_helpers.methods._audit import empirical_epsilon, questions
from guide_helpers.methods.dp_seasonal import DpSeasonal
from guide_helpers.schema import Dataset, Kind, Provenance, Rule, Schema, Variable

PUBLIC = Provenance.PUBLIC
DAY, DAYS = 12, 28
WEEK = (0, 0, 0, 0, 0, 1, 1)
SENSORS = Schema(
    (
        Variable("sensor", Kind.IDENTIFIER),
        Variable("step", Kind.INTEGER, bounds=(0, DAY * DAYS - 1), bounds_from=PUBLIC),
        Variable("size", Kind.INTEGER, bounds=(1, 1_000), bounds_from=PUBLIC),
        Variable("state", Kind.CATEGORICAL, levels=("good", "bad"), levels_from=PUBLIC),
        Variable("cars", Kind.INTEGER, bounds=(0, 1_000), bounds_from=PUBLIC),
    ),
    rules=(Rule("room", "cars <= size"),),
)
ASKED = {"constant": ("size",), "day": DAY, "week": WEEK, "max_rows": DAY * DAYS, "n_public": True}
RUNS = 30
"""Runs of the whole method, each way: they can prove an epsilon of 2."""
both = pytest.mark.parametrize("delta", [0.0, 1e-3], ids=["pure", "zcdp"])


def network(units, rng, gone=0.05, swing=0.2, low=0.3, high=0.5):
    """Return sensors with a hill on working days, a low weekend, levels and gaps of their own."""
    there = ~(rng.random((units, DAY * DAYS)) < gone)
    unit, step = np.nonzero(there)
    level = rng.uniform(low, high, units)
    hill = np.where((step // DAY) % 7 < 5, swing * np.sin((step % DAY + 0.5) * np.pi / DAY), -0.1)
    left = series.remembering(0.8, units, DAY * DAYS, rng)[unit, step]
    share = np.clip(level[unit] + hill + 0.04 * left, 0, 1)
    size = rng.integers(100, 900, units)[unit]
    rows = {
        "sensor": unit,
        "step": step,
        "size": size,
        "state": np.where(rng.random(len(unit)) < 0.2, "bad", "good"),
        "cars": np.round(share * size).astype(int),
    }
    return Dataset.of(pd.DataFrame(rows), SENSORS, entity="sensor", time="step", name="network")


def made(data, **options):
    return generate(data, "dp_seasonal", **({"epsilon": 5_000.0, "seed": 1} | ASKED | options))


def curve(data, weekend=False):
    """Return the mean share taken by the time of day."""
    rows = data.rows
    kept = rows[((rows["step"] // DAY) % 7 >= 5) == weekend]
    return (kept["cars"] / kept["size"]).groupby(kept["step"] % DAY).mean().to_numpy()


def test_with_a_huge_budget_days_levels_residuals_and_gaps_are_those_of_the_original(rng):
    original = network(60, rng)
    copy = made(original, n=120).first
    for weekend in (False, True):
        assert curve(copy, weekend) == pytest.approx(curve(original, weekend), abs=0.03)
    shares = [
        (d.rows["cars"] / d.rows["size"]).groupby(d.rows["sensor"]).mean() for d in (original, copy)
    ]
    assert shares[1].std() == pytest.approx(shares[0].std(), rel=0.2)
    assert len(copy) / 120 == pytest.approx(len(original) / 60, rel=0.01)
    assert (copy.rows["state"] == "bad").mean() == pytest.approx(0.2, abs=0.08)
    model = DpSeasonal(epsilon=5_000.0, **ASKED).fit(original, rng=rng).models_["cars"]
    assert model["spread"] == pytest.approx(0.04, abs=0.01)
    assert model["memory"] == pytest.approx(0.8, abs=0.1)


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 100.0])
@both
def test_readings_are_in_order_within_limits_and_of_one_size_a_sensor(epsilon, delta, rng):
    copy = made(network(30, rng), epsilon=epsilon, delta=delta).first
    assert copy.violations().sum() == 0
    assert copy.rows.equals(copy.rows.sort_values(["sensor", "step"]))
    assert not copy.rows.duplicated(["sensor", "step"]).any()
    assert copy.rows.groupby("sensor")["size"].nunique().max() == 1
    assert copy.rows["step"].between(0, DAY * DAYS - 1).all()
    assert copy.n_units == 30


def test_more_sensors_or_more_budget_give_a_better_day(rng):
    def error(units, epsilon):
        original = network(units, np.random.default_rng(1))
        found = [curve(made(original, epsilon=epsilon, n=20, seed=s).first) for s in range(4)]
        apart = [f - f.mean() - (curve(original) - curve(original).mean()) for f in found]
        return np.abs(apart).mean()

    few, many, dear = error(20, 1.0), error(500, 1.0), error(20, 100.0)
    assert many < few / 2
    assert dear < few / 2


def test_a_day_that_noise_alone_explains_is_flat():
    assert series.towards_none(np.array([0.1, -0.3]), 0.04).tolist() == pytest.approx(
        [0, -0.3 * (1 - 0.04 / 0.09)]
    )


def sensor(steps, cars):
    """Return the rows of a sensor of 500 places."""
    return pd.DataFrame({"sensor": 99, "step": steps, "size": 500, "state": "bad", "cars": cars})


def changes(delta, data, neighbour, seed, **options):
    """Return the share of its sensitivity by which each answer changes; none may exceed 1."""
    make = lambda: DpSeasonal(epsilon=3.0, delta=delta, **(ASKED | options))  # noqa: E731
    one, given = questions(make(), data, seed=seed)
    two, _ = questions(make(), neighbour, seed=seed, answers=given)
    used = []
    for first, second in zip(one, two, strict=True):
        assert (first.what, first.price, first.sensitivity) == (
            second.what,
            second.price,
            second.sensitivity,
        )
        apart = np.abs(first.truth - second.truth)
        change = float((apart**2).sum() ** 0.5 if delta else apart.sum())
        assert change <= first.sensitivity * (1 + 1e-9), first.what
        used.append(change / first.sensitivity)
    return used


@pytest.mark.parametrize("seed", range(4))
@both
def test_a_sensor_changes_no_answer_by_more_than_its_sensitivity(delta, seed):
    """Under geometric noise absolute differences count, under Gaussian the root of squares."""
    rng = np.random.default_rng(seed)
    wild = network(6, rng, swing=1.5, low=0.0, high=1.0, gone=0.5)
    less = wild.take_units(np.arange(5))
    options = {"n_public": False, "clip": 0.1, "curves": 6}
    used = changes(delta, wild, less, seed=seed, **options)
    assert len(used) == 8
    assert max(used) > 0.95


@both
def test_the_extreme_sensor_uses_up_the_bounds(delta):
    """A sensor that is always full or never there reaches, and does not pass, what is paid for."""
    rng = np.random.default_rng(1)
    base = network(2, rng)
    steps = np.arange(DAY * DAYS)
    patterns = (steps >= 0, steps % 2 == 0, steps % DAY < DAY // 2, steps < len(steps) // 2)
    for full in patterns:
        odd = sensor(steps, np.where(full, 500, 0))
        for kept in (odd, odd.iloc[::2], odd.iloc[:1]):
            pair = base.with_rows(pd.concat([base.rows, kept], ignore_index=True)), base
            changes(delta, *pair, seed=1)


def test_values_out_of_bounds_and_times_off_the_calendar_change_nothing_more(rng):
    data = network(20, rng)
    wrong = pd.DataFrame({"sensor": 5, "step": [5_000, -3, 7], "size": 300, "state": "good",
                          "cars": [10**6, 10**6, 10**6]})  # fmt: skip
    with_errors = replace(data, rows=pd.concat([data.rows, wrong], ignore_index=True))
    copy = made(with_errors).first
    assert copy.violations().sum() == 0


def test_the_claim_is_the_sensors_and_says_what_a_sensor_adds(rng):
    data = network(30, rng)
    loss = made(data, epsilon=1.0, delta=1e-3, seed=None, release=True).privacy
    assert loss.unit == "all rows of one sensor"
    assert loss.claim.startswith("(1, 0.001)-differential privacy for all rows of one sensor")
    assert "adds once to each table and sum" in loss.contribution
    assert "336 public times" in loss.contribution
    asked = [e.what for e in loss.ledger]
    parts = [f"{part} of cars" for part in ("curves", "level", "spread", "memory")]
    assert asked == ["gaps", "size", "state", *parts]
    assert loss.spent == pytest.approx(loss.budget, rel=1e-9)


def test_observed_bounds_of_the_time_are_refused(rng):
    data = network(30, rng)
    schema = data.schema.change("step", bounds_from=Provenance.OBSERVED)
    with pytest.raises(GuideError, match="'step' has no public bounds"):
        made(replace(data, schema=schema))


def test_missing_values_of_a_reading_come_back_at_their_rate(rng):
    data = network(100, rng)
    cars = data.rows["cars"].astype(float).where(rng.random(len(data)) > 0.3)
    copy = made(data.with_rows(data.rows.assign(cars=cars))).first
    assert copy.rows["cars"].isna().mean() == pytest.approx(0.3, abs=0.02)
    none = data.with_rows(data.rows.assign(cars=np.nan))
    assert made(none).first.rows["cars"].isna().mean() > 0.99
    for seed in range(5):  # noise makes no value missing
        assert made(data, epsilon=1.0, seed=seed).first.rows["cars"].notna().all()


def test_long_gaps_come_back_as_long_ones(rng):
    data = network(100, rng, gone=0.0)
    silent = (data.rows["step"] // DAY) % 7 == (data.rows["sensor"] % 7)
    data = data.with_rows(data.rows[~silent].reset_index(drop=True))
    model = DpSeasonal(epsilon=5_000.0, **ASKED).fit(data, rng=rng)
    assert model.gaps_[0] == pytest.approx(1 / 7, abs=0.01)
    there = series.presence(*model.gaps_, 200, DAY * DAYS, rng)
    assert 1 - there.mean() == pytest.approx(1 / 7, abs=0.02)
    begins = (there[:, :-1] & ~there[:, 1:]).sum()
    assert (~there).sum() / begins == pytest.approx(DAY, rel=0.2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"constant": "size"}, 'constant=\\("capacity",\\)'),
        ({"constant": ("nope",)}, "constant names 'nope'"),
        ({"constant": ("step",)}, "constant names 'step'"),
        ({"day": 0}, "day=0 is not a whole number"),
        ({"curves": 1.5}, "curves=1.5 is not a whole number"),
        ({"clip": 0}, "clip=0 is not a share"),
        ({"clip": "much"}, "clip='much' is not a share"),
        ({"week": (0, 2)}, "is no list of kinds of days"),
        ({"week": ()}, "is no list of kinds of days"),
        ({"n": 10**6}, "too many at once"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message, rng):
    with pytest.raises(GuideError, match=message):
        made(network(5, rng), **options)


def test_a_calendar_without_end_is_refused(rng):
    data = network(5, rng)
    schema = data.schema.change("step", bounds=(0, 10**9))
    with pytest.raises(GuideError, match="count it in longer steps"):
        made(replace(data, schema=schema))


def nearly_full(data, delta, epsilon, runs, seed):
    """Count the runs in which full sensors have a good part of the levels."""
    hits = 0
    options = ASKED | {"epsilon": epsilon, "delta": delta, "bins": 4}
    for source in np.random.default_rng(seed).spawn(runs):
        level = DpSeasonal(**options).fit(data, rng=source).models_["cars"]["level"]
        hits += bool(level[-1] > 0.1 * level.sum())
    return hits


@pytest.mark.parametrize(("epsilon", "delta"), [(1.0, 0.0), (1.0, 1e-3), (40.0, 0.0)])
def test_audit_with_a_sensor_that_is_always_full(delta, epsilon):
    """The canary alone is full: under the claim at 1, and plain to see at a large budget."""
    base = network(4, np.random.default_rng(5), gone=0.97)
    full = sensor(np.arange(0, DAY * DAYS, 30), 500)
    pair = base.with_rows(pd.concat([base.rows, full], ignore_index=True)), base
    hits = [nearly_full(d, delta, epsilon, RUNS, i) for i, d in enumerate(pair)]
    seen = empirical_epsilon(*hits, RUNS, delta=delta)
    assert seen <= 1.0 if epsilon == 1.0 else seen > 1.0

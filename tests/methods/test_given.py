"""Columns drawn given others: what the sources of rows of units are built on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, load
from guide_helpers.methods._given import Given
from guide_helpers.schema import Dataset, Kind, Rule, Schema, Variable


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def table(rng, n=4_000):
    """Return a table in which y follows x, and the level of x tells z apart."""
    x = rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "x": x.round(3),
            "group": np.where(x > 0, "high", "low"),
            "y": (2 * x + 0.1 * rng.normal(size=n)).round(3),
            "day": pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(n) % 50, unit="D"),
        }
    )
    variables = (
        Variable("x", Kind.NUMBER),
        Variable("group", Kind.CATEGORICAL, levels=("high", "low", "unseen")),
        Variable("y", Kind.NUMBER),
        Variable("day", Kind.DATETIME),
    )
    rules = (Rule("sides", '(group == "high") == (y > x)'),)
    data = Dataset.of(frame, Schema(variables))
    return data, Dataset(data.rows, Schema(variables, rules))


def test_what_is_drawn_follows_what_is_known(rng):
    data, _ = table(rng)
    given = Given.learn(data, ["y"], rng=rng)
    known = data.rows[["x", "group", "day"]].sample(1_000, random_state=1)
    drawn = given.draw(known, rng)
    assert list(drawn) == ["y"]
    assert drawn.index.equals(known.index)
    assert np.corrcoef(drawn["y"], 2 * known["x"])[0, 1] > 0.95


def test_levels_and_quantities_that_no_record_has_are_understood(rng):
    data, _ = table(rng)
    given = Given.learn(data, ["y"], rng=rng)
    dtype = data.rows["group"].dtype
    known = pd.DataFrame(
        {
            "x": [-9.0, 9.0, np.nan],
            "group": pd.Categorical(["low", "high", "unseen"], dtype=dtype),
            "day": pd.to_datetime(["2030-01-01", "2020-01-01", None]),
        }
    )
    drawn = given.draw(known, rng)["y"]
    assert drawn[0] < 0 < drawn[1]
    assert drawn.notna().all()


def test_rules_that_tie_drawn_columns_to_known_ones_are_kept(rng):
    loose, strict = table(rng)
    kept = loose.rows[(loose.rows["group"] == "high") == (loose.rows["y"] > loose.rows["x"])]
    given = Given.learn(strict.with_rows(kept), ["y"], rng=rng)
    known = kept[["x", "group", "day"]].reset_index(drop=True)
    drawn = pd.concat([known, given.draw(known, rng)], axis=1)
    assert not strict.schema.rules[0].violations(drawn).any()


def test_no_rows_give_no_rows(rng):
    data, _ = table(rng)
    given = Given.learn(data, ["y", "group"], rng=rng)
    assert given.draw(data.rows[["x", "day"]].iloc[:0], rng).shape == (0, 2)


def test_same_seed_gives_the_same_columns():
    data = load("satgpa")
    last = data.schema.modelled[-1].name
    known = data.rows.drop(columns=last)
    made = []
    for _ in range(2):
        rng = np.random.default_rng(3)
        made.append(Given.learn(data, [last], rng=rng).draw(known, rng))
    pd.testing.assert_frame_equal(*made)


def test_what_is_missing_or_odd_is_said(rng):
    data, _ = table(rng)
    with pytest.raises(GuideError, match="column 'z' cannot be drawn; known: x, group, y, day"):
        Given.learn(data, ["z"], rng=rng)
    with pytest.raises(GuideError, match="strata makes no sense"):
        Given.learn(data, ["y"], rng=rng, strata=["group"])
    with pytest.raises(GuideError, match="column 'x' is needed to draw y"):
        Given.learn(data, ["y"], rng=rng).draw(data.rows[["group", "day"]], rng)

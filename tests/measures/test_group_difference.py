"""Difference between two groups: by hand, shrunk, turned round, lost, and under both nulls."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures.group_difference import group_difference


def two_groups(of_columns, gap):
    y = np.tile([0.0, 2.0], 40) + np.repeat([0, gap], 40)
    return of_columns(g=["a"] * 40 + ["b"] * 40, y=y)


def test_a_difference_computed_by_hand(of_columns, rng):
    original = two_groups(of_columns, 3)
    score = group_difference(original, two_groups(of_columns, 2), rng=rng)[0]
    error = (2 / 39) ** 0.5
    assert score.value == pytest.approx(-1 / error)
    assert score.variant == "mean of y by g"
    assert score.details["original"].tolist() == [1.0, 4.0, -3.0]
    assert score.details["synthetic"].tolist() == [1.0, 3.0, -2.0]
    wider = group_difference(original, two_groups(of_columns, 4), rng=rng)[0]
    assert wider.value == pytest.approx(1 / error)
    assert (score.standing, wider.standing) == ("below", "above")


def test_a_copy_has_the_difference_and_nulls_have_their_width(survey, rng):
    for score in group_difference(survey, survey, rng=rng):
        assert score.value == 0
        assert score.band().high == pytest.approx(1.96, abs=1e-3)
        assert score.band(Null.FRESH_SAMPLE).high == pytest.approx(1.96 * 2**0.5, abs=2e-3)


def test_the_pair_can_be_named_and_a_lost_group_counts(people, rng):
    original = people(500, rng)
    score = group_difference(original, original, rng=rng, variable="score", pair=("e", "a"))[0]
    assert score.details["group"].tolist() == ["e", "a", "difference"]
    without = original.with_rows(original.rows[original.rows["group"] != "e"])
    score = group_difference(original, without, rng=rng, variable="score", pair=("e", "a"))[0]
    assert score.value == pytest.approx(-3.92, abs=0.01)
    assert "none in the synthetic file" in score.note
    with pytest.raises(GuideError, match="does not name two groups of a, b, c"):
        group_difference(original, original, rng=rng, pair=("e", "z"))


def test_differences_that_are_lost_stand_below(people, rng):
    original = people(3_000, rng)
    lost = original.with_rows(
        original.rows.assign(score=rng.permutation(original.rows["score"].to_numpy()))
    )
    score = group_difference(original, lost, rng=rng, variable="score")[0]
    assert score.standing == "below"
    assert score.interval.high < score.band().low


def test_one_group_has_no_difference(of_columns, rng):
    data = of_columns(g=["a"] * 9, y=np.arange(9.0))
    with pytest.raises(GuideError, match="has no two groups"):
        group_difference(data, data, rng=rng)


@pytest.mark.validation
@pytest.mark.parametrize("variable", ["score", "trait"])
def test_squared_differences_over_200_draws(variable, people, correct, within_errors):
    rng = np.random.default_rng(31)
    original, asked = people(2_000, rng), {"variable": variable, "groups": "group"}
    made = [
        group_difference(original, correct(original, rng), rng=rng, **asked)[0].value
        for _ in range(200)
    ]
    fresh = [
        group_difference(people(2_000, rng), people(2_000, rng), rng=rng, **asked)[0].value
        for _ in range(200)
    ]
    within_errors([v**2 for v in made], 1)
    within_errors([v**2 for v in fresh], 2)

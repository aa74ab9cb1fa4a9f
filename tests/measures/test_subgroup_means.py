"""Means of subgroups: by hand, groups that are lost, panels, and its values under both nulls."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures.subgroup_means import subgroup_means
from guide_helpers.schema import Dataset, Kind, Schema, Variable


def test_group_means_computed_by_hand(of_columns, rng):
    original = of_columns(g=["a"] * 40 + ["b"] * 40, y=np.tile([0.0, 2.0], 40))
    moved = original.with_rows(original.rows.assign(y=original.rows["y"] + np.repeat([0, 1], 40)))
    score = subgroup_means(original, moved, rng=rng, variable="y")[0]
    error = (1 / 39) ** 0.5  # the variance is 40/39 around a mean of 1
    assert score.value == pytest.approx(1 / error / 2)
    assert score.variant == "mean of y by g"
    assert score.details.set_index("group").loc["b", "in standard errors"] == pytest.approx(
        1 / error
    )
    assert "furthest off is 'b' with +6.24" in score.note


def test_a_copy_has_no_distance_in_any_group(survey, rng):
    scores = subgroup_means(survey, survey, rng=rng)
    assert [s.variant for s in scores] == [f"mean of income by {k}" for k in survey.keys]
    assert all(s.value == 0 for s in scores)


def test_nulls_are_those_of_the_formula(people, correct, rng):
    original = people(400, rng)
    score = subgroup_means(original, correct(original, rng), rng=rng, variable="score")[0]
    assert score.band().mean == pytest.approx(0.798, abs=1e-3)
    assert score.band(Null.FRESH_SAMPLE).mean == pytest.approx(1.128, abs=1e-3)
    half = subgroup_means(original, correct(original, rng, 100), rng=rng, variable="score")[0]
    assert half.band().mean == pytest.approx(2 * 0.798, abs=2e-3)


def test_groups_smoothed_to_one_mean_are_off(people, rng):
    original = people(2_000, rng)
    shuffled = original.with_rows(
        original.rows.assign(score=rng.permutation(original.rows["score"].to_numpy()))
    )
    score = subgroup_means(original, shuffled, rng=rng, variable="score")[0]
    assert score.standing == "worse"
    assert score.interval.low > score.band().high


def test_small_groups_are_left_out_and_lost_ones_count(people, rng):
    original = people(300, rng)
    without = original.with_rows(original.rows[original.rows["group"] != "a"])
    score = subgroup_means(original, without, rng=rng, variable="score", smallest=40)[0]
    table = score.details.set_index("group")
    assert np.isnan(table.loc["a", "in standard errors"])
    assert "e" not in table.index
    assert "Left out, of fewer than 40 records" in score.note
    assert score.value >= 3.9 / len(table)


def test_a_discrete_variable_is_the_share_of_its_commonest_level(people, rng):
    original = people(300, rng)
    score = subgroup_means(original, original, rng=rng, variable="trait", groups="score")[0]
    common = original.rows["trait"].value_counts().index[0]
    assert score.variant == f"share of trait: {common} by score"
    assert len(score.details) == 4


def test_records_of_one_unit_are_taken_together(rng):
    rows = pd.DataFrame({"who": np.repeat(np.arange(50), 4), "g": "a"})
    rows["y"] = np.repeat(rng.normal(size=50), 4)
    schema = Schema(
        (
            Variable("who", Kind.IDENTIFIER),
            Variable("g", Kind.CATEGORICAL),
            Variable("y", Kind.NUMBER),
        )
    )
    panel = Dataset.of(rows, schema, entity="who")
    error = subgroup_means(panel, panel, rng=rng)[0].details["standard error"][0]
    assert error == pytest.approx(rows["y"][::4].std() / 50**0.5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"variable": "colour"}, "no column 'colour'"),
        ({"variable": "group", "groups": "group"}, "no variable besides 'group'"),
        ({"variable": "score", "smallest": 10_000}, "has 10000 original records"),
    ],
)
def test_what_cannot_be_compared_gets_one_sentence(options, words, people, rng):
    original = people(50, rng)
    with pytest.raises(GuideError, match=words):
        subgroup_means(original, original, rng=rng, **options)


@pytest.mark.validation
@pytest.mark.parametrize("variable", ["score", "trait"])
def test_means_over_200_draws(variable, people, correct, within_errors):
    rng = np.random.default_rng(29)
    original, asked = people(2_000, rng), {"variable": variable, "groups": "group"}
    made = [
        subgroup_means(original, correct(original, rng), rng=rng, **asked)[0] for _ in range(200)
    ]
    fresh = [
        subgroup_means(people(2_000, rng), people(2_000, rng), rng=rng, **asked)[0]
        for _ in range(200)
    ]
    within_errors([s.value for s in made], 0.798)
    within_errors([s.value for s in fresh], 1.128)
    assert sum(s.standing == "within" for s in made) >= 180

"""Standardised difference of coefficients: by hand, and its values under both nulls."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers.cards import Null
from guide_helpers.measures._formula import estimate, regression
from guide_helpers.measures.coefficient_difference import coefficient_difference

FORMULAS = ("score ~ group + size", "trait ~ group + size")


def test_a_coefficient_moved_by_two_errors_scores_two(of_columns, rng):
    x = np.tile([0.0, 1.0], 50)
    y = x + np.tile([-1.0, -1.0, 1.0, 1.0], 25)
    original = of_columns(x=x, y=y)
    error = estimate(regression("y ~ x", "auto", original), original).errors[0]
    moved = original.with_rows(original.rows.assign(y=y + 2 * error * x))
    score = coefficient_difference(original, moved, rng=rng, formula="y ~ x")
    assert score.value == pytest.approx(2)
    assert "furthest is 'x' with +2.00" in score.note
    # one coefficient: the copy's error is that of the original
    assert score.interval.high - score.value == pytest.approx(1.96, abs=1e-3)


def test_a_copy_has_no_difference(survey, rng):
    score = coefficient_difference(survey, survey, rng=rng, formula="income ~ age + education")
    assert score.value == 0
    assert score.standing == "better"


@pytest.mark.parametrize(("m", "expected"), [(1, 0.798), (5, 0.357)])
def test_nulls_are_those_of_the_formula(m, expected, people, correct, rng):
    original = people(400, rng)
    copies = [correct(original, rng) for _ in range(m)]
    score = coefficient_difference(original, copies, rng=rng, formula=FORMULAS[0])
    assert score.band().mean == pytest.approx(expected, abs=1e-3)
    assert score.band(Null.FRESH_SAMPLE).mean == pytest.approx(0.798 * (1 + 1 / m) ** 0.5, abs=2e-3)


def test_a_relation_lost_is_many_errors_away(people, rng):
    original = people(3_000, rng)
    lost = original.with_rows(
        original.rows.assign(score=rng.permutation(original.rows["score"].to_numpy()))
    )
    score = coefficient_difference(original, lost, rng=rng, formula="score ~ group")
    assert score.value > 10
    assert score.standing == "worse"


def test_a_level_that_the_synthetic_file_lacks_counts_as_apart(people, rng):
    original = people(400, rng)
    without = original.with_rows(original.rows[original.rows["group"] != "e"])
    score = coefficient_difference(original, without, rng=rng, formula="score ~ group")
    assert score.value == pytest.approx(3.92 / 4, abs=0.01)
    assert "counted as 3.92: 1" in score.note


@pytest.mark.validation
@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize(("m", "expected"), [(1, 0.7979), (5, 0.3568)])
def test_differences_of_a_correct_synthesis_over_200_draws(
    m, expected, formula, people, correct, within_errors
):
    rng = np.random.default_rng(17)
    original = people(1_000, rng)
    found = []
    for _ in range(200):
        copies = [correct(original, rng) for _ in range(m)]
        found.append(coefficient_difference(original, copies, rng=rng, formula=formula))
    within_errors([s.value for s in found], expected)
    assert sum(s.standing == "within" for s in found) >= 180


@pytest.mark.validation
@pytest.mark.parametrize("formula", FORMULAS)
def test_differences_of_a_fresh_sample_over_200_draws(formula, people, within_errors):
    rng = np.random.default_rng(18)
    found = [
        coefficient_difference(people(1_000, rng), people(1_000, rng), rng=rng, formula=formula)
        for _ in range(200)
    ]
    within_errors([s.value for s in found], 1.1284)

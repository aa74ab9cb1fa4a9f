"""Combining rules: by hand, on a worked population, and the distance to the original."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.intervals import student_quantile
from guide_helpers.measures._formula import estimate, regression
from guide_helpers.measures._regression import least_squares
from guide_helpers.measures.combined_estimates import combine, combined_estimates

FORMULAS = ("score ~ group + size", "trait ~ group + size")


def test_rules_computed_by_hand():
    estimates, variances = [[1.0], [2.0], [6.0]], [[1.0], [2.0], [3.0]]
    # mean 3, v̄ = 2, b = (4 + 1 + 9)/2 = 7, m = 3
    expected = {
        "simple": 2 * (0.5 + 1 / 3),
        "proper": 2 * (0.5 + 1.5 / 3),
        "partial": 2 * 0.5 + 7 / 3,
        "raghunathan": 4 / 3 * 7 - 2,
    }
    for rule, variance in expected.items():
        found = combine(np.array(estimates), np.array(variances), rule=rule, ratio=0.5)
        assert found.estimate[0] == 3
        assert found.variance[0] == pytest.approx(variance)
        assert found.adjusted[0] == pytest.approx(variance)
    partial = combine(np.array(estimates), np.array(variances), rule="partial")
    assert partial.freedom[0] == pytest.approx(2 * (1 + 3 * 2 / 7) ** 2)


def test_a_negative_variance_is_no_error_but_is_replaced_on_request():
    found = combine(np.array([[1.0], [1.1]]), np.array([[2.0], [2.0]]), rule="raghunathan")
    assert np.isnan(found.errors[0])
    assert found.adjusted[0] == 2


def test_rules_that_need_more_copies_say_so():
    with pytest.raises(GuideError, match="needs at least 2 copies, not 1"):
        combine(np.array([[1.0]]), np.array([[1.0]]), rule="partial")
    with pytest.raises(GuideError, match="no rule 'rubin'; known: simple"):
        combine(np.array([[1.0]]), np.array([[1.0]]), rule="rubin")


def test_a_copy_has_no_distance_and_an_error_longer_by_the_root_of_two(survey, rng):
    score = combined_estimates(survey, survey, rng=rng, formula="income ~ age + education")
    assert score.value == 0
    assert "1.41 times as long" in score.note
    assert score.details["raghunathan error"].isna().all()


@pytest.mark.parametrize(
    ("rule", "m", "expected"),
    [("simple", 1, 0.564), ("simple", 5, 0.326), ("proper", 1, 0.651), ("proper", 5, 0.426)],
)
def test_nulls_are_those_of_the_formula(rule, m, expected, people, correct, rng):
    original = people(400, rng)
    copies = [correct(original, rng) for _ in range(m)]
    score = combined_estimates(original, copies, rng=rng, formula=FORMULAS[0], rule=rule)
    assert score.band().mean == pytest.approx(expected, abs=1e-3)
    if rule == "simple":
        assert score.band(Null.FRESH_SAMPLE).mean == pytest.approx(0.798, abs=1e-3)


def test_a_relation_lost_is_far_outside_the_combined_interval(people, rng):
    original = people(3_000, rng)
    lost = original.with_rows(
        original.rows.assign(score=rng.permutation(original.rows["score"].to_numpy()))
    )
    score = combined_estimates(original, lost, rng=rng, formula="score ~ group")
    assert score.value > 5
    assert score.standing == "worse"


def test_partial_synthesis_takes_its_noise_from_the_copies(people, rng):
    original = people(400, rng)
    rows, noise = original.rows, rng.normal(0, 0.5, (6, 400))
    copies = [original.with_rows(rows.assign(score=rows["score"] + e)) for e in noise]
    score = combined_estimates(original, copies, rng=rng, formula=FORMULAS[0], rule="partial")
    assert score.standing == "within"
    assert score.band().mean < 0.3
    with pytest.raises(GuideError, match="needs at least 3 copies, not 2"):
        combined_estimates(original, copies[:2], rng=rng, formula=FORMULAS[0], rule="partial")
    with pytest.raises(GuideError, match="no rule 'raghunathan' to measure by"):
        combined_estimates(original, copies, rng=rng, formula=FORMULAS[0], rule="raghunathan")


def test_copies_of_another_size_have_the_variance_of_their_size(people, correct, rng):
    original = people(1_000, rng)
    small = correct(original, rng, 250)
    score = combined_estimates(original, small, rng=rng, formula="score ~ size")
    error = estimate(regression("score ~ size", "auto", original), small).errors[0]
    # V + 4V, seen from a copy whose own variance is 4V
    assert score.details["simple error"][0] == pytest.approx(error * 1.25**0.5)
    assert score.band().mean == pytest.approx(0.798 * 0.8**0.5, abs=1e-3)


N = 400


def line(x, y):
    """Return slope and variance of y on x, with what a synthesizer needs."""
    design = np.column_stack([np.ones_like(x), x])
    found = least_squares(design, y)
    spare = len(x) - 2
    variance = float(((y - found.fitted) ** 2).sum()) / spare
    return found.coefficients, found.covariance, variance


def synthesise(x, y, rng, *, proper=False, keep_x=False):
    """Draw from a normal model of the file, with its parameters drawn anew if proper."""
    slopes, covariance, variance = line(x, y)
    centre, spread = x.mean(), x.std(ddof=1)
    if proper:
        drawn = variance * (len(x) - 2) / rng.chisquare(len(x) - 2)
        slopes = rng.multivariate_normal(slopes, covariance * drawn / variance)
        variance = drawn
        spread = spread * ((len(x) - 1) / rng.chisquare(len(x) - 1)) ** 0.5
        centre = rng.normal(centre, spread / len(x) ** 0.5)
    new = x if keep_x else rng.normal(centre, spread, len(x))
    return new, slopes[0] + slopes[1] * new + rng.normal(0, variance**0.5, len(x))


def coverage(rule, m, rng, draws=200, **how):
    """Return whether the combined interval holds the population's slope, draw by draw."""
    inside = []
    for _ in range(draws):
        x = rng.normal(0, 1, N)
        y = 1 + 2 * x + rng.normal(0, 3, N)
        fits = [line(*synthesise(x, y, rng, **how)) for _ in range(m)]
        estimates = np.array([[f[0][1]] for f in fits])
        variances = np.array([[f[1][1, 1]] for f in fits])
        found = combine(estimates, variances, rule=rule)
        freedom = min(1e9, float(found.freedom[0]))
        reach = student_quantile(freedom) * found.adjusted[0] ** 0.5
        inside.append(float(abs(found.estimate[0] - 2) <= reach))
    return inside


@pytest.mark.validation
@pytest.mark.parametrize(
    ("rule", "m", "how"),
    [
        ("simple", 1, {}),
        ("simple", 5, {}),
        ("proper", 1, {"proper": True}),
        ("proper", 5, {"proper": True}),
        ("partial", 5, {"keep_x": True}),
        ("raghunathan", 50, {"proper": True}),
    ],
)
def test_combined_intervals_hold_the_population_value_95_times_in_100(rule, m, how, within_errors):
    within_errors(coverage(rule, m, np.random.default_rng(23), **how), 0.95)


@pytest.mark.validation
def test_the_spread_of_simple_copies_says_nothing_about_the_population(within_errors):
    rng, m, found = np.random.default_rng(24), 20, []
    for _ in range(200):
        x = rng.normal(0, 1, N)
        y = 2 * x + rng.normal(0, 3, N)
        fits = [line(*synthesise(x, y, rng)) for _ in range(m)]
        within = np.mean([f[1][1, 1] for f in fits])
        between = np.var([f[0][1] for f in fits], ddof=1)
        found.append(float(((1 + 1 / m) * between - within) / within))
    # an honest variance of the combined slope is 1 + 1/m of the variance within
    within_errors(found, 1 / m)


@pytest.mark.validation
@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize(("m", "expected"), [(1, 0.5642), (5, 0.3257)])
def test_distances_of_a_correct_synthesis_over_200_draws(
    m, expected, formula, people, correct, within_errors
):
    rng = np.random.default_rng(25)
    original = people(1_000, rng)
    found = []
    for _ in range(200):
        copies = [correct(original, rng) for _ in range(m)]
        found.append(combined_estimates(original, copies, rng=rng, formula=formula).value)
    within_errors(found, expected)


@pytest.mark.validation
def test_distances_of_a_fresh_sample_over_200_draws(people, within_errors):
    rng = np.random.default_rng(26)
    found = [
        combined_estimates(people(1_000, rng), people(1_000, rng), rng=rng, formula=FORMULAS[0])
        for _ in range(200)
    ]
    within_errors([s.value for s in found], 0.798)

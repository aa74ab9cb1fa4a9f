"""Lack of fit: by hand, tails against scipy, and its distribution under the nulls."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures._formula import estimate, regression
from guide_helpers.measures._tails import f_quantile, f_tail
from guide_helpers.measures.lack_of_fit import lack_of_fit

FORMULAS = ("score ~ group + size", "trait ~ group + size")


@pytest.mark.parametrize(("p", "spare"), [(1, 4), (2, 1), (3, 7), (12, 30), (1, 1)])
def test_tails_of_f_are_those_of_scipy(p, spare):
    for value in (0.05, 0.9, 3.0, 9.0):
        assert f_tail(value, p, spare) == pytest.approx(stats.f.sf(value, p, spare), abs=1e-5)
    for share in (0.025, 0.5, 0.975):
        assert f_quantile(share, p, spare) == pytest.approx(stats.f.ppf(share, p, spare), rel=1e-3)


@pytest.mark.parametrize("p", [1, 2, 5, 60, 800])
def test_tails_of_chi_square_are_those_of_scipy(p):
    for value in (0.5, 1.0, 1.5, 4.0):
        assert f_tail(value, p) == pytest.approx(stats.chi2.sf(value * p, p), abs=1e-6)
    for share in (0.025, 0.5, 0.975):
        assert f_quantile(share, p) == pytest.approx(stats.chi2.ppf(share, p) / p, rel=1e-4)
    assert f_tail(0, p) == 1
    assert f_tail(1e6, p) == 0


def test_the_statistic_of_two_coefficients_computed_by_hand(people, correct, rng):
    original = people(300, rng)
    synthetic = correct(original, rng)
    asked = regression("score ~ size + trait", "auto", original)
    one, two = estimate(asked, original), estimate(asked, synthetic)
    gap = two.coefficients - one.coefficients
    expected = gap @ np.linalg.inv(one.covariance) @ gap / 2
    score = lack_of_fit(original, synthetic, rng=rng, formula="score ~ size + trait")
    assert score.value == pytest.approx(expected)
    assert f"p-value {stats.chi2.sf(2 * expected, 2):.4f}" in score.note


def test_a_copy_has_no_lack_of_fit(survey, rng):
    assert lack_of_fit(survey, survey, rng=rng, formula="income ~ age + education").value == 0


@pytest.mark.parametrize(("m", "fresh"), [(1, 2), (5, 6)])
def test_nulls_are_one_and_one_more_than_the_copies(m, fresh, people, correct, rng):
    original = people(400, rng)
    copies = [correct(original, rng) for _ in range(m)]
    score = lack_of_fit(original, copies, rng=rng, formula=FORMULAS[0])
    assert score.band().mean == 1
    assert score.band().high == pytest.approx(stats.chi2.ppf(0.975, 5) / 5, rel=1e-3)
    assert score.band(Null.FRESH_SAMPLE).mean == pytest.approx(fresh)


def test_a_relation_lost_is_beyond_doubt(people, rng):
    original = people(3_000, rng)
    lost = original.with_rows(
        original.rows.assign(score=rng.permutation(original.rows["score"].to_numpy()))
    )
    score = lack_of_fit(original, lost, rng=rng, formula="score ~ group")
    assert score.standing == "worse"
    assert score.interval.low > score.band().high
    assert "p-value below 0.0001" in score.note


def test_a_coefficient_without_estimate_adds_its_part(people, rng):
    original = people(400, rng)
    without = original.with_rows(original.rows[original.rows["group"] != "e"])
    score = lack_of_fit(original, without, rng=rng, formula="score ~ group")
    assert score.value > 3.92**2 / 4 * len(without) / len(original) * 0.99
    assert "counted as 3.92: 1" in score.note


def partly(original, rng):
    """Replace the score by a draw from its regression on the rest, which is kept."""
    rows = original.rows.copy()
    group = rows["group"].astype(object)
    middle = rows.groupby(group)["score"].transform("mean")
    spread = float((rows["score"] - middle).std())
    return original.with_rows(rows.assign(score=middle + rng.normal(0, spread, len(rows))))


def test_partial_synthesis_is_read_against_the_spread_of_its_copies(people, rng):
    original = people(500, rng)
    copies = [partly(original, rng) for _ in range(10)]
    score = lack_of_fit(original, copies, rng=rng, formula="score ~ group", rule="partial")
    assert score.band().mean == pytest.approx(6 / 4)
    assert score.value < score.band().high
    assert "F " in score.note
    assert [b.null for b in score.bands] == [Null.CORRECT_MODEL]


@pytest.mark.parametrize(
    ("copies", "formula", "rule", "words"),
    [
        (2, "score ~ group", "partial", "needs at least 7 copies, not 2"),
        (9, "size ~ group", "partial", "the same in all copies"),
        (2, "score ~ group", "half", "no rule 'half'"),
    ],
)
def test_a_rule_that_cannot_be_used_gets_one_sentence(copies, formula, rule, words, people, rng):
    original = people(200, rng)
    made = [partly(original, rng) for _ in range(copies)]
    with pytest.raises(GuideError, match=words):
        lack_of_fit(original, made, rng=rng, formula=formula, rule=rule)


@pytest.mark.validation
@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("m", [1, 5])
def test_lack_of_fit_of_a_correct_synthesis_over_200_draws(
    m, formula, people, correct, within_errors
):
    rng = np.random.default_rng(19)
    original = people(1_000, rng)
    found = []
    for _ in range(200):
        copies = [correct(original, rng) for _ in range(m)]
        found.append(lack_of_fit(original, copies, rng=rng, formula=formula).value)
    within_errors([5 * v for v in found], 5)


@pytest.mark.validation
@pytest.mark.parametrize("formula", FORMULAS)
def test_lack_of_fit_of_a_fresh_sample_over_200_draws(formula, people, within_errors):
    rng = np.random.default_rng(20)
    found = [
        lack_of_fit(people(1_000, rng), people(1_000, rng), rng=rng, formula=formula).value
        for _ in range(200)
    ]
    within_errors([5 * v for v in found], 10)


@pytest.mark.validation
def test_partial_statistic_over_200_draws(people, within_errors):
    rng = np.random.default_rng(21)
    original = people(500, rng)
    found = []
    for _ in range(200):
        copies = [partly(original, rng) for _ in range(14)]
        score = lack_of_fit(original, copies, rng=rng, formula="score ~ group", rule="partial")
        found.append(score.value)
    within_errors(found, 10 / 8)

"""pMSE: the copy, the worst case, cases by hand, oracles, and the two nulls."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2
from statsmodels.discrete.discrete_model import Logit

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures._design import stacked
from guide_helpers.measures._regression import logistic, own_columns
from guide_helpers.measures.propensity_mse import chi_square_quantile, propensity_mse
from guide_helpers.schema import Dataset, Kind, Schema, Variable


def ratio(score, null=None):
    return score.value / score.band(null).mean


def test_a_copy_scores_zero(survey, rng):
    assert propensity_mse(survey, survey, rng=rng).value == pytest.approx(0, abs=1e-12)


def test_a_shifted_column_scores_the_worst_case(survey, rng):
    shifted = survey.with_rows(survey.rows.assign(age=survey.rows["age"] + 1_000))
    assert propensity_mse(survey, shifted, rng=rng).value == pytest.approx(0.25)


def test_the_worst_case_is_c_times_one_less_c(survey, rng):
    shifted = survey.with_rows(survey.rows.assign(age=survey.rows["age"] + 1_000).iloc[:100])
    assert propensity_mse(survey, shifted, rng=rng).value == pytest.approx(0.25 * 0.75)


def test_two_levels_computed_by_hand(of_columns, rng):
    original, synthetic = of_columns(x=list("aaab")), of_columns(x=list("abbb"))
    # of four a, one is synthetic: p = 1/4; of four b, three: p = 3/4; c = 1/2
    score = propensity_mse(original, synthetic, rng=rng)
    assert score.value == pytest.approx((0.25 - 0.5) ** 2)
    assert score.band().mean == pytest.approx(1 * 0.5 * 0.25 / 8)
    assert "S_pMSE 4.00 with 1 parameters" in score.note


def test_fitted_probabilities_are_those_of_an_independent_tool(people, rng):
    original, synthetic = people(300, rng), people(200, rng)
    columns = stacked(original, synthetic, interactions=True, max_levels=50)
    outcome = np.repeat([0.0, 1.0], [300, 200])
    kept = own_columns(columns.matrix)
    oracle = Logit(outcome, columns.matrix[:, kept]).fit(disp=0, tol=1e-12)
    found = logistic(columns.matrix, outcome)
    assert found.fitted == pytest.approx(oracle.predict(), abs=1e-7)
    assert found.errors[kept] == pytest.approx(oracle.bse, rel=1e-5)
    value = propensity_mse(original, synthetic, rng=rng, interactions=True).value
    assert value == pytest.approx(np.mean((oracle.predict() - 0.4) ** 2), rel=1e-6)


def test_aliased_columns_are_no_parameters(of_columns, rng):
    x = rng.normal(size=100)
    once = of_columns(x=x)
    twice = of_columns(x=x, again=2 * x + 1)
    other = rng.permutation(x)[:50]
    one = propensity_mse(once, once.with_rows(pd.DataFrame({"x": other})), rng=rng)
    two = propensity_mse(
        twice, twice.with_rows(pd.DataFrame({"x": other, "again": 2 * other + 1})), rng=rng
    )
    assert two.value == pytest.approx(one.value)
    assert two.bands == one.bands


def test_relations_lost_need_interactions_to_be_seen(of_columns, rng):
    half = 500
    original = of_columns(x=["a"] * half + ["b"] * half, y=["a"] * half + ["b"] * half)
    lost = original.with_rows(original.rows.assign(y=["a", "b"] * half))
    assert ratio(propensity_mse(original, lost, rng=rng)) == pytest.approx(0, abs=1e-9)
    assert ratio(propensity_mse(original, lost, rng=rng, interactions=True)) > 50


def test_missing_and_special_values_tell_files_apart(rng):
    schema = Schema((Variable("wage", Kind.NUMBER, special={-9: "not in universe"}),))
    whole = Dataset.of(pd.DataFrame({"wage": rng.normal(10, 1, 400)}), schema)
    for mark in (-9.0, np.nan):
        marked = whole.with_rows(whole.rows.where(np.arange(400)[:, None] % 4 > 0, mark))
        assert ratio(propensity_mse(whole, marked, rng=rng)) > 50
        assert propensity_mse(marked, marked, rng=rng).value == pytest.approx(0, abs=1e-12)


def test_the_details_name_the_term_that_differs(survey, rng):
    older = survey.with_rows(survey.rows.assign(age=(survey.rows["age"] + 15).clip(upper=90)))
    details = propensity_mse(survey, older, rng=rng).details
    assert details["term"].iloc[0] == "age"
    assert details["z"].iloc[0] > 5


def test_rare_levels_of_many_are_taken_together_and_said(of_columns, rng):
    names = [f"level {i}" for i in range(200)]
    original = of_columns(x=names * 5)
    synthetic = original.with_rows(pd.DataFrame({"x": rng.choice(names[:90], 1_000)}))
    score = propensity_mse(original, synthetic, rng=rng, max_levels=20)
    assert "with 19 parameters" in score.note
    assert "Rare levels taken together: x" in score.note


def test_a_model_too_large_is_refused_before_any_work(of_columns, rng):
    wide = {f"x{i}": rng.choice([f"l{j}" for j in range(40)], 300) for i in range(3)}
    data = of_columns(**wide)
    with pytest.raises(GuideError, match="leave interactions out"):
        propensity_mse(data, data, rng=rng, interactions=True)


def test_chi_square_quantiles_are_near_the_exact_ones():
    for freedom in (1, 2, 5, 30, 200):
        for p in (0.025, 0.975):
            exact = chi2.ppf(p, freedom)
            assert chi_square_quantile(p, freedom) == pytest.approx(exact, rel=0.05, abs=0.03)


def test_a_correct_synthesis_has_ratio_one(people, correct, within_errors, rng):
    original = people(500, rng)
    found = [propensity_mse(original, correct(original, rng), rng=rng) for _ in range(60)]
    within_errors([ratio(s) for s in found], 1)
    assert sum(s.standing == "within" for s in found) >= 51


@pytest.mark.parametrize(("n", "expected"), [(500, 2.0), (250, 1.5)])
def test_a_fresh_sample_has_ratio_one_over_one_less_c(n, expected, people, within_errors, rng):
    found = [propensity_mse(people(500, rng), people(n, rng), rng=rng) for _ in range(60)]
    within_errors([ratio(s) for s in found], expected)
    within_errors([ratio(s, Null.FRESH_SAMPLE) for s in found], 1)


def draw_panel(units, rng):
    """Draw units of 1 to 9 rows that share most of their value."""
    sizes = rng.integers(1, 10, units)
    unit = np.repeat(np.arange(units), sizes)
    rows = pd.DataFrame(
        {
            "unit": unit,
            "x": rng.normal(size=units)[unit] + 0.3 * rng.normal(size=len(unit)),
            "y": rng.choice(["a", "b", "c"], units)[unit],
        }
    )
    schema = Schema(
        (
            Variable("unit", Kind.IDENTIFIER),
            Variable("x", Kind.NUMBER),
            Variable("y", Kind.CATEGORICAL, levels=("a", "b", "c")),
        )
    )
    return Dataset.of(rows, schema, entity="unit")


def test_units_with_many_rows_have_a_null_of_their_own(within_errors, rng):
    found = [propensity_mse(draw_panel(300, rng), draw_panel(300, rng), rng=rng) for _ in range(60)]
    ratios = [ratio(s, Null.FRESH_SAMPLE) for s in found]
    assert np.mean(ratios) == pytest.approx(1, abs=0.25)
    band = [s.band(Null.FRESH_SAMPLE) for s in found]
    assert sum(b.low <= s.value <= b.high for s, b in zip(found, band, strict=True)) >= 51


@pytest.mark.validation
def test_ratios_over_200_draws(people, correct, within_errors):
    rng = np.random.default_rng(11)
    original = people(1_000, rng)
    made = [ratio(propensity_mse(original, correct(original, rng), rng=rng)) for _ in range(200)]
    fresh = [
        ratio(propensity_mse(people(1_000, rng), people(1_000, rng), rng=rng)) for _ in range(200)
    ]
    within_errors(made, 1)
    within_errors(fresh, 2)

"""Overlap of intervals: by hand, against statsmodels, and its nulls for 1, 5 and 10 copies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from guide_helpers import GuideError, compare
from guide_helpers.cards import Null
from guide_helpers.measures._formula import estimate, parse, regression
from guide_helpers.measures.ci_overlap import ci_overlap, overlap
from guide_helpers.schema import Dataset, Kind, Schema, Variable

FORMULAS = ("score ~ group + size", "trait ~ group + size")
MEANS = {1: 0.7965, 5: 0.9090, 10: 0.9356}
"""1 - sqrt(2 / pi) / (2 × 1.96 sqrt(m)): the mean absolute value of a normal, as overlap."""


def test_overlaps_computed_by_hand():
    low, high = np.zeros(4), np.full(4, 2.0)
    new_low, new_high = np.array([0.0, 1.0, 0.5, 3.0]), np.array([2.0, 3.0, 1.5, 4.0])
    # same; half of each; 1 of 2 and 1 of 1; apart by 1: -1/2 and -1/1
    assert overlap(low, high, new_low, new_high).tolist() == [1.0, 0.5, 0.75, -0.75]


def test_a_copy_overlaps_wholly(survey, rng):
    score = ci_overlap(survey, survey, rng=rng, formula="income ~ age + sex + education")
    assert score.value == pytest.approx(1)
    assert score.details["standardised difference"].abs().max() == 0
    assert score.details["same significance"].all()


def test_a_moved_coefficient_has_the_overlap_of_its_move(of_columns, rng):
    x = np.tile([0.0, 1.0], 50)
    y = x + np.tile([-1.0, -1.0, 1.0, 1.0], 25)
    original = of_columns(x=x, y=y)
    error = estimate(regression("y ~ x", "auto", original), original).errors[0]
    moved = original.with_rows(original.rows.assign(y=y + 1.96 * error * x))
    score = ci_overlap(original, moved, rng=rng, formula="y ~ x")
    assert score.value == pytest.approx(0.5, abs=1e-4)
    assert score.details["standardised difference"].iloc[0] == pytest.approx(1.96)


@pytest.mark.parametrize("formula", FORMULAS)
def test_coefficients_are_those_of_an_independent_tool(formula, people, rng):
    original = people(500, rng)
    rows = original.rows.assign(trait=(original.rows["trait"] == "yes").astype(float))
    kind = smf.logit if formula.startswith("trait") else smf.ols
    oracle = kind(formula, rows).fit(disp=0)
    found = estimate(regression(formula, "auto", original), original)
    names = [f"group[T.{x}]" for x in "bcde"] + ["size"]
    assert found.coefficients == pytest.approx(oracle.params[names].to_numpy(), rel=1e-5)
    assert found.errors == pytest.approx(oracle.bse[names].to_numpy(), rel=1e-5)


def test_several_copies_are_measured_together(people, correct, rng):
    original = people(400, rng)
    copies = [correct(original, rng) for _ in range(3)]
    score = ci_overlap(original, copies, rng=rng, formula=FORMULAS[0])
    fits = [estimate(regression(FORMULAS[0], "auto", original), c) for c in copies]
    means = np.mean([f.coefficients for f in fits], axis=0)
    assert score.details["synthetic"].to_numpy() == pytest.approx(means)
    errors = np.sqrt(np.mean([f.errors**2 for f in fits], axis=0))
    assert score.details["synthetic error"].to_numpy() == pytest.approx(errors)
    assert "3 copies" in compare(original, copies, formula=FORMULAS[0])["ci_overlap"].note


def test_a_synthetic_file_of_four_times_the_records_has_the_original_interval(people, rng):
    original = people(500, rng)
    four = replace(original, rows=pd.concat([original.rows] * 4, ignore_index=True))
    score = ci_overlap(original, four, rng=rng, formula=FORMULAS[0])
    assert score.value == pytest.approx(1, abs=0.01)
    # four times the records carry a quarter of the noise, half the standard error
    one = ci_overlap(original, original, rng=rng, formula=FORMULAS[0])
    assert 1 - score.band().mean == pytest.approx((1 - one.band().mean) / 2)


@pytest.mark.parametrize("m", [1, 5])
@pytest.mark.parametrize("formula", FORMULAS)
def test_a_correct_synthesis_has_the_expected_overlap(
    m, formula, people, correct, within_errors, rng
):
    original = people(800, rng)
    found = [
        ci_overlap(original, [correct(original, rng) for _ in range(m)], rng=rng, formula=formula)
        for _ in range(40)
    ]
    within_errors([s.value for s in found], MEANS[m])
    assert found[0].band().mean == pytest.approx(MEANS[m], abs=1e-4)
    assert sum(s.standing == "within" for s in found) >= 32
    gaps = [s.details["standardised difference"].abs().mean() for s in found]
    within_errors(gaps, 0.798 / m**0.5)


def test_a_fresh_sample_has_an_overlap_of_71_percent(people, within_errors, rng):
    found = [
        ci_overlap(people(800, rng), people(800, rng), rng=rng, formula=FORMULAS[0])
        for _ in range(60)
    ]
    within_errors([s.value for s in found], 0.712)
    assert found[0].band(Null.FRESH_SAMPLE).mean == pytest.approx(0.712, abs=1e-3)


def test_a_relation_lost_overlaps_less_than_nothing(people, rng):
    original = people(3_000, rng)
    lost = original.with_rows(
        original.rows.assign(score=rng.permutation(original.rows["score"].to_numpy()))
    )
    score = ci_overlap(original, lost, rng=rng, formula="score ~ group")
    assert score.value < 0
    assert score.standing == "worse"
    assert not score.details["same significance"].all()


def test_incomplete_records_and_special_values_are_left_out_and_counted(people, rng):
    original = people(400, rng)
    schema = original.schema.change("size", special={-9: "not asked"})
    gaps = original.rows.copy()
    gaps.loc[:9, "size"] = -9
    gaps.loc[10:14, "score"] = np.nan
    data = Dataset.of(gaps, schema)
    score = ci_overlap(data, Dataset.of(original.rows, schema), rng=rng, formula=FORMULAS[0])
    assert "left out: 15 original, 0 synthetic" in score.note


def test_a_level_that_the_synthetic_file_lacks_counts_as_no_overlap(people, rng):
    original = people(400, rng)
    without = original.with_rows(original.rows[original.rows["group"] != "e"])
    score = ci_overlap(original, without, rng=rng, formula="score ~ group")
    assert score.details.set_index("coefficient").loc["group: e", "overlap"] == 0
    assert "counted as 0: 1" in score.note
    no_base = original.with_rows(original.rows[original.rows["group"] != "a"])
    score = ci_overlap(original, no_base, rng=rng, formula="score ~ group + size")
    assert score.details["synthetic"].isna().tolist() == [True] * 4 + [False]


def test_a_level_that_the_original_lacks_is_left_out(people, rng):
    original = people(400, rng)
    without = original.with_rows(original.rows[original.rows["group"] != "e"])
    score = ci_overlap(without, original, rng=rng, formula="score ~ group")
    left = int((original.rows["group"] == "e").sum())
    assert f"left out: 0 original, {left} synthetic" in score.note


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("score", "not of the form"),
        ("~ size", "not of the form"),
        ("score ~ size +", "not of the form"),
        ("score ~ colour", "no column 'colour'"),
        ("score ~ score", "names a variable twice"),
        ("score ~ size + size", "names a variable twice"),
        ("group ~ size", "has 5 levels"),
    ],
)
def test_a_formula_that_cannot_be_used_gets_one_sentence(formula, words, people, rng):
    with pytest.raises(GuideError, match=words):
        ci_overlap(people(50, rng), people(50, rng), rng=rng, formula=formula)


def test_models_that_have_no_interval_are_refused(of_columns, people, rng):
    x = rng.normal(size=60)
    data = of_columns(x=x, twice=2 * x, sign=np.where(x > 0, "plus", "minus"), y=3 * x)
    noisy = data.with_rows(data.rows.assign(y=rng.normal(size=60)))
    for formula, words in (
        ("y ~ x + twice", "cannot be told from the terms before it"),
        ("sign ~ x", "no finite estimate"),
    ):
        with pytest.raises(GuideError, match=words):
            ci_overlap(noisy, noisy, rng=rng, formula=formula)
    with pytest.raises(GuideError, match="no model 'cubic'"):
        ci_overlap(data, data, rng=rng, formula="y ~ x", model="cubic")
    with pytest.raises(GuideError, match="needs a numeric response"):
        ci_overlap(data, data, rng=rng, formula="sign ~ y", model="linear")
    few = people(4, rng)
    with pytest.raises(GuideError, match="too few"):
        ci_overlap(few, few, rng=rng, formula="score ~ group + size")


def test_a_separated_synthetic_file_counts_as_no_overlap(of_columns, rng):
    x = rng.normal(size=200)
    noisy = np.where(x + rng.normal(size=200) > 0, "yes", "no")
    original = of_columns(x=x, y=noisy)
    sure = original.with_rows(original.rows.assign(y=np.where(x > 0, "yes", "no")))
    score = ci_overlap(original, sure, rng=rng, formula="y ~ x")
    assert score.value == 0
    assert "Not estimable" in score.note


def test_a_rare_level_without_events_is_found_beside_a_column_of_large_numbers(of_columns, rng):
    level = rng.choice(["a", "b", "c"], 6_000, p=[0.003, 0.4, 0.597])
    pay = rng.integers(1_000, 90_000, 6_000)
    yes = (rng.random(6_000) < 0.3) & (level != "a")
    data = of_columns(level=level, pay=pay, yes=np.where(yes, "yes", "no"))
    with pytest.raises(GuideError, match="no finite estimate"):
        ci_overlap(data, data, rng=rng, formula="yes ~ pay + level")


def test_names_with_spaces_can_stand_in_a_formula(of_columns):
    data = of_columns(**{"gross wage": [1.0, 2.0], "age in years": [3.0, 4.0]})
    response, terms = parse("gross wage ~ age in years", data)
    assert (response.name, terms[0].name) == ("gross wage", "age in years")


def test_dates_are_refused_as_terms(rng):
    schema = Schema((Variable("y", Kind.NUMBER), Variable("day", Kind.DATETIME)))
    rows = pd.DataFrame({"y": [1.0, 2.0], "day": ["2020-01-01", "2020-01-02"]})
    data = Dataset.of(rows, schema)
    with pytest.raises(GuideError, match="of kind datetime"):
        ci_overlap(data, data, rng=rng, formula="y ~ day")


@pytest.mark.validation
@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("m", [1, 5, 10])
def test_overlaps_over_200_draws(m, formula, people, correct, within_errors):
    rng = np.random.default_rng(13)
    original = people(1_000, rng)
    made = [
        ci_overlap(original, [correct(original, rng) for _ in range(m)], rng=rng, formula=formula)
        for _ in range(200)
    ]
    within_errors([s.value for s in made], MEANS[m])
    if m == 1:
        fresh = [
            ci_overlap(people(1_000, rng), people(1_000, rng), rng=rng, formula=formula).value
            for _ in range(200)
        ]
        within_errors(fresh, 0.712)

"""SPECKS: the ends, a case by hand, scipy, and its bands."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures._propensity import Logit, Stack
from guide_helpers.measures.specks import specks


def scores(original, synthetic, rng, **options):
    return specks(original, synthetic, rng=rng, **({"draws": 4} | options))


def test_logistic_model_and_tree_are_two_scores(people, rng):
    found = scores(people(200, rng), people(200, rng), rng)
    assert [s.variant for s in found] == ["logistic model", "tree"]
    only = scores(people(200, rng), people(200, rng), rng, models="tree")
    assert [s.variant for s in only] == ["tree"]
    with pytest.raises(GuideError, match="known: logit, tree"):
        scores(people(20, rng), people(20, rng), rng, models=["forest"])


def test_a_copy_and_files_apart_are_the_ends(survey, rng):
    apart = survey.with_rows(survey.rows.assign(age=survey.rows["age"] + 1_000))
    for s in scores(survey, survey, rng):
        assert s.value == pytest.approx(0, abs=1e-9)
    for s in scores(survey, apart, rng):
        assert s.value == pytest.approx(1)


def test_two_levels_computed_by_hand(of_columns, rng):
    original, synthetic = of_columns(x=list("aaab") * 5), of_columns(x=list("abbb") * 5)
    # three quarters of each file lie on its own side
    for s in scores(original, synthetic, rng):
        assert s.value == pytest.approx(0.5)


def test_bands_are_where_files_of_their_kind_fall(people, correct, rng):
    original = people(800, rng)
    found = scores(original, correct(original, rng), rng, draws=20)
    made = [scores(original, correct(original, rng), rng, draws=2) for _ in range(10)]
    fresh = [scores(people(800, rng), people(800, rng), rng, draws=2) for _ in range(10)]
    for i, s in enumerate(found):
        own, other = s.band(), s.band(Null.FRESH_SAMPLE)
        assert sum(own.low <= f[i].value <= own.high for f in made) >= 8
        assert sum(other.low <= f[i].value <= other.high for f in fresh) >= 6
        assert other.mean > own.mean


def test_it_is_the_statistic_of_kolmogorov_and_smirnov(people, rng):
    original, synthetic = people(150, rng), people(120, rng)
    stack = Stack(original, synthetic, None)
    fitted = Logit(stack).scores(stack.observed)
    oracle = ks_2samp(np.round(fitted[:150], 10), np.round(fitted[150:], 10)).statistic
    found = scores(original, synthetic, rng, models="logit")[0]
    assert found.value == pytest.approx(oracle)
    assert found.details["share of original"].sum() == pytest.approx(1)


@pytest.mark.validation
def test_null_of_one_step_is_that_of_full_fits_over_200_draws(people, correct, within_errors):
    """The conversion of a permutation null is the root of 1 - c for statistics of first order."""
    rng = np.random.default_rng(3)
    original = people(1_500, rng)
    asked = {"models": "logit", "draws": 200}
    found = scores(original, correct(original, rng), rng, **asked)[0]
    own, permuted = found.band(), found.band(Null.FRESH_SAMPLE)
    made = [
        scores(original, correct(original, rng), rng, models="logit", draws=2)[0].value
        for _ in range(200)
    ]
    within_errors([(v - 0) / (own.mean - 0) for v in made], 1, 5)
    fresh = [
        scores(people(1_500, rng), people(1_500, rng), rng, models="logit", draws=2)[0].value
        for _ in range(200)
    ]
    within_errors([(v - 0) / (permuted.mean - 0) for v in fresh], 1, 5)
    assert (permuted.mean - 0) * 0.5**0.5 == pytest.approx(own.mean - 0, rel=0.08)

"""Intervals agree with independent implementations and with hand computation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from guide_helpers.intervals import (
    design_effect,
    normal_quantile,
    ratio_of_proportions,
    student_quantile,
    wilson,
)


@pytest.mark.parametrize(("hits", "trials"), [(0, 10), (10, 10), (3, 10), (1, 1), (500, 15_000)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_wilson_agrees_with_statsmodels(hits, trials, level):
    ours = wilson(hits, trials, level=level)
    theirs = proportion_confint(hits, trials, alpha=1 - level, method="wilson")
    assert (ours.low, ours.high) == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize(
    "counts",
    [
        (30, 100, 50, 120),
        (0, 50, 20, 50),
        (50, 50, 20, 50),
        (1, 1_000, 3, 900),
        (3, 10, 1, 10),
        (10_671, 15_000, 10_350, 15_000),
    ],
)
def test_the_ratio_interval_agrees_with_statsmodels(counts):
    ours = ratio_of_proportions(*counts)
    theirs = confint_proportions_2indep(*counts, method="score", compare="ratio", correction=False)
    assert (ours.low, ours.high) == pytest.approx(theirs, rel=1e-8, abs=1e-12)


def test_the_ratio_of_two_certain_proportions_is_one_within_noise():
    ours = ratio_of_proportions(50, 50, 50, 50)
    assert 1 in ours
    assert ours.high - ours.low < 0.2


@pytest.mark.validation
@pytest.mark.parametrize(("p", "base"), [(0.3, 0.3), (0.02, 0.02), (0.5, 0.7), (0.98, 0.9)])
def test_the_ratio_interval_covers_95_of_100(p, base, rng, record_property):
    inside = 0
    for hits, base_hits in rng.binomial(400, [p, base], (2_000, 2)):
        inside += base_hits == 0 or p / base in ratio_of_proportions(hits, 400, base_hits, 400)
    record_property("draws covered", f"{inside} of 2,000")
    assert inside / 2_000 == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("df", [1, 1.3, 2, 3.7, 10, 100, 5_000, 1e5, 1e9])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_student_quantiles_agree_with_scipy(df, level):
    assert student_quantile(df, level=level) == pytest.approx(t.ppf(0.5 + level / 2, df), rel=2e-5)


def test_the_normal_quantile_is_the_known_one():
    assert normal_quantile(0.95) == pytest.approx(1.959964, abs=1e-6)


def test_single_records_have_no_design_effect():
    hits = np.array([True, False, True, True])
    assert design_effect(hits, np.arange(4)) == 1


def test_identical_records_of_a_unit_count_once():
    hits = np.repeat([True, False, True, False, False], 3)
    # totals 3 0 3 0 0, rate 0.4, residuals 1.8 -1.2 1.8 -1.2 -1.2: sum of squares 10.8;
    # 5/4 * 10.8 / 15^2 over 0.4 * 0.6 / 15 = 0.06 / 0.016
    assert design_effect(hits, np.repeat(np.arange(5), 3)) == pytest.approx(3.75)


def test_where_nobody_is_hit_the_mean_unit_size_is_taken():
    assert design_effect(np.zeros(12, dtype=bool), np.repeat(np.arange(4), 3)) == 3


def test_independent_records_of_a_unit_have_no_design_effect(rng):
    hits = rng.random(40_000) < 0.3
    assert design_effect(hits, np.repeat(np.arange(10_000), 4)) == pytest.approx(1, abs=0.06)


def test_unit_numbers_may_have_gaps():
    hits = np.repeat([True, False, True, False, False], 3)
    units = np.repeat([0, 7, 8, 20, 21], 3)
    assert design_effect(hits, units) == pytest.approx(3.75)

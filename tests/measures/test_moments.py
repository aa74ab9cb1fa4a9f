"""Means, spreads and quantiles: computed by hand and by numpy, with their signs."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers import GuideError
from guide_helpers.measures._moments import mean, quantiles, spread
from guide_helpers.measures.moments import moments


def scores(original, synthetic, rng, **options):
    return {s.variant: s for s in moments(original, synthetic, rng=rng, **({"draws": 3} | options))}


def test_a_shift_and_a_stretch_computed_by_hand(of_columns, rng):
    original = of_columns(x=[0.0, 2.0, 4.0])  # mean 2, standard deviation 2
    synthetic = of_columns(x=[1.0, 5.0, 9.0])  # mean 5, standard deviation 4
    found = scores(original, synthetic, rng, shares=[0.5])
    assert found["means"].value == pytest.approx(1.5)
    assert found["standard deviations"].value == pytest.approx(1.0)
    assert found["quantiles"].value == pytest.approx(1.5)


def test_details_keep_the_sign(of_columns, rng):
    original = of_columns(x=[0.0, 2.0, 4.0])
    lower = of_columns(x=[-1.0, 1.0, 3.0])
    found = scores(original, lower, rng)
    assert found["means"].details["difference"].tolist() == pytest.approx([-0.5])
    assert found["quantiles"].details["difference at 50 %"].tolist() == pytest.approx([-0.5])


def test_counts_give_what_numpy_gives(rng):
    x = rng.poisson(4, 997).astype(float)
    values, counts = np.unique(x, return_counts=True)
    shares = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
    assert mean(values, counts) == pytest.approx(x.mean())
    assert spread(values, counts) == pytest.approx(x.std(ddof=1))
    for part in (x, x[:-1]):
        values, counts = np.unique(part, return_counts=True)
        expected = np.quantile(part, shares, method="averaged_inverted_cdf")
        assert quantiles(values, counts, shares) == pytest.approx(expected)


def test_the_median_of_an_even_number_is_halfway(rng):
    assert quantiles(np.array([1.0, 4.0]), np.array([1, 1]), np.array([0.5])) == [2.5]


def test_a_copy_has_no_difference(survey, rng):
    assert {s.value for s in scores(survey, survey, rng).values()} == {0.0}


def test_added_noise_keeps_the_mean_and_shows_in_the_spread(of_columns, rng):
    x = rng.normal(size=4_000)
    noisy = of_columns(x=x + rng.normal(0, 1, 4_000))
    found = scores(of_columns(x=x), noisy, rng)
    assert found["means"].value < 0.05
    assert found["standard deviations"].value == pytest.approx(2**0.5 - 1, abs=0.05)
    assert found["standard deviations"].standing == "worse"


def test_the_null_of_a_mean_is_the_noise_of_a_mean(of_columns, rng):
    x = of_columns(x=rng.normal(size=400))
    band = scores(x, x, rng, draws=200)["means"].band()
    # the mean of |z| is 0.798
    assert band.mean == pytest.approx(0.798 / 400**0.5, rel=0.15)


def test_shares_outside_0_and_1_are_refused(survey, rng):
    with pytest.raises(GuideError, match="between 0 and 1"):
        moments(survey, survey, rng=rng, shares=[0.5, 95])

"""Freeman-Tukey: by hand, by scipy, and its kin to the Hellinger distance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import power_divergence

from guide_helpers.measures.freeman_tukey import freeman_tukey
from guide_helpers.measures.hellinger import hellinger


def one(original, synthetic, rng, **options):
    return freeman_tukey(original, synthetic, rng=rng, **({"ways": [1], "draws": 2} | options))[0]


@pytest.fixture
def files(of_columns):
    """Counts 3, 1 against 2, 2."""
    return of_columns(x=list("aaab")), of_columns(x=list("aabb"))


def test_a_table_computed_by_hand_and_by_scipy(files, rng):
    found = one(*files, rng).value
    by_hand = 4 * ((2**0.5 - 3**0.5) ** 2 + (2**0.5 - 1) ** 2)
    assert found == pytest.approx(by_hand)
    oracle = power_divergence([2, 2], [3, 1], lambda_="freeman-tukey")
    assert found == pytest.approx(oracle.statistic)


def test_it_is_the_square_of_the_hellinger_distance_times_eight_records(files, rng):
    distance = hellinger(*files, rng=rng, ways=[1], draws=2)[0].value
    assert one(*files, rng).value == pytest.approx(8 * 4 * distance**2)


def test_unlike_sizes_are_scaled_to_the_synthetic_file(of_columns, rng):
    original, synthetic = of_columns(x=list("aaabbb")), of_columns(x=list("aab"))
    by_hand = 4 * ((2**0.5 - 1.5**0.5) ** 2 + (1 - 1.5**0.5) ** 2)
    assert one(original, synthetic, rng).value == pytest.approx(by_hand)


def test_in_cells_of_one_record_chance_is_more_than_the_formula(of_columns, rng):
    alone = of_columns(x=[f"level {i}" for i in range(500)])
    table = one(alone, alone, rng, draws=10).details.iloc[0]
    # the sum over Poisson counts s of mean 1 of 4 (root s - 1)² is 1.81
    assert table["expected by chance"] / 500 == pytest.approx(1.81, rel=0.03)
    assert table["expected by formula"] == 499
    assert np.isfinite(table["times chance"])

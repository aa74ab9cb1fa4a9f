"""Hellinger distance: by hand, its bounds and its noise."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers.measures.hellinger import hellinger


def one(original, synthetic, rng, **options):
    return hellinger(original, synthetic, rng=rng, **({"ways": [1], "draws": 2} | options))[0]


@pytest.fixture
def files(of_columns):
    """Counts 3, 1 against 2, 2."""
    return of_columns(x=list("aaab")), of_columns(x=list("aabb"))


def test_a_table_computed_by_hand(files, rng):
    overlap = np.sqrt(3 / 8) + np.sqrt(1 / 8)
    assert one(*files, rng).value == pytest.approx(np.sqrt(1 - overlap))


def test_its_mean_by_formula_is_that_of_a_root_of_chi_square(files, rng):
    # the mean of the absolute value of one normal deviate is root (2/pi); n2 = 4
    table = one(*files, rng).details.iloc[0]
    assert table["expected by formula"] == pytest.approx((2 / np.pi) ** 0.5 / (8 * 4) ** 0.5)


def test_a_third_of_the_records_is_as_noisy_as_a_third(people, rng):
    original = people(6_000, rng)
    third = original.with_rows(original.rows.iloc[:2_000])
    note = one(original, third, rng, ways=[3]).note
    share = int(note.split("as noisy as a ")[1].split(" %")[0])
    assert 28 <= share <= 39

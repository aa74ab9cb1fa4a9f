"""Bhattacharyya overlap: by hand, and what it lacks to 1."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers.measures.bhattacharyya import bhattacharyya


def one(original, synthetic, rng, **options):
    return bhattacharyya(original, synthetic, rng=rng, **({"ways": [1], "draws": 2} | options))[0]


@pytest.fixture
def files(of_columns):
    """Counts 3, 1 against 2, 2."""
    return of_columns(x=list("aaab")), of_columns(x=list("aabb"))


def test_a_table_computed_by_hand(files, rng):
    assert one(*files, rng).value == pytest.approx(np.sqrt(3 / 8) + np.sqrt(1 / 8))


def test_what_it_lacks_by_formula_and_the_order_of_tables(people, rng):
    original, other = people(300, rng), people(300, rng)
    broken = other.with_rows(other.rows.assign(group=["a"] * 300))
    score = one(original, broken, rng, ways=[1], draws=5)
    table = score.details.set_index("variables")
    assert score.details["variables"].iloc[0] == "group"
    assert table.loc["group", "expected by formula"] == pytest.approx(1 - 4 / (8 * 300))
    assert score.standing == "worse"
    assert score.interval.low <= score.value <= score.interval.high

"""Difference of associations: hand-computed tables, the corrections, what has no association."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers import GuideError
from guide_helpers.measures.association_difference import (
    association_difference,
    correlation_ratio,
    cramers_v,
)


def scores(original, synthetic, rng, **options):
    found = association_difference(original, synthetic, rng=rng, **({"draws": 3} | options))
    return {s.variant: s for s in found}


def test_v_of_a_table_computed_by_hand():
    # counts 3 1 / 1 3: chi-square 8 (1/2)^2 = 2 of n = 8, so V = 1/2
    a, b = np.repeat([0, 0, 1, 1], [3, 1, 1, 3]), np.repeat([0, 1, 0, 1], [3, 1, 1, 3])
    assert cramers_v(a, b, corrected=False) == pytest.approx(0.5)
    # corrected: 1/4 - 1/7 over 2 - 1/7 - 1
    assert cramers_v(a, b) == pytest.approx(((1 / 4 - 1 / 7) / (1 - 1 / 7)) ** 0.5)


def test_scipy_finds_the_same_v(rng):
    from scipy.stats.contingency import association, crosstab

    a, b = rng.integers(0, 5, 300), rng.integers(0, 4, 300)
    b = np.where(rng.random(300) < 0.3, a % 4, b)
    expected = association(crosstab(a, b).count, method="cramer")
    assert cramers_v(a, b, corrected=False) == pytest.approx(expected)


def test_the_ratio_of_two_groups_is_their_correlation(rng):
    levels = rng.integers(0, 2, 400)
    values = levels + rng.normal(size=400)
    expected = abs(np.corrcoef(levels, values)[0, 1])
    assert correlation_ratio(levels, values, corrected=False) == pytest.approx(expected)


def test_corrected_associations_of_unrelated_columns_are_near_0(rng):
    found = np.array(
        [
            [
                f(rng.integers(0, 20, 300), other, corrected)
                for f, other in (
                    (cramers_v, rng.integers(0, 20, 300)),
                    (correlation_ratio, rng.normal(size=300)),
                )
                for corrected in (True, False)
            ]
            for _ in range(40)
        ]
    )
    v, raw_v, ratio, raw_ratio = (found**2).mean(axis=0)
    assert raw_v > 0.05 > 10 * v
    assert raw_ratio > 0.05 > 5 * ratio


def test_sparse_tables_are_counted_like_dense_ones(rng):
    a, b = rng.integers(0, 9, 200), rng.integers(0, 9, 200)
    # the same pairs of levels under numbers far apart
    assert cramers_v(a * 100, b * 100) == pytest.approx(cramers_v(a, b))


def test_a_lost_relation_differs_by_its_strength(of_columns, rng):
    original = of_columns(x=list("aabb") * 20, y=list("ccdd") * 20, z=[0.0, 0.0, 1.0, 1.0] * 20)
    mixed = original.with_rows(
        original.rows.assign(y=list("cdcd") * 20, z=[0.0, 1.0, 0.0, 1.0] * 20)
    )
    found = scores(original, mixed, rng)
    table = found["Cramér's V"].details.set_index("pair")
    assert table.loc["x × y", ["original", "synthetic"]].tolist() == pytest.approx([1, 0])
    assert found["Cramér's V"].value == pytest.approx(1)
    # x with z is lost, y with z is kept
    assert found["correlation ratio"].value == pytest.approx(0.5)


def test_missing_values_are_left_out_pair_by_pair(of_columns, rng):
    original = of_columns(x=["a", "a", "b", "b", None], y=["c", "c", "d", "d", "c"])
    found = scores(original, original, rng)["Cramér's V"]
    assert found.value == 0
    assert found.details["original"].iloc[0] == pytest.approx(1)


def test_a_synthetic_column_of_one_level_has_lost_its_relation(of_columns, rng):
    original = of_columns(x=list("aabb"), y=list("ccdd"))
    flat = original.with_rows(original.rows.assign(y="c"))
    assert scores(original, flat, rng, corrected=False)["Cramér's V"].value == pytest.approx(1)


def test_numbers_alone_are_refused(of_columns, rng):
    data = of_columns(x=[1.0, 2.0], y=[2.0, 3.0])
    with pytest.raises(GuideError, match="no pair with a category"):
        association_difference(data, data, rng=rng)

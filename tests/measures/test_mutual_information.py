"""Difference of mutual information: bits by hand, bends, sparse tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from guide_helpers import GuideError
from guide_helpers.measures._coded import prepared
from guide_helpers.measures.mutual_information import bits, mutual_information


def test_four_equal_levels_that_decide_each_other_are_two_bits(of_columns, rng):
    original = of_columns(x=list("abcd") * 5, y=list("wxyz") * 5)
    mixed = original.with_rows(original.rows.assign(y=np.repeat(list("wxyz"), 5)))
    found = mutual_information(original, original, rng=rng, draws=3)
    assert found.details["original"].tolist() == pytest.approx([2])
    assert found.value == 0
    # mixed: 20 records, each of 16 cells holds 1 or 2 of them
    counts = np.array([2, 1, 1, 1] * 4)
    expected = 4 + counts @ np.log2(counts / 20) / 20
    worse = mutual_information(original, mixed, rng=rng, draws=3)
    assert worse.details["synthetic"].tolist() == pytest.approx([expected])
    assert worse.value == pytest.approx(2 - expected)


def test_sklearn_finds_the_same_information(of_columns, rng):
    from sklearn.metrics import mutual_info_score

    a = rng.integers(0, 6, 500)
    b = np.where(rng.random(500) < 0.5, a, rng.integers(0, 6, 500))
    data = of_columns(a=a.astype(str), b=b.astype(str))
    found = mutual_information(data, data, rng=rng, draws=3).details["original"].iloc[0]
    assert found == pytest.approx(mutual_info_score(a, b) / np.log(2))


def test_a_bend_that_correlation_does_not_see_is_information(of_columns, rng):
    from guide_helpers.measures.correlation_difference import correlation_difference

    x = rng.normal(size=3_000)
    original = of_columns(x=x, y=x**2 + rng.normal(0, 0.3, 3_000))
    mixed = original.with_rows(original.rows.assign(y=rng.permutation(original.rows["y"])))
    lost = mutual_information(original, mixed, rng=rng)
    seen = correlation_difference(original, mixed, rng=rng)[0]
    assert lost.value > 0.5
    assert seen.value < 0.1


def test_sparse_tables_are_counted_like_dense_ones(of_columns, rng):
    data = of_columns(x=list("ab"))
    cells = {"a": rng.integers(0, 50, 300), "b": rng.integers(0, 50, 300)}
    data = prepared(cells, replace(data, rows=data.rows.iloc[[0] * 300]))
    dense, sparse = bits(data, {"a": 50, "b": 50}), bits(data, {"a": 5_000, "b": 5_000})
    assert dense == pytest.approx(sparse)


def test_missing_values_tell_something_too(of_columns, rng):
    original = of_columns(x=["a", "a", None, None], y=list("ccdd"))
    assert mutual_information(original, original, rng=rng, draws=3).details["original"].iloc[0] == 1


def test_a_control_with_levels_of_its_own_has_cells(of_columns, people, rng):
    original, synthetic = (
        of_columns(x=list("abab"), y=list("ccdd")),
        of_columns(x=list("aabb"), y=list("cdcd")),
    )
    control = of_columns(x=list("zwzw"), y=list("cedd"))
    score = mutual_information(
        original, synthetic, rng=rng, control=control, nulls=["fresh-sample"], draws=3
    )
    assert len(score.bands) == 2


def test_one_variable_is_refused(of_columns, rng):
    data = of_columns(x=list("ab"))
    with pytest.raises(GuideError, match="needs two"):
        mutual_information(data, data, rng=rng)
    with pytest.raises(GuideError, match="at least 2"):
        mutual_information(data, data, rng=rng, bins=1)

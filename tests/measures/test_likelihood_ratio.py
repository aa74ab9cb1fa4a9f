"""G of tables: by hand, and what it does not see in cells that are empty."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import power_divergence

from guide_helpers.measures.freeman_tukey import freeman_tukey
from guide_helpers.measures.likelihood_ratio import likelihood_ratio
from guide_helpers.measures.voas_williamson import voas_williamson


def one(measure, original, synthetic, rng, way=1):
    return measure(original, synthetic, rng=rng, ways=[way], draws=2)[0]


def ratio(score):
    return float(re.search(r"S ([\d.]+) by formula", score.note)[1])


def test_a_table_computed_by_hand_and_by_scipy(of_columns, rng):
    original, synthetic = of_columns(x=list("aaab")), of_columns(x=list("aabb"))
    found = one(likelihood_ratio, original, synthetic, rng).value
    assert found == pytest.approx(2 * (2 * np.log(2 / 3) + 2 * np.log(2)))
    oracle = power_divergence([2, 2], [3, 1], lambda_="log-likelihood")
    assert found == pytest.approx(oracle.statistic)


def test_cells_empty_in_the_synthetic_file_alone_are_no_trouble(of_columns, rng):
    original, synthetic = of_columns(x=list("aabbcc")), of_columns(x=list("aaabbb"))
    found = one(likelihood_ratio, original, synthetic, rng).value
    assert found == pytest.approx(2 * 6 * np.log(3 / 2))


def test_records_in_cells_that_the_original_leaves_empty_cost_nothing_and_are_said(of_columns, rng):
    original, synthetic = of_columns(x=list("aabb")), of_columns(x=list("abzz"))
    score = one(likelihood_ratio, original, synthetic, rng)
    assert score.value == pytest.approx(0, abs=1e-12)
    assert "50.0 % of its records lie in cells empty in the original" in score.note
    assert one(voas_williamson, original, synthetic, rng).value > 4


def test_in_sparse_tables_the_ratio_falls_under_a_correct_model(of_columns, rng):
    """The correct model knows that all columns are independent, and draws from their margins."""

    def draw(n):
        return of_columns(**{f"x{i}": rng.integers(0, 6, n).astype(str) for i in range(4)})

    original = draw(800)
    margins = {n: c.value_counts(normalize=True) for n, c in original.rows.items()}
    made = pd.DataFrame({n: rng.choice(m.index, 800, p=m) for n, m in margins.items()})
    synthetic = original.with_rows(made)
    assert ratio(one(likelihood_ratio, original, synthetic, rng, 3)) > 1.2
    assert ratio(one(likelihood_ratio, original, synthetic, rng, 4)) < 0.8
    assert ratio(one(voas_williamson, original, synthetic, rng, 4)) > 1.6
    assert ratio(one(freeman_tukey, original, synthetic, rng, 4)) > 2

"""Wasserstein distance: hand-computed moves, units, what has no unit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.measures.wasserstein import wasserstein


def scores(original, synthetic, rng, **options):
    found = wasserstein(original, synthetic, rng=rng, **({"draws": 3} | options))
    return {s.variant: s for s in found}


def test_a_shift_is_as_far_as_it_moves_in_standard_deviations(of_columns, rng):
    original = of_columns(x=[0.0, 2.0, 4.0])
    shifted = of_columns(x=[1.0, 3.0, 5.0])
    # moved by 1; the standard deviation is 2
    assert scores(original, shifted, rng)["mean"].value == pytest.approx(0.5)


def test_scipy_finds_the_same_distance(of_columns, rng):
    from scipy.stats import wasserstein_distance

    one, other = rng.gamma(2, 3, 500), rng.gamma(2, 4, 300)
    expected = wasserstein_distance(one, other) / one.std(ddof=1)
    found = scores(of_columns(x=one), of_columns(x=other), rng)
    assert found["mean"].value == pytest.approx(expected, rel=1e-12)


def test_the_unit_of_a_variable_does_not_matter(of_columns, rng):
    x = rng.normal(size=(2, 200))
    metres = scores(of_columns(x=x[0]), of_columns(x=x[1]), rng)["mean"].value
    feet = scores(of_columns(x=3.28 * x[0]), of_columns(x=3.28 * x[1]), rng)["mean"].value
    assert metres == pytest.approx(feet)


def test_few_values_far_off_show_here_and_hardly_in_shares(of_columns, rng):
    from guide_helpers.measures.univariate_distance import univariate_distance

    x = rng.normal(size=1_000)
    wild = x.copy()
    wild[:5] = 1e4
    original, synthetic = of_columns(x=x), of_columns(x=wild)
    assert univariate_distance(original, synthetic, rng=rng, draws=3)[0].value < 0.01
    assert scores(original, synthetic, rng)["mean"].value > 40


def test_a_copy_has_no_distance(survey, rng):
    assert scores(survey, survey, rng)["worst"].value == 0


def test_constants_are_left_out_and_an_empty_column_is_named(of_columns, rng):
    original = of_columns(x=[1.0, 2.0, 3.0], year=[5.0, 5.0, 5.0], z=[1.0, 2.0, 9.0])
    synthetic = original.with_rows(original.rows.assign(year=6.0, z=np.nan))
    found = scores(original, synthetic, rng)["mean"]
    assert found.value == 0
    assert found.details["variable"].tolist() == ["x"]
    assert "Without any value in the synthetic file: z." in found.note


def test_special_codes_are_no_amounts(rng):
    from guide_helpers.schema import Dataset, Kind, Schema, Variable

    schema = Schema((Variable("x", Kind.NUMBER, special={-999.0: "not asked"}),))
    original = Dataset.of(pd.DataFrame({"x": [1.0, 2.0, 3.0, -999.0]}), schema)
    synthetic = original.with_rows(pd.DataFrame({"x": [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]}))
    assert scores(original, synthetic, rng)["mean"].value == pytest.approx(0)


def test_categories_alone_are_refused(of_columns, rng):
    words = of_columns(x=list("aab"))
    with pytest.raises(GuideError, match="no numeric variable varies"):
        wasserstein(words, words, rng=rng)

"""The saturated table: every combination keeps its share, and single records come back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate, load
from guide_helpers.methods._binned import joint
from guide_helpers.methods.saturated import Saturated
from guide_helpers.schema import Dataset, Kind, Schema, Variable


def coded(**columns) -> Dataset:
    variables = [Variable(n, Kind.CATEGORICAL, levels=(0, 1)) for n in columns]
    return Dataset.of(pd.DataFrame(columns), Schema(tuple(variables)))


def numbers(**columns) -> Dataset:
    schema = Schema(tuple(Variable(name, Kind.NUMBER) for name in columns))
    return Dataset.of(pd.DataFrame(columns), schema)


def fitted(data, **options) -> Saturated:
    return Saturated(**options).fit(data, rng=np.random.default_rng(1))


def drawn(model, n, seed=2):
    return model.sample(n, rng=np.random.default_rng(seed)).rows


def parity(rng, n=2_000) -> Dataset:
    """Three columns that are independent in pairs; the third is the parity of the others."""
    a, b = rng.integers(2, size=(2, n))
    return coded(a=a, b=b, c=a ^ b)


def test_a_relation_of_three_columns_that_no_pair_shows_is_kept(rng):
    made = drawn(fitted(parity(rng), prior=0), 5_000)
    a, b, c = (made[k].astype(int) for k in "abc")
    assert ((a ^ b) == c).all()


def test_cells_keep_their_shares(rng):
    data = parity(rng)
    n = 40_000
    made = drawn(fitted(data, prior=0), n)
    old, new = (r.groupby(["a", "b", "c"], observed=False).size() for r in (data.rows, made))
    share = old / old.sum()
    assert ((new / n - share).abs() <= 4 * np.sqrt(share * (1 - share) / n)).all()


def test_the_prior_is_spread_evenly_over_all_cells(rng):
    n = 40_000
    made = drawn(fitted(parity(rng, 1_000), prior=1_000), n)
    a, b, c = (made[k].astype(int) for k in "abc")
    # half of the weight is on the prior, and half of its cells break the parity
    assert ((a ^ b) != c).mean() == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / n))


def test_a_combination_that_nobody_has_never_comes_back_without_a_prior():
    data = coded(a=[0, 0, 1] * 20, b=[0, 1, 1] * 20)
    for prior, found in ((0, False), (5, True)):
        made = drawn(fitted(data, prior=prior), 5_000)
        assert ((made["a"] == 1) & (made["b"] == 0)).any() == found


def test_cells_below_the_threshold_are_empty():
    data = coded(a=[0] * 50 + [1] * 3, b=[0] * 50 + [1] * 3)
    model = fitted(data, threshold=4, prior=0)
    assert set(drawn(model, 1_000)["a"]) == {0}
    assert model.cells().to_dict() == {
        "cells": 4,
        "cells with records": 2,
        "cells with one record": 0,
        "cells drawn from": 1,
        "records in them": 50,
    }
    with pytest.raises(GuideError, match="lower threshold"):
        generate(data, "saturated", seed=1, threshold=60, prior=0)


def test_overdispersed_counts_vary_as_negative_binomial_ones():
    data = coded(a=[0] * 500 + [1] * 500)
    model = fitted(data, prior=0, overdispersion=0.04)
    shares = [(drawn(model, 1_000, seed)["a"] == 0).mean() for seed in range(400)]
    # half of a sum of two gamma factors: a beta distribution with 2 * 25 records, plus sampling
    beta = 0.25 / (2 / 0.04 + 1)
    expected = beta + (0.25 - beta) / 1_000
    assert np.var(shares) == pytest.approx(expected, rel=4 * np.sqrt(2 / 400))


def test_numbers_are_smoothed_and_keep_their_quantiles(rng):
    x = np.exp(rng.normal(size=2_000))
    data = numbers(x=x)
    made = drawn(fitted(data), 20_000)["x"]
    assert not set(made) & set(x)
    for q in (0.05, 0.5, 0.95):
        share = (made <= np.quantile(x, q)).mean()
        assert share == pytest.approx(q, abs=4 * np.sqrt(q * (1 - q) / 20_000) + 0.003)


def test_a_heap_is_a_cell_of_its_own(rng):
    x = np.where(rng.random(2_000) < 0.6, 0.0, np.exp(rng.normal(size=2_000)))
    made = drawn(fitted(numbers(x=x), prior=0), 20_000)["x"]
    assert (made == 0).mean() == pytest.approx((x == 0).mean(), abs=4 * 0.5 / np.sqrt(20_000))


def test_a_value_of_few_records_between_heaps_does_not_come_back():
    values = np.concatenate([np.zeros(50), [777.7], np.full(50, 1_000.0)])
    assert set(drawn(fitted(numbers(x=values), prior=0), 3_000)["x"]) == {0.0, 1_000.0}


def test_numbers_have_as_many_decimals_as_the_original(rng):
    made = drawn(fitted(numbers(x=rng.normal(50, 9, 500).round(1))), 500)["x"]
    assert np.allclose(made, made.round(1))


def test_with_many_columns_most_records_are_alone_in_their_cell():
    found = fitted(load("satgpa")).cells()
    assert found["cells with one record"] > 0.5 * 1_000
    assert found["cells"] > 10**5


def test_combinations_are_numbered_by_hand():
    found, first = joint([np.array([1, 0, 1, 0]), np.array([2, 0, 2, 1])], [2, 3], 4)
    assert found.tolist() == [2, 0, 2, 1]
    assert first.tolist() == [1, 3, 0]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"bins": 0}, "bins=0 is not a whole number of at least 1"),
        ({"threshold": 1.5}, "threshold=1.5 is not a whole number"),
        ({"least": 1}, "least=1 is not a whole number of at least 2"),
        ({"prior": -1}, "prior=-1 is not a number of at least 0"),
        ({"overdispersion": True}, "overdispersion=True is not a number"),
        ({"least": 301}, "the table has 300 records, fewer than least=301"),
    ],
)
def test_options_without_sense_are_refused(survey, asked, sentence):
    with pytest.raises(GuideError, match=sentence):
        generate(survey, "saturated", seed=1, **asked)

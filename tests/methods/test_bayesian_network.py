"""The Bayesian network: links are found, shares given parents come back, no value is copied."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate, load
from guide_helpers.methods.bayesian_network import BayesianNetwork, _order, _reach, _Scores
from guide_helpers.schema import Dataset, Kind, Schema, Variable


def coded(levels=2, **columns) -> Dataset:
    known = tuple(range(levels))
    variables = [Variable(n, Kind.CATEGORICAL, levels=known) for n in columns]
    return Dataset.of(pd.DataFrame(columns), Schema(tuple(variables)))


def fitted(data, **options) -> BayesianNetwork:
    return BayesianNetwork(**options).fit(data, rng=np.random.default_rng(1))


def drawn(model, n, seed=2):
    return model.sample(n, rng=np.random.default_rng(seed)).rows


def links(model) -> set[frozenset[str]]:
    names = model.table_.names
    return {frozenset((names[v], names[p])) for v, ps in enumerate(model.network_) for p in ps}


def chain(rng, n=4_000) -> Dataset:
    """Each of four columns repeats the one before in 4 of 5 records."""
    found = [rng.integers(2, size=n)]
    for _ in range(3):
        found.append(np.where(rng.random(n) < 0.8, found[-1], 1 - found[-1]))
    return coded(**dict(zip("dbca", found, strict=True)))


def test_the_links_of_a_chain_are_found_and_no_other(rng):
    assert links(fitted(chain(rng))) == {frozenset(k) for k in ("db", "bc", "ca")}


def test_independent_columns_get_no_link(rng):
    a, b, c = rng.integers(3, size=(3, 3_000))
    assert links(fitted(coded(3, a=a, b=b, c=c))) == set()


def test_an_effect_of_two_causes_depends_on_both(rng):
    a, b = rng.integers(2, size=(2, 4_000))
    c = (rng.random(4_000) < 0.1 + 0.3 * a + 0.5 * b).astype(int)
    data = coded(a=a, b=b, c=c)
    model = fitted(data)
    structure = model.structure()
    assert set(structure.index) == {"a", "b", "c"}
    assert structure["parents"].str.contains(", ").any()
    shares = [
        r.astype(int).groupby(["a", "b"])["c"].mean() for r in (data.rows, drawn(model, 40_000))
    ]
    assert np.allclose(*shares, atol=4 * 0.5 / np.sqrt(9_000))


def test_the_criterion_is_that_computed_by_hand():
    a, b = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])
    price = math.log(4) / 2
    score = _Scores([a, b], [2, 2], price)
    alone = 2 * 2 * math.log(2) - 4 * math.log(4)
    given = 2 * math.log(2 / 3) + math.log(1 / 3)
    assert score(1, ()) == pytest.approx(alone - price)
    assert score(1, (0,)) == pytest.approx(given - 2 * price)


def test_a_parity_that_no_pair_shows_is_missed(rng):
    a, b = rng.integers(2, size=(2, 4_000))
    assert links(fitted(coded(a=a, b=b, c=a ^ b))) == set()


@pytest.mark.parametrize("most", [0, 1, 2])
def test_no_variable_has_more_parents_than_asked_and_there_is_no_circle(most):
    data = load("adult").take_units(np.arange(4_000))
    model = fitted(data, parents=most, score="aic")
    assert max(map(len, model.network_)) == most
    order = _order(model.network_)
    assert sorted(order) == list(range(len(model.network_)))
    reach = _reach(model.network_)
    assert not (reach & reach.T & ~np.eye(len(reach), dtype=bool)).any()


def test_shares_given_the_parents_come_back_with_the_prior_by_hand():
    records = [45, 5, 10, 40]
    rows = {"a": np.repeat([0, 0, 1, 1], records), "b": np.repeat([0, 1, 0, 1], records)}
    model = fitted(coded(**rows), prior=10)
    assert len(links(model)) == 1
    child, parent = ("a", "b") if model.network_[0] else ("b", "a")
    made = drawn(model, 40_000)
    for value in (0, 1):
        inside = np.array(rows[parent]) == value
        zeros, n = (np.array(rows[child])[inside] == 0).sum(), inside.sum()
        expected = (zeros + 10 * (np.array(rows[child]) == 0).mean()) / (n + 10)
        found = (made[child][made[parent] == value] == 0).mean()
        assert found == pytest.approx(expected, abs=4 * 0.5 / np.sqrt(15_000))


def test_without_a_prior_a_combination_that_nobody_has_stays_away(rng):
    a = rng.integers(3, size=2_000)
    data = coded(4, a=a, b=np.minimum(a + rng.integers(2, size=2_000), 2))
    made = drawn(fitted(data, prior=0), 5_000)
    pairs = set(zip(made["a"], made["b"], strict=True))
    assert pairs == {(0, 0), (0, 1), (1, 1), (1, 2), (2, 2)}


def test_numbers_are_smoothed_and_their_relation_comes_back_in_bins(rng):
    x = np.exp(rng.normal(size=4_000))
    y = x + rng.normal(size=4_000)
    schema = Schema((Variable("x", Kind.NUMBER), Variable("y", Kind.NUMBER)))
    data = Dataset.of(pd.DataFrame({"x": x, "y": y}), schema)
    made = drawn(fitted(data), 20_000)
    assert not set(made["x"]) & set(x)
    assert not set(made["y"]) & set(y)
    spearman = [r.rank().corr().iloc[0, 1] for r in (data.rows, made)]
    assert spearman[1] == pytest.approx(spearman[0], abs=0.05)
    assert made["x"].median() == pytest.approx(np.median(x), abs=0.05)


def test_missing_values_have_parents_too(rng):
    a = rng.integers(2, size=3_000)
    x = np.where(rng.random(3_000) < 0.1 + 0.6 * a, np.nan, rng.normal(size=3_000))
    schema = Schema((Variable("a", Kind.CATEGORICAL, levels=(0, 1)), Variable("x", Kind.NUMBER)))
    data = Dataset.of(pd.DataFrame({"a": a, "x": x}), schema)
    made = drawn(fitted(data), 20_000)
    rates = [r["x"].isna().groupby(r["a"], observed=True).mean() for r in (data.rows, made)]
    assert np.allclose(*rates, atol=4 * 0.5 / np.sqrt(10_000))


def test_the_fitted_network_holds_tables_and_no_record():
    model = fitted(load("satgpa"))
    assert len(model.table_.empty) == 0
    assert all(len(c.codes) == 0 for c in model.table_.columns.values())


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"parents": -1}, "parents=-1 is not a whole number of at least 0"),
        ({"bins": 0}, "bins=0 is not a whole number of at least 1"),
        ({"score": "mdl"}, "no score 'mdl'; known: bic, aic"),
        ({"prior": "little"}, "prior='little' is not a number of at least 0"),
        ({"least": 400}, "fewer than least=400"),
    ],
)
def test_options_without_sense_are_refused(survey, asked, sentence):
    with pytest.raises(GuideError, match=sentence):
        generate(survey, "bayesian_network", seed=1, **asked)

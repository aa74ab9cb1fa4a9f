"""Vale-Maurelli: four moments and correlations come back, and what no cubic has is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate, load
from guide_helpers.methods._moments import _on_sphere, _shape, fleishman
from guide_helpers.methods.vale_maurelli import ValeMaurelli
from guide_helpers.schema import Dataset, Kind, Schema, Variable

N = 200_000
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(20)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def numbers(**columns) -> Dataset:
    schema = Schema(tuple(Variable(name, Kind.NUMBER) for name in columns))
    return Dataset.of(pd.DataFrame(columns), schema)


def fitted(data, **options) -> ValeMaurelli:
    return ValeMaurelli(**options).fit(data, rng=np.random.default_rng(1))


def drawn(model, n=N, seed=2):
    return model.sample(n, rng=np.random.default_rng(seed)).rows


def by_quadrature(b, c, d):
    """Mean, variance, skewness and kurtosis of a cubic; exact for polynomials to degree 39."""
    y = b * NODES + c * (NODES**2 - 1) + d * NODES**3
    mean, *raw = (float(WEIGHTS @ y**k) for k in (1, 2, 3, 4))
    return mean, raw[0], raw[1], raw[2] - 3


def exponential_pair(rng, n=3_000):
    """Two skewed quantities with a correlation of about one half."""
    common, one, two = rng.exponential(size=(3, n))
    return numbers(x=common + one, y=5 - 2 * (common + two))


@pytest.mark.parametrize(("skewness", "kurtosis"), [(0, 0), (1, 2), (1.75, 3.75), (-2, 6), (4, 30)])
def test_a_cubic_has_the_asked_moments(skewness, kurtosis):
    found = by_quadrature(*fleishman(skewness, kurtosis))
    assert found == pytest.approx((0, 1, skewness, kurtosis), abs=1e-8)


def test_the_weights_are_those_of_fleishmans_table():
    # skewness 1.75 and kurtosis 3.75 are the last line of the table
    assert fleishman(1.75, 3.75) == pytest.approx((0.92966, 0.39950, -0.03647), abs=5e-6)
    assert fleishman(0, 0) == pytest.approx((1, 0, 0), abs=1e-6)


def test_no_cubic_has_more_extreme_moments_than_the_card_says(rng):
    turns = rng.random((2, 400_000)) * [[np.pi / 2], [2 * np.pi]]
    skewness, kurtosis = _shape(*_on_sphere(turns))
    assert skewness.max() == pytest.approx(6.48, abs=0.01)
    assert kurtosis.max() == pytest.approx(101.4, abs=0.1)
    assert kurtosis.min() == pytest.approx(-1.1513, abs=0.001)


def test_where_no_cubic_exists_the_nearest_is_taken_and_told():
    two_heaps = numbers(x=np.repeat([0.0, 1.0], 50))
    line = fitted(two_heaps).moments().loc["x"]
    assert line["kurtosis"] == pytest.approx(-2)
    assert line["kurtosis kept"] == pytest.approx(-1.1513, abs=0.001)
    assert line[["skewness", "skewness kept"]].tolist() == pytest.approx([0, 0], abs=0.01)
    with pytest.raises(GuideError, match=r"kurtosis -2\.00 of column 'x'; transform it"):
        generate(two_heaps, "vale_maurelli", seed=1, nearest=False)


def test_four_moments_and_the_correlation_come_back(rng):
    data = exponential_pair(rng)
    model = fitted(data, nearest=False)
    made = drawn(model)
    shape = model.moments()[["skewness", "kurtosis"]]
    old = (data.rows - data.rows.mean()) / data.rows.std(ddof=0)
    assert shape["skewness"].tolist() == pytest.approx((old**3).mean().tolist())
    assert (made.mean() - data.rows.mean()).abs().max() < 4 * data.rows.std().max() / np.sqrt(N)
    # standard errors of skewness and kurtosis by batches of the file itself
    batches = [made[i::40] for i in range(40)]
    for name in ("x", "y"):
        for asked, found in (("skewness", "skew"), ("kurtosis", "kurt")):
            draws = [getattr(b[name], found)() for b in batches]
            error = np.std(draws) / np.sqrt(40)
            assert getattr(made[name], found)() == pytest.approx(
                shape.loc[name, asked], abs=5 * error + 0.01
            )
    rho = data.rows["x"].corr(data.rows["y"])
    assert made["x"].corr(made["y"]) == pytest.approx(rho, abs=0.01)
    assert model.correlations(kept=True).loc["x", "y"] == pytest.approx(rho, abs=1e-6)


def test_the_intermediate_correlation_solves_the_equation_of_vale_and_maurelli(rng):
    data = exponential_pair(rng)
    model = fitted(data)
    r = model.correlations().loc["x", "y"]
    (b1, c1, d1), (b2, c2, d2) = (m.weights for m in model.moments_.quantities().values())
    by_hand = (
        r * (b1 * b2 + 3 * b1 * d2 + 3 * d1 * b2 + 9 * d1 * d2) + 2 * r**2 * c1 * c2
        + 6 * r**3 * d1 * d2
    )  # fmt: skip
    assert by_hand == pytest.approx(data.rows["x"].corr(data.rows["y"]), abs=1e-8)


def test_a_correlation_beyond_reach_is_told():
    """Two exponential quantities of opposite skewness rise together, not along a line."""
    u = (np.arange(20_000) + 0.5) / 20_000
    data = numbers(x=-np.log(1 - u), y=np.log(u))
    model = fitted(data)
    # the integral of log(u) log(1 - u) gives pi^2 / 6 - 1
    assert data.rows["x"].corr(data.rows["y"]) == pytest.approx(np.pi**2 / 6 - 1, abs=1e-3)
    b, c, d = model.moments_.quantities()["x"].weights
    most = 0.999 * (b + 3 * d) ** 2 - 0.999**2 * 2 * c**2 + 0.999**3 * 6 * d**2
    assert model.correlations().loc["x", "y"] == pytest.approx(0.999)
    assert model.correlations(kept=True).loc["x", "y"] == pytest.approx(most, abs=1e-6)
    assert most < 0.62


def test_on_test_scores_the_moments_of_the_file_are_those_of_the_original():
    original = load("satgpa")
    model = fitted(original, keep_bounds=False)
    table, made = model.moments(), drawn(model)
    assert np.allclose(table["skewness"], table["skewness kept"], atol=1e-6)
    scores = list(table.index)
    assert (made[scores].mean() - table["mean"]).abs().max() < 0.2
    assert (made[scores].kurt() - table["kurtosis"]).abs().max() < 0.1
    assert (made[scores].corr() - original.rows[scores].corr()).abs().max().max() < 0.01


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"least": 2.5}, "not a whole number of at least 2"),
        ({"nearest": "yes"}, "neither True nor False"),
        ({"keep_bounds": 1}, "neither True nor False"),
    ],
)
def test_options_without_sense_are_refused(survey, asked, sentence):
    with pytest.raises(GuideError, match=sentence):
        generate(survey, "vale_maurelli", seed=1, **asked)

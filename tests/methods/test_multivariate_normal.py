"""Multivariate normal simulation: means, deviations and correlations come back, shapes do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate, load
from guide_helpers.methods.multivariate_normal import MultivariateNormal
from guide_helpers.schema import Dataset, Kind, Provenance, Schema, Variable

N = 40_000


def numbers(**columns) -> Dataset:
    schema = Schema(tuple(Variable(name, Kind.NUMBER) for name in columns))
    return Dataset.of(pd.DataFrame(columns), schema)


def fitted(data, **options) -> MultivariateNormal:
    return MultivariateNormal(**options).fit(data, rng=np.random.default_rng(1))


def drawn(model, n=N, seed=2):
    return model.sample(n, rng=np.random.default_rng(seed)).rows


def test_the_moments_are_those_computed_by_hand():
    x = np.array([1.0, 2, 3, 4, 5] * 2)
    model = fitted(numbers(x=x, y=10 - 2 * x))
    # squared deviations 10 * 2, over 9
    spread = np.sqrt(20 / 9)
    assert model.moments()["mean"].tolist() == pytest.approx([3, 4])
    assert model.moments()["standard deviation"].tolist() == pytest.approx([spread, 2 * spread])
    assert model.correlations().loc["x", "y"] == pytest.approx(-0.999)


def test_means_deviations_and_correlations_come_back(rng):
    x = rng.gamma(2, 3, 3_000)
    data = numbers(x=x, y=x + rng.normal(0, 4, 3_000), z=rng.random(3_000))
    made = drawn(fitted(data))
    error = data.rows.std() / np.sqrt(N)
    assert ((made.mean() - data.rows.mean()).abs() < 4 * error).all()
    assert np.allclose(made.std() / data.rows.std(), 1, atol=4 / np.sqrt(2 * N))
    gap = (made.corr() - data.rows.corr()).abs().to_numpy()
    assert gap.max() < 4 / np.sqrt(N)


def test_a_skewed_quantity_becomes_normal(rng):
    made = drawn(fitted(numbers(pay=np.exp(rng.normal(size=2_000)))))["pay"]
    assert abs(made.skew()) < 4 * np.sqrt(6 / N)
    assert (made < 0).mean() > 0.1


def test_levels_keep_their_shares_and_their_relation_to_a_number(rng):
    z = rng.normal(size=(4_000, 2)) @ np.linalg.cholesky([[1, 0.6], [0.6, 1]]).T
    rows = {"x": z[:, 0], "size": np.array(["s", "m", "l"])[np.searchsorted([-0.5, 1], z[:, 1])]}
    schema = Schema(
        (Variable("x", Kind.NUMBER), Variable("size", Kind.ORDERED, levels=("s", "m", "l")))
    )
    data = Dataset.of(pd.DataFrame(rows), schema)
    model = fitted(data)
    assert model.correlations().loc["x", "size"] == pytest.approx(0.6, abs=4 * 1.1 / np.sqrt(4_000))
    shares = data.rows["size"].value_counts(normalize=True)
    assert model.shares().loc["size", "share"].to_dict() == pytest.approx((shares * 100).to_dict())
    made = drawn(model)
    old, new = (r.groupby("size", observed=True)["x"].mean() for r in (data.rows, made))
    assert np.allclose(old, new, atol=0.1)


def test_public_bounds_cut_off_and_may_be_waived(survey):
    kept, free = (
        generate(survey, "multivariate_normal", n=N, seed=1, keep_bounds=b).rows["income"]
        for b in (True, False)
    )
    mean, error = survey.rows["income"].mean(), survey.rows["income"].std() / np.sqrt(N)
    assert (kept == 0).mean() == pytest.approx((free < 0).mean())
    assert kept.min() == 0 > free.min()
    assert abs(free.mean() - mean) < 4 * error < kept.mean() - mean


def test_all_that_is_fitted_are_numbers_that_the_tables_show():
    model = fitted(load("satgpa"))
    assert len(model.moments_.empty) == 0
    assert len(model.moments()) == 5
    margins = model.moments_.normals.margins
    sizes = [v.size for m in margins.values() for v in vars(m).values() if hasattr(v, "size")]
    assert max(sizes) <= 60  # terms of the series of levels
    assert model.correlations().shape == (6, 6)
    assert len(model.shares()) == 2


def test_missing_values_and_codes_have_lines_of_their_own(rng):
    values = pd.Series(rng.normal(50, 5, 1_000))
    values[:200] = np.nan
    values[200:300] = -9
    x = Variable("x", Kind.NUMBER, special={-9.0: "not asked"})
    data = Dataset.of(pd.DataFrame({"x": values}), Schema((x,)))
    model = fitted(data)
    states = model.shares().loc["x: state", "share"].to_dict()
    assert states == pytest.approx({"a value": 70, "missing": 20, "-9": 10})
    assert model.moments().loc["x", "mean"] == pytest.approx(values[300:].mean())


def test_a_constant_stays_a_constant():
    data = numbers(x=np.full(20, 7.5))
    assert set(drawn(fitted(data), 50)["x"]) == {7.5}


def test_whole_numbers_stay_whole_and_lie_within_bounds():
    x = Variable("x", Kind.INTEGER, bounds=(0, 3), bounds_from=Provenance.PUBLIC)
    data = Dataset.of(pd.DataFrame({"x": [0, 1, 2, 3] * 5}), Schema((x,)))
    made = drawn(fitted(data), 500)["x"]
    assert set(made) == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"least": 1}, "not a whole number of at least 2"),
        ({"least": 400}, "fewer than least=400"),
        ({"keep_bounds": 1}, "neither True nor False"),
    ],
)
def test_options_without_sense_are_refused(survey, asked, sentence):
    with pytest.raises(GuideError, match=sentence):
        generate(survey, "multivariate_normal", seed=1, **asked)

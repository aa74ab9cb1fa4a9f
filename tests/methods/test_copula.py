"""Facts about the guide's own copula: known margins and correlations come back."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate
from guide_helpers.methods._normal import implied, nearest_correlation, order_of, scores_of
from guide_helpers.methods._smoothing import knots
from guide_helpers.methods.copula import Copula
from guide_helpers.schema import Dataset, Kind, Provenance, Schema, Variable

TRUE = np.array(
    [[1.0, 0.6, -0.5, 0.4], [0.6, 1, -0.3, 0.2], [-0.5, -0.3, 1, 0.0], [0.4, 0.2, 0, 1]]
)
NAMES = ["pay", "gain", "school", "employed"]


def known(n=8_000, seed=1):
    """Draw from a Gaussian copula: exponential, half zeros, three levels, two rare in one."""
    z = np.random.default_rng(seed).multivariate_normal(np.zeros(4), TRUE, n)
    tail = np.array([1 - NormalDist().cdf(x) for x in z[:, 0]])
    rows = {
        "pay": -np.log(tail) * 1_000,
        "gain": np.where(z[:, 1] > 0, np.exp(z[:, 1]), 0.0),
        "school": np.array(["low", "middle", "high"])[np.searchsorted([-0.5, 1.0], z[:, 2])],
        "employed": np.where(z[:, 3] > -1.3, "yes", "no"),
    }
    schema = Schema(
        (
            Variable("pay", Kind.NUMBER),
            Variable("gain", Kind.NUMBER),
            Variable("school", Kind.ORDERED, levels=("low", "middle", "high")),
            Variable("employed", Kind.CATEGORICAL, levels=("no", "yes")),
        )
    )
    return Dataset.of(pd.DataFrame(rows), schema)


def fitted(data, **options):
    return Copula(**options).fit(data, rng=np.random.default_rng(1))


def one(values, kind=Kind.NUMBER, **said):
    return Dataset.of(pd.DataFrame({"x": values}), Schema((Variable("x", kind, **said),)))


@pytest.fixture(scope="module")
def original():
    return known()


@pytest.fixture(scope="module")
def synthetic(original):
    return generate(original, "copula", n=20_000, seed=1).rows


def correlation_of(model, names):
    """Return the fitted correlations of variables; a state without variation stands aside."""
    schema = model.empty_.schema.names
    places = [
        next(i for i, k in enumerate(model.normals_.margins)
             if k.startswith(f"{schema.index(name)}:")
             and not k.endswith(("state", "gone")))
        for name in names
    ]  # fmt: skip
    return model.normals_.correlation[np.ix_(places, places)]


def test_the_correlations_behind_levels_heaps_and_quantities_are_found(original):
    found = correlation_of(fitted(original), NAMES)
    # times the root of n, the standard error is up to 1.1, and 2.1 with the rare level
    bound = np.where((np.arange(4) == 3) | (np.arange(4) == 3)[:, None], 2.1, 1.1)
    assert (np.abs(found - TRUE) < 4 * bound / np.sqrt(len(original))).all()


def test_a_copy_of_a_copy_has_the_same_correlations(original, synthetic):
    again = fitted(original.with_rows(synthetic))
    gap = correlation_of(again, NAMES) - correlation_of(fitted(original), NAMES)
    assert np.abs(gap).max() < 4 * 2.1 / np.sqrt(len(synthetic))


def test_margins_are_those_of_the_original(original, synthetic):
    for q in (0.01, 0.1, 0.5, 0.9, 0.99):
        value = original.rows["pay"].quantile(q)
        share = (synthetic["pay"] <= value).mean()
        assert share == pytest.approx(q, abs=4 * np.sqrt(q * (1 - q) / 20_000) + 0.001)
    for name in ("school", "employed"):
        old, new = (rows[name].value_counts(normalize=True) for rows in (original.rows, synthetic))
        assert (old - new).abs().max() < 4 * np.sqrt(0.25 / 20_000)


def test_a_heap_keeps_its_share_and_nothing_stands_between_it_and_the_rest(original, synthetic):
    old = original.rows["gain"]
    assert (synthetic["gain"] == 0).mean() == pytest.approx((old == 0).mean(), abs=0.015)
    above = synthetic["gain"][synthetic["gain"] > 0]
    assert (above < old[old > 0].min()).mean() < 0.005


def test_no_value_of_a_single_record_is_copied(original, synthetic):
    assert not set(synthetic["pay"]) & set(original.rows["pay"])
    assert set(synthetic["gain"]) & set(original.rows["gain"]) == {0.0}


def test_a_quantity_that_is_never_negative_stays_so(synthetic):
    assert (synthetic["pay"] >= 0).all()


def test_knots_are_means_of_blocks_and_heaps_have_two():
    distinct, counts = np.array([0.0, 1, 2, 3, 4, 9]), np.array([6, 1, 1, 1, 1, 1])
    shares, line = knots(distinct, counts, 2)
    # 1 to 4 and 9 make two blocks, 1 2 and 3 4 9, with ends half a step beyond their means
    assert line == pytest.approx([0, 0, 0, 1.5, 16 / 3, 16 / 3 + 23 / 12])
    assert shares[1:-1] * 11 == pytest.approx([6, 6, 7, 9.5])


def test_fewer_values_than_a_block_beside_a_heap_go_to_the_heap():
    values = np.concatenate([np.zeros(50), [777.7], np.full(50, 1_000.0)])
    drawn = generate(one(values), "copula", seed=1, n=2_000).rows["x"]
    assert set(drawn) == {0.0, 1_000.0}


def test_the_score_of_a_level_is_its_mean_normal_value():
    scores, series, _ = scores_of(np.array([1, 1]))
    assert scores == pytest.approx([-np.sqrt(2 / np.pi), np.sqrt(2 / np.pi)])
    # two halves of a normal value correlated 0.5 agree with probability 1/2 + asin(0.5)/pi
    spread = np.sqrt(2 / np.pi)
    found = implied(np.array([[0.5]]), series[None] / spread)
    assert found[0, 0] == pytest.approx(2 * np.arcsin(0.5) / np.pi, abs=1e-9)


def test_the_nearest_correlation_matrix_is_that_of_highams_example():
    found = nearest_correlation(np.array([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]]))
    near, far = 0.7607, 0.1573
    expected = np.array([[1, near, far], [near, 1, near], [far, near, 1]])
    assert found == pytest.approx(expected, abs=5e-5)
    assert np.linalg.eigvalsh(found).min() > -1e-12


def test_a_correlation_matrix_is_its_own_nearest():
    assert nearest_correlation(TRUE) == pytest.approx(TRUE, abs=1e-12)


def test_unordered_levels_stand_in_the_order_that_tells_most_and_rare_ones_in_the_middle():
    values = np.repeat([0.0, 1, 2, 3], [20, 20, 20, 1])
    other = np.array([5.0, -5, 0, 99])[values.astype(int)]
    absent = np.zeros(61, dtype=bool)
    order = order_of(values, absent, [other], 5).tolist()
    assert order in ([1, 2, 3, 0], [1, 3, 2, 0], [0, 2, 3, 1], [0, 3, 2, 1])


def test_a_relation_of_an_unordered_variable_with_a_number_is_kept(rng):
    place = rng.integers(0, 4, 3_000)
    shift = np.array([0.0, 3.0, -3.0, 1.0])[place]  # not in the order of the levels
    rows = pd.DataFrame(
        {"place": np.array(list("abcd"))[place], "x": shift + rng.normal(size=3_000)}
    )
    schema = Schema(
        (Variable("place", Kind.CATEGORICAL, levels=tuple("abcd")), Variable("x", Kind.NUMBER))
    )
    data = Dataset.of(rows, schema)
    made = generate(data, "copula", seed=1).rows
    means = made.groupby("place", observed=True)["x"].mean()
    assert means.to_numpy() == pytest.approx([0, 3, -3, 1], abs=0.5)


def test_missing_values_depend_on_the_other_variables_as_in_the_original(rng):
    x = rng.normal(size=4_000)
    y = np.where(x + rng.normal(size=4_000) > 0.5, np.nan, 2 * x + rng.normal(size=4_000))
    up, gone = x + rng.normal(size=(2, 4_000)) > [[0.0], [0.8]]
    level = pd.Series(np.where(up, "up", "down")).where(~gone)
    frame = pd.DataFrame({"x": x, "y": y, "level": level})
    schema = Schema(
        (
            Variable("x", Kind.NUMBER),
            Variable("y", Kind.NUMBER),
            Variable("level", Kind.CATEGORICAL, levels=("down", "up")),
        )
    )
    data = Dataset.of(frame, schema)
    made = generate(data, "copula", seed=1).rows
    for name in ("y", "level"):
        old, new = (rows[name].isna() for rows in (data.rows, made))
        assert new.mean() == pytest.approx(old.mean(), abs=4 * np.sqrt(2 * 0.25 / 4_000))
        assert made["x"].corr(new.astype(float)) == pytest.approx(x_corr(data, old), abs=0.06)
    assert made["x"].corr(made["y"]) == pytest.approx(data.rows["x"].corr(data.rows["y"]), abs=0.06)


def x_corr(data, gone):
    return data.rows["x"].corr(gone.astype(float))


def test_correlations_that_cannot_go_together_are_mended(rng):
    """Each pair of three variables is seen on other records, with signs that contradict."""
    parts = []
    for a, b, sign in (("x", "y", 1), ("y", "z", 1), ("x", "z", -1)):
        v = rng.normal(size=200)
        parts.append(pd.DataFrame({a: v, b: sign * v}))
    frame = pd.concat(parts, ignore_index=True)[["x", "y", "z"]]
    data = Dataset.of(frame, Schema(tuple(Variable(k, Kind.NUMBER) for k in "xyz")))
    model = fitted(data)
    assert np.linalg.eigvalsh(model.normals_.correlation).min() > -1e-10
    assert np.diag(model.normals_.correlation) == pytest.approx(1)
    assert model.sample(50, rng=rng).rows.shape == (50, 3)


def test_the_fitted_method_holds_no_record(original):
    model = fitted(original)
    assert len(model.empty_) == 0
    knots = set(model.normals_.margins["0:number"].knots)
    assert len(knots) <= len(original) / 10 + 2
    assert not knots & set(original.rows["pay"])


def test_levels_that_no_schema_names_are_drawn(rng):
    data = one(rng.choice(["a", "b", "c"], 60), Kind.CATEGORICAL)
    assert set(generate(data, "copula", seed=1, n=200).rows["x"]) == {"a", "b", "c"}


def test_dates_keep_their_step():
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(100) ** 2 // 20, "D")
    made = generate(one(days, Kind.DATETIME), "copula", seed=1, n=300).rows["x"]
    assert (made.dt.normalize() == made).all()
    assert made.between(days.min() - pd.Timedelta("20D"), days.max() + pd.Timedelta("20D")).all()


def test_public_bounds_are_kept(rng):
    said = {"bounds": (0, 1), "bounds_from": Provenance.PUBLIC}
    made = generate(one(rng.random(100), **said), "copula", seed=1, n=5_000).rows["x"]
    assert made.between(0, 1).all()


@pytest.mark.parametrize(
    ("values", "options", "said"),
    [
        ([1.0, 2, 3], {}, "the table has 3 records, fewer than least=10"),
        ([1.0, 2, 3] + [None] * 40, {}, "column 'x' has 3 values, fewer than least=10"),
        ([1.0] * 40, {"least": 1}, "least=1 is not a whole number of at least 2"),
        ([1.0] * 40, {"least": 2.5}, "least=2.5"),
    ],
)
def test_what_cannot_be_smoothed_is_refused_with_the_remedy(values, options, said):
    with pytest.raises(GuideError, match=said):
        generate(one(values), "copula", **options)

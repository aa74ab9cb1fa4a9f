"""Regressions of sequential synthesis: known answers, oracles, and what must not come back."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers import GuideError
from guide_helpers.methods._coding import Coded
from guide_helpers.methods._parametric import MODELS, fits, learn


def quantity(values) -> Coded:
    """A column of numbers; NaN is missing."""
    values = np.asarray(values, float)
    distinct = np.unique(values[~np.isnan(values)])
    codes = np.where(np.isnan(values), len(distinct), np.searchsorted(distinct, values))
    return Coded(codes.astype(np.intp), len(distinct), distinct, True, distinct.__getitem__)


def levels(codes, *, ordered=False, size=None) -> Coded:
    """A column of levels 0, 1, ...; -1 is missing."""
    codes = np.asarray(codes)
    size = int(codes.max()) + 1 if size is None else size
    filled = np.where(codes < 0, size, codes).astype(np.intp)
    return Coded(filled, size, None, ordered, np.arange(size + 1).__getitem__)


def line(model, codes) -> np.ndarray:
    """The fitted means of a normal model."""
    x = model.design.matrix(codes, len(codes[0]))
    return model.centre + model.scale * (x @ model.fit.coefficients)


def chances(model, codes) -> np.ndarray:
    """The fitted probabilities of classes."""
    x = model.design.matrix(codes, len(codes[0]) if codes else 1)
    return np.diff(model.fit.below(x), axis=1, prepend=0, append=1)


def classes_of(rng, n=6_000):
    """A quantity and a level, and classes that depend on both."""
    x, group = rng.normal(size=n), rng.integers(0, 3, n)
    score = np.column_stack([np.zeros(n), 0.5 + x, group - 0.7 * x - 1])
    share = np.exp(score) / np.exp(score).sum(axis=1, keepdims=True)
    drawn = (rng.random(n)[:, None] > np.cumsum(share, axis=1)[:, :-1]).sum(axis=1)
    return np.round(x, 2), group, drawn


# --- normal


def test_least_squares_on_five_points_is_the_one_by_hand():
    x, y = np.repeat([0.0, 1, 2, 3, 4], 4), np.repeat([1.0, 3, 2, 5, 4], 4)
    model = learn("normal", [quantity(x)], quantity(y))
    # slope 8 / 10, intercept 3 - 0.8 * 2; the residuals' squares sum to 4 * 3.6, on 20 - 2
    assert line(model, [np.arange(5)]) == pytest.approx([1.4, 2.2, 3.0, 3.8, 4.6])
    assert model.scale * model.fit.spread == pytest.approx(np.sqrt(14.4 / 18))


def test_draws_of_a_normal_model_have_its_mean_and_spread(rng):
    x = rng.integers(0, 4, 4_000).astype(float)
    y = np.round(2 + 3 * x + rng.normal(0, 1.5, 4_000), 2)
    model = learn("normal", [quantity(x)], quantity(y))
    drawn = model.draw([np.full(40_000, 2)], 40_000, rng)
    assert drawn.mean() == pytest.approx(line(model, [np.array([2])])[0], abs=4 * 1.5 / 200)
    assert drawn.std() == pytest.approx(1.5, abs=4 * 1.5 * np.sqrt(0.5 / 4_000 + 0.5 / 40_000))


def test_least_squares_agree_with_statsmodels(rng):
    import statsmodels.api as sm

    x, group, _ = classes_of(rng)
    y = np.round(1 + x - group + rng.normal(size=len(x)), 3)
    weights = rng.uniform(0.5, 3, len(x))
    model = learn("normal", [quantity(x), levels(group)], quantity(y), weights)
    design = np.column_stack([np.ones(len(x)), x, group == 1, group == 2])
    oracle = sm.WLS(y, design, weights).fit()
    found = line(model, [quantity(x).codes, group])
    assert found == pytest.approx(oracle.fittedvalues, abs=1e-8)


def test_a_missing_predictor_has_its_own_mean(rng):
    x = np.where(rng.random(2_000) < 0.3, np.nan, rng.integers(0, 10, 2_000))
    y = np.round(np.where(np.isnan(x), 50, x) + rng.normal(size=2_000), 3)
    model = learn("normal", [quantity(x)], quantity(y))
    absent = np.isnan(x)
    assert line(model, [np.array([10])])[0] == pytest.approx(y[absent].mean(), abs=0.15)
    assert line(model, [np.array([3])])[0] == pytest.approx(3, abs=0.2)


def test_collinear_and_constant_predictors_change_nothing(rng):
    x = rng.integers(0, 30, 500).astype(float)
    y = np.round(x + rng.normal(size=500), 3)
    alone = learn("normal", [quantity(x)], quantity(y))
    twice = learn("normal", [quantity(x), quantity(3 - 2 * x), quantity(np.ones(500))], quantity(y))
    codes = quantity(x).codes
    other = line(twice, [codes, quantity(3 - 2 * x).codes, np.zeros(500, int)])
    assert other == pytest.approx(line(alone, [codes]), abs=1e-6)
    assert twice.fit.spread == pytest.approx(alone.fit.spread)


def test_dates_in_nanoseconds_keep_their_precision(rng):
    days = np.sort(rng.choice(5_000, 1_000, replace=False))
    moments = days * 86_400e9
    model = learn("normal", [quantity(days)], quantity(moments))
    assert line(model, [np.arange(1_000)]) / 86_400e9 == pytest.approx(days, abs=1e-4)


# --- normal rank


def test_normal_rank_keeps_a_skewed_margin(rng):
    income = np.round(np.exp(rng.normal(7, 1, 5_000)), 2)
    model = learn("normal_rank", [], quantity(income))
    drawn = model.draw([], 5_000, rng)
    for share in (0.05, 0.25, 0.5, 0.75, 0.95):
        below = (drawn <= np.quantile(income, share)).mean()
        assert below == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 5_000))
    assert drawn.min() >= 0


def test_normal_rank_copies_no_value_that_one_record_holds(rng):
    value = np.exp(rng.normal(7, 1, 2_000))
    x = np.round(np.log(value) + rng.normal(size=2_000), 1)
    model = learn("normal_rank", [quantity(x)], quantity(value))
    drawn = model.draw([quantity(x).codes], 2_000, rng)
    assert not np.isin(drawn, value).any()
    assert drawn.max() < value.max()


def test_normal_rank_keeps_a_monotone_relation_and_its_strength(rng):
    z = rng.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], 5_000)
    x, y = np.round(z[:, 0], 2), np.exp(z[:, 1])
    model = learn("normal_rank", [quantity(x)], quantity(y))
    drawn = model.draw([quantity(x).codes], 5_000, rng)
    found = np.corrcoef(x, np.log(drawn))[0, 1]
    assert found == pytest.approx(0.7, abs=4 * np.sqrt(2) * (1 - 0.49) / np.sqrt(5_000))


def test_a_heap_comes_back_at_its_share(rng):
    hours = np.where(rng.random(4_000) < 0.5, 40.0, np.round(rng.normal(40, 12, 4_000), 3))
    drawn = learn("normal_rank", [], quantity(hours)).draw([], 4_000, rng)
    assert (drawn == 40).mean() == pytest.approx((hours == 40).mean(), abs=0.05)


# --- logistic and ordered


def test_logistic_on_a_two_by_two_table_is_its_odds(rng):
    cells = [3_000, 1_000, 1_500, 2_500]
    x, y = np.repeat([0, 0, 1, 1], cells), np.repeat([0, 1, 0, 1], cells)
    model = learn("logistic", [levels(x)], levels(y))
    assert chances(model, [np.array([0, 1])])[:, 1] == pytest.approx([1 / 4, 5 / 8], abs=1e-4)
    drawn = model.draw([x], 8_000, rng)
    assert drawn[x == 1].mean() == pytest.approx(5 / 8, abs=4 * np.sqrt(15 / 64 / 4_000))


@pytest.mark.parametrize("kind", ["logistic", "polytomous", "ordered"])
def test_without_predictors_the_shares_come_back(kind, rng):
    y = np.repeat([0, 1, 2], [300, 100, 50])[: 400 if kind == "logistic" else 450]
    model = learn(kind, [], levels(y, ordered=True))
    shares = np.bincount(y) / len(y)
    assert chances(model, [])[0] == pytest.approx(shares, abs=1e-6)
    drawn = model.draw([], 20_000, rng)
    error = np.sqrt(shares * (1 - shares) / 20_000)
    assert (np.abs(np.bincount(drawn) / 20_000 - shares) < 4 * error).all()


def test_cuts_of_an_ordered_model_are_the_log_odds_of_the_shares():
    model = learn("ordered", [], levels(np.repeat([0, 1, 2], [200, 500, 300]), ordered=True))
    assert model.fit.cuts == pytest.approx([np.log(0.2 / 0.8), np.log(0.7 / 0.3)])


def test_logistic_agrees_with_statsmodels(rng):
    import statsmodels.api as sm

    x, group, y = classes_of(rng)
    y = (y == 1).astype(int)
    design = np.column_stack([np.ones(len(x)), x, group == 1, group == 2])
    oracle = sm.Logit(y, design).fit(disp=0)
    model = learn("logistic", [quantity(x), levels(group)], levels(y))
    found = chances(model, [quantity(x).codes, group])[:, 1]
    assert found == pytest.approx(oracle.predict(), abs=1e-3)


def test_polytomous_agrees_with_statsmodels(rng):
    import statsmodels.api as sm

    x, group, y = classes_of(rng)
    design = np.column_stack([np.ones(len(x)), x, group == 1, group == 2])
    oracle = sm.MNLogit(y, design).fit(disp=0)
    model = learn("polytomous", [quantity(x), levels(group)], levels(y))
    found = chances(model, [quantity(x).codes, group])
    assert found == pytest.approx(oracle.predict(), abs=1e-3)


def test_ordered_agrees_with_statsmodels(rng):
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    x, group, _ = classes_of(rng)
    latent = x - 0.5 * group + rng.logistic(size=len(x))
    y = np.digitize(latent, [-1.5, 0, 0.4, 2])
    design = np.column_stack([x, group == 1, group == 2]).astype(float)
    oracle = OrderedModel(y, design, distr="logit").fit(method="bfgs", disp=0)
    model = learn("ordered", [quantity(x), levels(group)], levels(y, ordered=True))
    found = chances(model, [quantity(x).codes, group])
    assert found == pytest.approx(np.asarray(oracle.predict()), abs=1e-3)


def test_known_coefficients_are_recovered(rng):
    n = 20_000
    x = np.round(rng.normal(size=n), 2)
    y = (rng.random(n) < 1 / (1 + np.exp(0.5 - 1.2 * x))).astype(int)
    model = learn("logistic", [quantity(x)], levels(y))
    # below the cut means class 0; the predictor is standardised
    slope, error = model.fit.slopes[0] / x.std(), 0.02
    assert slope == pytest.approx(1.2, abs=4 * error)


# --- safe in hard cases


def test_separated_classes_are_drawn_as_they_are_nearly_always(rng):
    group = rng.integers(0, 3, 3_000)
    x = rng.normal(size=3_000).round(1)
    y = np.where(group == 0, 0, 1 + (x > 0))
    for kind, given in (
        ("polytomous", [levels(group), quantity(x)]),
        ("logistic", [levels(group)]),
    ):
        target = y if kind == "polytomous" else (y > 0).astype(int)
        model = learn(kind, given, levels(target))
        drawn = model.draw([p.codes for p in given], 3_000, rng)
        assert (drawn != target)[group == 0].sum() <= 2
        assert np.isfinite(chances(model, [p.codes for p in given])).all()


@pytest.mark.parametrize("kind", ["logistic", "polytomous", "ordered"])
def test_posterior_draws_keep_a_separation(kind, rng):
    group = np.repeat([0, 1], 500)
    wrong = []
    for _ in range(20):
        model = learn(kind, [levels(group)], levels(group, ordered=True), rng=rng)
        wrong.append((model.draw([group], 1_000, rng) != group).mean())
    assert max(wrong) < 0.02


@pytest.mark.parametrize("kind", MODELS)
def test_a_constant_column_comes_back(kind, rng):
    x = levels(rng.integers(0, 3, 50))
    column = (
        quantity(np.full(50, 7.0)) if "normal" in kind else levels(np.full(50, 0), ordered=True)
    )
    drawn = learn(kind, [x], column).draw([x.codes], 50, rng)
    assert (drawn == (7.0 if "normal" in kind else 0)).all()


@pytest.mark.parametrize("kind", MODELS)
def test_one_record_is_enough(kind, rng):
    column = quantity([7.0]) if "normal" in kind else levels([0], ordered=True)
    drawn = learn(kind, [levels([0]), quantity([3.0])], column).draw([np.zeros(4, int)] * 2, 4, rng)
    assert (drawn == (7.0 if "normal" in kind else 0)).all()


def test_no_regression_has_so_many_columns_that_it_repeats_its_records(rng):
    many = [levels(rng.integers(0, 20, 300)) for _ in range(20)]
    value = quantity(rng.normal(size=300))
    model = learn("normal", many, value)
    assert model.design.matrix([m.codes for m in many], 300).shape[1] <= 300 / 5
    assert model.fit.spread > 0.8


def test_where_columns_are_too_many_the_best_predictor_stays(rng):
    noise = [levels(rng.integers(0, 12, 100)) for _ in range(5)]
    x = rng.normal(size=100).round(1)
    value = quantity(x + 0.1 * rng.normal(size=100))
    model = learn("normal", [*noise, quantity(x)], value)
    assert [t.shape[1] for t in model.design.tables][-1] == 1
    assert model.fit.spread < 0.2


def test_a_rare_class_does_not_learn_who_its_records_are(rng):
    x = rng.integers(0, 5, 2_000)
    y = rng.integers(0, 3, 2_000)
    y[np.flatnonzero(x == 4)[:1]] = 3  # one record, in group 4
    y[np.flatnonzero(x == 1)[:12]] = 4
    model = learn("polytomous", [levels(x)], levels(y))
    drawn = model.draw([np.repeat(np.arange(5), 40_000)], 200_000, rng)
    rare, at = drawn == 3, np.repeat(np.arange(5), 40_000)
    assert rare.sum() == pytest.approx(100, abs=4 * np.sqrt(100) + 4)
    assert rare[at == 4].mean() < rare[at == 1].mean()


def test_levels_that_occur_too_rarely_share_a_coefficient(rng):
    x = np.append(rng.integers(0, 3, 2_000), [3] * 9 + [4] * 4)
    y = np.round(x + rng.normal(size=len(x)), 3)
    model = learn("normal", [levels(x)], quantity(y))
    means = line(model, [np.arange(5)])
    assert means[3] == pytest.approx(means[4])
    assert means[3] == pytest.approx(y[x >= 3].mean(), abs=1e-8)


def test_hundreds_of_levels_are_grouped_and_still_tell(rng):
    x = rng.integers(0, 300, 30_000)
    effect = rng.normal(size=300)
    y = np.round(effect[x] + 0.5 * rng.normal(size=30_000), 3)
    model = learn("normal", [levels(x)], quantity(y))
    assert model.design.tables[0].shape[1] < 30
    assert np.corrcoef(line(model, [np.arange(300)]), effect)[0, 1] > 0.98


def test_a_level_that_was_not_seen_is_drawn_for_all_the_same(rng):
    x = levels(rng.integers(0, 3, 200), size=6)
    for kind in ("polytomous", "ordered"):
        model = learn(kind, [x], levels(rng.integers(0, 4, 200), ordered=True))
        assert set(model.draw([np.full(100, 5)], 100, rng)) <= {0, 1, 2, 3}


def test_classes_without_records_are_never_drawn(rng):
    y = levels(rng.choice([0, 2, 5], 300), ordered=True, size=8)
    for kind in ("polytomous", "ordered"):
        assert set(learn(kind, [], y).draw([], 500, rng)) == {0, 2, 5}


# --- weights, seeds, proper draws


@pytest.mark.parametrize("kind", MODELS)
def test_weights_count_like_repeated_records(kind, rng):
    x, group, y = classes_of(rng, 2_000)
    if kind == "logistic":
        y = (y > 0).astype(int)
    times = rng.integers(1, 4, 2_000)
    column = (
        quantity(x * 2 + y + rng.normal(size=2_000).round(2))
        if "normal" in kind
        else levels(y, ordered=True)
    )
    given = [quantity(x), levels(group)]
    rows = np.repeat(np.arange(2_000), times)
    weighted = learn(kind, given, column, times.astype(float))
    repeated = learn(kind, [g.take(rows) for g in given], column.take(rows))
    codes = [g.codes for g in given]
    draws = [m.draw(codes, 2_000, np.random.default_rng(5)) for m in (weighted, repeated)]
    if "normal" in kind:
        assert np.abs(draws[0] - draws[1]).mean() < 0.01 * column.quantities.std()
    else:
        assert chances(weighted, codes) == pytest.approx(chances(repeated, codes), abs=1e-3)


def test_only_the_ratios_of_weights_count_and_zero_means_left_out(rng):
    x, group, y = classes_of(rng, 1_000)
    given, column = [quantity(x), levels(group)], levels(y)
    weights = rng.uniform(1, 2, 1_000)
    one, other = (learn("polytomous", given, column, w) for w in (weights, 500 * weights))
    assert other.fit.coefficients == pytest.approx(one.fit.coefficients)
    none = np.where(np.arange(1_000) < 800, 1.0, 0.0)
    first = [g.take(np.arange(800)) for g in given]
    dropped, short = (
        learn("polytomous", given, column, none),
        learn("polytomous", first, column.take(np.arange(800))),
    )
    assert dropped.fit.coefficients == pytest.approx(short.fit.coefficients)


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("proper", [False, True])
def test_the_same_seed_draws_the_same(kind, proper, rng):
    x, group, y = classes_of(rng, 500)
    given = [quantity(x), levels(group)]
    column = quantity(x) if "normal" in kind else levels(y > 0, ordered=True)

    def once():
        seeded = np.random.default_rng(3)
        model = learn(kind, given, column, rng=seeded if proper else None)
        return model.draw([g.codes for g in given], 500, seeded)

    assert (once() == once()).all()


def test_posterior_draws_of_a_mean_and_a_variance_spread_as_they_should(rng):
    y = quantity(rng.normal(10, 2, 400))
    models = [learn("normal", [], y, rng=rng) for _ in range(1_000)]
    means = np.array([m.centre + m.scale * m.fit.coefficients[0] for m in models])
    spreads = np.array([m.scale * m.fit.spread for m in models])
    own = y.quantities.std(ddof=1)
    assert means.mean() == pytest.approx(y.quantities.mean(), abs=4 * own / 20 / np.sqrt(1_000))
    assert means.std() == pytest.approx(own / 20, rel=4 / np.sqrt(2_000))
    assert spreads.std() == pytest.approx(own / np.sqrt(800), rel=0.12)


@pytest.mark.parametrize("kind", ["logistic", "polytomous", "ordered"])
def test_posterior_draws_of_a_share_spread_by_its_standard_error(kind, rng):
    y = levels(np.repeat([0, 1], [700, 300]), ordered=True)
    x = levels(np.tile([0, 1], 500))
    shares = [chances(learn(kind, [x], y, rng=rng), [np.array([0])])[0, 1] for _ in range(400)]
    assert np.mean(shares) == pytest.approx(0.3, abs=0.01)
    # half the records have this level; the wide prior of posterior draws takes off a little
    assert np.std(shares) == pytest.approx(np.sqrt(0.21 / 500), rel=4 / np.sqrt(800))


# --- refusals


def test_each_objection_says_why_and_what_fits():
    words, numbers = levels([0, 1, 2]), quantity([1.0, 2.0, 3.0])
    assert "levels" in fits("normal", words)
    assert fits("normal", words).endswith("fitting: polytomous")
    assert "two values and this column has 3" in fits("logistic", words)
    assert "order" in fits("ordered", words)
    assert "known: normal" in fits("probit", words)
    assert fits("ordered", numbers) is None
    assert fits("normal", numbers) is None
    assert fits("logistic", levels([0, 1, -1])) is None
    with pytest.raises(GuideError, match="two values"):
        learn("logistic", [], words)


def test_more_than_200_classes_are_refused():
    with pytest.raises(GuideError, match="up to 200 values and this column has 201; no regression"):
        learn("polytomous", [], levels(np.arange(201)))


def test_no_values_and_no_weights_are_refused():
    with pytest.raises(GuideError, match="no record has a value"):
        learn("normal", [], quantity([]))
    with pytest.raises(GuideError, match="weights are zero"):
        learn("normal", [], quantity([1.0, 2.0]), np.zeros(2))

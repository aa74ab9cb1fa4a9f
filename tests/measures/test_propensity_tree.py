"""Propensity score of a tree: by hand, by scikit-learn, its words, its null converted."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures._propensity import (
    Boughs,
    Stack,
    Weighted,
    correct_over_half,
    rank_sum,
    separation,
    squared_error,
)
from guide_helpers.measures._propensity_tree import grow, predictor
from guide_helpers.measures.propensity_mse import propensity_mse
from guide_helpers.measures.propensity_tree import propensity_tree
from guide_helpers.schema import Dataset, Kind, Schema, Variable


def score(original, synthetic, rng, **options):
    return propensity_tree(original, synthetic, rng=rng, **({"draws": 4} | options))


def ratio(found):
    return float(re.search(r"([\d.]+) times what chance", found.note)[1])


def test_a_copy_scores_zero(survey, rng):
    assert score(survey, survey, rng).value == pytest.approx(0, abs=1e-12)


def test_a_shifted_column_scores_the_worst_case(survey, rng):
    shifted = survey.with_rows(survey.rows.assign(age=survey.rows["age"] + 1_000))
    assert score(survey, shifted, rng).value == pytest.approx(0.25)
    smaller = shifted.with_rows(shifted.rows.iloc[:100])
    assert score(survey, smaller, rng).value == pytest.approx(0.25 * 0.75)


def test_two_levels_computed_by_hand(of_columns, rng):
    original, synthetic = of_columns(x=list("aaab") * 5), of_columns(x=list("abbb") * 5)
    # in the leaf of a, 1 of 4 is synthetic; in that of b, 3 of 4
    assert score(original, synthetic, rng).value == pytest.approx(0.25**2)


def test_relations_lost_are_seen_where_means_are_not(of_columns, rng):
    original = of_columns(x=list("aabb") * 100, y=list("ccdd") * 100)
    lost = original.with_rows(pd.DataFrame({"x": list("aabb") * 100, "y": list("cddc") * 100}))
    # some noise, so that there is a first split that tells nothing
    noisy = lost.with_rows(lost.rows.sample(frac=1, replace=True, random_state=3))
    assert ratio(score(original, noisy, rng)) > 20
    plain = propensity_mse(original, noisy, rng=rng)
    assert plain.value / plain.band().mean < 5


def test_the_tree_is_that_of_an_independent_tool(rng):
    from sklearn.tree import DecisionTreeClassifier

    x, y = rng.integers(0, 15, (600, 3)), rng.integers(0, 2, 600)
    y[(x[:, 0] > 7) & (x[:, 1] < 5)] = 1
    kinds = [Variable(f"x{j}", Kind.INTEGER) for j in range(3)]
    columns = [pd.Series(x[:, j].astype(float)) for j in range(3)]
    predictors = [predictor(v, c, c.iloc[:0], 20, 50) for v, c in zip(kinds, columns, strict=True)]
    rows = np.arange(600)
    tree = grow(predictors, rows, 1.0 - y, 1.0 * y, min_leaf=30, max_depth=3)
    leaf = tree.find(predictors, rows)
    oracle = DecisionTreeClassifier(max_depth=3, min_samples_leaf=30).fit(x, y)
    share = np.bincount(leaf, y) / np.maximum(np.bincount(leaf), 1)
    assert share[leaf] == pytest.approx(oracle.predict_proba(x)[:, 1])


def test_missing_and_special_values_dates_and_many_levels_are_split_and_said(rng):
    n = 400
    schema = Schema(
        (
            Variable("wage", Kind.NUMBER, special={-9: "not in universe"}),
            Variable("day", Kind.DATETIME),
            Variable("code", Kind.CATEGORICAL, levels=tuple(f"c{i}" for i in range(90))),
        )
    )
    rows = pd.DataFrame(
        {
            "wage": rng.normal(10, 1, n).round(1),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
            "code": [f"c{i}" for i in rng.integers(0, 90, n)],
        }
    )
    whole = Dataset.of(rows, schema)
    third = np.arange(n) % 3 == 0
    for column, mark, word in [
        ("wage", -9.0, "not in universe"),
        ("wage", np.nan, "missing"),
        ("day", pd.Timestamp("2030-05-06"), "day > 2022"),
        ("code", None, "code: missing"),
    ]:
        marked = whole.with_rows(rows.assign(**{column: rows[column].where(~third, mark)}))
        marked = Dataset.of(marked.rows, schema)
        found = score(whole, marked, rng)
        assert ratio(found) > 2
        assert word in found.details["region"].iloc[0]


def test_details_are_leaves_whose_shares_add_up(people, rng):
    original, synthetic = people(500, rng), people(400, rng)
    details = score(original, synthetic, rng).details
    for column in ("share of original", "share of synthetic"):
        assert details[column].sum() == pytest.approx(1)
    o, s = (details[c] * n for c, n in (("share of original", 500), ("share of synthetic", 400)))
    by_hand = ((o + s) * (s / (o + s) - 4 / 9) ** 2).sum() / 900
    assert score(original, synthetic, np.random.default_rng(1)).value == pytest.approx(by_hand)


def test_statistics_of_scores_computed_by_hand():
    files = Weighted(np.arange(4), np.array([1.0, 1, 0, 0]), np.array([0.0, 0, 1, 1]), np.arange(4))
    scores = np.array([0.2, 0.6, 0.6, 0.9])
    assert squared_error(scores, files).value == pytest.approx((0.09 + 0.01 + 0.01 + 0.16) / 4)
    assert separation(scores, files).value == pytest.approx(0.5)
    # three of four right: 0.2 is original; 0.6 and 0.9 are called synthetic
    assert correct_over_half(scores, files).value == pytest.approx(25)
    # pairs: 0.6 > 0.2, 0.6 = 0.6 counts half, 0.9 > both
    assert rank_sum(scores, files).value == pytest.approx(3.5 / 4)


def test_a_control_is_dealt_out_with_the_original(people, correct, rng):
    original, control = people(400, rng), people(400, rng)
    bad = control.with_rows(control.rows.assign(size=control.rows["size"] + 5))
    found = score(original, bad, rng, control=control, draws=12)
    own, fresh = found.band(), found.band(Null.FRESH_SAMPLE)
    assert fresh.mean / own.mean == pytest.approx(2, rel=0.35)
    small = control.with_rows(control.rows.iloc[:100])
    scaled = score(original, bad, rng, control=small, draws=12)
    assert scaled.band(Null.FRESH_SAMPLE).mean == pytest.approx(fresh.mean, rel=0.4)


def test_units_of_many_rows_widen_the_band(rng):
    schema = Schema((Variable("unit", Kind.IDENTIFIER), Variable("x", Kind.NUMBER)))
    units = np.repeat(np.arange(60), 10)
    rows = pd.DataFrame({"unit": units, "x": rng.normal(size=60)[units]})
    clustered = Dataset.of(rows, schema, entity="unit")
    alone = Dataset.of(rows, schema)
    wide, narrow = (score(d, d, rng, draws=12, min_leaf=60).band().mean for d in (clustered, alone))
    assert wide > 4 * narrow


def test_impossible_options_are_refused(survey, rng):
    with pytest.raises(GuideError, match="draws=1 must be 2 or more"):
        score(survey, survey, rng, draws=1)
    with pytest.raises(GuideError, match="max_depth=0"):
        score(survey, survey, rng, max_depth=0)


def standard(original, synthetic, rng):
    """Return pMSE, without nulls."""
    stack = Stack(original, synthetic, None)
    model = Boughs(stack, min_leaf=None, max_depth=12)
    return squared_error(model.scores(stack.observed), stack.observed).value


@pytest.mark.validation
@pytest.mark.parametrize("n2", [2_000, 1_000])
def test_both_nulls_and_the_conversion_of_the_permutation_null_over_200_draws(
    n2, people, correct, within_errors
):
    """The permutation null times 1 - c is the correct-model null; a fresh sample's is not."""
    rng = np.random.default_rng(5)
    n1 = 2_000
    original = people(n1, rng)
    found = score(original, correct(original, rng, n2), rng, draws=200)
    own, permuted = found.band(), found.band(Null.FRESH_SAMPLE)
    made = [standard(original, correct(original, rng, n2), rng) for _ in range(200)]
    within_errors([v / own.mean for v in made], 1, 5)
    fresh = [standard(people(n1, rng), people(n2, rng), rng) for _ in range(200)]
    within_errors([v / permuted.mean for v in fresh], 1, 5)
    c = n2 / (n1 + n2)
    assert permuted.mean * (1 - c) == pytest.approx(own.mean, rel=0.05)

"""Order of predictors: pairs by hand, a relation that changes sides, lost relations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.measures._learners import Task
from guide_helpers.measures.feature_rank import feature_rank, same_order


def test_pairs_counted_by_hand():
    one = np.array([3.0, 2.0, 1.0])
    assert same_order(one, one) == 1
    assert same_order(one, -one) == 0
    # 1-2 turned round, 1-3 kept, 2-3 kept
    assert same_order(one, np.array([2.0, 3.0, 1.0])) == pytest.approx(2 / 3)
    # 1-2 equal in one file only
    assert same_order(one, np.array([2.0, 2.0, 1.0])) == pytest.approx(5 / 6)


def test_blocks_are_the_columns_of_each_predictor(survey):
    task = Task.of(survey, "income")
    design = task.features(survey)
    blocks = task.blocks()
    assert list(blocks) == ["age", "sex", "education", "employed"]
    assert blocks["employed"].stop == design.shape[1]
    marks = design[:, blocks["sex"]]
    assert (marks.sum(axis=1) == 1).all()


def linear(n, rng, slopes):
    x = rng.normal(size=(n, 3))
    return pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2],
                         "y": x @ slopes + rng.normal(size=n)})  # fmt: skip


@pytest.mark.parametrize("learner", ["linear", "tree"])
def test_a_predictor_that_changes_sides_is_seen(learner, of_columns, rng):
    original = of_columns(**linear(1_500, rng, [3.0, 1.5, 0.5]))
    turned = original.with_rows(linear(1_500, rng, [0.5, 1.5, 3.0]))
    asked = {"target": "y", "learner": learner, "draws": 4}
    same = feature_rank(original, original, rng=rng, **asked)
    assert same.value == 1
    assert same.details["predictor"].tolist() == ["a", "b", "c"]
    other = feature_rank(original, turned, rng=rng, **asked)
    assert other.value <= 0.34
    assert other.standing == "worse"


def test_the_band_lets_one_pair_change_places(of_columns, rng):
    original = of_columns(**linear(1_500, rng, [3.0, 1.5, 0.5]))
    score = feature_rank(original, original, rng=rng, target="y", draws=4)
    assert score.band().low == pytest.approx(2 / 3)
    assert score.interval.low < 1
    assert "R² for y, 3 predictors" in score.note


def test_what_has_no_order_gets_one_sentence(of_columns, people, rng):
    one, several = of_columns(x=rng.normal(size=20), y=rng.normal(size=20)), people(20, rng)
    with pytest.raises(GuideError, match="has no order"):
        feature_rank(one, one, rng=rng)
    with pytest.raises(GuideError, match="no learner 'forest'"):
        feature_rank(several, several, rng=rng, learner="forest")

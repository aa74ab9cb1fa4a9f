"""Facts about adversarial forests: leaves without relations, their size, and what is copied."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate, infer
from guide_helpers.methods.adversarial_forest import AdversarialForest, _Leaves, _merge
from guide_helpers.schema import Dataset, Kind, Schema, Variable


def fitted(data, seed=1, **options):
    return AdversarialForest(**options).fit(data, rng=np.random.default_rng(seed))


@pytest.fixture(scope="module")
def circle():
    """Points on a circle: no correlation, but each coordinate limits the other."""
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, 1_000)
    return infer(pd.DataFrame({"x": np.cos(angle), "y": np.sin(angle)}))


def test_a_relation_without_correlation_is_kept(circle):
    radius = np.hypot(*generate(circle, "adversarial_forest", seed=1).rows.to_numpy().T)
    alone = np.hypot(*generate(circle, "independent", seed=1).rows.to_numpy().T)
    assert np.abs(radius - 1).mean() < np.abs(alone - 1).mean() / 4


def test_an_interaction_without_any_main_effect_is_kept():
    rng = np.random.default_rng(1)
    a, b = rng.integers(2, size=(2, 2_000))
    words = np.array(["no", "yes"])
    data = infer(pd.DataFrame({"a": words[a], "b": words[b], "c": words[a ^ b]}))
    rows = generate(data, "adversarial_forest", seed=1).rows
    assert (((rows["a"] == "yes") ^ (rows["b"] == "yes")) == (rows["c"] == "yes")).mean() > 0.95


def test_independent_variables_are_left_in_one_leaf():
    rng = np.random.default_rng(2)
    data = infer(pd.DataFrame(rng.normal(size=(1_500, 4)), columns=list("abcd")))
    found = fitted(data)
    assert found.history_["told right"][0] == pytest.approx(0.5, abs=0.03)
    leaves = np.mean([len(leaves.sizes) for leaves in found.forest_])
    assert leaves < len(data) / found.leaf / 4


def test_the_rounds_end_when_nothing_can_be_told_any_more(circle):
    told = fitted(circle).history_["told right"].to_numpy()
    assert told[0] > 0.6
    assert (np.diff(told[:-1]) < 0).all()
    assert told[-1] <= 0.5 or told[-1] >= told[-2]


@pytest.mark.parametrize("leaf", [2, 10, 50])
def test_every_leaf_holds_at_least_so_many_records(circle, leaf):
    forest = fitted(circle, leaf=leaf, trees=3).forest_
    assert min(leaves.sizes.min() for leaves in forest) >= leaf
    for leaves in forest:
        assert sorted(leaves.records) == list(range(1_000))


def test_a_split_with_too_few_records_is_undone_with_all_below_it():
    # node 0 parts 7 records from 3; the 7 into 6 and 1, which is too few; the 3 into 2 and 1
    left, right = np.array([1, 2, -1, -1, 5, -1, -1]), np.array([4, 3, -1, -1, 6, -1, -1])
    ends = np.array([2] * 6 + [3] + [5] * 2 + [6])
    assert list(_merge(left, right, ends, 2)[ends]) == [1] * 7 + [4] * 3
    assert set(_merge(left, right, ends, 4)[ends]) == {0}
    assert list(_merge(left, right, ends, 1)) == list(range(7))


def test_draws_stay_within_their_leaf_and_mix_its_records():
    classes = np.array([[0, 0], [1, 1], [8, 8], [9, 9]])
    leaves = _Leaves(np.array([3, 2, 1, 0]), np.array([2, 2]))
    drawn = leaves.draw(classes, np.repeat([0, 2], 500), np.random.default_rng(3))
    assert set(map(tuple, drawn[:500])) == {(8, 8), (8, 9), (9, 8), (9, 9)}
    assert set(map(tuple, drawn[500:])) == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_no_quantity_of_a_single_record_is_copied(circle):
    rows = generate(circle, "adversarial_forest", seed=1, n=5_000).rows
    for column in ("x", "y"):
        assert not set(rows[column]) & set(circle.rows[column])


def test_alike_levels_without_order_are_parted_from_others():
    rng = np.random.default_rng(4)
    place = rng.integers(40, size=2_000)
    levels = tuple(f"place {i}" for i in rng.permutation(40))
    rows = pd.DataFrame({"place": np.array(levels)[place], "rain": rng.normal(place % 2 * 10, 1)})
    schema = Schema(
        (
            Variable("place", Kind.CATEGORICAL, levels=tuple(sorted(levels))),
            Variable("rain", Kind.NUMBER),
        )
    )
    found = generate(Dataset.of(rows, schema), "adversarial_forest", seed=1).rows
    wet = {level for i, level in enumerate(levels) if i % 2}
    assert (found["place"].isin(wet) == (found["rain"] > 5)).mean() > 0.97


def test_few_records_and_senseless_options_are_refused(circle):
    nine = circle.with_rows(circle.rows[:9])
    with pytest.raises(GuideError, match="fewer than least=10"):
        generate(nine, "adversarial_forest", seed=1)
    for option in ({"leaf": 1}, {"trees": 0}, {"rounds": 0}, {"tolerance": 0.5}, {"bins": 1}):
        with pytest.raises(GuideError, match=f"{next(iter(option))}="):
            generate(circle, "adversarial_forest", **option)

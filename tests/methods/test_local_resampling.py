"""Local resampling: new records lie between near real ones, and outliers do not come back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate, load
from guide_helpers.methods._neighbours import comparable, nearest
from guide_helpers.methods.local_resampling import LocalResampling
from guide_helpers.schema import Dataset, Kind, Schema, Variable


def numbers(**columns) -> Dataset:
    schema = Schema(tuple(Variable(name, Kind.NUMBER) for name in columns))
    return Dataset.of(pd.DataFrame(columns), schema)


def near(columns, seeds, k, n):
    return nearest(columns, np.array(seeds), np.arange(n), k, np.random.default_rng(1))


def test_the_nearest_records_are_those_found_by_hand():
    ranks = np.array([0.0, 0.1, 0.2, 0.3, 0.9], dtype=np.float32)
    levels = np.array([0, 1, 0, 0, 0])
    by_rank = near([(ranks, True)], [0, 4], 2, 5)
    assert [set(r) for r in by_rank] == [{1, 2}, {2, 3}]
    both = near([(ranks, True), (levels, False)], [0, 1], 2, 5)
    # from record 0: 1.1, 0.2, 0.3, 0.9; from record 1: 1.1, 1.1, 1.2, 1.8
    assert set(both[0]) == {2, 3}
    assert set(both[1]) == {0, 2}


def test_chance_decides_among_equally_near_records():
    same = [(np.zeros(50, dtype=np.int32), False)]
    rng = np.random.default_rng(1)
    draws = [nearest(same, np.array([0]), np.arange(50), 2, rng)[0] for _ in range(60)]
    found = {int(i) for pair in draws for i in pair}
    assert len(found) > 40
    assert 0 not in found


def test_columns_compare_by_value_by_rank_or_by_level(rng):
    rows = {"x": [5.0, 1, 9], "size": ["s", "m", "l"], "place": ["a", "b", "a"]}
    schema = Schema(
        (
            Variable("x", Kind.NUMBER),
            Variable("size", Kind.ORDERED, levels=("s", "m", "l")),
            Variable("place", Kind.CATEGORICAL, levels=("a", "b")),
        )
    )
    data = Dataset.of(pd.DataFrame(rows), schema)
    parts = LocalResampling(neighbours=2).fit(data, rng=rng).parts_
    (x, by_x), (size, by_size), (place, by_place) = comparable(data, parts)
    assert (by_x, by_size, by_place) == (True, True, False)
    spread = np.sqrt(32 / 3)  # squared deviations 0, 16 and 16
    assert x.tolist() == pytest.approx([0, -1 / spread, 1 / spread])
    assert size.tolist() == pytest.approx([1 / 6, 0.5, 5 / 6])
    assert place.tolist() == [0, 1, 0]


def test_new_points_lie_on_lines_between_neighbours_of_a_cluster(rng):
    centre = rng.integers(2, size=600) * 100.0
    data = numbers(x=centre + rng.normal(size=600), y=centre + rng.normal(size=600))
    made = generate(data, "local_resampling", seed=1, n=5_000).rows
    assert not ((made > 10) & (made < 90)).any().any()
    assert ((made["x"] > 50) == (made["y"] > 50)).all()
    assert (made.min() >= data.rows.min()).all()
    assert (made.max() <= data.rows.max()).all()


def test_no_value_of_a_single_record_is_copied(rng):
    x = np.exp(rng.normal(size=1_000))
    for own in (False, True):
        made = generate(numbers(x=x), "local_resampling", seed=1, n=5_000, own=own).rows
        assert not set(made["x"]) & set(x)


def test_an_outlier_comes_back_only_where_the_record_itself_is_used(rng):
    x, y = rng.normal(size=(2, 400))
    x[0] = y[0] = 50
    data = numbers(x=x, y=y)
    without, with_own = (
        generate(data, "local_resampling", seed=1, n=4_000, own=own).rows["x"].max()
        for own in (False, True)
    )
    assert with_own > 25 > without


def test_a_curved_relation_is_kept(rng):
    x = rng.uniform(-2, 2, 3_000)
    data = numbers(x=x, y=x**2 + rng.normal(0, 0.1, 3_000))
    made = generate(data, "local_resampling", seed=1).rows
    assert (made["y"] - made["x"] ** 2).std() < 0.2
    assert abs(made["x"].corr(made["y"])) < 0.1


def test_levels_come_from_near_records(rng):
    x = rng.normal(size=2_000)
    schema = Schema((Variable("x", Kind.NUMBER), Variable("up", Kind.CATEGORICAL, levels=(0, 1))))
    data = Dataset.of(pd.DataFrame({"x": x, "up": (x > 0).astype(int)}), schema)
    made = generate(data, "local_resampling", seed=1, n=5_000).rows
    assert ((made["x"] > 0) == (made["up"] == 1)).mean() > 0.995


def test_nothing_stands_between_a_heap_and_other_values(rng):
    x = np.where(rng.random(1_000) < 0.5, 0.0, rng.uniform(1_000, 2_000, 1_000))
    data = numbers(x=x, y=rng.normal(size=1_000))
    made = generate(data, "local_resampling", seed=1, n=4_000).rows["x"]
    assert not made.between(1e-9, 999).any()
    assert (made == 0).mean() == pytest.approx((x == 0).mean(), abs=0.06)


def test_missing_values_follow_their_neighbours_and_no_filled_value_is_used(rng):
    a = rng.integers(2, size=2_000)
    x = np.where(a == 1, np.nan, rng.uniform(10, 20, 2_000))
    x[(a == 1) & (rng.random(2_000) < 0.1)] = 99.0
    schema = Schema((Variable("a", Kind.CATEGORICAL, levels=(0, 1)), Variable("x", Kind.NUMBER)))
    data = Dataset.of(pd.DataFrame({"a": a, "x": x}), schema)
    made = generate(data, "local_resampling", seed=1, n=4_000).rows
    assert made["x"][made["a"] == 0].between(10, 20).all()
    rates = [r["x"].isna().groupby(r["a"], observed=True).mean() for r in (data.rows, made)]
    assert np.allclose(*rates, atol=0.05)


def test_neighbours_are_sought_in_the_pool_alone(rng):
    x = rng.normal(size=500)
    model = LocalResampling(neighbours=3, pool=6).fit(numbers(x=x), rng=rng)
    one, two, _ = model._pairs(2_000, np.random.default_rng(2))
    assert len(set(one) | set(two)) <= 6
    assert (one != two).all()


def test_test_scores_stay_whole(rng):
    made = generate(load("satgpa"), "local_resampling", seed=1).rows
    assert made["sat_v"].dtype == np.int64
    assert np.allclose(made["hs_gpa"], made["hs_gpa"].round(2))


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"neighbours": 1}, "neighbours=1 is not a whole number of at least 2"),
        ({"pool": 2}, "pool=2 is not a whole number of at least 3"),
        ({"pool": 5}, "raise pool"),
        ({"own": 1}, "own=1 is neither True nor False"),
        ({"neighbours": 300}, "300 records do not have neighbours=300 others"),
    ],
)
def test_options_without_sense_are_refused(survey, asked, sentence):
    with pytest.raises(GuideError, match=sentence):
        generate(survey, "local_resampling", seed=1, **asked)

"""Trees: known splits, limits, and agreement with another implementation."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from guide_helpers.methods._coding import Coded, even_bins, level_bins, ordered_bins
from guide_helpers.methods._conditional import Binning
from guide_helpers.methods._splits import Gini, Grid, LeastSquares, Level
from guide_helpers.methods._trees import Limits, Tree, grow
from guide_helpers.schema import Kind, Variable


def grid_of(*columns) -> Grid:
    sizes = [int(np.max(c)) + 1 for c in columns]
    first = np.concatenate([[0], np.cumsum(sizes)])
    return Grid((np.column_stack(columns) + first[:-1]).astype(np.uint16), first)


def root(search) -> Level:
    rows, none = search.order, np.empty(0, int)
    size, able = np.array([len(rows)]), np.array([True])
    return Level(np.zeros(1, int), size, rows, search.target[rows], able, none, none, none)


def table(rng, n=2_000):
    """Five predictors of different numbers of bins."""
    return [rng.integers(0, k, n) for k in (2, 5, 9, 30, 64)]


def impurity(tree: Tree, target) -> float:
    """Within-leaf sum of squares of indicators (Gini) or of a numeric target."""
    values = target[:, None] if target.dtype.kind == "f" else np.eye(target.max() + 1)[target]
    sums = pd.DataFrame(values).groupby(tree.leaf).transform("mean").to_numpy()
    return float(((values - sums) ** 2).sum())


def test_the_gain_of_a_numeric_split_is_the_drop_in_the_sum_of_squares():
    # y = 1 1 | 3 5: around the mean 2.5 the squares add up to 11, after the split to 0 + 2
    search = LeastSquares(grid_of([0, 0, 1, 1]), np.array([1.0, 1, 3, 5]), 1)
    best = search.best(root(search))
    assert best.gain / search.impurity == pytest.approx([9 / 11])
    assert best.cut == [0]
    assert best.left == [2]


def test_the_gain_of_a_class_split_is_the_drop_in_the_gini_index_times_rows():
    # classes a a | b c: 4 (1 - 6/16) = 2.5 before, 0 + 2 (1 - 1/2) = 1 after
    search = Gini(grid_of([0, 0, 1, 1]), np.array([0, 0, 1, 2]), 1)
    best = search.best(root(search))
    assert best.gain == pytest.approx([1.5])
    assert best.cut == [0]
    assert best.left == [2]
    assert search.impurity == pytest.approx(2.5)


def test_counting_classes_and_counting_pairs_give_the_tables_of_the_definition(rng):
    target = rng.integers(0, 7, 500)
    grid = grid_of(*(c[:500] for c in table(rng)))
    first, second = rng.permutation(500)[:200], np.arange(300)
    parts = [part[np.argsort(target[part], kind="stable")] for part in (first, second)]
    expected = [[by_hand(grid, part, target[part], k) for part in parts] for k in range(3)]
    for few in (0, 40, 10_000):
        search = Gini(grid, target, 5)
        search.few = few
        rows = np.concatenate(parts)
        *tables, totals = search._count(rows, target[rows], np.array([200, 300]))
        np.testing.assert_array_equal(tables, expected)
        assert totals.tolist() == [(np.bincount(target[part]) ** 2).sum() for part in parts]


def by_hand(grid: Grid, rows, classes, which: int) -> list[int]:
    """Rows left of each cut, their squared counts by class, or those times the node's counts."""
    found = []
    for j, (begin, end) in enumerate(pairwise(grid.first)):
        for cut in range(begin, end):
            left = np.bincount(classes[grid.bins[rows, j] <= cut], minlength=7)
            found.append((left, left**2, left * np.bincount(classes, minlength=7))[which].sum())
    return found


def test_a_sibling_less_counted_has_the_best_split_of_one_that_is(rng):
    grid, target = grid_of(*table(rng)), rng.normal(size=2_000)
    tree = grow(grid, target, Limits(max_depth=4))
    for node in np.flatnonzero(tree.predictor >= 0):
        rows = np.flatnonzero(reached(tree, grid, node))
        alone = LeastSquares(Grid(grid.bins[rows], grid.first), target[rows], 5)
        best = alone.best(root(alone))
        assert tree.cut[node] == best.cut[0]


def reached(tree: Tree, grid: Grid, node: int) -> np.ndarray:
    """Whether each row comes through a node."""
    if node == 0:
        return np.full(len(grid.bins), True)
    split = tree.predictor >= 0
    parent = np.flatnonzero(split & ((tree.left == node) | (tree.left + 1 == node)))[0]
    right = grid.bins[:, tree.predictor[parent]] > tree.cut[parent]
    return reached(tree, grid, parent) & (right == (node != tree.left[parent]))


def test_a_numeric_tree_has_the_leaf_impurity_of_scikit_learns(rng):
    columns = table(rng)
    target = columns[1] * (columns[3] > 12) + rng.normal(size=2_000)
    ours = grow(grid_of(*columns), target, Limits(min_leaf=5))
    theirs = DecisionTreeRegressor(min_samples_leaf=5, random_state=0)
    leaf = theirs.fit(np.column_stack(columns), target).apply(np.column_stack(columns))
    found = impurity(ours, target)
    assert found == pytest.approx(impurity(Tree(*[leaf] * 4), target), rel=1e-9)


def test_a_class_tree_has_the_leaf_impurity_of_scikit_learns(rng):
    columns = table(rng)
    target = (columns[1] + columns[3] // 10 + rng.integers(0, 3, 2_000)) % 6
    ours = grow(grid_of(*columns), target, Limits(min_leaf=5))
    theirs = DecisionTreeClassifier(min_samples_leaf=5, random_state=0)
    leaf = theirs.fit(np.column_stack(columns), target).apply(np.column_stack(columns))
    found = impurity(ours, target)
    assert found == pytest.approx(impurity(Tree(*[leaf] * 4), target), rel=0.01)


def test_the_first_splits_are_those_of_scikit_learn(rng):
    columns = table(rng)
    numeric = columns[1] * (columns[3] > 12) + rng.normal(size=2_000)
    classes = (columns[1] + columns[3] // 10) % 6
    for target, other in ((numeric, DecisionTreeRegressor), (classes, DecisionTreeClassifier)):
        tree = grow(grid_of(*columns), target, Limits(min_leaf=20, max_depth=3))
        oracle = other(max_depth=3, min_samples_leaf=20).fit(np.column_stack(columns), target)
        leaf = oracle.apply(np.column_stack(columns))
        assert len(np.unique(tree.leaf)) == len(np.unique(leaf))
        assert len(set(zip(tree.leaf, leaf, strict=True))) == len(np.unique(leaf))


@pytest.mark.parametrize("min_leaf", [1, 5, 40])
@pytest.mark.parametrize("classes", [0, 2, 8])
def test_no_leaf_is_smaller_than_the_least_leaf(rng, min_leaf, classes):
    target = rng.integers(0, classes, 2_000) if classes else rng.normal(size=2_000)
    tree = grow(grid_of(*table(rng)), target, Limits(min_leaf=min_leaf))
    assert np.bincount(tree.leaf)[np.unique(tree.leaf)].min() >= min_leaf
    assert len(np.unique(tree.leaf)) > 10


@pytest.mark.parametrize("classes", [0, 8])
def test_rows_are_found_in_the_leaf_that_they_were_grown_into(rng, classes):
    grid = grid_of(*table(rng))
    target = rng.integers(0, classes, 2_000) if classes else rng.normal(size=2_000)
    tree = grow(grid, target, Limits())
    np.testing.assert_array_equal(tree.find(grid.bins), tree.leaf)


def test_depth_and_complexity_limit_a_tree(rng):
    grid, target = grid_of(*table(rng)), rng.normal(size=2_000)
    assert len(np.unique(grow(grid, target, Limits(max_depth=2)).leaf)) == 4
    assert len(np.unique(grow(grid, target, Limits(complexity=0.5)).leaf)) == 1


def test_a_constant_target_is_not_split(rng):
    grid = grid_of(*table(rng))
    assert len(grow(grid, np.full(2_000, 7.3), Limits()).predictor) == 1
    assert len(grow(grid, np.zeros(2_000, int), Limits()).predictor) == 1


def test_one_outlier_does_not_stop_the_others_from_being_split(rng):
    columns = table(rng)
    target = columns[3].astype(float)
    target[0] = 1e9
    tree = grow(grid_of(*columns), target, Limits())
    others = target != 1e9
    values = pd.Series(target[others]).groupby(tree.leaf[others])
    assert values.nunique().le(1).sum() >= 25
    assert values.nunique().mean() < 1.5


def test_few_values_keep_a_bin_each_and_many_share_even_ones():
    assert even_bins(np.array([5, 1, 1]), 3).tolist() == [0, 1, 2]
    bins = even_bins(np.ones(1_000), 10)
    assert np.bincount(bins).tolist() == [100] * 10


def test_a_heap_has_a_bin_of_its_own():
    counts = np.ones(1_000)
    counts[400] = 5_000
    bins = even_bins(counts, 10)
    assert (bins == bins[400]).sum() == 1
    assert (np.diff(bins) >= 0).all()
    assert bins.max() + 1 <= 12


def test_levels_are_ordered_by_the_mean_of_the_target():
    values = pd.Series(list("abcabcabc"), dtype="category")
    column = Coded.of(values, Variable("v", Kind.CATEGORICAL))
    target = np.array([3.0, 1, 2] * 3)
    assert level_bins(column, target, 10, 1)[:3].tolist() == [2, 0, 1]


def test_levels_with_like_classes_stand_together():
    values = pd.Series(list("abcd") * 25, dtype="category")
    column = Coded.of(values, Variable("v", Kind.CATEGORICAL))
    target = np.array([0, 1, 0, 2] * 25)  # a and c are alike
    place = level_bins(column, target, 10, 1)
    assert abs(place[0] - place[2]) == 1


def test_levels_too_rare_to_be_told_apart_share_a_bin():
    values = pd.Series(["a"] * 9 + ["b"] * 9 + ["c", "d", "e"], dtype="category")
    column = Coded.of(values, Variable("v", Kind.CATEGORICAL))
    bins = level_bins(column, np.arange(21.0), 10, 5)
    assert bins[2] == bins[3] == bins[4]
    assert len({bins[0], bins[1], bins[2]}) == 3


def test_ordered_levels_keep_their_order_and_unordered_ones_follow_the_target():
    values = pd.Series(list("abc") * 10, dtype=pd.CategoricalDtype(["a", "b", "c"]))
    target = np.array([3.0, 1, 2] * 10)
    places = [
        Binning.of([Coded.of(values, Variable("v", kind))], target, 10, 1).places[0][:3].tolist()
        for kind in (Kind.ORDERED, Kind.CATEGORICAL)
    ]
    assert places == [[0, 1, 2], [2, 0, 1]]


def test_missing_values_have_their_own_bin():
    column = Coded.of(pd.Series([1.5, np.nan, 2.5, np.nan]), Variable("v", Kind.NUMBER))
    assert ordered_bins(column, 10)[column.codes].tolist() == [0, 2, 1, 2]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pd.Series([3.5, np.nan, -1.0, 3.5]), Kind.NUMBER),
        (pd.Series([3, 1, 2, 1]), Kind.INTEGER),
        (pd.Series(["b", None, "a", "b"], dtype="category"), Kind.CATEGORICAL),
        (
            pd.Series(pd.to_datetime(["2020-01-02", None, "1999-01-01", "2020-01-02"])),
            Kind.DATETIME,
        ),
        (pd.Series(pd.to_datetime(["2020-01-02 10:00+01:00", None], utc=True)), Kind.DATETIME),
        (pd.Series([None, None], dtype="category"), Kind.CATEGORICAL),
        (pd.Series([np.nan, np.nan]), Kind.NUMBER),
        (pd.Series(pd.to_datetime([None, None])), Kind.DATETIME),
    ],
)
def test_codes_give_back_the_column(values, kind):
    column = Coded.of(values, Variable("v", kind))
    back = pd.Series(column.decode(column.codes))
    pd.testing.assert_series_equal(back, values, check_dtype=kind is not Kind.INTEGER)

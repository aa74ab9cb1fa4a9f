"""Facts about AIM: the model it fits, which tables it measures, and what the workload decides."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate
from guide_helpers.methods._descent import least
from guide_helpers.methods._graphical import GraphicalModel, Margin, tree_size
from guide_helpers.methods._workload import tables_of, weights_of
from guide_helpers.methods.aim import Aim
from guide_helpers.schema import Dataset, Kind, Provenance, Schema, Variable

PUBLIC = Provenance.PUBLIC


def table(**columns):
    """Return categories of the letters a, b and c."""
    schema = Schema(
        tuple(
            Variable(name, Kind.CATEGORICAL, levels=tuple("abc"), levels_from=PUBLIC)
            for name in columns
        )
    )
    return Dataset.of(pd.DataFrame({k: list(v) for k, v in columns.items()}), schema)


def circle(n=3_000, seed=1):
    """Return four letters of which each is mostly that before it, and u, which is alone."""
    rng = np.random.default_rng(seed)
    letters = np.array(list("abc"))
    codes = [rng.integers(3, size=n)]
    for _ in range(3):
        codes.append(np.where(rng.random(n) < 0.2, rng.integers(3, size=n), codes[-1]))
    w, x, y, z = (letters[c] for c in codes)
    return table(w=w, x=x, y=y, z=z, u=letters[rng.integers(3, size=n)])


def fitted(data, seed=1, **options):
    return Aim(**options).fit(data, rng=np.random.default_rng(seed))


def exact(joint, scopes, variance=1e-6):
    """Return margins of a joint table, all but without noise."""
    out = {}
    for scope in scopes:
        counts = joint.sum(axis=tuple(v for v in range(joint.ndim) if v not in scope))
        out[scope] = Margin(counts, np.full(counts.shape, variance))
    return out


def test_the_least_value_of_a_bowl_is_at_its_bottom(rng):
    root = rng.normal(size=(6, 6))
    curve, bottom = root @ root.T + np.eye(6), rng.normal(size=6)
    found = least(
        lambda x: ((x - bottom) @ curve @ (x - bottom) / 2, curve @ (x - bottom)),
        np.zeros(6),
        steps=200,
        close=1e-9,
    )
    assert found == pytest.approx(bottom, abs=1e-6)


def test_without_noise_the_model_holds_all_margins_of_a_circle(rng):
    # four pairs that close a circle: no tree of pairs holds them all
    joint = rng.random((2, 3, 2, 3)) * 100
    scopes = [(0, 1), (1, 2), (2, 3), (0, 3)]
    model = GraphicalModel(joint.shape, exact(joint, scopes), float(joint.sum()))
    model.fit(steps=2_000)
    for scope, margin in exact(joint, scopes).items():
        assert model.counts(scope) == pytest.approx(margin.counts, rel=5e-3)


def test_the_model_adds_no_relation_of_its_own(rng):
    # given x, y and z are independent where only (x, y) and (x, z) were measured
    joint = rng.random((3, 3, 3)) * 100
    model = GraphicalModel(joint.shape, exact(joint, [(0, 1), (0, 2)]), float(joint.sum()))
    model.fit(steps=2_000)
    xy, xz, x = joint.sum(axis=2), joint.sum(axis=1), joint.sum(axis=(1, 2))
    expected = xy[:, :, None] * xz[:, None, :] / x[:, None, None]
    drawn = model.draw(200_000, np.random.default_rng(1))
    seen = np.zeros((3, 3, 3))
    np.add.at(seen, tuple(drawn), joint.sum() / 200_000)
    assert seen == pytest.approx(expected, rel=0.05)


def test_margins_that_contradict_each_other_are_weighed_by_their_noise():
    far, near = np.array([80.0, 20.0]), np.array([[30.0, 30.0], [20.0, 20.0]])
    margins = {(0,): Margin(far, np.full(2, 300.0)), (0, 1): Margin(near, np.full((2, 2), 50.0))}
    model = GraphicalModel((2, 2), margins, 100.0)
    model.fit(steps=500)
    # 80 with variance 300 against 60 with variance 100: 65, but for a slight pull of the prior
    assert model.counts((0,))[0] == pytest.approx(65, abs=1)


def test_no_count_of_the_model_is_negative_where_noise_was():
    counts = np.array([[50.0, -20.0], [-5.0, 75.0]])
    margins = {(0, 1): Margin(counts, np.full((2, 2), 100.0))}
    model = GraphicalModel((2, 2), margins, 100.0)
    model.fit(steps=500)
    assert model.counts((0, 1)).min() > 0
    assert model.counts((0, 1)).sum() == pytest.approx(100)


def test_two_measurements_are_as_good_as_one_of_their_mean():
    once = Margin(np.array([10.0, 20.0]), np.array([4.0, 4.0]))
    both = once.with_another(np.array([14.0, 20.0]), np.array([4.0, 12.0]))
    assert both.counts.tolist() == [12.0, 20.0]
    assert both.variance.tolist() == [2.0, 3.0]


def test_the_size_of_a_model_is_that_of_its_blocks():
    assert tree_size((2, 3, 4), [(0, 1), (1, 2)]) == 6 + 12
    assert tree_size((2, 3, 4), [(0, 1), (1, 2), (0, 2)]) == 24


def test_a_table_weighs_as_much_as_it_shares_with_the_workload():
    tables = tables_of(2, list("abc"))
    assert tables == [(0, 1), (0, 2), (1, 2)]
    weights = weights_of(tables)
    assert weights[(0, 1)] == 2 + 1 + 1
    assert weights[(0,)] == 2
    assert tables_of((("c", "a"), ("a", "c")), list("abc")) == [(0, 2)]


def test_with_a_large_budget_all_pairs_are_right_where_a_tree_would_not_do():
    rng = np.random.default_rng(5)
    letters = np.array(list("abc"))
    # any two of the three letters say something about each other that the third does not explain
    pool = [c for c in product(range(3), repeat=3) if len(set(c)) != 1]
    drawn = np.array(pool)[rng.integers(len(pool), size=3_000)]
    data = table(**{n: letters[drawn[:, i]] for i, n in enumerate("xyz")})
    copy = fitted(data, epsilon=50.0).sample(3_000, rng=np.random.default_rng(2)).rows
    for one, other in ("xy", "yz", "xz"):
        tables = [pd.crosstab(f[one], f[other], normalize=True) for f in (data.rows, copy)]
        assert (tables[0] - tables[1]).abs().to_numpy().sum() / 2 < 0.02


def test_the_workload_decides_what_is_measured():
    found = fitted(circle(), epsilon=5.0, workload=(("x", "u"), ("y", "z")))
    assert {tuple(sorted(names)) for names in found.measured_} <= {
        ("u", "x"), ("y", "z"), ("u",), ("x",), ("y",), ("z",)
    }  # fmt: skip
    assert ("y", "z") in {tuple(sorted(names)) for names in found.measured_}


def test_three_way_tables_are_kept_where_they_are_asked_for():
    rng = np.random.default_rng(3)
    letters = np.array(list("abc"))
    x, y = rng.integers(3, size=(2, 4_000))
    data = table(x=letters[x], y=letters[y], z=letters[(x + y) % 3])
    right = {}
    for ways in (2, 3):
        rows = fitted(data, epsilon=20.0, workload=ways).sample(4_000, rng=rng).rows
        codes = [rows[name].cat.codes.to_numpy() for name in "xyz"]
        right[ways] = ((codes[0] + codes[1]) % 3 == codes[2]).mean()
    assert right[3] > 0.95
    assert right[2] < 0.6


def test_the_model_never_holds_more_cells_than_allowed():
    for limit in (1, 30, 100):
        found = fitted(circle(), epsilon=20.0, max_cells=limit)
        shape = [axis.size for axis in found.axes_]
        singles = sum(shape)
        held = [s for s in found.model_.margins if len(s) > 1]
        assert not held or tree_size(shape, found.model_.margins) <= max(limit, singles)
    assert not [s for s in fitted(circle(), max_cells=1).model_.margins if len(s) > 1]


def test_later_rounds_are_finer_because_the_first_find_only_noise():
    found = fitted(circle(), epsilon=1.0, delta=1e-6).privacy_
    prices = [e.rho for e in found.ledger if "choice" in e.what]
    assert prices[-1] > 10 * prices[0]
    assert len(prices) < 16 * 5


def test_one_variable_or_a_workload_of_single_ones_needs_no_rounds():
    for data, options in ((table(x="abc" * 30), {}), (circle(200), {"workload": 1})):
        found = fitted(data, **options)
        assert found.measured_ == []
        assert found.privacy_.spent == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workload": 0}, "workload=0 is neither a number"),
        ({"workload": ("x", "y")}, "neither a number of variables"),
        ({"workload": ()}, "neither a number of variables"),
        ({"workload": (("x", "nope"),)}, "no column 'nope'"),
        ({"max_cells": 0}, "max_cells=0 is not a whole number"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(GuideError, match=message):
        generate(circle(30), "aim", **options)


def test_relations_beyond_a_tree_cost_little():
    data = circle()
    copy = fitted(data, epsilon=2.0, delta=1e-6).sample(3_000, rng=np.random.default_rng(2)).rows
    for one, other in ("wx", "xy", "yz", "wz"):
        same = [
            (f[one].to_numpy() == f[other].astype(str).to_numpy()).mean() for f in (data.rows, copy)
        ]
        assert same[0] == pytest.approx(same[1], abs=4 * math.sqrt(0.25 * 2 / 3_000) + 0.02)

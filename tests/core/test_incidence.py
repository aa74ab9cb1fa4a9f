"""Units and points by hand: who has what, and how many two units share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from guide_helpers import incidence
from guide_helpers.incidence import Incidence, numbered
from guide_helpers.schema import Dataset, Kind, Schema, Variable

UNITS, POINTS = np.array([0, 0, 0, 1, 2, 2]), np.array([5, 5, 7, 7, 5, 1])
THREE = Incidence.of(UNITS, POINTS)


def test_a_point_of_a_unit_counts_once():
    assert list(zip(THREE.units, THREE.points, strict=True)) == [
        (0, 5),
        (0, 7),
        (1, 7),
        (2, 1),
        (2, 5),
    ]
    assert THREE.degrees.tolist() == [2, 1, 2]


def test_whether_a_unit_holds_a_point():
    held = THREE.holds(np.array([0, 0, 1, 2, 2]), np.array([7, 1, 7, 9, 5]))
    assert held.tolist() == [True, False, True, False, True]


def shared(one, other):
    return np.vstack([counts for _, counts in one.shared(other)]).tolist()


def test_shared_points_are_counted_whatever_the_blocks(monkeypatch):
    expected = [[2, 1, 1], [1, 1, 0], [1, 0, 2]]
    assert shared(THREE, THREE) == expected
    monkeypatch.setattr(incidence, "BLOCK", 1)
    assert shared(THREE, THREE) == expected


def test_some_points_are_drawn_without_repeating_one(rng):
    for _ in range(20):
        some = THREE.some(1, rng)
        assert some.degrees.tolist() == [1, 1, 1]
        assert THREE.holds(some.units, some.points).all()
    assert THREE.some(9, rng).degrees.tolist() == [2, 1, 2]


def test_equal_points_of_two_files_have_one_number_and_missing_is_a_value():
    schema = Schema((Variable("x", Kind.NUMBER, special={-9.0: "not asked"}),))
    one, other = (
        Dataset.of(pd.DataFrame({"x": values}), schema)
        for values in ([1.0, 2.4, np.nan, -9.0], [2.6, np.nan, -9.0, -8.8])
    )
    a, b = numbered([one, other], ["x"])
    assert (a[2], a[3]) == (b[1], b[2])
    assert b[0] not in a
    wide, far = numbered([one, other], ["x"], {"x": 1})
    assert wide[1] == far[0]  # 2.4 and 2.6 are in one class of width 1
    assert far[2] != far[3]  # a special code is in no class

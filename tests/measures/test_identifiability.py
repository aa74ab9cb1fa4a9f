"""Identifiability: a case counted by hand, and what rare levels do."""

from __future__ import annotations

import numpy as np
import pytest


def test_identifiability_by_hand(line, only):
    # nearest other person 1, 1, 8; nearest synthetic 3, 2, 0.5
    assert only("identifiability", line(0, 1, 9), line(3, 9.5)).value == pytest.approx(1 / 3)


def test_variables_that_vary_little_count_more(of_columns, only):
    rare = ["a"] * 19 + ["b"]
    original = of_columns(x=np.linspace(0, 10, 20), y=rare, z=[str(i % 5) for i in range(20)])
    synthetic = original.with_rows(original.rows.assign(y="a"))
    values = [
        only("identifiability", original, synthetic, weighted=w).details for w in (True, False)
    ]
    assert values == [None, None]
    plain = only("identifiability", original, synthetic, weighted=False).value
    assert plain >= only("identifiability", original, synthetic).value

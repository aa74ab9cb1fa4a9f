"""Distance ratio: a case counted by hand."""

from __future__ import annotations

import pytest


def test_the_ratio_of_two_distances_by_hand(line, only):
    # 1/3, 0/4, and 1 where two records are equal to it
    score = only("distance_ratio", line(0, 4, 20, 20), line(1, 0, 20))
    assert score.value == pytest.approx((1 / 3 + 0 + 1) / 3)

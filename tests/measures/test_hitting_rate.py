"""Hitting rate: cases counted by hand."""

from __future__ import annotations

import pytest


def test_hits_are_within_a_thirtieth_of_the_range_and_of_the_same_levels(of_columns, only):
    original = of_columns(x=[0.0, 10, 20, 30], sex=list("aabb"))
    synthetic = of_columns(x=[1.0, 11.5, 20, 30], sex=list("aaab"))
    assert only("hitting_rate", original, synthetic).value == 0.5
    assert only("hitting_rate", original, synthetic, within=0.1).value == 0.75


def test_a_smaller_file_is_held_against_as_many_people(line, only):
    original = line(*[5.0] * 6, 50, 100)
    score = only("hitting_rate", original, line(5, 70))
    # six people of one value: two of the seven others are drawn, five of which hit
    each = 1 - (3 / 8) * (2 / 7)
    assert score.value == 0.75
    assert score.band().mean == pytest.approx(6 / 8 * each)

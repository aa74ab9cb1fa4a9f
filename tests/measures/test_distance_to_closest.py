"""Distance to the closest record: cases counted by hand."""

from __future__ import annotations

import pytest


def test_the_probability_of_being_nearer_than_another_person_by_hand(line, only):
    # of the original, nearest others are 1, 1, 8 apart; of the synthetic file 0, 4, 1
    score = only("distance_to_closest", line(0, 1, 9), line(0, 5, 10))
    assert score.value == pytest.approx((3 / 3 + 1 / 3 + (1 + 0.5 + 0.5) / 3) / 3)
    assert score.band().mean == 0.5
    assert score.variant == "against other people"


def test_nearer_to_the_original_than_to_the_control_by_hand(line, scores):
    found = scores("distance_to_closest", line(0, 10), line(1, 5, 8, 2), control=line(2, 8))
    # a tie for 1; the control is nearer to 5, 8 and 2
    assert found[1].value == pytest.approx((0.5 + 0 + 0 + 0) / 4)
    assert found[1].variant == "original against control"

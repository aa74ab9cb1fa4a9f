"""Adversarial accuracy: cases counted by hand."""

from __future__ import annotations


def test_adversarial_accuracy_by_hand(line, only):
    # original: others 10, 10 apart, synthetic 1, 9; synthetic: others 18, original 1, 9... all lost
    score = only("adversarial_accuracy", line(0, 10, 20), line(1, 19))
    assert score.value == 0.0
    apart = only("adversarial_accuracy", line(0, 1, 2), line(50, 51, 52))
    assert apart.value == 1.0

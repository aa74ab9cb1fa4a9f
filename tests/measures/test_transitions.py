"""Transitions: hand-computed tables, disorder, missing levels."""

from __future__ import annotations

import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures.transitions import transitions


def values(original, synthetic, rng, **options):
    found = transitions(original, synthetic, rng=rng, draws=2, **options)
    return {s.variant: s.value for s in found}


def test_a_case_computed_by_hand(of_units, rng):
    original = of_units([1, 1, 1, 2, 2], [1, 2, 3, 1, 2], x=list("aabbb"))
    synthetic = of_units([1, 1, 1, 2, 2], [1, 2, 3, 1, 2], x=list("ababb"))
    # aa ab bb a third each against ab ba bb
    assert values(original, synthetic, rng) == pytest.approx(
        {"from and to": 1 / 3, "changes": 1 / 3}
    )


def test_order_comes_from_the_time(of_units, rng):
    original = of_units([1, 1, 1], [1, 2, 3], x=list("aab"))
    turned = of_units([1, 1, 1], [3, 2, 1], x=list("baa"))
    assert set(values(original, turned, rng).values()) == {0.0}


def test_another_direction_is_seen_although_as_many_change(of_units, rng):
    up = of_units([1, 1, 2, 2], [1, 2, 1, 2], x=list("abab"))
    down = of_units([1, 1, 2, 2], [1, 2, 1, 2], x=list("baba"))
    assert values(up, down, rng) == {"from and to": 1.0, "changes": 0.0}


def test_missing_values_are_a_level(of_units, rng):
    original = of_units([1, 1], [1, 2], x=["a", "a"])
    lost = of_units([1, 1], [1, 2], x=["a", None])
    assert values(original, lost, rng) == {"from and to": 1.0, "changes": 1.0}


def test_levels_of_one_file_only_count(of_units, rng):
    original, other = of_units([1, 1], [1, 2], x=list("ab")), of_units([1, 1], [1, 2], x=list("az"))
    assert values(original, other, rng) == {"from and to": 1.0, "changes": 0.0}


def test_a_trait_that_changes_is_the_worst(panels, disorder, rng):
    original = panels(200, rng)
    found = {
        s.variant: s for s in transitions(original, disorder(original, rng, within=False), rng=rng)
    }
    assert all(s.standing == "worse" for s in found.values())
    first = found["changes"].details.iloc[0]
    assert first["variable"] == "trait"
    assert first["original, share that changes"] == 0
    assert first["synthetic, share that changes"] == pytest.approx(0.5, abs=0.05)


def test_disorder_within_units_is_seen_and_a_copy_is_not(panels, disorder, rng):
    original = panels(200, rng)
    found = transitions(original, disorder(original, rng), rng=rng, variables=["state"])
    assert all(s.standing == "worse" for s in found)
    assert set(values(original, original, rng).values()) == {0.0}


def test_another_sample_is_within_the_fresh_sample_band(panels, rng):
    for s in transitions(panels(300, rng), panels(300, rng), rng=rng, nulls=["fresh-sample"]):
        assert s.value <= s.band(Null.FRESH_SAMPLE).high


def test_a_file_without_levels_is_refused(of_units, rng):
    numbers = of_units([1, 1], [1, 2], x=[1.0, 2.0])
    with pytest.raises(GuideError, match="no categorical or ordered variable"):
        transitions(numbers, numbers, rng=rng)

"""Ties of a network: hand-computed degrees and common partners, rewiring."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures.degree_distribution import _common, degree_distribution


def scores(original, synthetic, rng, **options):
    asked = {"source": "s", "target": "t", "draws": 2} | options
    return {s.variant: s for s in degree_distribution(original, synthetic, rng=rng, **asked)}


def test_a_case_computed_by_hand(of_columns, rng):
    original = of_columns(s=list("aabb"), t=list("uvuv"))
    synthetic = of_columns(s=list("aaab"), t=list("uvwx"))
    found = {v: s.value for v, s in scores(original, synthetic, rng).items()}
    # out 2 2 against 3 1, in 2 2 against 1 1 1 1, in common 2 where 1 is expected against none
    assert found == {"out-degree": 0.5, "in-degree": 1.0, "partners in common": 1.0}


def test_partners_in_common_are_an_excess_over_those_expected(of_columns, rng):
    # degrees 2 2 1 and 3 2, so e = d d' (6 + 2) / 25: pairs 1.28, 0.64 and 0.64; found 2, 1, 1
    start, end = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 0])
    found = _common(start, end, np.bincount(start), np.bincount(end))
    assert sorted(found) == pytest.approx([0.36 / 0.8, 0.36 / 0.8, 0.72 / 1.28**0.5])
    ties = of_columns(s=list("aabbc"), t=list("uvuvu"))
    table = scores(ties, ties, rng)["partners in common"].details
    assert table["original, share"].tolist() == [0, 0, 0, 1, 0, 0]


def test_ties_that_repeat_count_once_and_missing_ends_not(of_columns, rng):
    once = of_columns(s=list("aab"), t=list("uvu"))
    often = of_columns(s=["a", "a", "a", "b", "b", None], t=["u", "u", "v", "u", None, "u"])
    assert {s.value for s in scores(once, often, rng).values()} == {0.0}


def communities(of_columns, rng, inside=0.9, people=120):
    """Ties of sources to ten targets, most of them in the source's half of the targets."""
    source = np.repeat(np.arange(people), 10)
    half = np.where(rng.random(len(source)) < inside, source % 2, 1 - source % 2)
    target = rng.integers(0, 30, len(source)) + 30 * half
    return of_columns(s=source.astype(str), t=target.astype(str))


def rewired(data, rng):
    ties = data.rows.drop_duplicates()
    return data.with_rows(ties.assign(t=rng.permutation(ties["t"].to_numpy())))


def test_rewiring_keeps_degrees_and_loses_partners_in_common(of_columns, rng):
    original = communities(of_columns, rng)
    found = scores(original, rewired(original, rng), rng, draws=16)
    assert found["partners in common"].standing == "worse"
    assert found["in-degree"].standing != "worse"


def test_another_network_of_the_kind_is_within_the_fresh_sample_band(of_columns, rng):
    original, fresh = (communities(of_columns, rng, people=300) for _ in range(2))
    for s in scores(original, fresh, rng, draws=16, nulls=["fresh-sample"]).values():
        assert s.value <= s.band(Null.FRESH_SAMPLE).high


def test_a_copy_scores_zero_in_any_order(of_columns, rng):
    original = communities(of_columns, rng)
    mixed = original.with_rows(original.rows.sample(frac=1, random_state=3))
    for s in scores(original, mixed, rng).values():
        assert s.value == 0


def test_one_source_has_no_pair(of_columns, rng):
    one = of_columns(s=["a", "a"], t=["u", "v"])
    assert list(scores(one, one, rng)) == ["out-degree", "in-degree"]


def test_sources_of_several_units_are_told_apart(of_units, rng):
    ties = of_units([1, 1, 2, 2], s=list("aaaa"), t=list("uvuv"))
    found = scores(ties, ties, rng)
    assert found["out-degree"].details["original, share"].iloc[2] == 1
    assert found["in-degree"].details["original, share"].iloc[2] == 1


def test_what_cannot_be_measured_is_refused(of_columns, rng):
    data = of_columns(s=["a"], t=[None], y=[1.0])
    with pytest.raises(GuideError, match="no row has both"):
        scores(data, data, rng)
    with pytest.raises(GuideError, match="needs two columns"):
        scores(data, data, rng, target="s")
    with pytest.raises(GuideError, match="is a quantity"):
        scores(data, data, rng, target="y")

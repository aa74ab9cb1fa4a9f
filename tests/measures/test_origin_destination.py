"""Flows: hand-computed tables, the common part of commuters, moves alone."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers import GuideError
from guide_helpers.measures.origin_destination import origin_destination


def scores(original, synthetic, rng, **options):
    asked = {"origin": "o", "destination": "d", "draws": 2} | options
    return {s.variant: s for s in origin_destination(original, synthetic, rng=rng, **asked)}


def test_a_case_computed_by_hand(of_columns, rng):
    original = of_columns(o=list("aaab"), d=list("aabb"))
    synthetic = of_columns(o=list("aabb"), d=list("abba"))
    # aa ab bb ba: 2 1 1 0 quarters against 1 1 1 1; moves: all ab against half ab, half ba
    found = scores(original, synthetic, rng)
    assert found["all flows"].value == pytest.approx(0.25)
    assert found["moves"].value == pytest.approx(0.5)


def test_one_minus_the_distance_is_the_common_part_of_commuters(of_columns, rng):
    rows = {n: rng.choice(list("abcd"), 80) for n in "od"}
    other = {n: rng.choice(list("abcd"), 80) for n in "od"}
    found = scores(of_columns(**rows), of_columns(**other), rng)["all flows"]
    flows = [
        np.array([f"{o}{d}" for o, d in zip(r["o"], r["d"], strict=True)]) for r in (rows, other)
    ]
    ways = sorted(set(flows[0]) | set(flows[1]))
    counts = [np.array([(f == w).sum() for w in ways]) for f in flows]
    common = 2 * np.minimum(*counts).sum() / (counts[0].sum() + counts[1].sum())
    assert 1 - found.value == pytest.approx(common)
    assert f"CPC of the counts {common:.3f}" in found.note


def test_a_smaller_file_with_the_same_shares_is_as_good(of_columns, rng):
    original = of_columns(o=list("aabb") * 2, d=list("abab") * 2)
    half = of_columns(o=list("aabb"), d=list("abab"))
    found = scores(original, half, rng)["all flows"]
    assert found.value == 0
    assert "0.667" in found.note


def test_destinations_dealt_out_anew_are_seen_and_a_copy_is_not(of_columns, rng):
    o = rng.choice(list("abcdef"), 600)
    d = np.where(rng.random(600) < 0.8, o, rng.choice(list("abcdef"), 600))
    original = of_columns(o=o, d=d)
    dealt = of_columns(o=o, d=rng.permutation(d))
    assert scores(original, dealt, rng, draws=16)["all flows"].standing == "worse"
    assert scores(original, original, rng)["all flows"].value == 0


def test_places_of_either_column_are_one_code_and_missing_ones_no_flow(of_columns, rng):
    original = of_columns(o=["a", "a", None], d=["z", "a", "a"])
    found = scores(original, original, rng)["moves"]
    assert found.details["origin"].tolist() == ["a", "a"]
    assert set(found.details["destination"]) == {"a", "z"}


def test_a_file_where_everybody_stays_has_no_moves(of_columns, rng):
    stays, moves = of_columns(o=list("ab"), d=list("ab")), of_columns(o=list("ab"), d=list("ba"))
    assert list(scores(stays, stays, rng)) == ["all flows"]
    assert scores(moves, of_columns(o=["a"], d=["a"]), rng)["moves"].value == 1


def test_flows_of_units_are_resampled_by_unit(of_units, rng):
    unit = np.repeat(np.arange(40), 25)
    place = rng.choice(list("abcd"), 40)[unit]
    clustered = of_units(unit, o=place, d=place)
    from dataclasses import replace

    alone = replace(clustered, entity=None)
    wide, narrow = (
        scores(d, d, rng, draws=16)["all flows"].band().mean for d in (clustered, alone)
    )
    assert wide > 2.5 * narrow


def test_what_cannot_be_measured_is_refused(of_columns, rng):
    data = of_columns(o=["a", "b"], d=[None, None])
    with pytest.raises(GuideError, match="no row has both"):
        scores(data, data, rng)
    with pytest.raises(GuideError, match="origin='x' is no column"):
        scores(data, data, rng, origin="x")

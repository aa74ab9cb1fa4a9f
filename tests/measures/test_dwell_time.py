"""Length of stays: hand-computed, the last one left out, disorder."""

from __future__ import annotations

import pytest

from guide_helpers.cards import Null
from guide_helpers.measures.dwell_time import dwell_time


def scores(original, synthetic, rng, **options):
    asked = {"place": "x", "draws": 2} | options
    return {s.variant: s for s in dwell_time(original, synthetic, rng=rng, **asked)}


def test_a_case_computed_by_hand(of_units, rng):
    original = of_units([1] * 5 + [2] * 2, [0, 1, 4, 6, 9, 2, 3], x=list("aabbcca"))
    synthetic = of_units([1] * 5 + [2] * 2, [0, 1, 4, 6, 9, 2, 3], x=list("aaaabcc"))
    found = scores(original, synthetic, rng)
    table = found["duration"].details.set_index(["of", "file"])
    # a from 0 to 4 and b from 4 to 9, 2 rows each; c of the second unit from 2 to 3
    assert table.loc[("duration", "original"), ["stays", "mean"]].tolist() == [3, 10 / 3]
    assert table.loc[("rows", "original"), "mean"] == pytest.approx(5 / 3)
    assert table.loc[("duration", "synthetic"), ["stays", "mean"]].tolist() == [1, 9]
    assert {v: s.value for v, s in found.items()} == {"duration": 1.0, "rows": 1.0}


def test_without_a_time_only_rows_are_counted(of_units, rng):
    file = of_units([1, 1, 1], x=list("aab"))
    found = scores(file, file, rng)
    assert list(found) == ["rows"]
    assert found["rows"].details["mean"].tolist() == [2, 2]


def test_a_file_in_which_nobody_moves_has_no_stay_that_ends(of_units, rng):
    moves = of_units([1, 1, 2], [1, 2, 1], x=list("aba"))
    still = of_units([1, 1, 2], [1, 2, 1], x=list("aaa"))
    assert scores(moves, still, rng)["duration"].value == 1
    assert scores(still, still, rng)["duration"].value == 0


def test_disorder_within_units_makes_stays_shorter(panels, disorder, rng):
    original = panels(200, rng)
    found = scores(original, disorder(original, rng), rng, place="state", draws=16)
    assert all(s.standing == "worse" for s in found.values())
    table = found["rows"].details.set_index(["of", "file"])["mean"]
    assert table[("rows", "synthetic")] < table[("rows", "original")]


def test_a_copy_scores_zero_and_another_sample_is_in_its_band(panels, rng):
    original = panels(300, rng)
    assert {s.value for s in scores(original, original, rng, place="state").values()} == {0.0}
    fresh = scores(original, panels(300, rng), rng, place="state", draws=16, nulls=["fresh-sample"])
    for s in fresh.values():
        assert s.value <= s.band(Null.FRESH_SAMPLE).high

"""Places visited: hand-computed entropies and moves, disorder."""

from __future__ import annotations

import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures.visited_places import visited_places


def scores(original, synthetic, rng, **options):
    asked = {"place": "x", "draws": 2} | options
    return {s.variant: s for s in visited_places(original, synthetic, rng=rng, **asked)}


def test_a_case_computed_by_hand(of_units, rng):
    original = of_units([1] * 4 + [2] * 2, [1, 2, 3, 4, 1, 2], x=list("aabbcc"))
    synthetic = of_units([1] * 4 + [2] * 2, [1, 2, 3, 4, 1, 2], x=list("abcdcd"))
    found = scores(original, synthetic, rng)
    table = found["entropy"].details.set_index("mean over units")
    # units with 2 and 1 places, 1 and 0 bits, 1/3 and 0 moves; then 4 and 2, 2 and 1, 1 and 1
    assert table["original"].tolist() == pytest.approx([1.5, 0.5, 1 / 6])
    assert table["synthetic"].tolist() == pytest.approx([3, 1.5, 1])
    assert {v: s.value for v, s in found.items()} == pytest.approx(
        {"distinct places": 0.5, "entropy": 0.5, "moves": 1.0}
    )


def test_disorder_within_units_shows_in_moves_only(panels, disorder, rng):
    original = panels(200, rng)
    found = scores(original, disorder(original, rng), rng, place="state", draws=16)
    assert found["distinct places"].value == found["entropy"].value == 0
    assert found["moves"].standing == "worse"


def test_places_of_others_show_in_all(panels, disorder, rng):
    original = panels(200, rng)
    found = scores(original, disorder(original, rng, within=False), rng, place="trait", draws=16)
    assert all(s.standing == "worse" for s in found.values())


def test_a_copy_scores_zero_and_another_sample_is_in_its_band(panels, rng):
    original = panels(300, rng)
    assert {s.value for s in scores(original, original, rng, place="state").values()} == {0.0}
    fresh = scores(original, panels(300, rng), rng, place="state", draws=16, nulls=["fresh-sample"])
    for s in fresh.values():
        assert s.value <= s.band(Null.FRESH_SAMPLE).high


def test_rows_without_a_place_are_left_out(of_units, rng):
    gaps = of_units([1, 1, 1, 2], [1, 2, 3, 1], x=["a", None, "a", None])
    table = scores(gaps, gaps, rng)["moves"].details.set_index("mean over units")
    assert table["original"].tolist() == [1, 0, 0]
    empty = gaps.with_rows(gaps.rows.assign(x=None))
    assert scores(gaps, empty, rng)["entropy"].value == 1
    with pytest.raises(GuideError, match="column 'x' is empty"):
        scores(empty, empty, rng)

"""Length of trips: hand-computed distances and radii, disorder, and what is refused."""

from __future__ import annotations

import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures.trip_length import trip_length

LINE = {"a": (0, 0), "b": (3, 4), "c": (0, 8)}
TWO = {"in": (0, 0), "out": (2, 0), "left": (0, 0), "right": (5, 5)}


def scores(original, synthetic, rng, **options):
    asked = {"place": "x", "coordinates": LINE, "draws": 2} | options
    return {s.variant: s for s in trip_length(original, synthetic, rng=rng, **asked)}


def test_a_case_computed_by_hand(of_units, rng):
    original = of_units([1, 1, 1, 2, 2], [1, 2, 3, 1, 2], x=list("aabcc"))
    synthetic = of_units([1, 1, 1, 2, 2], [1, 2, 3, 1, 2], x=list("aaaca"))
    found = scores(original, synthetic, rng)
    table = found["trips"].details.set_index(["of", "file"])
    # one trip a-b of 5; then one of c-a, 8
    assert table.loc[("trips", "original"), "mean"] == 5
    assert table.loc[("trips", "synthetic"), ["number", "mean"]].tolist() == [1, 8]
    # around (1, 4/3): 2 rows at sqrt(25/9), one at sqrt(4 + 64/9), so the root of 100/18 over 1/2
    radius = ((2 * (1 + 16 / 9) + 4 + 64 / 9) / 3) ** 0.5
    assert table.loc[("radius", "original"), "mean"] == pytest.approx(radius / 2)
    assert table.loc[("radius", "synthetic"), "mean"] == pytest.approx(4 / 2)
    assert {v: s.value for v, s in found.items()} == {"trips": 1.0, "radius": 0.5}


def test_a_unit_that_never_moves_has_no_trip_and_no_radius(of_units, rng):
    still = of_units([1, 1, 2], [1, 2, 1], x=list("bba"))
    table = scores(still, still, rng)["radius"].details
    assert table["number"].tolist() == [0, 0, 2, 2]
    assert table["mean"].tolist()[2:] == [0, 0]


def test_rows_dealt_out_to_others_show_in_the_radius(panels, disorder, rng):
    original = panels(200, rng)
    spoilt = disorder(original, rng, within=False)
    found = scores(original, spoilt, rng, place="trait", coordinates=TWO, draws=16)
    assert found["radius"].standing == "worse"


def test_a_copy_scores_zero_and_another_sample_is_in_its_band(panels, rng):
    original, asked = panels(300, rng), {"place": "state", "coordinates": TWO}
    assert {s.value for s in scores(original, original, rng, **asked).values()} == {0.0}
    fresh = scores(original, panels(300, rng), rng, draws=16, nulls=["fresh-sample"], **asked)
    for s in fresh.values():
        assert s.value <= s.band(Null.FRESH_SAMPLE).high


@pytest.mark.parametrize(
    ("coordinates", "message"),
    [
        ({"a": (0, 0)}, "no x and y for place 'b'"),
        ({"a": (0, 0), "b": (1,)}, "no x and y for place 'b'"),
        ([(0, 0)], "takes x and y by place"),
    ],
)
def test_a_map_that_lacks_a_place_is_refused(of_units, rng, coordinates, message):
    file = of_units([1, 1, 2], [1, 2, 1], x=list("aba"))
    with pytest.raises(GuideError, match=message):
        scores(file, file, rng, coordinates=coordinates)

"""The null-band explorer: bands follow the records, the table and the size of the file."""

from __future__ import annotations

import pytest

from guide_helpers import GuideError, compare, generate, load
from guide_helpers.cards import Null
from guide_helpers.widgets import null_bands

CORRECT = Null.CORRECT_MODEL


@pytest.fixture(scope="module")
def data():
    return load("adult").take_units(range(2_000))


@pytest.fixture(scope="module")
def lab(data):
    return null_bands(
        data, records=(200, 1_500), methods=["independent"], ways=(1, 2), sizes=(1, 2), draws=6
    )


def band(lab, *setting):
    low, high = lab.figure(*setting).data[0].x
    return high - low, low


def test_the_band_narrows_with_the_records_and_with_the_size_of_the_file(lab):
    assert band(lab, 1_500, 1, CORRECT)[0] < band(lab, 200, 1, CORRECT)[0]
    assert band(lab, 1_500, 2, CORRECT, 2)[1] < band(lab, 1_500, 2, CORRECT, 1)[1]


def test_a_view_has_the_numbers_of_the_verb(data):
    whole = null_bands(data, records=(2_000,), methods=["independent"], ways=(2,), draws=6)
    drawn = whole.figure(2_000, 2, Null.FRESH_SAMPLE).data
    file = generate(data, "independent", n=2_000, seed=1)
    asked = {"measures": "marginal_distance", "ways": (2,), "draws": 6, "nulls": list(Null)}
    (score,) = compare(data, file, **asked)
    expected = score.band(Null.FRESH_SAMPLE)
    assert tuple(drawn[0].x) == (expected.low, expected.high)
    assert tuple(drawn[1].x) == (score.value,)


def test_every_setting_says_its_sizes_and_where_the_files_lie(lab):
    states = lab.explorer().layout.meta["explorer"]["states"]
    assert len(states) == 2 * 2 * 3 * 2
    for state in states.values():
        alt = state["layout"]["meta"]["alt"]
        assert "synthetic" in alt
        assert "the correct-model band" in alt or "sample band" in alt


def test_with_one_size_there_is_no_control_for_it(data):
    lab = null_bands(data, records=(200,), methods=["independent"])
    assert [c.name for c in lab.controls] == ["Records", "Variables in a table", "Null"]


def test_more_records_than_there_are_is_refused(data):
    with pytest.raises(GuideError, match="more than the 2000 units"):
        null_bands(data, records=(3_000,))

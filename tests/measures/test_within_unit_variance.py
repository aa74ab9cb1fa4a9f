"""Share of variance between units: hand-computed cases, levels, disorder."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures.within_unit_variance import within_unit_variance


def shares(original, synthetic, rng, **options):
    score = within_unit_variance(original, synthetic, rng=rng, draws=2, **options)
    return score, score.details.set_index("variable")


def test_a_balanced_case_computed_by_hand(of_units, rng):
    original = of_units([1, 1, 2, 2], x=[1.0, 3, 5, 7])
    # means 2 and 6: between 16 / 1, within 4 / 2, so (16 - 2) / (16 + 2)
    assert shares(original, original, rng)[1].loc["x", "original"] == pytest.approx(14 / 18)


def test_an_unbalanced_case_computed_by_hand(of_units, rng):
    original = of_units([1, 1, 1, 2], x=[0.0, 1, 2, 5])
    # mean 2: between 3·1 + 9 = 12, within 2 / 2 = 1; usual size (4 - 10 / 4) / 1 = 1.5
    assert shares(original, original, rng)[1].loc["x", "original"] == pytest.approx(11 / 12.5)


def test_levels_count_like_their_indicator(of_units, rng):
    words = of_units([1, 1, 2, 2, 3, 3, 3], x=list("aabbabb"), y=[0.0, 0, 1, 1, 0, 1, 1])
    table = shares(words, words, rng)[1]
    assert table.loc["x", "original"] == pytest.approx(table.loc["y", "original"])


def test_what_never_changes_within_a_unit_is_one_and_alternating_rows_are_below_zero(of_units, rng):
    fixed = of_units([1, 1, 2, 2], x=list("aabb"), y=[1.0, 1, 2, 2])
    mixed = of_units([1, 1, 2, 2], x=list("abab"), y=[1.0, 2, 1, 2])
    score, table = shares(fixed, mixed, rng)
    assert table["original"].tolist() == pytest.approx([1, 1])
    assert table["synthetic"].tolist() == pytest.approx([-1, -1])
    assert score.value == pytest.approx(2)


def test_disorder_within_units_is_not_seen_and_between_units_is(panels, disorder, rng):
    original = panels(200, rng)
    assert shares(original, disorder(original, rng), rng)[0].value == pytest.approx(0, abs=1e-12)
    dealt = within_unit_variance(original, disorder(original, rng, within=False), rng=rng)
    assert dealt.standing == "worse"
    assert np.abs(dealt.details["synthetic"]).max() < 0.1


def test_another_sample_is_within_the_fresh_sample_band(panels, rng):
    asked = {"rng": rng, "nulls": ["fresh-sample"]}
    s = within_unit_variance(panels(300, rng), panels(300, rng), **asked)
    assert s.value <= s.band(Null.FRESH_SAMPLE).high


def test_missing_values_are_left_out_and_a_constant_column_too(of_units, rng):
    gaps = of_units([1, 1, 1, 2, 2, 2], x=[1.0, 3, np.nan, 5, 7, np.nan], y=[4.0] * 6)
    table = shares(gaps, gaps, rng)[1]
    assert table["original"].to_dict() == pytest.approx({"x": 14 / 18})
    with pytest.raises(GuideError, match="no variable varies"):
        shares(gaps.keep("y"), gaps.keep("y"), rng)

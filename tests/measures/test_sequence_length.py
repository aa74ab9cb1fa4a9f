"""Rows per unit: hand-computed cases, bands, refusals."""

from __future__ import annotations

import pytest

from guide_helpers import GuideError, compare
from guide_helpers.measures.sequence_length import sequence_length


def values(original, synthetic, rng, **options):
    found = sequence_length(original, synthetic, rng=rng, draws=2, **options)
    return {s.variant: s.value for s in found}


def test_a_case_computed_by_hand(of_units, rng):
    original = of_units([1, 2, 2, 3, 3, 4, 4, 4])
    synthetic = of_units([1, 2, 3, 3, 4, 4, 4])
    # 1, 2, 3 rows: 1, 2, 1 of four units against 2, 1, 1
    assert values(original, synthetic, rng) == pytest.approx({"KS": 0.25, "TVD": 0.25})


def test_ks_adds_up_what_lies_on_one_side(of_units, rng):
    original, synthetic = of_units([1, 2, 2, 3, 3, 3]), of_units([1, 1, 1, 1, 2, 3, 3])
    # 1, 2, 3 rows a third each against one, two and four rows a third each
    assert values(original, synthetic, rng) == pytest.approx({"KS": 1 / 3, "TVD": 1 / 3})
    longer = of_units([1] * 9 + [2] * 8 + [3] * 7)
    assert values(original, longer, rng) == pytest.approx({"KS": 1, "TVD": 1})


def test_a_copy_scores_zero_whatever_its_order(panels, rng):
    original = panels(60, rng)
    mixed = original.with_rows(original.rows.sample(frac=1, random_state=1))
    assert values(original, mixed, rng) == {"KS": 0.0, "TVD": 0.0}


def test_a_fresh_sample_lies_in_its_band_and_longer_units_do_not(panels, rng):
    original, fresh = panels(300, rng), panels(300, rng)
    found = sequence_length(original, fresh, rng=rng, nulls=["fresh-sample"])
    assert all(s.band(s.bands[1].null).high > s.value for s in found)
    doubled = original.rows.loc[original.rows.index.repeat(2)]
    for score in compare(original, original.with_rows(doubled), measures="sequence_length"):
        assert score.standing == "worse"


def test_details_are_shares_of_units(of_units, rng):
    original, synthetic = of_units([1, 1, 2, 2, 3]), of_units([1, 2, 2, 2, 2])
    table = sequence_length(original, synthetic, rng=rng, draws=2)[0].details
    assert table["rows of the unit"].tolist() == [1, 2, 4]
    assert table.iloc[:, 1].tolist() == pytest.approx([1 / 3, 2 / 3, 0])
    assert table.iloc[:, 2].tolist() == pytest.approx([1 / 2, 0, 1 / 2])


def test_few_units_are_named(of_units, rng):
    one = of_units([1, 1, 2])
    assert "Only 2 units" in sequence_length(one, one, rng=rng, draws=2)[0].note


def test_a_table_without_repeated_units_is_refused(of_columns, of_units, rng):
    with pytest.raises(GuideError, match="units with several rows"):
        sequence_length(of_columns(x=[1.0]), of_columns(x=[1.0]), rng=rng)
    with pytest.raises(GuideError, match="names no privacy unit"):
        sequence_length(of_units([1, 1]), of_columns(x=[1.0]), rng=rng)

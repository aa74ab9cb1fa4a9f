"""Density ratio: the ends, a case by hand, and that it shows where the misfit is."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures.density_ratio import density_ratio


def score(original, synthetic, rng, **options):
    return density_ratio(original, synthetic, rng=rng, **({"draws": 4} | options))


def test_files_apart_score_the_most(of_columns, rng):
    original, synthetic = of_columns(x=["a"] * 4_000), of_columns(x=["b"] * 4_000)
    # r is 10 for synthetic records: 10 - 0.1 * 100 / 2 - 1/2
    found = score(original, synthetic, rng)
    assert found.value == pytest.approx(4.5, abs=0.05)
    assert found.details["ratio"].max() > 1_000


def test_a_copy_scores_no_more_than_chance(survey, rng):
    found = score(survey, survey, rng, draws=8)
    assert found.value < found.band().high
    assert found.value < 0.02


def test_two_levels_computed_by_hand(of_columns, rng):
    n = 40_000
    original, synthetic = (
        of_columns(x=list("aaab") * (n // 4)),
        of_columns(x=list("aabb") * (n // 4)),
    )
    r = np.array([0.5 / (0.05 + 0.9 * 0.75), 0.5 / (0.05 + 0.9 * 0.25)])
    mixed = 0.1 * np.array([0.5, 0.5]) + 0.9 * np.array([0.75, 0.25])
    found = score(original, synthetic, rng, draws=2)
    assert found.value == pytest.approx(float(mixed @ (r - 1) ** 2 / 2), abs=0.01)
    low, high = found.interval.low, found.interval.high
    assert low < found.value < high
    details = found.details.set_index("region")["ratio"].sort_values()
    assert details.to_numpy() == pytest.approx([2 / 3, 2], rel=0.05)


def test_it_names_the_region_where_records_are_too_many(people, rng):
    original, other = people(2_000, rng), people(2_000, rng)
    rows = other.rows.copy()
    odd = (rows["group"] == "c") & (rows["score"] > 15)
    rows.loc[odd, "trait"] = "yes"
    found = score(original, other.with_rows(rows), rng)
    surely = found.details[(found.details["low"] > 1) | (found.details["high"] < 1)]
    assert found.standing == "worse"
    assert len(surely)
    assert "group: " in surely["region"].iloc[0]
    assert "trait: " in surely["region"].iloc[0]
    assert "score > 1" in surely["region"].iloc[0]
    assert "surely off 1" in found.note


def test_regions_found_by_chance_are_not_confirmed(people, correct, rng):
    original = people(1_500, rng)
    off = []
    for _ in range(8):
        found = score(original, correct(original, rng), rng, draws=2).details
        off.append(((found["low"] > 1) | (found["high"] < 1)).mean())
    assert np.mean(off) < 0.1


def test_bands_are_where_files_of_their_kind_fall(people, correct, rng):
    original = people(1_000, rng)
    found = score(original, correct(original, rng), rng, draws=20)
    own, other = found.band(), found.band(Null.FRESH_SAMPLE)
    made, fresh = (
        [score(original, draw(), rng, draws=2).value for _ in range(12)]
        for draw in (lambda: correct(original, rng), lambda: people(1_000, rng))
    )
    assert sum(own.low <= v <= own.high for v in made) >= 9
    assert sum(other.low <= v <= other.high for v in fresh) >= 9


def test_impossible_options_are_refused(survey, rng):
    with pytest.raises(GuideError, match="draws=1 must be 2 or more"):
        score(survey, survey, rng, draws=1)

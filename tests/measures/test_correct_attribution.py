"""Correct attribution probability: baseline, original, DCAP with and without the unmatched."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers.measures.correct_attribution import correct_attribution

NAMES = ("t, baseline", "t, original", "t, DCAP", "t, DCAP, matched")


def scores(original, synthetic, rng, **options):
    asked = {"draws": 2, "keys": ["a"], "sensitive": "t"} | options
    return {s.variant: s for s in correct_attribution(original, synthetic, rng=rng, **asked)}


def values(original, synthetic, rng, **options):
    return {v: s.value for v, s in scores(original, synthetic, rng, **options).items()}


def test_a_case_computed_by_hand(of_columns, rng):
    original = of_columns(a=list("xxyz"), t=list("uvvv"))
    synthetic = of_columns(a=list("xxxy"), t=list("uuvu"))
    # baseline (1/4)² + (3/4)²; original (1/2 + 1/2 + 1 + 1)/4
    # DCAP: 2/3, 1/3, 0 and no match: 1/4 of 1, or 1/3 of 1 without z
    found = values(original, synthetic, rng)
    by_hand = dict(zip(NAMES, (62.5, 75.0, 25.0, 100 / 3), strict=True))
    assert found == pytest.approx(by_hand)


def test_a_copy_has_the_probability_of_the_original(survey, rng):
    found = values(survey, survey, rng, keys=["age"], sensitive="employed")
    assert found["employed, DCAP"] == pytest.approx(found["employed, original"])


def test_without_a_match_nothing_is_attributed(of_columns, rng):
    old, new = of_columns(a=list("xy"), t=list("uv")), of_columns(a=list("wz"), t=list("uv"))
    found = values(old, new, rng)
    assert found["t, DCAP"] == found["t, DCAP, matched"] == 0.0


def test_random_tables_agree_with_sums_over_cells(of_columns, rng):
    for _ in range(20):
        old, new = (
            of_columns(a=rng.choice(list("stuvwxyz"), 20), t=rng.choice(list("123"), 20))
            for _ in range(2)
        )
        chances = []
        for a, t in zip(old.rows["a"], old.rows["t"], strict=True):
            group = new.rows.loc[new.rows["a"] == a, "t"]
            chances.append((group == t).mean() if len(group) else np.nan)
        shares = old.rows["t"].value_counts(normalize=True)
        found = values(old, new, rng)
        assert found["t, baseline"] == pytest.approx(100 * (shares**2).sum())
        assert found["t, DCAP"] == pytest.approx(100 * np.nan_to_num(chances).mean())
        assert found["t, DCAP, matched"] == pytest.approx(100 * np.nanmean(chances))


def test_strangers_of_one_population_give_the_band_without_a_control(people, rng):
    asked = {"keys": ["group"], "sensitive": "trait"}
    found = scores(people(2_000, rng), people(2_000, rng), rng, draws=16, **asked)
    assert found["trait, DCAP"].standing == "within"
    assert found["trait, baseline"].interval is None

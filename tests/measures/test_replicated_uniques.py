"""Replicated uniques: alone in the original and met by exactly one synthetic record."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from guide_helpers.cards import Null
from guide_helpers.disclosure_control import _matched
from guide_helpers.measures.replicated_uniques import replicated_uniques
from guide_helpers.measures.uniques import uniques


def score(original, synthetic, rng, **options):
    return replicated_uniques(original, synthetic, rng=rng, **({"draws": 2} | options))[0]


def test_a_case_computed_by_hand(of_columns, rng):
    original = of_columns(a=["x", "x", "y", "z", "w"])
    synthetic = of_columns(a=["x", "y", "z", "z", "v"])
    # y is alone in both; z is alone in the original but twice there; w is nowhere
    found = score(original, synthetic, rng, keys=["a"])
    assert found.value == 20.0
    assert found.details["records"].to_dict() == {"UiO": 3, "UiOiS": 2, "repU": 1}
    assert "UiO 60 %, of which 33.3 % replicated" in found.note


def test_a_copy_replicates_all_uniques_and_a_doubled_copy_none(survey, rng):
    alone = uniques(survey, survey, rng=rng, draws=2)[0].value
    assert score(survey, survey, rng).value == pytest.approx(alone)
    twice = survey.with_rows(pd.concat([survey.rows, survey.rows], ignore_index=True))
    assert score(survey, twice, rng).value == 0


def test_a_file_of_other_combinations_replicates_none(of_columns, rng):
    assert score(of_columns(a=list("abc")), of_columns(a=list("xyz")), rng, keys=["a"]).value == 0


def test_random_tables_agree_with_counting_and_with_disclosure_control(of_columns, rng):
    for _ in range(20):
        old, new = (
            of_columns(a=rng.choice(list("uvwxyz"), 30), b=rng.choice(list("pqrs"), 30))
            for _ in range(2)
        )
        ours, theirs = (
            Counter(zip(file.rows["a"], file.rows["b"], strict=True)) for file in (old, new)
        )
        by_hand = sum(n == 1 and theirs[r] == 1 for r, n in ours.items())
        assert score(old, new, rng, keys=["a", "b"]).value == pytest.approx(100 * by_hand / 30)
        assert _matched(new, old, ["a", "b"], "replicated").sum() == by_hand


def test_strangers_are_within_the_band_and_a_copied_fifth_is_not(people, rng):
    keys, bins = ["group", "size"], {"size": list(np.arange(0, 60, 0.02))}
    original, control, fresh = (people(1_500, rng) for _ in range(3))
    leaking = fresh.with_rows(pd.concat([original.rows[:300], fresh.rows[300:]]))
    asked = {"keys": keys, "bins": bins, "control": control, "draws": 16}
    assert score(original, fresh, rng, **asked).standing == "within"
    assert score(original, leaking, rng, **asked).standing == "worse"


def test_the_correct_model_band_comes_on_request(survey, rng):
    found = score(survey, survey, rng, nulls=["correct-model"])
    assert {b.null for b in found.bands} == {Null.FRESH_SAMPLE, Null.CORRECT_MODEL}

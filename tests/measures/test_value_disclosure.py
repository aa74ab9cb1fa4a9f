"""Value disclosure: replicated uniques whose value is nearly their own."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from guide_helpers import GuideError
from guide_helpers.measures.replicated_uniques import replicated_uniques
from guide_helpers.measures.value_disclosure import value_disclosure
from guide_helpers.schema import Dataset


def score(original, synthetic, rng, **options):
    asked = {"draws": 2, "keys": ["a"], "sensitive": "y"} | options
    return value_disclosure(original, synthetic, rng=rng, **asked)[0]


def test_a_case_computed_by_hand(of_columns, rng):
    original = of_columns(a=list("vwxyz"), y=[100.0, 100.0, 100.0, -50.0, 0.0])
    synthetic = of_columns(a=list("vwxyy"), y=[110.0, 111.0, 100.0, -45.0, 0.0])
    # v just within 10 %, w not, x equal, y twice in the synthetic file, z not in it
    found = score(original, synthetic, rng)
    assert found.value == 40.0
    assert found.details["records"].to_dict() == {"10 %": 2, "5 %": 1, "1 %": 1, "0 %": 1}
    assert "3 replicated uniques (60 % of records)" in found.note


def test_a_copy_gives_away_all_replicated_uniques(survey, rng):
    repeated = replicated_uniques(survey, survey, rng=rng, draws=2)[0].value
    found = value_disclosure(survey, survey, rng=rng, draws=2)[0]
    assert found.value == pytest.approx(repeated)


def test_values_far_off_are_no_disclosure(survey, rng):
    far = survey.with_rows(survey.rows.assign(income=survey.rows["income"] * 3))
    assert value_disclosure(survey, far, rng=rng, draws=2)[0].value == 0.0


def test_zero_missing_and_special_values_count_where_they_are_equal(of_columns, rng):
    plain = of_columns(a=list("wxyz"), y=[0.0, np.nan, -9.0, -9.0])
    original = Dataset(plain.rows, plain.schema.change("y", special={-9.0: "not asked"}))
    other = original.with_rows(original.rows.assign(y=[0.0, np.nan, -9.0, -9.1]))
    assert score(original, other, rng).value == 75.0


def test_levels_are_equal_or_not(of_columns, rng):
    original = of_columns(a=list("xyz"), y=list("uvw"))
    synthetic = of_columns(a=list("xyz"), y=list("uvu"))
    assert score(original, synthetic, rng).value == pytest.approx(200 / 3)


def test_random_tables_agree_with_a_search_by_hand(of_columns, rng):
    for _ in range(20):
        old, new = (
            of_columns(a=rng.choice(list("abcdefghijkl"), 15), y=rng.normal(0, 1, 15).round(1))
            for _ in range(2)
        )
        ours, theirs = Counter(old.rows["a"]), Counter(new.rows["a"])
        hits = 0
        for a, y in zip(old.rows["a"], old.rows["y"], strict=True):
            if ours[a] == theirs[a] == 1:
                other = new.rows.loc[new.rows["a"] == a, "y"].iloc[0]
                hits += abs(other - y) <= 0.5 * abs(y) + 1e-12
        assert score(old, new, rng, p=50).value == pytest.approx(100 * hits / 15)


def test_a_negative_p_is_refused(survey, rng):
    with pytest.raises(GuideError, match="p=-1"):
        value_disclosure(survey, survey, rng=rng, p=-1)

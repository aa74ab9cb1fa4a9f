"""WEAP: how sure the synthetic file seems."""

from __future__ import annotations

import pytest

from guide_helpers import GuideError
from guide_helpers.measures.group_disclosure import group_disclosure
from guide_helpers.measures.within_class_probability import within_class_probability


def values(original, synthetic, rng, **options):
    asked = {"draws": 2, "keys": ["a"], "sensitive": "t"} | options
    found = within_class_probability(original, synthetic, rng=rng, **asked)
    return {s.variant: s.value for s in found}


def test_a_case_computed_by_hand(of_columns, rng):
    file = of_columns(a=list("xxxyy"), t=list("uuvww"))
    # 2/3, 2/3, 1/3, 1, 1
    found = values(file, file, rng)
    assert found == pytest.approx({"t, mean": 100 * 11 / 15, "t, certain": 40.0})
    assert values(file, file, rng, threshold=0.6)["t, certain"] == 80.0


def test_groups_of_one_are_always_certain(of_columns, rng):
    file = of_columns(a=list("xyz"), t=list("uvw"))
    assert values(file, file, rng) == {"t, mean": 100.0, "t, certain": 100.0}


def test_certain_records_are_those_of_dsyn(survey, rng):
    asked = {"keys": ["age"], "sensitive": "employed"}
    dsyn = group_disclosure(survey, survey, rng=rng, draws=2, **asked)[1].value
    assert values(survey, survey, rng, **asked)["employed, certain"] == dsyn


def test_random_tables_agree_with_groups(of_columns, rng):
    for _ in range(20):
        file = of_columns(a=rng.choice(list("uvwxyz"), 20), t=rng.choice(list("123"), 20))
        sizes = file.rows.groupby("a", observed=True)["t"].transform("size")
        alike = file.rows.groupby(["a", "t"], observed=True)["t"].transform("size")
        weap = alike.astype(int) / sizes.astype(int)
        by_hand = [100 * weap.mean(), 100 * (weap >= 0.5).mean()]
        assert list(values(file, file, rng, threshold=0.5).values()) == pytest.approx(by_hand)


def test_a_threshold_of_nothing_is_refused(survey, rng):
    with pytest.raises(GuideError, match="threshold=0"):
        within_class_probability(survey, survey, rng=rng, threshold=0)

"""TCAP: what comes true of claims, by the denominators of different authors."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers.measures.disco import disco
from guide_helpers.measures.targeted_attribution import targeted_attribution

OF_ORIGINAL, OF_SYNTHETIC = "t, of original records", "t, of synthetic records"


def scores(original, synthetic, rng, **options):
    asked = {"draws": 2, "keys": ["a"], "sensitive": "t"} | options
    return {s.variant: s for s in targeted_attribution(original, synthetic, rng=rng, **asked)}


def test_a_case_computed_by_hand(of_columns, rng):
    original = of_columns(a=list("xxxyyz"), t=list("uuvvuw"))
    synthetic = of_columns(a=list("xyyyww"), t=list("uvvvuv"))
    # x shows u: right for 2 of 3; y shows v: right for 1 of 2; w shows two values; z has no match
    # of original records 3/5; of synthetic records (2/3 + 3 * 1/2)/4
    found = scores(original, synthetic, rng)
    assert found[OF_ORIGINAL].value == pytest.approx(60)
    assert found[OF_SYNTHETIC].value == pytest.approx(100 * (2 / 3 + 3 / 2) / 4)
    # baseline (1/2)² + (1/3)² + (1/6)²
    assert "5 original records claimed (83.3 %)" in found[OF_ORIGINAL].note
    assert "Baseline 38.9 %, ratio 1.54" in found[OF_ORIGINAL].note


def test_a_copy_is_always_right(survey, rng):
    found = scores(survey, survey, rng, keys=["age", "sex"], sensitive="employed")
    assert {s.value for s in found.values()} == {100.0}


def test_without_a_claim_there_is_nothing_to_be_right_about(of_columns, rng):
    old, new = of_columns(a=list("xx"), t=list("uv")), of_columns(a=list("xx"), t=list("uv"))
    found = scores(old, new, rng)
    assert {s.value for s in found.values()} == {0.0}
    assert "No claim" in found[OF_ORIGINAL].note


def test_it_is_disco_over_the_share_that_is_claimed(survey, rng):
    asked = {"keys": ["age", "sex"], "sensitive": "employed"}
    other = survey.with_rows(survey.rows.sample(frac=1, random_state=1, replace=True))
    found = scores(survey, other, rng, **asked)["employed, of original records"]
    claimed = float(found.note.split("claimed (")[1].split(" %")[0])
    over = disco(survey, other, rng=rng, draws=2, **asked)[0].value
    assert found.value == pytest.approx(100 * over / claimed, rel=0.01)


def test_random_tables_agree_with_a_search_by_hand(of_columns, rng):
    for _ in range(20):
        old, new = (
            of_columns(a=rng.choice(list("stuvwxyz"), 20), t=rng.choice(list("12"), 20))
            for _ in range(2)
        )
        claimed, per_record = [], []
        for a, t in zip(old.rows["a"], old.rows["t"], strict=True):
            shown = set(new.rows.loc[new.rows["a"] == a, "t"])
            claimed += [shown == {t}] if len(shown) == 1 else []
        for a, t in zip(new.rows["a"], new.rows["t"], strict=True):
            sure = set(new.rows.loc[new.rows["a"] == a, "t"]) == {t}
            truth = old.rows.loc[old.rows["a"] == a, "t"]
            per_record += [(truth == t).mean()] if sure and len(truth) else []
        found = [s.value for s in scores(old, new, rng).values()]
        by_hand = [100 * np.mean(x) if x else 0.0 for x in (claimed, per_record)]
        assert found == pytest.approx(by_hand)

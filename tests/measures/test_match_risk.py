"""Match risk of partial synthesis: who points at whose record."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate
from guide_helpers.measures.match_risk import EXPECTED, RIGHT, TRUE, match_risk


def scores(original, synthetic, rng, **options):
    found = match_risk(original, synthetic, rng=rng, **({"draws": 4} | options))
    return {s.variant: s for s in found}


def test_a_case_computed_by_hand(of_columns, rng):
    original = of_columns(k=["a", "a", "b", "c", "d"], x=list("12345"))
    synthetic = of_columns(k=["a", "a", "b", "d", "c"], x=list("12345"))
    # the two a find two records each, own among them: 1/2 + 1/2; b finds his own alone;
    # c and d find each other's
    found = scores(original, synthetic, rng, keys=["k"])
    assert found[EXPECTED].value == pytest.approx(40)
    assert found[TRUE].value == pytest.approx(20)
    assert found[RIGHT].value == pytest.approx(100 / 3)
    assert "False match rate 66.7 % of 3 unique matches" in found[EXPECTED].note
    table = found[EXPECTED].details
    assert table.loc["1"].tolist() == [3, 1]
    assert table.loc["2 to 4"].tolist() == [2, 2]


def test_kept_keys_are_the_worst_case(of_columns, rng):
    file = of_columns(k=list("abcd"), x=list("pqrs"))
    assert {s.value for s in scores(file, file, rng, keys=["k"]).values()} == {100.0}


def test_keys_that_nobody_has_are_no_risk_and_have_no_share_of_nothing(of_columns, rng):
    original, synthetic = of_columns(k=list("abcd")), of_columns(k=list("wxyz"))
    found = scores(original, synthetic, rng, keys=["k"])
    assert {s.value for s in found.values()} == {0.0}
    assert found[RIGHT].interval is None


def test_random_tables_agree_with_the_sums(of_columns, rng):
    for _ in range(20):
        old, new = (rng.choice(list("abcdefghijkl"), 20) for _ in range(2))
        kept = rng.random(20) < 0.5
        new = np.where(kept, old, new)
        c = np.array([(new == k).sum() for k in old])
        t = old == new
        expected = sum(1 / n for n, own in zip(c, t, strict=True) if own)
        true = sum((c == 1) & t)
        right = 100 * true / sum(c == 1) if sum(c == 1) else 0
        found = scores(of_columns(k=old), of_columns(k=new), rng, keys=["k"])
        by_hand = [100 * expected / 20, 100 * true / 20, right]
        assert [s.value for s in found.values()] == pytest.approx(by_hand)


def test_luck_alone_points_at_about_one_person(survey, rng):
    mixed = replace(survey, rows=survey.rows.sample(frac=1, random_state=1, ignore_index=True))
    band = scores(survey, mixed, rng, draws=200)[EXPECTED].band()
    assert band.mean == pytest.approx(100 / len(survey), rel=0.25)


def test_more_synthetic_keys_are_less_risk(survey, rng):
    found = []
    for replaced in (["income"], ["income", "age"], ["income", "age", "education"]):
        partial = generate(survey, "cart", synthesise=replaced, seed=1).first
        found.append(scores(survey, partial, rng)[EXPECTED].value)
    assert found[0] > found[1] > found[2]


def test_a_fully_synthetic_file_is_refused_by_size_and_told_by_order(survey, rng):
    with pytest.raises(GuideError, match="300 and 299 rows"):
        match_risk(survey, survey.with_rows(survey.rows[:-1]), rng=rng)
    mixed = survey.with_rows(pd.DataFrame({n: rng.permutation(c) for n, c in survey.rows.items()}))
    assert "mean nothing" in scores(survey, mixed, rng)[EXPECTED].note
    assert "mean nothing" not in scores(survey, survey, rng)[EXPECTED].note

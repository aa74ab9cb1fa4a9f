"""DiSDiO: the part of DiSCO in which the original leaves no doubt either."""

from __future__ import annotations

import pytest

from guide_helpers.measures.disco import disco
from guide_helpers.measures.disdio import disdio


def value(original, synthetic, rng, **options):
    asked = {"draws": 2, "keys": ["a"], "sensitive": "t"} | options
    return disdio(original, synthetic, rng=rng, **asked)[0].value


def test_a_case_computed_by_hand(of_columns, rng):
    original = of_columns(a=list("xxyyz"), t=list("uvuuw"))
    synthetic = of_columns(a=list("xyz"), t=list("uuv"))
    # x is right for one, but the original has two values there; y is right for both; z is wrong
    assert value(original, synthetic, rng) == 40.0
    assert disco(original, synthetic, rng=rng, keys=["a"], sensitive="t", draws=2)[0].value == 60.0


def test_a_copy_gives_what_disco_gives(survey, rng):
    asked = {"keys": ["age", "sex"], "sensitive": "employed"}
    same = disco(survey, survey, rng=rng, draws=2, **asked)[0].value
    assert value(survey, survey, rng, **asked) == same > 0


def test_false_values_are_no_disclosure(of_columns, rng):
    old, new = of_columns(a=list("xy"), t=list("uu")), of_columns(a=list("xy"), t=list("vv"))
    assert value(old, new, rng) == 0.0


def test_random_tables_agree_with_a_search_by_hand(of_columns, rng):
    for _ in range(20):
        old, new = (
            of_columns(a=rng.choice(list("stuvwxyz"), 25), t=rng.choice(list("123"), 25))
            for _ in range(2)
        )
        hits = 0
        for a, t in zip(old.rows["a"], old.rows["t"], strict=True):
            shown = [set(f.rows.loc[f.rows["a"] == a, "t"]) for f in (old, new)]
            hits += shown == [{t}, {t}]
        assert value(old, new, rng) == pytest.approx(4 * hits)

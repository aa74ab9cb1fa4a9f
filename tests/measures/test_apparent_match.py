"""Apparent matches: one record on either side, and the share of other fields that agree."""

from __future__ import annotations

from collections import Counter

import pytest

from guide_helpers import GuideError
from guide_helpers.measures.apparent_match import apparent_match


def score(original, synthetic, rng, **options):
    return apparent_match(original, synthetic, rng=rng, **({"draws": 2} | options))[0]


def test_a_case_computed_by_hand(of_columns, rng):
    original = of_columns(k=["a", "b", "c", "c"], x=["1", "1", "1", "1"], y=[5.0, 5.0, 5.0, 5.0])
    synthetic = of_columns(k=["a", "b", "c", "d"], x=["1", "1", "1", "1"], y=[5.0, 6.0, 5.0, 5.0])
    # a agrees in both other fields, b in one of two; c is no match, being twice in the original
    assert score(original, synthetic, rng, keys=["k"]).value == 25.0
    half = score(original, synthetic, rng, keys=["k"], share=0.5)
    assert half.value == 50.0
    assert half.details["matches"].to_dict()["0.5 to 0.6"] == 1
    assert half.details["matches"].to_dict()["all"] == 1
    assert half.details["matches"].sum() == 2


def test_a_copy_confirms_all_and_a_shuffled_rest_few(survey, rng):
    copy = score(survey, survey, rng)
    rows = survey.rows.copy()
    for name in ("employed", "income"):
        rows[name] = rng.permutation(rows[name].to_numpy())
    broken = score(survey, survey.with_rows(rows), rng)
    assert copy.value > 0
    assert broken.value < copy.value / 10
    assert copy.details["matches"].sum() == broken.details["matches"].sum()


def test_where_all_are_keys_each_match_counts(of_columns, rng):
    file = of_columns(k=["a", "b", "b"])
    assert score(file, file, rng, keys=["k"]).value == pytest.approx(100 / 3)


def test_missing_agrees_with_missing(of_columns, rng):
    original, synthetic = of_columns(k=["a"], x=[None]), of_columns(k=["a"], x=["1"])
    assert score(original, original, rng, keys=["k"]).value == 100.0
    assert score(original, synthetic, rng, keys=["k"]).value == 0.0


def test_random_tables_agree_with_a_search_by_hand(of_columns, rng):
    for _ in range(20):
        old, new = (
            of_columns(
                **{c: rng.choice(list("abcdefgh"[: 8 - 2 * i]), 25) for i, c in enumerate("klxy")}
            )
            for _ in range(2)
        )
        ours, theirs = ([tuple(r) for r in f.rows.to_numpy()] for f in (old, new))
        mine, others = (Counter(r[:2] for r in file) for file in (ours, theirs))
        hits = 0
        for record in ours:
            if mine[record[:2]] == others[record[:2]] == 1:
                match = next(r for r in theirs if r[:2] == record[:2])
                hits += sum(a == b for a, b in zip(record[2:], match[2:], strict=True)) >= 1
        found = score(old, new, rng, keys=["k", "l"], share=0.5)
        assert found.value == pytest.approx(100 * hits / 25)


def test_a_share_above_one_is_refused(survey, rng):
    with pytest.raises(GuideError, match="share=2"):
        score(survey, survey, rng, share=2)

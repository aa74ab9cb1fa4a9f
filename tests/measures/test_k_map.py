"""k-map: synthetic records that few people could be."""

from __future__ import annotations

from collections import Counter

import pytest

from guide_helpers import GuideError
from guide_helpers.measures.k_map import k_map


def score(original, synthetic, rng, **options):
    return k_map(original, synthetic, rng=rng, **({"draws": 2} | options))[0]


def test_a_case_computed_by_hand(of_columns, rng):
    original = of_columns(a=list("xxxyyz"))
    synthetic = of_columns(a=list("xyzzw"))
    # x could be three people, y two, z one, w nobody
    found = score(original, synthetic, rng, keys=["a"], k=3)
    assert found.value == 60.0
    assert found.details["records"].to_dict() == {"0": 1, "1": 2, "2": 1, "3 or more": 1}


def test_a_population_file_is_where_people_are_counted(of_columns, rng):
    original, synthetic = of_columns(a=list("xyz")), of_columns(a=list("xyz"))
    population = of_columns(a=list("xxxxxyyz"))
    found = score(original, synthetic, rng, keys=["a"], k=3, population=population)
    assert found.value == pytest.approx(200 / 3)
    with pytest.raises(GuideError, match="leave one of them out"):
        score(original, synthetic, rng, keys=["a"], population=population, control=original)


def test_a_copy_of_people_who_are_alone_is_the_worst_case(of_columns, rng):
    alone = of_columns(a=list("abcdef"))
    assert score(alone, alone, rng, keys=["a"]).value == 100.0
    assert score(alone, of_columns(a=list("uvw")), rng, keys=["a"]).value == 0.0


def test_random_tables_agree_with_counting(of_columns, rng):
    for _ in range(20):
        old, new = (of_columns(a=rng.choice(list("abcdefgh"), 20)) for _ in range(2))
        people = Counter(old.rows["a"])
        hits = sum(0 < people[a] < 4 for a in new.rows["a"])
        assert score(old, new, rng, keys=["a"], k=4).value == pytest.approx(5 * hits)


def test_k_of_one_is_refused(survey, rng):
    with pytest.raises(GuideError, match="k=1"):
        k_map(survey, survey, rng=rng, k=1)

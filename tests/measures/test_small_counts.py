"""Small counts over m copies: what the mean of the copies gives back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare
from guide_helpers.measures.small_counts import KEPT, TRUE, small_counts


def values(original, copies, rng, **options):
    found = small_counts(original, tuple(copies), rng=rng, **({"draws": 2} | options))
    return {s.variant: s.value for s in found}


def test_a_case_of_two_copies_computed_by_hand(of_columns, rng):
    original = of_columns(a=list("xyzzvv"))
    copies = of_columns(a=list("xxzwvv")), of_columns(a=list("yyzwww"))
    # means: x 1, y 1, z 1, v 1, w 2; ones in the original: x and y
    found = values(original, copies, rng, keys=["a"])
    assert found == {KEPT: 100.0, TRUE: 50.0}


def test_one_copy_is_read_cell_by_cell(of_columns, rng):
    original, copy = of_columns(a=list("xyzz")), of_columns(a=list("xzvv"))
    assert values(original, [copy], rng, keys=["a"]) == {KEPT: 50.0, TRUE: 50.0}


def test_a_copy_is_the_worst_case(survey, rng):
    assert values(survey, [survey] * 3, rng) == {KEPT: 100.0, TRUE: 100.0}


def test_copies_of_half_the_size_are_scaled(of_columns, rng):
    original = of_columns(a=list("xxyyzz"))
    half = of_columns(a=list("xyz"))
    found = values(original, [half], rng, keys=["a"], count=2)
    assert found == {KEPT: 100.0, TRUE: 100.0}


def test_no_cell_of_the_count_is_no_risk(of_columns, rng):
    file = of_columns(a=list("xxyy"))
    found = small_counts(file, (file,), rng=rng, keys=["a"], draws=2)
    assert {s.value for s in found} == {0.0}
    assert found[0].interval is None


def test_random_tables_agree_with_a_cross_tabulation(of_columns, rng):
    for _ in range(15):
        old, *copies = (of_columns(a=rng.choice(list("abcdefghijkl"), 24)) for _ in range(4))
        counts = [f.rows["a"].astype(str).value_counts() for f in (old, *copies)]
        table = pd.concat(counts, axis=1).fillna(0).to_numpy()
        near = np.abs(table[:, 1:].mean(axis=1) - 2) <= 0.4
        both = (near & (table[:, 0] == 2)).sum()
        by_hand = [100 * both / max(1, x) for x in ((table[:, 0] == 2).sum(), near.sum())]
        found = values(old, copies, rng, keys=["a"], count=2, within=0.4)
        assert list(found.values()) == pytest.approx(by_hand)


def test_more_bootstraps_of_the_original_show_more_and_of_strangers_no_more(people, correct, rng):
    asked = {"keys": ["group", "size"], "bins": {"size": list(np.arange(0, 60, 0.5))}}
    original, control, stranger = (people(1_500, rng) for _ in range(3))

    def over(source, m):
        copies = tuple(correct(source, rng) for _ in range(m))
        return small_counts(original, copies, rng=rng, control=control, **asked)[1]

    assert over(original, 20).value > over(original, 1).value + 10
    assert over(original, 20).standing == "worse"
    assert over(stranger, 20).value < over(original, 20).value / 2


def test_compare_gives_all_copies_at_once(survey):
    found = compare(survey, (survey, survey), measures="small_counts")
    assert "m = 2" in found[f"small_counts:{KEPT}"].note


def test_a_reach_that_takes_in_empty_cells_is_refused(survey, rng):
    with pytest.raises(GuideError, match="within=1"):
        small_counts(survey, (survey,), rng=rng, within=1)

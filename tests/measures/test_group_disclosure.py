"""Group disclosure: groups of equal keys that share a sensitive value."""

from __future__ import annotations

import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.measures.group_disclosure import group_disclosure


def values(original, synthetic, rng, **options):
    asked = {"draws": 2, "keys": ["a"], "sensitive": "t"} | options
    return {s.variant: s.value for s in group_disclosure(original, synthetic, rng=rng, **asked)}


def test_a_case_computed_by_hand(of_columns, rng):
    original = of_columns(a=list("xxyyz"), t=list("uuuvv"))
    synthetic = of_columns(a=list("xxyw"), t=list("uvvv"))
    # original: x and z alike, 3 of 5; synthetic: y and w, 2 of 4; x and y are in both
    found = values(original, synthetic, rng)
    assert found == {"t, Dorig": 60.0, "t, Dsyn": 50.0, "iSO": 80.0}


def test_a_copy_has_the_same_groups_and_all_keys(survey, rng):
    found = group_disclosure(survey, survey, rng=rng, sensitive="employed", draws=2)
    by = {s.variant: s.value for s in found}
    assert by["employed, Dorig"] == by["employed, Dsyn"]
    assert by["iSO"] == 100.0


def test_a_constant_value_is_the_worst_case(of_columns, rng):
    file = of_columns(a=list("xxyy"), t=list("uuuu"))
    assert set(values(file, file, rng).values()) == {100.0}


def test_random_tables_agree_with_groups(of_columns, rng):
    for _ in range(20):
        old, new = (
            of_columns(a=rng.choice(list("stuvwxyz"), 20), t=rng.choice(list("pqr"), 20))
            for _ in range(2)
        )
        by_hand = []
        for file in (old, new):
            groups = file.rows.groupby("a", observed=True)["t"]
            by_hand.append(100 * (groups.transform(lambda t: t.nunique()).astype(int) == 1).mean())
        by_hand.append(100 * old.rows["a"].isin(set(new.rows["a"])).mean())
        assert list(values(old, new, rng).values()) == pytest.approx(by_hand)


def test_each_sensitive_variable_has_scores_of_its_own_and_missing_is_a_value(of_columns, rng):
    file = of_columns(a=list("xxyy"), t=["u", None, "v", "v"], w=[1.0, 1.0, 2.0, 30.0])
    found = values(file, file, rng, sensitive=["t", "w"])
    assert found == {
        "t, Dorig": 50.0, "t, Dsyn": 50.0, "w, Dorig": 50.0, "w, Dsyn": 50.0, "iSO": 100.0
    }  # fmt: skip
    classed = values(file, file, rng, sensitive="w", sensitive_bins={"w": [50]})
    assert classed["w, Dorig"] == 100.0


def test_what_was_in_the_original_needs_no_interval(survey, rng):
    found = group_disclosure(survey, survey, rng=rng, sensitive="employed")
    assert [s.interval is None for s in found] == [True, False, False]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sensitive": "a"}, "among the keys"),
        ({"sensitive": None}, "no sensitive variable"),
        ({"sensitive": "nothing"}, "no column 'nothing'"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(of_columns, rng, options, words):
    file = of_columns(a=list("xy"), t=list("uv"))
    with pytest.raises(GuideError, match=words):
        values(file, file, rng, **options)


def test_other_files_do_not_change_their_codes(of_columns, rng):
    original = of_columns(a=list("xyz"), t=list("uvw"))
    rare = of_columns(a=["y", "z", "other"], t=["v", "w", "new"])
    assert values(original, rare, rng)["iSO"] == pytest.approx(200 / 3)
    assert isinstance(original.rows, pd.DataFrame)

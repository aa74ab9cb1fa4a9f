"""DiSCO: shown by the synthetic file alone, and true; with what everybody expects left out."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers import GuideError
from guide_helpers.measures.disco import disco
from guide_helpers.measures.group_disclosure import group_disclosure


def score(original, synthetic, rng, **options):
    asked = {"draws": 2, "keys": ["a"], "sensitive": "t"} | options
    return disco(original, synthetic, rng=rng, **asked)[0]


def by_hand(old, new, keys, target="t"):
    """Count original records whose synthetic matches all have their value."""
    hits = 0
    for _, record in old.rows.iterrows():
        same = (new.rows[keys].astype(str) == record[keys].astype(str)).all(axis=1)
        shown = set(new.rows.loc[same, target].astype(str))
        hits += shown == {str(record[target])}
    return 100 * hits / len(old)


def test_a_case_computed_by_hand(of_columns, rng):
    original = of_columns(a=list("xxyyz"), t=list("uvuvw"))
    synthetic = of_columns(a=list("xxyyw"), t=list("uuuvw"))
    # x shows u only, true of one of two; y shows both; z has no match
    found = score(original, synthetic, rng)
    assert found.value == 20.0
    assert "Dorig 20 %" in found.note


def test_a_copy_gives_away_what_the_keys_do(survey, rng):
    asked = {"sensitive": "employed", "draws": 2}
    same = disco(survey, survey, rng=rng, **asked)[0].value
    assert same == group_disclosure(survey, survey, rng=rng, **asked)[0].value > 0


def test_a_constant_value_is_the_worst_case_and_false_values_are_none(of_columns, rng):
    file = of_columns(a=list("xyz"), t=list("uuu"))
    wrong = of_columns(a=list("xyz"), t=list("vvv"))
    assert score(file, file, rng).value == 100.0
    assert score(file, wrong, rng).value == 0.0


def test_random_tables_agree_with_a_search_by_hand(of_columns, rng):
    for _ in range(20):
        old, new = (
            of_columns(
                a=rng.choice(list("uvwxyz"), 25),
                b=rng.choice(list("pq"), 25),
                t=rng.choice(["1", "2", "3", None], 25),
            )
            for _ in range(2)
        )
        found = score(old, new, rng, keys=["a", "b"])
        assert found.value == pytest.approx(by_hand(old, new, ["a", "b"]))


def test_a_level_that_nearly_all_have_can_be_left_out(of_columns, rng):
    file = of_columns(a=[*"abcdefghi", "j"], t=["none"] * 9 + ["some"])
    assert score(file, file, rng).value == 100.0
    found = score(file, file, rng, check_1way=0.9)
    assert found.value == 10.0
    assert found.details["records"].tolist() == [1, 9, 0]
    assert "90 % left out" in found.note


def test_a_pair_that_everybody_expects_can_be_left_out(of_columns, rng):
    age, married = ["child"] * 20 + ["adult"] * 20, ["no"] * 20 + ["no", "yes"] * 10
    file = of_columns(age=age, house=[f"h{i}" for i in range(40)], t=married)
    asked = {"keys": ["age", "house"]}
    assert score(file, file, rng, **asked).value == 100.0
    found = score(file, file, rng, check_2way=0.95, **asked)
    assert found.value == 50.0
    assert found.details["records"].tolist() == [20, 0, 20]
    assert score(file, file, rng, check_2way=0.95, least=21, **asked).value == 100.0


def test_a_check_that_would_leave_out_the_few_is_refused(survey, rng):
    with pytest.raises(GuideError, match=r"0\.3 is not between"):
        disco(survey, survey, rng=rng, check_1way=0.3)


def test_numeric_values_are_exact_unless_classed(of_columns, rng):
    original = of_columns(a=list("xy"), t=[100.0, 200.0])
    synthetic = of_columns(a=list("xy"), t=[101.0, 900.0])
    assert score(original, synthetic, rng).value == 0.0
    assert score(original, synthetic, rng, sensitive_bins={"t": [150, 500]}).value == 50.0


def test_the_band_without_a_control_is_where_fresh_samples_fall(people, rng):
    asked = {"keys": ["group", "score"], "sensitive": "trait", "bins": {"score": np.arange(0, 30)}}
    fresh, bands = [], []
    for _ in range(12):
        original = people(800, rng)
        found = disco(original, people(800, rng), rng=rng, **asked, draws=4)[0]
        fresh.append(found.value)
        bands.append(found.band().mean)
    assert np.mean(bands) == pytest.approx(np.mean(fresh), rel=0.06)

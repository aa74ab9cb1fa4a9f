"""Reproduction of a table: by hand, copies, empty cells, means, and its values under nulls."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.intervals import wilson
from guide_helpers.measures._groups import chosen, crossed, groups
from guide_helpers.measures.table_reproduction import table_reproduction
from guide_helpers.schema import Dataset, Kind, Schema, Variable


def by_variant(original, synthetic, rng, **options):
    found = table_reproduction(original, synthetic, rng=rng, **({"draws": 2} | options))
    return {s.variant: s for s in found}


def test_cells_within_error_counted_by_hand(of_columns, rng):
    original = of_columns(x=["a"] * 50 + ["b"] * 30 + ["c"] * 20)
    synthetic = original.with_rows(pd.DataFrame({"x": ["a"] * 52 + ["b"] * 10 + ["c"] * 38}))
    found = by_variant(original, synthetic, rng, table="x")
    # 0.52 lies in 0.40 to 0.60; 0.10 not in 0.22 to 0.40; 0.38 not in 0.13 to 0.29
    assert found["within error"].value == pytest.approx(1 / 3)
    # a > b, a > c stay; b > c turned round
    assert found["same order"].value == pytest.approx(2 / 3)
    details = found["within error"].details.set_index("cell")
    assert details.loc["b", "low"] == pytest.approx(wilson(30, 100).low)
    assert details.loc["b", "high"] == pytest.approx(wilson(30, 100).high)


def test_a_copy_has_every_cell_and_every_order(survey, rng):
    found = by_variant(survey, survey, rng)
    assert found["within error"].value == found["same order"].value == 1
    assert "by age × sex" in found["within error"].note


def test_a_band_of_equal_draws_still_lets_one_pair_change(of_columns, rng):
    original = of_columns(x=["a"] * 5_000 + ["b"] * 3_000 + ["c"] * 2_000)
    found = by_variant(original, original, rng, table="x", draws=4)
    assert found["same order"].band().low == pytest.approx(2 / 3)


def test_means_by_hand(of_columns, rng):
    original = of_columns(g=["a"] * 4 + ["b"] * 4, y=[1.0, 2.0, 3.0, 4.0, 11.0, 12.0, 13.0, 14.0])
    other = original.with_rows(original.rows.assign(y=original.rows["y"] + np.repeat([0.5, 9], 4)))
    found = by_variant(original, other, rng, table="g", mean_of="y")
    # standard error 0.645: 0.5 is within 1.27, 9 is not
    assert found["within error"].value == 0.5
    assert found["same order"].value == 1


def test_a_cell_that_the_synthetic_file_lacks_agrees_in_nothing(of_columns, rng):
    original = of_columns(g=list("aaabbbccc"), y=np.arange(9.0))
    without = original.with_rows(original.rows[original.rows["g"] != "c"])
    found = by_variant(original, without, rng, table="g", mean_of="y")
    assert found["within error"].value == pytest.approx(2 / 3)
    assert found["same order"].value == pytest.approx(1 / 3)


def test_a_cell_that_only_the_synthetic_file_has_may_be_an_accident(of_columns, rng):
    original = of_columns(x=["a"] * 99 + ["b"])
    one_of_each = original.with_rows(pd.DataFrame({"x": ["a"] * 98 + ["b"] * 2}))
    assert by_variant(original, one_of_each, rng, table="x")["within error"].value == 1


def test_small_cells_are_not_shown(people, rng):
    original = people(300, rng)
    scores = by_variant(original, original, rng, table=["group", "trait", "score"])
    assert scores["within error"].details["records"].min() >= 10
    assert "with fewer than 10 original records" in scores["within error"].note


def test_special_and_missing_values_are_classes_of_a_table(rng):
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(100), "D")
    rows = pd.DataFrame({"x": np.r_[np.arange(97.0), -9, -9, np.nan], "day": day})
    schema = Schema(
        (
            Variable("x", Kind.NUMBER, special={-9.0: "not asked"}),
            Variable("day", Kind.DATETIME),
        )
    )
    data = Dataset.of(rows, schema)
    made = groups(data.schema["x"], data, data)
    assert made.names == (
        "to 24",
        "above 24, to 48",
        "above 48, to 72",
        "above 72",
        "not asked",
        "missing",
    )
    assert made.sizes.tolist() == [25, 24, 24, 24, 2, 1]
    dated = groups(data.schema["day"], data, data)
    assert dated.names[0] == "to 2024-01-25"
    both = crossed([made, dated])
    assert both.sizes.sum() == 100
    assert "to 24 × to 2024-01-25" in both.names


def test_keys_make_the_groups_unless_others_are_asked_for(survey, people, rng):
    assert [v.name for v in chosen(survey, None, "groups")] == ["age", "sex", "education"]
    assert [v.name for v in chosen(people(20, rng), None, "groups")] == ["group"]
    assert [v.name for v in chosen(survey, "sex", "groups")] == ["sex"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"table": "colour"}, "no column 'colour'"),
        ({"table": ["group", "group"]}, "one of them twice"),
        ({"table": "group", "mean_of": "trait"}, "is not numeric"),
        ({"table": "score", "mean_of": "score"}, "also makes the cells"),
    ],
)
def test_a_table_that_cannot_be_made_gets_one_sentence(options, words, people, rng):
    original = people(50, rng)
    with pytest.raises(GuideError, match=words):
        table_reproduction(original, original, rng=rng, **options)


@pytest.mark.validation
@pytest.mark.parametrize("mean_of", [None, "score"])
def test_cells_within_error_over_200_draws(mean_of, people, correct, within_errors):
    rng = np.random.default_rng(28)
    original, options = people(2_000, rng), {"table": ["group", "trait"], "mean_of": mean_of}
    made = [
        by_variant(original, correct(original, rng), rng, **options)["within error"].value
        for _ in range(200)
    ]
    fresh = [
        by_variant(people(2_000, rng), people(2_000, rng), rng, **options)["within error"].value
        for _ in range(200)
    ]
    assert np.mean(made) == pytest.approx(0.95, abs=0.015)
    assert np.mean(fresh) == pytest.approx(0.834, abs=0.03)
    within_errors(made, 0.95, errors=6)

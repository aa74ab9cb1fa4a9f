"""Facts about disclosure control on top of a synthesis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate, protect
from guide_helpers.results import Synthetic
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable

SCHEMA = Schema(
    (
        Variable("age", Kind.INTEGER, Role.KEY),
        Variable("town", Kind.CATEGORICAL, Role.KEY, levels=("a", "b", "c")),
        Variable("income", Kind.NUMBER, Role.SENSITIVE, special={-9.0: "not asked"}),
    )
)


def table(age, town, income) -> Dataset:
    return Dataset.of(pd.DataFrame({"age": age, "town": town, "income": income}), SCHEMA)


def made(data: Dataset) -> Synthetic:
    return Synthetic((data,), "cart", {}, None, {"method": "cart"})


@pytest.fixture
def original() -> Dataset:
    return table([20, 30, 30, 40, 50], list("abbca"), [1.0, 2, 3, 4, 500])


@pytest.fixture
def synthetic() -> Synthetic:
    # 20 a is a replicated unique, 30 b is there twice in the original, 40 b is nobody's
    return made(table([20, 30, 40, 50, 50], list("abbaa"), [7.0, -9, np.nan, 900, 0]))


def test_quantities_beyond_a_limit_are_set_to_it_and_codes_and_gaps_stay(synthetic):
    rows = protect(synthetic, top={"income": 100}, bottom={"income": 5, "age": 25}).rows
    assert rows["income"].to_numpy() == pytest.approx([7, -9, np.nan, 100, 5], nan_ok=True)
    assert list(rows["age"]) == [25, 30, 40, 50, 50]


def test_replicated_uniques_are_alone_in_both_files(synthetic, original):
    kept = protect(synthetic, original=original, uniques="replicated")
    assert list(zip(kept.rows["age"], kept.rows["town"], strict=True)) == [
        (30, "b"), (40, "b"), (50, "a"), (50, "a"),
    ]  # fmt: skip
    done = kept.provenance["disclosure control"]
    assert done == {"uniques removed (replicated, on age, town)": [1]}


def test_present_uniques_belong_to_any_record_of_the_original(synthetic, original):
    kept = protect(synthetic, original=original, uniques="present")
    assert list(kept.rows["age"]) == [40, 50, 50]


def test_a_limit_is_applied_to_both_files_before_uniques_are_sought(synthetic, original):
    # with ages cut at 30, 30 b is unique in neither file and 30 a is in both
    kept = protect(synthetic, original=original, uniques="replicated", top={"age": 30})
    assert len(kept.rows) == 4


def test_keys_can_be_chosen(synthetic, original):
    kept = protect(synthetic, original=original, uniques="replicated", keys=["age"])
    assert list(kept.rows["age"]) == [30, 50, 50]


def test_a_label_is_a_column_more(synthetic):
    rows = protect(synthetic, label="synthetic data").rows
    assert list(rows["label"].unique()) == ["synthetic data"]


def test_no_replicated_unique_is_left_of_a_real_file(original):
    from guide_helpers import hold_out, load

    half, _ = hold_out(load("satgpa"), seed=1)
    copy = generate(half, "cart", seed=1)
    keys = ["sat_v", "sat_m", "sex"]
    once = protect(copy, original=half, uniques="replicated", keys=keys)
    twice = protect(once, original=half, uniques="replicated", keys=keys)
    assert len(once.rows) < len(copy.rows)
    assert len(twice.rows) == len(once.rows)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"uniques": "replicated"}, "give original="),
        ({"uniques": "all"}, "no uniques 'all'; known: replicated, present"),
        ({"top": {"town": 3}}, "top names 'town', which is no quantity"),
        ({"top": {"nope": 3}}, "no column 'nope'"),
        ({"top": {"age": 30.5}}, "is not whole"),
        ({"bottom": {"income": float("nan")}}, "is not a finite number"),
        ({"top": 3}, "top takes limits by column"),
    ],
)
def test_options_without_sense_are_refused(synthetic, options, sentence):
    with pytest.raises(GuideError, match=sentence):
        protect(synthetic, **options)


def test_a_privacy_claim_forbids_another_look_at_the_original(synthetic, original):
    claimed = replace(synthetic, privacy=object())
    with pytest.raises(GuideError, match="has not paid"):
        protect(claimed, original=original, uniques="present")

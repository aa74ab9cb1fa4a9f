"""Broken rules: rules, structural zeros and the code book, beside the original's own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.measures.rule_violations import rule_violations
from guide_helpers.schema import (
    Dataset,
    Kind,
    Provenance,
    Rule,
    Schema,
    StructuralZero,
    Variable,
)

SCHEMA = Schema(
    (
        Variable("age", Kind.INTEGER),
        Variable("marital", Kind.CATEGORICAL, levels=("never", "married")),
        Variable("child", Kind.CATEGORICAL, levels=("no", "yes")),
    ),
    (Rule("adult", "age >= 16 or marital == 'never'", "no married children"),),
    (StructuralZero("young parent", "age < 10 and child == 'yes'"),),
)


def people(ages, marital, child):
    return Dataset.of(pd.DataFrame({"age": ages, "marital": marital, "child": child}), SCHEMA)


GOOD = people([5, 30, 40, 50], ["never", "married", "never", "married"], ["no", "yes", "no", "no"])


def test_a_record_that_breaks_two_rules_counts_once(rng):
    synthetic = people(
        [5, 8, 9, 50], ["married", "married", "never", "never"], ["yes", *3 * ["no"]]
    )
    score = rule_violations(GOOD, synthetic, rng=rng, draws=3)
    assert score.value == 0.5
    assert score.details["rule"].tolist() == ["adult", "young parent"]
    assert score.details["value"].tolist() == [0.5, 0.25]
    assert score.details["text"].iloc[0] == "no married children"
    assert score.note == "2 of 2 rules are broken, most often: adult."
    assert score.standing == "worse"


def test_none_seen_is_not_none_possible(rng):
    score = rule_violations(GOOD, GOOD, rng=rng, draws=3)
    assert (score.value, score.interval.low) == (0, 0)
    assert score.interval.high == pytest.approx(3.8415 / (4 + 3.8415), rel=1e-3)
    assert score.standing == "within"


def test_the_originals_own_errors_are_the_null(rng):
    ages = np.where(rng.random(2_000) < 0.1, 5, 30)
    original = people(ages, ["married"] * 2_000, ["no"] * 2_000)
    score = rule_violations(original, original, rng=rng)
    assert score.value == pytest.approx(np.mean(ages == 5))
    assert score.band().mean == pytest.approx(score.value, rel=0.1)
    assert score.standing == "within"
    assert rule_violations(original, GOOD, rng=rng).value == 0


def test_a_missing_value_breaks_nothing(rng):
    synthetic = people([5, 30], [None, "married"], ["no", "no"])
    assert rule_violations(GOOD, synthetic, rng=rng, draws=3).value == 0


def test_public_bounds_are_a_rule_and_special_codes_keep_it(rng):
    wage = Variable(
        "wage",
        Kind.NUMBER,
        bounds=(0, 100),
        bounds_from=Provenance.PUBLIC,
        special={-9.0: "not asked"},
    )
    original = Dataset.of(pd.DataFrame({"wage": [1.0, 2.0, -9.0]}), Schema((wage,)))
    synthetic = original.with_rows(pd.DataFrame({"wage": [-9.0, np.nan, 101.0, -1.0]}))
    score = rule_violations(original, synthetic, rng=rng, draws=3)
    assert score.value == 0.5
    assert score.details["rule"].tolist() == ["code book"]


def test_a_schema_that_says_nothing_is_refused(of_columns, rng):
    data = of_columns(x=[1.0, 2.0])
    with pytest.raises(GuideError, match="no rules, no structural zeros and no public bounds"):
        rule_violations(data, data, rng=rng)

"""A finding follows from a result, a limit and an interval, by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest

from guide_helpers.cards import DataKind, Null
from guide_helpers.findings import Evidence, State, findings, limit_words
from guide_helpers.policy import Level, Quantity, Requirement, load_policy
from guide_helpers.results import Expense, NullBand, PrivacyLoss, Risk, Score, Synthetic

CASE = load_policy()["education"]
TABLES = Requirement("t", "Tables", Level.MUST, "measure", "marginal_distance", at_most=2.0)
LINKAGE = Requirement(
    "l", "Linkage", Level.MUST, "attack", "unique_match", Quantity.EXCESS, at_most=0.05
)


def found(requirement, **evidence):
    (one,) = findings(replace(CASE, requirements=(requirement,)), Evidence(**evidence))
    return one


def score(value, *, mean=1.0, high=1.5, variant="2-way", measure="marginal_distance"):
    band = NullBand(Null.CORRECT_MODEL, mean, 0.5, high, 16)
    fresh = NullBand(Null.FRESH_SAMPLE, 2 * mean, 0.5, 2 * high, 16)
    return Score(measure, value, None, (band, fresh), variant)


def risk(hits, control_hits, n=1_000):
    return Risk("unique_match", n, hits, n, 0.0, n, control_hits, n)


def test_the_worst_of_several_scores_decides():
    both = (score(1.0, variant="1-way"), score(3.0, variant="2-way"))
    assert found(TABLES, scores=both).state is State.MISSED
    assert found(replace(TABLES, variant="1-way"), scores=both).state is State.MET
    least = replace(TABLES, at_most=None, at_least=2.0)
    assert found(least, scores=both).value.startswith("1 ")


def test_a_ratio_is_taken_to_the_mean_of_the_null_that_is_named():
    ratio = replace(TABLES, quantity=Quantity.RATIO)
    assert found(ratio, scores=(score(3.0),)).state is State.MISSED
    fresh = replace(ratio, null=Null.FRESH_SAMPLE)
    assert found(fresh, scores=(score(3.0),)).value == "1.5 times"
    assert found(ratio, scores=(score(0.0, mean=0.0),)).state is State.MET
    assert found(ratio, scores=(score(0.1, mean=0.0),)).state is State.MISSED


def test_a_band_that_cannot_be_drawn_measures_nothing():
    ratio = replace(TABLES, quantity=Quantity.RATIO, null=Null.SUBSAMPLE)
    one = found(ratio, scores=(score(3.0),))
    assert one.state is State.NOT_MEASURED
    assert "no band of the subsample null" in one.sentence


def test_beyond_the_band_counts_on_the_bad_side_only():
    above = replace(TABLES, quantity=Quantity.ABOVE_BAND, at_most=0.0)
    assert found(above, scores=(score(1.4),)).state is State.MET
    assert found(above, scores=(score(1.6),)).state is State.MISSED
    higher = replace(above, name="ci_overlap")
    one = score(0.4, measure="ci_overlap")
    assert found(higher, scores=(one,)).state is State.MISSED
    assert found(higher, scores=(replace(one, value=9.0),)).state is State.MET


@pytest.mark.parametrize(("crossing", "state"), [("", "met"), ("undecided", "undecided"),
                                                 ("met", "met"), ("missed", "missed")])  # fmt: skip
def test_a_limit_inside_the_interval_counts_as_the_policy_says(crossing, state):
    asked = replace(LINKAGE, crossing=crossing)
    assert found(asked, risks=(risk(140, 100),)).state.value == state
    assert found(asked, risks=(risk(100, 100),)).state is State.MET
    assert found(asked, risks=(risk(400, 100),)).state is State.MISSED


def test_either_end_of_the_interval_can_be_held_against_the_limit():
    one = (risk(140, 100),)
    assert found(replace(LINKAGE, quantity=Quantity.LOWER_END), risks=one).state is State.MET
    assert found(replace(LINKAGE, quantity=Quantity.UPPER_END), risks=one).state is State.MISSED


def test_no_control_group_and_one_that_is_always_right_measure_nothing():
    alone = Risk("unique_match", 100, 50, 100, 0.0)
    assert found(LINKAGE, risks=(alone,)).state is State.NOT_MEASURED
    always = (risk(1_000, 1_000),)
    assert found(LINKAGE, risks=always).state is State.NOT_MEASURED
    assert found(replace(LINKAGE, crossing="met"), risks=always).state is State.MET


def test_an_attack_that_finds_nothing_to_try_is_met():
    assert found(LINKAGE, risks=(risk(0, 0, 0),)).value == "nothing to try"


def test_a_requirement_of_another_shape_of_data_does_not_apply(survey):
    linked = replace(TABLES, for_data=(DataKind.LINKED,))
    assert found(linked, data=survey, scores=(score(9.0),)).state is State.NOT_APPLICABLE
    assert found(replace(TABLES, level=Level.NOT_APPLICABLE)).state is State.NOT_APPLICABLE
    panel = replace(TABLES, name="transitions")
    assert found(panel, data=survey).state is State.NOT_APPLICABLE


def synthetic(survey, privacy=None):
    return Synthetic((survey,), "independent", {}, privacy, {})


def test_epsilon_is_asked_where_it_is_claimed_or_needed(survey):
    asked = Requirement("e", "Epsilon", Level.MUST, "check", "epsilon", at_most=1.0)
    assert found(asked, synthetic=synthetic(survey)).state is State.NOT_APPLICABLE
    needed = replace(asked, options={"needed": True})
    assert found(needed, synthetic=synthetic(survey)).state is State.MISSED
    ledger = (Expense("all", 2.0),)
    loss = PrivacyLoss(2.0, 0.0, "add-or-remove-one", "a person", "one row", True, "pure", ledger)
    assert found(asked, synthetic=synthetic(survey, loss)).state is State.MISSED
    loss = replace(loss, epsilon=0.5)
    assert found(asked, synthetic=synthetic(survey, loss)).value == "epsilon 0.5"


def test_recipe_copies_and_public_domains_are_checked_without_a_measure(survey):
    recipe = Requirement("r", "Recipe", Level.MUST, "check", "recipe")
    assert found(recipe).state is State.MISSED
    assert found(recipe, synthetic=synthetic(survey)).state is State.MET
    copies = Requirement("c", "Copies", Level.MUST, "check", "copies", at_least=5)
    assert found(copies, copies=1).state is State.MISSED
    assert found(copies, copies=5).state is State.MET
    public = Requirement("p", "Public", Level.MUST, "check", "public domains", at_least=1)
    assert found(public, data=survey).state is State.MET
    assert found(public).state is State.NOT_MEASURED


def test_the_limit_of_an_attack_is_said_in_per_cent():
    assert limit_words(LINKAGE) == "an excess of at most 5 %"
    assert limit_words(replace(TABLES, quantity=Quantity.RATIO, null=Null.FRESH_SAMPLE)) == (
        "at most 2 times the mean of the fresh-sample null"
    )


def details(**columns):
    """Return a score whose details hold these columns, with a name for each line."""
    names = ["education[low]", "education[high]", "weeks"]
    table = pd.DataFrame({"coefficient": names, **columns})
    return replace(score(0.5, measure="coefficient_difference"), details=table)


COEFFICIENT = Requirement(
    "c", "Farthest", Level.MUST, "measure", "coefficient_difference", at_most=5.0, detail="z"
)


def test_one_lost_coefficient_decides_where_the_worst_line_is_asked_for():
    lost = (details(z=[0.2, -6.0, 1.0]),)
    assert found(replace(COEFFICIENT, detail=""), scores=lost).state is State.MET
    one = found(COEFFICIENT, scores=lost)
    assert one.state is State.MISSED
    assert "6 (z), for 'education[high]'" in one.sentence
    assert found(replace(COEFFICIENT, line="weeks"), scores=lost).state is State.MET
    assert limit_words(replace(COEFFICIENT, line="weeks")) == "at most 5 (z) for weeks"


def test_a_line_that_cannot_be_computed_is_the_worst_and_no_line_measures_nothing():
    gone = (details(z=[0.2, math.nan, 1.0]),)
    assert found(COEFFICIENT, scores=gone).state is State.MISSED
    assert "not computable" in found(COEFFICIENT, scores=gone).sentence
    none = found(replace(COEFFICIENT, line="region"), scores=gone)
    assert none.state is State.NOT_MEASURED
    assert "no line of z that begins with region came out" in none.sentence


def test_a_measure_without_a_score_of_the_kind_asked_for_says_why():
    other = found(replace(TABLES, variant="3-way"), scores=(score(1.0, variant="1-way"),))
    assert other.state is State.NOT_MEASURED
    assert "the data set says nothing that could be held against it (3-way)" in other.sentence

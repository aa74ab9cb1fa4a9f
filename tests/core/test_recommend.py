"""Advice ranks methods with reasons, names the checks, and says when another answer is better."""

from __future__ import annotations

import pytest

from guide_helpers import GuideError, UseCase, load, recommend
from guide_helpers.catalogue import find
from guide_helpers.policy import Level, load_policy


@pytest.fixture(scope="module")
def panel():
    return load("nlswork")


def private(slug):
    return find("methods", slug).card.capabilities.formal_privacy


def test_methods_that_give_no_guarantee_come_after_those_that_do(survey):
    advice = recommend("public-release", survey, formal_privacy=True)
    runs = [s for s in advice.methods.index if find("methods", s).runs]
    guarantees = [private(s) for s in runs]
    assert guarantees == sorted(guarantees, reverse=True)
    assert advice.loc["cart", "against"].startswith("Gives no formal guarantee.")


def test_what_takes_longer_than_there_is_time_for_comes_later(survey):
    advice = recommend("public-release", survey, seconds=1e-6, memory_mb=1)
    assert "s; 0 s are at hand" in advice.loc["cart", "against"]
    assert "1 MB are at hand" in advice.loc["cart", "against"]


def test_cost_is_measured_and_scaled_or_said_to_be_unknown(survey):
    advice = recommend("public-release", survey)
    assert "with 5,000 units, in proportion" in advice.loc["cart", "CPU seconds"]
    assert advice.loc["diffusion", "CPU seconds"] == "not measured"
    assert "CPU seconds" not in recommend("public-release").methods


@pytest.mark.parametrize("use_case", UseCase)
def test_the_checks_are_those_of_the_policy_that_speak_of_the_data(use_case, survey):
    case = load_policy()[use_case]
    every = {r.id for r in case.requirements if r.level is not Level.NOT_APPLICABLE}
    assert set(recommend(use_case).required.index) == every
    assert set(recommend(use_case, survey).required.index) == every - {"links"}


def test_reasons_against_are_those_of_the_card():
    weak = find("methods", "cart").card.weaknesses[0].split("{")[0][:40]
    assert weak in recommend("education").loc["cart", "against"]


def test_another_answer_is_named_first_where_no_method_can(panel):
    first = recommend("public-release", panel, formal_privacy=True).not_the_answer[0]
    assert first.startswith("No method of the package suits")
    assert recommend("education").not_the_answer == load_policy()["education"].not_the_answer


def test_a_file_of_few_units_is_said_to_be_too_small(survey):
    few = recommend("education", survey.take_units(range(20))).not_the_answer
    assert any(s.startswith("The file has 20 units") for s in few)


def test_the_plan_says_methods_checks_and_alternatives_in_words(survey):
    plan = recommend("testing-analysis", survey).plan()
    assert "Plan for: Testing analysis" in plan
    assert "1. Sequential regressions" in plan or "1. " in plan
    assert "Against it:" in plan
    assert "Checks that must be passed" in plan
    assert "needs formula=..." in plan
    assert "Synthetic data is not the answer where" in plan
    assert "unfit" not in plan.split("Checks that must")[0]


def test_the_plan_says_what_stands_in_the_way(panel):
    plan = recommend("public-release", panel, formal_privacy=True).plan()
    assert "In the way: " in plan


def test_the_advice_can_be_used_like_its_table():
    advice = recommend("education")
    assert len(advice) == len(advice.methods)
    assert advice[["verdict"]].equals(advice.methods[["verdict"]])
    assert "Synthetic data is not the answer" in advice._repr_html_()
    with pytest.raises(AttributeError):
        _ = advice.no_such_thing


def test_an_unknown_use_case_is_refused():
    with pytest.raises(GuideError, match="no use case 'fun'; known: public-release"):
        recommend("fun")


def test_methods_made_for_another_source_come_after_those_for_the_shape_of_the_data(survey):
    for_survey = recommend("education", survey)
    strangers = ("baskets", "block_bootstrap", "panel_trees", "household_synthesis")
    place = {slug: list(for_survey.index).index(slug) for slug in ("parametric", *strangers)}
    assert all(place["parametric"] < place[slug] for slug in strangers)
    said = for_survey["against"]["baskets"]
    assert said.startswith("Made for transactions of customers; take it where yours are.")
    assert recommend("testing-analysis", load("nlswork")).index[0] == "panel_trees"
    assert "household_synthesis" in recommend("education", load("acs")).index[:3]

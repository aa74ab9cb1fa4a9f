"""The use-case chooser: answers become a plan, and what rules a method out is said."""

from __future__ import annotations

import html
import re

import pytest

from guide_helpers import load
from guide_helpers.cards import UseCase
from guide_helpers.catalogue import entries
from guide_helpers.policy import Level, load_policy
from guide_helpers.schema import LinkedTables
from guide_helpers.widgets import use_case_chooser
from guide_helpers.widgets.use_case_chooser import HOLDERS, PURPOSES, SHAPES

HOLDER = {case: words for words, case in HOLDERS.items()}
PURPOSE = {case: words for words, case in PURPOSES.items()}


@pytest.fixture(scope="module")
def chooser():
    return use_case_chooser()


@pytest.fixture(scope="module")
def plan(chooser):
    """Return the text of the plan for some answers."""

    def text(holder, purpose, *, formal=False, like="one table", n=50_000):
        view = chooser.figure(HOLDER[holder], PURPOSE[purpose], formal, like, n)
        return re.sub("<[^>]+>", " ", "\n".join(view.parts))

    return text


def part(text, lead):
    """Return the line of a plan that begins with some words."""
    return next(line for line in text.splitlines() if lead in line)


def test_holders_and_purposes_are_the_four_use_cases():
    assert set(HOLDERS.values()) == set(PURPOSES.values()) == set(UseCase)


def test_a_method_has_to_suit_the_holder_and_the_purpose(plan):
    alone = plan(UseCase.TESTING_TECHNOLOGY, UseCase.TESTING_TECHNOLOGY)
    public = plan(UseCase.PUBLIC_RELEASE, UseCase.TESTING_TECHNOLOGY)
    assert "( independent )" not in part(public, "Methods that suit")
    assert "Independent resampling" in part(public, "Unfit for the use")
    assert "Independent resampling" not in part(alone, "Unfit for the use")
    assert "Two use cases meet" in public
    assert "Two use cases meet" not in alone


def test_the_holder_sets_what_it_may_give_away_and_the_purpose_what_it_must_get_right(plan):
    web = plan(UseCase.PUBLIC_RELEASE, UseCase.TESTING_TECHNOLOGY)
    house = plan(UseCase.TESTING_TECHNOLOGY, UseCase.PUBLIC_RELEASE)
    for text in (web, house):
        assert ("attribute_inference" in text) is (text is web)
        assert ("propensity_mse" in text) is (text is house)


def test_the_checks_are_those_of_the_policy_with_limit_and_reason(plan):
    case = UseCase.PUBLIC_RELEASE
    text = plan(case, case)
    for requirement in load_policy()[case].of_level(Level.MUST):
        if requirement.id not in {"epsilon", "links"}:
            assert f"{requirement.title}:" in text
            assert requirement.why in html.unescape(text)
    assert "at most 1 % (must;  unique_match ;" in text


def test_a_formal_guarantee_leaves_only_methods_that_claim_one(plan):
    text = plan(UseCase.PUBLIC_RELEASE, UseCase.PUBLIC_RELEASE, formal=True)
    told = part(text, "Methods that suit")
    for slug, entry in entries("methods").items():
        if f"( {slug} )" in told:
            assert entry.card.capabilities.formal_privacy
    assert "( mst )" in told
    assert "Formal privacy loss" in text
    assert "Formal privacy loss" not in plan(UseCase.PUBLIC_RELEASE, UseCase.PUBLIC_RELEASE)


def test_where_no_method_is_left_the_plan_says_what_to_do_instead(plan):
    case = UseCase.TESTING_ANALYSIS
    text = plan(case, case, formal=True, like="linked tables")
    assert "Is synthetic data the answer?" in text
    assert load_policy()[case].not_the_answer[0] in html.unescape(text)
    assert "Sequential trees" in part(text, "Cannot take the data")


def test_measures_are_those_that_take_data_of_the_shape(plan):
    case = UseCase.PUBLIC_RELEASE
    assert "referential_integrity" in plan(case, case, like="linked tables")
    assert "referential_integrity" not in plan(case, case)


def test_few_people_let_attacks_show_little(plan):
    case = UseCase.PUBLIC_RELEASE
    assert "between 43.8 and 56.2 %" in plan(case, case, n=500)
    assert "between 49.4 and 50.6 %" in plan(case, case, n=50_000)


def test_every_answer_has_a_plan_and_its_words(chooser):
    states = chooser.explorer().layout.meta["explorer"]["states"]
    assert len(states) == len(HOLDERS) * len(PURPOSES) * 2 * len(SHAPES) * 2
    assert all(state["layout"]["meta"]["alt"] for state in states.values())


def test_with_a_file_the_chooser_asks_the_methods_about_it():
    data = load("acs")
    assert isinstance(data, LinkedTables)
    own = use_case_chooser(data)
    assert len(own.controls) == 3
    case = UseCase.TESTING_TECHNOLOGY
    view = own.figure(HOLDER[case], PURPOSE[case], False)
    text = "\n".join(view.parts)
    assert "<code>dummy</code>" in text
    assert "<code>cart</code>" not in text

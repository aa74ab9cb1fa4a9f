"""Households and persons of the American Community Survey."""

from __future__ import annotations

from guide_helpers.cards import DatasetCard, UseCase

CARD = DatasetCard(
    title="American Community Survey, households and persons",
    summary="4,135 households and their 10,645 persons, linked: household type and income above, "
    "age, schooling and work below, with rules that hold within and between the tables.",
    sources=("census_acs2011", "activitysim"),
    origin="US Census Bureau, American Community Survey public use microdata of 2007 to 2011, two "
    "areas; taken from the example data of the Python package activitysim",
    year="2007 to 2011",
    statistical_unit="household, and person within it",
    privacy_unit="household",
    licence="work of the US government, public domain",
    licence_checked="BSD-3-Clause of activitysim read in its licence file; the Census Bureau's "
    "terms were not re-read",
    known_problems=(
        "Households are those that a population synthesiser picked for a part of an urban area "
        "(inferred: Atlanta), each kept once. They are not a random sample of the area.",
        "Weights are those of the survey and do not undo that selection.",
        "Income is in prices of 2010 (inferred from the factors in the source), rounded to "
        "dollars; 3 households have a negative one. Rounding habits of the answers are blurred.",
        "The relation to the householder and race are not in the source.",
        "Industry and occupation are groups that we made from census codes of 2002, 2007 and 2010.",
        "The oldest persons have the mean age of the oldest in their state, so ages above 88 jump.",
        "Persons who did not work in the last 12 months have -9 hours (not applicable).",
        "That persons per household equal `size`, and working persons `workers`, holds for all "
        "households but no rule of one table can say it.",
    ),
    plays="the confidential household survey",
    tables=2,
    new_source="linked tables",
    use_cases=(UseCase.PUBLIC_RELEASE, UseCase.TESTING_ANALYSIS, UseCase.EDUCATION),
)

"""Survival trees: time and event together, from the leaves of one tree."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, fit, unfit

CARD = MethodCard(
    title="Survival trees",
    summary=(
        "Draws the time to an event and whether it happened together: a tree sorts the "
        "original records by the variables already drawn, and both values come from one "
        "record of the leaf."
    ),
    family="sequential",
    origin=("hothorn2006", "nowok2016"),
    inputs="the records of one table with a time and an event indicator",
    sources=("hothorn2006", "nowok2016", "norcliffe2023"),
    status=Status.IN_RESEARCH,
    suits={
        UseCase.PUBLIC_RELEASE: conditional(
            "only with disclosure control on top: the pair of time and event is a real "
            "person's, and a rare event at a known date is found again"
        ),
        UseCase.TESTING_ANALYSIS: fit(
            "keeps how the time to an event depends on the other variables, censoring "
            "included, which trees for single columns do not"
        ),
        UseCase.EDUCATION: conditional(
            "right for teaching survival analysis, but teaching files end up public: the "
            "conditions of a public release apply"
        ),
        UseCase.TESTING_TECHNOLOGY: unfit(
            "a test of systems does not justify a fit to real life courses"
        ),
    },
    capabilities=Capabilities(partial=True),
    weaknesses=(
        "Time and event are the real ones of one person: long or short times of few people "
        "appear as they stand in the original.",
        "Generators that ignore censoring fail in ways of their own: too many or too few "
        "people at risk, and censoring that comes too early; measures of the whole file do "
        "not see it {cite:p}`norcliffe2023`.",
        "Dates of entry, several events and competing risks need variables of their own.",
    ),
    implementation=(
        "none maintained in Python for trees; survctree in R synthpop; synthcity 0.2.12 has "
        "neural generators of survival data"
    ),
    licence="GPL-2 or GPL-3 (synthpop); Apache-2.0 (synthcity)",
)

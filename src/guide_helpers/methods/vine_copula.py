"""Vine copula: many two-variable copulas, stacked into one for all variables."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, unfit

CARD = MethodCard(
    title="Vine copula",
    summary=(
        "Builds the joint distribution of all variables from two-variable copulas, each "
        "chosen by its own shape, on a sequence of trees."
    ),
    family="copula",
    origin=("bedford2002", "aas2009"),
    inputs="the records of one table of numbers",
    sources=("bedford2002", "aas2009", "sun2019"),
    status=Status.IN_RESEARCH,
    suits={
        UseCase.PUBLIC_RELEASE: unfit(
            "no privacy guarantee, and the families of copulas are chosen by looking at the records"
        ),
        UseCase.TESTING_ANALYSIS: conditional(
            "for a few quantities whose extremes come together, as losses or rainfall do; "
            "categories need another method"
        ),
        UseCase.EDUCATION: conditional(
            "shows what a Gaussian copula misses; check the risk before the file leaves"
        ),
        UseCase.TESTING_TECHNOLOGY: unfit(
            "more work than a test of systems needs; a Gaussian copula or a dummy file does"
        ),
    },
    capabilities=Capabilities(kinds=("integer", "number")),
    weaknesses=(
        "The number of possible vines grows so fast with the number of variables that the "
        "structure is found by a heuristic {cite:p}`sun2019`.",
        "Levels have to be numbered or jittered first; relations of categories suffer from it.",
        "Each further variable needs a copula for every variable before it: wide tables are slow.",
    ),
    implementation="pyvinecopulib 1.0.1",
    licence="MIT",
)

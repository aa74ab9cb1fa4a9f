"""Diffusion and flows with gradient-boosted trees in place of networks."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, unfit

CARD = MethodCard(
    title="Forest diffusion and forest flow",
    summary=(
        "Runs a diffusion or a flow between noise and records with gradient-boosted trees in "
        "place of a network."
    ),
    family="deep generative",
    origin=("jolicoeur2024",),
    inputs="the records of one table, missing values included",
    sources=("jolicoeur2024", "fang2025"),
    status=Status.IN_RESEARCH,
    suits={
        UseCase.PUBLIC_RELEASE: unfit(
            "no guarantee, and nothing holds it back from learning single records"
        ),
        UseCase.TESTING_ANALYSIS: conditional(
            "strong on small mixed tables in its authors' benchmark of 27; compare with "
            "trees in sequence, which are simpler"
        ),
        UseCase.EDUCATION: conditional(
            "runs without a graphics card; the risk of the file decides"
        ),
        UseCase.TESTING_TECHNOLOGY: unfit(
            "slow, and a fit to real records that such a test seldom needs"
        ),
    },
    capabilities=Capabilities(missing=True),
    weaknesses=(
        "The file is copied about a hundred times with different noise, and one set of trees "
        "is fitted for each of fifty steps: memory and time grow with it "
        "{cite:p}`jolicoeur2024`.",
        "For filling in missing values, older methods were as good or better "
        "{cite:p}`jolicoeur2024`.",
        "Memorisation was studied for networks {cite:p}`fang2025`; for trees it is open.",
    ),
    implementation="ForestDiffusion 1.0.6, whose repository is archived",
    licence="see its repository",
)

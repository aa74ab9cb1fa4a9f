"""Synthetic populations from published margins and a small sample."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, fit

CARD = MethodCard(
    title="Population synthesis (IPF, IPU, combinatorial optimisation)",
    summary=(
        "Weights or picks households of a sample so that their counts agree with published "
        "tables of each area, and copies them as often as the weights say."
    ),
    family="population",
    origin=("beckman1996", "ye2009", "voas2000"),
    inputs="published tables of areas and a sample of households with their members",
    sources=("beckman1996", "ye2009", "voas2000", "deming1940", "populationsim"),
    status=Status.IN_USE,
    used_by=(
        "transport planning in the United States, for which the first version was made "
        "{cite:p}`beckman1996`; PopulationSim began at the Oregon Department of "
        "Transportation {cite:p}`populationsim`"
    ),
    suits={
        UseCase.PUBLIC_RELEASE: conditional(
            "the tables may be published, the sample is the risk: its households appear "
            "whole, so it must be a file that is public already"
        ),
        UseCase.TESTING_ANALYSIS: conditional(
            "for models that need counts by area to be right; relations are those of the sample"
        ),
        UseCase.EDUCATION: fit(
            "from public tables and a public sample it teaches weighting, and nothing is disclosed"
        ),
        UseCase.TESTING_TECHNOLOGY: conditional(
            "millions of persons in households, where a test needs volume and geography"
        ),
    },
    capabilities=Capabilities(linked=True, keeps_structural_zeros=True, weights=True),
    weaknesses=(
        "Households of the sample are copied: what no sampled household has, no synthetic "
        "one has, and a cell that is 0 in the sample stays 0.",
        "Weights are fractions and people are not; rounding them moves the counts away from "
        "the tables.",
        "Households are matched first and persons may miss their tables; the update of "
        "weights for both is approximate {cite:p}`ye2009`. Report both levels.",
        "Relations within an area are those of the sample of the whole region.",
    ),
    implementation="populationsim 0.10, humanleague 2.4.5, ipfn 1.4.4",
    licence="BSD (populationsim); MIT (humanleague, ipfn)",
)

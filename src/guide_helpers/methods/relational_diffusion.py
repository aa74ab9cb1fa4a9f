"""Diffusion models for several linked tables."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, unfit

CARD = MethodCard(
    title="Relational diffusion (ClavaDDPM, RelDiff)",
    summary=(
        "Generates linked tables with diffusion models that are told the group of the parent "
        "row, or that see the whole graph of keys."
    ),
    family="relational",
    made_for="linked tables",
    origin=("pang2024", "hudovernik2025"),
    inputs="the records of several linked tables",
    sources=("pang2024", "hudovernik2025", "hudovernik2024"),
    status=Status.IN_RESEARCH,
    suits={
        UseCase.PUBLIC_RELEASE: unfit(
            "no guarantee, and the person behind many linked rows stands out more than in one table"
        ),
        UseCase.TESTING_ANALYSIS: conditional(
            "the best of research for relations across tables; the programs are those of the "
            "papers, so expect work"
        ),
        UseCase.EDUCATION: unfit("research code and a graphics card; too much for a course"),
        UseCase.TESTING_TECHNOLOGY: conditional(
            "keys hold, which a test of a data base needs; simpler methods keep them too"
        ),
    },
    capabilities=Capabilities(single=False, linked=True),
    weaknesses=(
        "In a benchmark of six other methods for linked tables none was indistinguishable "
        "from the original {cite:p}`hudovernik2024`; it is the test to ask for.",
        "Only research code of the authors; needs a graphics card.",
        "A person's rows in all tables together give away more than one row does; an attack "
        "on a single table does not show it.",
    ),
    implementation=(
        "none maintained; research code of the authors; the benchmark is syntherela 0.0.4"
    ),
    licence="see the repositories; MIT (syntherela)",
)

"""Diffusion models for tables: TabDDPM and TabSyn."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, unfit

CARD = MethodCard(
    title="Diffusion models (TabDDPM, TabSyn)",
    summary=(
        "Adds noise to the records step by step, trains a network to take it away again, and "
        "lets the network turn pure noise into rows."
    ),
    family="deep generative",
    origin=("kotelnikov2023", "zhang2024"),
    inputs="the records of one table, many of them",
    sources=("kotelnikov2023", "zhang2024", "fang2025", "jolicoeur2024"),
    status=Status.IN_RESEARCH,
    suits={
        UseCase.PUBLIC_RELEASE: unfit(
            "no guarantee, and the models reproduce some training records {cite:p}`fang2025`"
        ),
        UseCase.TESTING_ANALYSIS: conditional(
            "close on large tables in the comparisons of its authors, who judge by "
            "prediction; measure coefficients and subgroups yourself"
        ),
        UseCase.EDUCATION: unfit(
            "what they copy cannot be told in advance, and a teaching file is public"
        ),
        UseCase.TESTING_TECHNOLOGY: unfit(
            "hours of training for a test that needs format and volume"
        ),
    },
    capabilities=Capabilities(),
    weaknesses=(
        "Copies come from a small part of the records: a few people carry most of the risk, "
        "which an average does not show {cite:p}`fang2025`.",
        "Trained on a graphics card; on small tables gradient-boosted trees in the same "
        "scheme were better {cite:p}`jolicoeur2024`.",
        "Interpolation between neighbours (SMOTE), which is no protection at all, remains "
        "competitive in the comparison by the authors of TabDDPM {cite:p}`kotelnikov2023`.",
        "Rules and structural zeros are not kept.",
    ),
    implementation="synthcity 0.2.12 (ddpm); research code of the authors of TabSyn",
    licence="Apache-2.0 (synthcity)",
)

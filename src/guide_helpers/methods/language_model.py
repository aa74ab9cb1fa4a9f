"""Language models that write rows as sentences."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, unfit

CARD = MethodCard(
    title="Language models for tables (GReaT, REaLTabFormer)",
    summary=(
        "Writes every record as a line of text, fine-tunes a language model on the lines, "
        "and lets it write new ones, also rows of a child table given the parent."
    ),
    family="deep generative",
    origin=("borisov2023", "solatorio2023"),
    inputs="the records of one table or of a parent and a child",
    sources=("borisov2023", "solatorio2023", "ward2025"),
    status=Status.IN_RESEARCH,
    suits={
        UseCase.PUBLIC_RELEASE: unfit(
            "digits of real records are written down again, and an attack on the file alone "
            "finds members {cite:p}`ward2025`"
        ),
        UseCase.TESTING_ANALYSIS: unfit(
            "slow for what it gives; trees are closer and can be explained"
        ),
        UseCase.EDUCATION: conditional(
            "shows what such models do; only on files that may be public already"
        ),
        UseCase.TESTING_TECHNOLOGY: conditional(
            "invents plausible strings and child rows where nothing else can, from public "
            "examples rather than real records"
        ),
    },
    capabilities=Capabilities(
        linked=True, kinds=("categorical", "ordered", "integer", "number", "text")
    ),
    weaknesses=(
        "The models repeat digits of training records; an attack with only the synthetic "
        "file told members apart, in some cases without error {cite:p}`ward2025`.",
        "Needs a graphics card and long training.",
        "What the model read before is unknown: a public data set may be in it already.",
        "Its own check against copying {cite:p}`solatorio2023` is by distance to the closest "
        "record, which is a measure that misleads.",
    ),
    implementation="be-great 0.0.14 (GReaT); realtabformer 0.2.4",
    licence="MIT",
)

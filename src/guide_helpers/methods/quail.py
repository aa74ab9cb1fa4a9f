"""QUAIL: a private classifier labels the rows of a private synthesizer."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, unfit

CARD = MethodCard(
    title="QUAIL (private synthesis with a private classifier)",
    summary=(
        "Splits the budget between any private synthesizer and a private classifier of one "
        "chosen variable, and lets the classifier fill in that variable in the synthetic "
        "rows."
    ),
    family="differential privacy, deep",
    origin=("rosenblatt2020",),
    inputs="the records of one table and the name of one variable to predict",
    sources=("rosenblatt2020",),
    status=Status.IN_RESEARCH,
    suits={
        UseCase.PUBLIC_RELEASE: unfit(
            "good for one prediction that is named beforehand; a public file has unknown uses"
        ),
        UseCase.TESTING_ANALYSIS: conditional(
            "where the analysis is the prediction of the named variable; for estimates of "
            "coefficients it is not meant"
        ),
        UseCase.EDUCATION: unfit(
            "the named variable follows a classifier, so it is too easy to predict and "
            "teaches too much certainty"
        ),
        UseCase.TESTING_TECHNOLOGY: unfit("a test of systems needs no prediction"),
    },
    capabilities=Capabilities(formal_privacy=True),
    weaknesses=(
        "Better than a private classifier alone only in some circumstances of budget and "
        "data, say its authors {cite:p}`rosenblatt2020`.",
        "All other relations are as good as those of the synthesizer inside, which has only "
        "a part of the budget.",
        "A classifier that always gives the likeliest label removes the chance from the "
        "labelled variable.",
    ),
    implementation="smartnoise-synth 1.0.8",
    licence="MIT",
)

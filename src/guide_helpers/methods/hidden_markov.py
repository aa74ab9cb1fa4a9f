"""Hidden Markov models of series."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, fit

CARD = MethodCard(
    title="Hidden Markov model of series",
    summary="Draws a chain of hidden states, and each reading from the distribution of its state.",
    family="time series",
    made_for="series of sensors",
    origin=("rabiner1989",),
    inputs="one or more series, regular in time",
    sources=("rabiner1989",),
    status=Status.IN_RESEARCH,
    suits={
        UseCase.PUBLIC_RELEASE: conditional(
            "its parameters are few and may be published, after a check of what they say"
        ),
        UseCase.TESTING_ANALYSIS: conditional(
            "good where the analysis looks for states, poor for season and calendar"
        ),
        UseCase.EDUCATION: fit("small, and every step can be explained"),
        UseCase.TESTING_TECHNOLOGY: fit("quick, in any length"),
    },
    capabilities=Capabilities(single=False, panel=True, kinds=("integer", "number")),
    weaknesses=(
        "A state lasts for a geometric time, most often one step only {cite:p}`rabiner1989`.",
        "No season and no calendar, unless the states are given the time.",
        "The number of states is a choice, and the fit finds a local optimum.",
    ),
    implementation="none as a synthesizer; hidden Markov models are in hmmlearn",
    licence="BSD-3-Clause (hmmlearn)",
)

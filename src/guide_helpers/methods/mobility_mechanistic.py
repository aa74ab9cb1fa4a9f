"""People in motion from few parameters: gravity, radiation, exploration and return."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, fit, unfit

CARD = MethodCard(
    title="Mechanistic mobility models (EPR, gravity, radiation, DITRAS)",
    summary=(
        "Moves invented people between places by a law with few parameters: how far one "
        "goes, how often one returns, and when."
    ),
    family="mobility",
    origin=("song2010", "simini2012", "pappalardo2018"),
    inputs="a map of places with their size and a few parameters, estimated or published",
    sources=("song2010", "simini2012", "pappalardo2018", "masucci2013"),
    status=Status.IN_RESEARCH,
    suits={
        UseCase.PUBLIC_RELEASE: conditional(
            "as safe as its parameters: publish those, and say that no trip is anybody's"
        ),
        UseCase.TESTING_ANALYSIS: unfit(
            "no local truth: a new bridge or a closed school is not in the law"
        ),
        UseCase.EDUCATION: fit(
            "home, work and the exploration of places can be taught without any data"
        ),
        UseCase.TESTING_TECHNOLOGY: fit(
            "trips of millions of devices to build and test a pipeline with"
        ),
    },
    capabilities=Capabilities(single=False, kinds=("integer", "number", "datetime")),
    weaknesses=(
        "One law for all: which of gravity and radiation is closer depends on the scale and "
        "the region {cite:p}`masucci2013`.",
        "Who moves is nobody in particular: age, work and household are not in the models.",
        "DITRAS learns its diary from real trajectories {cite:p}`pappalardo2018`; that part "
        "needs the care of any fit to records.",
    ),
    implementation="scikit-mobility 1.3.1 (last release 2022)",
    licence="BSD-3-Clause",
)

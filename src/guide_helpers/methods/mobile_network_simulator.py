"""Events of a mobile network from a simulated world."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, fit

CARD = MethodCard(
    title="Simulator of mobile network events",
    summary=(
        "Simulates people with devices, antennas with their coverage and the events that "
        "devices leave in them, with the true positions kept beside."
    ),
    family="mobility",
    origin=("oancea2019",),
    inputs="a map, metadata of a network and parameters of behaviour; no records",
    sources=("oancea2019", "salgado2020"),
    status=Status.IN_USE,
    used_by=(
        "offices of the European Statistical System wrote it, and illustrate with it a "
        "production process for mobile network data {cite:p}`salgado2020`"
    ),
    suits={
        UseCase.PUBLIC_RELEASE: conditional(
            "discloses nobody, because nobody is in it; useful only as an example of the "
            "format, and must be labelled so"
        ),
        UseCase.TESTING_ANALYSIS: conditional(
            "for the development of a method, since the true positions are known; no "
            "estimate about the real population can be had"
        ),
        UseCase.EDUCATION: fit(
            "the whole chain from event to population count can be taught, with the truth beside it"
        ),
        UseCase.TESTING_TECHNOLOGY: fit(
            "the format, volume and errors of a source that the office has not yet got"
        ),
    },
    capabilities=Capabilities(
        single=False,
        linked=True,
        panel=True,
        kinds=("categorical", "integer", "number", "datetime"),
    ),
    weaknesses=(
        "The results are as real as the simulated world: movement, coverage and the share of "
        "people with two devices are assumptions.",
        "Metadata of a real network are a business secret of the operator, even though no "
        "person is in them.",
        "Slow for a whole country.",
    ),
    implementation=(
        "none maintained in Python; the simulator and the R package simutils of the ESSnet"
    ),
    licence="see the repositories of the ESSnet",
)

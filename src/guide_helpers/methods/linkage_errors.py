"""Two files about the same invented people, with the errors of real registers."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, fit

CARD = MethodCard(
    title="Simulator of linkage errors (pseudopeople)",
    summary=(
        "Takes an invented population with names, addresses and dates, writes it out as a "
        "census, a survey and tax files, and puts in misspellings, gaps, moves and "
        "duplicates, with the truth kept beside."
    ),
    family="linkage errors",
    origin=("haddock2024",),
    inputs="an invented population and rates of errors; no records",
    sources=("haddock2024",),
    status=Status.IN_RESEARCH,
    suits={
        UseCase.PUBLIC_RELEASE: fit("nobody is in it; say that the rates of errors are chosen"),
        UseCase.TESTING_ANALYSIS: conditional(
            "to compare linkage methods, since the truth is known; the error rates of your "
            "registers are not in it"
        ),
        UseCase.EDUCATION: fit(
            "linkage can be taught with right and wrong matches that everybody may see"
        ),
        UseCase.TESTING_TECHNOLOGY: fit(
            "volume, formats and errors for a linkage system before it sees a real file"
        ),
    },
    capabilities=Capabilities(
        linked=True, missing=True, kinds=("categorical", "integer", "number", "text", "datetime")
    ),
    weaknesses=(
        "The schema, names and addresses are those of the United States; another country "
        "needs lists of its own.",
        "Errors fall into columns independently of each other {cite:p}`haddock2024`; in "
        "reality a bad form is bad throughout.",
        "A method tuned to these errors is tuned to the assumptions behind them.",
    ),
    implementation="pseudopeople 1.3.1",
    licence="BSD-3-Clause",
)

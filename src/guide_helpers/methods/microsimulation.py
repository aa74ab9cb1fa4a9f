"""Life courses, taxes and benefits of simulated people, one at a time."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, fit

CARD = MethodCard(
    title="Microsimulation",
    summary=(
        "Starts from a population, real or invented, and lets every person live on by "
        "estimated chances: birth, school, work, marriage, migration, taxes and benefits."
    ),
    family="population",
    made_for="households and persons",
    origin=("orcutt1957",),
    inputs="a starting population and estimated chances or rules of change",
    sources=("orcutt1957", "odonoghue2018", "statcan_microsimulation"),
    status=Status.IN_USE,
    used_by=(
        "Statistics Canada builds and uses several such models and publishes the data base "
        "of one, made from several sources, as not confidential "
        "{cite:p}`statcan_microsimulation`"
    ),
    suits={
        UseCase.PUBLIC_RELEASE: conditional(
            "as public as its starting population: if that is real, everything said of the "
            "method that replaced it applies"
        ),
        UseCase.TESTING_ANALYSIS: conditional(
            "for questions of the kind what if; estimates about the present come from the "
            "data, not from the model"
        ),
        UseCase.EDUCATION: fit(
            "policy and demography can be taught by changing a rule and running it again"
        ),
        UseCase.TESTING_TECHNOLOGY: conditional(
            "life courses in volume, where a test needs histories that make sense"
        ),
    },
    capabilities=Capabilities(linked=True, panel=True, weights=True),
    weaknesses=(
        "The relations in the output are those that somebody put in; all others are absent.",
        "Models are large, old and often not open: the field itself asks for published code "
        "and review {cite:p}`odonoghue2018`.",
        "The starting population carries the disclosure risk, and it is often a real sample.",
    ),
    implementation=(
        "none for synthesis in Python; national models are programs of their own, as those "
        "of Statistics Canada"
    ),
    licence="depends on the model",
)

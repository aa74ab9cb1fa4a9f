"""Aggregate seeded synthesis: rows from noisy counts of short combinations."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, fit, unfit

CARD = MethodCard(
    title="Aggregate-seeded synthesis (PAC-synth)",
    summary=(
        "Counts all combinations of up to a few attributes with noise, and puts rows "
        "together from combinations that are frequent enough."
    ),
    family="differential privacy, marginals",
    origin=("edge2020",),
    inputs="the records of one table of categories",
    sources=("edge2020", "iom2022"),
    status=Status.IN_USE,
    used_by=(
        "the International Organization for Migration publishes data on victims of "
        "trafficking made in this way {cite:p}`iom2022`"
    ),
    suits={
        UseCase.PUBLIC_RELEASE: conditional(
            "made for it and in use: a table of counts goes out beside the rows, and with "
            "noise there is a guarantee; numbers must be binned, and combinations beyond the "
            "counted length are not kept"
        ),
        UseCase.TESTING_ANALYSIS: unfit(
            "the rows are for looking, the table of counts for numbers; models of more "
            "variables than were counted are not supported"
        ),
        UseCase.EDUCATION: fit(
            "easy to explain: no combination that describes only a few people is in the file"
        ),
        UseCase.TESTING_TECHNOLOGY: conditional(
            "right format and levels, but a rare level that the system must accept is "
            "missing by design"
        ),
    },
    capabilities=Capabilities(formal_privacy=True, kinds=("categorical", "ordered")),
    weaknesses=(
        "Counting all combinations is possible for short ones and few levels only; the "
        "length of the combinations is the utility.",
        "The first version rests on a least group size, not on a guarantee "
        "{cite:p}`edge2020`; ask which of the two made a file.",
        "Levels must be public; those that are read off the records are not covered by the "
        "guarantee.",
    ),
    implementation="pac-synth 0.0.8, also through smartnoise-synth 1.0.8",
    licence="MIT",
)

"""Names, codes and short texts: templates, patterns, chains of characters."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, fit, unfit

CARD = MethodCard(
    title="Text and codes (templates, patterns, Markov chains)",
    summary=(
        "Fills templates from public lists, draws strings from a pattern, or lets a chain of "
        "characters or words write them."
    ),
    family="text and codes",
    origin=("shannon1948",),
    inputs="a template or a pattern, public lists, or the strings themselves",
    sources=("shannon1948", "metasyn2024", "carlini2019"),
    status=Status.IN_RESEARCH,
    suits={
        UseCase.PUBLIC_RELEASE: conditional(
            "templates and public lists only; strings learned from records can be somebody's "
            "name or diagnosis"
        ),
        UseCase.TESTING_ANALYSIS: unfit(
            "the strings mean nothing; code the text first and synthesise the codes"
        ),
        UseCase.EDUCATION: fit(
            "addresses, product names and free text that look right and belong to nobody"
        ),
        UseCase.TESTING_TECHNOLOGY: fit(
            "lengths, alphabets, check digits and odd characters that a system must accept"
        ),
    },
    capabilities=Capabilities(kinds=("text",)),
    weaknesses=(
        "A chain with long memory repeats what it read, and neural models can give back rare "
        "strings such as numbers of cards {cite:p}`carlini2019`.",
        "The text is not related to the other columns of the record.",
        "A pattern learned from records {cite:p}`metasyn2024` shows which characters occur "
        "where; look at it before it leaves.",
    ),
    implementation="faker 40.54; metasyn 3.0.0 (patterns, types and lists)",
    licence="MIT",
)

"""A panel of young women at work, 1968 to 1988."""

from __future__ import annotations

from guide_helpers.cards import DatasetCard, UseCase

CARD = DatasetCard(
    title="National Longitudinal Survey of Young Women",
    summary="28,534 yearly interviews of 4,711 women who were 14 to 26 in 1968, with work, wage "
    "and schooling: a panel with gaps, drop-out and questions that were not asked every year.",
    sources=("toomet2008", "bls_nls"),
    origin="US Bureau of Labor Statistics, National Longitudinal Survey, as used in the manual of "
    "Stata; taken from the R package sampleSelection",
    year="1968 to 1988",
    statistical_unit="interview of a woman in a year",
    privacy_unit="woman (1 to 15 interviews)",
    licence="R package under GPL-2 or later; the survey is work of the US government",
    licence_checked="stated by the package; not re-read at the source",
    known_problems=(
        "Only interviews with a wage are in the file: who does not work in a year is absent.",
        "Union membership was not asked in 1968, 1969 and 1975, so it is missing for everybody "
        "then (33 % of all interviews).",
        "Weeks unemployed are missing for 57 to 67 % of the interviews of 1980, 1982, 1985 and "
        "1987.",
        "The source calls weeks worked those of last year, yet they go up to 104: after a gap in "
        "the interviews they seem to cover two years.",
        "Codes of industry and occupation are not documented in the source and stay codes.",
        "Age is missing in 24 interviews.",
        "The words for race are those of the time.",
    ),
    plays="the confidential file of a panel",
    new_source="panel",
    use_cases=(UseCase.TESTING_ANALYSIS,),
)

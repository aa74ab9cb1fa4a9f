"""Test scores and college grades of 1,000 students."""

from __future__ import annotations

from guide_helpers.cards import DatasetCard, UseCase

CARD = DatasetCard(
    title="Test scores and college grades",
    summary="Admission test scores, school grades and first-year college grades of 1,000 students: "
    "six columns, no missing values, small enough to see everything that happens.",
    sources=("openintro", "unece2022"),
    origin="Educational Testing Service, one unnamed college in the United States; taken from the "
    "R package openintro",
    year="not documented (published in course material of 1996)",
    statistical_unit="student",
    privacy_unit="student (a row)",
    licence="openintro is GPL-3; the figures themselves are published facts",
    licence_checked="GPL-3 read on the package's CRAN page in November 2026; the terms of the "
    "Educational Testing Service were not found",
    known_problems=(
        "The source does not say which of the two codes of `sex` means what, so they stay codes.",
        "The source calls the test scores percentiles; their range (24 to 77) and shape look like "
        "SAT scores divided by 10. We take the figures as they are.",
        "School grades go up to 4.5, college grades up to 4: the two scales differ.",
        "All students were admitted, so low scores are cut off.",
        "We do not know whether this is the table of the HLG-MOS test drive; its variables have "
        "the same names.",
    ),
    plays="a college's confidential file of its students, in the first ten minutes",
    use_cases=(UseCase.EDUCATION,),
)

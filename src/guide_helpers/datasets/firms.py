"""A panel of innovating firms, with dominant units."""

from __future__ import annotations

from guide_helpers.cards import DatasetCard, UseCase

CARD = DatasetCard(
    title="Panel of innovating firms",
    summary="6,208 firm-years of 803 large firms with sales, employment, research and patents: "
    "skewed figures in which single firms make up most of an industry.",
    sources=("aghion2013", "berger2017"),
    origin="Compustat, US Patent and Trademark Office and 13-F filings, combined by Aghion, Van "
    "Reenen and Zingales; taken from the R package sandwich",
    year="1991 to 1999",
    statistical_unit="firm in a year",
    privacy_unit="firm (2 to 9 years)",
    licence="R package under GPL-2 or GPL-3; data published with the article",
    licence_checked="GPL-2 | GPL-3 read on the package's CRAN page in November 2026; the terms of "
    "the article's archive were not re-read",
    known_problems=(
        "The source names the firms. Names are left out here and firms have random numbers; "
        "anybody with the source can undo that, because exact sales identify a firm.",
        "Industry codes are those of the North American classification (NAICS), of 1997 and 2002 "
        "mixed, and a firm keeps one code for all years. The source says only `four-digit "
        "industry code`; 129 codes have four figures, 7 have three.",
        "Firms enter and leave; years are missing in between.",
        "Market value and Tobin's q are missing for 15 firm-years.",
        "Money is in the source's prices (which year is not documented).",
        "Shares of kinds of owners (47 % missing) and derived columns are left out.",
    ),
    plays="the confidential enterprise panel",
    new_source="business panel",
    use_cases=(UseCase.TESTING_ANALYSIS, UseCase.PUBLIC_RELEASE),
)

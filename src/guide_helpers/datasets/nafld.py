"""A population study of fatty liver disease: persons, tests and events."""

from __future__ import annotations

from guide_helpers.cards import DatasetCard, UseCase

CARD = DatasetCard(
    title="Fatty liver disease study",
    summary="17,549 cases and matched controls with their tests and diagnoses over 20 years and "
    "more: three linked tables like those of a health register, at irregular times.",
    sources=("allen2018", "therneau_survival"),
    origin="Mayo Clinic and Rochester Epidemiology Project, United States; taken from the R "
    "package survival",
    year="index dates 1997 to 2014; days are counted from the index date",
    statistical_unit="person, and test or event of a person",
    privacy_unit="person",
    licence="R package under LGPL-2 or later",
    licence_checked="stated by the package; not re-read at the source",
    known_problems=(
        "The makers left out dates, counted days from an index date, gave arbitrary numbers and "
        "published a 90 % sample. This is already a protected file.",
        "In the file we start from, the test `chol` repeats `hdl` value for value and `dbp` "
        "repeats `sbp`. The values look like HDL cholesterol and systolic blood pressure, so the "
        "copies are left out.",
        "Tests are thinned to the first of each person, test and year: 147,733 of 205,435.",
        "Units are not documented; `hdl` looks like mg/dl and `sbp` like mm Hg. `smoke` is 0 or 1. "
        "`fib4` stands only for persons above 2.67, once each.",
        "Blood pressures of 13,682 and 463 are errors of the source, left as they are.",
        "Weight is missing for 27 %, height for 18 %, body mass index for 28 %.",
        "A case and its controls (`match_set`) belong together; a random split tears them apart. "
        "21 persons name a case that is not in the file, 31 have none.",
        "13 events lie after the end of their person's follow-up.",
        "319 controls, and the 31 persons without a case, have fatty liver disease as an event.",
    ),
    plays="the confidential extract of a health register",
    tables=3,
    new_source="linked tables",
    use_cases=(UseCase.TESTING_ANALYSIS, UseCase.TESTING_TECHNOLOGY),
)

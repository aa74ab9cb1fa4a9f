"""Ratio of the distances to the two closest original records (NNDR), a measure that misleads."""

from __future__ import annotations

import numpy as np

from guide_helpers.cards import (
    Aspect,
    Better,
    MeasureCard,
    Null,
    Rung,
    Scope,
    UseCase,
    card,
    conditional,
    unfit,
)
from guide_helpers.measures._closeness import (
    TIE,
    band_around,
    checked,
    interval_around,
    sampled,
    spots,
    spread,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Ratio of the two closest distances (NNDR)",
        summary=(
            "Mean ratio of a synthetic record's distance to the closest original record and to "
            "the second closest: 1 where it has no favourite, near 0 where it sits on one "
            "record; it misleads as the distance to the closest record does."
        ),
        sources=("platzer2021", "ganev2023", "yao2025", "gower1971"),
        suits={
            UseCase.PUBLIC_RELEASE: unfit("a clean value proves nothing; attack the file"),
            UseCase.TESTING_ANALYSIS: unfit("a clean value proves nothing; attack the file"),
            UseCase.EDUCATION: conditional("as an exhibit of a measure that misleads"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "as an alarm for plain copies, never as proof that there are none"
            ),
        },
        aspect=Aspect.RISK,
        rung=Rung.MISLEADING,
        scope=Scope.BROAD,
        unit="ratio of distances",
        bounds=(0.0, 1.0),
        better=Better.NEAR_NULL,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "Below its null: synthetic records sit on single original ones, so stop and attack "
            "the file. Within its null it proves nothing, and above it the file may only be "
            "poor."
        ),
        reading_user=(
            "Nothing. A supplier who shows you this number alone has not shown you that the "
            "people in the file are protected; ask for attacks with a control group, or for an "
            "epsilon."
        ),
        cannot_see=(
            "who is exposed: one copied record in a hundred moves the mean by less than its "
            "band. Where records repeat, both distances are 0 and the ratio is taken as 1, which "
            "hides copies of them"
        ),
    )
)
def distance_ratio(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    control: Dataset | None = None,
    records: int = 5_000,
) -> Score:
    """Return the mean ratio of the distances to the closest and the second closest record, 0 to 1.

    Two closest records that are both equal to the synthetic one give 1. The null is the same mean
    for people of the control file, or without it for people of the original and everybody else;
    the band comes from the variance between people, clustered by privacy unit.

    References
    ----------
    Platzer and Reutterer (2021), doi:10.3389/fdata.2021.679939
    """
    checked(records)
    old, new, held = spots(original, synthetic, control)
    asked = new.some(records, rng)
    people = (old if held is None else held).some(records, rng)
    usual = _ratio(people.to_others(old, 2) if held is None else people.to(old, 2))
    found = _ratio(asked.to(old, 2))
    value, noise = float(found.mean()), spread(usual, people.units)
    return Score(
        measure="distance_ratio",
        value=value,
        interval=interval_around(value, spread(found, asked.units)),
        bands=(band_around(float(usual.mean()), noise * (1 + len(people) / len(asked))),),
        note=sampled(records, old, new, held),
    )


def _ratio(apart: np.ndarray) -> np.ndarray:
    """Return the first distance over the second; 1 where both are 0, 0 where there is one."""
    equal = apart[:, 1] <= TIE
    ratio: np.ndarray = np.where(equal, 1.0, apart[:, 0] / np.where(equal, 1.0, apart[:, 1]))
    return ratio

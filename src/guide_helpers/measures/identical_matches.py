"""Share of synthetic records that equal an original one (IMS), a measure that misleads."""

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
from guide_helpers.errors import GuideError
from guide_helpers.measures._closeness import (
    Spots,
    band_around,
    interval_around,
    share_spread,
    spots,
)
from guide_helpers.neighbours import combinations
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Identical matches (IMS)",
        summary=(
            "Share of synthetic records that equal some original record in all variables; it "
            "misleads, because a file without a single equal record can give its members away."
        ),
        sources=("ganev2023", "yao2025", "platzer2021"),
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
        unit="share of synthetic records",
        bounds=(0.0, 1.0),
        better=Better.NEAR_NULL,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "Above its null: the method copies records; look at which. Zero proves nothing: "
            "change one digit of each copy and it is zero. Deleting the matches is worse than "
            "leaving them, since a person who looks for a common record and does not find it "
            "learns that it was deleted."
        ),
        reading_user=(
            "Nothing. A supplier who shows you this number alone has not shown you that the "
            "people in the file are protected; ask for attacks with a control group, or for an "
            "epsilon."
        ),
        cannot_see=(
            "any leak that is not an exact copy; with one more variable, or one more digit, "
            "fewer records are equal and the same method looks safer. In small tables people are "
            "alike by chance"
        ),
    )
)
def identical_matches(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    control: Dataset | None = None,
) -> Score:
    """Return the share of synthetic records that equal an original one in all variables.

    The null is the share of people of the control file who have such a twin, or without it of
    people of the original who have one of another privacy unit; the band comes from the variance
    of both shares. Free text is left out.
    """
    del rng
    if not len(original):
        raise GuideError("the original has no rows; nothing to be equal to")
    old, new, held = spots(original, synthetic, control)
    found = _has_twin(new, old)
    usual, people = (_has_other_twin(old), old) if held is None else (_has_twin(held, old), held)
    value, noise = float(found.mean()), share_spread(usual, people.units)
    return Score(
        measure="identical_matches",
        value=value,
        interval=interval_around(value, share_spread(found, new.units)),
        bands=(band_around(float(usual.mean()), noise * (1 + len(people) / len(new))),),
        note=f"{int(found.sum()):,} of {len(new):,} records.",
    )


def _has_twin(asked: Spots, shown: Spots) -> np.ndarray:
    one, other = combinations(asked.table, shown.table)
    return np.isin(one, other)


def _has_other_twin(own: Spots) -> np.ndarray:
    """Return whether a record of another unit is equal."""
    (code,) = combinations(own.table)
    pairs = np.unique(np.column_stack([code, own.units]), axis=0)
    units: np.ndarray = np.bincount(pairs[:, 0], minlength=int(code.max()) + 1)[code]
    return units > 1

"""Share of original records hit by a synthetic one (hitting rate), a measure that misleads."""

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
from guide_helpers.intervals import Interval
from guide_helpers.measures._boxes import hits_by_group
from guide_helpers.measures._closeness import (
    band_around,
    checked,
    interval_around,
    sampled,
    share_spread,
    spots,
)
from guide_helpers.measures._judged import GROUPS
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Hitting rate",
        summary=(
            "Share of original records for which some synthetic record has the same levels and "
            "quantities within a thirtieth of their range; it misleads, because most hits are "
            "common people whom any good file hits."
        ),
        sources=("lautrup2024", "ganev2023", "yao2025"),
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
        unit="share of original records",
        bounds=(0.0, 1.0),
        better=Better.NEAR_NULL,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "Above its null: the method copies, or nearly; attack the file. At its null the hits "
            "are those that another sample of people would make, and below it the file is poor. "
            "Zero is no proof of safety."
        ),
        reading_user=(
            "Nothing. A supplier who shows you this number alone has not shown you that the "
            "people in the file are protected; ask for attacks with a control group, or for an "
            "epsilon."
        ),
        cannot_see=(
            "whether a hit tells anybody anything, and any leak that moves a quantity by more "
            "than a thirtieth of its range; with more variables the rate falls to zero for every "
            "method"
        ),
    )
)
def hitting_rate(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    control: Dataset | None = None,
    within: float = 1 / 30,
    records: int = 5_000,
) -> Score:
    """Return the share of original records that at least one synthetic record hits.

    A hit has the same levels, missing values and special codes, and every quantity `within` that
    share of the original's range. Of a synthetic file larger than the file of the null as many
    records are taken at random, since more records hit more.

    The null is the share that as many people of the control file hit, or without it as many
    people of the original who are of another privacy unit.

    References
    ----------
    Lautrup, Hyrup, Zimek and Schneider-Kamp (2024), arXiv:2404.15821
    """
    checked(records)
    if within < 0:
        raise GuideError(f"within={within} is negative; 0 asks for equal quantities")
    old, new, held = spots(original, synthetic, control)
    asked = old.some(records, rng)
    people = old if held is None else held
    shown = new.some(len(people), rng)
    part = rng.integers(GROUPS, size=int(shown.units.max()) + 1)[shown.units]
    by_group = hits_by_group(asked, shown, within, part, GROUPS)
    hits = by_group.sum(axis=1)
    met = hits_by_group(asked, people, within, np.zeros(len(people), int), 1, held is None)[:, 0]
    chance = _met_by_some(met, len(people), len(shown))
    value, null = float((hits > 0).mean()), float(chance.mean())
    usual = share_spread(met > 0, asked.units)
    larger = "" if len(new) == len(shown) else f"Of {len(shown):,} synthetic records."
    return Score(
        measure="hitting_rate",
        value=value,
        interval=_jackknife(value, by_group, hits),
        bands=(band_around(null, 2 * usual),),
        note=" ".join(n for n in (larger, sampled(records, old)) if n),
    )


def _met_by_some(met: np.ndarray, people: int, drawn: int) -> np.ndarray:
    """Return the probability that one of `drawn` people, of the `people` there are, hits."""
    if drawn >= people:
        chance: np.ndarray = (met > 0).astype(float)
        return chance
    missed = np.ones(len(met))
    for i in range(int(met.max(initial=0))):
        left = max(people - drawn - i, 0) / (people - i)
        missed = np.where(met > i, missed * left, missed)
        if not (missed[met > i] > 1e-6).any():
            break
    return 1 - missed


def _jackknife(value: float, by_group: np.ndarray, hits: np.ndarray) -> Interval:
    left = (hits[:, None] - by_group > 0).mean(axis=0)
    n = len(left)
    variance = (n - 1) ** 2 / n * float(left.var(ddof=1))
    return interval_around(value, variance, "sampling noise of one copy, jackknife")

"""Synthetic values that the original does not have: outside its range, or levels never seen."""

from __future__ import annotations

from collections.abc import Sequence

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
    fit,
)
from guide_helpers.errors import GuideError
from guide_helpers.measures._coded import Scale, coded
from guide_helpers.measures._encode import measured
from guide_helpers.measures._parts import Parts, judged_by_parts
from guide_helpers.results import Score
from guide_helpers.schema import Dataset

OBSERVED, DECLARED = "observed", "declared"


@card(
    MeasureCard(
        title="Values out of range",
        summary=(
            "Share of synthetic values that lie outside the original's range or are levels that it "
            "never has, and outside what the schema declares, on average over the variables."
        ),
        sources=("sdmetrics_docs", "raab2025checks"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("one impossible value costs the trust in all others"),
            UseCase.TESTING_ANALYSIS: fit("one wild value can turn a mean or a regression"),
            UseCase.EDUCATION: fit("a class finds the person of 160 years first"),
            UseCase.TESTING_TECHNOLOGY: fit(
                "a value that a program must refuse is a test only where it is meant"
            ),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.STRUCTURE,
        scope=Scope.NARROW,
        unit="share of values",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Outside what is declared is a fault; set the bounds in the schema and use a method "
            "that keeps them. Outside what was observed need not be one: a smooth model has values "
            "a little beyond the last record, which also protects that record."
        ),
        reading_user=(
            "Values outside what the code book allows were invented by a program: drop them, and "
            "tell the office. Values beyond the survey's own range are guesses about a tail."
        ),
        cannot_see=(
            "values within the range that make no sense, impossible combinations (see "
            "rule_violations), and what is lost (see coverage)"
        ),
    )
)
def out_of_range(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return the mean share of values out of range over the variables.

    Variant "observed": below the original's least value, above its greatest, or a level that no
    record of the original has. Its correct-model null is 0, since a model that is the original
    itself makes nothing new. Variant "declared": outside the bounds and levels that the schema
    takes from a public code book, over the variables that have any; where the original itself has
    such values, its own share is the null. Only values count: missing and special ones do not.
    Neither a bound nor a level that is only observed appears in `details`.
    """
    files = coded(original, synthetic, control, measured(original))
    if not files.scales:
        raise GuideError("no variable has a value in either file; nothing to compare")
    limits = {s.name: _allowed(original, s) for s in files.scales}
    forbidden = {name: ~allowed for name, allowed in limits.items() if allowed is not None}

    def parts(old: Dataset, new: Dataset) -> Parts:
        counts = {s.name: s.counts(new) for s in files.scales}
        found = {OBSERVED: {s.name: _share(counts[s.name], ~_seen(s, old)) for s in files.scales}}
        if forbidden:
            found[DECLARED] = {name: _share(counts[name], out) for name, out in forbidden.items()}
        return found

    return judged_by_parts(
        "out_of_range",
        parts,
        files.original,
        files.synthetic,
        rng=rng,
        control=files.control,
        nulls=nulls,
        draws=draws,
    )


def _seen(scale: Scale, data: Dataset) -> np.ndarray:
    """Return which values of a scale lie in the range of a file, or are levels that it has."""
    counts = scale.counts(data)
    if not scale.numeric:
        seen: np.ndarray = counts > 0
        return seen
    inside = np.zeros(len(counts), dtype=bool)
    places = np.flatnonzero(counts)
    if len(places):
        inside[places[0] : places[-1] + 1] = True
    return inside


def _allowed(original: Dataset, scale: Scale) -> np.ndarray | None:
    """Return which values of a scale a public code book allows; None where there is none."""
    variable = original.schema[scale.name]
    if not variable.public_domain:
        return None
    if variable.levels is not None and variable.discrete:
        allowed: np.ndarray = scale.values < len(variable.levels)
        return allowed
    if variable.bounds is None:
        return None
    low, high = variable.bounds
    within: np.ndarray = (scale.values >= low) & (scale.values <= high)
    return within


def _share(counts: np.ndarray, outside: np.ndarray) -> float:
    total = counts.sum()
    return float(counts[outside].sum() / total) if total else 0.0

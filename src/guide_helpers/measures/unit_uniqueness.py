"""Units that a few of their rows tell from all others of their file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from guide_helpers.cards import (
    Aspect,
    Better,
    DataKind,
    MeasureCard,
    Null,
    Rung,
    Scope,
    UseCase,
    card,
    conditional,
    fit,
)
from guide_helpers.errors import GuideError
from guide_helpers.incidence import Incidence, check, numbered
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.measures._series import of_units
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Kind, Schema, Variable

UNIT, POINT = "unit", "point"
CURVE = 5
"""The table behind the score goes up to so many points."""


@card(
    MeasureCard(
        title="Uniqueness of units by k points",
        summary=(
            "Share of customers, devices or persons that k of their rows, drawn at random, tell "
            "from all others of their file; of the original and of the synthetic file."
        ),
        sources=("demontjoye2013", "demontjoye2015"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("says what a few sightings of a neighbour are worth"),
            UseCase.TESTING_ANALYSIS: fit("the first look at any file with several rows a unit"),
            UseCase.EDUCATION: fit("one curve shows that fresh numbers protect nobody"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "where the test file was fitted to records at all"
            ),
        },
        aspect=Aspect.RISK,
        rung=Rung.IDENTITY,
        scope=Scope.NARROW,
        unit="% of units",
        bounds=(0.0, 100.0),
        better=Better.NEAR_NULL,
        null=Null.FRESH_SAMPLE,
        data=(DataKind.PANEL,),
        reading_maker=(
            "The original's value is the risk before any synthesis: how many of your units a few "
            "known rows point at. The synthetic file's is no harm by itself; far from its band it "
            "says that units are too alike or too varied. Whether units came through is asked by "
            "the attack `few_points`."
        ),
        reading_user=(
            "A synthetic customer whom few purchases single out need not be, or be like, a real "
            "one. The number says how often somebody will believe in a find."
        ),
        cannot_see=(
            "whether the unique units of the two files have anything to do with each other, what "
            "holds in the population, and knowledge that is not a random draw of rows"
        ),
    )
)
def unit_uniqueness(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    k: int = 4,
    known: Sequence[str] | None = None,
    coarse: Mapping[str, float | str] | None = None,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return the share of unique units in per cent, variants "original" and "synthetic".

    A point is a row in the columns `known`, by default the schema's key variables, or all that
    are modelled where it names none. `coarse` makes them coarser: the width of a class of
    numbers, "hour", "day", "week", "month", "quarter" or "year" of a time, the first so many
    characters of a text. A unit with fewer than k points is looked at with all of them. `details`
    has the shares for 1 point, 2 points and so on.

    References
    ----------
    de Montjoye, Hidalgo, Verleysen and Blondel (2013), doi:10.1038/srep01376
    """
    of_units(original, "unit_uniqueness")
    if k < 1:
        raise GuideError(f"k={k} knows nothing of anybody; know at least 1 point")
    names = _known(original, known)
    check(coarse, names, original)
    given = [f for f in (original, synthetic, control) if f is not None]
    files = [_small(f, p) for f, p in zip(given, numbered(given, names, coarse), strict=True)]
    old, new = files[:2]

    def values(one: Dataset, other: Dataset) -> dict[str, float]:
        return {"original": alone(one, k, rng), "synthetic": alone(other, k, rng)}

    sides = {"original": old, "synthetic": new}
    curve = range(1, max(k, CURVE) + 1)
    shares = {v: [alone(f, i, rng) for i in curve] for v, f in sides.items()}
    table = pd.DataFrame(shares, index=pd.Index(curve, name="points known"))
    note = f"Points: {', '.join(names)}{_said(coarse)}."
    scores = judged(
        "unit_uniqueness",
        values,
        old,
        new,
        rng=rng,
        reported={v: Reported(x[k - 1], table, note) for v, x in shares.items()},
        control=files[2] if control is not None else None,
        draws=draws,
        nulls=nulls,
    )
    return [replace(s, interval=None) if s.variant == "original" else s for s in scores]


def alone(data: Dataset, k: int, rng: np.random.Generator) -> float:
    """Return the share of units, in per cent, whose k drawn points no other unit has."""
    every = Incidence.of(data.units, data.rows[POINT].to_numpy())
    some = every.some(k, rng)
    holders = np.zeros(some.size, dtype=np.int64)
    asked = some.degrees
    for block, counts in some.shared(every):
        holders[block] = np.count_nonzero(counts == asked[block, None], axis=1)
    return 100.0 * float((holders == 1).mean())


def _known(original: Dataset, known: Sequence[str] | None) -> tuple[str, ...]:
    if isinstance(known, str):
        raise GuideError(f"known={known!r} is one word; give a list of columns, [{known!r}]")
    modelled = tuple(v.name for v in original.schema.modelled)
    names = tuple(known) if known is not None else original.keys or modelled
    for name in names:
        if name not in modelled:
            raise GuideError(f"known={name!r} is no variable of the file; name some of its columns")
    if not names:
        raise GuideError("known=[] knows nothing of anybody; name columns")
    return names


def _said(coarse: Mapping[str, float | str] | None) -> str:
    steps = [f"{name} by {step}" for name, step in (coarse or {}).items()]
    return f" ({', '.join(steps)})" if steps else ""


def _small(data: Dataset, points: np.ndarray) -> Dataset:
    """Return the distinct points of each unit, without any other column."""
    pairs = Incidence.of(data.units, points)
    rows = pd.DataFrame({UNIT: pairs.units, POINT: pairs.points})
    schema = Schema((Variable(UNIT, Kind.IDENTIFIER), Variable(POINT, Kind.INTEGER)))
    return Dataset(rows, schema, UNIT if data.entity is not None else None)

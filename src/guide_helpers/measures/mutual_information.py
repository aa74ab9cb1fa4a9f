"""Difference of mutual information between pairs of variables of any kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

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
    fit,
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.measures._coded import prepared
from guide_helpers.measures._encode import all_cells
from guide_helpers.measures._parts import Parts, beside_pairs, judged_by_parts, pair_name
from guide_helpers.results import Score
from guide_helpers.schema import Dataset

SPARSE = 4
"""A table with more than this many cells a record is counted by its occupied cells."""


@card(
    MeasureCard(
        title="Difference of mutual information",
        summary=(
            "How much what one variable tells about another differs between the files, in bits, on "
            "average over all pairs."
        ),
        sources=("shannon1948",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("one scale for pairs of any kind, bends included"),
            UseCase.TESTING_ANALYSIS: conditional("broader than correlations, harder to act on"),
            UseCase.EDUCATION: conditional("where information is taught"),
            UseCase.TESTING_TECHNOLOGY: unfit("a program does not mind how values go together"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.RELATIONS,
        scope=Scope.NARROW,
        unit="bits",
        bounds=(0.0, None),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "The details say how many bits each pair has in both files: fewer in the synthetic one "
            "is a relation lost, more is a relation made up, or records repeated. Read it beside "
            "its null, since many cells with few records have bits by chance."
        ),
        reading_user=(
            "One bit is the answer to one yes-or-no question. A pair that loses a great part of "
            "its bits can no longer be studied together."
        ),
        cannot_see=(
            "which values go together, since only the amount is compared; relations of three "
            "variables; differences within a numeric bin; survey weights"
        ),
    )
)
def mutual_information(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    bins: int = 10,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> Score:
    """Return the mean absolute difference over all pairs, in bits.

    Numbers are cut at quantiles of the original into at most `bins` cells; missing and special
    values are cells. The plain estimate from counts is used in both files: its upward bias,
    (rows - 1)(columns - 1) / (2 n) nats, is the same in two files of one size, and the band of the
    null has the synthetic file's size.
    """
    if bins < 2:
        raise GuideError(f"bins={bins} leaves nothing to tell; give at least 2")
    cells = all_cells(original, synthetic, bins)
    if len(cells) < 2:
        raise GuideError("one variable has no relation; mutual_information needs two")
    sizes = {c.name: c.size for c in cells}
    old, new = (
        prepared({c.name: getattr(c, side) for c in cells}, file)
        for side, file in (("original", original), ("synthetic", synthetic))
    )
    beyond = _control(original, control, bins, sizes)

    known = bits(old, sizes)

    def parts(one: Dataset, other: Dataset) -> Parts:
        before, after = known if one is old else bits(one, sizes), bits(other, sizes)
        return {"": {pair: abs(after[pair] - before[pair]) for pair in before}}

    return judged_by_parts(
        "mutual_information",
        parts,
        old,
        new,
        rng=rng,
        of="pair",
        beside={"": beside_pairs(known, bits(new, sizes))},
        control=beyond,
        nulls=nulls,
        draws=draws,
    )[0]


def _control(
    original: Dataset, control: Dataset | None, bins: int, sizes: dict[str, int]
) -> Dataset | None:
    """Return the control in the cells of the original; `sizes` grow where it has more levels."""
    if control is None:
        return None
    cells = all_cells(original, control, bins)
    sizes |= {c.name: max(c.size, sizes[c.name]) for c in cells}
    return prepared({c.name: c.synthetic for c in cells}, control)


def bits(data: Dataset, sizes: Mapping[str, int]) -> dict[str, float]:
    """Return the mutual information of each pair of columns of cells, in bits."""
    columns = {name: data.rows[name].to_numpy() for name in sizes}
    alone = {name: _entropy(np.bincount(c)) for name, c in columns.items()}
    found = {}
    for one, other in combinations(sizes, 2):
        joint = _joint(columns[one], columns[other], sizes[one], sizes[other])
        found[pair_name(one, other)] = max(0.0, alone[one] + alone[other] - _entropy(joint))
    return found


def _joint(one: np.ndarray, other: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Return the counts of the occupied cells of a table, and of some empty ones."""
    codes = one * columns + other
    if rows * columns > SPARSE * len(codes):
        return np.unique(codes, return_counts=True)[1]
    return np.bincount(codes)


def _entropy(counts: np.ndarray) -> float:
    some = counts[counts > 0]
    n = some.sum()
    return float(np.log2(n) - some @ np.log2(some) / n)

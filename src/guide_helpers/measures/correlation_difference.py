"""Difference of correlations between pairs of numeric variables."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

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
from guide_helpers.measures._coded import Coded, Scale, coded
from guide_helpers.measures._encode import measured
from guide_helpers.measures._parts import Parts, beside_pairs, judged_by_parts, pair_name
from guide_helpers.results import Score
from guide_helpers.schema import Dataset

ROUNDING = 1e-12
"""A variance this small against the mean square is that of a constant, computed with rounding."""


@card(
    MeasureCard(
        title="Difference of correlations",
        summary=(
            "How much the correlation of two numeric variables differs between the files, on "
            "average over all pairs."
        ),
        sources=("spearman1904", "sdmetrics_docs"),
        suits={
            UseCase.PUBLIC_RELEASE: conditional("beside measures of categories and of tables"),
            UseCase.TESTING_ANALYSIS: fit("a first look at what a regression will find"),
            UseCase.EDUCATION: fit("a correlation matrix is in every course"),
            UseCase.TESTING_TECHNOLOGY: unfit("a program does not mind how values go together"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.RELATIONS,
        scope=Scope.NARROW,
        unit="correlation",
        bounds=(0.0, 2.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Most pairs have little correlation to lose, which makes every mean small: read it "
            "beside its null and look at the worst pairs. Pearson off and Spearman right points to "
            "a few extreme values, both off to a relation that is lost."
        ),
        reading_user=(
            "Look up the pairs of your model in the details. A right correlation says that the "
            "straight part of the relation is kept, not that its shape is."
        ),
        cannot_see=(
            "bends, groups and anything between three variables; categories without an order; "
            "survey weights; and, in Pearson's, everything that a few extreme values drown"
        ),
    )
)
def correlation_difference(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return the mean absolute difference of correlations over the pairs.

    Variant "Pearson" takes numbers and dates; "Spearman" takes ordered levels as well, and is
    Pearson's correlation of ranks, taken among all records that have a value. Each pair uses the
    records that have both values. A pair without a correlation in the original is left out; where
    a variable of the synthetic file does not vary, its correlation counts as 0: the relation is
    lost.
    """
    files = coded(original, synthetic, control, measured(original))
    kinds = {
        "Pearson": [s for s in files.scales if s.numeric],
        "Spearman": [s for s in files.scales if s.ordered],
    }
    matrices = {v: correlations(files.original, v, s) for v, s in kinds.items()}
    pairs = {v: _defined(matrices[v]) for v in kinds}
    if not any(pairs.values()):
        raise GuideError(
            "no two numeric or ordered variables vary in the original; compare categories with "
            "association_difference"
        )

    def parts(old: Dataset, new: Dataset) -> Parts:
        return {v: _gaps(v, kinds[v], pairs[v], old, new) for v in kinds if pairs[v]}

    return judged_by_parts(
        "correlation_difference",
        parts,
        files.original,
        files.synthetic,
        rng=rng,
        of="pair",
        beside={v: _beside(v, kinds[v], pairs[v], files) for v in kinds if pairs[v]},
        control=files.control,
        nulls=nulls,
        draws=draws,
    )


def correlations(data: Dataset, variant: str, scales: Sequence[Scale]) -> np.ndarray:
    """Return the correlations of a prepared file, each from the records with both values.

    NaN where one of the two does not vary among them.
    """
    if not scales:
        return np.empty((0, 0))
    columns = [_ranks(s, data) if variant == "Spearman" else s.of(data) for s in scales]
    values = np.column_stack(columns)
    there = ~np.isnan(values)
    counts = np.maximum(there.sum(axis=0), 1)
    values -= np.nansum(values, axis=0) / counts
    size = np.sqrt(np.nansum(values**2, axis=0) / counts)
    values /= np.where(size > 0, size, 1.0)
    values[~there] = 0.0
    here = there.astype(float)
    n, sums, squares = here.T @ here, values.T @ here, (values**2).T @ here
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = squares / n - (sums / n) ** 2
        variance[variance < ROUNDING] = np.nan
        found = (values.T @ values / n - sums * sums.T / n**2) / np.sqrt(variance * variance.T)
    clipped: np.ndarray = np.clip(found, -1, 1)
    return clipped


def _ranks(scale: Scale, data: Dataset) -> np.ndarray:
    """Return the rank of each record's value, the middle one for ties, NaN where there is none."""
    counts = scale.counts(data)
    middle = np.cumsum(counts) - (counts - 1) / 2
    found: np.ndarray = np.append(np.nan, middle)[data.rows[scale.name].to_numpy()]
    return found


def _defined(matrix: np.ndarray) -> list[tuple[int, int]]:
    return [p for p in combinations(range(len(matrix)), 2) if np.isfinite(matrix[p])]


def _gaps(
    variant: str,
    scales: Sequence[Scale],
    pairs: Sequence[tuple[int, int]],
    old: Dataset,
    new: Dataset,
) -> dict[str, float]:
    before, after = (correlations(d, variant, scales) for d in (old, new))
    gaps = np.abs(np.nan_to_num(after) - before)
    return {pair_name(scales[i].name, scales[j].name): float(gaps[i, j]) for i, j in pairs}


def _beside(
    variant: str, scales: Sequence[Scale], pairs: Sequence[tuple[int, int]], files: Coded
) -> pd.DataFrame:
    names = [pair_name(scales[i].name, scales[j].name) for i, j in pairs]
    both = [correlations(d, variant, scales) for d in (files.original, files.synthetic)]
    before, after = (dict(zip(names, (m[p] for p in pairs), strict=True)) for m in both)
    return beside_pairs(before, after)

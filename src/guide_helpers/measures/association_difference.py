"""Difference of associations between pairs with a category in them."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
    fit,
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.measures._coded import Coded, Scale, coded
from guide_helpers.measures._encode import measured
from guide_helpers.measures._parts import Parts, beside_pairs, judged_by_parts, pair_name
from guide_helpers.results import Score
from guide_helpers.schema import Dataset

CRAMER, RATIO = "Cramér's V", "correlation ratio"
SPARSE = 4
"""A table with more than this many cells a record is counted by its occupied cells."""


@card(
    MeasureCard(
        title="Difference of associations",
        summary=(
            "How much the association of two categories, or of a category and a number, differs "
            "between the files, on average over all pairs."
        ),
        sources=("bergsma2013", "raab2025checks"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("most variables of a survey are categories"),
            UseCase.TESTING_ANALYSIS: fit(
                "a first look at what a cross-table or a model will find"
            ),
            UseCase.EDUCATION: fit("says in one number a pair whether the lesson is in the file"),
            UseCase.TESTING_TECHNOLOGY: unfit("a program does not mind how values go together"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.RELATIONS,
        scope=Scope.NARROW,
        unit="association, 0 to 1",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "The details say for each pair how strong the relation is in both files: a synthesis "
            "that loses relations has lower values throughout, one with too little noise higher "
            "ones."
        ),
        reading_user=(
            "Look up the pairs of your analysis. An association of the same strength may still "
            "have another pattern: then the table tells, not this number."
        ),
        cannot_see=(
            "which levels go together, since only the strength is compared; relations of three "
            "variables; missing and special values; pairs of numbers; survey weights"
        ),
    )
)
def association_difference(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    corrected: bool = True,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return the mean absolute difference of associations over the pairs.

    Variant "Cramér's V" takes pairs of categories, ordered ones among them; "correlation ratio"
    takes a category and a number, and is the root of the share of the number's variance that lies
    between the levels. Both grow by chance with the number of levels and shrink with the number of
    records; with `corrected`, V has the bias correction of Bergsma, and the ratio's share of
    variance is corrected for degrees of freedom in the same way, at least 0. Each pair uses the
    records that have both values. A pair without an association in the original (one level only,
    say) is left out; where the synthetic file has none it counts as 0.

    References
    ----------
    Bergsma (2013), doi:10.1016/j.jkss.2012.10.002
    """
    files = coded(original, synthetic, control, measured(original))
    found = _strengths(files.original, _pairs(files), corrected)
    pairs = [pair for pair, strength in found.items() if np.isfinite(strength)]
    if not pairs:
        raise GuideError(
            "no pair with a category in it varies in the original; compare numbers with "
            "correlation_difference"
        )
    known = np.array([found[p] for p in pairs])

    def strengths(data: Dataset) -> np.ndarray:
        if data is files.original:
            return known
        return np.nan_to_num(list(_strengths(data, pairs, corrected).values()))

    def parts(old: Dataset, new: Dataset) -> Parts:
        return _grouped(pairs, np.abs(strengths(new) - strengths(old)))

    both = [_grouped(pairs, strengths(d)) for d in (files.original, files.synthetic)]
    return judged_by_parts(
        "association_difference",
        parts,
        files.original,
        files.synthetic,
        rng=rng,
        of="pair",
        beside={v: beside_pairs(*(b[v] for b in both)) for v in both[0]},
        control=files.control,
        nulls=nulls,
        draws=draws,
    )


Pair = tuple[Scale, Scale]
"""Two categories, or a category and a number, in the order of the file."""


def _pairs(files: Coded) -> list[Pair]:
    return [
        (one, other)
        for one, other in combinations(files.scales, 2)
        if not (one.numeric and other.numeric)
    ]


def _grouped(pairs: Sequence[Pair], values: np.ndarray) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for (one, other), value in zip(pairs, values, strict=True):
        variant = RATIO if one.numeric or other.numeric else CRAMER
        found.setdefault(variant, {})[pair_name(one.name, other.name)] = float(value)
    return {v: found[v] for v in (CRAMER, RATIO) if v in found}


def _strengths(data: Dataset, pairs: Sequence[Pair], corrected: bool) -> dict[Pair, float]:
    """Return the association of each pair in a prepared file; NaN where there is none."""
    scales = {s.name: s for pair in pairs for s in pair}
    places = {n: data.rows[n].to_numpy() for n in scales}
    values = {n: s.of(data) for n, s in scales.items() if s.numeric}
    gaps = {n for n, p in places.items() if not p.all()}
    found = {}
    for one, other in pairs:
        level, second = (other, one) if one.numeric else (one, other)
        a, b = places[level.name], (values if second.numeric else places)[second.name]
        if {one.name, other.name} & gaps:
            there = (places[one.name] > 0) & (places[other.name] > 0)
            a, b = a[there], b[there]
        measure = correlation_ratio if second.numeric else cramers_v
        found[one, other] = measure(a, b, corrected)
    return found


def cramers_v(a: np.ndarray, b: np.ndarray, corrected: bool = True) -> float:
    """Return Cramér's V of two columns of codes; NaN where one has a single level."""
    n = len(a)
    rows, columns = np.bincount(a), np.bincount(b)
    r, c = np.count_nonzero(rows), np.count_nonzero(columns)
    if min(r, c) < 2:
        return np.nan
    cells, counts = _occupied(a * len(columns) + b, len(rows) * len(columns))
    expected = rows[cells // len(columns)] * (columns[cells % len(columns)] / n)
    phi2 = max(0.0, float(counts @ (counts / expected)) / n - 1)
    if not corrected:
        return min(1.0, math.sqrt(phi2 / (min(r, c) - 1)))
    phi2 = max(0.0, phi2 - (r - 1) * (c - 1) / (n - 1))
    most = min(k - (k - 1) ** 2 / (n - 1) for k in (r, c)) - 1
    return min(1.0, math.sqrt(phi2 / most)) if most > 0 else np.nan


def _occupied(codes: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the cells that have records, and how many."""
    if size > SPARSE * len(codes):
        cells, counts = np.unique(codes, return_counts=True)
        return cells, counts
    counts = np.bincount(codes, minlength=size)
    cells = np.flatnonzero(counts)
    return cells, counts[cells]


def correlation_ratio(levels: np.ndarray, values: np.ndarray, corrected: bool = True) -> float:
    """Return the root of the share of a number's variance between levels; NaN without variance."""
    n, sizes = len(levels), np.bincount(levels)
    k = np.count_nonzero(sizes)
    if k < 2 or n <= k:
        return np.nan
    centred = values - values.mean()
    whole = float(centred @ centred)
    if not whole > 0:
        return np.nan
    sums = np.bincount(levels, centred)
    share = float((sums[sizes > 0] ** 2 / sizes[sizes > 0]).sum()) / whole
    if corrected:
        share = 1 - (1 - share) * (n - 1) / (n - k)
    return math.sqrt(min(1.0, max(0.0, share)))

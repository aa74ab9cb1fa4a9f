"""Both files as one design matrix, each column of mean 0 and standard deviation 1."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.measures._encode import level_codes, measured, numbers, special_codes
from guide_helpers.schema import Dataset, Variable

OTHER_LEVELS = "other levels"
MOST_COLUMNS = 3_000
MOST_NUMBERS = 60_000_000
"""Half a gigabyte."""


@dataclass(frozen=True)
class Columns:
    """Columns for both files, the original's rows first, and the term that each stands for.

    The whole design has a column of ones before those of its terms.

    `merged` names the variables whose rare levels were taken together.
    """

    matrix: np.ndarray
    terms: tuple[str, ...]
    merged: tuple[str, ...] = ()


def stacked(
    original: Dataset, synthetic: Dataset, *, interactions: bool, max_levels: int
) -> Columns:
    """Return ones, the main effects of all measured variables and, if asked, their products.

    A numeric variable is one column, with missing and special values at its mean and a column
    each that marks them. A discrete one has a column for every level but the first; of more than
    `max_levels` levels the rarest are taken together.
    """
    blocks: list[Columns] = []
    merged: list[str] = []
    for v in measured(original):
        pair = original.rows[v.name], synthetic.rows[v.name]
        block = _levels(v, *pair, max_levels) if v.discrete else _quantity(v, *pair)
        blocks.append(block)
        merged += block.merged
    _check_size([len(b.terms) for b in blocks], len(original) + len(synthetic), interactions)
    products = [_products(a, b) for a, b in combinations(blocks, 2)] if interactions else []
    every = [*blocks, *products]
    ones = np.ones((len(original) + len(synthetic), 1))
    return Columns(
        np.hstack([ones, *(b.matrix for b in every)]),
        tuple(t for b in every for t in b.terms),
        tuple(merged),
    )


def _check_size(sizes: list[int], rows: int, interactions: bool) -> None:
    count = sum(sizes)
    if interactions:
        count += (sum(sizes) ** 2 - sum(k * k for k in sizes)) // 2
    if count > MOST_COLUMNS or count * rows > MOST_NUMBERS:
        raise GuideError(
            f"the propensity model would have {count:,} columns for {rows:,} records; keep fewer "
            "variables or records, lower max_levels, or leave interactions out"
        )


def _quantity(variable: Variable, original: pd.Series, synthetic: pd.Series) -> Columns:
    values = np.concatenate([numbers(original), numbers(synthetic)])
    kinds = special_codes(variable, values)
    plain = kinds == 0
    filled = np.where(plain, values, values[plain].mean() if plain.any() else 0.0)
    marks = {f"{variable.name}: {meaning}": kinds == i for i, meaning in _meanings(variable)}
    columns = {variable.name: filled, **marks}
    return _standard(columns)


def _meanings(variable: Variable) -> list[tuple[int, str]]:
    return [*enumerate(variable.special.values(), start=1), (-1, "missing")]


def _levels(
    variable: Variable, original: pd.Series, synthetic: pd.Series, max_levels: int
) -> Columns:
    old, new, levels = level_codes(original, synthetic)
    codes = np.concatenate([old, new])
    counts = np.bincount(codes[codes >= 0], minlength=len(levels))
    own = np.flatnonzero(counts)
    merged = len(own) > max_levels
    if merged:
        own = np.sort(np.argsort(-counts, kind="stable")[: max_levels - 1])
    marks = {f"{variable.name}: {levels[i]}": codes == i for i in own[1:]}
    if merged:
        marks[f"{variable.name}: {OTHER_LEVELS}"] = (codes >= 0) & ~np.isin(codes, own)
    marks[f"{variable.name}: missing"] = codes < 0
    found = _standard(marks)
    return Columns(found.matrix, found.terms, (variable.name,) if merged else ())


def _standard(columns: dict[str, np.ndarray]) -> Columns:
    """Return the columns that vary, with mean 0 and standard deviation 1."""
    kept = {}
    for term, values in columns.items():
        centred = values - values.mean()
        spread = centred.std()
        if spread > 1e-12 * max(1.0, float(np.abs(values).max())):
            kept[term] = centred / spread
    rows = len(next(iter(columns.values())))
    matrix = np.column_stack(list(kept.values())) if kept else np.empty((rows, 0))
    return Columns(matrix, tuple(kept))


def _products(a: Columns, b: Columns) -> Columns:
    pairs = [(i, j) for i in range(len(a.terms)) for j in range(len(b.terms))]
    named = {f"{a.terms[i]} × {b.terms[j]}": a.matrix[:, i] * b.matrix[:, j] for i, j in pairs}
    return _standard(named) if named else Columns(np.empty((len(a.matrix), 0)), ())

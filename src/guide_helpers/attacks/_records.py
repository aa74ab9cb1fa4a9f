"""Records as an attacker compares them: column by column, equal or how far apart.

Every value becomes a state and a quantity. Two values of different states (another level, or
missing against observed, or a special code against a number) are as far apart as can be; of the
same state, numbers are as far apart as their difference is, and all others are equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from guide_helpers.schema import Dataset, Kind, Variable

MISSING, UNSEEN = -1, -2
BLOCK = 1 << 17
"""Distances held at a time: small enough to stay in the processor's cache."""
SAME = 1e-9
"""Distances closer than this are ties; the rest is rounding."""
ANY = 1e200
"""The scale of a column that is constant in the file: any difference is as large as can be."""
FAR = 10
"""A value that many ranges of the middle 98 % away from them is no part of a scale."""


@dataclass(frozen=True)
class Column:
    """States and quantities of one variable; `scale` is one over its range, 0 for levels."""

    states: np.ndarray
    quantities: np.ndarray
    scale: float

    def take(self, rows: np.ndarray | slice) -> Column:
        """Return some of the records."""
        return Column(self.states[rows], self.quantities[rows], self.scale)


def columns_of(synthetic: Dataset, data: Dataset, names: tuple[str, ...]) -> list[Column]:
    """Return columns of `data`, in the levels and ranges that the synthetic file shows."""
    return [_column(synthetic.schema[n], synthetic.rows[n], data.rows[n]) for n in names]


def combinations(*groups: list[Column]) -> list[np.ndarray]:
    """Return, for each group of records, one number for each combination of values."""
    sizes = [len(group[0].states) for group in groups]
    code = np.zeros(sum(sizes), dtype=np.int64)
    for parts in zip(*groups, strict=True):
        for values in (
            np.concatenate([p.states for p in parts]),
            np.concatenate([p.quantities for p in parts]),
        ):
            found, distinct = pd.factorize(values)
            code = pd.factorize(code * len(distinct) + found)[0]
    return np.split(code, np.cumsum(sizes)[:-1])


def agreement(one: list[Column], other: list[Column], tolerance: list[float]) -> np.ndarray:
    """Return, record by record, the share of columns that are equal (within the tolerance)."""
    equal = [
        (a.states == b.states) & (np.abs(a.quantities - b.quantities) <= t * (1 + SAME))
        for a, b, t in zip(one, other, tolerance, strict=True)
    ]
    share: np.ndarray = np.mean(equal, axis=0)
    return share


def distances(
    targets: list[Column], records: list[Column], weight: int
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield blocks of targets with their distances to all records.

    A block is so small that its ties fit into memory when the records stand for `weight` in
    all. The distance is Gower's without the division by the number of columns: each column adds
    0 to 1. A difference larger than the synthetic file's range counts as 1.
    """
    n, width = len(targets[0].states), len(records[0].states)
    step = max(1, BLOCK // max(1, weight))
    pairs = list(zip(targets, records, strict=True))
    levels = [_small(t.states, r.states) for t, r in pairs if not t.scale]
    numbers = [_Numbers.of(t, r) for t, r in pairs if t.scale]
    for start in range(0, n, step):
        block = slice(start, min(n, start + step))
        differ = np.zeros((block.stop - block.start, width), dtype=np.uint16)
        for mine, others in levels:
            differ += mine[block, None] != others
        total = differ.astype(float)
        for number in numbers:
            total += number.gap(block)
        yield block, total


def _small(*states: np.ndarray) -> list[np.ndarray]:
    """Return the states in fewer bits where they fit, which are compared faster."""
    most = max(int(s.max(initial=0)) for s in states)
    return [s.astype(np.int16) if most < np.iinfo(np.int16).max else s for s in states]


@dataclass(frozen=True)
class _Numbers:
    """One numeric variable of targets and records, in shares of the range.

    `plain` says that nothing is missing or a special code, `inside` that no gap is above 1.
    """

    target: Column
    record: Column
    plain: bool
    inside: bool

    @classmethod
    def of(cls, target: Column, record: Column) -> _Numbers:
        base = float(record.quantities[record.states == 0].min(initial=np.inf))
        base = base if np.isfinite(base) else 0.0
        one, other = (
            Column(c.states, (c.quantities - base) * target.scale, 1.0) for c in (target, record)
        )
        every = np.concatenate([one.quantities, other.quantities])
        inside = bool(every.size and np.ptp(every) <= 1)
        plain = not (target.states.any() or record.states.any())
        return cls(one, other, plain, inside)

    def gap(self, block: slice) -> np.ndarray:
        gap: np.ndarray = self.target.quantities[block, None] - self.record.quantities
        np.abs(gap, out=gap)
        if not self.inside:
            np.minimum(gap, 1.0, out=gap)
        if not self.plain:
            gap[self.target.states[block, None] != self.record.states] = 1.0
        return gap


def _column(variable: Variable, shown: pd.Series, values: pd.Series) -> Column:
    if variable.numeric or variable.kind is Kind.DATETIME:
        return _quantity(variable, shown, values)
    if isinstance(shown.dtype, pd.CategoricalDtype):
        levels = shown.dtype.categories
        own = values.array
        if isinstance(own, pd.Categorical) and own.categories.equals(levels):
            codes = own.codes.astype(np.int32)  # -1, too, is missing here
            return Column(codes, np.zeros(len(values)), 0.0)
    else:
        levels = pd.Index(shown.dropna().unique())
    states = levels.get_indexer(pd.Index(values.astype(object)))
    states = np.where(states < 0, UNSEEN, states)
    states = np.where(values.isna().to_numpy(), MISSING, states)
    return Column(states.astype(np.int32), np.zeros(len(values)), 0.0)


def _quantity(variable: Variable, shown: pd.Series, values: pd.Series) -> Column:
    """Take a number or a date (in seconds); missing and special codes are states of their own."""
    seen, plain = _floats(shown), _floats(values)
    special = np.array(sorted(variable.special), dtype=float)
    ordinary = seen[~np.isnan(seen)]
    if len(special):
        ordinary = ordinary[~np.isin(ordinary, special)]
    span = float(np.ptp(tame(ordinary))) if len(ordinary) else 0.0
    states = np.where(np.isnan(plain), MISSING, 0)
    for number, code in enumerate(special, start=1):
        states = np.where(plain == code, number, states)
    quantities = np.where(states == 0, plain, 0.0)
    return Column(states.astype(np.int32), quantities, 1 / span if span else ANY)


def tame(values: np.ndarray) -> np.ndarray:
    """Return the values without those so far out that they would make all others look equal.

    Far out is more than FAR times the range of the middle 98 % away from it. Ranges and standard
    deviations are taken from the synthetic file: one wild value there must not blind an attack.
    """
    if not len(values):
        return values
    low, high = np.quantile(values, (0.01, 0.99))
    reach = FAR * (high - low)
    inside: np.ndarray = values[(values >= low - reach) & (values <= high + reach)]
    return inside if reach else values


def _floats(values: pd.Series) -> np.ndarray:
    if pd.api.types.is_datetime64_any_dtype(values):
        seconds = pd.DatetimeIndex(values).as_unit("s").asi8.astype(float)
        return np.where(values.isna().to_numpy(), np.nan, seconds)
    return values.to_numpy(dtype=float)

"""Any statistic of the cells of k-way tables, with its nulls and interval, in one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from guide_helpers.measures._encode import Cells, cells, measured
from guide_helpers.measures._tables import FEW, FEWEST_UNITS, GRID, SPARSE, Lines
from guide_helpers.schema import Dataset

AT_ONCE = 8
"""Resampled tables whose statistics are computed together, which bounds memory."""
Values = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Statistic:
    """A number that a table of two files gives, from shares `p` and `q` and sizes `n1` and `n2`.

    `value` sums over the last axis, the cells. `slope` is the derivative by the share of each
    cell of the synthetic file. `expected` is the mean under a correct synthesis by formula, from
    the number of cells and `n2`; None where it has none. `power` says how the null value grows
    with the size of both files where all cells have many records: 0, -1/2 or -1.
    """

    name: str
    value: Values
    slope: Values
    expected: Callable[[np.ndarray, float], np.ndarray] | None
    power: float


@dataclass(frozen=True)
class Resamples:
    """Resampled originals as lines of counts: some to hold against the original, some in pairs.

    `apart` counts rows of the original and, where there is one, of the control; its pairs share
    no unit and stand in the ratio of the two files' sizes. The first ones are `part` of the
    files' size, then half and a quarter of that.
    """

    near: Lines
    bootstraps: slice
    subsamples: slice
    grid: slice
    grid_shares: np.ndarray
    apart: Lines | None
    pairs: tuple[int, int, int]
    part: float


def resampled(
    original: Dataset,
    synthetic: Dataset,
    control: Dataset | None,
    draws: int,
    share: float | None,
    rng: np.random.Generator,
) -> Resamples:
    """Return resampled originals, drawn by privacy unit; `share` asks for subsamples."""
    units, n = original.units, original.n_units
    as_many = max(1, round(n * len(synthetic) / len(original)))
    shares = GRID[GRID * n >= 1]
    near = [np.bincount(rng.integers(0, n, as_many), minlength=n) for _ in range(draws)]
    near += [_taken(rng, n, share * n)[0] for _ in range(draws) if share is not None]
    near += [_taken(rng, n, x * n)[0] for x in shares]
    pool = units
    if control is not None:
        pool = np.concatenate([units, control.units + n])
    every = int(pool.max()) + 1
    part = min(1.0, every / (n + as_many))
    sizes = part * n, part * as_many
    times = (draws, min(draws, FEW), min(draws, FEW)) if every >= FEWEST_UNITS else (0, 0, 0)
    if part == 1.0:
        times = (times[0], 0, 0)
    apart = [
        line
        for k, portion in zip(times, (1.0, 0.5, 0.25), strict=True)
        for _ in range(k)
        for line in _taken(rng, every, *(portion * size for size in sizes))
    ]
    first, second = draws, draws + (draws if share is not None else 0)
    return Resamples(
        near=_lines(near, units),
        bootstraps=slice(0, first),
        subsamples=slice(first, second),
        grid=slice(second, second + len(shares)),
        grid_shares=shares,
        apart=_lines(apart, pool) if apart else None,
        pairs=times,
        part=part,
    )


def _taken(rng: np.random.Generator, units: int, *sizes: float) -> list[np.ndarray]:
    """Return lines of units drawn without replacement, no unit in two of them."""
    order = rng.permutation(units)
    lines = []
    for size in sizes:
        chosen, order = np.split(order, [min(len(order) - 1, max(1, int(size + 1e-9)))])
        lines.append(np.bincount(chosen, minlength=units))
    return lines


def _lines(lines: list[np.ndarray], units: np.ndarray) -> Lines:
    return Lines.of(np.take(np.array(lines, dtype=float), units, axis=1))


@dataclass(frozen=True)
class Coded:
    """The cells of all measured variables, with those of a control file beside them."""

    variables: tuple[Cells, ...]
    beside: int
    """Rows of the control at the end of each variable's `synthetic` codes."""

    @property
    def names(self) -> list[str]:
        """Names of the variables, in order."""
        return [v.name for v in self.variables]


def coded(original: Dataset, synthetic: Dataset, control: Dataset | None, bins: int) -> Coded:
    """Return the cells of two or three files; bins are those of the original."""
    found = []
    for v in measured(original):
        new = synthetic.rows[v.name]
        if control is not None:
            new = pd.concat([new, control.rows[v.name]], ignore_index=True)
        found.append(cells(v, original.rows[v.name], new, bins))
    return Coded(tuple(found), 0 if control is None else len(control))


@dataclass(frozen=True)
class Found:
    """What the tables of one way give, for a statistic.

    `observed`, `cells` and `chance` (the mean over bootstraps) hold one value a table; `outside`
    is the mean share of synthetic records in cells that the original leaves empty; the others
    hold means over the tables, one for each resampled original. `influence` is what each
    synthetic record adds to the mean.
    """

    observed: np.ndarray
    cells: np.ndarray
    chance: np.ndarray
    outside: float
    correct: np.ndarray
    subsample: np.ndarray
    grid: np.ndarray
    fresh: np.ndarray
    influence: np.ndarray


def measure_tables(
    data: Coded, tables: Sequence[tuple[int, ...]], drawn: Resamples, statistic: Statistic
) -> Found:
    """Return a statistic of tables, of resampled tables and its derivative in one pass."""
    rows = len(data.variables[0].synthetic) - data.beside
    observed, counts, outside, near, apart = [], [], [], [], []
    influence = np.zeros(rows)
    for old, new, size in joint(data.variables, tables):
        made = new[:rows]
        p = np.bincount(old, minlength=size) / len(old)
        q = np.bincount(made, minlength=size) / rows
        slope, value, occupied = _observed(statistic, p, q, len(old), rows)
        influence += slope[made]
        observed.append(value)
        counts.append(occupied)
        outside.append(float(q[p == 0].sum()))
        near.append(_near(statistic, drawn.near, old, p))
        if drawn.apart is not None:
            pool = np.concatenate([old, new[rows:]]) if data.beside else old
            apart.append(_apart(statistic, drawn.apart, pool))
    each = np.array(near)
    mean = each.mean(axis=0)
    return Found(
        observed=np.array(observed),
        cells=np.array(counts),
        chance=each[:, drawn.bootstraps].mean(axis=1),
        outside=float(np.mean(outside)),
        correct=mean[drawn.bootstraps],
        subsample=mean[drawn.subsamples],
        grid=mean[drawn.grid],
        fresh=_fresh(np.mean(apart, axis=0), drawn, statistic.power) if apart else np.empty(0),
        influence=influence / len(tables),
    )


def _observed(
    statistic: Statistic, p: np.ndarray, q: np.ndarray, n1: int, n2: int
) -> tuple[np.ndarray, float, int]:
    """Return the slope of every cell, the value, and the number of cells that are occupied."""
    occupied = np.flatnonzero(p + q)
    sizes = np.array(float(n1)), np.array(float(n2))
    slope = np.zeros(len(p))
    slope[occupied] = statistic.slope(p[occupied], q[occupied], *sizes)
    return slope, float(statistic.value(p[occupied], q[occupied], *sizes)), len(occupied)


def _near(statistic: Statistic, lines: Lines, codes: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Return the statistic of each line against the whole original."""
    occupied = np.flatnonzero(p)
    q, n1 = lines.in_cells(codes, occupied), np.array(float(len(codes)))
    return _in_groups(
        lambda i: statistic.value(p[occupied], q[i], n1, lines.totals[i]), len(lines.totals)
    )


def _apart(statistic: Statistic, lines: Lines, codes: np.ndarray) -> np.ndarray:
    """Return the statistic of each pair of lines."""
    shares = lines.in_cells(codes, np.flatnonzero(np.bincount(codes)))
    p, q, n1, n2 = shares[::2], shares[1::2], lines.totals[::2], lines.totals[1::2]
    return _in_groups(lambda i: statistic.value(p[i], q[i], n1[i], n2[i]), len(n1))


def _in_groups(value: Callable[[slice], np.ndarray], count: int) -> np.ndarray:
    parts = [value(slice(i, i + AT_ONCE)) for i in range(0, count, AT_ONCE)]
    return np.concatenate(parts)


def _fresh(apart: np.ndarray, drawn: Resamples, power: float) -> np.ndarray:
    """Return values of smaller pairs as pairs of the files' size would give them.

    The value grows with a power of the size, which tends to `power` where cells have many
    records. What it lacks of that is seen at two sizes and carried on.
    """
    whole, half, quarter = np.split(apart, np.cumsum(drawn.pairs)[:-1])
    if drawn.part == 1.0 or min(whole.mean(), half.mean(), quarter.mean()) <= 0:
        return whole
    seen = np.log2([whole.mean() / half.mean(), half.mean() / quarter.mean()]) - power
    lacks, lacked = np.clip(seen, 0, 1)
    power += lacks * min(1.0, lacks / lacked) if lacked else 0.0
    carried: np.ndarray = whole * drawn.part**-power
    return carried


@dataclass(frozen=True)
class _Beginning:
    """The codes of the first variables of a table, with room for any variable that follows."""

    table: tuple[int, ...]
    old: np.ndarray
    new: np.ndarray
    size: int


def joint(
    variables: Sequence[Cells], tables: Sequence[tuple[int, ...]]
) -> Iterator[tuple[np.ndarray, np.ndarray, int]]:
    """Yield each table's cell of every record, original and synthetic, and a bound of its cells.

    Tables that begin alike share the codes of their beginning, times the size of the largest
    variable, so that one sum is left for each table; some numbers of cells then stay empty.
    """
    widest = max(v.size for v in variables)
    records = len(variables[0].original) + len(variables[0].synthetic)
    kept: list[_Beginning] = []
    for table in tables:
        while kept and table[: len(kept[-1].table)] != kept[-1].table:
            kept.pop()
        for end in range(len(kept) + 1, len(table)):
            old, new, size = _next(kept, variables[table[end - 1]], records)
            roomy = size * widest <= SPARSE * records
            if roomy:
                old, new, size = old * widest, new * widest, size * widest
            else:
                size = -size  # no room: each variable that follows multiplies by its own size
            kept.append(_Beginning(table[:end], old, new, size))
        yield _next(kept, variables[table[-1]], records)


def _next(kept: list[_Beginning], v: Cells, records: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the codes of a beginning and one variable more."""
    if not kept:
        return v.original, v.synthetic, v.size
    before = kept[-1]
    if before.size > 0:
        return before.old + v.original, before.new + v.synthetic, before.size
    old, new = before.old * v.size + v.original, before.new * v.size + v.synthetic
    return _packed(old, new, -before.size * v.size, records)


def _packed(
    old: np.ndarray, new: np.ndarray, size: int, records: int
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return codes of occupied cells alone where a table has many more cells than records."""
    if size <= SPARSE * records:
        return old, new, size
    occupied, codes = np.unique(np.concatenate([old, new]), return_inverse=True)
    return codes[: len(old)], codes[len(old) :], len(occupied)

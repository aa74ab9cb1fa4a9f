"""Distances between the k-way tables of two files, and what noise alone makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from guide_helpers.measures._encode import Cells

GRID = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98])
"""Shares of the original whose distance is drawn, to find the one that equals the observed."""
FEW = 6
"""Parts of half the size that are drawn to see how the distance falls with size."""
FEWEST_UNITS = 8
"""Fewer units than this cannot be split into files that stand for two samples."""
SPARSE = 4
"""A table with more than this many cells a record is counted by its occupied cells."""


def choose_tables(variables: int, ways: int, most: int | None) -> list[tuple[int, ...]]:
    """Return all `ways`-way tables, or `most` of them at random, the same ones for every file."""
    everything = combinations(range(variables), ways)
    count = comb(variables, ways)
    if most is None or count <= most:
        return list(everything)
    rng = np.random.default_rng([variables, ways])
    chosen = set(rng.choice(count, most, replace=False).tolist())
    return [table for i, table in enumerate(everything) if i in chosen]


@dataclass(frozen=True)
class Lines:
    """How often each row of the original counts in each resampled original, packed.

    A float holds the counts of several lines at once, each in `bits` of its 52, so that one
    pass over the rows counts them all; sums stay exact.
    """

    packed: np.ndarray
    totals: np.ndarray
    bits: int

    @classmethod
    def of(cls, counts: np.ndarray) -> Lines:
        """Return lines of counts of rows, packed."""
        totals = counts.sum(axis=1)
        bits = int(totals.max()).bit_length()
        at_once = max(1, 52 // bits)
        places = 2.0 ** (bits * np.arange(at_once))
        groups = [counts[i : i + at_once] for i in range(0, len(counts), at_once)]
        return cls(np.array([places[: len(g)] @ g for g in groups]), totals, bits)

    def in_cells(self, codes: np.ndarray, cells: np.ndarray) -> np.ndarray:
        """Return the shares of some cells of a table, one line for each resampled original."""
        found = np.empty((len(self.totals), len(cells)))
        at_once, mask = max(1, 52 // self.bits), (1 << self.bits) - 1
        for group, packed in enumerate(self.packed):
            sums = np.bincount(codes, packed)[cells].astype(np.int64)
            for line in range(group * at_once, min((group + 1) * at_once, len(found))):
                found[line] = sums & mask
                sums >>= self.bits
        found /= self.totals[:, None]
        return found


@dataclass(frozen=True)
class Draws:
    """Resampled originals, and which of them serve which null.

    `pairs` are parts of the original without a common unit, in the ratio of the two files'
    sizes: first those that use all units, which is `part` of the files' size, then those that use
    half of them, then a quarter.
    """

    lines: Lines
    bootstraps: slice
    pairs: tuple[slice, slice, slice]
    part: float
    subsamples: slice
    grid: slice
    grid_shares: np.ndarray


def draw_originals(
    units: np.ndarray,
    synthetic_rows: int,
    draws: int,
    share: float | None,
    rng: np.random.Generator,
) -> Draws:
    """Return bootstraps and parts of the original, drawn by privacy unit.

    `share` asks for subsamples of that share besides those of the grid.
    """
    n_units, rows = int(units.max()) + 1, len(units)
    as_many = max(1, round(n_units * synthetic_rows / rows))
    part = n_units / (n_units + as_many)
    sizes = np.array([part * n_units, n_units - part * n_units])
    split = draws if n_units >= FEWEST_UNITS else 0
    shares = GRID[GRID * n_units >= 1]
    lines: list[np.ndarray] = []

    def block(made: Iterable[np.ndarray]) -> slice:
        start = len(lines)
        lines.extend(made)
        return slice(start, len(lines))

    def bootstrap() -> np.ndarray:
        return np.bincount(rng.integers(0, n_units, as_many), minlength=n_units)

    def parts(*wanted: float) -> Iterator[np.ndarray]:
        """Yield lines of units drawn without replacement, no unit in two of them."""
        order = rng.permutation(n_units)
        for size in wanted:
            chosen, order = np.split(order, [max(1, int(size))])
            yield np.bincount(chosen, minlength=n_units)

    def pairs(times: int, portion: float) -> slice:
        return block(line for _ in range(times) for line in parts(*(portion * sizes)))

    return Draws(
        bootstraps=block(bootstrap() for _ in range(draws)),
        pairs=(pairs(split, 1), pairs(min(split, FEW), 1 / 2), pairs(min(split, FEW), 1 / 4)),
        part=part,
        subsamples=block(
            line for _ in range(draws) if share is not None for line in parts(share * n_units)
        ),
        grid=block(line for x in shares for line in parts(x * n_units)),
        grid_shares=shares,
        lines=Lines.of(np.take(np.array(lines, dtype=float), units, axis=1)),
    )


@dataclass(frozen=True)
class Distances:
    """Total variation distance of each table, and its mean over the tables in each draw.

    `influence` is what each synthetic record adds to the mean distance; its variance is the
    sampling variance of the mean.
    """

    observed: np.ndarray
    expected: np.ndarray
    correct: np.ndarray
    fresh: np.ndarray
    subsample: np.ndarray
    grid: np.ndarray
    influence: np.ndarray


def distances(
    variables: Sequence[Cells], tables: Sequence[tuple[int, ...]], draws: Draws
) -> Distances:
    """Return the distances of tables in one pass over them."""
    observed, near_original, apart = [], [], []
    influence = np.zeros(len(variables[0].synthetic))
    for old, new, size in _joint(variables, tables):
        shares = np.bincount(old, minlength=size) / len(old)
        gap = np.bincount(new, minlength=size) / len(new) - shares
        observed.append(np.abs(gap).sum() / 2)
        influence += (np.sign(gap) / 2)[new]
        occupied = np.flatnonzero(shares)
        drawn = draws.lines.in_cells(old, occupied)
        split = drawn[draws.pairs[0].start : draws.pairs[-1].stop]
        apart.append(_halved(split[::2] - split[1::2]))
        drawn -= shares[occupied]
        near_original.append(_halved(drawn))
    near, between = np.array(near_original), np.mean(apart, axis=0)
    mean = near.mean(axis=0)
    ends = np.cumsum([(p.stop - p.start) // 2 for p in draws.pairs])[:-1]
    return Distances(
        observed=np.array(observed),
        expected=near[:, draws.bootstraps].mean(axis=1),
        correct=mean[draws.bootstraps],
        fresh=_at_full_size(*np.split(between, ends), part=draws.part),
        subsample=mean[draws.subsamples],
        grid=mean[draws.grid],
        influence=influence / len(tables),
    )


def _at_full_size(
    whole: np.ndarray, half: np.ndarray, quarter: np.ndarray, *, part: float
) -> np.ndarray:
    """Return distances between parts of the original as they would be between whole files.

    The distance falls with a power of the size: 1/2 where cells have many records, 0 where two
    files share no cell. What the power lacks of 1/2 is seen at two sizes and carried on.
    """
    power = 0.5
    if whole.size and min(whole.mean(), half.mean(), quarter.mean()) > 0:
        seen = np.array([half.mean() / whole.mean(), quarter.mean() / half.mean()])
        lacks, lacked = np.clip(0.5 - np.log2(seen), 0, 0.5)
        power -= lacks * min(1.0, lacks / lacked) if lacked else 0.0
    scaled: np.ndarray = whole * part**power
    return scaled


def _halved(gaps: np.ndarray) -> np.ndarray:
    """Return half the sum of absolute differences, line by line, and spend the differences."""
    half: np.ndarray = np.abs(gaps, out=gaps).sum(axis=1) / 2
    return half


def _joint(
    variables: Sequence[Cells], tables: Sequence[tuple[int, ...]]
) -> Iterator[tuple[np.ndarray, np.ndarray, int]]:
    """Yield each table's cell of every record, original and synthetic, and its number of cells."""
    for table in tables:
        first = variables[table[0]]
        old, new, size = first.original, first.synthetic, first.size
        for place in table[1:]:
            v = variables[place]
            old, new, size = old * v.size + v.original, new * v.size + v.synthetic, size * v.size
            if size > SPARSE * (len(old) + len(new)):
                occupied, codes = np.unique(np.concatenate([old, new]), return_inverse=True)
                old, new, size = codes[: len(old)], codes[len(old) :], len(occupied)
        yield old, new, size


def equivalent_share(observed: float, shares: np.ndarray, drawn: np.ndarray) -> float | None:
    """Return the share of the original whose subsample is as far away; None where all are equal.

    The logarithm of the distance is nearly a straight line in the logit of the share, since the
    variance of a subsample's shares is proportional to (1 - x) / x; a parabola allows for sparse
    tables.
    """
    seen = drawn > 0
    if seen.sum() < 3:
        return None
    fine = np.linspace(0.005, 0.995, 991)
    logit, wanted = (np.log(x / (1 - x)) for x in (shares[seen], fine))
    curve = np.polyval(np.polyfit(logit, np.log(drawn[seen]), 2), wanted)
    if observed <= np.exp(curve[-1]):
        return 1.0
    return float(fine[np.abs(curve - np.log(observed)).argmin()])

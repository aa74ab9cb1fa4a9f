"""Distances between the k-way tables of two files, and what noise alone makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


def choose_tables(
    variables: int, ways: int, most: int | None, rng: np.random.Generator
) -> list[tuple[int, ...]]:
    """Return all `ways`-way tables, or `most` of them at random."""
    everything = combinations(range(variables), ways)
    count = comb(variables, ways)
    if most is None or count <= most:
        return list(everything)
    chosen = set(rng.choice(count, most, replace=False).tolist())
    return [table for i, table in enumerate(everything) if i in chosen]


@dataclass(frozen=True)
class Draws:
    """Parts and bootstraps of the original: one line of row weights each, and what lines are for.

    `halves` and `quarters` are pairs of lines without a common unit, in the ratio of the two
    files' sizes; the first pairs use all units, which is `part` of the files' size, the others
    half of them.
    """

    weights: np.ndarray
    correct: np.ndarray
    halves: tuple[np.ndarray, np.ndarray]
    quarters: tuple[np.ndarray, np.ndarray]
    part: float
    subsample: np.ndarray
    grid: np.ndarray
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
    lines: list[np.ndarray] = []

    def add(*more: np.ndarray) -> None:
        lines.extend(more)

    def chosen(*sizes: int) -> list[np.ndarray]:
        """Return weights of units drawn without replacement, for parts that share none."""
        order = rng.permutation(n_units)
        ends = np.cumsum(sizes)
        return [
            np.bincount(order[b - k : b], minlength=n_units)
            for b, k in zip(ends, sizes, strict=True)
        ]

    part = n_units / (n_units + as_many)
    first = min(max(1, round(part * n_units)), n_units - 1)
    pairs = draws if n_units >= FEWEST_UNITS else 0
    for _ in range(draws):
        add(np.bincount(rng.integers(0, n_units, as_many), minlength=n_units))
    for _ in range(pairs):
        add(*chosen(first, n_units - first))
    for _ in range(min(pairs, FEW)):
        add(*chosen(max(1, first // 2), max(1, (n_units - first) // 2)))
    for _ in range(draws if share is not None else 0):
        add(*chosen(max(1, round((share or 0) * n_units))))
    shares = GRID[GRID * n_units >= 1]
    for x in shares:
        add(*chosen(round(x * n_units)))
    counts = [draws, 2 * pairs, 2 * min(pairs, FEW), draws if share is not None else 0, len(shares)]
    blocks = np.split(np.arange(len(lines)), np.cumsum(counts)[:-1])
    weights = np.take(np.array(lines, dtype=float), units, axis=1)
    weights /= weights.sum(axis=1, keepdims=True)
    return Draws(
        weights=weights,
        correct=blocks[0],
        halves=(blocks[1][::2], blocks[1][1::2]),
        quarters=(blocks[2][::2], blocks[2][1::2]),
        part=part,
        subsample=blocks[3],
        grid=blocks[4],
        grid_shares=shares,
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
    observed, per_draw = [], []
    influence = np.zeros(len(variables[0].synthetic))
    left, right = (np.concatenate(p) for p in zip(draws.halves, draws.quarters, strict=True))
    for old, new, size in _joint(variables, tables):
        shares = np.bincount(old, minlength=size) / len(old)
        gap = np.bincount(new, minlength=size) / len(new) - shares
        observed.append(np.abs(gap).sum() / 2)
        influence += (np.sign(gap) / 2)[new]
        drawn = np.array([np.bincount(old, w, size) for w in draws.weights])
        apart = _halved(drawn[left] - drawn[right])
        drawn -= shares
        near = _halved(drawn)
        per_draw.append(np.concatenate([near, apart]))
    every = np.array(per_draw)
    mean, drawn_lines = every.mean(axis=0), len(draws.weights)
    return Distances(
        observed=np.array(observed),
        expected=every[:, draws.correct].mean(axis=1),
        correct=mean[draws.correct],
        fresh=_at_full_size(*np.split(mean[drawn_lines:], [len(draws.halves[0])]), draws.part),
        subsample=mean[draws.subsample],
        grid=mean[draws.grid],
        influence=influence / len(tables),
    )


def _at_full_size(halves: np.ndarray, quarters: np.ndarray, part: float) -> np.ndarray:
    """Return distances between disjoint parts as they would be between files of full size.

    The distance falls with a power of the size, between 0 (nothing in common) and 1/2 (many
    records in every cell), which halving the parts once more shows.
    """
    if not halves.size or halves.mean() == 0:
        return halves
    power = np.clip(np.log2(quarters.mean() / halves.mean()), 0.0, 0.5)
    scaled: np.ndarray = halves * part**power
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

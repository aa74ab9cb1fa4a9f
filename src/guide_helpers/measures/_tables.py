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
    """Resampled originals: one line of row weights a draw, and which lines serve which null.

    `fresh` holds pairs of lines, one of each file's size.
    """

    weights: np.ndarray
    correct: np.ndarray
    fresh: tuple[np.ndarray, np.ndarray]
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
    """Return bootstraps and subsamples of the original, drawn by privacy unit.

    `share` asks for subsamples of that share besides those of the grid.
    """
    n_units, rows = int(units.max()) + 1, len(units)
    as_many = max(1, round(n_units * synthetic_rows / rows))

    def bootstrap(size: int) -> np.ndarray:
        return np.bincount(rng.integers(0, n_units, size), minlength=n_units)

    def part(portion: float) -> np.ndarray:
        kept = np.zeros(n_units)
        kept[rng.permutation(n_units)[: max(1, round(portion * n_units))]] = 1
        return kept

    lines = [bootstrap(as_many) for _ in range(draws)]
    correct = again = np.arange(draws)
    if as_many == n_units:
        again = np.roll(again, 1)
    else:
        again = draws + again
        lines += [bootstrap(n_units) for _ in range(draws)]
    start = len(lines)
    if share is not None:
        lines += [part(share) for _ in range(draws)]
    middle = len(lines)
    shares = GRID[GRID * n_units >= 1]
    lines += [part(x) for x in shares]
    weights = np.take(np.array(lines, dtype=float), units, axis=1)
    weights /= weights.sum(axis=1, keepdims=True)
    return Draws(
        weights,
        correct,
        (correct, again),
        np.arange(start, middle),
        np.arange(middle, len(lines)),
        shares,
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
    for old, new, size in _joint(variables, tables):
        shares = np.bincount(old, minlength=size) / len(old)
        gap = np.bincount(new, minlength=size) / len(new) - shares
        observed.append(np.abs(gap).sum() / 2)
        influence += (np.sign(gap) / 2)[new]
        drawn = np.array([np.bincount(old, w, size) for w in draws.weights])
        left, right = draws.fresh
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
        fresh=mean[drawn_lines:],
        subsample=mean[draws.subsample],
        grid=mean[draws.grid],
        influence=influence / len(tables),
    )


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

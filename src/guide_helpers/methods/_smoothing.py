"""Quantities smoothed so that no value of a single record is handed on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np

FEW = 10
"""A value that fewer records share is smoothed; no knot of the smoothed line rests on fewer."""


@dataclass(frozen=True)
class Smoother:
    """Replaces codes of rare values by values along a line through averages of records.

    A value that at least `least` records share stays as it is. A rarer one is drawn anew within
    `least` ranks around it, along the line between averages of at least `least` neighbouring
    records, and gets as many decimals as the original has.
    """

    distinct: np.ndarray
    upto: np.ndarray
    kept: np.ndarray
    shares: np.ndarray
    line: np.ndarray
    decimals: int | None
    least: int

    @classmethod
    def of(cls, distinct: np.ndarray, counts: np.ndarray, least: int = FEW) -> Self | None:
        """Return the smoother of values that occur so often; None where none is needed.

        None too where there are fewer than `least` records: nothing could be averaged.
        """
        if counts.sum() < least or (counts[counts > 0] >= least).all():
            return None
        seen = counts > 0
        shares, line = knots(distinct[seen], counts[seen], least)
        upto = np.concatenate([[0], np.cumsum(counts)])
        return cls(distinct, upto, counts >= least, shares, line, decimals(distinct), least)

    def values(self, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return a value for each code."""
        found = np.asarray(self.distinct[codes])
        rare = np.flatnonzero(~self.kept[codes])
        if len(rare):
            first, last = self.upto[codes[rare]], self.upto[codes[rare] + 1]
            reach = self.least / 2
            ranks = first - reach + rng.random(len(rare)) * (last - first + 2 * reach)
            drawn = np.interp(ranks / self.upto[-1], self.shares, self.line)
            found[rare] = drawn if self.decimals is None else np.round(drawn, self.decimals)
        return found


def decimals(values: np.ndarray, most: int = 6) -> int | None:
    """Return how many decimals the values have; None where they have more than `most`."""
    for count in range(most + 1):
        if np.allclose(values, np.round(values, count), rtol=0, atol=1e-9):
            return count
    return None


def knots(distinct: np.ndarray, counts: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Return cumulative shares and the smoothed quantiles there.

    A spike has a knot at each end. Between spikes, a knot stands in the middle of each block of
    at least `least` records; a run of fewer records goes to the spike beside it.
    """
    n = counts.sum()
    upto = np.concatenate([[0], np.cumsum(counts)])
    spikes = np.flatnonzero(counts >= least)
    edges = np.concatenate([[-1], spikes, [len(counts)]])
    runs = [(a + 1, b) for a, b in pairwise(edges)]
    shares: list[float] = []
    knots: list[float] = []
    for i, (first, last) in enumerate(runs):
        low = distinct[spikes[i - 1]] if i else None
        high = distinct[spikes[i]] if i < len(spikes) else None
        start, end = int(upto[first]), int(upto[last])
        if end - start >= least:
            ranks, means = _blocks(distinct[first:last], counts[first:last], least)
            places, line = _between(ranks, means, end - start, low, high, distinct[0])
            shares += list(start + places)
            knots += list(line)
        if high is not None:
            shares += [end if end - start >= least else start, upto[last + 1]]
            knots += [high, high]
    return np.clip(np.array(shares) / n, 0.1 / n, 1 - 0.1 / n), np.array(knots)


def _blocks(distinct: np.ndarray, counts: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the middle ranks and the means of blocks of neighbouring records."""
    records = np.repeat(distinct, counts)
    cuts = np.linspace(0, len(records), len(records) // least + 1).astype(int)
    means = np.add.reduceat(records, cuts[:-1]) / np.diff(cuts)
    return (cuts[:-1] + cuts[1:]) / 2, means


def _between(
    ranks: np.ndarray,
    means: np.ndarray,
    size: int,
    low: float | None,
    high: float | None,
    smallest: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the knots of a run with its ends, which lie half a block beyond the outer means.

    An end goes no farther than the spike beside it, and a quantity that is never negative stays
    so.
    """
    steps = np.diff(means)
    first, last = (steps[0] / 2, steps[-1] / 2) if len(steps) else (0.0, 0.0)
    floor = low if low is not None else (0.0 if smallest >= 0 else -np.inf)
    ends = max(means[0] - first, floor), min(means[-1] + last, np.inf if high is None else high)
    return np.concatenate([[0], ranks, [size]]), np.concatenate([[ends[0]], means, [ends[1]]])

"""A variable given others by trees: one tree or several, and the observed values in the leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from guide_helpers.methods._coding import Coded, level_bins, ordered_bins
from guide_helpers.methods._splits import Grid, unsigned
from guide_helpers.methods._trees import Limits, Tree, grow


class Draws(Protocol):
    """What a step of a sequence can do: draw a variable given the codes of its predictors."""

    def draw(self, codes: Sequence[np.ndarray], rows: int, rng: np.random.Generator) -> np.ndarray:
        """Return codes (whole numbers) or quantities (floats), one for each row."""


@dataclass(frozen=True)
class Binning:
    """How the codes of each predictor become places on the axis of a tree."""

    places: tuple[np.ndarray, ...]
    first: np.ndarray

    @classmethod
    def of(
        cls, predictors: Sequence[Coded], target: np.ndarray, max_bins: int, min_rows: int
    ) -> Self:
        """Return the binning of predictors for a target: floats, or classes from 0."""
        bins = [
            ordered_bins(p, max_bins) if p.ordered else level_bins(p, target, max_bins, min_rows)
            for p in predictors
        ]
        first = np.cumsum([0, *(int(b.max()) + 1 for b in bins)])
        kind = unsigned(int(first[-1]))
        return cls(tuple((b + f).astype(kind) for b, f in zip(bins, first, strict=False)), first)

    def grid(self, codes: Sequence[np.ndarray], rows: int) -> Grid:
        """Return the grid of some rows, given their codes in each predictor."""
        bins = np.empty((rows, len(self.places)), unsigned(int(self.first[-1])))
        for j, (places, column) in enumerate(zip(self.places, codes, strict=True)):
            bins[:, j] = places.take(column)
        return Grid(bins, self.first)


@dataclass(frozen=True)
class Conditional:
    """Draws codes of a variable given those of its predictors, each from a leaf's donors.

    Donors of a leaf are equally likely, or as likely as their weights, whose running sum over
    all donors, leaf after leaf, is `upto`.
    """

    binning: Binning
    tree: Tree
    donors: np.ndarray
    begin: np.ndarray
    size: np.ndarray
    upto: np.ndarray | None = None

    @classmethod
    def learn(
        cls,
        predictors: Sequence[Coded],
        codes: np.ndarray,
        target: np.ndarray,
        limits: Limits,
        max_bins: int,
        weights: np.ndarray | None = None,
    ) -> Self:
        """Return the tree of `target` with `codes` as donors, row by row.

        Two classes are taken as numbers, 0 and 1: both criteria then rank splits alike.
        """
        if target.dtype.kind != "f" and target.max() <= 1:
            target = target.astype(float)
        binning = Binning.of(predictors, target, max_bins, limits.min_leaf)
        tree = grow(binning.grid([p.codes for p in predictors], len(codes)), target, limits)
        order = np.argsort(tree.leaf.astype(unsigned(len(tree.predictor))), kind="stable")
        size = np.bincount(tree.leaf, minlength=len(tree.predictor))
        begin = np.cumsum(size) - size
        upto = None if weights is None else np.cumsum(np.append(0.0, weights[order]))
        return cls(binning, tree, codes[order], begin, size, upto)

    def draw(self, codes: Sequence[np.ndarray], rows: int, rng: np.random.Generator) -> np.ndarray:
        """Return one donor's code for each row."""
        leaf = self.tree.find(self.binning.grid(codes, rows).bins)
        first, size, chance = self.begin[leaf], self.size[leaf], rng.random(rows)
        if self.upto is None:
            return np.asarray(self.donors[first + (chance * size).astype(np.intp)])
        low, high = self.upto[first], self.upto[first + size]
        donor = np.searchsorted(self.upto, low + chance * (high - low), side="right") - 1
        return np.asarray(self.donors[np.clip(donor, first, first + size - 1)])


@dataclass(frozen=True)
class Forest:
    """Several trees, each on a bootstrap sample and some predictors; each row is sent to one."""

    trees: tuple[Conditional, ...]
    chosen: tuple[np.ndarray, ...]

    @classmethod
    def learn(
        cls,
        predictors: Sequence[Coded],
        codes: np.ndarray,
        target: np.ndarray,
        limits: Limits,
        max_bins: int,
        weights: np.ndarray | None,
        trees: int,
        share: float,
        rng: np.random.Generator,
    ) -> Self:
        """Return `trees` trees that each know a random `share` of the predictors."""
        grown, chosen = [], []
        for _ in range(trees):
            rows = rng.integers(0, len(codes), len(codes))
            count = max(1, round(share * len(predictors))) if predictors else 0
            some = np.sort(rng.permutation(len(predictors))[:count])
            known = [predictors[j].take(rows) for j in some]
            weight = None if weights is None else weights[rows]
            grown.append(
                Conditional.learn(known, codes[rows], target[rows], limits, max_bins, weight)
            )
            chosen.append(some)
        return cls(tuple(grown), tuple(chosen))

    def draw(self, codes: Sequence[np.ndarray], rows: int, rng: np.random.Generator) -> np.ndarray:
        """Return one donor's code for each row, from a tree taken at random."""
        which = rng.integers(0, len(self.trees), rows)
        drawn = np.empty(rows, np.intp)
        for k, (tree, some) in enumerate(zip(self.trees, self.chosen, strict=True)):
            here = np.flatnonzero(which == k)
            if len(here):
                drawn[here] = tree.draw([codes[j][here] for j in some], len(here), rng)
        return drawn

"""A variable given others: a tree, and the observed values in its leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from guide_helpers.methods._coding import Coded, level_bins, ordered_bins
from guide_helpers.methods._splits import Grid, unsigned
from guide_helpers.methods._trees import Limits, Tree, grow


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
    """Draws codes of a variable given those of its predictors, each from a leaf's donors."""

    binning: Binning
    tree: Tree
    donors: np.ndarray
    begin: np.ndarray
    size: np.ndarray

    @classmethod
    def learn(
        cls,
        predictors: Sequence[Coded],
        codes: np.ndarray,
        target: np.ndarray,
        limits: Limits,
        max_bins: int,
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
        return cls(binning, tree, codes[order], np.cumsum(size) - size, size)

    def draw(self, codes: Sequence[np.ndarray], rows: int, rng: np.random.Generator) -> np.ndarray:
        """Return one donor's code for each row, every donor of its leaf being as likely."""
        leaf = self.tree.find(self.binning.grid(codes, rows).bins)
        donor = (rng.random(rows) * self.size[leaf]).astype(np.intp)
        return np.asarray(self.donors[self.begin[leaf] + donor])


@dataclass(frozen=True)
class Part:
    """A variable with its missing values as their own part.

    Levels count missing as one more level. For quantities a first tree says whether there is a
    value, a second one, grown on the rows that have one, draws it.
    """

    predictors: tuple[str, ...]
    missing: int
    presence: Conditional | None
    value: Conditional | None

    @classmethod
    def learn(
        cls, column: Coded, predictors: dict[str, Coded], limits: Limits, max_bins: int
    ) -> Self:
        """Return the part of a column given others."""
        names, given = tuple(predictors), tuple(predictors.values())
        presence = value = None
        quantities = column.quantities
        if quantities is None:
            value = Conditional.learn(given, column.codes, column.codes, limits, max_bins)
            return cls(names, column.missing, None, value)
        there = column.present
        if not there.all():
            seen = there.astype(np.intp)
            presence = Conditional.learn(given, seen, seen, limits, max_bins)
            rows = np.flatnonzero(there)
            given, column = tuple(p.take(rows) for p in given), column.take(rows)
        if len(column.codes):
            target = quantities[column.codes]
            value = Conditional.learn(given, column.codes, target, limits, max_bins)
        return cls(names, column.missing, presence, value)

    def draw(self, known: dict[str, np.ndarray], rows: int, rng: np.random.Generator) -> np.ndarray:
        """Return codes for rows whose predictors are known."""
        given = [known[name] for name in self.predictors]
        drawn = np.full(rows, self.missing)
        if self.value is None:
            return drawn
        if self.presence is None:
            return self.value.draw(given, rows, rng)
        there = np.flatnonzero(self.presence.draw(given, rows, rng))
        drawn[there] = self.value.draw([g[there] for g in given], len(there), rng)
        return drawn

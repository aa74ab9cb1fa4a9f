"""Adversarial random forest: trees that part the records until nothing is left to tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.cards import (
    Capabilities,
    MethodCard,
    Status,
    UseCase,
    card,
    conditional,
    fit,
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.methods._binned import BinnedTable, check_whole
from guide_helpers.methods._frame import assemble
from guide_helpers.schema import Dataset, Kind


@card(
    MethodCard(
        title="Adversarial random forest",
        summary=(
            "Grows a forest that tells records from draws out of the last forest's leaves, until "
            "it cannot, and then draws each variable on its own within a leaf."
        ),
        family="trees",
        origin=("watson2023",),
        inputs="the records of one table",
        sources=("watson2023",),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: unfit(
                "no privacy guarantee, rare levels come back, and combinations that a leaf "
                "allows may never occur"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "main relations survive and no order of the variables is needed; interactions "
                "within a leaf are lost, so compare with `cart`"
            ),
            UseCase.EDUCATION: conditional(
                "relations good enough for exercises, after a risk check"
            ),
            UseCase.TESTING_TECHNOLOGY: fit(
                "right types, levels, missing rates and plausible relations in any size"
            ),
        },
        capabilities=Capabilities(
            missing=True,
            keeps_missing_rates=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime"),
        ),
        weaknesses=(
            "A fitted forest holds the class of every variable of every record: treat it as "
            "confidential.",
            "Within a leaf all variables are independent: what no split has found is lost, and "
            "with many variables or large leaves that is much.",
            "Rules, structural zeros and derived variables (a sum of others) are not kept.",
            "The stopping rule speaks of what this forest can tell apart, not of all relations.",
            "Levels come back by their share in the leaf: a level of one record is published.",
            "A value that `least` records share comes back as it is; extremes are averages of "
            "`least` records or a little beyond, so the far tail is too short.",
            "The paper draws quantities from a truncated normal in each leaf "
            "{cite:p}`watson2023`; here they are drawn from classes of the whole file, which "
            "keeps heaps and gaps but no trend within a class.",
        ),
        implementation="guide_helpers, with the trees of scikit-learn",
        licence="Apache-2.0; scikit-learn is BSD-3-Clause",
        requires=("sklearn",),
    )
)
@dataclass
class AdversarialForest:
    """Leaves in which the variables are independent, found by rounds of drawing and telling.

    Each tree begins as one leaf. In each round, as many draws as records are made in every leaf,
    each variable on its own, and a tree grown inside the leaf learns to tell them from the
    records. If it can, out of bag, the variables are not independent there, and its leaves take
    the place of that leaf. The rounds end when, over all leaves, no more than half (plus
    `tolerance`) of records and draws are told right, or no fewer than in the round before.

    Watson et al. grow each forest afresh against draws from the one before. What an earlier
    forest has found is then forgotten where the draws already have it; here it is kept.

    Parameters
    ----------
    trees
        Trees of the forest; each synthetic record comes from one of them.
    leaf
        Records of the original in every leaf, at least: the fewer, the closer to the records.
    rounds
        Greatest number of rounds.
    tolerance
        How far above one half the share told right may stay.
    bins
        Classes of a quantity, of about equal share.
    least
        Records behind every class and every knot of the curves from which values are drawn.

    After `fit`, `history_` holds, by round, the share told right out of bag and the mean number
    of leaves of a tree.
    """

    trees: int = 10
    leaf: int = 10
    rounds: int = 10
    tolerance: float = 0.0
    bins: int = 50
    least: int = 10

    def __post_init__(self) -> None:
        check_whole(trees=(self.trees, 1), rounds=(self.rounds, 1))
        check_whole(leaf=(self.leaf, 2), bins=(self.bins, 2), least=(self.least, 2))
        if not isinstance(self.tolerance, int | float) or not 0 <= self.tolerance < 0.5:
            raise GuideError(f"tolerance={self.tolerance!r} is not between 0 and 0.5")

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Split leaves until draws cannot be told from the records, or no longer better."""
        table = BinnedTable.of(data, self.bins, self.least, rng)
        self.table_ = table.without_codes()
        self.classes_ = np.column_stack([c.codes for c in table.columns.values()])
        self.forest_ = [_Leaves(np.arange(len(data)), np.array([len(data)]))] * self.trees
        before, history = 1.0, []
        for number in range(1, self.rounds + 1):
            forest, right, asked = [], 0, 0
            for leaves in self.forest_:
                split, told, of = self._split(leaves, rng)
                forest.append(split)
                right, asked = right + told, asked + of
            share = right / max(asked, 1)
            history.append((number, share, np.mean([len(f.sizes) for f in forest])))
            if share <= 0.5 + self.tolerance or share >= before:
                break
            self.forest_, before = forest, share
        self.history_ = pd.DataFrame(history, columns=["round", "told right", "leaves"])
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` rows: a tree, a leaf by its share of the records, then each variable alone."""
        shares = rng.multinomial(n, np.full(self.trees, 1 / self.trees))
        drawn = [
            leaves.draw(self.classes_, rng.integers(len(self.classes_), size=k), rng)
            for leaves, k in zip(self.forest_, shares, strict=True)
        ]
        cells = rng.permutation(np.concatenate(drawn)).T
        return assemble(self.table_.empty, self.table_.values(list(cells), rng), n)

    def _split(self, leaves: _Leaves, rng: np.random.Generator) -> tuple[_Leaves, int, int]:
        """Return the leaves of one tree after a round, how many were told right, and of how many.

        Only records and draws that a tree has not learned from are asked for.
        """
        from sklearn.tree import DecisionTreeClassifier

        drawn = leaves.draw(self.classes_, np.arange(len(self.classes_)), rng)
        ranks = self._ranks(rng)
        records = _ranked(ranks, self.classes_[leaves.records])
        draws = _ranked(ranks, drawn)
        parts, right, asked = [], 0, 0
        for rows in np.split(np.arange(len(records)), np.cumsum(leaves.sizes)[:-1]):
            parts.append(leaves.records[rows])
            if len(rows) < 2 * self.leaf:
                continue
            both, which = np.concatenate([records[rows], draws[rows]]), np.arange(2 * len(rows))
            which = (which < len(rows)).astype(np.int64)
            chosen = rng.integers(len(both), size=len(both))
            outside = np.bincount(chosen, minlength=len(both)) == 0
            tree = DecisionTreeClassifier(
                max_features="sqrt",
                min_samples_leaf=self.leaf,
                random_state=int(rng.integers(2**31)),
            ).fit(both[chosen], which[chosen])
            told = int((tree.predict(both[outside]) == which[outside]).sum())
            right, asked = right + told, asked + int(outside.sum())
            if 2 * told > outside.sum():
                ends = tree.apply(records[rows])
                nodes = tree.tree_
                ends = _merge(nodes.children_left, nodes.children_right, ends, self.leaf)[ends]
                parts[-1:] = [leaves.records[rows[ends == end]] for end in np.unique(ends)]
        sizes = np.array([len(part) for part in parts])
        return _Leaves(np.concatenate(parts), sizes), right, asked

    def _ranks(self, rng: np.random.Generator) -> list[np.ndarray]:
        """Return the rank of each class of each variable, along which a tree may split.

        The levels of an unordered variable are ranked by the mean, over their records, of a
        random mixture of all variables; so levels that are alike in some respect stand together
        in some tree.
        """
        columns = self.table_.columns
        variables = self.table_.empty.schema.variables
        kinds = [variables[int(name.partition(":")[0])].kind for name in columns]
        nominal = np.array([kind is Kind.CATEGORICAL for kind in kinds])
        ranks = [np.arange(c.count, dtype=np.float32) for c in columns.values()]
        for i in np.flatnonzero(nominal):
            ranks[i] = rng.permutation(ranks[i])
        scores = _ranked(ranks, self.classes_)
        spread = scores.std(axis=0)
        weights = rng.standard_normal(len(ranks)) / np.where(spread > 0, spread, 1)
        mixture = scores @ weights
        for i in np.flatnonzero(nominal):
            others = mixture - scores[:, i] * weights[i]
            counts = np.bincount(self.classes_[:, i], minlength=len(ranks[i]))
            sums = np.bincount(self.classes_[:, i], others, len(ranks[i]))
            means = sums / np.maximum(counts, 1)
            ranks[i] = np.argsort(np.argsort(means, kind="stable")).astype(np.float32)
        return ranks


@dataclass(frozen=True)
class _Leaves:
    """The numbers of the records in the order of their leaves, and the sizes of these."""

    records: np.ndarray
    sizes: np.ndarray

    def draw(self, classes: np.ndarray, places: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return a draw from the leaf at each place: each variable from a record of its own."""
        starts = np.cumsum(self.sizes) - self.sizes
        leaf = np.repeat(np.arange(len(self.sizes)), self.sizes)[places]
        steps = rng.random((len(places), classes.shape[1])) * self.sizes[leaf][:, None]
        chosen = self.records[starts[leaf][:, None] + steps.astype(np.int64)]
        return np.asarray(classes[chosen, np.arange(classes.shape[1])])


def _ranked(ranks: list[np.ndarray], classes: np.ndarray) -> np.ndarray:
    """Return classes as ranks, one column a variable."""
    return np.column_stack([r[c] for r, c in zip(ranks, classes.T, strict=True)])


def _merge(left: np.ndarray, right: np.ndarray, ends: np.ndarray, least: int) -> np.ndarray:
    """Return, for each node, the node above or itself that stays a leaf.

    A split with fewer than `least` records of the original on one side is undone. A node's
    number is greater than that of the node above it.
    """
    counts = np.bincount(ends, minlength=len(left))
    inner = np.flatnonzero(left >= 0)
    for node in inner[::-1]:
        counts[node] = counts[left[node]] + counts[right[node]]
    stays = np.arange(len(left))
    for node in inner:
        below = left[node], right[node]
        if stays[node] != node or min(counts[i] for i in below) < least:
            for i in below:
                stays[i] = stays[node]
    return stays

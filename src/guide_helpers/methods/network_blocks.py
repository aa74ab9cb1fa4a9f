"""Networks drawn from aggregates: degrees in classes by block, and ties between blocks."""

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
)
from guide_helpers.methods._given import Given
from guide_helpers.methods._network import Plan, Ties
from guide_helpers.methods._network_draw import Degrees, Recipe
from guide_helpers.methods._options import whole
from guide_helpers.methods._sequential import Sequential
from guide_helpers.schema import Dataset


@card(
    MethodCard(
        title="Block model of a network",
        summary=(
            "Counts ties between blocks and the degrees of each block's nodes in classes, and "
            "draws a new network with both; which node is tied to which is chance."
        ),
        family="network",
        made_for="networks",
        origin=("holland1983", "karrer2011"),
        inputs="rows of ties: the two nodes, and the block of each, such as region or sector",
        sources=("holland1983", "karrer2011", "peixoto2017"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "nobody's ties are in it beyond what the tables say; look at small blocks and at "
                "the best-connected nodes, whose degree comes back"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "for questions about degrees and blocks; triangles, and so contagion and cohesion, "
                "are lost where people meet in groups"
            ),
            UseCase.EDUCATION: fit("the model that every course on networks teaches"),
            UseCase.TESTING_TECHNOLOGY: fit("hubs and sparse blocks in any size, in seconds"),
        },
        capabilities=Capabilities(
            missing=True,
            keeps_missing_rates=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime"),
        ),
        weaknesses=(
            "Ties are drawn one by one given degrees and blocks: closed triangles come back only "
            "as far as these explain them. Blocks must be columns of the file; none are searched "
            "for.",
            "A class of degrees with one node gives that node's degree: the best-connected is to "
            "be seen. So is a block with one tie. There is no formal guarantee; dp_network has "
            "one.",
            "Directions mean nothing, nodes are of one kind, and a tie is there once: rows that "
            "repeat a tie come back as one. A network of customers and products is another matter.",
            "Nodes without ties are in no row, so they are neither learnt nor drawn. Columns that "
            "describe a node, other than its block, are drawn as if they described the tie.",
            "Other columns of a tie are drawn by trees given the blocks of its ends alone.",
            "In blocks where nearly all pairs are tied, some ties are moved elsewhere.",
            "A table without two columns of nodes is drawn by sequential trees, as by cart.",
        ),
    )
)
@dataclass
class NetworkBlocks:
    """Draw a network with the degrees and the ties between blocks of another.

    Parameters
    ----------
    source, target
        The identifiers of the two nodes of a tie; by default the columns of these names.
    blocks
        The two columns that hold the blocks of both ends; by default source_block and
        target_block where there are such. Without them all nodes are of one block.
    exact
        Degrees up to this one are counted one by one, greater ones in classes each twice as wide
        as the one before; of a class mean and spread are kept.
    min_leaf
        Fewest records in a leaf of the trees for other columns.

    `n` counts ties; with another number of them the number of nodes changes in proportion.
    """

    source: str | None = None
    target: str | None = None
    blocks: tuple[str, str] | None = None
    exact: int = 8
    min_leaf: int = 10

    def __post_init__(self) -> None:
        whole("exact", self.exact, 1)
        whole("min_leaf", self.min_leaf, 1)

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Count degrees and ties; no tie is kept."""
        self.plan_ = Plan.of(data, self.source, self.target, self.blocks)
        if self.plan_ is None:
            self.table_ = Sequential(min_leaf=self.min_leaf).fit(data, rng=rng)
            return self
        ties = Ties.of(data, self.plan_)
        ties.refuse_none(self.plan_)
        self.recipe_ = Recipe(
            np.bincount(ties.block, minlength=ties.blocks).astype(float),
            tuple(self._classes(d) for d in ties.degrees_by_block()),
            ties.mixing(),
        )
        self.default_size_ = len(ties)
        self.empty_ = data.with_rows(data.rows.iloc[:0])
        self.others_ = self._learnt(data, ties, rng)
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` ties."""
        if self.plan_ is None:
            return self.table_.sample(n, rng=rng)
        pairs, block = self.recipe_.draw(n, rng)
        known = pd.DataFrame(
            self.plan_.block_columns(self.empty_, block[pairs]), index=pd.RangeIndex(n)
        )
        others = known if self.others_ is None else self.others_.draw(known, rng)
        return self.plan_.file(self.empty_, pairs, block, others)

    def _classes(self, degrees: np.ndarray) -> Degrees:
        """Return degrees in classes; values of a class lie evenly around its mean, as wide."""
        edges = _edges(self.exact, int(degrees.max(initial=1)))
        of = np.searchsorted(edges, degrees, side="right") - 1
        count = np.bincount(of, minlength=len(edges) - 1)
        seen = np.flatnonzero(count)
        mean, square = (
            np.bincount(of, degrees**power, minlength=len(edges) - 1)[seen] / count[seen]
            for power in (1, 2)
        )
        middle = np.round(mean).astype(np.int64)
        wide = np.round(np.sqrt(3 * np.maximum(0, square - mean**2))).astype(np.int64)
        reach = np.minimum(middle - edges[seen], edges[seen + 1] - 1 - middle)
        reach = np.minimum(reach, wide)
        return Degrees(middle - reach, middle + reach, count[seen])

    def _learnt(self, data: Dataset, ties: Ties, rng: np.random.Generator) -> Given | None:
        assert self.plan_ is not None
        if not self.plan_.others:
            return None
        part = Dataset.of(data.rows.iloc[ties.row], data.schema)
        part = part.keep(*self.plan_.others, *(self.plan_.blocks or ()))
        return Given.learn(part, self.plan_.others, rng=rng, min_leaf=self.min_leaf)


def _edges(exact: int, most: int) -> np.ndarray:
    """Return where classes of degrees begin, and the end of the last."""
    found, width = list(range(1, exact + 2)), 2
    while found[-1] <= most:
        found.append(found[-1] + width)
        width *= 2
    return np.array(found)

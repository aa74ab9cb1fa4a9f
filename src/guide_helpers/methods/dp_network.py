"""Networks under differential privacy: for one tie, or for one node with all its ties."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, card, conditional, fit
from guide_helpers.errors import GuideError
from guide_helpers.methods._cells import Cells
from guide_helpers.methods._consistency import onto_total
from guide_helpers.methods._counting import MAX_CELLS, draw
from guide_helpers.methods._network import Plan, Ties
from guide_helpers.methods._network_bounds import (
    bounded_degrees,
    bounded_mixing,
    falling,
    in_order,
    smoothed,
)
from guide_helpers.methods._network_draw import Degrees, Recipe
from guide_helpers.methods._options import whole
from guide_helpers.methods._private import CAUTION, PrivateTables
from guide_helpers.schema import Dataset

LEVELS = ("edge", "node")
SHARES = {"nodes": 2.0, "mixing": 2.0, "degrees": 2.0, "column": 2.0}
"""Parts of the budget."""
UNITS = {"edge": "one tie", "node": "one node with all its ties"}


@card(
    MethodCard(
        title="Private network: noisy ties between blocks and noisy degrees",
        summary=(
            "Counts ties between blocks and degrees with noise that hides one tie, or one node "
            "with all its ties, and draws a new network from them."
        ),
        family="network",
        made_for="networks",
        origin=("hay2009", "day2016"),
        inputs="rows of ties: the two nodes, and the public block of each",
        sources=("hay2009", "kasiviswanathan2013", "day2016", "karwa2016", "karrer2011"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                'say which unit is protected: level="edge" hides a tie, not a person; '
                'level="node" hides a person and needs thousands of nodes'
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "for degrees and ties between blocks of large networks; triangles are lost"
            ),
            UseCase.EDUCATION: fit("a lesson in what a privacy unit is"),
            UseCase.TESTING_TECHNOLOGY: conditional("where counts without noise will not do"),
        },
        capabilities=Capabilities(missing=True, keeps_missing_rates=True, formal_privacy=True),
        weaknesses=(
            'With level="edge", the default, the guarantee is that of one tie. Somebody with forty '
            "ties is protected forty times less: the degree of the best-connected node is to be "
            "seen.",
            'With level="node" a node counts with at most `most_ties` ties, and noise is in '
            "proportion to that bound: hubs become like others, and networks of hundreds of nodes "
            "are all noise. Other columns of a tie are refused.",
            "Nobody knows the right bound but from the records; take it from what is public.",
            "Ties between many blocks have many cells, most of them empty, and noise in each; with "
            'level="node" noise also grows with the number of blocks.',
            "Ties are drawn one by one given degrees and blocks: triangles come back only as far "
            "as these explain them. Directions, repeats and nodes without ties are not kept.",
            "Blocks are public levels; who is in which is protected with its ties. One person who "
            "is two nodes is hidden only at twice the epsilon.",
            "A table without two columns of nodes is drawn column by column, as by dp_marginals.",
        ),
        implementation="guide_helpers, with the noise and the accountant of diffprivlib 0.6.6",
        licence="Apache-2.0; diffprivlib is MIT",
        requires=("diffprivlib",),
    )
)
@dataclass
class DpNetwork(PrivateTables):
    """A network drawn from noisy degrees and noisy ties between blocks.

    `level` says what is protected: "edge" one tie, "node" one node with all its ties. On the
    first, nodes are counted by block, then their degrees in falling order, as many as were
    counted. On the second, ties are bounded so that a node keeps at most `most_ties` of them, and
    degrees are counted in classes. `source`, `target` and `blocks` name the columns of the nodes
    and of their blocks, by default those of these names. Without `delta` the claim is pure
    epsilon; with it the accounting is zCDP. `n_public` says that the number of ties is no secret.

    Once fitted, `recipe_` has what the network is drawn from.
    """

    level: str = "edge"
    most_ties: int = 10
    source: str | None = None
    target: str | None = None
    blocks: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        whole("most_ties", self.most_ties, 1)
        if self.level not in LEVELS:
            raise GuideError(f"no level {self.level!r}; known: {', '.join(LEVELS)}")
        if self.level == "node" and self.n_public:
            raise GuideError("n_public speaks of ties, which are no unit of level='node'")

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Measure the noisy tables; no record is kept."""
        cells = self._open(data, rng)
        self.plan_ = Plan.of(data, self.source, self.target, self.blocks)
        if self.plan_ is None:
            self._count_columns(cells, data, rng)
            return self._close(data)
        self.cells_ = {c.variable.name: c for c in cells if c.variable.name in self.plan_.others}
        self._check_size(data)
        self._set_prices()
        ties = Ties.of(data, self.plan_)
        if self.level == "node":
            self._count_nodes(ties, rng)
        else:
            self._count_edges(ties)
        self.tables_ = {
            name: self._table(c, data.rows[name].iloc[ties.row]) for name, c in self.cells_.items()
        }
        total = len(ties) if self.n_public else round(float(self.recipe_.mixing.sum()))
        self.default_size_ = max(1, total)
        return self._close(data)

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` ties; this is post-processing and costs nothing."""
        if self.plan_ is None:
            sizes = self._sizes(n, rng)
            total = int(sizes.sum())
            groups = [draw(margin, total, rng) for margin in self.margins_]
            return self._file(sizes, groups, self.margins_, rng)
        pairs, block = self.recipe_.draw(n, rng)
        others = {
            name: cells.decode(draw(self.tables_[name], n, rng), rng)
            for name, cells in self.cells_.items()
        }
        return self.plan_.file(self.empty_, pairs, block, others)

    def _close(self, data: Dataset) -> Self:
        """Keep the shape of the file and the privacy loss, which speaks of ties or nodes."""
        super()._close(data)
        if self.plan_ is None:
            return self
        unit, most = UNITS[self.level], self.most_ties
        counted = "each tie counts once, however many rows repeat it"
        if self.level == "node":
            counted = f"ties of a node that count: at most {most}, and {most} in a pair of blocks"
        loss = self.privacy_
        self.privacy_ = replace(
            loss, unit=unit, contribution=counted, claim=loss.claim.replace(loss.unit, unit)
        )
        return self

    def _count_columns(self, cells: list[Cells], data: Dataset, rng: np.random.Generator) -> None:
        """Count the columns of a table that is no network one by one."""
        if self.level == "node":
            raise GuideError("level='node' needs ties; name their columns with source and target")
        price = self._till.budget * CAUTION / (len(cells) + self._sized)
        self._count(cells, data, rng, price)
        self.margins_ = self._margins()
        self.default_size_ = data.n_units if self.n_public else self._default_size()

    def _check_size(self, data: Dataset) -> None:
        assert self.plan_ is not None
        self.count_ = self.plan_.levels(data)
        if self.count_ * (self.count_ + 1) // 2 > MAX_CELLS:
            raise GuideError(f"{self.count_ - 1:,} blocks have too many pairs; use larger blocks")
        if self.level == "node" and self.plan_.others:
            raise GuideError(
                "level='node' keeps no columns of ties but their blocks, since one node may move "
                f"many of them; drop {self.plan_.others[0]!r} with keep(...)"
            )

    def _set_prices(self) -> None:
        """Share the budget out to the tables."""
        wanted = {name: SHARES[name] for name in ("mixing", "degrees")}
        wanted |= {"nodes": SHARES["nodes"]} if self.level == "edge" else {}
        wanted |= dict.fromkeys(self.cells_, SHARES["column"])
        whole_budget = self._till.budget * CAUTION / sum(wanted.values())
        self._prices = {name: part * whole_budget for name, part in wanted.items()}

    def _count_edges(self, ties: Ties) -> None:
        """Measure nodes by block, ties by pair of blocks, and degrees, for one tie."""
        price = self._prices["nodes"]
        counts = np.bincount(ties.block, minlength=ties.blocks)
        # a tie brings at most two nodes into the file
        found = self._till.measure("nodes by block", counts, price=price, sensitivity=2)
        nodes = np.maximum(found, 0)
        if self.count_ > 1 and nodes[-1] <= self._till.exceeded_by_noise(price, 2):
            nodes[-1] = 0
        mixing = self._till.measure(
            "ties between blocks", ties.mixing(), price=self._prices["mixing"], sensitivity=1
        )
        falls = falling(ties.degrees_by_block(), nodes)
        noisy = self._till.measure(
            "degrees in falling order", falls, price=self._prices["degrees"], sensitivity=2
        )
        possible = self._possible(mixing, nodes)
        low, high = np.triu_indices(self.count_)
        halves = np.bincount(low, possible) + np.bincount(high, possible)
        parts = np.split(noisy, np.cumsum(nodes)[:-1])
        degrees = tuple(_of_sum(p, h) for p, h in zip(parts, halves, strict=True))
        self.recipe_ = Recipe(nodes.astype(float), degrees, possible)

    def _count_nodes(self, ties: Ties, rng: np.random.Generator) -> None:
        """Measure degrees in classes by block, and ties by pair of blocks, for one node."""
        most, order = self.most_ties, in_order(ties, rng)
        edges = _edges(most)
        degree = bounded_degrees(ties, order, most)
        tied = degree > 0
        kind = np.searchsorted(edges, degree[tied], side="right") - 1
        size = len(edges) - 1
        counts = np.bincount(ties.block[tied] * size + kind, minlength=self.count_ * size)
        # the node leaves its cell, and at most `most` others go from one cell to the next
        found = self._till.measure(
            "nodes by block and degree",
            counts,
            price=self._prices["degrees"],
            sensitivity=2 * most + 1,
        )
        table = _within(found).reshape(self.count_, size)
        mixing = self._till.measure(
            "ties between blocks",
            bounded_mixing(ties, order, most),
            price=self._prices["mixing"],
            sensitivity=most * self.count_,
        )
        degrees = tuple(Degrees(edges[:-1], edges[1:] - 1, row) for row in table)
        nodes = table.sum(axis=1)
        self.recipe_ = Recipe(nodes, degrees, self._possible(mixing, nodes))

    def _possible(self, mixing: np.ndarray, nodes: np.ndarray) -> np.ndarray:
        """Return ties between blocks without negative ones, and without blocks that are empty."""
        low, high = np.triu_indices(self.count_)
        there = (nodes[low] >= 1) & (nodes[high] >= 1)
        if not there.any():
            return _within(mixing)
        found = np.zeros(len(mixing))
        found[there] = _within(mixing[there])
        return found

    def _table(self, cells: Cells, values: pd.Series) -> np.ndarray:
        """Return the noisy counts of another column of a tie."""
        name = cells.variable.name
        counts = np.bincount(cells.encode(values), minlength=cells.count)
        found = self._till.measure(name, counts, price=self._prices[name], sensitivity=1)
        found = np.maximum(found, 0)
        if found[-1] <= self._till.exceeded_by_noise(self._prices[name], 1):
            found[-1] = 0
        return np.asarray(found)


def _of_sum(noisy: np.ndarray, halves: float) -> Degrees:
    """Return falling degrees of at least 1 that add up to a block's half ties, one a node."""
    if not len(noisy):
        return Degrees(*(np.zeros(0, dtype=np.int64) for _ in range(3)))
    above = smoothed(noisy) - 1
    found = 1 + onto_total(above[None], np.array([max(0.0, halves - len(noisy))]))[0]
    whole_numbers = np.round(found).astype(np.int64)
    return Degrees(whole_numbers, whole_numbers, np.ones(len(noisy)))


def _within(noisy: np.ndarray) -> np.ndarray:
    """Return the closest counts that are not negative, with the same sum."""
    total = np.array([max(1.0, float(noisy.sum()))])
    return np.asarray(onto_total(noisy[None].astype(float), total)[0])


def _edges(most: int) -> np.ndarray:
    """Return where classes of degrees begin, each about half as far again, up to `most`."""
    found = [1]
    while found[-1] <= most:
        found.append(found[-1] + max(1, found[-1] // 2))
    return np.array([*found[:-1], most + 1])

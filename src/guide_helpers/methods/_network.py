"""A table of ties read as a network: nodes, their blocks, and each tie once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.methods._frame import assemble
from guide_helpers.schema import Dataset, Kind, Role

ENDS = ("source", "target")
BLOCKS = ("source_block", "target_block")


@dataclass(frozen=True)
class Plan:
    """The columns that name the ends of a tie, those of their blocks, and all others."""

    ends: tuple[str, str]
    blocks: tuple[str, str] | None
    others: tuple[str, ...]

    @classmethod
    def of(
        cls,
        data: Dataset,
        source: str | None,
        target: str | None,
        blocks: tuple[str, str] | None,
    ) -> Self | None:
        """Return the plan of a table of ties; None where no column is called so or named."""
        names = data.schema.names
        if source is None and target is None and not set(ENDS) <= set(names):
            if blocks is not None:
                raise GuideError("blocks without ties make no sense; name source and target")
            return None
        ends = (source or ENDS[0], target or ENDS[1])
        if ends[0] == ends[1]:
            raise GuideError(f"source and target are both {ends[0]!r}; a tie needs two columns")
        for name in ends:
            if data.schema[name].kind is not Kind.IDENTIFIER:
                raise GuideError(
                    f"column {name!r} names nodes; declare it an identifier, or rename it if it "
                    "is no end of a tie"
                )
        if blocks is None and set(BLOCKS) <= set(names):
            blocks = BLOCKS
        if blocks is not None:
            _check_blocks(data, blocks)
        taken = {*ends, *(blocks or ())}
        return cls(ends, blocks, tuple(v.name for v in data.schema.modelled if v.name not in taken))

    def levels(self, data: Dataset) -> int:
        """Return how many blocks there are; missing is one."""
        return 1 if self.blocks is None else len(data.rows[self.blocks[0]].cat.categories) + 1

    def file(
        self,
        empty: Dataset,
        ties: np.ndarray,
        block: np.ndarray,
        others: pd.DataFrame | dict[str, Any],
    ) -> Dataset:
        """Return ties between numbered nodes as a table like the original."""
        columns: dict[str, Any] = {name: others[name] for name in self.others}
        numbers = pd.factorize(ties.ravel())[0].reshape(-1, 2) + 1
        for end, name in enumerate(self.ends):
            columns[name] = numbers[:, end]
        columns |= self.block_columns(empty, block[ties])
        return assemble(empty, columns, len(ties))

    def block_columns(self, empty: Dataset, codes: np.ndarray) -> dict[str, Any]:
        """Return the blocks of both ends as levels; the last code is a missing one."""
        if self.blocks is None:
            return {}
        dtype: Any = empty.rows[self.blocks[0]].dtype
        size = len(dtype.categories)
        known = np.where(codes < size, codes, -1)
        return {
            name: pd.Categorical.from_codes(known[:, i], dtype=dtype)
            for i, name in enumerate(self.blocks)
        }


@dataclass(frozen=True)
class Ties:
    """Distinct ties between numbered nodes, directions ignored.

    `pairs` holds the nodes of each tie, `row` its first row in the table, `block` the block of
    each node, `labels` the names of the nodes.
    """

    pairs: np.ndarray
    row: np.ndarray
    block: np.ndarray
    labels: np.ndarray
    blocks: int

    @classmethod
    def of(cls, data: Dataset, plan: Plan) -> Self:
        """Read a table; a tie of a node with itself, or with an end missing, is none."""
        rows = data.rows
        count = plan.levels(data)
        codes, labels = pd.factorize(pd.concat([rows[n] for n in plan.ends], ignore_index=True))
        start, end = np.split(codes, 2)
        kept = np.flatnonzero((start >= 0) & (end >= 0) & (start != end))
        start, end = start[kept], end[kept]
        block = _blocks_of(rows.iloc[kept], plan, start, end, len(labels), count)
        pairs = np.sort(np.column_stack([start, end]), axis=1)
        pairs, first = np.unique(pairs, axis=0, return_index=True)
        used = np.unique(pairs)
        place = np.searchsorted(used, pairs)
        names = np.asarray(labels, dtype=object)[used]
        return cls(place, kept[first], block[used], names, count)

    def __len__(self) -> int:
        return len(self.pairs)

    def degrees(self) -> np.ndarray:
        """Return how many ties each node has."""
        return np.bincount(self.pairs.ravel(), minlength=len(self.block))

    def degrees_by_block(self) -> list[np.ndarray]:
        """Return the degrees of the nodes of each block."""
        found = self.degrees()
        return [found[self.block == b] for b in range(self.blocks)]

    def refuse_none(self, plan: Plan) -> None:
        """Refuse a file without ties."""
        if not len(self):
            one, other = plan.ends
            raise GuideError(f"no row ties two nodes by {one!r} and {other!r}; nothing to learn")

    def mixing(self) -> np.ndarray:
        """Return the number of ties of each pair of blocks, in the order of `cells`."""
        low, high = np.sort(self.block[self.pairs], axis=1).T
        return np.bincount(self.cells[low, high], minlength=self.blocks * (self.blocks + 1) // 2)

    @property
    def cells(self) -> np.ndarray:
        """Return the number of each pair of blocks, the smaller first."""
        found = np.full((self.blocks, self.blocks), -1)
        found[np.triu_indices(self.blocks)] = np.arange(self.blocks * (self.blocks + 1) // 2)
        return found


def _check_blocks(data: Dataset, blocks: tuple[str, str]) -> None:
    if isinstance(blocks, str) or len(blocks) != 2:
        raise GuideError(f"blocks={blocks!r} is not two columns: those of the blocks of both ends")
    one, other = (data.schema[name] for name in blocks)
    for v in (one, other):
        if not v.discrete or v.role is Role.DIRECT_IDENTIFIER:
            raise GuideError(f"column {v.name!r} has no levels, so it names no blocks")
    if list(data.rows[one.name].cat.categories) != list(data.rows[other.name].cat.categories):
        raise GuideError(
            f"columns {one.name!r} and {other.name!r} have other levels; declare the same blocks "
            "for both ends"
        )


def _blocks_of(
    rows: pd.DataFrame, plan: Plan, start: np.ndarray, end: np.ndarray, nodes: int, count: int
) -> np.ndarray:
    """Return the block of each node, or refuse a file that names two of one node."""
    block = np.zeros(nodes, dtype=np.int64)
    if plan.blocks is None:
        return block
    ends = np.concatenate([start, end])
    codes = np.concatenate([rows[name].cat.codes.to_numpy() for name in plan.blocks])
    codes = np.where(codes < 0, count - 1, codes)
    block[ends] = codes
    torn = len(np.unique(ends[block[ends] != codes]))
    if torn:
        raise GuideError(
            f"{torn:,} nodes have more than one block; a block belongs to a node, so correct it "
            "or name other columns with blocks"
        )
    return block

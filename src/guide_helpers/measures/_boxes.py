"""Records that agree in all levels and lie in a box around a record."""

from __future__ import annotations

import numpy as np

from guide_helpers._partition import Table
from guide_helpers.measures._closeness import TIE, Spots
from guide_helpers.neighbours import combinations

BLOCK = 1 << 20
"""Pairs looked at together."""


def hits_by_group(
    asked: Spots,
    shown: Spots,
    within: float,
    group: np.ndarray,
    groups: int,
    others: bool = False,
) -> np.ndarray:
    """Return, for each record asked for, how many records of each group lie in its box.

    The levels agree and each place differs by no more than `within`, the share of a range. With
    `others`, records of one's own privacy unit do not count.
    """
    counts = np.zeros((len(asked), groups))
    one, other = combinations(_levels_of(asked.table), _levels_of(shown.table))
    order = np.argsort(other, kind="stable")
    codes, starts, sizes = np.unique(other[order], return_index=True, return_counts=True)
    mine = np.argsort(one, kind="stable")
    for code, rows in _runs(one[mine], mine):
        place = int(np.searchsorted(codes, code))
        if place == len(codes) or codes[place] != code:
            continue
        found = order[starts[place] : starts[place] + sizes[place]]
        step = max(1, BLOCK // len(found))
        belongs = np.eye(groups)[group[found]]
        for i in range(0, len(rows), step):
            block = rows[i : i + step]
            counts[block] = _inside(asked, shown, block, found, within, others) @ belongs
    return counts


def _inside(
    asked: Spots,
    shown: Spots,
    block: np.ndarray,
    found: np.ndarray,
    within: float,
    others: bool,
) -> np.ndarray:
    inside = np.ones((len(block), len(found)), dtype=bool)
    for mine, theirs in zip(asked.table.places, shown.table.places, strict=True):
        inside &= np.abs(mine[block, None] - theirs[found]) <= within + TIE
    if others:
        inside &= asked.units[block, None] != shown.units[found]
    return inside


def _runs(codes: np.ndarray, rows: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Return the rows of each code, of codes in order."""
    distinct, starts = np.unique(codes, return_index=True)
    return list(zip(distinct.tolist(), np.split(rows, starts[1:]), strict=True))


def _levels_of(table: Table) -> Table:
    """Return the levels alone."""
    return Table(table.levels, table.places[:0], table.level_weights, table.place_weights[:0])

"""Pairs of a target and a synthetic record: on which known variables they agree, and what it says.

The pattern of a pair is a number whose bits say which variables agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from guide_helpers.attacks._records import SAME, Column

BLOCK = 1 << 19
"""Pairs held at a time."""
MOST = 16
"""Variables that a pattern can have."""
ROUNDS = 500
SURELY = 1e-6
"""Agreement of a true pair is never quite certain, nor less likely than by chance."""


@dataclass(frozen=True)
class Comparable:
    """A variable of the synthetic file: the number of each record's value among the distinct ones.

    Values are ordered by state, then by quantity, so those within a tolerance are neighbours.
    """

    states: np.ndarray
    quantities: np.ndarray
    numbers: np.ndarray
    slack: float

    @classmethod
    def of(cls, column: Column, slack: float) -> Comparable:
        """Number the distinct values of a column; numbers agree within `slack`."""
        order = np.lexsort((column.quantities, column.states))
        states, quantities = column.states[order], column.quantities[order]
        new = (np.diff(states, prepend=states[:1]) != 0) | (
            np.diff(quantities, prepend=quantities[:1]) != 0
        )
        numbers = np.empty(len(order), dtype=np.int64)
        numbers[order] = np.cumsum(new)
        first = np.append(0, np.flatnonzero(new))
        return cls(states[first], quantities[first], numbers, slack)

    def reach(self, asked: Column) -> tuple[np.ndarray, np.ndarray]:
        """Return, for each value asked for, the first number that agrees and how many do."""
        low, width = np.zeros((2, len(asked.states)), dtype=np.int64)
        for state in np.unique(asked.states):
            mine = np.flatnonzero(asked.states == state)
            start, end = np.searchsorted(self.states, [state, state + 1])
            slack = self.slack * (1 + SAME) if state == 0 else 0.0
            values, wanted = self.quantities[start:end], asked.quantities[mine]
            low[mine] = start + np.searchsorted(values, wanted - slack, "left")
            width[mine] = start + np.searchsorted(values, wanted + slack, "right") - low[mine]
        return low, width


def patterns(
    reaches: list[tuple[np.ndarray, np.ndarray]], shown: np.ndarray
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield blocks of targets with the pattern of each pair, one column a synthetic record.

    `shown` has a line for each variable. A number agrees where it is less than `width` above
    `low`: unsigned numbers make that one comparison.
    """
    kind = np.uint16 if shown.max(initial=0) < 2**15 else np.uint32
    shown = shown.astype(kind)
    targets, records = len(reaches[0][0]), shown.shape[1]
    step = max(1, BLOCK // max(1, records))
    for start in range(0, targets, step):
        block = slice(start, min(targets, start + step))
        found = np.zeros((block.stop - start, records), dtype=np.uint16)
        for bit, ((low, width), numbers) in enumerate(zip(reaches, shown, strict=True)):
            above = numbers - low[block, None].astype(kind)
            found |= (above < width[block, None].astype(kind)).astype(np.uint16) << np.uint16(bit)
        yield block, found


def evidence(counts: np.ndarray, variables: int, records: int) -> np.ndarray:
    """Return the weight of each pattern in bits: log2 of how much likelier it is in true pairs.

    `counts` says how often each pattern was seen. How often a variable agrees in true pairs and
    in others, and how many pairs are true, is estimated by EM, with variables independent within
    both kinds of pair, and no more than one true pair for a target.

    References
    ----------
    Fellegi and Sunter (1969), doi:10.1080/01621459.1969.10501049; Jaro (1989),
    doi:10.1080/01621459.1989.10478785
    """
    every = (np.arange(len(counts))[:, None] >> np.arange(variables)) & 1
    counts, bits = counts[counts > 0], every[counts > 0]
    chance = _inside(counts @ bits / counts.sum(), SURELY)
    true, share = np.full(variables, 0.95), 1 / records
    for _ in range(ROUNDS):
        before, true = true, _inside(true, chance + SURELY)
        odds = share * _likelihood(bits, true)
        belonging = counts * odds / (odds + (1 - share) * _likelihood(bits, chance))
        apart, total = counts - belonging, belonging.sum()
        true, chance = belonging @ bits / max(total, SURELY), apart @ bits / apart.sum()
        chance = _inside(chance, SURELY)
        share = min(1 / records, max(total / counts.sum(), SURELY / records))
        if np.abs(true - before).max() < SURELY:
            break
    true = _inside(true, chance + SURELY)
    weights: np.ndarray = np.log2(_likelihood(every, true) / _likelihood(every, chance))
    return weights


def _inside(shares: np.ndarray, least: np.ndarray | float) -> np.ndarray:
    inside: np.ndarray = np.clip(shares, least, 1 - (SURELY if np.ndim(least) else 2 * SURELY))
    return inside


def _likelihood(bits: np.ndarray, agreeing: np.ndarray) -> np.ndarray:
    likelihood: np.ndarray = np.where(bits, agreeing, 1 - agreeing).prod(axis=1)
    return likelihood

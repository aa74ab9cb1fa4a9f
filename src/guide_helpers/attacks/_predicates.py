"""Predicates such as "age at least 89 and two children", tried on a file all at once.

A predicate is a conjunction of conditions on the variables of a file. What counts is whether it
singles out: whether all records for which it holds belong to one unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from guide_helpers.attacks._records import Column, combinations

EQUAL, AT_MOST, AT_LEAST = 0, 1, 2
FIRST, BLOCK = 512, 4_096
"""Records looked at in the first step, after which most predicates are out, and in later ones."""
WORD = 64
LINES = 4_096
"""Predicates, or conditions, worked on together."""


@dataclass(frozen=True)
class Predicates:
    """One line a predicate, one place a condition, ordered by the number of the column.

    A record meets a condition where its state is that of the condition, and its quantity is
    equal, at most or at least the one that the condition names.
    """

    columns: np.ndarray
    signs: np.ndarray
    states: np.ndarray
    quantities: np.ndarray

    def __len__(self) -> int:
        return len(self.columns)

    def take(self, lines: np.ndarray) -> Predicates:
        """Return some of the predicates."""
        return Predicates(*(part[lines] for part in self._parts()))

    def conditions(self) -> tuple[Predicates, np.ndarray]:
        """Return the distinct conditions as predicates, and the number of each condition."""
        flat = Predicates(*(part.reshape(-1, 1) for part in self._parts()))
        code = flat._codes()
        _, first = np.unique(code, return_index=True)
        return flat.take(first), code.reshape(self.columns.shape)

    def distinct(self) -> Predicates:
        """Return each predicate once, in the order of first appearance."""
        return self.take(np.sort(np.unique(self._codes(), return_index=True)[1]))

    def joined(self, others: Predicates) -> Predicates:
        """Return these and other predicates of as many conditions."""
        pairs = zip(self._parts(), others._parts(), strict=True)
        return Predicates(*(np.concatenate(pair) for pair in pairs))

    def _parts(self) -> tuple[np.ndarray, ...]:
        return self.columns, self.signs, self.states, self.quantities

    def _codes(self) -> np.ndarray:
        """Return a number for each predicate, the same for equal ones, in order of appearance."""
        code = np.zeros(len(self), dtype=np.int64)
        for part in self._parts():
            for place in part.T:
                found, levels = pd.factorize(place)
                code = pd.factorize(code * max(1, len(levels)) + found)[0]
        return code


def singles_out(predicates: Predicates, data: list[Column], units: np.ndarray) -> np.ndarray:
    """Return which predicates hold for the records of exactly one unit."""
    order = np.argsort(units, kind="stable")
    data, units = [c.take(order) for c in data], units[order]
    if predicates.columns.shape[1] == 1:
        return _one_condition(predicates, data, units)
    conditions, place = predicates.conditions()
    alive, met = np.arange(len(predicates)), np.full(len(predicates), -1)
    for block in _blocks(len(units)):
        if not len(alive):
            break
        needed, where = np.unique(place[alive], return_inverse=True)
        bits = _bits(conditions.take(needed), [c.take(block) for c in data])
        first, last = _ends(bits, where.reshape(-1, place.shape[1]))
        some = first >= 0
        one, other = units[block][first], units[block][last]
        before = met[alive]
        met[alive[some]] = one[some]
        alive = alive[~some | ((one == other) & ((before < 0) | (before == one)))]
    result = np.zeros(len(predicates), dtype=bool)
    result[alive] = met[alive] >= 0
    return result


def _one_condition(predicates: Predicates, data: list[Column], units: np.ndarray) -> np.ndarray:
    """Count by sorting: no predicate is held against each record."""
    result = np.zeros(len(predicates), dtype=bool)
    kinds = predicates.columns[:, 0] * 3 + predicates.signs[:, 0]
    for kind in np.unique(kinds):
        lines, column = np.flatnonzero(kinds == kind), data[kind // 3]
        asked = predicates.quantities[lines, 0]
        if kind % 3 == EQUAL:
            wanted = Column(predicates.states[lines, 0], asked, column.scale)
            result[lines] = _alone(wanted, column, units)
        else:
            ordinary, turn = column.states == 0, 1 if kind % 3 == AT_MOST else -1
            result[lines] = _lone_end(turn * asked, turn * column.quantities[ordinary],
                                      units[ordinary])  # fmt: skip
    return result


def _alone(wanted: Column, column: Column, units: np.ndarray) -> np.ndarray:
    asked, shown = combinations([wanted], [column])
    size = int(max(asked.max(initial=0), shown.max(initial=0))) + 1
    low, high = np.full(size, np.iinfo(np.int64).max), np.full(size, -1)
    np.minimum.at(low, shown, units)
    np.maximum.at(high, shown, units)
    alone: np.ndarray = low[asked] == high[asked]
    return alone


def _lone_end(asked: np.ndarray, quantities: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Return whether the quantities up to the one asked for are those of one unit."""
    if not len(units):
        return np.zeros(len(asked), dtype=bool)
    order = np.argsort(quantities, kind="stable")
    low, high = (f.accumulate(units[order]) for f in (np.minimum, np.maximum))
    upto = np.searchsorted(quantities[order], asked, side="right")
    last = np.maximum(upto - 1, 0)
    lone: np.ndarray = (upto > 0) & (low[last] == high[last])
    return lone


def _blocks(n: int) -> Iterator[np.ndarray]:
    start, size = 0, FIRST
    while start < n:
        yield np.arange(start, min(n, start + size))
        start, size = start + size, BLOCK


def _bits(conditions: Predicates, data: list[Column]) -> np.ndarray:
    """Return a row of bits for each condition, one bit for each record, in words of 64."""
    n = len(data[0].states)
    words = np.zeros((len(conditions), -(-n // WORD)), dtype="<u8")
    as_bytes = words.view(np.uint8)
    for number, column in enumerate(data):
        mine = np.flatnonzero(conditions.columns[:, 0] == number)
        for start in range(0, len(mine), LINES):
            lines = mine[start : start + LINES]
            packed = np.packbits(_met(conditions.take(lines), column), axis=1, bitorder="little")
            as_bytes[lines, : packed.shape[1]] = packed
    return words


def _met(conditions: Predicates, column: Column) -> np.ndarray:
    met: np.ndarray = conditions.states == column.states
    if column.scale:
        sign, asked = conditions.signs, conditions.quantities
        for kind, compare in ((EQUAL, np.equal), (AT_MOST, np.greater_equal),
                              (AT_LEAST, np.less_equal)):  # fmt: skip
            lines = np.flatnonzero(sign[:, 0] == kind)
            met[lines] &= compare(asked[lines], column.quantities)
    return met


def _ends(bits: np.ndarray, where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and the last record that meets all conditions of a predicate, or -1."""
    first, last = np.full((2, len(where)), -1)
    for start in range(0, len(where), LINES):
        mine = where[start : start + LINES]
        met = bits[mine[:, 0]]
        for place in mine.T[1:]:
            met &= bits[place]
        some = met != 0
        rows = np.flatnonzero(some.any(axis=1))
        left = some[rows].argmax(axis=1)
        right = met.shape[1] - 1 - some[rows][:, ::-1].argmax(axis=1)
        first[start + rows] = left * WORD + _lowest(met[rows, left])
        last[start + rows] = right * WORD + _highest(met[rows, right])
    return first, last


def _lowest(words: np.ndarray) -> np.ndarray:
    below: np.ndarray = np.bitwise_count((words & (~words + np.uint64(1))) - np.uint64(1))
    return below.astype(np.int64)


def _highest(words: np.ndarray) -> np.ndarray:
    for shift in (1, 2, 4, 8, 16, 32):
        words = words | (words >> np.uint64(shift))
    upto: np.ndarray = np.bitwise_count(words)
    return upto.astype(np.int64) - 1

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
MANY, FIRST, BLOCK = 2_048, 512, 16_384
"""Records looked at together. More than so many predicates are held against the first few records
first, after which most are out.
"""
WORD = 64
LINES = 256
"""Predicates worked on together: their words stay in the processor's cache."""


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
        codes = self._conditions()
        flat = Predicates(*(part.reshape(-1, 1) for part in self._parts()))
        return flat.take(_first(codes.ravel())), codes

    def distinct(self) -> Predicates:
        """Return each predicate once, in the order of first appearance."""
        code = np.zeros(len(self), dtype=np.int64)
        for place in self._conditions().T:
            code = pd.factorize(code * (int(place.max(initial=0)) + 1) + place)[0]
        return self.take(_first(code))

    def joined(self, others: Predicates) -> Predicates:
        """Return these and other predicates of as many conditions."""
        pairs = zip(self._parts(), others._parts(), strict=True)
        return Predicates(*(np.concatenate(pair) for pair in pairs))

    def _parts(self) -> tuple[np.ndarray, ...]:
        return self.columns, self.signs, self.states, self.quantities

    def _conditions(self) -> np.ndarray:
        """Return a number for each condition, the same for equal ones, in order of appearance."""
        states = self.states - self.states.min(initial=0)
        kinds = _kinds(self.columns, self.signs) * (int(states.max(initial=0)) + 1) + states
        values, levels = pd.factorize(self.quantities.ravel())
        both = kinds.ravel().astype(np.int64) * max(1, len(levels)) + values
        numbers: np.ndarray = pd.factorize(both)[0].reshape(self.columns.shape)
        return numbers


def _kinds(columns: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Return one number for column and sign; the sign is what is left when divided by 3."""
    kinds: np.ndarray = columns * 3 + signs
    return kinds


def _first(code: np.ndarray) -> np.ndarray:
    """Return where each number appears first, for numbers given in order of appearance."""
    first = np.zeros(int(code.max(initial=-1)) + 1, dtype=np.int64)
    first[code[::-1]] = np.arange(len(code))[::-1]
    return first


def singles_out(predicates: Predicates, data: list[Column], units: np.ndarray) -> np.ndarray:
    """Return which predicates hold for the records of exactly one unit."""
    data, units = _in_order(data, units)
    if predicates.columns.shape[1] == 1:
        return _one_condition(predicates, data, units)
    return singled_out(predicates, data, units) >= 0


def singled_out(predicates: Predicates, data: list[Column], units: np.ndarray) -> np.ndarray:
    """Return the unit that each predicate singles out, -1 where it is none or several."""
    data, units = _in_order(data, units)
    conditions, place = predicates.conditions()
    alive, met = np.arange(len(predicates)), np.full(len(predicates), -1)
    for block in _blocks(len(units), FIRST if len(alive) > MANY else BLOCK):
        if not len(alive):
            break
        needed = np.bincount(place[alive].ravel(), minlength=len(conditions)) > 0
        where = (np.cumsum(needed) - 1)[place[alive]]
        bits = _bits(conditions.take(np.flatnonzero(needed)), [c.take(block) for c in data])
        first, last = _ends(bits, where)
        some = first >= 0
        one, other = units[block][first], units[block][last]
        before = met[alive]
        met[alive[some]] = one[some]
        alive = alive[~some | ((one == other) & ((before < 0) | (before == one)))]
    result = np.full(len(predicates), -1)
    result[alive] = met[alive]
    return result


def _in_order(data: list[Column], units: np.ndarray) -> tuple[list[Column], np.ndarray]:
    if (np.diff(units) >= 0).all():
        return data, units
    order = np.argsort(units, kind="stable")
    return [c.take(order) for c in data], units[order]


def _one_condition(predicates: Predicates, data: list[Column], units: np.ndarray) -> np.ndarray:
    """Count by sorting: no predicate is held against each record."""
    result = np.zeros(len(predicates), dtype=bool)
    kinds = _kinds(predicates.columns[:, 0], predicates.signs[:, 0])
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


def _blocks(n: int, first: int) -> Iterator[slice]:
    start, size = 0, first
    while start < n:
        yield slice(start, min(n, start + size))
        start, size = start + size, BLOCK


def _bits(conditions: Predicates, data: list[Column]) -> np.ndarray:
    """Return a row of bits for each condition, one bit for each record, in words of 64."""
    words = np.zeros((len(conditions), -(-len(data[0].states) // WORD)), dtype=np.uint64)
    numbers, states = conditions.columns[:, 0], conditions.states[:, 0]
    for number in np.unique(numbers):
        column, mine = data[number], np.flatnonzero(numbers == number)
        plain = bool(column.scale) & (states[mine] == 0)
        lines = mine[plain]
        if len(lines):
            words[lines] = _thresholds(conditions.take(lines), column)
        for start in range(0, len(mine) - len(lines), LINES):
            lines = mine[~plain][start : start + LINES]
            words[lines] = _packed(states[lines, None] == column.states)
    return words


def _packed(met: np.ndarray) -> np.ndarray:
    words = np.zeros((len(met), -(-met.shape[1] // WORD)), dtype="<u8")
    packed = np.packbits(met, axis=1, bitorder="little")
    words.view(np.uint8)[:, : packed.shape[1]] = packed
    return words


def _thresholds(asked: Predicates, column: Column) -> np.ndarray:
    """Return the bits of conditions on numbers that are neither missing nor special codes.

    Each record is entered once, on a ladder that has a step for each quantity asked for and one
    for the gap below it; what lies at or below a step is then all that was entered up to it.
    """
    steps, place = np.unique(asked.quantities[:, 0], return_inverse=True)
    records = np.flatnonzero(column.states == 0)
    shown = column.quantities[records]
    step = _place(steps, shown)
    exact = np.append(steps, np.nan)[step] == shown
    ladder = np.zeros((2 * len(steps) + 1, -(-len(column.states) // WORD)), dtype=np.uint64)
    entry = (2 * step + exact) * ladder.shape[1] + records // WORD
    bits = np.uint64(1) << (records % WORD).astype(np.uint64)
    np.bitwise_or.at(ladder.reshape(-1), entry, bits)
    np.bitwise_or.accumulate(ladder, axis=0, out=ladder)
    words: np.ndarray = ladder.take(2 * place + (asked.signs[:, 0] != AT_LEAST), axis=0)
    words[asked.signs[:, 0] == AT_LEAST] ^= ladder[-1]
    equal = asked.signs[:, 0] == EQUAL
    words[equal] ^= ladder[2 * place[equal]]
    return words


def _place(steps: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Search sorted steps for numbers, by a table where they are whole and close together."""
    place: np.ndarray
    if len(shown) and np.ptp(shown) < len(shown):
        low = np.floor(shown.min())
        beyond = (shown - low).astype(np.int64)
        if (beyond + low == shown).all():
            place = np.searchsorted(steps, low + np.arange(int(beyond.max()) + 1))
            return np.asarray(place[beyond])
    place = np.searchsorted(steps, shown)
    return place


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

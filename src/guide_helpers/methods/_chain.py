"""Strings written piece by piece: what may follow is what enough units wrote after the same pieces.

The pieces are words or characters. Shannon's chain, with one limit: a sequence of `order` + 1
pieces that fewer units used is neither learned nor written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.incidence import Incidence

END = 0
"""The piece before the first and after the last one."""
ROUNDS = 12
"""So often a string is written anew before its chain looks back less far."""
MOST_KEYS = 2**62
COMMON_WORDS = 0.5
"""Where fewer of the words are common, the pieces are characters."""
CHARACTERS = 2
"""A chain of characters looks back over so many times the order."""


def holders(values: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Return how many units have each value, by its number; a negative one is nobody's."""
    known = values >= 0
    return Incidence.of(values[known], units[known]).degrees


@dataclass(frozen=True)
class _Table:
    """What follows a context: `back` pieces, of strings of one subject where `by`."""

    back: int
    by: bool
    contexts: pd.Index
    first: np.ndarray
    upto: np.ndarray
    following: np.ndarray

    def draw(self, context: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the next piece after each context, -1 where it is not known."""
        place = self.contexts.get_indexer(pd.Index(context))
        known = np.flatnonzero(place >= 0)
        found = np.full(len(context), -1, dtype=np.int64)
        row = place[known]
        before = np.where(self.first[row] > 0, self.upto[self.first[row] - 1], 0.0)
        last = np.append(self.first[1:], len(self.upto))[row] - 1
        aim = before + rng.random(len(row)) * (self.upto[last] - before)
        at = np.minimum(np.searchsorted(self.upto, aim, side="right"), last)
        found[known] = self.following[at]
        return found


@dataclass(frozen=True)
class Chain:
    """Pieces that enough units used, and what they wrote after them."""

    pieces: np.ndarray
    joint: str
    order: int
    longest: int
    tables: tuple[_Table, ...]
    rare: pd.Index
    subjects: int

    @classmethod
    def learn(
        cls,
        strings: np.ndarray,
        units: np.ndarray,
        subjects: np.ndarray | None,
        *,
        order: int,
        min_units: int,
    ) -> Self:
        """Learn from the string of each row; every unit counts once for each sequence."""
        number, distinct = pd.factorize(strings)
        subject = np.zeros(len(number), np.int64) if subjects is None else subjects
        rows = pd.DataFrame({"string": number, "unit": units, "subject": subject})
        rows = rows[number >= 0].drop_duplicates()
        words = [str(text).split() for text in distinct]
        joint = " "
        shared = _common_share(words, rows, min_units)
        if shared < COMMON_WORDS:
            words, joint, order = [list(str(text)) for text in distinct], "", order * CHARACTERS
        pieces, long = _numbered(words, rows)
        order = _fitting(order, len(pieces) + 1, int(subject.max(initial=0)) + 2)
        tables, rare = _tables(long, len(pieces) + 1, order, subjects is not None, min_units)
        lengths = pd.Series([len(str(text)) for text in distinct], dtype=np.int64)
        held = holders(lengths.to_numpy()[rows["string"]], rows["unit"].to_numpy())
        longest = int(np.flatnonzero(held >= min_units).max(initial=0))
        return cls(pieces, joint, order, longest, tables, rare, int(subject.max(initial=0)) + 2)

    @property
    def empty(self) -> bool:
        """Whether so few units share a piece that there is nothing to write with."""
        return not self.tables

    def write(
        self, subjects: np.ndarray, forbidden: pd.Index, rng: np.random.Generator
    ) -> np.ndarray:
        """Return one string a row, none of them forbidden; missing where the chain has no other.

        `subjects` is the number of the row's subject, -1 for one that was not learned from.
        """
        made = np.full(len(subjects), None, dtype=object)
        left = np.arange(len(subjects))
        for back in range(self.order, -1, -1):
            for _ in range(ROUNDS):
                if not left.size or self.empty:
                    return made
                strings, good = self._once(subjects[left], back, rng)
                good &= ~pd.Index(strings).isin(forbidden)
                made[left[good]] = strings[good]
                left = left[~good]
        return made

    def _once(
        self, subjects: np.ndarray, most: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return strings, and whether each has ended in time without a rare sequence."""
        n, base = len(subjects), len(self.pieces) + 1
        past = np.zeros((n, self.order), dtype=np.int64)
        length, good = np.full(n, -len(self.joint)), np.ones(n, dtype=bool)
        sizes = np.array([0, *(len(p) for p in self.pieces)]) + len(self.joint)
        active, columns = np.arange(n), []
        while active.size:
            new = self._next(past[active], subjects[active], most, rng)
            good[active] &= ~np.isin(_key(past[active], base) * base + new, self.rare)
            written = np.zeros(n, dtype=np.int64)
            written[active] = new
            columns.append(written)
            if self.order:
                past[active] = np.column_stack([past[active][:, 1:], new])
            length[active] += np.where(new == END, 0, sizes[new])
            good[active] &= length[active] <= self.longest
            active = active[(new != END) & good[active]]
        return self._joined(np.column_stack(columns), n), good & (length >= 0)

    def _next(
        self, past: np.ndarray, subjects: np.ndarray, most: int, rng: np.random.Generator
    ) -> np.ndarray:
        base = len(self.pieces) + 1
        new = np.full(len(past), -1, dtype=np.int64)
        for table in self.tables:
            open_ = np.flatnonzero(new < 0)
            if table.back <= most and open_.size:
                tail = past[open_][:, past.shape[1] - table.back :]
                context = _key(tail, base)
                if table.by:
                    context = context * self.subjects + subjects[open_] + 1
                new[open_] = table.draw(context, rng)
        return np.where(new < 0, END, new)

    def _joined(self, columns: np.ndarray, n: int) -> np.ndarray:
        names = np.array(["", *self.pieces], dtype=object)
        found = np.empty(n, dtype=object)
        for row in range(n):
            found[row] = self.joint.join(names[columns[row][columns[row] != END]])
        return found


def _common_share(words: list[list[str]], rows: pd.DataFrame, min_units: int) -> float:
    """Return the share of the words, as units use them, that enough units use."""
    _, long = _numbered(words, rows)
    used = long.loc[long["piece"] != END, ["piece", "unit"]]
    if not len(used):
        return 1.0
    held = holders(used["piece"].to_numpy(), used["unit"].to_numpy())
    return float((held[used["piece"]] >= min_units).mean())


def _numbered(words: list[list[str]], rows: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the distinct pieces, and one line for each piece, and the end, of each row."""
    sizes = np.array([len(w) for w in words], dtype=np.int64)
    flat, pieces = pd.factorize(np.array([p for w in words for p in w], dtype=object))
    ends = np.cumsum(sizes) - sizes
    size = sizes[rows["string"]] + 1
    start = np.cumsum(size) - size
    row = np.repeat(np.arange(len(rows)), size)
    within = np.arange(len(row)) - start[row]
    last = within == size[row] - 1
    place = np.where(last, 0, ends[rows["string"].to_numpy()[row]] + within)
    piece = np.where(last, END, (flat[place] if len(flat) else 0) + 1)
    long = {"piece": piece, "within": within}
    long |= {n: rows[n].to_numpy()[row] for n in ("unit", "subject")}
    return np.asarray(pieces, dtype=object), pd.DataFrame(long)


def _fitting(order: int, base: int, subjects: int) -> int:
    """Return the order, less where the numbers of contexts would not fit into an integer."""
    while order > 1 and base ** (order + 1) * subjects >= MOST_KEYS:
        order -= 1
    return order


def _key(past: np.ndarray, base: int) -> np.ndarray:
    """Return the number of each context."""
    key = np.zeros(len(past), dtype=np.int64)
    for column in past.T:
        key = key * base + column
    return key


def _tables(
    long: pd.DataFrame, base: int, order: int, by: bool, min_units: int
) -> tuple[tuple[_Table, ...], pd.Index]:
    """Return what follows contexts, the longest first, and the rare sequences of full length."""
    piece, within, unit = (long[n].to_numpy() for n in ("piece", "within", "unit"))
    past = np.column_stack([_shifted(piece, within, back) for back in range(order, 0, -1)])
    subject, many = long["subject"].to_numpy() + 1, int(long["subject"].max()) + 2
    wanted = [(order, True), (1, True)] if by else []
    wanted += [(back, False) for back in range(order, -1, -1)]
    tables, rare = [], pd.Index([], dtype=np.int64)
    for back, one_subject in dict.fromkeys(wanted):
        context = _key(past[:, order - back :], base)
        context = context * many + subject if one_subject else context
        table, few = _counted(context, piece, unit, (back, one_subject), min_units)
        if (back, one_subject) == (order, False):
            rare = pd.Index(few[0] * base + few[1])
        if len(table.contexts):
            tables.append(table)
    return tuple(tables), rare


def _shifted(piece: np.ndarray, within: np.ndarray, back: int) -> np.ndarray:
    """Return the piece so many places before each, the end where the string has not begun."""
    before = np.concatenate([np.zeros(back, dtype=np.int64), piece[: len(piece) - back]])
    return np.where(within >= back, before[: len(piece)], END)


def _counted(
    context: np.ndarray,
    piece: np.ndarray,
    unit: np.ndarray,
    said: tuple[int, bool],
    min_units: int,
) -> tuple[_Table, tuple[np.ndarray, np.ndarray]]:
    """Return what enough units wrote after each context, and the pairs that fewer wrote."""
    frame = pd.DataFrame({"context": context, "piece": piece, "unit": unit}).drop_duplicates()
    held = frame.groupby(["context", "piece"], sort=True).size()
    contexts, following = (held.index.get_level_values(i).to_numpy() for i in (0, 1))
    common = held.to_numpy() >= min_units
    known, first = np.unique(contexts[common], return_index=True)
    upto = np.cumsum(held.to_numpy()[common], dtype=float)
    table = _Table(*said, pd.Index(known), first, upto, following[common])
    return table, (contexts[~common], following[~common])

"""Rules, structural zeros and linked categories kept while a sequence is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from guide_helpers.methods._coding import Coded
from guide_helpers.methods._step import Drawn

TRIES = 20
"""How often a value that breaks a rule is drawn anew from its leaf."""
CELLS = 200_000
"""Most pairs of a record and a value that are looked at together."""
MOST_VALUES = 1_000
"""Most values of a variable that are tried where no draw kept the rules."""


class Statement(Protocol):
    """Something that a record can break: a rule, a structural zero, a link of categories."""

    @property
    def columns(self) -> frozenset[str]:
        """The columns it speaks of."""

    def violations(self, rows: pd.DataFrame) -> np.ndarray:
        """Return, row by row, whether it is broken."""


@dataclass(frozen=True)
class Linked:
    """Pairs of levels that occur in the original; all others are impossible.

    A place and its region, a product and its group: the child is nested in the parent.
    """

    parent: str
    child: str
    pairs: frozenset[tuple[object, object]]

    @classmethod
    def of(cls, rows: pd.DataFrame, parent: str, child: str) -> Linked:
        """Return the link with the pairs of some rows."""
        seen = rows[[parent, child]].drop_duplicates().astype(object)
        return cls(parent, child, frozenset(map(tuple, seen.where(seen.notna(), None).to_numpy())))

    @property
    def columns(self) -> frozenset[str]:
        """Parent and child."""
        return frozenset({self.parent, self.child})

    def violations(self, rows: pd.DataFrame) -> np.ndarray:
        """Return, row by row, whether the pair never occurs."""
        above, parents = _numbered(rows[self.parent])
        below, children = _numbered(rows[self.child])
        known = [(p, c) for p, c in self.pairs if p in parents and c in children]
        allowed = np.array([parents[p] * len(children) + children[c] for p, c in known], dtype=int)
        return ~np.isin(above * len(children) + below, allowed)


def _numbered(column: pd.Series) -> tuple[np.ndarray, dict[object, int]]:
    """Return a number for each row, and the number of each value; None for the missing one."""
    numbers, values = pd.factorize(column, use_na_sentinel=False)
    names = [None if pd.isna(v) else v for v in values]
    return numbers.astype(np.int64), {v: i for i, v in enumerate(names)}


@dataclass(frozen=True)
class Turn:
    """What can be done while a variable is drawn.

    `again` draws some rows once more, `of_codes` gives observed codes the form of draws,
    `values` the values of draws, and `known` the values of the other columns in some rows.
    """

    again: Callable[[np.ndarray], Drawn]
    of_codes: Callable[[np.ndarray], Drawn]
    values: Callable[[Drawn], object]
    known: Callable[[np.ndarray], Mapping[str, object]]


class Keeper:
    """Draws a variable again where it breaks what must hold, given what is known by then."""

    def __init__(self, statements: Sequence[Statement], columns: Mapping[str, Coded]) -> None:
        self.statements = [s for s in statements if s.columns <= set(columns)]
        self.columns = columns

    def at(self, name: str, known: set[str]) -> list[Statement]:
        """Return the statements that can first be checked when a variable joins those known."""
        return [s for s in self.statements if name in s.columns and s.columns <= known | {name}]

    def broken(
        self, statements: Sequence[Statement], values: Mapping[str, object], rows: int
    ) -> np.ndarray:
        """Return, row by row, whether any of the statements is broken."""
        found = np.zeros(rows, dtype=bool)
        if statements:
            needed = frozenset[str]().union(*(s.columns for s in statements))
            frame = pd.DataFrame({c: values[c] for c in sorted(needed)}, index=pd.RangeIndex(rows))
            for statement in statements:
                found |= statement.violations(frame)
        return found

    def kept(
        self,
        name: str,
        statements: Sequence[Statement],
        drawn: Drawn,
        turn: Turn,
        rng: np.random.Generator,
    ) -> tuple[Drawn, np.ndarray]:
        """Return the draws with those that broke a statement drawn anew, and the rows left over.

        A missing value breaks few rules. What was not missing at first becomes so only where
        no value is left; else rules would hold at the price of more missing values.
        """
        there = drawn.codes != self.columns[name].missing
        left = np.arange(len(drawn.codes))
        left = left[self._broken_by(name, statements, drawn, left, turn)]
        for _ in range(TRIES):
            if not len(left):
                return drawn, left
            some = turn.again(left)
            bad = self._broken_by(name, statements, some, left, turn)
            bad |= there[left] & (some.codes == self.columns[name].missing)
            drawn = drawn.put(left[~bad], some.take(np.flatnonzero(~bad)))
            left = left[bad]
        if not len(left):
            return drawn, left
        return self._searched(name, statements, drawn, left, turn, rng)

    def _broken_by(
        self, name: str, statements: Sequence[Statement], drawn: Drawn, rows: np.ndarray, turn: Turn
    ) -> np.ndarray:
        values = {**turn.known(rows), name: turn.values(drawn)}
        return self.broken(statements, values, len(rows))

    def _searched(
        self,
        name: str,
        statements: Sequence[Statement],
        drawn: Drawn,
        left: np.ndarray,
        turn: Turn,
        rng: np.random.Generator,
    ) -> tuple[Drawn, np.ndarray]:
        """Give rows a value, of all observed ones, that breaks nothing, as often as it occurs."""
        column = self.columns[name]
        counts = np.bincount(column.codes, minlength=column.missing + 1)
        tried = np.flatnonzero(counts)
        if len(tried) > MOST_VALUES:
            shares = counts[tried] / counts.sum()
            tried = np.sort(rng.choice(tried, MOST_VALUES, replace=False, p=shares))
        hopeless = []
        for part in np.array_split(left, max(1, -(-len(left) * len(tried) // CELLS))):
            pairs = np.repeat(part, len(tried))
            codes = np.tile(tried, len(part))
            some = turn.of_codes(codes)
            bad = self._broken_by(name, statements, some, pairs, turn)
            chances = np.where(bad, 0.0, counts[codes]).reshape(len(part), -1)
            unknown = np.asarray(tried == column.missing)
            chances = _missing_last(chances, unknown).cumsum(axis=1)
            hope = chances[:, -1] > 0
            aim = rng.random(len(part)) * chances[:, -1]
            place = np.minimum((chances <= aim[:, None]).sum(axis=1), len(tried) - 1)
            chosen = some.take(np.arange(len(part)) * len(tried) + place)
            drawn = drawn.put(part[hope], chosen.take(np.flatnonzero(hope)))
            hopeless.append(part[~hope])
        return drawn, np.concatenate(hopeless) if hopeless else left


def _missing_last(chances: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Return the chances of values with those of the missing one 0 where there is another."""
    other = np.asarray((chances[:, ~missing] > 0).any(axis=1))
    return np.where(other[:, None] & missing, 0.0, chances)

"""What both singling-out attacks share: guesses on the file instead of answers about people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.attacks._game import Answers
from guide_helpers.attacks._predicates import AT_LEAST, EQUAL, Predicates, singled_out, singles_out
from guide_helpers.attacks._records import Column, columns_of
from guide_helpers.errors import GuideError
from guide_helpers.intervals import design_effect
from guide_helpers.schema import Dataset

RANDOM = 2_000
"""Random predicates behind the guessing rate, where fewer were found."""
SAME_SIZE = 0.01
"""By how much the two files asked about may differ in units."""


@dataclass
class Singling:
    """Take predicates that single out one unit of the synthetic file, and guess that they do so
    in the original.
    """

    guesses: int | None = None
    variables: Sequence[str] | None = None

    def learn(
        self, synthetic: Dataset, known: tuple[str, ...], *, rng: np.random.Generator
    ) -> Self:
        """Find the predicates; the more are asked for, the longer it takes."""
        del known  # nothing is known of anybody
        modelled = tuple(v.name for v in synthetic.schema.modelled)
        self.names_ = tuple(modelled if self.variables is None else self.variables)
        self._check(modelled)
        self.synthetic_, self.rng_ = synthetic, rng
        self.shown_ = columns_of(synthetic, synthetic, self.names_)
        self.predicates_ = self._found()
        self.of_ = self._sources() if synthetic.panel else None
        self.units_: int | None = None
        return self

    @property
    def note(self) -> str:
        """How many predicates were found, and of how many."""
        found, asked = len(self.predicates_), self.guesses
        if asked is not None and found < asked:
            return (
                f"Of {asked:,} predicates asked for, {found:,} were found that single out one "
                "synthetic record; the rates are over these."
            )
        return f"The guesses are {found:,} predicates that single out one synthetic record."

    def answer(self, targets: Dataset) -> Answers:
        """Try every predicate on the file that the targets are."""
        self._refuse_other_size(targets.n_units)
        data = columns_of(self.synthetic_, targets, self.names_)
        hits = singles_out(self.predicates_, data, targets.units)
        effect = 1.0 if self.of_ is None else self._effect(hits, data, targets)
        everything = np.ones(len(hits), dtype=bool)
        return Answers(everything, hits, details=self._by_variable(hits), effect=effect)

    def _effect(self, hits: np.ndarray, data: list[Column], targets: Dataset) -> float:
        """Return how much less guesses tell that come from one unit or hit one unit.

        A unit of many rows has many guesses; both effects add up, as in clustering two ways.
        """
        assert self.of_ is not None
        met = singled_out(self.predicates_.take(np.flatnonzero(hits)), data, targets.units)
        of = np.arange(len(hits)) + int(met.max(initial=0)) + 1
        of[hits] = met
        return design_effect(hits, self.of_) + design_effect(hits, of) - 1

    def guessing_rate(self, targets: Dataset) -> float:
        """Share of hits of predicates put together at random from values that occur."""
        if not len(self.predicates_):
            return 0.0
        lines = np.resize(np.arange(len(self.predicates_)), max(RANDOM, len(self.predicates_)))
        columns = self.predicates_.columns[lines]
        parts = [np.zeros(columns.shape, t) for t in (np.int8, np.int32, np.float64)]
        for number in np.unique(columns):
            here = columns == number
            for part, drawn in zip(parts, self._random(self.shown_[number], here), strict=True):
                part[here] = drawn
        data = columns_of(self.synthetic_, targets, self.names_)
        return float(singles_out(Predicates(columns, *parts), data, targets.units).mean())

    def _sources(self) -> np.ndarray:
        """Return the synthetic unit of each guess; a unit of many rows has many guesses."""
        return singled_out(self.predicates_, self.shown_, self.synthetic_.units)

    def _random(self, column: Column, here: np.ndarray) -> tuple[np.ndarray, ...]:
        count = int(here.sum())
        states, quantities = _values(column)
        drawn = self.rng_.integers(len(states), size=count)
        signs = self.rng_.integers(AT_LEAST + 1, size=count)
        plain = bool(column.scale) & (states[drawn] == 0)
        return np.where(plain, signs, EQUAL), states[drawn], quantities[drawn]

    def _by_variable(self, hits: np.ndarray) -> pd.DataFrame:
        """Count guesses and hits by variable; a guess counts for each variable it names."""
        places, width = self.predicates_.columns, len(self.names_)
        right = np.repeat(hits, places.shape[1])
        counts = {
            "guesses": np.bincount(places.ravel(), minlength=width),
            "hits": np.bincount(places.ravel()[right], minlength=width),
        }
        return pd.DataFrame(counts, index=pd.Index(self.names_, name="variable"))

    def _refuse_other_size(self, units: int) -> None:
        first = self.units_ = units if self.units_ is None else self.units_
        if abs(first - units) > max(1, SAME_SIZE * first):
            raise GuideError(
                f"the control asked about has {units} units, the original {first}: whether a "
                "predicate singles out depends on that, so choose targets and control targets "
                "of one number"
            )

    def _check(self, modelled: tuple[str, ...]) -> None:
        if unknown := [n for n in self.names_ if n not in modelled]:
            raise GuideError(f"no column {unknown[0]!r} to guess about; name variables of the file")
        if self.guesses is not None and self.guesses < 1:
            raise GuideError(f"guesses={self.guesses} guesses nothing; ask for at least 1")

    def _found(self) -> Predicates:
        raise NotImplementedError


def _values(column: Column) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct values of a column."""
    pairs = column.quantities + 1j * column.states
    distinct = pd.unique(pairs)
    return distinct.imag.astype(column.states.dtype), distinct.real

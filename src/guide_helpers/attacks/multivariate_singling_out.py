"""Singling out somebody by several values together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guide_helpers.attacks._predicates import AT_LEAST, AT_MOST, EQUAL, Predicates, singles_out
from guide_helpers.attacks._singling import Singling
from guide_helpers.cards import (
    AttackCard,
    DataKnowledge,
    Goal,
    ThreatModel,
    UseCase,
    card,
    conditional,
    fit,
)
from guide_helpers.errors import GuideError

FIRST = 2_048
"""Predicates of a round that are tried first; the others only where more are needed."""
COLUMNS = 4
"""Conditions of a predicate: with fewer, few predicates single out anybody."""


@card(
    AttackCard(
        title="Singling out by several values",
        summary="Takes a few values of a synthetic record that together fit no other, and guesses "
        "that they fit exactly one person in the original.",
        sources=("article29_2014", "cohen2020", "giomi2023", "wilson1927", "koopman1984"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("one of the three risks that data protection law names"),
            UseCase.TESTING_ANALYSIS: fit("shows whether rare combinations were copied"),
            UseCase.EDUCATION: fit("a file for students is a public file"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "only where the test file keeps relations between variables"
            ),
        },
        threat=ThreatModel(Goal.SINGLING_OUT, DataKnowledge.NOTHING),
        goal="say something that is true of exactly one person in the original",
        knowledge_of_data="the synthetic file alone",
        knowledge_of_generator="none",
        applies_to="fully synthetic files, and the synthesised variables of partially synthetic "
        "ones",
        reading_maker="An excess says that combinations of members came through whole. Try more "
        "and fewer columns: which number is worst depends on the file.",
        reading_user="A rare combination that you see is true of one person in the survey about "
        "as often as of one person in any other sample, unless the excess is above zero.",
        cannot_see="A predicate can be right by luck: of a file of any size some predicates fit "
        "exactly one record. Many guesses may fit the same person, and the attacker does not "
        "learn which were right.",
        hit_means="exactly one person fits",
        same_size_control=True,
        guesses=True,
    )
)
@dataclass
class MultivariateSinglingOut(Singling):
    """Guess that conjunctions which single out a synthetic record single out a person.

    Each round takes every synthetic record once, in random order, and `columns` variables of it
    at random (4, or all where there are fewer). A number above the file's median becomes "at
    least", any other "at most"; levels, missing values and special codes must be equal. Kept are
    distinct predicates that single out one synthetic unit, until there are `guesses` (by default
    one for each synthetic record) or `rounds` have passed. `variables` names those to guess
    about, by default all. The attacker knows nothing of anybody, so `knowledge` is not used.
    """

    columns: int | None = None
    rounds: int = 30

    def _found(self) -> Predicates:
        self.guesses = self.guesses or len(self.synthetic_)
        states, quantities = (
            np.column_stack([getattr(c, part) for c in self.shown_])
            for part in ("states", "quantities")
        )
        found = self._drawn(states[:0], quantities[:0])
        for _ in range(self.rounds):
            drawn = self._drawn(states, quantities)
            start, step = 0, FIRST
            while start < len(drawn) and len(found) < self.guesses:
                some = drawn.take(np.arange(start, min(start + step, len(drawn)))).distinct()
                alone = singles_out(some, self.shown_, self.synthetic_.units)
                found = found.joined(some.take(alone)).distinct()
                start, step = start + step, 4 * step
            if len(found) >= self.guesses:
                break
        return found.take(np.arange(min(len(found), self.guesses)))

    def _drawn(self, states: np.ndarray, quantities: np.ndarray) -> Predicates:
        """Return one predicate from each record, in random order."""
        rows = self.rng_.permutation(len(states))[:, None]
        order = self.rng_.random(states.shape).argsort(axis=1)
        columns = np.sort(order[:, : self.columns], axis=1)
        states, quantities = states[rows, columns], quantities[rows, columns]
        middle, plain = self._middle()
        above = np.where(quantities > middle[columns], AT_LEAST, AT_MOST)
        signs = np.where(plain[columns] & (states == 0), above, EQUAL)
        return Predicates(columns, signs, states, quantities)

    def _middle(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the medians of the numbers, and which columns hold numbers."""
        ordinary = [c.quantities[c.states == 0] if c.scale else [] for c in self.shown_]
        medians = [float(np.median(o)) if len(o) else 0.0 for o in ordinary]
        return np.array(medians), np.array([bool(c.scale) for c in self.shown_])

    def _check(self, modelled: tuple[str, ...]) -> None:
        super()._check(modelled)
        if self.columns is None:
            self.columns = min(COLUMNS, len(self.names_))
        if not 2 <= self.columns <= len(self.names_):
            raise GuideError(
                f"columns={self.columns} does not fit: give 2 to {len(self.names_)}, the number "
                "of variables; singling_out tries one at a time"
            )
        if self.rounds < 1:
            raise GuideError(f"rounds={self.rounds} draws nothing; give at least 1")

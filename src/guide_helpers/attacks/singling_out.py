"""Singling out somebody by one unusual value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guide_helpers.attacks._predicates import AT_LEAST, AT_MOST, EQUAL, Predicates, singles_out
from guide_helpers.attacks._records import Column
from guide_helpers.attacks._singling import Singling, _values
from guide_helpers.cards import (
    AttackCard,
    DataKnowledge,
    Goal,
    ThreatModel,
    UseCase,
    card,
    fit,
)


@card(
    AttackCard(
        title="Singling out by one value",
        summary="Guesses that a value found once in the synthetic file, or its smallest and "
        "largest numbers, is that of exactly one person in the original.",
        sources=("article29_2014", "cohen2020", "giomi2023", "wilson1927", "koopman1984"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("one of the three risks that data protection law names"),
            UseCase.TESTING_ANALYSIS: fit("shows extremes and rare values that came through"),
            UseCase.EDUCATION: fit("students will look for the oldest and the richest"),
            UseCase.TESTING_TECHNOLOGY: fit("dummy files often carry true extremes"),
        },
        threat=ThreatModel(Goal.SINGLING_OUT, DataKnowledge.NOTHING),
        goal="say something that is true of exactly one person in the original",
        knowledge_of_data="the synthetic file alone",
        knowledge_of_generator="none",
        applies_to="fully synthetic files, and the synthesised variables of partially synthetic "
        "ones",
        reading_maker="An excess says that rare values and extremes of members came through: round "
        "or top-code the variables that the table of details names, or smooth what is drawn.",
        reading_user="An extreme value that you see may be a person's. A high rate without an "
        "excess only says that rare values are rare in every sample.",
        cannot_see="It tries values of one variable at a time and the attacker never learns which "
        "guess was right. Numbers with many digits give many guesses that cannot be right, which "
        "hides those that are: read the details by variable.",
        hit_means="exactly one person fits",
        same_size_control=True,
        guesses=True,
    )
)
@dataclass
class SinglingOut(Singling):
    """Guess that the lone values of the synthetic file are lone in the original.

    The guesses are: a variable has this value, for each value that one synthetic record has
    (missing and special codes are values too); a number is at most the smallest, or at least the
    largest. All that are found are tried, or `guesses` of them, drawn at random. `variables`
    names those to guess about, by default all. The attacker knows nothing of anybody, so
    `knowledge` is not used.
    """

    def _found(self) -> Predicates:
        parts = [_candidates(number, column) for number, column in enumerate(self.shown_)]
        every = Predicates(*(np.concatenate(p)[:, None] for p in zip(*parts, strict=True)))
        found = every.take(singles_out(every, self.shown_, self.synthetic_.units))
        if self.guesses is None or len(found) <= self.guesses:
            return found
        return found.take(np.sort(self.rng_.permutation(len(found))[: self.guesses]))


def _candidates(number: int, column: Column) -> tuple[np.ndarray, ...]:
    """Return columns, signs, states and quantities of all that could be tried on a column."""
    states, quantities = _values(column)
    signs = np.full(len(states), EQUAL)
    ordinary = quantities[states == 0]
    if column.scale and len(ordinary):
        states = np.append(states, [0, 0])
        quantities = np.append(quantities, [ordinary.min(), ordinary.max()])
        signs = np.append(signs, [AT_MOST, AT_LEAST])
    return np.full(len(states), number), signs, states, quantities

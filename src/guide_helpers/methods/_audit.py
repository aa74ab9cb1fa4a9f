"""Audits of a privacy claim: what was asked of the records, and how much loss was seen in runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from guide_helpers.methods._accounting import Ledger
from guide_helpers.methods._counting import Till
from guide_helpers.schema import Dataset


def empirical_epsilon(
    hits_with: int, hits_without: int, runs: int, *, level: float = 0.95, delta: float = 0.0
) -> float:
    """Return a lower confidence bound on epsilon from an event counted on two neighbours.

    The event is named before the runs: it happened `hits_with` times in `runs` runs with the
    unit and `hits_without` times in as many runs without it. Under (epsilon, delta) its chance
    with the unit is at most exp(epsilon) times that without it, plus delta. Clopper-Pearson
    limits of both rates share the error, so the bound holds at `level`; 0 where nothing was shown.

    References
    ----------
    Clopper and Pearson (1934), doi:10.1093/biomet/26.4.404
    """
    from scipy.stats import beta

    half = (1 - level) / 2
    low = 0.0 if hits_with == 0 else float(beta.ppf(half, hits_with, runs - hits_with + 1))
    top = float(beta.ppf(1 - half, hits_without + 1, runs - hits_without))
    top = 1.0 if hits_without == runs else top
    return max(0.0, math.log((low - delta) / top)) if low > delta else 0.0


def provable_epsilon(runs: int, *, level: float = 0.95, delta: float = 0.0) -> float:
    """Return the most that so many runs can prove: the event in all of them, and in none."""
    return empirical_epsilon(runs, 0, runs, level=level, delta=delta)


@dataclass(frozen=True)
class Question:
    """One question to the records, with its true answer: counts of a table, or scores."""

    what: str
    choice: bool
    truth: np.ndarray
    price: float
    sensitivity: float

    def change(self, other: Question) -> float:
        """Return by how much the truth differs: counts in all, scores in the one that moves most.

        The sum of the differences of counts bounds the root of their squares, so it will do for
        both kinds of noise.
        """
        apart = np.abs(self.truth - other.truth)
        return float(apart.max() if self.choice else apart.sum())


@dataclass
class Witness(Till):
    """A till that writes down each question with its true answer, and can answer as told before.

    With `answers`, those of an earlier run on a neighbour, the method goes the same way again,
    so that each question meets its twin.
    """

    answers: Sequence[Any] = ()
    questions: list[Question] = field(default_factory=list)
    given: list[Any] = field(default_factory=list)

    def measure(
        self, what: str, counts: np.ndarray, *, price: float, sensitivity: int
    ) -> np.ndarray:
        """Return the counts with noise, or the answer of the earlier run."""
        self.questions.append(Question(what, False, np.array(counts), price, sensitivity))
        found = super().measure(what, counts, price=price, sensitivity=sensitivity)
        return np.asarray(self._answer(found))

    def choose(self, what: str, scores: list[float], *, price: float, sensitivity: float) -> int:
        """Return a choice, or that of the earlier run."""
        self.questions.append(Question(what, True, np.array(scores), price, sensitivity))
        return int(self._answer(super().choose(what, scores, price=price, sensitivity=sensitivity)))

    def _answer(self, found: Any) -> Any:
        place = len(self.given)
        self.given.append(self.answers[place] if place < len(self.answers) else found)
        return self.given[-1]


def questions(
    method: Any, data: Dataset, *, seed: int, answers: Sequence[Any] = ()
) -> tuple[list[Question], list[Any]]:
    """Fit a method and return all its questions to the records, and the answers that it got.

    Noise has a generator of its own, so that a replay leaves the method's other draws alone.
    """
    noise = np.random.default_rng([seed, 1])
    witness = Witness(method.epsilon, noise, method.delta, answers)
    method._new_till = lambda _: witness
    method.fit(data, rng=np.random.default_rng([seed, 2]))
    return witness.questions, witness.given


def twins(
    make: Any, data: Dataset, neighbour: Dataset, *, seed: int
) -> list[tuple[Question, float]]:
    """Return each question of one run, and by how much its true answer differs for a neighbour.

    Both runs get the same answers: what the method may build on is public by then. So the list
    holds a claim to account question by question, whatever the path.
    """
    first, given = questions(make(), data, seed=seed)
    second, _ = questions(make(), neighbour, seed=seed, answers=given)
    if [q.what for q in first] != [q.what for q in second]:
        raise AssertionError(
            "the same answers led to other questions: the records leak by the path"
        )
    for one, other in zip(first, second, strict=True):
        if (one.price, one.sensitivity) != (other.price, other.sensitivity):
            raise AssertionError(f"{one.what}: the price depends on the records")
    return [(one, one.change(other)) for one, other in zip(first, second, strict=True)]


def seen_epsilon(
    till: Till, question: Question, runs: int, *, level: float = 0.95, delta: float = 0.0
) -> float:
    """Return the epsilon that is seen when a question of that price is put `runs` times each way.

    The till's ledger is put aside. Of a count, the unit moves one cell by the sensitivity, and the
    event is a noisy count that reaches the larger truth, or under zCDP, where the loss grows with
    the distance, passes it by as much again. Of a choice among 20, the unit lifts one
    score by the sensitivity and lowers the others by as much; the event is the choice of that one.
    """
    with_unit, without = (_hits(till, question, runs, here) for here in (True, False))
    return empirical_epsilon(with_unit, without, runs, level=level, delta=delta)


@dataclass
class _NoLedger(Ledger):
    """A ledger that counts nothing: an audit repeats one question thousands of times."""

    def spend(self, what: str, price: float) -> None:
        """Let it pass."""


def _hits(till: Till, question: Question, runs: int, present: bool) -> int:
    till.ledger = _NoLedger(till.epsilon, till.delta)
    far = question.sensitivity
    if not question.choice:
        # noise is independent from cell to cell, so one table of many cells is as many runs
        counts = np.full(runs, 1_000 + int(far) * present)
        found = till.measure("audit", counts, price=question.price, sensitivity=int(far))
        return int((found >= 1_000 + far * (2 if till.delta else 1)).sum())
    scores = [far, *[-far] * 19] if present else [0.0] * 20
    ask = {"price": question.price, "sensitivity": far}
    return sum(till.choose("audit", scores, **ask) == 0 for _ in range(runs))

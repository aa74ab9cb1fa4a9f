"""Inferring a sensitive value from the most similar synthetic records."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.attacks._game import Answers
from guide_helpers.attacks._nearest import Neighbourhoods, neighbourhoods
from guide_helpers.attacks._records import SAME, Column, columns_of
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
from guide_helpers.schema import Dataset


@card(
    AttackCard(
        title="Attribute inference",
        summary="Looks up the synthetic records most similar to a target on what the attacker "
        "knows, and takes their sensitive value for the target's.",
        sources=("giomi2023", "stadler2022", "taub2018", "gower1971", "wilson1927", "koopman1984"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("asks what a neighbour with the file could learn"),
            UseCase.TESTING_ANALYSIS: fit("the same question, for the users of a secure room"),
            UseCase.EDUCATION: conditional("worth it where students may take the file home"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "only where the test file keeps relations between variables"
            ),
        },
        threat=ThreatModel(Goal.ATTRIBUTE, DataKnowledge.PART),
        goal="learn the value of one sensitive variable of a person",
        knowledge_of_data="some variables of the target (by default the key variables) and the "
        "synthetic file; whether the target was in the original is not needed",
        knowledge_of_generator="none",
        applies_to="fully synthetic files; partially synthetic ones where the sensitive variable "
        "was synthesised",
        reading_maker="The excess is what your file says about members beyond what it says about "
        "everybody like them; hold its upper limit against your office's bound, and repeat for "
        "each sensitive variable and for subgroups.",
        reading_user="A high rate with no excess is what a useful file does: it predicts outsiders "
        "as well as members. The rate is no measure of quality for your analysis.",
        cannot_see="An average over many people can hide one who is exposed; another attacker, "
        "with a better model or other knowledge, may do better; group disclosure, where a file is "
        "right about members and outsiders alike, does not count as excess.",
        hit_means="right for",
    )
)
@dataclass
class AttributeInference:
    """Answer with the value of the nearest synthetic records.

    Nearest is by Gower's distance on the known variables: a discrete value differs or not, a
    numeric one differs by its share of the synthetic file's range, missing is a value of its
    own. The `neighbours` nearest records and all that are as near as the last of them vote; a
    draw among levels is settled at random. Numeric values are answered with the median, and are
    right within `tolerance` standard deviations of the synthetic file's values, or within the
    distance `within` in the variable's own unit where it is given.
    """

    sensitive: str | None = None
    neighbours: int = 1
    tolerance: float = 0.1
    within: float | None = None

    def learn(
        self, synthetic: Dataset, known: tuple[str, ...], *, rng: np.random.Generator
    ) -> Self:
        """Keep what the synthetic records show of the known and the sensitive variables."""
        self._check(synthetic, known)
        self.synthetic_, self.known_, self.rng_ = synthetic, known, rng
        self.target_ = (self.sensitive or synthetic.sensitive[0],)
        self.shown_ = columns_of(synthetic, synthetic, known)
        self.values_ = columns_of(synthetic, synthetic, self.target_)[0]
        ordinary = self.values_.quantities[self.values_.states == 0]
        share = self.tolerance * float(ordinary.std()) if len(ordinary) else 0.0
        self.reach_ = share if self.within is None else self.within
        return self

    def answer(self, targets: Dataset) -> Answers:
        """Answer for every target, and only then look at the truth."""
        asked = columns_of(self.synthetic_, targets, self.known_)
        truth = columns_of(self.synthetic_, targets, self.target_)[0]
        hits, exact = np.zeros((2, len(targets)), dtype=bool)
        for near in neighbourhoods(asked, self.shown_, self.neighbours):
            said = self._said(near)
            hits[near.targets] = self._right(said, truth.take(near.targets))
            exact[near.targets] = near.exact
        details = _by_nearness(exact, hits)
        return Answers(claims=np.ones(len(targets), dtype=bool), hits=hits, details=details)

    def guessing_rate(self, targets: Dataset) -> float:
        """Share right for whoever always says what is right for most of the synthetic file."""
        states, counts = np.unique(self.values_.states, return_counts=True)
        state = states[counts.argmax()]
        said = Column(np.array([state]), np.zeros(1), self.values_.scale)
        if self.values_.scale and state == 0:
            ordinary = np.sort(self.values_.quantities[self.values_.states == 0])
            above = np.searchsorted(ordinary, ordinary + self.reach_ * (1 + SAME), "right")
            below = np.searchsorted(ordinary, ordinary - self.reach_ * (1 + SAME), "left")
            said = replace(said, quantities=ordinary[[(above - below).argmax()]])
        truth = columns_of(self.synthetic_, targets, self.target_)[0]
        return float(self._right(said, truth).mean())

    def _said(self, near: Neighbourhoods) -> Column:
        """Return the answer for each target: the voted state, and for numbers their median."""
        states = self.values_.states[near.members].astype(np.int64)
        width = int(self.values_.states.max()) + 2
        votes, counts = np.unique(near.of * width + states + 1, return_counts=True)
        place, state = np.divmod(votes, width)
        most = np.zeros(int(place[-1]) + 1, dtype=np.int64)
        np.maximum.at(most, place, counts)
        tied = counts == most[place]
        choices = np.bincount(place[tied])
        first = np.cumsum(choices) - choices
        drawn = self.rng_.integers(choices[near.place])
        voted = (state[tied] - 1)[first[near.place] + drawn]
        medians = self._medians(near, states == 0) if self.values_.scale else np.zeros(len(most))
        return Column(voted, np.where(voted == 0, medians[near.place], 0.0), self.values_.scale)

    def _medians(self, near: Neighbourhoods, ordinary: np.ndarray) -> np.ndarray:
        values = self.values_.quantities[near.members[ordinary]]
        of = near.of[ordinary]
        values = values[np.lexsort((values, of))]
        sizes = np.bincount(of, minlength=int(near.of[-1]) + 1)
        first = np.cumsum(sizes) - sizes
        low, high = first + np.maximum(sizes - 1, 0) // 2, first + sizes // 2
        padded = np.append(values, 0.0)
        middle: np.ndarray = (padded[np.minimum(low, len(values))] + padded[high]) / 2
        return middle

    def _right(self, said: Column, truth: Column) -> np.ndarray:
        close = np.abs(said.quantities - truth.quantities) <= self.reach_ * (1 + SAME)
        right: np.ndarray = (said.states == truth.states) & close
        return right

    def _check(self, synthetic: Dataset, known: tuple[str, ...]) -> None:
        if self.neighbours < 1:
            raise GuideError(f"neighbours={self.neighbours} asks nobody; ask at least 1")
        if min(self.tolerance, self.within or 0) < 0:
            raise GuideError("a tolerance cannot be negative; 0 asks for the exact value")
        if self.sensitive is None and not synthetic.sensitive:
            raise GuideError(
                "attribute_inference needs to know what to infer: give sensitive='...' "
                "or declare a sensitive variable in the schema"
            )
        name = self.sensitive or synthetic.sensitive[0]
        if name in known or name not in {v.name for v in synthetic.schema.modelled}:
            why = "is among the knowledge" if name in known else "is not a variable of the file"
            raise GuideError(f"sensitive={name!r} {why}; name another column to infer")


def _by_nearness(exact: np.ndarray, hits: np.ndarray) -> pd.DataFrame:
    near = np.where(exact, "agrees on all that is known", "differs in something known")
    found = pd.DataFrame({"nearest record": near, "targets": 1, "hits": hits.astype(int)})
    return found.groupby("nearest record").sum()

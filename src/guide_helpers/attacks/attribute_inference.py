"""Inferring a sensitive value from the most similar synthetic records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.attacks._attribute import AttributeAttack
from guide_helpers.attacks._game import Answers
from guide_helpers.attacks._nearest import Neighbourhoods, neighbourhoods
from guide_helpers.attacks._records import Column, columns_of
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
class AttributeInference(AttributeAttack):
    """Answer with the value of the nearest synthetic records.

    Nearest is by Gower's distance on the known variables: a discrete value differs or not, a
    numeric one differs by its share of the synthetic file's range, missing is a value of its
    own. The `neighbours` nearest records and all that are as near as the last of them vote; a
    draw among levels is settled at random. Numeric values are answered with the median, and are
    right within `tolerance` standard deviations of the synthetic file's values, or within the
    distance `within` in the variable's own unit where it is given. `groups` names a variable by
    which the details count the targets.
    """

    neighbours: int = 1

    def learn(
        self, synthetic: Dataset, known: tuple[str, ...], *, rng: np.random.Generator
    ) -> Self:
        """Keep what the synthetic records show of the known and the sensitive variables."""
        if self.neighbours < 1:
            raise GuideError(f"neighbours={self.neighbours} asks nobody; ask at least 1")
        self._aim(synthetic, known, rng)
        return self

    def answer(self, targets: Dataset) -> Answers:
        """Answer for every target, and only then look at the truth."""
        asked = columns_of(self.synthetic_, targets, self.known_)
        truth = self._truth(targets)
        hits, exact = np.zeros((2, len(targets)), dtype=bool)
        for near in neighbourhoods(asked, self.shown_, self.neighbours):
            said = self._said(near)
            hits[near.targets] = self._right(said, truth.take(near.targets))
            exact[near.targets] = near.exact
        everybody = np.ones(len(targets), dtype=bool)
        return self._answers(targets, everybody, hits, _by_nearness(exact, hits))

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


def _by_nearness(exact: np.ndarray, hits: np.ndarray) -> pd.DataFrame:
    near = np.where(exact, "agrees on all that is known", "differs in something known")
    found = pd.DataFrame({"nearest record": near, "targets": 1, "hits": hits.astype(int)})
    return found.groupby("nearest record").sum()

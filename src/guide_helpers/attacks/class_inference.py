"""Inferring a sensitive value where all synthetic records like the target agree on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.attacks._attribute import AttributeAttack
from guide_helpers.attacks._game import Answers
from guide_helpers.attacks._records import SAME, Column, columns_of, combinations
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
        title="Inference from a class that agrees",
        summary="Claims the sensitive value only where all synthetic records with the target's "
        "key values have the same one: correct attribution, as an attack.",
        sources=("taub2018", "giomi2023", "wilson1927", "koopman1984"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("what a careful neighbour does: he speaks only when sure"),
            UseCase.TESTING_ANALYSIS: fit("cheap, and each claim can be explained"),
            UseCase.EDUCATION: fit("easy to play by hand with a few records"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "only where the test file keeps relations between variables"
            ),
        },
        threat=ThreatModel(Goal.ATTRIBUTE, DataKnowledge.PART),
        goal="learn the value of one sensitive variable of a person, and be sure of it",
        knowledge_of_data="the exact key variables of the target and the synthetic file; whether "
        "the target was in the original is not needed",
        knowledge_of_generator="none",
        applies_to="fully synthetic files; partially synthetic ones where the sensitive variable "
        "was synthesised",
        reading_maker="Hits as a share of claims are the correct attributions that papers print "
        "(TCAP where all must agree); the excess says how much of them is due to members being "
        "in the file. Look at the claims from classes of one record first.",
        reading_user="That all records of a kind agree may be true of the population, a small "
        "class or chance. Without an excess it says nothing about persons.",
        cannot_see="Targets whose key values do not occur in the file get no claim and count as "
        "not hit; an attacker who takes the nearest record instead says more. A common value "
        "makes most claims right without anybody's record.",
        hit_means="claimed, and claimed rightly, for",
    )
)
@dataclass
class ClassInference(AttributeAttack):
    """Answer where at least the share `share` of the records with equal keys have one value.

    With share 1 all must agree. Of numbers, those within the reach of their median agree with
    it, and the median is the answer. `least` records must have the target's key values.
    """

    share: float = 1.0
    least: int = 1

    def learn(
        self, synthetic: Dataset, known: tuple[str, ...], *, rng: np.random.Generator
    ) -> Self:
        """Keep what the synthetic records show of the known and the sensitive variables."""
        if not 0 < self.share <= 1:
            raise GuideError(f"share={self.share} is no share; give more than 0, at most 1")
        if self.least < 1:
            raise GuideError(f"least={self.least} asks nobody; ask for at least 1 record")
        self._aim(synthetic, known, rng)
        return self

    def answer(self, targets: Dataset) -> Answers:
        """Claim where a class agrees, and only then look at the truth."""
        said, claims, sizes = self._claims(targets)
        hits = claims & self._right(said, self._truth(targets))
        return self._answers(targets, claims, hits, _by_size(sizes, claims, hits))

    def guessing_rate(self, targets: Dataset) -> float:
        """Share right for whoever speaks of the same targets, but says the commonest value."""
        _, claims, _ = self._claims(targets)
        return float((claims & self._commonest(targets)).mean())

    def _claims(self, targets: Dataset) -> tuple[Column, np.ndarray, np.ndarray]:
        """Return what is said of each target, whether it is, and how many records it rests on."""
        asked, shown = combinations(columns_of(self.synthetic_, targets, self.known_), self.shown_)
        classes = int(max(asked.max(initial=0), shown.max(initial=0))) + 1
        sizes = np.bincount(shown, minlength=classes)
        state, agreeing = self._mode(shown, classes)
        middle = np.zeros(classes)
        if self.values_.scale:
            middle, close = self._median(shown, classes)
            agreeing = np.where(state == 0, close, agreeing)
        sure = (sizes >= self.least) & (agreeing >= self.share * sizes - SAME)
        quantity = np.where(state == 0, middle, 0.0)
        said = Column(state[asked], quantity[asked], self.values_.scale)
        return said, sure[asked], sizes[asked]

    def _mode(self, shown: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the commonest state of each class, and how many records have it."""
        states = self.values_.states.astype(np.int64)
        width = int(states.max()) + 2
        pairs, counts = np.unique(shown * width + states + 1, return_counts=True)
        of, state = np.divmod(pairs, width)
        order = np.lexsort((counts, of))
        most, mode = np.zeros((2, classes), dtype=np.int64)
        most[of[order]], mode[of[order]] = counts[order], state[order] - 1
        return mode, most

    def _median(self, shown: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the median number of each class, and how many records are within its reach."""
        ordinary = self.values_.states == 0
        of, values = shown[ordinary], self.values_.quantities[ordinary]
        values = values[np.lexsort((values, of))]
        sizes = np.bincount(of, minlength=classes)
        first, padded = np.cumsum(sizes) - sizes, np.append(values, 0.0)
        low, high = first + np.maximum(sizes - 1, 0) // 2, first + sizes // 2
        last = len(values)
        middle = (padded[np.minimum(low, last)] + padded[np.minimum(high, last)]) / 2
        close = np.abs(values - np.repeat(middle, sizes)) <= self.reach_ * (1 + SAME)
        return middle, np.bincount(np.sort(of), weights=close, minlength=classes)


def _by_size(sizes: np.ndarray, claims: np.ndarray, hits: np.ndarray) -> pd.DataFrame:
    names = ["1", "2 to 4", "5 to 9", "10 or more"]
    place = np.searchsorted([2, 5, 10], sizes[claims], side="right")
    counts = {
        "claims": np.bincount(place, minlength=4),
        "hits": np.bincount(place, weights=hits[claims], minlength=4).astype(int),
    }
    index = pd.CategoricalIndex(names, categories=names, ordered=True)
    return pd.DataFrame(counts, index=index.rename("records with the target's keys"))

"""Linking a person to the likeliest synthetic record, with errors in what is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from guide_helpers.attacks._claiming import Claiming
from guide_helpers.attacks._comparison import MOST, Comparable, evidence, patterns
from guide_helpers.attacks._records import Column, columns_of, combinations
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

SAMPLE = 300
"""Targets from whose pairs the weights are estimated."""
ENOUGH = 2_000
"""Targets from which the guessing rate is estimated."""


@card(
    AttackCard(
        title="Probabilistic linkage",
        summary="Weighs on which variables a person and a synthetic record agree, allows for "
        "errors in what the attacker knows, and claims the best record where one is best.",
        sources=("fellegi1969", "jaro1989", "giomi2023", "wilson1927", "koopman1984"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("what somebody with a list of his own would really do"),
            UseCase.TESTING_ANALYSIS: fit("users in a secure room may hold such lists"),
            UseCase.EDUCATION: conditional("worth it where students may take the file home"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "only where rare combinations of the original may come through"
            ),
        },
        threat=ThreatModel(Goal.IDENTITY, DataKnowledge.PART),
        goal="find the record of a person and read the rest of it",
        knowledge_of_data="the key variables of the target, some of them wrong, and the synthetic "
        "file; whether the target was in the original is not needed",
        knowledge_of_generator="none",
        applies_to="partially synthetic files, where a record does belong to a person, and fully "
        "synthetic ones, where a match is only apparent",
        reading_maker="Compare it with the linkage by unique match: what it finds beyond, records "
        "that differ a little from a member's do not protect. The excess is what counts.",
        reading_user="Linkage always finds a best record. Without an excess it belongs to nobody, "
        "however well it fits.",
        cannot_see="The weights treat variables as independent, which makes agreement on related "
        "ones look like more evidence than it is. It does not know whether a claimed match is the "
        "same person. Errors are drawn at random; those of real lists are not.",
        hit_means="a claimed match is confirmed by the other fields for",
    )
)
@dataclass
class ProbabilisticLinkage(Claiming):
    """Claim the synthetic record of the highest weight, where one record alone has it.

    The attacker's view of a target has the share `errors` of its values replaced by those of
    random synthetic records. Weights are in bits, and those below `threshold` make no claim; the
    base-two logarithm of the number of records would make a match as likely as not. Known
    numbers, too, agree within `tolerance` standard deviations. Agreement confirms a claim as in
    the linkage by unique match.
    """

    errors: float = 0.05
    threshold: float = 0.0

    def learn(
        self, synthetic: Dataset, known: tuple[str, ...], *, rng: np.random.Generator
    ) -> Self:
        """Keep the distinct combinations of the known variables."""
        if not 0 <= self.errors <= 1:
            raise GuideError(f"errors={self.errors} is a share: give 0 to 1")
        if len(known) > MOST:
            raise GuideError(f"{len(known)} known variables are too many to weigh; name {MOST}")
        self._aim(synthetic, known, rng)
        slack = [self._slack(c) for c in self.shown_]
        self.compare_ = [Comparable.of(*pair) for pair in zip(self.shown_, slack, strict=True)]
        (code,) = combinations(self.shown_)
        _, self.row_, self.sizes_ = np.unique(code, return_index=True, return_counts=True)
        self.numbers_ = np.array([c.numbers[self.row_] for c in self.compare_])
        self.weights_: np.ndarray | None = None
        return self

    def meet(self, everybody: Dataset) -> None:
        """Estimate the weights from pairs of some targets of both groups with all records."""
        some = self._some(everybody, SAMPLE)
        counts = np.zeros(2 ** len(self.known_))
        for block, found in patterns(self._seen(some), self.numbers_):
            weight = np.tile(self.sizes_, block.stop - block.start)
            counts += np.bincount(found.ravel(), weights=weight, minlength=len(counts))
        self.weights_ = evidence(counts, len(self.known_), len(self.synthetic_))

    def guessing_rate(self, targets: Dataset) -> float:
        """Hits of an attacker who claims for the same targets, but points at random records."""
        return super().guessing_rate(self._some(targets, ENOUGH))

    def _matches(self, targets: Dataset) -> tuple[np.ndarray, np.ndarray]:
        """Return who is claimed, and the row of the synthetic record that was found."""
        if self.weights_ is None:
            self.meet(targets)
        assert self.weights_ is not None
        levels, rank = np.unique(self.weights_, return_inverse=True)
        rank = rank.astype(np.uint16)
        best, place, many = np.zeros((3, len(targets)), dtype=np.int64)
        for block, found in patterns(self._seen(targets), self.numbers_):
            ranks = rank[found]
            place[block] = ranks.argmax(axis=1)
            best[block] = ranks[np.arange(len(ranks)), place[block]]
            many[block] = np.count_nonzero(ranks == best[block, None], axis=1)
        alone = (many == 1) & (self.sizes_[place] == 1)
        return alone & (levels[best] > self.threshold), self.row_[place]

    def _seen(self, targets: Dataset) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return what agrees with each known value, some of them wrong."""
        asked = columns_of(self.synthetic_, targets, self.known_)
        wrong = [self._mistaken(a, s) for a, s in zip(asked, self.shown_, strict=True)]
        return [c.reach(a) for c, a in zip(self.compare_, wrong, strict=True)]

    def _mistaken(self, asked: Column, shown: Column) -> Column:
        other = shown.take(self.rng_.integers(len(shown.states), size=len(asked.states)))
        wrong = self.rng_.random(len(asked.states)) < self.errors
        return replace(
            asked,
            states=np.where(wrong, other.states, asked.states),
            quantities=np.where(wrong, other.quantities, asked.quantities),
        )

    def _some(self, targets: Dataset, count: int) -> Dataset:
        rows = self.rng_.permutation(len(targets))[:count]
        return targets.with_rows(targets.rows.iloc[rows])

"""Linking a person to the only synthetic record that agrees on the key variables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from guide_helpers.attacks._claiming import Claiming
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


@card(
    AttackCard(
        title="Linkage by unique match",
        summary="Claims a synthetic record for a person where it is the only one that agrees on "
        "the key variables, and asks how much of the rest agrees too.",
        sources=("sweeney2002", "giomi2023", "wilson1927", "koopman1984"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("asks what people will claim to have found in the file"),
            UseCase.TESTING_ANALYSIS: fit("cheap, and speaks of perceived risk as well"),
            UseCase.EDUCATION: fit("students will look for themselves and their neighbours"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "only where rare combinations of the original may come through"
            ),
        },
        threat=ThreatModel(Goal.IDENTITY, DataKnowledge.PART),
        goal="find the record of a person and read the rest of it",
        knowledge_of_data="the exact key variables of the target and the synthetic file; whether "
        "the target was in the original is not needed",
        knowledge_of_generator="none",
        applies_to="partially synthetic files, where a record does belong to a person, and fully "
        "synthetic ones, where a match is only apparent",
        reading_maker="The excess is how much more often a claim comes true for members than for "
        "outsiders: your method copies records. Claims without an excess are apparent matches; "
        "people will still make them, so decide what to say about them before the release.",
        reading_user="A record that looks like somebody you know was made by a model. Unless the "
        "excess is above zero, it is as likely to look like somebody who was never in the survey.",
        cannot_see="It tries exact agreement on the keys only: an attacker who allows for errors "
        "finds more. It does not know whether a claimed match is the same person, and a record "
        "that resembles a member without agreeing on all keys is no claim.",
        hit_means="a claimed match is confirmed by the other fields for",
    )
)
@dataclass
class UniqueMatch(Claiming):
    """Claim the only synthetic record that agrees on all known variables.

    A claim is a hit where at least the share `agreement` of the other modelled variables agrees
    too; a numeric one agrees within `tolerance` standard deviations of the synthetic file's
    values. With `bins`, known numeric variables are compared in so many classes of about equal
    size instead of exactly. Where everything is known, nothing is left to confirm a claim, and
    each claim counts.
    """

    bins: int | None = None

    def learn(
        self, synthetic: Dataset, known: tuple[str, ...], *, rng: np.random.Generator
    ) -> Self:
        """Keep the synthetic records and draw what guessing will need."""
        if self.bins is not None and self.bins < 1:
            raise GuideError(f"bins={self.bins} makes no classes; give at least 1 or leave it out")
        self._aim(synthetic, known, rng)
        self.edges_ = [self._edges(c) for c in self.shown_]
        return self

    def _matches(self, targets: Dataset) -> tuple[np.ndarray, np.ndarray]:
        """Return who is claimed, and the row of the synthetic record that was found."""
        asked = columns_of(self.synthetic_, targets, self.known_)
        classed = [
            [_classes(c, edges) for c, edges in zip(group, self.edges_, strict=True)]
            for group in (asked, self.shown_)
        ]
        wanted, shown = combinations(*classed)
        size = int(max(wanted.max(initial=0), shown.max(initial=0))) + 1
        row = np.zeros(size, dtype=np.int64)
        row[shown] = np.arange(len(shown))
        return np.bincount(shown, minlength=size)[wanted] == 1, row[wanted]

    def _edges(self, column: Column) -> np.ndarray | None:
        if self.bins is None or not column.scale:
            return None
        ordinary = column.quantities[column.states == 0]
        if not len(ordinary):
            return None
        return np.unique(np.quantile(ordinary, np.arange(1, self.bins) / self.bins))


def _classes(column: Column, edges: np.ndarray | None) -> Column:
    if edges is None:
        return column
    classes = np.searchsorted(edges, column.quantities, side="right").astype(float)
    return replace(column, quantities=np.where(column.states == 0, classes, 0.0))

"""Membership by how dense the synthetic file is around a record."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guide_helpers.attacks._membership import ByDistance, positive
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
from guide_helpers.schema import Dataset


@card(
    AttackCard(
        title="Membership by local density",
        summary="Takes a person for a member of the original the more synthetic records lie "
        "close around the person's record.",
        sources=("houssiau2022", "breugel2023", "gower1971", "koopman1984"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("sees a method that draws many records around each member"),
            UseCase.TESTING_ANALYSIS: fit("cheap, and needs nothing but the file"),
            UseCase.EDUCATION: conditional("where being in the survey says something about you"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "where the test file is made from records, not from a schema"
            ),
        },
        threat=ThreatModel(Goal.MEMBERSHIP, DataKnowledge.RECORD),
        goal="learn whether a person was in the original",
        knowledge_of_data="the target's whole record (all modelled variables unless other "
        "knowledge is named) and the synthetic file",
        knowledge_of_generator="none",
        applies_to="fully synthetic files, above all ones larger than the original, in which each "
        "member leaves several records",
        reading_maker="An excess above zero says that synthetic records crowd around members. "
        "No excess is weak evidence: most people live where the file is dense anyway; run "
        "relative density too.",
        reading_user="If it succeeds, the file gives away who was asked. It says nothing about "
        "how good the file is for your analysis.",
        cannot_see="It takes common people for members, since the file is dense where the "
        "population is; rare people, who have most to lose, rank low.",
        hit_means="a claim of membership is right for",
        under_privacy="the excess is bounded by epsilon; an attack that beats the bound shows a "
        "fault",
    )
)
@dataclass
class LocalDensity(ByDistance):
    """Score a target by a kernel density of the synthetic file.

    Each of the `neighbours` nearest synthetic records adds exp(-distance / bandwidth); what lies
    farther adds almost nothing. The `bandwidth` is a distance of 0 to 1, by default half the
    median distance between a synthetic record and its nearest different one. `share` of all
    targets, those with the highest scores, are claimed to be members.
    """

    share: float = 0.1
    neighbours: int = 20
    bandwidth: float | None = None

    def check(self) -> None:
        """Refuse options that make no sense, and fix the bandwidth."""
        positive(neighbours=self.neighbours, bandwidth=self.bandwidth)
        self.reach_ = self.bandwidth or self.spacing() / 2

    def scores(self, targets: Dataset) -> np.ndarray:
        """Return the density around each target, 0 to `neighbours`."""
        apart = self.around(targets, self.synthetic_, self.neighbours)
        density: np.ndarray = np.exp(-apart / self.reach_).sum(axis=1)
        return density

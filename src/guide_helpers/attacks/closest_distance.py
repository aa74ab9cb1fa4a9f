"""Membership by the distance to the nearest synthetic record."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guide_helpers.attacks._membership import ByDistance
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
        title="Membership by closest distance",
        summary="Takes a person for a member of the original the nearer the closest synthetic "
        "record lies to the person's record.",
        sources=("stadler2022", "breugel2023", "gower1971", "koopman1984"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("the cheapest attack on membership; run it on everybody"),
            UseCase.TESTING_ANALYSIS: fit("shows copied records before a colleague does"),
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
        applies_to="fully synthetic files; in partially synthetic ones the variables that were "
        "kept give every member away",
        reading_maker="An excess above zero says that the file lies nearer to its members than to "
        "outsiders. Look at the share found at 0.1 and 1 % false claims, not at the AUC alone: "
        "the AUC is an average, and nobody is protected by an average.",
        reading_user="If it succeeds, the file gives away who was asked. It says nothing about "
        "how good the file is for your analysis.",
        cannot_see="It cannot tell a copied record from one that lies where everybody lies, so "
        "it finds few members at low false claims: a reference sample (relative density) or "
        "knowledge of the method sees more.",
        hit_means="a claim of membership is right for",
        under_privacy="the excess is bounded by epsilon; an attack that beats the bound shows a "
        "fault",
    )
)
@dataclass
class ClosestDistance(ByDistance):
    """Score a target by how near its nearest synthetic record is.

    `share` of all targets, those with the highest scores, are claimed to be members.
    """

    share: float = 0.1

    def scores(self, targets: Dataset) -> np.ndarray:
        """Return minus the distance to the nearest synthetic record, -1 to 0."""
        return -self.around(targets, self.synthetic_, 1)[:, 0]

"""Membership by how much denser the synthetic file is than the population around a record."""

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
from guide_helpers.errors import GuideError
from guide_helpers.schema import Dataset


@card(
    AttackCard(
        title="Membership by relative density (DOMIAS)",
        summary="Takes a person for a member of the original where the synthetic file is denser "
        "around the person's record than a sample of the population is.",
        sources=("breugel2023", "golob2024", "gower1971", "koopman1984"),
        suits={
            UseCase.PUBLIC_RELEASE: fit(
                "the strongest attack without the method: somebody always has a like sample"
            ),
            UseCase.TESTING_ANALYSIS: fit("users of a secure room often hold earlier waves"),
            UseCase.EDUCATION: conditional("where being in the survey says something about you"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "where the test file is made from records, not from a schema"
            ),
        },
        threat=ThreatModel(Goal.MEMBERSHIP, DataKnowledge.POPULATION),
        goal="learn whether a person was in the original",
        knowledge_of_data="the target's whole record (all modelled variables unless other "
        "knowledge is named), the synthetic file, and a sample of the same population: the file "
        "given as `reference`, else the records of the other targets",
        knowledge_of_generator="none",
        applies_to="fully synthetic files, larger or smaller than the original",
        reading_maker="This is the attack to hold your file against. The share found at 0.1 and "
        "1 % false claims is the number for a decision: those are people of whom an attacker is "
        "nearly sure. Give a real `reference` where you have one, an earlier wave for example.",
        reading_user="If it succeeds, the file gives away who was asked, rare people first. It "
        "says nothing about how good the file is for your analysis.",
        cannot_see="what an attacker with the method in hand could learn (shadow models); without "
        "a `reference` the other targets stand for the population, and half of them may be "
        "members, which makes the attack somewhat weaker",
        hit_means="a claim of membership is right for",
        under_privacy="the excess is bounded by epsilon; at a large epsilon this attack is known "
        "to succeed against marginal-based methods",
    )
)
@dataclass
class RelativeDensity(ByDistance):
    """Score a target by the ratio of two densities, of the synthetic file and of the population.

    A density is one over the distance to the `neighbours`-th nearest record (its power and the
    size of the files are the same for all targets and leave their order as it is). To both
    distances the `smoothing` is added, by default a tenth of the median distance between a
    synthetic record and its nearest different one, so that one equal record does not decide
    alone. `reference` is the attacker's sample of the population, with nobody of the original
    in it by intent; without it the records of the other targets are taken. `share` of all targets,
    those with the highest scores, are claimed to be members.
    """

    share: float = 0.1
    neighbours: int = 1
    smoothing: float | None = None
    reference: Dataset | None = None

    def check(self) -> None:
        """Refuse options that make no sense, and fix the smoothing."""
        positive(neighbours=self.neighbours, smoothing=self.smoothing)
        self.little_ = self.smoothing or self.spacing() / 10
        self.population_, self.skip_ = self.reference, 0
        if self.reference is not None:
            self._check(self.reference)

    def meet(self, everybody: Dataset) -> None:
        """Take all targets for a sample of the population where there is no other."""
        if self.reference is None:
            self.population_, self.skip_ = everybody, 1

    def scores(self, targets: Dataset) -> np.ndarray:
        """Return the logarithm of the ratio: above 0 where the synthetic file is denser."""
        k, sample = self.neighbours, self.population_
        if sample is None:
            sample, self.skip_ = targets, 1
        near = self.around(targets, self.synthetic_, k)[:, -1]
        # a target is among the targets itself: its own record is the nearest, at distance 0
        usual = self.around(targets, sample, k + self.skip_)[:, -1]
        near, usual = (np.minimum(x, 1.0) + self.little_ for x in (near, usual))
        ratio: np.ndarray = np.log(usual) - np.log(near)
        return ratio

    def _check(self, reference: Dataset) -> None:
        lacking = [n for n in self.known_ if n not in reference.schema]
        if lacking:
            raise GuideError(
                f"the reference has no column {lacking[0]!r}, which the attacker knows of a target"
            )
        if not len(reference):
            raise GuideError("the reference has no rows; leave it out or give a sample of people")

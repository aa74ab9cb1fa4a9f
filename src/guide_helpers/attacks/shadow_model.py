"""Membership inference by shadow models: run the method with and without the target, and learn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guide_helpers.attacks import _classifiers
from guide_helpers.attacks._shadows import ShadowAttack, Shadows, View
from guide_helpers.attacks._views import TargetedQueries, WholeFile
from guide_helpers.cards import (
    AttackCard,
    DataKnowledge,
    GeneratorKnowledge,
    Goal,
    ThreatModel,
    UseCase,
    card,
    conditional,
    fit,
)
from guide_helpers.errors import GuideError
from guide_helpers.schema import Dataset

FEATURES = ("counting_queries", "naive", "histogram", "correlation")
CLASSIFIERS = ("shared", "logistic", "forest")
MOST_COUNTS = 200_000_000
"""Under a gigabyte while they are put together."""


@card(
    AttackCard(
        title="Shadow models",
        summary="Runs the method of the file on files of the attacker's own that do or do not "
        "contain the target, and learns from the results how a file with the target looks.",
        sources=("stadler2022", "houssiau2022", "carlini2022"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("an attacker with a public method can do this at home"),
            UseCase.TESTING_ANALYSIS: conditional(
                "the strongest test before a file leaves the office; users in a secure room have "
                "less reason to try"
            ),
            UseCase.EDUCATION: conditional("where the file ends up public, as teaching files do"),
            UseCase.TESTING_TECHNOLOGY: conditional("only where the method was fitted to records"),
        },
        threat=ThreatModel(Goal.MEMBERSHIP, DataKnowledge.POPULATION, GeneratorKnowledge.BLACK_BOX),
        goal="learn whether a person was in the original",
        knowledge_of_data="the target's whole record, a sample of the population, and the "
        "synthetic file",
        knowledge_of_generator="the method and its options, to run it again; not the original, not "
        "the fitted model, not the seed",
        applies_to="fully synthetic files of one table; partially synthetic ones whose method can "
        "be run again",
        reading_maker="An excess, or an AUC surely above 0.5, says that the method lets single "
        "people show. Attack the most vulnerable records, where an average hides what happens, and "
        "give the attack as large a reference as a real attacker could have.",
        reading_user="It says nothing about how good the file is. If you share the method and its "
        "options beside a file, you give this attacker what he needs.",
        cannot_see="What a better classifier or other features would find, and what an attacker "
        "with the fitted model could do; an average over many targets hides the few who are "
        "exposed.",
        hit_means="takes for members",
        retrains=True,
        needs=("reference",),
        under_privacy="the attack stays within the bound that epsilon sets; seen above it, the "
        "implementation is wrong (empirical_epsilon)",
    )
)
@dataclass
class ShadowModel(ShadowAttack):
    """Train shadows that share all targets, and score each target in the released file.

    `reference` is the attacker's own sample of the population; nobody of the original or the
    control may be in it. A shadow's training file is a random half of all targets, filled up from
    the reference to the original's size. `features` is what is looked at: "counting_queries"
    (how many records agree with the target on random sets of variables, `queries` of them) or the
    file as a whole: "naive", "histogram", "correlation". `classifier` is "shared" (one linear rule
    learned from all targets, or for the whole file one covariance), or scikit-learn's "logistic"
    or "forest", one for each target. Not more than `share` of the targets are claimed. `workers`
    and `cluster` say where to train; they change no result.

    References
    ----------
    Stadler, Oprisanu and Troncoso (2022); Houssiau et al. (2022), arXiv:2211.06550
    """

    features: str = "counting_queries"
    classifier: str = "shared"

    def check(self) -> None:
        """Refuse options that cannot be used."""
        super().check()
        for name, known in (("features", FEATURES), ("classifier", CLASSIFIERS)):
            if getattr(self, name) not in known:
                listed = ", ".join(known)
                raise GuideError(f"no {name} {getattr(self, name)!r}; known: {listed}")

    def view(self, targets: Dataset, base: Dataset) -> View:
        """Return the features."""
        if self.features == "counting_queries":
            counts = len(targets) * self.shadows * self.queries
            if counts > MOST_COUNTS:
                raise GuideError(
                    f"{len(targets):,} targets in {self.shadows} shadows with {self.queries} "
                    "queries each take too much memory; choose targets, or lower queries"
                )
            return TargetedQueries.of(targets, base, self.queries, self.rng_)
        return WholeFile(self.features, base)

    def judged(self, shadows: Shadows, released: np.ndarray) -> np.ndarray:
        """Return what the classifier says of each target."""
        if self.classifier != "shared":
            seed = int(self.rng_.integers(2**31))
            return _classifiers.each(shadows, released, self.classifier, seed)
        own = self.features == "counting_queries"
        rule = _classifiers.shared if own else _classifiers.shared_spread
        return rule(shadows, released)

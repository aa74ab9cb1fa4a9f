"""Membership inference by the likelihood ratio of one statistic, with the target in and out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guide_helpers.attacks._shadows import ShadowAttack, Shadows, View
from guide_helpers.attacks._views import MeanCount, Nearness, TargetedQueries
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

STATISTICS = ("matches", "nearness")
VARIANCES = ("target", "side")
FLOOR = 0.1
"""A target's standard deviation is not taken for less than this share of the median target's."""


@card(
    AttackCard(
        title="Likelihood ratio (LiRA)",
        summary="Asks of each target whether the synthetic file lies as near to it as files made "
        "with the target do, or as files made without: a likelihood ratio from shadow models.",
        sources=("carlini2022", "stadler2022", "houssiau2022"),
        suits={
            UseCase.PUBLIC_RELEASE: fit(
                "finds the few who are surely in, where averages look fine"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "a strong test before a file leaves the office; users in a secure room have less "
                "reason to try"
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
        reading_maker="Read the share of members found at few false claims before the AUC: one "
        "member found for sure is a disclosure even where the average target is safe.",
        reading_user="It says nothing about how good the file is. If you share the method and its "
        "options beside a file, you give this attacker what he needs.",
        cannot_see="What another statistic would show: it looks at one number for each target, "
        "and takes it for normally distributed.",
        hit_means="takes for members",
        retrains=True,
        needs=("reference",),
        under_privacy="the attack stays within the bound that epsilon sets; seen above it, the "
        "implementation is wrong (empirical_epsilon)",
    )
)
@dataclass
class LikelihoodRatio(ShadowAttack):
    """Fit two normal distributions for each target, from shadows with and without it.

    The statistic is "matches", the mean over `queries` random sets of variables of
    log(1 + records that agree with the target), or "nearness", minus the root of Gower's distance
    to the nearest record. `variance` is that of the "target", in and out
    alike, which few shadows can bear, or one for each "side". The score is the log-likelihood
    ratio. `reference`, `shadows`, `share`, `workers` and `cluster` are those of shadow models.

    References
    ----------
    Carlini, Chien, Nasr, Song, Terzis and Tramer (2022), arXiv:2112.03570
    """

    statistic: str = "matches"
    variance: str = "target"

    def check(self) -> None:
        """Refuse options that cannot be used."""
        super().check()
        for name, known in (("statistic", STATISTICS), ("variance", VARIANCES)):
            if getattr(self, name) not in known:
                listed = ", ".join(known)
                raise GuideError(f"no {name} {getattr(self, name)!r}; known: {listed}")

    def view(self, targets: Dataset, base: Dataset) -> View:
        """Return the statistic."""
        if self.statistic == "nearness":
            return Nearness(targets, base)
        return MeanCount(TargetedQueries.of(targets, base, self.queries, self.rng_))

    def judged(self, shadows: Shadows, released: np.ndarray) -> np.ndarray:
        """Return the log-likelihood ratio of each target."""
        return log_ratio(shadows, released, each_side=self.variance == "side")


def log_ratio(shadows: Shadows, released: np.ndarray, *, each_side: bool) -> np.ndarray:
    """Return log N(released; in) - log N(released; out), target by target."""
    inside, seen = shadows.inside, shadows.seen.astype(float)
    means, squares = [], []
    for side in (inside, ~inside):
        mean = (seen * side).sum(axis=0) / side.sum(axis=0)
        means.append(mean)
        squares.append(((seen - mean) ** 2 * side).sum(axis=0))
    if each_side:
        spreads = [s / side.sum(axis=0) for s, side in zip(squares, (inside, ~inside), strict=True)]
    else:
        spreads = [(squares[0] + squares[1]) / len(seen)] * 2
    least = max(FLOOR**2 * float(np.median(np.concatenate(spreads))), 1e-12)
    within, without = (
        -((released - m) ** 2) / (2 * np.maximum(v, least)) - np.log(np.maximum(v, least)) / 2
        for m, v in zip(means, spreads, strict=True)
    )
    found: np.ndarray = within - without
    return found

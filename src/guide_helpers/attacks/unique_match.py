"""Linking a person to the only synthetic record that agrees on the key variables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.attacks._game import Answers
from guide_helpers.attacks._records import SAME, Column, agreement, columns_of, combinations
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

PAIRS = 100_000
"""Pairs of a claimed target and a random record, drawn for the guessing rate."""


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
class UniqueMatch:
    """Claim the only synthetic record that agrees on all known variables.

    A claim is a hit where at least the share `agreement` of the other modelled variables agrees
    too; a numeric one agrees within `tolerance` standard deviations of the synthetic file's
    values. With `bins`, known numeric variables are compared in so many classes of about equal
    size instead of exactly. Where everything is known, nothing is left to confirm a claim, and
    each claim counts.
    """

    agreement: float = 1.0
    tolerance: float = 0.0
    bins: int | None = None

    def learn(
        self, synthetic: Dataset, known: tuple[str, ...], *, rng: np.random.Generator
    ) -> Self:
        """Keep the synthetic records and draw what guessing will need."""
        self._check()
        modelled = [v.name for v in synthetic.schema.modelled]
        self.synthetic_, self.known_, self.rng_ = synthetic, known, rng
        self.others_ = tuple(n for n in modelled if n not in known)
        self.compared_ = self.others_ or known
        self.shown_ = columns_of(synthetic, synthetic, known)
        self.edges_ = [self._edges(c) for c in self.shown_]
        self.rest_ = columns_of(synthetic, synthetic, self.compared_)
        self.slack_ = [self._slack(c) for c in self.rest_]
        return self

    @property
    def note(self) -> str:
        """What a hit is, beside the number."""
        if self.others_:
            share = "all" if self.agreement == 1 else f"at least {100 * self.agreement:.0f} %"
            return (
                f"A hit is a claimed match for which {share} of the {len(self.others_)} other "
                "variables agree; that it is the same person is not known."
            )
        return "No variable was left to confirm a match, so all matches are claimed ones."

    def answer(self, targets: Dataset) -> Answers:
        """Claim where one record agrees on what is known; only then look at the rest."""
        claims, found = self._matches(targets)
        rest = columns_of(self.synthetic_, targets, self.compared_)
        matched = [c.take(found[claims]) for c in self.rest_]
        share = agreement([c.take(np.flatnonzero(claims)) for c in rest], matched, self.slack_)
        confirmed = share >= self.agreement - SAME if self.others_ else np.ones_like(share, bool)
        hits = np.zeros(len(targets), dtype=bool)
        hits[claims] = confirmed
        return Answers(claims=claims, hits=hits, details=_by_tenths(share))

    def guessing_rate(self, targets: Dataset) -> float:
        """Hits of an attacker who claims for the same targets, but points at random records."""
        claims, _ = self._matches(targets)
        if not claims.any():
            return 0.0
        people = self.rng_.choice(np.flatnonzero(claims), PAIRS)
        records = self.rng_.integers(len(self.synthetic_), size=PAIRS)
        rest = columns_of(self.synthetic_, targets, self.compared_)
        share = agreement(
            [c.take(people) for c in rest], [c.take(records) for c in self.rest_], self.slack_
        )
        needed = self.agreement if self.others_ else 1.0
        return float(claims.mean() * (share >= needed - SAME).mean())

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

    def _slack(self, column: Column) -> float:
        ordinary = column.quantities[column.states == 0]
        return self.tolerance * float(ordinary.std()) if column.scale and len(ordinary) else 0.0

    def _check(self) -> None:
        if not 0 <= self.agreement <= 1:
            raise GuideError(f"agreement={self.agreement} is a share: give 0 to 1")
        if self.tolerance < 0:
            raise GuideError(f"tolerance={self.tolerance} is negative; 0 asks for equal values")
        if self.bins is not None and self.bins < 1:
            raise GuideError(f"bins={self.bins} makes no classes; give at least 1 or leave it out")


def _classes(column: Column, edges: np.ndarray | None) -> Column:
    if edges is None:
        return column
    classes = np.searchsorted(edges, column.quantities, side="right").astype(float)
    return replace(column, quantities=np.where(column.states == 0, classes, 0.0))


def _by_tenths(share: np.ndarray) -> pd.DataFrame:
    """Count claims by the share of other fields that agree: below 0.1, ..., 0.9 to 1, all."""
    tenth = np.minimum((share * 10 + SAME).astype(int), 10)
    names = [f"{i / 10:.1f} to {(i + 1) / 10:.1f}" for i in range(10)] + ["all"]
    counts = np.bincount(tenth, minlength=11)
    return pd.DataFrame({"claims": counts}, index=pd.Index(names, name="other fields that agree"))

"""Linking two partial views of a person through the synthetic file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import lgamma
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.attacks._game import Answers
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
from guide_helpers.neighbours import nearest, points
from guide_helpers.schema import Dataset, Kind


@card(
    AttackCard(
        title="Linkability",
        summary="Holds two lists about the same people with different variables, and asks whether "
        "the synthetic records nearest to the one are those nearest to the other.",
        sources=("article29_2014", "giomi2023", "gower1971", "wilson1927", "koopman1984"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("one of the three risks that data protection law names"),
            UseCase.TESTING_ANALYSIS: conditional(
                "where users may bring lists of their own into the secure room"
            ),
            UseCase.EDUCATION: conditional("worth it where students may take the file home"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "only where the test file keeps relations between variables"
            ),
        },
        threat=ThreatModel(Goal.IDENTITY, DataKnowledge.RECORD),
        goal="find out which entry of one list and which of another are the same person",
        knowledge_of_data="the known variables of the target in one list, the others in a second "
        "list, and the synthetic file",
        knowledge_of_generator="none",
        applies_to="fully synthetic files; of partially synthetic ones, those where variables of "
        "both lists were synthesised",
        reading_maker="An excess says that your file joins lists about members better than lists "
        "about outsiders: records, or large parts of them, came through whole.",
        reading_user="A file without an excess may still link: the more two lists are related in "
        "the population, the more often their nearest records agree, for outsiders too.",
        cannot_see="It looks at true pairs only; the details say how often the two halves of "
        "different people are linked as well. Where many records are equally near, one is taken "
        "at random, so views of few coarse variables link nobody.",
        hit_means="both views are linked for",
    )
)
@dataclass
class Linkability:
    """Link two views of a target where their nearest synthetic records have one in common.

    The first view is the known variables, the second is `other`, by default all others but free
    text. Nearest is by Gower's distance; of equally near records, those taken are drawn at
    random. `neighbours` of each view are compared.
    """

    other: Sequence[str] | None = None
    neighbours: int = 1

    def learn(
        self, synthetic: Dataset, known: tuple[str, ...], *, rng: np.random.Generator
    ) -> Self:
        """Keep the synthetic records, in a random order for each view."""
        modelled = synthetic.schema.modelled
        rest = tuple(v.name for v in modelled if v.name not in known and v.kind is not Kind.TEXT)
        self.views_ = (known, tuple(rest if self.other is None else self.other))
        self._check({v.name for v in modelled})
        self.synthetic_, self.rng_ = synthetic, rng
        self.orders_ = [rng.permutation(len(synthetic)) for _ in self.views_]
        return self

    def answer(self, targets: Dataset) -> Answers:
        """Look up both views of every target, each on its own."""
        one, other = (
            self._nearest(targets, names, order)
            for names, order in zip(self.views_, self.orders_, strict=True)
        )
        linked = _meet(one, other)
        strangers = _meet(one, np.roll(other, 1, axis=0)) if len(one) > 1 else linked[:0]
        details = pd.DataFrame(
            {
                "pairs": [len(linked), len(strangers)],
                "linked": [int(linked.sum()), int(strangers.sum())],
            },
            index=pd.Index(["of one target", "of two different targets"], name="views"),
        )
        return Answers(claims=linked, hits=linked, details=details)

    def guessing_rate(self, targets: Dataset) -> float:
        """Share linked where both views get records drawn at random."""
        del targets
        n, k = len(self.synthetic_), min(self.neighbours, len(self.synthetic_))
        if 2 * k > n:
            return 1.0
        apart = 2 * lgamma(n - k + 1) - lgamma(n - 2 * k + 1) - lgamma(n + 1)
        return float(-np.expm1(apart))

    def _nearest(self, targets: Dataset, names: tuple[str, ...], order: np.ndarray) -> np.ndarray:
        """Return the rows of the nearest synthetic records, one line a target."""
        asked, shown = points(self.synthetic_, targets, self.synthetic_, names=names)
        rows = nearest(asked, shown.take(order), self.neighbours).rows
        return np.where(rows >= 0, order[rows], -1)

    def _check(self, modelled: set[str]) -> None:
        known, other = self.views_
        if self.neighbours < 1:
            raise GuideError(f"neighbours={self.neighbours} looks at nobody; look at 1 or more")
        if unknown := [n for n in other if n not in modelled]:
            raise GuideError(f"other={unknown[0]!r} is not a variable of the file")
        if both := [n for n in other if n in known]:
            raise GuideError(f"{both[0]!r} is in both views; leave it out of one of them")
        if not other:
            raise GuideError("the knowledge names all variables; leave some for the second view")


def _meet(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return, line by line, whether two lists of rows have one in common."""
    found = np.zeros(len(one), dtype=bool)
    for place in other.T:
        found |= ((one == place[:, None]) & (place[:, None] >= 0)).any(axis=1)
    return found

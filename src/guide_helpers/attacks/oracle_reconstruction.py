"""Rebuilding original records from the similarity scores that an office gives for each record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.attacks._climbing import EXACT, Climber
from guide_helpers.attacks._game import Answers
from guide_helpers.attacks._membership import whole_record
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
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.games import Office
from guide_helpers.neighbours import nearest, points
from guide_helpers.schema import Dataset, LinkedTables, Schema

SCORES = ("distance", "match")
AT_ONCE = 200
SWEEPS = 5


@card(
    AttackCard(
        title="Reconstruction through an oracle",
        summary="Asks the office how near made-up records lie to the nearest original one, and "
        "changes them, value by value, until the distance is 0.",
        sources=("ganev2023", "stadler2022", "gower1971"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("before any score for single records is published"),
            UseCase.TESTING_ANALYSIS: fit("before a quality service answers for single records"),
            UseCase.EDUCATION: conditional("shows a class why similarity is no privacy"),
            UseCase.TESTING_TECHNOLOGY: unfit("nobody offers scores with a test file"),
        },
        threat=ThreatModel(Goal.RECONSTRUCTION, DataKnowledge.NOTHING, GeneratorKnowledge.ORACLE),
        goal="rebuild records of the original, whole",
        knowledge_of_data="the synthetic file alone",
        knowledge_of_generator="none, but the office answers questions: for each record handed in, "
        "its exact distance to the nearest original record, or whether an identical one exists",
        applies_to="any file beside which scores of single records are given, however it was made",
        reading_maker="Each hit is a record of a real person. Never give exact similarity scores "
        "for single records, neither in a report nor through a service: publish means over the "
        "whole file, beside their null, once.",
        reading_user="It says nothing about the file. If an office offers you such scores, tell "
        "it of this attack.",
        cannot_see="What more questions, or scores of several files, would give away; the file "
        "itself may be harmless.",
        hit_means="the original holds",
        guesses=True,
        same_size_control=True,
        under_privacy="the file's epsilon says nothing of the scores: they are computed from the "
        "records without noise",
    )
)
@dataclass
class OracleReconstruction:
    """Climb from synthetic records to original ones by the office's scores.

    `scores` is what the office answers: "distance", Gower's to the nearest original record, 0 to
    1, or "match", whether an identical one exists. `digits` says how far it rounds distances.
    `questions` records may be handed in. Starts are synthetic records in random order; a
    categorical variable is tried level by level, a number found from two answers. A guess is
    claimed where the office says 0, or match.

    References
    ----------
    Ganev and De Cristofaro (2023), arXiv:2312.05114, whose attack climbs by generating records
    """

    scores: str = "distance"
    questions: int = 20_000
    digits: int | None = None

    def learn(
        self,
        synthetic: Dataset,
        known: tuple[str, ...],
        *,
        rng: np.random.Generator,
        office: Office,
    ) -> Self:
        """Ask the office until the questions are used up."""
        self._check()
        self.known_ = whole_record(synthetic, known)
        self.shown_ = _only(synthetic, self.known_)
        truth = points(self.shown_, _only(_table(office, synthetic), self.known_))[0]

        def ask(records: pd.DataFrame) -> np.ndarray:
            asked = points(self.shown_, self.shown_.with_rows(records))[0]
            found: np.ndarray = nearest(asked, truth).distances[:, 0]
            if self.scores == "match":
                return np.where(found <= EXACT, 0.0, 1.0)
            return found if self.digits is None else np.round(found, self.digits)

        self._rebuild(Climber(self.shown_, self.known_, ask, self.questions), rng)
        return self

    def answer(self, targets: Dataset) -> Answers:
        """Return, guess by guess, whether the office confirmed it and whether a target has it."""
        return Answers(self.claims_, self.claims_ & self._among(self.guesses_, targets))

    def guessing_rate(self, targets: Dataset) -> float:
        """Return the share of the starts that a target has as they are, without any question."""
        return float(self._among(self.starts_, targets).mean()) if len(self.starts_) else 0.0

    def _rebuild(self, climber: Climber, rng: np.random.Generator) -> None:
        order = self.shown_.rows.drop_duplicates().sample(frac=1, random_state=rng)
        guesses, claims, tried = [self.shown_.rows[:0]], [np.zeros(0, dtype=bool)], 0
        climbs = self.scores == "distance"
        price = climber.price if climbs else 1
        while tried < len(order) and climber.left >= price:
            starts = order.iloc[tried : tried + min(AT_ONCE, climber.left // price)]
            climber.climb(starts, SWEEPS if climbs else 0)
            guesses.append(self.shown_.with_rows(climber.records).rows)
            claims.append(climber.far <= EXACT)
            tried += len(starts)
        asked = self.questions - climber.left
        found, sure = pd.concat(guesses, ignore_index=True), np.concatenate(claims)
        kept = ~(found.duplicated().to_numpy() & sure)
        self.starts_ = self.shown_.with_rows(order.iloc[:tried])
        self.guesses_, self.claims_ = self.shown_.with_rows(found[kept]), sure[kept]
        self.note = (
            f"With {asked:,} questions it came to {int(self.claims_.sum()):,} different records "
            "that the office confirms."
        )

    def _among(self, guesses: Dataset, targets: Dataset) -> np.ndarray:
        if not len(guesses) or not len(targets):
            return np.zeros(len(guesses), dtype=bool)
        asked, shown = points(self.shown_, guesses, _only(targets, self.known_))
        same: np.ndarray = nearest(asked, shown).distances[:, 0] <= EXACT
        return same

    def _check(self) -> None:
        if self.scores not in SCORES:
            raise GuideError(f"no scores {self.scores!r}; known: {', '.join(SCORES)}")
        if isinstance(self.questions, bool) or self.questions < 0:
            raise GuideError(f"questions={self.questions} is no number of questions; 0 asks none")


def _only(data: Dataset, names: tuple[str, ...]) -> Dataset:
    """Return some columns, without the unit that rows belong to."""
    wanted = [n for n in data.schema.names if n in names]
    schema = Schema(tuple(data.schema[n] for n in wanted))
    return Dataset.of(data.rows[wanted], schema)


def _table(office: Office, like: Dataset) -> Dataset:
    """Return the original, or the table of it that the file is made of."""
    if isinstance(office.original, LinkedTables):
        tables = office.original.tables.values()
        return next(t for t in tables if t.schema.names == like.schema.names)
    return office.original

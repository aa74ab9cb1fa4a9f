"""Inferring a sensitive value with trees grown on the synthetic file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers.attacks._attribute import AttributeAttack
from guide_helpers.attacks._game import Answers
from guide_helpers.attacks._records import Column, columns_of
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
        title="Inference by trees",
        summary="Grows a forest on the synthetic file that predicts the sensitive value from what "
        "is known, and asks it about the target: the best guess that the file allows.",
        sources=("stadler2022", "giomi2023", "breiman1984", "wilson1927", "koopman1984"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("an attacker who can program will not stop at a look-up"),
            UseCase.TESTING_ANALYSIS: fit("the users of a secure room know how to grow a forest"),
            UseCase.EDUCATION: conditional("worth it where students may take the file home"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "only where the test file keeps relations between variables"
            ),
        },
        threat=ThreatModel(Goal.ATTRIBUTE, DataKnowledge.PART),
        goal="learn the value of one sensitive variable of a person",
        knowledge_of_data="some variables of the target (by default the key variables) and the "
        "synthetic file; whether the target was in the original is not needed",
        knowledge_of_generator="none",
        applies_to="fully synthetic files; partially synthetic ones where the sensitive variable "
        "was synthesised",
        reading_maker="Rates are higher than those of a look-up, for members and outsiders alike; "
        "that is what a useful file does. Hold the upper limit of the excess against your bound.",
        reading_user="A high rate for outsiders says that the file predicts people who are not in "
        "it. It comes close to a test of the file's use for prediction, and is none of persons.",
        cannot_see="A forest spreads what it has seen of one record over its neighbours, so it can "
        "miss copies that the nearest record shows. An average hides the few who are exposed.",
        hit_means="right for",
        requires=("sklearn",),
    )
)
@dataclass
class TreeInference(AttributeAttack):
    """Answer with the vote of `trees` trees, each grown on the whole synthetic file.

    Each split looks at a random part of the variables. Leaves hold `min_leaf` records; with 1
    the trees remember the file. Of numbers the mean of the trees is the answer; missing values
    and special codes are predicted first.
    """

    trees: int = 10
    min_leaf: int = 1

    def learn(
        self, synthetic: Dataset, known: tuple[str, ...], *, rng: np.random.Generator
    ) -> Self:
        """Grow the trees."""
        for name in ("trees", "min_leaf"):
            if getattr(self, name) < 1:
                raise GuideError(f"{name}={getattr(self, name)} grows nothing; give at least 1")
        self._aim(synthetic, known, rng)
        shown, values = _features(self.shown_), self.values_
        self.states_ = self._grown("RandomForestClassifier", shown, values.states)
        plain = values.states == 0
        self.numbers_ = None
        if values.scale and plain.any():
            self.numbers_ = self._grown(
                "RandomForestRegressor", shown[plain], values.quantities[plain]
            )
        return self

    def answer(self, targets: Dataset) -> Answers:
        """Ask the trees about every target, and only then look at the truth."""
        asked = columns_of(self.synthetic_, targets, self.known_)
        features = _features(asked)
        states = self.states_.predict(features)
        quantities = np.zeros(len(targets))
        plain = states == 0
        if self.numbers_ is not None and plain.any():
            quantities[plain] = self.numbers_.predict(features[plain])
        hits = self._right(Column(states, quantities, self.values_.scale), self._truth(targets))
        everybody = np.ones(len(targets), dtype=bool)
        return self._answers(targets, everybody, hits, _in_all(hits))

    def _grown(self, kind: str, features: np.ndarray, values: np.ndarray) -> Any:
        from sklearn import ensemble

        forest = getattr(ensemble, kind)(
            n_estimators=self.trees,
            min_samples_leaf=self.min_leaf,
            max_features="sqrt",
            bootstrap=False,
            random_state=int(self.rng_.integers(2**31)),
        )
        return forest.fit(features, values)


def _features(columns: list[Column]) -> np.ndarray:
    """Return the records as numbers: quantities, with their states where they have several."""
    parts = []
    for column in columns:
        if column.scale:
            parts.append(column.quantities)
        parts.append(column.states)
    return np.column_stack(parts).astype(np.float32)


def _in_all(hits: np.ndarray) -> pd.DataFrame:
    counts = {"targets": [len(hits)], "hits": [int(hits.sum())]}
    return pd.DataFrame(counts, index=pd.Index(["all"], name="group"))

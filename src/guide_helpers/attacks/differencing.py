"""What several copies, or an earlier and a later release, give away together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from guide_helpers.attacks._game import Answers
from guide_helpers.attacks._membership import whole_record
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
from guide_helpers.results import Synthetic
from guide_helpers.schema import Dataset, LinkedTables

MOST_LOOKED_AT = 2_000


@card(
    AttackCard(
        title="Differencing",
        summary="Takes for a member whoever has a record near them again and again in the copies "
        "of one original, or in a later release but not in an earlier one.",
        sources=("stadler2022", "gower1971", "koopman1984"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("run it before a second release, and with all m copies"),
            UseCase.TESTING_ANALYSIS: fit(
                "users who combine m copies hold all of them; count them together"
            ),
            UseCase.EDUCATION: conditional("where several copies or yearly files are handed out"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "where test files are made anew from growing registers"
            ),
        },
        threat=ThreatModel(Goal.MEMBERSHIP, DataKnowledge.RECORD),
        goal="learn whether a person was in the original, or joined it between two releases",
        knowledge_of_data="the target's whole record and all copies, or two releases",
        knowledge_of_generator="none",
        applies_to="several copies of one original, fully synthetic; two releases whose originals "
        "overlap",
        reading_maker="Compare it with the same attack on one copy: the difference is the price of "
        "handing out more. Two releases tell who joined; if that is a secret (new patients, new "
        "firms), do not publish both from records that overlap.",
        reading_user="It says nothing about how good the files are for your analysis.",
        cannot_see="What a model of the releases would find beyond nearness; who left between two "
        "releases is asked by handing them over in the other order.",
        hit_means="takes for members",
        joint_copies=True,
        under_privacy="copies of one noisy model add no loss; two releases add theirs, so the "
        "bound is the sum of both epsilons",
    )
)
@dataclass
class Differencing:
    """Score each target by how surely records near it, and only near it, come back.

    A copy counts log((far + r) / (near + r)): near is the distance of the target's nearest record,
    far that of the one in place `neighbours`, so that records that lie where everybody lies say
    little. The least distance r is a hundredth of the median one between records of one copy and
    the nearest ones of another (of the same copy, where there is only one). The score is the mean
    over copies; with `earlier`, a release made when some members were not yet in, it is that of
    the later release less that of the earlier one. `share` of all targets are claimed.
    """

    earlier: Any = None
    neighbours: int = 10
    share: float = 0.1

    def learn(
        self, copies: tuple[Dataset, ...], known: tuple[str, ...], *, rng: np.random.Generator
    ) -> Self:
        """Keep the copies, and see how far apart their records lie."""
        if not 0 < self.share < 1:
            raise GuideError(f"share={self.share} is not between 0 and 1; 0.1 claims a tenth")
        if self.neighbours < 2:
            raise GuideError(f"neighbours={self.neighbours} compares nothing; give at least 2")
        self.copies_ = copies
        self.before_ = _releases(self.earlier, copies[0])
        self.known_ = whole_record(copies[0], known)
        self.least_ = self._spacing(rng) / 100
        return self

    def answer(self, targets: Dataset) -> Answers:
        """Return the score of each target."""
        scores = self._returns(targets, self.copies_)
        if self.before_:
            scores -= self._returns(targets, self.before_)
        return Answers.ranked(scores)

    def guessing_rate(self, targets: Dataset) -> float:
        """Return the share of targets that is claimed: what a blind claim gets of the members."""
        del targets
        return self.share

    def _returns(self, targets: Dataset, files: tuple[Dataset, ...]) -> np.ndarray:
        mean: np.ndarray = np.mean([self._nearer(targets, file) for file in files], axis=0)
        return mean

    def _nearer(self, asked: Dataset, file: Dataset) -> np.ndarray:
        there, shown = points(self.copies_[0], asked, file, names=self.known_)
        k = min(self.neighbours, len(file))
        apart = nearest(there, shown, k).distances + self.least_
        found: np.ndarray = np.log(apart[:, -1] / apart[:, 0])
        return found

    def _spacing(self, rng: np.random.Generator) -> float:
        one, other = self.copies_[0], self.copies_[-1]
        some = rng.permutation(len(one))[:MOST_LOOKED_AT]
        asked = one.with_rows(one.rows.iloc[some])
        there, shown = points(one, asked, other, names=self.known_)
        alone = len(self.copies_) == 1
        apart = nearest(there, shown, 2 if alone else 1).distances[:, -1]
        apart = apart[np.isfinite(apart) & (apart > 0)]
        return float(np.median(apart)) if len(apart) else 1 / there.width


def _releases(earlier: object, like: Dataset) -> tuple[Dataset, ...]:
    """Return the copies of the earlier release, of the same columns as the later one."""
    if earlier is None:
        return ()
    found: Any = earlier.copies if isinstance(earlier, Synthetic) else earlier
    files = (found,) if isinstance(found, Dataset | LinkedTables) else tuple(found)
    for file in files:
        if not isinstance(file, Dataset) or not len(file):
            raise GuideError("earlier is no synthetic file of one table; give a release or a file")
        if file.schema.names != like.schema.names:
            raise GuideError("earlier has other columns than the file; keep those of both releases")
    return files

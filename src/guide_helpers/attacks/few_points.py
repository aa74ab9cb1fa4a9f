"""Finding a unit of several rows again by a few of its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.attacks._confirming import PAIRS, SAME, compared, held_share
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
from guide_helpers.incidence import Incidence, check, numbered
from guide_helpers.schema import Dataset


@card(
    AttackCard(
        title="Few known points",
        summary="Knows a few rows of a customer, a device or a person, looks for the synthetic "
        "unit that has most of them, and takes the rest of that unit for the target's.",
        sources=("demontjoye2013", "demontjoye2015", "wilson1927", "koopman1984"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("everybody sees a few purchases or ways of a neighbour"),
            UseCase.TESTING_ANALYSIS: fit("shows copied units that no attack on rows sees"),
            UseCase.EDUCATION: fit("students will look for themselves by what they bought"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "where the test file is made from records, not from a schema"
            ),
        },
        threat=ThreatModel(Goal.IDENTITY, DataKnowledge.PART),
        goal="find the unit that is a target's, and read all its other rows",
        knowledge_of_data="k rows of the target, drawn at random, in the known columns, as coarse "
        "as is said; whether the target was in the original is not needed. One guess is made for "
        "each privacy unit, however many rows it has",
        knowledge_of_generator="none",
        applies_to="files with several rows a unit, fully or partially synthetic; where a unit "
        "has one row, it is a linkage by that row",
        reading_maker="The excess is the share of units that came through so whole that a few of "
        "their rows find them and the rest is theirs. Fresh numbers of customers do not protect: "
        "what somebody bought is the number. Hold out and judge by unit, not by row.",
        reading_user="A synthetic customer who has all that you know of a real one is not that "
        "customer unless the excess is above zero; somebody always has most.",
        cannot_see="It asks for equal points after coarsening and weighs all alike: an attacker "
        "who weighs rare products more, or allows for errors, finds more. Units with fewer than "
        "k points are looked for by all they have. Rows copied into other units are not seen.",
        hit_means="a unit is claimed and its other rows are the target's in",
        guesses=True,
    )
)
@dataclass
class FewPoints:
    """Claim for each unit the synthetic unit that has most of `k` known points, if one is best.

    A point is a row in the known columns; the k are drawn at random. A claim is a hit where at
    least the share `agreement` of the target's distinct rows, in the columns `confirmed` (by
    default all that are modelled), is in the claimed unit; where these columns say no more than
    the known ones, known points do not count, and a claim with nothing left to confirm counts.
    `least` known points must be found for a claim. `coarse` says how coarsely columns are known
    and compared: the width of a class of numbers, "hour", "day", "week", "month", "quarter" or
    "year" of a time, the first so many characters of a text.
    """

    k: int = 4
    agreement: float = 0.5
    least: int = 1
    coarse: Mapping[str, float | str] | None = None
    confirmed: Sequence[str] | None = None

    def learn(
        self, synthetic: Dataset, known: tuple[str, ...], *, rng: np.random.Generator
    ) -> Self:
        """Keep the synthetic units."""
        names = [v.name for v in synthetic.schema.modelled]
        self.known_, self.synthetic_, self.rng_ = known, synthetic, rng
        self._check()
        self.compared_ = compared(self.confirmed, names, self.agreement)
        check(self.coarse, list(dict.fromkeys([*known, *self.compared_])), synthetic)
        self.more_ = bool(set(self.compared_) - set(known))
        self.units_ = synthetic.units
        self.seen_: dict[tuple[int, tuple[str, ...]], tuple[Dataset, list[np.ndarray]]] = {}
        return self

    @property
    def note(self) -> str:
        """What a hit is, beside the number."""
        return (
            f"One guess for each unit, by {self.k} of its rows; a hit is a claimed unit that has "
            f"at least {100 * self.agreement:.0f} % of the target's rows."
        )

    def answer(self, targets: Dataset) -> Answers:
        """Claim where one synthetic unit has most of the known points; only then look at rows."""
        points, claims, found, best = self._claimed(targets)
        own, shown = self._rows(targets, points)
        share = held_share(own, shown, np.arange(own.size), found)
        hits = claims & ~(share < self.agreement - SAME)
        counts = {
            "claims": np.bincount(best[claims], minlength=self.k + 1)[1:],
            "hits": np.bincount(best[hits], minlength=self.k + 1)[1:],
        }
        index = pd.Index(range(1, self.k + 1), name="known points in the claimed unit")
        return Answers(claims, hits, details=pd.DataFrame(counts, index=index))

    def guessing_rate(self, targets: Dataset) -> float:
        """Hits of an attacker who claims as often, but points at random synthetic units."""
        points, claims, _, _ = self._claimed(targets)
        if not claims.any():
            return 0.0
        own, shown = self._rows(targets, points)
        asked = self.rng_.choice(np.flatnonzero(claims), PAIRS)
        share = held_share(own, shown, asked, self.rng_.integers(shown.size, size=PAIRS))
        return float(claims.mean() * (~(share < self.agreement - SAME)).mean())

    def _claimed(self, targets: Dataset) -> tuple[Incidence, np.ndarray, np.ndarray, np.ndarray]:
        """Return the known points, who is claimed, the unit found, and how many points it has."""
        wanted, shown = self._numbers(targets, self.known_)
        known = Incidence.of(targets.units, wanted).some(self.k, self.rng_)
        best, many, found = np.zeros((3, known.size), dtype=np.int64)
        for block, counts in known.shared(Incidence.of(self.units_, shown)):
            found[block] = counts.argmax(axis=1)
            best[block] = counts.max(axis=1)
            many[block] = np.count_nonzero(counts == best[block, None], axis=1)
        return known, (many == 1) & (best >= self.least), found, best

    def _rows(self, targets: Dataset, known: Incidence) -> tuple[Incidence, Incidence]:
        """Return what the rows of targets and of synthetic units say beyond what is known."""
        wanted, shown = self._numbers(targets, self.compared_)
        units = targets.units
        mine = Incidence.of(units, wanted)
        if not self.more_:
            points, _ = self._numbers(targets, self.known_)
            left = ~known.holds(units, points)
            mine = Incidence(*_pairs(units[left], wanted[left]), known.size)
        return mine, Incidence.of(self.units_, shown)

    def _numbers(self, targets: Dataset, names: tuple[str, ...]) -> list[np.ndarray]:
        """Return the points of targets and synthetic rows as numbers, found once for a group."""
        place = (id(targets), names)
        if place not in self.seen_:
            files = [targets, self.synthetic_]
            self.seen_[place] = targets, numbered(files, names, self.coarse)
        return self.seen_[place][1]

    def _check(self) -> None:
        if self.k < 1:
            raise GuideError(f"k={self.k} knows nothing of anybody; know at least 1 point")
        if not 1 <= self.least <= self.k:
            raise GuideError(f"least={self.least} must lie between 1 and k={self.k}")


def _pairs(units: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    pairs = Incidence.of(units, points)
    return pairs.units, pairs.points

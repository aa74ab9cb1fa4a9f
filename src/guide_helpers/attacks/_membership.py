"""What attacks on membership by distance share: whose record is known, and how far is near."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from guide_helpers.attacks._game import Answers
from guide_helpers.errors import GuideError
from guide_helpers.neighbours import compared, nearest, points
from guide_helpers.schema import Dataset


class ByDistance:
    """An attacker who holds whole records and looks at the synthetic records around each.

    The synthetic file is the ruler of all distances, since the attacker has no other. A subclass
    has a field `share` and a method `scores(targets)`.
    """

    share: float
    synthetic_: Dataset
    known_: tuple[str, ...]

    def learn(
        self, synthetic: Dataset, known: tuple[str, ...], *, rng: np.random.Generator
    ) -> Self:
        """Keep the synthetic file; whoever was given no other knowledge knows the whole record."""
        del rng
        if not 0 < self.share < 1:
            raise GuideError(f"share={self.share} is not between 0 and 1; 0.1 claims a tenth")
        self.synthetic_, self.known_ = synthetic, whole_record(synthetic, known)
        self.check()
        return self

    def check(self) -> None:
        """Refuse options that make no sense."""

    def answer(self, targets: Dataset) -> Answers:
        """Rank the targets: the higher the score, the likelier a member."""
        return Answers.ranked(self.scores(targets))

    def guessing_rate(self, targets: Dataset) -> float:
        """Share of the members that a random claim of the same share of all targets meets."""
        del targets
        return self.share

    def scores(self, targets: Dataset) -> np.ndarray:
        """Return the score of each target."""
        raise NotImplementedError

    def around(self, targets: Dataset, file: Dataset, k: int) -> np.ndarray:
        """Return the distances of the k records of a file nearest to each target, 0 to 1."""
        asked, shown = points(self.synthetic_, targets, file, names=self.known_)
        return nearest(asked, shown, k).distances

    def spacing(self) -> float:
        """Return the median distance of a synthetic record to its nearest different one.

        As long as copies of records are no majority of the file, this says how far apart people
        are where the attacker looks.
        """
        (own,) = points(self.synthetic_, self.synthetic_, names=self.known_)
        some = own.take(np.arange(0, len(own), max(1, len(own) // 1_000)))
        apart = nearest(some, own, 8).distances
        apart = np.where(np.isfinite(apart) & (apart > 0), apart, np.nan)
        known = apart[~np.isnan(apart).all(axis=1)]
        return float(np.median(np.nanmin(known, axis=1))) if len(known) else 1.0 / own.width


def whole_record(synthetic: Dataset, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return all modelled variables where `known` is no more than the default, the keys."""
    if set(known) != set(synthetic.keys):
        return known
    return tuple(v.name for v in compared(synthetic)) or known


def positive(**options: Any) -> None:
    """Refuse an option that is not above 0; None leaves the choice to the data."""
    for name, value in options.items():
        if value is not None and value <= 0:
            raise GuideError(f"{name}={value} is not above 0")

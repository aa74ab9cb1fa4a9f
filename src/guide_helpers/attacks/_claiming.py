"""What linkage attacks share: a record is claimed for a person, the other fields confirm it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from guide_helpers.attacks._game import Answers
from guide_helpers.attacks._records import SAME, Column, agreement, columns_of
from guide_helpers.errors import GuideError
from guide_helpers.schema import Dataset

PAIRS = 100_000
"""Pairs of a claimed target and a random record, drawn for the guessing rate."""


@dataclass
class Claiming:
    """Claim one synthetic record for a target, as `_matches` says, and look at the other fields.

    A claim is a hit where at least the share `agreement` of the other modelled variables agrees
    too; a numeric one agrees within `tolerance` standard deviations of the synthetic file's
    values. Where everything is known, nothing is left to confirm a claim, and each claim counts.
    """

    agreement: float = 1.0
    tolerance: float = 0.0

    def _aim(self, synthetic: Dataset, known: tuple[str, ...], rng: np.random.Generator) -> None:
        """Keep the synthetic records, and what will confirm a match."""
        if not 0 <= self.agreement <= 1:
            raise GuideError(f"agreement={self.agreement} is a share: give 0 to 1")
        if self.tolerance < 0:
            raise GuideError(f"tolerance={self.tolerance} is negative; 0 asks for equal values")
        modelled = [v.name for v in synthetic.schema.modelled]
        self.synthetic_, self.known_, self.rng_ = synthetic, known, rng
        self.others_ = tuple(n for n in modelled if n not in known)
        self.compared_ = self.others_ or known
        self.shown_ = columns_of(synthetic, synthetic, known)
        self.rest_ = columns_of(synthetic, synthetic, self.compared_)
        self.slack_ = [self._slack(c) for c in self.rest_]

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
        raise NotImplementedError

    def _slack(self, column: Column) -> float:
        ordinary = column.quantities[column.states == 0]
        return self.tolerance * float(ordinary.std()) if column.scale and len(ordinary) else 0.0


def _by_tenths(share: np.ndarray) -> pd.DataFrame:
    """Count claims by the share of other fields that agree: below 0.1, ..., 0.9 to 1, all."""
    tenth = np.minimum((share * 10 + SAME).astype(int), 10)
    names = [f"{i / 10:.1f} to {(i + 1) / 10:.1f}" for i in range(10)] + ["all"]
    counts = np.bincount(tenth, minlength=11)
    return pd.DataFrame({"claims": counts}, index=pd.Index(names, name="other fields that agree"))

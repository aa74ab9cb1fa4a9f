"""Finding a device again by where it is at night and where it is by day."""

from __future__ import annotations

from collections.abc import Sequence
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
from guide_helpers.incidence import Incidence, numbered
from guide_helpers.methods._mobile_anchors import Clock, anchors
from guide_helpers.schema import Dataset

WEEK = 168


@card(
    AttackCard(
        title="Home and work",
        summary="Infers from the synthetic file where each unit is by night and where on working "
        "days, looks for the one that lives and works where a target does, and takes its other "
        "rows for the target's.",
        sources=("golle2009", "demontjoye2013", "wilson1927", "koopman1984"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("where somebody lives and works is no secret to many"),
            UseCase.TESTING_ANALYSIS: fit("shows copied units that no attack on rows sees"),
            UseCase.EDUCATION: fit("everybody can try it with their own two places"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "where the test file is made from records, not from a schema"
            ),
        },
        threat=ThreatModel(Goal.IDENTITY, DataKnowledge.PART),
        goal="find the unit that is a target's by home and place of work, and read where else it "
        "was",
        knowledge_of_data="the target's most frequent place by night and on working days, in the "
        "known columns besides the time; whether the target was in the original is not needed. "
        "One guess is made for each unit",
        knowledge_of_generator="none",
        applies_to="files of places and times with several rows a unit, fully or partially "
        "synthetic; where a unit has one row, it is a linkage by that row",
        reading_maker="The excess is the share of units that came through so whole that two places "
        "find them and the rest is theirs. Larger zones lower the claims; only a method that draws "
        "units anew lowers the hits.",
        reading_user="A synthetic device that lives and works where you do is not yours unless the "
        "excess is above zero: with small zones somebody is bound to.",
        cannot_see="It asks that both places agree exactly, and takes the most frequent zone: a "
        "neighbour zone through an error of position ends the search. It does not say what is "
        "learned about those who share home and work with others.",
        hit_means="a unit is claimed and its other rows are the target's in",
        guesses=True,
    )
)
@dataclass
class HomeWork:
    """Claim the one synthetic unit with a target's home and day place, where there is one.

    Home is the most frequent place from 20 to 7 o'clock, the day place that from 9 to 17 on the
    first five days of the week, in the known columns without the time. A time in whole numbers
    counts hours from a Monday, 0:00, with a `period` of 168. A claim is a hit where at least the
    share `agreement` of the target's distinct rows, in the columns `confirmed` (by default all
    that are modelled), is in the claimed unit.
    """

    agreement: float = 0.5
    period: float = WEEK
    confirmed: Sequence[str] | None = None

    def learn(
        self, synthetic: Dataset, known: tuple[str, ...], *, rng: np.random.Generator
    ) -> Self:
        """Keep the synthetic units."""
        if not isinstance(self.period, int | float) or not 0 < self.period < np.inf:
            raise GuideError(f"period={self.period!r} is not a positive number of units of time")
        names = [v.name for v in synthetic.schema.modelled]
        self.places_ = tuple(n for n in known if n not in {synthetic.time, synthetic.entity})
        if not self.places_:
            raise GuideError(
                "'home_work' needs to know places: name their column in knowledge=[...]"
            )
        self.compared_ = compared(self.confirmed, names, self.agreement)
        self.synthetic_, self.rng_ = synthetic, rng
        return self

    @property
    def note(self) -> str:
        """What a hit is, beside the number."""
        return (
            "One guess for each unit, by its two usual places; a hit is a claimed unit that has "
            f"at least {100 * self.agreement:.0f} % of the target's rows."
        )

    def answer(self, targets: Dataset) -> Answers:
        """Claim where one synthetic unit has home and day place; only then look at the rows."""
        claims, found, alike = self._claimed(targets)
        own, shown = self._rows(targets)
        hits = claims & (
            held_share(own, shown, np.arange(own.size), found) >= self.agreement - SAME
        )
        kinds = np.minimum(alike, 2)
        counts = {"targets": np.bincount(kinds, minlength=3)}
        index = pd.Index(["none", "one", "several"], name="synthetic units with both places")
        return Answers(claims, hits, details=pd.DataFrame(counts, index=index))

    def guessing_rate(self, targets: Dataset) -> float:
        """Hits of an attacker who claims as often, but points at random synthetic units."""
        claims, _, _ = self._claimed(targets)
        if not claims.any():
            return 0.0
        own, shown = self._rows(targets)
        asked = self.rng_.choice(np.flatnonzero(claims), PAIRS)
        share = held_share(own, shown, asked, self.rng_.integers(shown.size, size=PAIRS))
        return float(claims.mean() * (share >= self.agreement - SAME).mean())

    def _claimed(self, targets: Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return who is claimed, the unit found, and how many units have both places."""
        files = [targets, self.synthetic_]
        places = numbered(files, self.places_)
        width = 1 + max(int(p.max(initial=0)) for p in places)
        asked, shown = (self._both(f, p, width) for f, p in zip(files, places, strict=True))
        order = np.argsort(shown, kind="stable")
        low = np.searchsorted(shown[order], asked, "left")
        alike = np.searchsorted(shown[order], asked, "right") - low
        found = order[np.minimum(low, len(order) - 1)]
        return alike == 1, found, alike

    def _both(self, file: Dataset, places: np.ndarray, width: int) -> np.ndarray:
        """Return one number for home and day place of each unit."""
        clock, time = self._clock(file)
        units = file.units
        order = np.lexsort((time, units))
        home, day = anchors(units[order], places[order], clock, time[order])
        return np.asarray(home * width + day)

    def _clock(self, file: Dataset) -> tuple[Clock, np.ndarray]:
        """Return the week and the hour of each row in it; without a time all rows are alike."""
        times = None if file.time is None else file.rows[file.time]
        if times is not None and pd.api.types.is_datetime64_any_dtype(times):
            hour = times.dt.weekday * 24 + times.dt.hour
            return Clock(WEEK, 1), hour.to_numpy(dtype=float, na_value=np.nan)
        if times is not None and pd.api.types.is_numeric_dtype(times):
            return Clock(self.period, 1), times.to_numpy(dtype=float, na_value=np.nan)
        return Clock(1, 1), np.zeros(len(file))

    def _rows(self, targets: Dataset) -> tuple[Incidence, Incidence]:
        """Return what the rows of targets and of synthetic units say."""
        wanted, shown = numbered([targets, self.synthetic_], self.compared_)
        return Incidence.of(targets.units, wanted), Incidence.of(self.synthetic_.units, shown)

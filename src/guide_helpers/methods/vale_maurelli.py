"""Non-normal simulation: four moments of each quantity and all correlations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.cards import (
    Capabilities,
    MethodCard,
    Status,
    UseCase,
    card,
    fit,
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.methods._moments import Moments, check_truth, cubic
from guide_helpers.methods._normal import check_least
from guide_helpers.schema import Dataset

CLOSE = 0.001
"""Skewness and kurtosis that miss by less are met."""


@card(
    MethodCard(
        title="Non-normal simulation (Vale-Maurelli)",
        summary=(
            "Draws each quantity as a cubic of a normal value, so that mean, standard deviation, "
            "skewness, kurtosis and correlations are the original's; levels as intervals."
        ),
        family="simulation",
        origin=("fleishman1978", "vale1983"),
        inputs="four moments of each quantity, shares of levels and correlations of one table",
        sources=("fleishman1978", "vale1983", "helwig2022", "higham2002", "destatis2022"),
        status=Status.IN_USE,
        used_by=(
            "Destatis made simulated files in the HLG-MOS challenge, non-normal ones among them "
            "{cite:p}`destatis2022`"
        ),
        suits={
            UseCase.PUBLIC_RELEASE: unfit(
                "unknown uses need more than four moments and correlations: heaps, rules and "
                "interactions are lost; Destatis judged so too {cite:p}`destatis2022`"
            ),
            UseCase.TESTING_ANALYSIS: unfit(
                "linear models come out, most others not; Destatis judged simulated files unfit "
                "{cite:p}`destatis2022`"
            ),
            UseCase.EDUCATION: fit(
                "skewed quantities look skewed, and what is known of people is a short list of "
                "numbers; Destatis judged simulated files fit {cite:p}`destatis2022`"
            ),
            UseCase.TESTING_TECHNOLOGY: fit(
                "any size at once, with long tails as in the original; declare public bounds; "
                "Destatis judged simulated files fit {cite:p}`destatis2022`"
            ),
        },
        capabilities=Capabilities(missing=True, keeps_missing_rates=True, in_browser=True),
        weaknesses=(
            "No cubic has a kurtosis (0 for the normal) below -1.15 or above 101.4, or a skewness "
            "beyond 6.48, and not all pairs between: such a quantity gets the nearest pair, which "
            "`moments` shows beside the original's.",
            "Several cubics may have the same four moments, with other shapes "
            "{cite:p}`helwig2022`; one that rises throughout is taken where there is one.",
            "Four moments are no shape: heaps, zeros and gaps are lost, and impossible values "
            "turn up.",
            "Strong correlations of differently skewed quantities cannot be reached by cubics; "
            "`correlations(kept=True)` shows what the file has.",
            "Skewness and kurtosis are ruled by a few extreme records, so they tell about them, "
            "and the file's own vary much from copy to copy.",
            "Public bounds cut values off, which changes all moments; `keep_bounds=False` lets "
            "them stand.",
            "Curved relations, interactions, rules, structural zeros and sums are lost.",
            "Exact means and shares are published: whoever knows all records but one can solve "
            "for the last, and the share of a rare level tells how many have it.",
            "Survey weights are drawn like any other number, not used.",
        ),
    )
)
@dataclass
class ValeMaurelli:
    """Draw from four moments of each quantity, shares of levels and correlations.

    The correlation of two normal values is the one for which their cubics, or levels, have the
    original's. Missing values and special codes are levels of a variable of their own; the
    moments of a quantity are those of its values.

    Parameters
    ----------
    least
        Least number of values that moments are taken of; levels with fewer records stand in the
        middle of their order.
    nearest
        Take the nearest skewness and kurtosis where no cubic has those of a quantity; False
        refuses it.
    keep_bounds
        Cut values off at public bounds; False lets values beyond them stand.
    """

    least: int = 10
    nearest: bool = True
    keep_bounds: bool = True

    def __post_init__(self) -> None:
        check_least(self.least)
        check_truth(nearest=self.nearest, keep_bounds=self.keep_bounds)

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Take the moments and solve for the cubics; no record is kept."""
        self.moments_ = Moments.of(data, cubic, self.least, rng)
        if not self.nearest:
            _refuse_far(self.moments_)
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` records."""
        return self.moments_.sample(n, rng, keep_bounds=self.keep_bounds)

    def moments(self) -> pd.DataFrame:
        """Return four moments of each numeric column, and the last two as the cubic has them.

        Kurtosis is 0 for the normal distribution. With `shares` and `correlations` this is all
        that the file tells about the records.
        """
        fitted = self.moments_.quantities()
        shapes = pd.DataFrame(
            [(*m.asked, *m.kept) for m in fitted.values()],
            index=list(fitted),
            columns=["skewness", "kurtosis", "skewness kept", "kurtosis kept"],
        )
        return self.moments_.moments().join(shapes)

    def shares(self) -> pd.DataFrame:
        """Return the share of each level, special code and missing part, in %, in their order."""
        return self.moments_.shares()

    def correlations(self, *, kept: bool = False) -> pd.DataFrame:
        """Return the correlations of the normal values, or those that the file has (`kept`)."""
        return self.moments_.kept() if kept else self.moments_.correlations()


def _refuse_far(moments: Moments) -> None:
    for name, m in moments.quantities().items():
        miss = max(abs(a - k) for a, k in zip(m.asked, m.kept, strict=True))
        if miss > CLOSE:
            raise GuideError(
                f"no cubic has the skewness {m.asked[0]:.2f} and kurtosis {m.asked[1]:.2f} of "
                f"column {name!r}; transform it or set nearest=True"
            )

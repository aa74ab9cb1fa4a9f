"""Multivariate normal simulation: means, standard deviations and correlations, nothing else."""

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
from guide_helpers.methods._moments import Moments, check_truth, straight
from guide_helpers.methods._normal import check_least
from guide_helpers.schema import Dataset


@card(
    MethodCard(
        title="Multivariate normal simulation",
        summary=(
            "Draws normal values from the means, standard deviations and correlations of the "
            "original; levels are intervals of a normal value with the original's shares."
        ),
        family="simulation",
        origin=("rubin1993",),
        inputs="means, standard deviations, shares of levels and correlations of one table",
        sources=("rubin1993", "olsson1979", "higham2002", "destatis2022"),
        status=Status.IN_USE,
        used_by=(
            "Destatis made simulated files in the HLG-MOS challenge, normal ones among them "
            "{cite:p}`destatis2022`"
        ),
        suits={
            UseCase.PUBLIC_RELEASE: unfit(
                "unknown uses need more than correlations: shapes, heaps, rules and interactions "
                "are lost; Destatis judged so too {cite:p}`destatis2022`"
            ),
            UseCase.TESTING_ANALYSIS: unfit(
                "linear models come out, all others not; Destatis judged simulated files unfit "
                "{cite:p}`destatis2022`"
            ),
            UseCase.EDUCATION: fit(
                "what is known of people is a short list of numbers that an office can read and "
                "decide on; Destatis judged simulated files fit {cite:p}`destatis2022`"
            ),
            UseCase.TESTING_TECHNOLOGY: fit(
                "any size at once from a short list of numbers; declare public bounds, or negative "
                "ages turn up; Destatis judged simulated files fit {cite:p}`destatis2022`"
            ),
        },
        capabilities=Capabilities(missing=True, keeps_missing_rates=True, in_browser=True),
        weaknesses=(
            "Every quantity is normal: skewness, heaps, zeros and gaps are lost, and impossible "
            "values turn up, such as negative incomes.",
            "Public bounds cut the normal values off, which makes heaps at the bounds and changes "
            "means, standard deviations and correlations; `keep_bounds=False` lets them stand.",
            "Relations are linear in the normal values; curved ones, interactions, rules, "
            "structural zeros and sums are lost.",
            "The levels of an unordered variable stand in one order for all its relations.",
            "Exact means and shares are published: whoever knows all records but one can solve "
            "for the last, and the share of a rare level tells how many have it.",
            "Whole numbers are rounded, which adds about a twelfth to the variance.",
            "Survey weights are drawn like any other number, not used.",
        ),
    )
)
@dataclass
class MultivariateNormal:
    """Draw from means, standard deviations, shares and correlations.

    Missing values and special codes are levels of a variable of their own; the moments of a
    quantity are those of its values. Levels are intervals of a normal value; those of unordered
    variables stand in the order that tells most about all other variables.

    Parameters
    ----------
    least
        Least number of values that a mean is taken of; levels with fewer records stand in the
        middle of their order.
    keep_bounds
        Cut values off at public bounds; False lets values beyond them stand, and the moments are
        the original's.
    """

    least: int = 10
    keep_bounds: bool = True

    def __post_init__(self) -> None:
        check_least(self.least)
        check_truth(keep_bounds=self.keep_bounds)

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Take the moments; no record is kept."""
        self.moments_ = Moments.of(data, straight, self.least, rng)
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` records."""
        return self.moments_.sample(n, rng, keep_bounds=self.keep_bounds)

    def moments(self) -> pd.DataFrame:
        """Return mean and standard deviation of each numeric column.

        With `shares` and `correlations` this is all that the file tells about the records.
        """
        return self.moments_.moments()

    def shares(self) -> pd.DataFrame:
        """Return the share of each level, special code and missing part, in %, in their order."""
        return self.moments_.shares()

    def correlations(self) -> pd.DataFrame:
        """Return the correlations of the normal values that the file is drawn with."""
        return self.moments_.correlations()

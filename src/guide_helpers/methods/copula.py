"""Gaussian copula of the guide's own: smoothed margins, one correlation for each pair."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Self

import numpy as np

from guide_helpers.cards import (
    Capabilities,
    MethodCard,
    Status,
    UseCase,
    card,
    conditional,
    fit,
    unfit,
)
from guide_helpers.methods import _parts
from guide_helpers.methods._frame import assemble
from guide_helpers.methods._normal import Normals, check_least, join, quantiles, scores_of
from guide_helpers.methods._smoothing import knots
from guide_helpers.schema import Dataset


@card(
    MethodCard(
        title="Gaussian copula (own)",
        summary=(
            "Takes each margin from smoothed order statistics or level shares and one correlation "
            "for each pair of variables, and draws correlated normal values that it maps back."
        ),
        family="copula",
        origin=("cario1997",),
        inputs="the records of one table",
        sources=("cario1997", "nelsen2006", "olsson1979", "higham2002"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: unfit(
                "no privacy guarantee, rare levels come back, and relations are too rough for "
                "unknown uses"
            ),
            UseCase.TESTING_ANALYSIS: unfit(
                "margins are right, but of the relations only pairwise, monotone ones; "
                "interactions and rules are lost"
            ),
            UseCase.EDUCATION: conditional(
                "right margins and correlations for exercises that need no more, after a risk "
                "check; recode rare levels first"
            ),
            UseCase.TESTING_TECHNOLOGY: fit(
                "quick in any size, with the right types, levels, heaps and missing rates"
            ),
        },
        capabilities=Capabilities(
            missing=True,
            keeps_missing_rates=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime"),
        ),
        weaknesses=(
            "One number a pair: curved relations and interactions are lost {cite:p}`nelsen2006`.",
            "The levels of an unordered variable stand in one order for all its relations, so its "
            "relation with another unordered variable is only partly kept.",
            "The normal copula has no tail dependence: extremes come together too rarely "
            "{cite:p}`nelsen2006`.",
            "Rules, structural zeros and derived variables (a sum of others) are not kept.",
            "Pairwise correlations that do not fit together, as with many missing values, are "
            "replaced by the nearest ones that do {cite:p}`higham2002`.",
            "A value that `least` records share comes back as it is, rare levels come back at "
            "their rate, and whole numbers can hit a real one by chance.",
            "Extremes are averages of `least` records or a little beyond: the far tail of a "
            "skewed quantity is too short.",
            "Quantities have all digits, where the original may be rounded.",
        ),
    )
)
@dataclass
class Copula:
    """Normal values with the correlations of the original, mapped to its smoothed margins.

    A value that at least `least` records share is a spike and keeps its share. The other values
    of a quantity are averaged over `least` neighbouring records or more; draws lie between these
    averages, so no value of a single record is copied. Levels are intervals of a normal value;
    those of unordered variables stand in the order that tells most about all other variables,
    and those with fewer than `least` records in the middle. Missing values and special codes are
    variables of their own.

    The correlation of two normal values is found from that of their scores: the mean normal
    value of each level, spike or record. The relation of both is a known power series, which
    holds for levels, spikes and quantities alike.
    """

    least: int = 10

    def __post_init__(self) -> None:
        check_least(self.least)

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Fit the margins and the correlations; no record is kept."""
        # unlike with_rows, this keeps levels that no schema names
        self.empty_ = replace(data, rows=data.rows.iloc[:0].copy())
        self.steps_ = _parts.steps(data)
        self.normals_ = Normals.of(data, partial(_quantity, least=self.least), self.least, rng)
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` rows."""
        drawn = self.normals_.draw(n, rng)
        return assemble(self.empty_, join(self.empty_, drawn, self.steps_), n)


@dataclass(frozen=True)
class _Line:
    """Quantities along a line between knots."""

    cuts: np.ndarray
    knots: np.ndarray
    series: np.ndarray

    def values_at(self, normal: np.ndarray) -> np.ndarray:
        return np.asarray(np.interp(normal, self.cuts, self.knots))


def _quantity(values: np.ndarray, there: np.ndarray, *, least: int) -> tuple[np.ndarray, _Line]:
    """Return the normal scores of a quantity, 0 where it has no value, and its smoothed margin."""
    distinct, place, counts = np.unique(values[there], return_inverse=True, return_counts=True)
    centres, series, _ = scores_of(counts)
    scores = np.zeros(len(values))
    scores[there] = centres[place]
    shares, line = knots(distinct, counts, least)
    return scores, _Line(quantiles(shares), line, series)

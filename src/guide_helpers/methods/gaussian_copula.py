"""Gaussian copula of SDV: a curve for each margin, one correlation for each pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

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
from guide_helpers.errors import GuideError
from guide_helpers.methods._sdv import (
    KINDS,
    MARGINS,
    VERSION,
    CopulaTable,
    licence,
    licence_note,
)


@card(
    MethodCard(
        title="Gaussian copula (SDV)",
        summary=(
            "Fits a curve to each margin and one correlation to each pair of variables, then "
            "draws correlated normal values and maps them back through the curves."
        ),
        family="copula",
        origin=("patki2016",),
        inputs="the records of one table",
        sources=("patki2016", "nelsen2006", "datacebo2026"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: unfit(
                "no privacy guarantee, margins are fitted to the real extremes, and relations "
                "are too rough for unknown uses"
            ),
            UseCase.TESTING_ANALYSIS: unfit(
                "only pairwise, monotone relations survive; interactions and rules do not"
            ),
            UseCase.EDUCATION: conditional(
                "plausible margins and correlations for exercises, after a risk check"
            ),
            UseCase.TESTING_TECHNOLOGY: fit(
                "quick to fit and to draw in any size, with the right types and levels"
            ),
        },
        capabilities=Capabilities(
            missing=True,
            keeps_missing_rates=True,
            kinds=KINDS,
        ),
        weaknesses=(
            "One number a pair: curved relations, interactions and relations between unordered "
            "categories are lost or distorted {cite:p}`nelsen2006`.",
            "Rules, structural zeros and impossible combinations are not respected.",
            "A curve with few parameters misses spikes, gaps and heaps at round numbers.",
            "SDV's own limits at the smallest and greatest real value are switched off, because "
            "they publish extremes; draws are cut at public bounds only, and the default beta "
            "curve still ends near the real extremes.",
            "Left to itself SDV draws the same rows in every session; here its generators are "
            "set from the seed, through one private method of version 2.0.0.",
            licence_note("The method `copula`"),
        ),
        implementation=VERSION,
        licence=licence("sdv", "rdt", "copulas"),
        requires=("sdv",),
    )
)
@dataclass
class GaussianCopula(CopulaTable):
    """SDV's Gaussian copula, with the metadata made from the schema and kept in memory.

    `margins` names the family of curves for the margins. A constant or empty column is
    repeated, not modelled. Missing values and special codes get a column of their own in the
    model, so that they stay related to the other variables.
    """

    margins: str = "beta"

    slug: ClassVar[str] = "gaussian_copula"

    def __post_init__(self) -> None:
        if self.margins not in MARGINS:
            raise GuideError(f"no margins {self.margins!r}; known: {', '.join(MARGINS)}")

"""Sequential synthesis with regressions: a written-down model for each variable."""

from __future__ import annotations

from dataclasses import dataclass

from guide_helpers.cards import (
    Capabilities,
    MethodCard,
    Status,
    UseCase,
    card,
    conditional,
    fit,
)
from guide_helpers.methods._coding import Coded
from guide_helpers.methods._sequential import Sequential
from guide_helpers.methods._step import WIDE
from guide_helpers.schema import Kind, Variable


@card(
    MethodCard(
        title="Sequential regressions",
        summary=(
            "Draws one variable after the other, each from a regression on the variables already "
            "drawn: linear for quantities, logistic for levels."
        ),
        family="sequential",
        origin=("raghunathan2003",),
        inputs="the records of one table",
        sources=("raghunathan2003", "nowok2016", "raab2016", "drechsler2011"),
        status=Status.IN_USE,
        used_by=(
            "the parametric methods of synthpop were made for extracts of the longitudinal studies "
            "of the United Kingdom {cite:p}`nowok2016`"
        ),
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "quantities are drawn from a model and not from people, which helps; rare levels "
                "still come from records, and there is no formal guarantee"
            ),
            UseCase.TESTING_ANALYSIS: fit(
                "right for analyses that the models contain, and one can say which these are; "
                "make at least 5 copies"
            ),
            UseCase.EDUCATION: fit(
                "main relations come out and can be explained; check rare levels before the file "
                "is handed out"
            ),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "works in any size, but a test of systems seldom justifies a fit to real records"
            ),
        },
        capabilities=Capabilities(
            partial=True,
            keeps_rules=True,
            keeps_structural_zeros=True,
            missing=True,
            keeps_missing_rates=True,
            weights=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime"),
        ),
        weaknesses=(
            "Only main effects are in the models: interactions and curved relations are lost "
            "unless a tree is asked for in models={...}.",
            "A misspecified early model is handed down the sequence, so the order matters "
            "{cite:p}`raab2016`.",
            "Categories of many levels and dates are drawn by a tree, whatever was asked of "
            "the others.",
            "Levels that few records have are drawn with about their observed share: a rare level "
            "may point to its owner.",
            "Strata, clusters and replicate weights of a survey are not used.",
        ),
    )
)
@dataclass
class Parametric(Sequential):
    """Synthesise variables in sequence, each from a regression on those before it.

    Quantities are drawn by "normal_rank" (a linear model of normal scores, taken back to the
    smoothed margin), ordered levels by "ordered" (proportional odds), two levels by "logistic",
    more by "polytomous". `models` asks for others: "normal", "cart", "forest", "sample". Missing
    values, special codes and spikes are drawn first, by a logistic model. The other options are
    those of `Cart`; `min_leaf` and `max_bins` are for its trees.
    """

    def _usual(self, variable: Variable, column: Coded) -> str:
        if column.quantities is not None:
            return "cart" if variable.kind is Kind.DATETIME or not column.missing else "normal_rank"
        if column.missing > WIDE or column.missing < 2:
            return "cart"
        if column.missing == 2:
            return "logistic"
        return "ordered" if variable.kind is Kind.ORDERED else "polytomous"

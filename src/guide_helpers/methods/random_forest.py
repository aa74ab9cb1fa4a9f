"""Sequential synthesis with random forests: each value from a leaf of one of many trees."""

from __future__ import annotations

from dataclasses import dataclass, replace

from guide_helpers.cards import (
    Capabilities,
    MethodCard,
    Status,
    UseCase,
    card,
    conditional,
)
from guide_helpers.errors import GuideError
from guide_helpers.methods._coding import Coded
from guide_helpers.methods._options import whole
from guide_helpers.methods._sequential import Sequential
from guide_helpers.methods._step import Recipe
from guide_helpers.schema import Variable


@card(
    MethodCard(
        title="Sequential random forests",
        summary=(
            "Draws one variable after the other, each value from a leaf of a tree that is taken "
            "at random from a forest; every tree knows another sample and other predictors."
        ),
        family="sequential",
        origin=("caiola2010",),
        inputs="the records of one table",
        sources=("caiola2010", "drechsler_reiter2011", "nowok2016"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "as for single trees: disclosure control on top, no formal guarantee"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "keeps curved relations more weakly than one tree that knows all predictors, at "
                "several times the cost; trees reported more reliable estimates "
                "{cite:p}`drechsler_reiter2011`"
            ),
            UseCase.EDUCATION: conditional(
                "relations are right, but teaching files end up public: the conditions of a "
                "public release apply"
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
            "A tree that does not know a predictor draws as if it had no influence: relations are "
            "weaker than in the original, the more so the fewer predictors a tree knows.",
            "Ten trees cost about ten times as much as one.",
            "Donors are real values, as with single trees.",
            "Strata, clusters and replicate weights of a survey are not used.",
        ),
    )
)
@dataclass
class RandomForest(Sequential):
    """Synthesise variables in sequence, each from a forest on those before it.

    `trees` is the number of trees, each on a bootstrap sample of the records and a random `share`
    of the predictors. The other options are those of `Cart`.
    """

    trees: int = 10
    share: float = 0.8

    def __post_init__(self) -> None:
        super().__post_init__()
        whole("trees", self.trees, 1, 500)
        if isinstance(self.share, bool) or not isinstance(self.share, int | float):
            raise GuideError(f"share={self.share!r} is not a number above 0 and at most 1")
        if not 0 < self.share <= 1:
            raise GuideError(f"share={self.share!r} is not above 0 and at most 1")

    def recipe(self, variable: Variable, column: Coded) -> Recipe:
        """Return how a variable is drawn."""
        return replace(super().recipe(variable, column), trees=self.trees, share=self.share)

    def _usual(self, variable: Variable, column: Coded) -> str:
        del variable, column
        return "forest"

"""Sequential synthesis with classification and regression trees."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from guide_helpers.cards import (
    Capabilities,
    MethodCard,
    Status,
    UseCase,
    card,
    conditional,
    fit,
)
from guide_helpers.errors import GuideError
from guide_helpers.methods._coding import Coded
from guide_helpers.methods._leaves import Leaf, leaves_of, steps, table
from guide_helpers.methods._options import share, whole
from guide_helpers.methods._sequential import Sequential
from guide_helpers.methods._step import Recipe
from guide_helpers.methods._trees import Limits
from guide_helpers.schema import Variable


@card(
    MethodCard(
        title="Sequential trees (CART)",
        summary=(
            "Draws one variable after the other: a tree sorts the original records by the "
            "variables already drawn, and each new value comes from a record of the same leaf."
        ),
        family="sequential",
        origin=("reiter2005",),
        inputs="the records of one table",
        sources=(
            "reiter2005",
            "nowok2016",
            "breiman1984",
            "coppersmith1999",
            "drechsler_reiter2011",
            "raab2016",
        ),
        status=Status.IN_USE,
        used_by=(
            "synthpop, whose default method it is, was made to give researchers synthetic extracts "
            "of the longitudinal studies of the United Kingdom {cite:p}`nowok2016`; Destatis used "
            "it in the HLG-MOS challenge {cite:p}`destatis2022`"
        ),
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "only with disclosure control on top: common values are real ones, unique "
                "records come back, and there is no formal guarantee; Destatis judged the plain "
                "file unfit {cite:p}`destatis2022`"
            ),
            UseCase.TESTING_ANALYSIS: fit(
                "keeps most relations, curved ones and interactions included, without a model "
                "to specify; make at least 5 copies for users bound by terms of access"
            ),
            UseCase.EDUCATION: conditional(
                "relations are right, but teaching files end up public: the conditions of a "
                "public release apply, and Destatis judged the plain file unfit "
                "{cite:p}`destatis2022`"
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
            "Donors are real values: what many records share is handed on as it is; rarer "
            "quantities are smoothed, rare levels and dates are not.",
            "Unique records come back whole: 93 of 1,000 in the file that Destatis made of the "
            "SAT-GPA data {cite:p}`destatis2022`; count replicated uniques before release.",
            "Rules are kept by drawing again, which favours values that satisfy them; where the "
            "trees alone would break a rule often, compute one of its variables instead.",
            "The first variables are drawn with few predictors, the last ones with many: the "
            "visit sequence matters.",
            "Leaves of few records blur relations among many variables and in rare groups.",
            "Strata, clusters and replicate weights of a survey are not used: standard errors need "
            "the design of the original, and replicate weights have to be made anew.",
        ),
    )
)
@dataclass
class Cart(Sequential):
    """Synthesise variables in sequence, each from a tree on those before it.

    Parameters
    ----------
    models
        For some variables another model than a tree: "forest", "sample" (drawn alone), "normal",
        "normal_rank", "logistic", "polytomous", "ordered".
    visit
        Variables to draw first, in this order; the others follow in the order of the schema.
        "auto" draws variables with few values first.
    predictors
        For some variables the predictors, by hand, or a number: so many, the strongest.
    proper
        Learn each copy from a bootstrap sample of the records, so that the copies also differ by
        what a sample cannot tell about the population.
    synthesise
        Variables to replace, given all others, which stay as they are; None replaces all.
        Identifiers get fresh numbers in either case.
    records
        An expression: only records for which it holds are replaced, from models learnt from them
        ("income > 100000").
    strata
        Variables with levels; each combination gets a sequence of its own.
    derived
        Variables that are computed, not drawn: {"bmi": "weight / (height * height)"}. A rule such
        as `total == a + b` makes the total derived without being told.
    linked
        Pairs (parent, child) of categories; only pairs that occur in the original are drawn.
    keep_rules
        Draw anew what breaks a rule or a structural zero of the schema.
    spikes
        Values of quantities that are drawn as states of their own, {"income": [0]}. Missing values
        and special codes always are. For models that are no trees, values that a quarter of the
        records share are found in columns that are not named; {} looks for none.
    smooth
        Replace values that fewer than 10 records share by values near them.
    wide
        How a category of more than 60 levels is drawn: by its place among "ordered" levels that
        are alike, "grouped" (a group, then a level in it), or "plain" like any other.
    weights
        What happens to survey weights: "modelled" draws them last, given all else; "carried"
        draws them first and all else given them; "used" draws donors by their weight and gives
        every record the same weight.
    min_leaf
        Least number of original records in a leaf: a value is drawn from at least so many. The
        default, like smoothing and one order of levels for the whole tree, was chosen on evidence
        (`tools/choose_defaults.py`).
    max_bins
        Numbers with more distinct values than this, and levels beyond this many, share bins as
        predictors.
    max_depth
        Most splits between root and leaf; None for no limit.
    complexity
        A split must reduce the impurity by at least this share of the root's; 0 for no limit.
    """

    max_depth: int | None = None
    complexity: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max_depth is not None:
            whole("max_depth", self.max_depth, 1)
        share("complexity", self.complexity)

    def recipe(self, variable: Variable, column: Coded) -> Recipe:
        """Return how a variable is drawn."""
        limits = Limits(self.min_leaf, self.max_depth, self.complexity)
        return replace(super().recipe(variable, column), limits=limits)

    def steps(self) -> pd.DataFrame:
        """Return the fitted sequence, one line a variable: leaves, and donors in them."""
        return steps(self.parts_)

    def leaves(self, name: str) -> pd.DataFrame:
        """Return the leaves of the tree that draws a variable: who comes there, and the donors.

        The ends of ranges are values of records: this is for the maker of the file to look at.
        """
        return table(self.leaves_of(name), self.columns_, name)

    def leaves_of(self, name: str) -> list[Leaf]:
        """Return the same leaves in codes, for a figure."""
        if name not in self.parts_:
            raise GuideError(f"no tree draws {name!r}; drawn: {', '.join(self.parts_)}")
        return leaves_of(self.parts_[name], self.columns_)

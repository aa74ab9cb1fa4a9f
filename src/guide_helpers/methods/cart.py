"""Sequential synthesis with classification and regression trees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Self

import numpy as np
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
from guide_helpers.methods._conditional import Part
from guide_helpers.methods._frame import assemble
from guide_helpers.methods._leaves import Leaf, leaves_of, steps, table
from guide_helpers.methods._trees import Limits
from guide_helpers.schema import Dataset

MOST_BINS = 1024


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
                "only with disclosure control on top: every single value is a real one, unique "
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
            missing=True,
            keeps_missing_rates=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime"),
        ),
        weaknesses=(
            "Donors are real values: an extreme income appears as it stands in the original.",
            "Unique records come back whole: 93 of 1,000 in the file that Destatis made of the "
            "SAT-GPA data {cite:p}`destatis2022`; count replicated uniques before release.",
            "Rules, structural zeros and derived variables (a sum of others) are kept only as "
            "far as the leaves happen to respect them.",
            "The first variables are drawn with few predictors, the last ones with many: the "
            "visit sequence matters.",
            "Leaves of few records blur relations among many variables and in rare groups.",
            "Survey weights are drawn like any other number, not used.",
        ),
    )
)
@dataclass
class Cart:
    """Synthesise variables in sequence, each from a tree on those before it.

    Parameters
    ----------
    min_leaf
        Least number of original records in a leaf: a value is drawn from at least so many.
    max_bins
        Numbers with more distinct values than this, and levels beyond this many, share bins as
        predictors. Drawn values are never rounded.
    max_depth
        Most splits between root and leaf; None for no limit.
    complexity
        A split must reduce the impurity by at least this share of the root's; 0 for no limit.
    visit
        Variables to draw first, in this order; the others follow in the order of the schema.
    proper
        Grow the trees of each copy on a bootstrap sample of the records, so that the copies
        also differ by what a sample cannot tell about the population.
    synthesise
        Variables to replace, given all others, which stay as they are; None replaces all.
        Identifiers get fresh numbers in either case.
    """

    min_leaf: int = 5
    max_bins: int = 64
    max_depth: int | None = None
    complexity: float = 0.0
    visit: Sequence[str] | None = None
    proper: bool = False
    synthesise: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        _whole("min_leaf", self.min_leaf, 1)
        _whole("max_bins", self.max_bins, 2, MOST_BINS)
        if self.max_depth is not None:
            _whole("max_depth", self.max_depth, 1)
        _share("complexity", self.complexity)
        _truth("proper", self.proper)
        _names("visit", self.visit)

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Grow the trees, one for each variable to draw."""
        del rng
        modelled = {v.name: v for v in data.schema.modelled}
        self.order_ = self._order(tuple(modelled))
        self.data_ = data
        self.columns_ = {name: Coded.of(data.rows[name], v) for name, v in modelled.items()}
        self.parts_ = None if self.proper else self._parts(self.columns_)
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` records; with `synthesise`, as many as the original has, in its order."""
        parts = self.parts_
        if parts is None:
            rows = rng.integers(0, len(self.data_), len(self.data_))
            parts = self._parts({name: c.take(rows) for name, c in self.columns_.items()})
        known = self._kept()
        if known and n != len(self.data_):
            raise GuideError(
                f"n={n}, but partial synthesis keeps the {len(self.data_)} original records"
            )
        for name, part in parts.items():
            known[name] = part.draw(known, n, rng)
        drawn = {name: self.columns_[name].decode(codes) for name, codes in known.items()}
        return assemble(self.data_, drawn, n)

    def steps(self) -> pd.DataFrame:
        """Return the fitted sequence, one line a variable: leaves, and donors in them."""
        return steps(self._grown())

    def leaves(self, name: str) -> pd.DataFrame:
        """Return the leaves of the tree that draws a variable: who comes there, and the donors.

        The ends of ranges are values of records: this is for the maker of the file to look at.
        """
        return table(self.leaves_of(name), self.columns_, name)

    def leaves_of(self, name: str) -> list[Leaf]:
        """Return the same leaves in codes, for a figure."""
        parts = self._grown()
        if name not in parts:
            raise GuideError(f"no tree draws {name!r}; drawn: {', '.join(parts)}")
        return leaves_of(parts[name], self.columns_)

    def _grown(self) -> dict[str, Part]:
        if self.parts_ is None:
            raise GuideError("proper synthesis grows other trees for every copy; set proper=False")
        return self.parts_

    def _order(self, modelled: tuple[str, ...]) -> tuple[str, ...]:
        """Return the variables to draw, in sequence."""
        chosen = modelled if self.synthesise is None else self.synthesise
        first = tuple(self.visit or ())
        for name in first:
            if name not in chosen:
                raise GuideError(f"visit names {name!r}, which is not drawn: {', '.join(chosen)}")
            if first.count(name) > 1:
                raise GuideError(f"visit names {name!r} more than once")
        return first + tuple(n for n in modelled if n in chosen and n not in first)

    def _kept(self) -> dict[str, np.ndarray]:
        return {n: c.codes for n, c in self.columns_.items() if n not in self.order_}

    def _parts(self, columns: dict[str, Coded]) -> dict[str, Part]:
        limits = Limits(self.min_leaf, self.max_depth, self.complexity)
        given = {n: c for n, c in columns.items() if n not in self.order_}
        parts = {}
        for name in self.order_:
            parts[name] = Part.learn(columns[name], given, limits, self.max_bins)
            given = given | {name: columns[name]}
        return parts


def _share(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        raise GuideError(f"{name}={value!r} is not a share from 0 to below 1; 0 sets no limit")


def _truth(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise GuideError(f"{name}={value!r} is neither True nor False")


def _names(name: str, value: object) -> None:
    if value is not None and not isinstance(value, list | tuple):
        raise GuideError(f"{name}={value!r} is not a list of column names")


def _whole(name: str, value: object, least: int, most: int | None = None) -> None:
    """Refuse an option that is not a whole number within its limits."""
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or value < least or (most is not None and value > most):  # type: ignore[operator]
        limits = f"from {least} to {most}" if most else f"of at least {least}"
        raise GuideError(f"{name}={value!r} is not a whole number {limits}")

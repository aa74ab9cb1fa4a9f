"""Panels from trees: row after row of each unit, or wave after wave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

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
from guide_helpers.methods._frame import assemble, serial
from guide_helpers.methods._options import truth, whole
from guide_helpers.methods._panel_walk import Settings, Walk
from guide_helpers.methods._panel_wide import Wide
from guide_helpers.methods._sequential import MOST_BINS, Sequential
from guide_helpers.methods._waves import Panel
from guide_helpers.schema import Dataset

STRATEGIES = ("sequential", "wide")
MOST_ROWS = 120
"""A unit with more rows than this is a series; drawing each of them in turn would take long."""


@card(
    MethodCard(
        title="Panels from trees",
        summary=(
            "Draws how each unit begins, and then row after row whether and when it comes again "
            "and what it is then, from trees that know the unit's earlier rows; or wave after "
            "wave, each from trees of its own."
        ),
        family="sequential",
        made_for="panels",
        origin=("reiter2005", "kinney2011"),
        inputs="the records of a panel: a unit, perhaps a time, several rows a unit",
        sources=("reiter2005", "nowok2016", "kinney2011"),
        status=Status.IN_USE,
        used_by=(
            "the US Census Bureau made its Synthetic Longitudinal Business Database year after "
            "year in this way, from other models than trees {cite:p}`kinney2011`"
        ),
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "only with disclosure control by unit on top: a path of many rows is unique, "
                "values come from real rows, and there is no formal guarantee"
            ),
            UseCase.TESTING_ANALYSIS: fit(
                "keeps transitions, drop-out and much of what is lasting in a unit; check the "
                "share of variance between units before models with effects of the unit"
            ),
            UseCase.EDUCATION: fit(
                "units with believable paths that never break a rule, after a risk check by unit"
            ),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "works in any number of units, but a test of systems seldom justifies a fit to "
                "real records"
            ),
        },
        capabilities=Capabilities(
            panel=True,
            keeps_rules=True,
            keeps_structural_zeros=True,
            missing=True,
            keeps_missing_rates=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime"),
        ),
        weaknesses=(
            "What lasts in a unit is known to the trees only through its earlier rows: their last "
            "value and, of quantities, their mean. Effects of the unit come out too weak where "
            "rows are noisy.",
            "Constants, absorbing levels and columns that never fall are found from the records "
            "unless they are named; that they hold without exception is then given away.",
            "A leaf of the step from row to row holds rows of at least `min_units` units, but "
            "large units may still be the only ones of their kind.",
            "The wide strategy needs few waves and variables, learns each wave from the units that "
            "are there, and draws levels of a rising column, not its changes.",
            "No unit has more rows than the longest of the original, and none outlasts its end; "
            "both numbers are real.",
            "Units are drawn one by one: relations between units, such as shares of a market that "
            "add up, are lost.",
            "Series of more than 120 rows a unit are refused.",
        ),
    )
)
@dataclass
class PanelTrees:
    """Synthesise a panel with trees.

    Parameters
    ----------
    strategy
        "sequential": one model for the first rows of units, one for the time until the next row
        (none where the unit leaves), one for that row given the one before, the mean so far and
        the time passed. "wide": constants and pattern of presence first, then each wave from
        trees of its own, given all values of all waves before.
    constant
        Columns that have one value a unit; None finds them.
    rising
        Quantities that never fall, such as age or experience: their changes are drawn. None finds
        those that do not fall in 100 steps or more.
    absorbing
        Levels that are never left: {"degree": ["yes"]}. None finds those that are not left in
        100 steps or more.
    models
        For some columns another model than a tree, in all rows: "normal", "normal_rank",
        "logistic" and others of sequential synthesis. A tree overlooks a small effect that every
        unit has; a regression does not. Changes of rising columns are always drawn from trees.
    min_leaf
        Least number of original rows in a leaf.
    min_units
        A leaf of the step from row to row holds rows of at least so many units: its least number
        of rows is this number times the most rows that a unit has, if that is more than min_leaf.
    keep_rules
        Draw anew what breaks a rule or a structural zero; a unit of which no next row can keep
        them ends.
    smooth
        Replace values that fewer than 10 rows share by values near them.
    max_bins
        Numbers with more distinct values than this share bins as predictors.
    """

    strategy: str = "sequential"
    constant: Sequence[str] | None = None
    rising: Sequence[str] | None = None
    absorbing: Mapping[str, Sequence[Any]] | None = None
    models: Mapping[str, str] | None = None
    min_leaf: int = 10
    min_units: int = 3
    keep_rules: bool = True
    smooth: bool = True
    max_bins: int = 128

    def __post_init__(self) -> None:
        if self.strategy not in STRATEGIES:
            raise GuideError(f"no strategy {self.strategy!r}; known: {', '.join(STRATEGIES)}")
        whole("min_leaf", self.min_leaf, 1)
        whole("min_units", self.min_units, 1)
        whole("max_bins", self.max_bins, 2, MOST_BINS)
        truth("keep_rules", self.keep_rules)
        truth("smooth", self.smooth)

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Learn from the rows of each unit in their order; one row a unit is a plain table."""
        self.data_ = data
        self.panel_: Panel | None = None
        if not data.panel:
            options = self._settings(self.min_leaf).options(self.min_leaf, data.schema.names)
            self.alone_ = Sequential(**options).fit(data, rng=rng)
            return self
        found = Panel.of(data, constant=self.constant, rising=self.rising, absorbing=self.absorbing)
        if found.longest > MOST_ROWS:
            raise GuideError(
                f"'panel_trees' draws row after row, and a unit has {found.longest} of them, more "
                f"than {MOST_ROWS}; take a method for series, or fewer rows a unit"
            )
        self.panel_ = found
        _check_models(self.models, found)
        leaf = max(self.min_leaf, self.min_units * (found.longest - 1))
        model = Walk if self.strategy == "sequential" else Wide
        self.model_ = model.learn(found, self._settings(leaf), rng)
        return self

    def _settings(self, leaf: int) -> Settings:
        rules, smooth, models = self.keep_rules, self.smooth, dict(self.models or {})
        return Settings(self.min_leaf, leaf, rules, smooth, self.max_bins, models)

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` units with their rows."""
        if self.panel_ is None:
            return self.alone_.sample(n, rng=rng)
        units, rows = self.model_.draw(n, rng)
        columns = {str(name): rows[name].array for name in rows}
        entity = self.data_.entity
        if entity is not None:
            columns[entity] = serial(units + 1, self.data_.schema[entity].kind)
        return assemble(self.data_, columns, len(rows))


def _check_models(models: Mapping[str, str] | None, panel: Panel) -> None:
    if models is not None and not isinstance(models, Mapping):
        raise GuideError(f"models={models!r} is not a mapping by column: {{'wage': 'normal'}}")
    names = panel.table.schema.names
    for name in models or ():
        if name not in names:
            raise GuideError(f"models names {name!r}; known columns: {', '.join(names)}")

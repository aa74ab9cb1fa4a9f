"""One step of a sequence: a variable with its states (missing, codes, spikes) and its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from guide_helpers.errors import GuideError
from guide_helpers.methods._coding import Coded, even_bins, similar
from guide_helpers.methods._conditional import Conditional, Draws, Forest
from guide_helpers.methods._smoothing import FEW, Smoother
from guide_helpers.methods._trees import Limits

TREES = ("cart", "forest", "sample")
SPIKE = 0.25
"""A quantity that this share of the records has is a state of its own, if spikes are sought."""
WIDE = 60
"""A category with more levels than this is drawn by its place in an order, or by group."""


@dataclass(frozen=True)
class Recipe:
    """How a variable is drawn: the kind of model and the settings of its trees.

    `spikes` are values to draw as states; None looks for them where the model is no tree, which
    finds them by itself. `wide` says what happens to many
    levels. `trees` and `share` are a forest's.
    """

    model: str
    limits: Limits
    max_bins: int
    smooth: bool = True
    spikes: Sequence[float] | None = None
    wide: str = "ordered"
    trees: int = 10
    share: float = 0.5

    @property
    def by_tree(self) -> bool:
        """Whether donors are drawn from leaves."""
        return self.model in TREES


@dataclass(frozen=True)
class States:
    """What a variable can be instead of an ordinary value: missing, a special code, a spike.

    `fixed` holds the code of each state, -1 for state 0, an ordinary value; `of_code` is the
    state of each code.
    """

    fixed: np.ndarray
    of_code: np.ndarray

    @classmethod
    def of(cls, column: Coded, recipe: Recipe, special: Sequence[float]) -> Self:
        """Return the states of a column; levels drawn by trees count missing as one more level."""
        size = column.missing + 1
        own = np.zeros(size, dtype=bool)
        if column.quantities is not None:
            own[-1] = True
            own[:-1] = np.isin(column.quantities, [*special, *(recipe.spikes or ())])
            if recipe.spikes is None and not recipe.by_tree:
                counts = np.bincount(column.codes, minlength=size)
                own[:-1] |= counts[:-1] >= SPIKE * max(len(column.codes), 1)
        elif not recipe.by_tree:
            own[-1] = True
        fixed = np.append(-1, np.flatnonzero(own))
        of_code = np.zeros(size, np.intp)
        of_code[fixed[1:]] = np.arange(1, len(fixed))
        return cls(fixed, of_code)


@dataclass(frozen=True)
class Part:
    """A variable given those before it: which state it is in, and its value in state 0."""

    predictors: tuple[str, ...]
    model: str
    states: States
    presence: Draws | None
    value: Draws | None
    smoother: Smoother | None

    @classmethod
    def learn(
        cls,
        column: Coded,
        predictors: Mapping[str, Coded],
        recipe: Recipe,
        special: Sequence[float],
        weights: np.ndarray | None,
        rng: np.random.Generator,
    ) -> Self:
        """Return the part of a column given others."""
        names = () if recipe.model == "sample" else tuple(predictors)
        given = [predictors[name] for name in names]
        states = States.of(column, recipe, special)
        state = states.of_code[column.codes]
        presence = value = smoother = None
        if (state != state[:1]).any() or state[:1].sum():
            presence = _model_of_states(given, state, recipe, weights, rng)
            rows = np.flatnonzero(state == 0)
            given, column = [p.take(rows) for p in given], column.take(rows)
            weights = None if weights is None else weights[rows]
        if len(column.codes):
            value = _model_of_values(given, column, recipe, weights, rng)
            if recipe.smooth and column.quantities is not None and column.numeric:
                counts = np.bincount(column.codes, minlength=column.missing + 1)[:-1]
                smoother = Smoother.of(column.quantities, counts, FEW) if recipe.by_tree else None
        return cls(names, recipe.model, states, presence, value, smoother)

    def draw(self, known: Mapping[str, np.ndarray], rows: int, rng: np.random.Generator) -> Drawn:
        """Return what is drawn for rows whose predictors are known."""
        given = [known[name] for name in self.predictors]
        if self.presence is None:
            return self._values(given, rows, rng)
        state = self.presence.draw(given, rows, rng)
        codes = self.states.fixed[state]
        there = np.flatnonzero(state == 0)
        if self.value is None or not len(there):
            return Drawn(codes, None)
        some = self._values([g[there] for g in given], len(there), rng)
        codes[there] = some.codes
        if some.quantities is None:
            return Drawn(codes, None)
        quantities = np.full(rows, np.nan)
        quantities[there] = some.quantities
        return Drawn(codes, quantities)

    def of_codes(self, codes: np.ndarray, rng: np.random.Generator) -> Drawn:
        """Return observed codes as if they had been drawn, rare quantities smoothed."""
        if self.smoother is None:
            return Drawn(codes, None)
        ordinary = self.states.of_code[codes] == 0
        quantities = np.full(len(codes), np.nan)
        quantities[ordinary] = self.smoother.values(codes[ordinary], rng)
        return Drawn(codes, quantities)

    def _values(self, given: list[np.ndarray], rows: int, rng: np.random.Generator) -> Drawn:
        if self.value is None:
            return Drawn(np.full(rows, len(self.states.of_code) - 1), None)
        drawn = self.value.draw(given, rows, rng)
        if drawn.dtype.kind == "f":
            return Drawn(np.full(rows, -1), drawn)
        if self.smoother is None:
            return Drawn(drawn, None)
        return Drawn(drawn, self.smoother.values(drawn, rng))


@dataclass(frozen=True)
class Drawn:
    """Codes of a drawn variable, and quantities where they differ from the observed ones.

    A quantity is NaN where the code alone says what was drawn; a code of -1 is yet to be found
    as the observed value nearest to the quantity.
    """

    codes: np.ndarray
    quantities: np.ndarray | None

    def take(self, rows: np.ndarray) -> Drawn:
        """Return some rows."""
        chosen = None if self.quantities is None else self.quantities[rows]
        return Drawn(self.codes[rows], chosen)

    def put(self, rows: np.ndarray, other: Drawn) -> Drawn:
        """Return the same with other values in some rows."""
        codes = self.codes.copy()
        codes[rows] = other.codes
        if self.quantities is None and other.quantities is None:
            return Drawn(codes, None)
        quantities = np.full(len(codes), np.nan)
        if self.quantities is not None:
            quantities[:] = self.quantities
        quantities[rows] = np.nan if other.quantities is None else other.quantities
        return Drawn(codes, quantities)


def _model_of_states(
    given: list[Coded],
    state: np.ndarray,
    recipe: Recipe,
    weights: np.ndarray | None,
    rng: np.random.Generator,
) -> Draws:
    if recipe.by_tree:
        return _tree(given, state, state, recipe, weights, rng)
    from guide_helpers.methods import _parametric

    seen, codes = np.unique(state, return_inverse=True)
    column = Coded(codes, len(seen), None, False, seen.__getitem__)
    kind = "logistic" if len(seen) == 2 else "polytomous"
    return _Recoded(_parametric.learn(kind, given, column, weights), seen)


def _model_of_values(
    given: list[Coded],
    column: Coded,
    recipe: Recipe,
    weights: np.ndarray | None,
    rng: np.random.Generator,
) -> Draws:
    if not recipe.by_tree:
        from guide_helpers.methods import _parametric

        return _parametric.learn(recipe.model, given, column, weights)
    target: np.ndarray = column.codes
    if column.quantities is not None:
        target = column.quantities[column.codes]
    elif column.missing > WIDE and recipe.wide != "plain" and given:
        place = similar(column, given)
        if recipe.wide == "grouped":
            return Grouped.learn(given, column.codes, place, recipe, weights, rng)
        target = place[column.codes].astype(float)
    return _tree(given, column.codes, target, recipe, weights, rng)


def _tree(
    given: Sequence[Coded],
    codes: np.ndarray,
    target: np.ndarray,
    recipe: Recipe,
    weights: np.ndarray | None,
    rng: np.random.Generator,
) -> Draws:
    limits, bins = recipe.limits, recipe.max_bins
    if recipe.model != "forest":
        return Conditional.learn(given, codes, target, limits, bins, weights)
    settings = (limits, bins, weights, recipe.trees, recipe.share, rng)
    return Forest.learn(given, codes, target, *settings)


@dataclass(frozen=True)
class _Recoded:
    """A model of codes that are places in a list."""

    model: Draws
    listed: np.ndarray

    def draw(self, codes: Sequence[np.ndarray], rows: int, rng: np.random.Generator) -> np.ndarray:
        return np.asarray(self.listed[self.model.draw(codes, rows, rng)])


@dataclass(frozen=True)
class Grouped:
    """Many levels in two draws: a group of levels that are alike, then a level within it."""

    group: Draws
    level: Draws

    @classmethod
    def learn(
        cls,
        given: Sequence[Coded],
        codes: np.ndarray,
        place: np.ndarray,
        recipe: Recipe,
        weights: np.ndarray | None,
        rng: np.random.Generator,
    ) -> Self:
        """Return both models; groups are runs of `place` with about equal numbers of records."""
        counts = np.bincount(place[codes], minlength=int(place.max()) + 1)
        groups = even_bins(counts, WIDE // 2)[place[codes]]
        known = Coded(groups, int(groups.max()) + 1, None, True, np.asarray)
        level = _tree([*given, known], codes, place[codes].astype(float), recipe, weights, rng)
        return cls(_tree(given, groups, groups, recipe, weights, rng), level)

    def draw(self, codes: Sequence[np.ndarray], rows: int, rng: np.random.Generator) -> np.ndarray:
        """Return a level's code for each row."""
        return self.level.draw([*codes, self.group.draw(codes, rows, rng)], rows, rng)


def check_model(name: str, column: Coded, model: str) -> None:
    """Refuse a model that does not fit the kind of a variable."""
    if model in TREES:
        return
    from guide_helpers.methods import _parametric

    if model not in _parametric.MODELS:
        known = ", ".join((*TREES, *_parametric.MODELS))
        raise GuideError(f"models gives column {name!r} {model!r}; known: {known}")
    if objection := _parametric.fits(model, column):
        raise GuideError(f"models gives column {name!r} {model!r}, but {objection}")

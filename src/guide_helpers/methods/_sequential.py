"""The engine of sequential synthesis: one variable after the other, each given those before it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers import expressions
from guide_helpers.errors import GuideError
from guide_helpers.methods import _sequence
from guide_helpers.methods._coding import Coded
from guide_helpers.methods._frame import assemble
from guide_helpers.methods._keeping import Keeper, Linked, Statement, Turn
from guide_helpers.methods._options import truth, whole
from guide_helpers.methods._smoothing import decimals
from guide_helpers.methods._step import Drawn, Part, Recipe, check_model
from guide_helpers.methods._trees import Limits
from guide_helpers.schema import Dataset, Kind, Variable

MOST_BINS = 1024
ROUNDS = 30
"""How often whole records are drawn anew that no value of their last variables can complete."""


@dataclass
class Sequential:
    """What all sequential methods share: the options, the order, the rules, the strata.

    A subclass says with which model a variable is drawn unless `models` names another.
    """

    models: Mapping[str, str] | None = None
    visit: Sequence[str] | str | None = None
    predictors: Mapping[str, Sequence[str]] | int | None = None
    proper: bool = False
    synthesise: tuple[str, ...] | None = None
    records: str | None = None
    strata: Sequence[str] | None = None
    derived: Mapping[str, str] | None = None
    linked: Sequence[tuple[str, str]] = ()
    keep_rules: bool = True
    spikes: Mapping[str, Sequence[float]] | None = None
    smooth: bool = True
    wide: str = "ordered"
    weights: str = "modelled"
    min_leaf: int = 10
    max_bins: int = 64

    def __post_init__(self) -> None:
        whole("min_leaf", self.min_leaf, 1)
        whole("max_bins", self.max_bins, 2, MOST_BINS)
        for name in ("proper", "keep_rules", "smooth"):
            truth(name, getattr(self, name))
        _sequence.check_options(self)

    def recipe(self, variable: Variable, column: Coded) -> Recipe:
        """Return how a variable is drawn."""
        model = dict(self.models or {}).get(variable.name) or self._usual(variable, column)
        spikes: tuple[float, ...] | None = None if self.spikes is None or self.spikes else ()
        if self.spikes and variable.name in self.spikes:
            spikes = tuple(self.spikes[variable.name])
        limits = Limits(self.min_leaf)
        return Recipe(model, limits, self.max_bins, self.smooth, spikes, self.wide)

    def _usual(self, variable: Variable, column: Coded) -> str:
        del variable, column
        return "cart"

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Learn the parts, one for each variable to draw."""
        modelled = {v.name: v for v in data.schema.modelled}
        self.data_ = data
        self.plan_ = _sequence.Plan.of(self, data)
        self.columns_ = {name: Coded.of(data.rows[name], v) for name, v in modelled.items()}
        self.order_ = self.plan_.order(self, self.columns_, data)
        made = {*self.order_, *self.plan_.derived, *self.plan_.constant}
        made |= set(self.strata or ()) if _sequence.full(self) else set()
        self._kept = [name for name in self.columns_ if name not in made]
        self._recipes = {n: self.recipe(modelled[n], self.columns_[n]) for n in self.order_}
        for name, recipe in self._recipes.items():
            check_model(name, self.columns_[name], recipe.model)
        self._digits = {n: _digits(modelled[n], c) for n, c in self.columns_.items() if c.numeric}
        self._keeper = Keeper(self._statements(), self.columns_)
        self._refuse_ties()
        self._weight = _sequence.weight(data) if self.weights == "used" else None
        self._chosen = _sequence.chosen_records(self.records, data, self.min_leaf)
        self._strata, self._stratum = _sequence.strata_of(
            self.strata, data, self._chosen, self.min_leaf
        )
        self._grown = None if self.proper else self._all_parts(None, rng)
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` records; a partial synthesis has as many as the original, in its order."""
        partial = not _sequence.full(self)
        if partial and n != len(self.data_):
            raise GuideError(
                f"n={n}, but partial synthesis keeps the {len(self.data_)} original records"
            )
        grown = self._grown if self._grown is not None else self._all_parts(rng, rng)
        chosen = self._chosen if partial else np.arange(n)
        stratum = self._drawn_strata(len(chosen), partial, chosen, rng)
        drawn: dict[str, Drawn] = {}
        for k, parts in enumerate(grown):
            here = np.flatnonzero(stratum == k)
            if len(here):
                kept = {c: Drawn(self.columns_[c].codes[chosen[here]], None) for c in self._kept}
                if not partial:
                    kept |= self._stratum_columns(k, len(here))
                found = self._sequence_of(parts, kept, len(here), rng)
                for name, values in found.items():
                    whole_column = drawn.setdefault(name, _blank(len(chosen)))
                    drawn[name] = whole_column.put(here, values)
        return self._file(drawn, chosen, n)

    @property
    def parts_(self) -> dict[str, Part]:
        """The fitted parts by variable; with strata or proper synthesis there is no one set."""
        if self._grown is None:
            raise GuideError("proper synthesis grows other trees for every copy; set proper=False")
        if len(self._grown) > 1:
            raise GuideError("each stratum has trees of its own; leave strata out to look at them")
        return self._grown[0]

    def _statements(self) -> list[Statement]:
        found: list[Statement] = []
        if self.keep_rules:
            found += self.data_.schema.statements
        found += [Linked.of(self.data_.rows, *pair) for pair in self.linked]
        return found

    def _refuse_ties(self) -> None:
        """Refuse equations that give back the true value of a variable from columns that stay."""
        kept = set(self._kept)
        for rule in self.data_.schema.rules if kept and self.keep_rules else ():
            drawn = rule.columns - kept
            if expressions.equation(rule.expression) and len(drawn) == 1 and len(rule.columns) > 1:
                raise GuideError(
                    f"rule {rule.name!r} ties column {next(iter(drawn))!r} to columns that stay, "
                    "so its true value would be given back; synthesise those as well, or set "
                    "keep_rules=False"
                )
        for name, expression in self.plan_.derived.items() if kept else ():
            if expressions.columns(expression) <= kept:
                raise GuideError(
                    f"derived computes {name!r} from columns that stay, so its true value would "
                    "be given back; synthesise one of those as well"
                )

    def _all_parts(
        self, bootstrap: np.random.Generator | None, rng: np.random.Generator
    ) -> list[dict[str, Part]]:
        """Learn the parts of every stratum, on its records or on a bootstrap sample of them.

        Where only some records are replaced, their models are learnt from these alone.
        """
        grown = []
        for k in range(self._strata):
            rows = self._chosen[self._stratum[self._chosen] == k]
            if bootstrap is not None and len(rows):
                rows = rows[bootstrap.integers(0, len(rows), len(rows))]
            every = bootstrap is None and len(rows) == len(self.data_)
            columns = (
                self.columns_ if every else {n: c.take(rows) for n, c in self.columns_.items()}
            )
            weights = None if self._weight is None else self._weight[rows]
            grown.append(self._parts(columns, weights, rng) if len(rows) else {})
        return grown

    def _parts(
        self, columns: dict[str, Coded], weights: np.ndarray | None, rng: np.random.Generator
    ) -> dict[str, Part]:
        schema, parts = self.data_.schema, {}
        given = {n: columns[n] for n in dict.fromkeys([*self._kept, *(self.strata or ())])}
        for name in self.order_:
            chosen = _sequence.chosen(self.predictors, name, given, columns[name])
            special = tuple(schema[name].special)
            recipe = self._recipes[name]
            parts[name] = Part.learn(columns[name], chosen, recipe, special, weights, rng)
            given = given | {name: columns[name]}
            given |= {new: columns[new] for new in self.plan_.computed_after(name, self.order_)}
        return parts

    def _drawn_strata(
        self, rows: int, partial: bool, chosen: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        if partial:
            return np.asarray(self._stratum[chosen])
        if self._strata == 1:
            return np.zeros(rows, np.intp)
        share = np.bincount(self._stratum, self._weight, self._strata)
        return rng.choice(self._strata, rows, p=share / share.sum())

    def _stratum_columns(self, k: int, rows: int) -> dict[str, Drawn]:
        first = int(np.flatnonzero(self._stratum == k)[0])
        return {
            name: Drawn(np.full(rows, self.columns_[name].codes[first]), None)
            for name in self.strata or ()
        }

    def _sequence_of(
        self, parts: Mapping[str, Part], kept: dict[str, Drawn], n: int, rng: np.random.Generator
    ) -> dict[str, Drawn]:
        """Draw all variables; records that cannot be completed are begun again."""
        drawn, left = self._once(parts, kept, n, rng)
        for _ in range(ROUNDS):
            if not len(left):
                return drawn
            again = {name: d.take(left) for name, d in kept.items()}
            some, still = self._once(parts, again, len(left), rng)
            done = np.setdiff1d(np.arange(len(left)), still)
            drawn = {name: d.put(left[done], some[name].take(done)) for name, d in drawn.items()}
            left = left[still]
        if len(left) and not self._kept:
            raise GuideError(
                f"rules cannot be kept in {len(left)} of {n} records: what is drawn first leaves "
                "no value for what comes later; draw the variables of the rules earlier with "
                "visit=[...], or compute one of them with derived={...}"
            )
        return drawn

    def _once(
        self, parts: Mapping[str, Part], kept: dict[str, Drawn], n: int, rng: np.random.Generator
    ) -> tuple[dict[str, Drawn], np.ndarray]:
        """Draw all variables once; return the rows, too, that broke what must hold."""
        drawn = dict(kept)
        values = {name: self._values(name, d) for name, d in kept.items()}
        codes = {name: d.codes for name, d in kept.items()}
        left = np.zeros(0, np.intp)
        for name, part in parts.items():
            found = self._finished(name, part.draw(codes, n, rng))
            due = self._keeper.at(name, set(values))
            if due:
                turn = self._turn(name, part, codes, values, due, rng)
                found, lost = self._keeper.kept(name, due, found, turn, rng)
                left = np.union1d(left, lost)
            drawn[name], codes[name] = found, found.codes
            values[name] = self._values(name, found)
            for new in self.plan_.computed_after(name, self.order_):
                drawn[new] = self._computed(new, values, n, rng)
                codes[new], values[new] = drawn[new].codes, self._values(new, drawn[new])
                due = self._keeper.at(new, set(values) - {new})
                left = np.union1d(left, np.flatnonzero(self._keeper.broken(due, values, n)))
        return drawn, left.astype(np.intp)

    def _turn(
        self,
        name: str,
        part: Part,
        codes: Mapping[str, np.ndarray],
        values: Mapping[str, Any],
        due: Sequence[Statement],
        rng: np.random.Generator,
    ) -> Turn:
        needed = frozenset[str]().union(*(s.columns for s in due)) - {name}

        def again(rows: np.ndarray) -> Drawn:
            some = {p: codes[p][rows] for p in part.predictors}
            return self._finished(name, part.draw(some, len(rows), rng))

        return Turn(
            again=again,
            of_codes=lambda some: self._finished(name, part.of_codes(some, rng)),
            values=lambda d: self._values(name, d),
            known=lambda rows: {c: pd.Series(values[c]).take(rows).array for c in needed},
        )

    def _computed(
        self, name: str, values: Mapping[str, Any], n: int, rng: np.random.Generator
    ) -> Drawn:
        """Return a derived variable; it is missing as often as the original is beyond its parts."""
        frame = pd.DataFrame(
            {c: values[c] for c in expressions.columns(self.plan_.derived[name])},
            index=pd.RangeIndex(n),
        )
        numbers = expressions.value(self.plan_.derived[name], frame)
        numbers[rng.random(n) < self.plan_.gaps[name]] = np.nan
        return self._finished(name, Drawn(np.full(n, -1), numbers), clip=False)

    def _finished(self, name: str, drawn: Drawn, *, clip: bool = True) -> Drawn:
        """Return draws within public bounds, as exact as the original, with the nearest codes."""
        if drawn.quantities is None:
            return drawn
        column = self.columns_[name]
        numbers = _fitting(drawn.quantities, self.data_.schema[name], self._digits[name], clip=clip)
        given = ~np.isnan(numbers)
        codes = np.where(given, 0, drawn.codes)
        codes[given] = column.nearest(numbers[given])
        return Drawn(np.where(codes < 0, column.missing, codes), numbers)

    def _values(self, name: str, drawn: Drawn) -> Any:
        """Return draws as values of the variable."""
        found = self.columns_[name].decode(drawn.codes)
        if drawn.quantities is None:
            return found
        return np.where(np.isnan(drawn.quantities), found, drawn.quantities)

    def _file(self, drawn: Mapping[str, Drawn], chosen: np.ndarray, n: int) -> Dataset:
        """Return the draws as a file; of records that were not drawn, the original values."""
        values = {name: self._values(name, d) for name, d in drawn.items()}
        values |= {name: np.full(len(chosen), v / n) for name, v in self.plan_.constant.items()}
        if self.records is None:
            return assemble(self.data_, values, n)
        rows = self.data_.rows[[v.name for v in self.data_.schema.modelled]].copy()
        for name in self.order_ + tuple(self.plan_.derived):
            column = rows[name].astype(float) if self.data_.schema[name].numeric else rows[name]
            column.iloc[chosen] = values[name]
            rows[name] = column
        return assemble(self.data_, {str(name): rows[name].array for name in rows}, n)


def _blank(rows: int) -> Drawn:
    return Drawn(np.zeros(rows, np.intp), None)


def _digits(variable: Variable, column: Coded) -> int | None:
    """Return how many decimals a quantity has; None for many."""
    assert column.quantities is not None  # numeric columns have them
    return 0 if variable.kind is Kind.INTEGER else decimals(column.quantities)


def _fitting(
    numbers: np.ndarray, variable: Variable, digits: int | None, *, clip: bool
) -> np.ndarray:
    """Return quantities within public bounds, rounded, and off the codes that mean something else.

    A bound that is such a code throws back what lies beyond it, so that nothing piles up there.
    """
    if clip and variable.public_domain and variable.bounds is not None:
        low, high = variable.bounds
        if variable.kind is Kind.INTEGER:
            low, high = math.ceil(low), math.floor(high)
        if low in variable.special:
            numbers = np.where(numbers < low, 2 * low - numbers, numbers)
        if high in variable.special:
            numbers = np.where(numbers > high, 2 * high - numbers, numbers)
        numbers = np.clip(numbers, low, high)
    if digits is not None:
        numbers = np.round(numbers, digits)
    for code in variable.special:
        inwards = -1 if variable.bounds is not None and code >= variable.bounds[1] else 1
        numbers = np.where(numbers == code, code + inwards * 10.0 ** -(digits or 0), numbers)
    return numbers

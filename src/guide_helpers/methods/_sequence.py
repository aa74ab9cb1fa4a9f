"""The plan of a sequence: what is drawn, computed or kept, in which order, given what, where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Self

import numpy as np

from guide_helpers import expressions
from guide_helpers.errors import GuideError
from guide_helpers.methods._coding import Coded, coarse
from guide_helpers.methods._options import names_of
from guide_helpers.schema import Dataset, Role

if TYPE_CHECKING:
    from guide_helpers.methods._sequential import Sequential

WEIGHTS = ("carried", "modelled", "used")
MANY_LEVELS = ("ordered", "grouped", "plain")
FEWEST = 20
"""Least records of a stratum; its trees would have nothing to split below that."""


@dataclass(frozen=True)
class Plan:
    """What is computed instead of drawn, and what is constant.

    `derived` holds an expression by column, `gaps` how often it is missing where its parts are
    not; `constant` the sum that a column of equal weights adds up to.
    """

    derived: Mapping[str, str]
    gaps: Mapping[str, float]
    constant: Mapping[str, float]

    @classmethod
    def of(cls, asked: Sequential, data: Dataset) -> Self:
        """Return the plan for a table; names that are not there are refused."""
        _check_names(asked, data)
        derived = dict(asked.derived or {})
        if asked.keep_rules:
            derived |= _equations(asked, data, set(derived))
        gaps = {name: _gap(data, name, e) for name, e in derived.items()}
        constant: dict[str, float] = {}
        if asked.weights == "used" and full(asked):
            total = float(weight(data).sum())
            constant = dict.fromkeys(data.schema.of_role(Role.WEIGHT), total)
        return cls(derived, gaps, constant)

    def order(
        self, asked: Sequential, columns: Mapping[str, Coded], data: Dataset
    ) -> tuple[str, ...]:
        """Return the variables to draw, in sequence."""
        aside = {*self.derived, *self.constant, *(asked.strata or ())}
        drawn = [n for n in asked.synthesise or columns if n not in aside]
        drawn = [n for n in columns if n in drawn]
        if asked.visit == "auto":
            drawn.sort(key=lambda n: columns[n].missing)
        weights = [n for n in data.schema.of_role(Role.WEIGHT) if n in drawn]
        others = [n for n in drawn if n not in weights]
        drawn = weights + others if asked.weights == "carried" else others + weights
        first = () if isinstance(asked.visit, str) else tuple(asked.visit or ())
        for name in first:
            if name in self.derived:
                raise GuideError(
                    f"visit names {name!r}, which is computed from {self.derived[name]}"
                )
            if name not in drawn:
                raise GuideError(f"visit names {name!r}, which is not drawn: {', '.join(drawn)}")
            if first.count(name) > 1:
                raise GuideError(f"visit names {name!r} more than once")
        if not drawn and not self.derived:
            raise GuideError("nothing is left to draw; name other columns in synthesise")
        order = first + tuple(n for n in drawn if n not in first)
        _check_predictors(asked.predictors, order, list(columns))
        return order

    def place(self, name: str, order: Sequence[str]) -> int:
        """Return after which step, from 0, a derived variable can be computed."""
        parts = expressions.columns(self.derived[name])
        places = [order.index(p) for p in parts if p in order]
        places += [self.place(p, order) for p in parts if p in self.derived and p != name]
        return max(places, default=0)

    def computed_after(self, step: str, order: Sequence[str]) -> list[str]:
        """Return the derived variables that can be computed once a variable is drawn."""
        at = order.index(step)
        return [name for name in self.derived if self.place(name, order) == at]


def full(asked: Sequential) -> bool:
    """Whether every value of every record is made anew."""
    return asked.synthesise is None and asked.records is None


def weight(data: Dataset) -> np.ndarray:
    """Return the survey weight of each record; a table without a usable one is refused."""
    names = data.schema.of_role(Role.WEIGHT)
    if not names:
        raise GuideError(
            "weights='used', but no column has the role weight; declare it in the schema or "
            "leave weights out"
        )
    values = data.rows[names[0]].to_numpy(dtype=float)
    if bad := int((~(values > 0)).sum()):
        raise GuideError(
            f"weight {names[0]!r} is missing or not positive in {bad} records; correct them or "
            "choose weights='modelled'"
        )
    return values


def chosen_records(records: str | None, data: Dataset, min_leaf: int) -> np.ndarray:
    """Return the rows that are replaced; so few that nothing could be learnt are refused."""
    if records is None:
        return np.arange(len(data))
    rows = np.flatnonzero(expressions.holds(records, data.rows))
    least = max(FEWEST, 2 * min_leaf)
    if len(rows) < least:
        raise GuideError(
            f"records={records!r} holds for {len(rows)} records, fewer than {least}; their values "
            "would be drawn from each other, so name more of them"
        )
    return rows


def strata_of(
    names: Sequence[str] | None, data: Dataset, rows: np.ndarray, min_leaf: int
) -> tuple[int, np.ndarray]:
    """Return how many strata there are, and the stratum of each record; small ones are refused."""
    if not names:
        return 1, np.zeros(len(data), np.intp)
    keys = np.column_stack([data.rows[n].cat.codes.to_numpy() for n in names])
    stratum = np.unique(keys, axis=0, return_inverse=True)[1].ravel()
    counts = np.bincount(stratum[rows])
    counts = counts[counts > 0]
    least = max(FEWEST, 2 * min_leaf)
    if counts.min() < least:
        raise GuideError(
            f"{int((counts < least).sum())} of {len(counts)} strata have fewer than {least} "
            "records; merge levels, or let the columns be drawn like others"
        )
    return int(stratum.max()) + 1, stratum


def chosen(
    predictors: Mapping[str, Sequence[str]] | int | None,
    name: str,
    given: Mapping[str, Coded],
    column: Coded,
) -> Mapping[str, Coded]:
    """Return the predictors of a variable: all that are known, those named, or the strongest."""
    if predictors is None:
        return given
    if isinstance(predictors, Mapping):
        return {p: given[p] for p in predictors[name]} if name in predictors else given
    if len(given) <= predictors:
        return given
    strength = {p: association(g, column) for p, g in given.items()}
    best = sorted(given, key=lambda p: -strength[p])[:predictors]
    return {p: g for p, g in given.items() if p in best}


def association(one: Coded, other: Coded) -> float:
    """Return the mutual information of two columns, less its bias, per nat of the smaller one."""
    (a, k), (b, m) = coarse(one), coarse(other)
    table = np.bincount(a * m + b, minlength=k * m).reshape(k, m) / len(a)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    some = table > 0
    expected = np.outer(rows, columns)
    found = float((table[some] * np.log(table[some] / expected[some])).sum())
    bias = ((rows > 0).sum() - 1) * ((columns > 0).sum() - 1) / (2 * len(a))
    return float((found - bias) / max(min(_entropy(rows), _entropy(columns)), 1e-12))


def _entropy(shares: np.ndarray) -> float:
    some = shares[shares > 0]
    return float(-(some * np.log(some)).sum())


def check_options(asked: Sequential) -> None:
    """Refuse options that make no sense for any table."""
    if asked.visit != "auto":
        names_of("visit", asked.visit)
    names_of("strata", asked.strata)
    for name in ("models", "derived", "spikes"):
        value = getattr(asked, name)
        if value is not None and not isinstance(value, Mapping):
            raise GuideError(f"{name}={value!r} is not a mapping by column: {{'income': ...}}")
    by_hand = isinstance(asked.predictors, Mapping)
    count = isinstance(asked.predictors, Integral) and not isinstance(asked.predictors, bool)
    if not (asked.predictors is None or by_hand or (count and asked.predictors >= 1)):  # type: ignore[operator]
        raise GuideError(
            f"predictors={asked.predictors!r} is neither a number of predictors of at least 1 nor "
            "a mapping: {'income': ['age', 'education']}"
        )
    for option, known in (("weights", WEIGHTS), ("wide", MANY_LEVELS)):
        if getattr(asked, option) not in known:
            raise GuideError(f"no {option} {getattr(asked, option)!r}; known: {', '.join(known)}")
    if not isinstance(asked.linked, list | tuple) or not all(
        isinstance(pair, list | tuple) and len(pair) == 2 for pair in asked.linked
    ):
        raise GuideError('linked takes pairs of columns: linked=[("region", "municipality")]')


def _check_names(asked: Sequential, data: Dataset) -> None:
    known = [v.name for v in data.schema.modelled]
    named = {
        "models": asked.models or (),
        "derived": asked.derived or (),
        "spikes": asked.spikes or (),
        "strata": asked.strata or (),
        "linked": [name for pair in asked.linked for name in pair],
        "predictors": asked.predictors if isinstance(asked.predictors, Mapping) else (),
    }
    for option, names in named.items():
        for name in names:
            if name not in known:
                raise GuideError(f"{option} names {name!r}; known columns: {', '.join(known)}")
            levels = data.schema[name].discrete
            if option in ("strata", "linked") and not levels:
                raise GuideError(f"{option} names {name!r}, which has no levels; cut it into some")
            if option in ("derived", "spikes") and not data.schema[name].numeric:
                raise GuideError(f"{option} names {name!r}, which is no number")
    for name, expression in (asked.derived or {}).items():
        unknown = sorted(
            expressions.columns(expression) - set(known) | {name} & expressions.columns(expression)
        )
        if unknown:
            raise GuideError(
                f"derived computes {name!r} from {unknown[0]!r}; known columns: "
                f"{', '.join(n for n in known if n != name)}"
            )


def _check_predictors(
    predictors: Mapping[str, Sequence[str]] | int | None, order: Sequence[str], known: list[str]
) -> None:
    if not isinstance(predictors, Mapping):
        return
    for name, wanted in predictors.items():
        names_of(f"predictors[{name!r}]", wanted)
        for p in wanted:
            if p not in known:
                raise GuideError(f"predictors gives {name!r} {p!r}; known: {', '.join(known)}")
            later = p in order and name in order and order.index(p) >= order.index(name)
            if later:
                raise GuideError(
                    f"predictors gives {name!r} the predictor {p!r}, which is drawn later; put "
                    "it first with visit=[...]"
                )


def _equations(asked: Sequential, data: Dataset, computed: set[str]) -> dict[str, str]:
    """Return what rules say is computed: of `total == a + b`, the total from its parts."""
    numbers = {v.name for v in data.schema.modelled if v.numeric and not v.special}
    drawn = numbers if asked.synthesise is None else numbers & set(asked.synthesise)
    found: dict[str, str] = {}
    for rule in data.schema.rules:
        sides = expressions.equation(rule.expression)
        if sides is None:
            continue
        name, expression = sides
        parts = expressions.columns(expression)
        free = name in drawn and name not in computed | set(found) and not parts & set(found)
        if free and parts <= numbers and name not in (asked.models or ()):
            found[name] = expression
    return found


def _gap(data: Dataset, name: str, expression: str) -> float:
    there = ~np.isnan(expressions.value(expression, data.rows))
    return float(data.rows[name].isna().to_numpy()[there].mean()) if there.any() else 0.0

"""Members of a unit drawn one after the other: each given the unit and the members before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers.methods._counted import NO, YES, Count, holds_besides
from guide_helpers.methods._given import Given
from guide_helpers.schema import (
    Dataset,
    Kind,
    Role,
    Rule,
    Schema,
    StructuralZero,
    Variable,
)

ROUNDS = 3
"""How often the members of a unit are drawn anew that break what must hold."""
SHARED = 2
"""Members from this place on (0 is the first) share one model."""
PLACE, LEFT = " place", " left"
Statement = Rule | StructuralZero


def of_unit(name: str) -> str:
    """Return the name under which a member's row has a column of its unit."""
    return f" unit {name}"


def of_first(name: str) -> str:
    """Return the name under which a member's row has a column of the unit's first member."""
    return f" first {name}"


def of_before(name: str) -> str:
    """Return the name under which a member's row has a column of the member before."""
    return f" before {name}"


@dataclass(frozen=True)
class Household:
    """Units with their members: rows of both, and whose each member is, at which place."""

    units: Dataset
    members: Dataset
    unit: np.ndarray
    place: np.ndarray
    size: str

    @property
    def sizes(self) -> np.ndarray:
        """How many members each unit has."""
        return np.bincount(self.unit, minlength=len(self.units))


class _Earlier:
    """What is known of the members drawn so far, unit by unit."""

    def __init__(self, schema: Schema, units: int) -> None:
        self.names = [v.name for v in schema.modelled]
        self.numbers = [v.name for v in schema.modelled if v.numeric]
        self.first: pd.DataFrame | None = None
        self.second: pd.DataFrame | None = None
        self.before: pd.DataFrame | None = None
        self.least = {n: np.full(units, np.nan) for n in self.numbers}

    def known(self, units: np.ndarray, place: int) -> pd.DataFrame:
        """Return the columns of earlier members for the next one of some units."""
        if place == 0 or self.first is None:
            return pd.DataFrame(index=pd.RangeIndex(len(units)))
        parts = [_of(self.first, units).rename(columns=of_first)]
        if place >= SHARED and self.second is not None and self.before is not None:
            parts.append(_of(self.before, units).rename(columns=of_before))
            parts.append(_of(self.second[self.numbers], units).rename(columns=" second {}".format))
            least = {f" least {n}": v[units] for n, v in self.least.items()}
            parts.append(pd.DataFrame(least, index=pd.RangeIndex(len(units))))
        return pd.concat(parts, axis=1)

    def add(self, units: np.ndarray, place: int, rows: pd.DataFrame) -> None:
        """Remember the members of one place."""
        here = rows[self.names].set_axis(units)
        for name in self.numbers:
            values = here[name].to_numpy(dtype=float, na_value=np.nan)
            self.least[name][units] = np.fmin(self.least[name][units], values)
        self.first = here if place == 0 else self.first
        self.second = here if place == 1 else self.second
        self.before = here


def _of(rows: pd.DataFrame, units: np.ndarray) -> pd.DataFrame:
    return rows.loc[units].reset_index(drop=True)


@dataclass(frozen=True)
class Members:
    """How the members of units are drawn: models for the first, the second and later places.

    `fixed` names columns of members that are given, not drawn.
    """

    like: Household
    counts: tuple[Count, ...]
    steps: tuple[Given | None, ...]
    statements: tuple[Statement, ...]
    fixed: tuple[str, ...]

    @classmethod
    def learn(
        cls,
        like: Household,
        counts: Sequence[Count],
        *,
        rng: np.random.Generator,
        fixed: Sequence[str] = (),
        found: bool = True,
        **options: Any,
    ) -> Self:
        """Learn from units and their members; `found` keeps what never occurs, too."""
        table, schema = _table(like, counts, options.get("weights") == "used")
        own = [v.name for v in like.members.schema.modelled if v.name not in fixed]
        tied = [n for n in own if any(n in c.columns for c in counts)]
        drawn = [*(c.marks for c in counts), *tied, *(n for n in own if n not in tied)]
        steps: list[Given | None] = []
        for place in range(SHARED + 1):
            here = like.place >= place if place == SHARED else like.place == place
            if not here.any() or not drawn:
                break
            rows = table[place].reset_index(drop=True)
            variables = tuple(v for v in schema.variables if v.name in rows)
            zeros = holds_besides(rows, variables, own, of_unit, of_first) if found else ()
            step = Schema(variables, schema.rules, (*schema.structural_zeros, *zeros))
            data = Dataset.of(rows[[v.name for v in variables]], step)
            visit = [n for n in drawn if n in rows]
            steps.append(learnt(data, visit, rng, **options))
        kept = like.members.schema.statements if options.get("keep_rules", True) else ()
        clean = tuple(s for s in kept if not s.violations(like.members.rows).any())
        return cls(like, tuple(counts), tuple(steps), clean, tuple(fixed))

    def draw(
        self, units: pd.DataFrame, rng: np.random.Generator, given: pd.DataFrame | None = None
    ) -> tuple[np.ndarray, pd.DataFrame, np.ndarray]:
        """Return whose each member is, the members, and units that break what must hold.

        `given` has the fixed columns of all members, in the order of the units.
        """
        sizes = units[self.like.size].to_numpy().astype(np.int64)
        unit = np.repeat(np.arange(len(units)), sizes)
        rows = self._once(units, sizes, rng, given)
        for _ in range(ROUNDS):
            bad = np.flatnonzero(self.broken(units, unit, rows))
            if not len(bad):
                return unit, rows, bad
            mine = np.isin(unit, bad)
            some = None if given is None else given[mine].reset_index(drop=True)
            again = self._once(units.iloc[bad].reset_index(drop=True), sizes[bad], rng, some)
            for name in rows:
                values = rows[name].array.copy()
                values[mine] = again[name].array
                rows[name] = values
        return unit, rows, np.flatnonzero(self.broken(units, unit, rows))

    def broken(self, units: pd.DataFrame, unit: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
        """Return which units have a member that breaks a rule, or a count that is not kept."""
        lines = np.zeros(len(rows), dtype=bool)
        for statement in self.statements:
            lines |= statement.violations(rows)
        bad = np.bincount(unit[lines], minlength=len(units)) > 0
        for count in self.counts:
            there = np.bincount(unit[count.holds(rows)], minlength=len(units))
            bad |= there != units[count.name].to_numpy()
        return bad

    def _once(
        self,
        units: pd.DataFrame,
        sizes: np.ndarray,
        rng: np.random.Generator,
        given: pd.DataFrame | None,
    ) -> pd.DataFrame:
        schema = self.like.members.schema
        names = [v.name for v in schema.modelled]
        earlier = _Earlier(schema, len(units))
        first = np.cumsum(sizes) - sizes
        left = {c.name: units[c.name].to_numpy().astype(float) for c in self.counts}
        made: list[pd.DataFrame] = [self.like.members.rows[names].iloc[:0]]
        places: list[np.ndarray] = [np.zeros(0, dtype=np.int64)]
        for place in range(int(sizes.max(initial=0))):
            here = np.flatnonzero(sizes > place)
            known = _known(units, here, place, sizes, earlier)
            for count in self.counts:
                known[count.left] = left[count.name][here]
            if given is not None:
                fixed = given[list(self.fixed)].iloc[first[here] + place]
                known = known.join(fixed.reset_index(drop=True))
            step = self.steps[min(place, len(self.steps) - 1)] if self.steps else None
            rows = known if step is None else known.join(step.draw(known, rng))
            for count in self.counts:
                left[count.name][here] -= rows[count.marks].to_numpy() == YES
            earlier.add(here, place, rows)
            made.append(rows[names])
            places.append(first[here] + place)
        order = np.argsort(np.concatenate(places), kind="stable")
        return pd.concat(made[1:] or made, ignore_index=True).iloc[order].reset_index(drop=True)


def learnt(data: Dataset, drawn: list[str], rng: np.random.Generator, **options: Any) -> Given:
    """Return the model of columns drawn in this order; a weight that is used predicts nothing.

    All synthetic households have one weight, which real ones of that weight do not stand for.
    """
    if options.get("weights") == "used":
        names = [v.name for v in data.schema.modelled if v.role is not Role.WEIGHT]
        given = [n for n in names if n not in drawn]
        options["predictors"] = {n: [*given, *drawn[:k]] for k, n in enumerate(drawn)}
    return Given.learn(data, drawn, rng=rng, visit=drawn, **options)


def _known(
    units: pd.DataFrame, here: np.ndarray, place: int, sizes: np.ndarray, earlier: _Earlier
) -> pd.DataFrame:
    """Return what is known before a member is drawn: the unit, the place, the members before."""
    known = units.iloc[here].reset_index(drop=True).rename(columns=of_unit)
    known[PLACE] = float(place)
    known[LEFT] = (sizes[here] - place).astype(float)
    return pd.concat([known, earlier.known(here, place)], axis=1)


def _table(
    like: Household, counts: Sequence[Count], weighted: bool
) -> tuple[list[pd.DataFrame], Schema]:
    """Return what was known of the members of each kind of place and what they are; its schema."""
    names = [v.name for v in like.members.schema.modelled]
    units = like.units.rows[[v.name for v in like.units.schema.modelled]]
    earlier = _Earlier(like.members.schema, len(units))
    sizes = like.sizes
    left = {c.name: units[c.name].to_numpy().astype(float) for c in counts}
    tables: list[list[pd.DataFrame]] = [[] for _ in range(SHARED + 1)]
    for place in range(int(sizes.max(initial=0))):
        lines = np.flatnonzero(like.place == place)
        here = like.unit[lines]
        own = like.members.rows[names].iloc[lines].reset_index(drop=True)
        known = _known(units, here, place, sizes, earlier)
        for count in counts:
            mark = np.where(count.holds(own), YES, NO)
            known[count.left], known[count.marks] = left[count.name][here], mark
            left[count.name][here] -= mark == YES
        tables[min(place, SHARED)].append(pd.concat([known, own], axis=1))
        earlier.add(here, place, own)
    whole = [pd.concat(t, ignore_index=True) if t else pd.DataFrame() for t in tables]
    return whole, _schema(like, counts, weighted)


def _schema(like: Household, counts: Sequence[Count], weighted: bool) -> Schema:
    """Return the variables of all that may be known of a member, and what must hold."""
    schema = like.members.schema
    variables = [_as(v, of_unit(v.name), weighted) for v in like.units.schema.modelled]
    variables += [Variable(n, Kind.NUMBER) for n in (PLACE, LEFT)]
    for v in schema.modelled:
        variables += [_as(v, of_first(v.name)), _as(v, of_before(v.name))]
        if v.numeric:
            variables += [_as(v, f" second {v.name}"), _as(v, f" least {v.name}")]
    zeros = list(schema.structural_zeros)
    for count in counts:
        variables += count.variables()
        zeros += count.zeros(LEFT)
    return Schema((*variables, *schema.modelled), schema.rules, tuple(zeros))


def _as(v: Variable, name: str, weighted: bool = False) -> Variable:
    role = Role.WEIGHT if weighted and v.role is Role.WEIGHT else Role.OTHER
    return Variable(name, v.kind, role, levels=v.levels, bounds=v.bounds, special=v.special)

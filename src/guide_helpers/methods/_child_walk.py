"""Children drawn row after row, each given its parent and the rows of the same parent before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers.methods._child_past import Past, histories, only_once, told_by
from guide_helpers.methods._child_rows import PLACE, Family, beside, smoothed
from guide_helpers.methods._child_times import AT, GAP, NextTime, passed
from guide_helpers.methods._given import Given
from guide_helpers.schema import Dataset, Kind, Rule, Schema, StructuralZero, Variable

ROUNDS = 30
"""How often rows are drawn anew that break a rule."""


@dataclass(frozen=True)
class Settings:
    """Options of the trees; a leaf holds rows of at least `min_units` protected units."""

    min_leaf: int
    min_units: int
    keep_rules: bool
    smooth: bool
    max_bins: int
    most_rows: int

    def options(self, owners: np.ndarray | None = None) -> dict[str, Any]:
        """Return the options of sequential synthesis of rows of some owners, one each if None."""
        most = 1 if owners is None else int(np.bincount(owners).max(initial=1))
        leaf = max(self.min_leaf, self.min_units * most if most > 1 else 1)
        return {
            "min_leaf": leaf,
            "keep_rules": self.keep_rules,
            "smooth": self.smooth,
            "max_bins": self.max_bins,
        }


@dataclass(frozen=True)
class Walk:
    """Models of first rows, of the time of the next row, and of what that row is then.

    `family` has no rows any more; `rules` speak of a row and its parent's columns. Where a
    category says what a quantity means (`told`), `what` draws it before `step` draws the rest.
    Levels that no parent has twice (`once`) are drawn anew where one would.
    """

    family: Family
    keep_rules: bool
    rules: tuple[Rule | StructuralZero, ...]
    told: Mapping[str, str]
    once: Mapping[str, tuple[int, ...]]
    first: Given | None = None
    next: NextTime | None = None
    what: Given | None = None
    step: Given | None = None

    @classmethod
    def learn(
        cls, family: Family, across: Sequence[Rule], settings: Settings, rng: np.random.Generator
    ) -> Self:
        """Learn the models; without rows or columns there is nothing to learn."""
        rules = (*family.child.schema.statements, *across)
        empty = replace(family.child, rows=family.child.rows.iloc[:0])
        told = told_by(family.child)
        once = only_once(family) if settings.keep_rules else {}
        walk = cls(replace(family, child=empty), settings.keep_rules, rules, told, once)
        if not walk.names or not len(family.unit):
            return walk
        family = family.some(settings.most_rows, rng)
        return walk._grown(smoothed(family, rng) if settings.smooth else family, settings, rng)

    @property
    def names(self) -> list[str]:
        """The columns that are drawn."""
        return list(self.family.child.schema.names)

    def _grown(self, family: Family, settings: Settings, rng: np.random.Generator) -> Self:
        place, owners, rows = family.place, family.owner[family.unit], family.child.rows
        begins, later = np.flatnonzero(place == 0), np.flatnonzero(place)
        known, about = beside(family.parents.rows, family.unit, place), family.described()
        options = settings.options(owners[begins])
        first = self._model(_rows(begins, known, rows), about, self.names, self.names, rng, options)
        if not len(later):
            return replace(self, first=first)
        before, alike, described = histories(family, self.told)
        known, about = pd.concat([known, before], axis=1), [*about, *described]
        options = settings.options(owners[later])
        upcoming = self._next(family, known, about, later, rng, options)
        if upcoming is not None:
            at = family.clock.numbers(rows)
            known = known.assign(**passed(np.append(np.nan, at[:-1]), at))
            about = [*about, *(Variable(n, Kind.NUMBER) for n in (AT, GAP))]
        column = self.family.clock.column
        told = [n for n in self.names if n in self.told.values()]
        given = [n for n in self.names if n == column or n in told]
        what = self._model(_rows(later, known, rows), about, given, told, rng, options)
        about = [*about, *(Variable(str(n), Kind.NUMBER) for n in alike)]
        rest = [n for n in family.moving if n not in told]
        table = _rows(later, known, alike, rows)
        step = self._model(table, about, self.names, rest, rng, options)
        return replace(self, first=first, next=upcoming, what=what, step=step)

    def _next(
        self,
        family: Family,
        known: pd.DataFrame,
        about: Sequence[Variable],
        later: np.ndarray,
        rng: np.random.Generator,
        options: dict[str, Any],
    ) -> NextTime | None:
        """Return the model of the time of the next row."""
        if family.clock.column is None:
            return None
        at, owners = family.clock.numbers(family.child.rows), family.owner[family.unit[later]]
        table = Dataset.of(_rows(later, known), Schema(tuple(about)))
        times = at[later - 1], at[later]
        return NextTime.learn(family.clock, table, times, owners, self.rules, rng, **options)

    def _model(
        self,
        table: pd.DataFrame,
        about: Sequence[Variable],
        columns: Sequence[str],
        drawn: Sequence[str],
        rng: np.random.Generator,
        options: dict[str, Any],
    ) -> Given | None:
        """Return the model of some columns of the children, of those that are known by then."""
        if not drawn:
            return None
        schema = self.family.child.schema
        variables = (*about, *(schema[n] for n in columns))
        names = {v.name for v in variables}
        rules = tuple(r for r in self.rules if isinstance(r, Rule) and r.columns <= names)
        zeros = tuple(z for z in schema.structural_zeros if z.columns <= names)
        data = Dataset.of(table, Schema(variables, rules, zeros))
        return Given.learn(data, drawn, rng=rng, **options)

    def draw(
        self, parents: pd.DataFrame, sizes: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, pd.DataFrame]:
        """Return the parent's row of each child, in order, and the children.

        Where no next row can keep the rules, a parent has fewer children than `sizes` says.
        """
        past, clock = Past(self.family, self.told, len(parents)), self.family.clock
        at, here, place = np.full(len(parents), np.nan), np.flatnonzero(sizes > 0), 0
        units, made = [here[:0]], [self.family.child.rows]
        while len(here):
            known = beside(parents, here, place)
            if place and self.names:
                known = known.assign(**past.known(here))
            rows, good = self._kept(known, here, at, past, rng)
            here, rows = here[good], rows[good].reset_index(drop=True)
            if clock.column is not None:
                at[here] = clock.numbers(rows)
            past.add(here, rows)
            units.append(here)
            made.append(rows)
            place += 1
            here = here[sizes[here] > place]
        unit, rows = np.concatenate(units), pd.concat(made[1:] or made, ignore_index=True)
        times = clock.numbers(rows) if clock.levels is not None else np.zeros(len(rows))
        order = np.lexsort((times, unit))
        return unit[order], rows.iloc[order].reset_index(drop=True)

    def _kept(
        self,
        known: pd.DataFrame,
        here: np.ndarray,
        at: np.ndarray,
        past: Past,
        rng: np.random.Generator,
    ) -> tuple[pd.DataFrame, np.ndarray]:
        """Return rows, and which of them keep all rules after those that do not are drawn anew."""
        rows = self._once(known, here, at, past, rng)
        good = ~self._broken(rows, known, here, past)
        for _ in range(ROUNDS):
            left = np.flatnonzero(~good)
            if not len(left):
                break
            some = known.iloc[left].reset_index(drop=True)
            again = self._once(some, here[left], at, past, rng)
            fine = ~self._broken(again, some, here[left], past)
            both = pd.concat([rows.drop(left[fine]), again[fine].set_axis(left[fine])])
            rows, good[left[fine]] = both.sort_index(), True
        return rows, good

    def _broken(
        self, rows: pd.DataFrame, known: pd.DataFrame, here: np.ndarray, past: Past
    ) -> np.ndarray:
        broken = past.again(here, rows, self.once)
        for rule in self.rules if self.keep_rules else ():
            broken |= rule.violations(rows.join(known[[n for n in known if n in rule.columns]]))
        return broken

    def _once(
        self,
        known: pd.DataFrame,
        here: np.ndarray,
        at: np.ndarray,
        past: Past,
        rng: np.random.Generator,
    ) -> pd.DataFrame:
        """Return the next row of some parents, drawn once."""
        if self.first is None:
            return pd.DataFrame(index=known.index)
        if not known[PLACE].any():
            return self.first.draw(known, rng)[self.names]
        column = self.family.clock.column
        if self.next is not None and column is not None:
            when = self.next.draw(known, at[here], rng)
            variable = self.family.child.schema[column]
            time = self.family.clock.values(when, variable)
            known = known.assign(**{column: time.array}, **passed(at[here], when))
        if self.what is not None:
            known = known.join(self.what.draw(known, rng))
            known = known.assign(**past.same(here, known))
        if self.step is not None:
            known = known.join(self.step.draw(known, rng))
        return known[self.names]


def _rows(places: np.ndarray, *frames: pd.DataFrame) -> pd.DataFrame:
    """Return some rows of frames side by side."""
    return pd.concat([f.iloc[places].reset_index(drop=True) for f in frames], axis=1)

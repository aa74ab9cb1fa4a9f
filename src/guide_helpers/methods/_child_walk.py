"""Children drawn row after row, each given its parent and the rows of the same parent before."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers import expressions
from guide_helpers.methods._child_rows import Family, beside, of_many_owners, smoothed
from guide_helpers.methods._given import Given
from guide_helpers.schema import Dataset, Kind, Rule, Schema, StructuralZero, Variable

GAP, AT = " gap", " at"
"""The time since the row before, and the time of that row."""
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
    """Models of first rows, of the time to the next row, and of what that row is then.

    `family` has no rows any more; `rules` speak of a row and its parent's columns.
    """

    family: Family
    keep_rules: bool
    rules: tuple[Rule | StructuralZero, ...]
    first: Given | None = None
    gap: Given | None = None
    step: Given | None = None
    names: tuple[str, ...] = field(default=())

    @classmethod
    def learn(
        cls, family: Family, across: Sequence[Rule], settings: Settings, rng: np.random.Generator
    ) -> Self:
        """Learn the three models; without rows or columns there is nothing to learn."""
        schema = family.child.schema
        rules = (*schema.statements, *across)
        empty = replace(family.child, rows=family.child.rows.iloc[:0])
        names = schema.names
        walk = cls(replace(family, child=empty), settings.keep_rules, rules, names=names)
        if not names or not len(family.unit):
            return walk
        family = family.some(settings.most_rows, rng)
        return walk._grown(smoothed(family, rng) if settings.smooth else family, settings, rng)

    def _grown(self, family: Family, settings: Settings, rng: np.random.Generator) -> Self:
        place, owners = family.place, family.owner[family.unit]
        known = beside(family.parents.rows, family.unit, place)
        whole, about = pd.concat([known, family.child.rows], axis=1), family.described()
        first = self._model(
            whole[place == 0], about, self._visit, settings.options(owners[place == 0]), rng
        )
        later = place > 0
        if not later.any():
            return replace(self, first=first)
        past, described = family.histories()
        whole, about = pd.concat([whole, past], axis=1), about + described
        gap, options = None, settings.options(owners[later])
        if family.clock.column is not None:
            at = family.clock.numbers(family.child.rows)
            gaps = np.where(later, np.append(np.nan, np.diff(at)), np.nan)
            whole[GAP] = of_many_owners(gaps, owners, rng) if settings.smooth else gaps
            whole[AT] = np.append(np.nan, at[:-1])
            about = [*about, *(Variable(n, Kind.NUMBER) for n in (GAP, AT))]
            gap = self._gap(whole[later], about, at, options, rng)
        step = self._model(whole[later], about, family.moving, options, rng)
        return replace(self, first=first, gap=gap, step=step)

    @property
    def _visit(self) -> tuple[str, ...]:
        column = self.family.clock.column
        return (*([] if column is None else [column]), *self.family.moving)

    def _model(
        self,
        table: pd.DataFrame,
        about: Sequence[Variable],
        drawn: Sequence[str],
        options: dict[str, Any],
        rng: np.random.Generator,
    ) -> Given | None:
        """Return the model of some columns of the children; none where nothing is to draw."""
        if not drawn:
            return None
        variables = (*about, *self.family.child.schema.variables)
        rules = tuple(r for r in self.rules if isinstance(r, Rule))
        zeros = tuple(z for z in self.rules if isinstance(z, StructuralZero))
        data = Dataset.of(table.reset_index(drop=True), Schema(variables, rules, zeros))
        return Given.learn(data, drawn, rng=rng, **options)

    def _gap(
        self,
        table: pd.DataFrame,
        about: Sequence[Variable],
        at: np.ndarray,
        options: dict[str, Any],
        rng: np.random.Generator,
    ) -> Given:
        """Return the model of times to the next row; time goes on, and ends where it ends now."""
        last = float(np.nanmax(at)) if not np.isnan(at).all() else 0.0
        rules = [Rule("time goes on", f"col({GAP!r}) >= 0")]
        rules += [Rule("time ends", f"col({AT!r}) + col({GAP!r}) <= {last!r}")]
        if self.keep_rules:
            rules += _of_time(self.rules, self.family, {v.name for v in about})
        rows = table.drop(columns=list(self.names)).reset_index(drop=True)
        data = Dataset.of(rows, Schema(tuple(about), tuple(rules)))
        return Given.learn(data, [GAP], rng=rng, **options | {"keep_rules": True})

    def draw(
        self, parents: pd.DataFrame, sizes: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, pd.DataFrame]:
        """Return the parent's row of each child, in order, and the children.

        Where no next row can keep the rules, a parent has fewer children than `sizes` says.
        """
        history, clock = self.family.history(len(parents)), self.family.clock
        at, here, place = np.full(len(parents), np.nan), np.flatnonzero(sizes > 0), 0
        units, made = [here[:0]], [self.family.child.rows]
        while len(here):
            known = beside(parents, here, place)
            if place:
                known = known.assign(**history.known(here))
            rows, good = self._kept(known, place, at[here], rng)
            here, rows = here[good], rows[good].reset_index(drop=True)
            if clock.column is not None and self.names:
                at[here] = clock.numbers(rows)
            history.add(here, rows)
            units.append(here)
            made.append(rows)
            place += 1
            here = here[sizes[here] > place]
        unit, rows = np.concatenate(units), pd.concat(made[1:] or made, ignore_index=True)
        times = clock.numbers(rows) if clock.levels is not None else np.zeros(len(rows))
        order = np.lexsort((times, unit))
        return unit[order], rows.iloc[order].reset_index(drop=True)

    def _kept(
        self, known: pd.DataFrame, place: int, at: np.ndarray, rng: np.random.Generator
    ) -> tuple[pd.DataFrame, np.ndarray]:
        """Return rows, and which of them keep all rules after those that do not are drawn anew."""
        rows = self._once(known, place, at, rng)
        good = ~self._broken(rows, known)
        for _ in range(ROUNDS):
            left = np.flatnonzero(~good)
            if not len(left):
                break
            some = known.iloc[left].reset_index(drop=True)
            again = self._once(some, place, at[left], rng)
            fine = ~self._broken(again, some)
            both = pd.concat([rows.drop(left[fine]), again[fine].set_axis(left[fine])])
            rows, good[left[fine]] = both.sort_index(), True
        return rows, good

    def _broken(self, rows: pd.DataFrame, known: pd.DataFrame) -> np.ndarray:
        broken = np.zeros(len(rows), dtype=bool)
        for rule in self.rules if self.keep_rules else ():
            broken |= rule.violations(rows.join(known[[n for n in known if n in rule.columns]]))
        return broken

    def _once(
        self, known: pd.DataFrame, place: int, at: np.ndarray, rng: np.random.Generator
    ) -> pd.DataFrame:
        names = list(self.names)
        if self.first is None:
            return pd.DataFrame(index=known.index)
        if not place:
            return self.first.draw(known, rng)[names]
        clock = self.family.clock
        if self.gap is not None and clock.column is not None:
            gaps = self.gap.draw(known.assign(**{AT: at}), rng)[GAP].to_numpy(dtype=float)
            variable = self.family.child.schema[clock.column]
            when = clock.values(at + gaps.clip(0), variable)
            known = known.assign(**{AT: at, GAP: gaps, clock.column: when.array})
        drawn = known if self.step is None else known.join(self.step.draw(known, rng))
        return drawn[names]


def _of_time(rules: Sequence[Rule | StructuralZero], family: Family, known: set[str]) -> list[Rule]:
    """Return the rules of the time alone, or of it and the parent, as rules of the gap."""
    column = family.clock.column
    if column is None or family.child.schema[column].kind is Kind.DATETIME:
        return []
    found = []
    for rule in rules:
        if isinstance(rule, Rule) and column in rule.columns and rule.columns <= known | {column}:
            tree = _Later(column).visit(expressions.parse(rule.expression))
            found.append(Rule(rule.name, ast.unparse(tree)))
    return found


class _Later(ast.NodeTransformer):
    """Puts the time before and the gap in the place of the time."""

    def __init__(self, column: str) -> None:
        self.column = column
        self.sum = expressions.parse(f"col({AT!r}) + col({GAP!r})")

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Replace a name."""
        return self.sum if node.id == self.column else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Replace col("..."), and leave missing(...) alone but for what it asks of."""
        if isinstance(node.args[0], ast.Constant):
            return self.sum if node.args[0].value == self.column else node
        return node

"""When the rows of a parent come: times as numbers, and the time of the next row."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers import expressions
from guide_helpers.methods._given import Given
from guide_helpers.methods._owners import common, of_many_owners
from guide_helpers.schema import Dataset, Kind, Rule, Schema, StructuralZero, Variable

GAP, AT, MARK = " gap", " at", " mark"
"""The time since the row before, the time of that row, and a time that many rows have."""
GRAINS = (86_400_000_000_000, 3_600_000_000_000, 60_000_000_000, 1_000_000_000, 1_000_000, 1_000, 1)
"""Nanoseconds of a day, an hour, a minute ...: moments are counted in the longest that fits."""
SHARE, MOST_MARKS = 0.01, 60
"""A time that this share of rows has (the day of admission) is drawn as such, not as a gap."""


@dataclass(frozen=True)
class Clock:
    """The column of times as numbers; None where rows have no time that can be counted on.

    Times that are levels (a year as a category) are drawn like any column and put in order.
    `grain` is the unit of moments, in nanoseconds.
    """

    column: str | None
    levels: str | None
    grain: int | None

    @classmethod
    def of(cls, table: Dataset) -> Self:
        """Return the clock of a table."""
        if table.time is None:
            return cls(None, None, None)
        kind = table.schema[table.time].kind
        if kind not in (Kind.INTEGER, Kind.NUMBER, Kind.DATETIME):
            return cls(None, table.time, None)
        grain = None
        if kind is Kind.DATETIME:
            moments = table.rows[table.time].dropna().to_numpy("datetime64[ns]").astype(np.int64)
            grain = next(g for g in GRAINS if not (moments % g).any())
        return cls(table.time, None, grain)

    def numbers(self, rows: pd.DataFrame) -> np.ndarray:
        """Return what orders the rows of a parent."""
        if self.levels is not None:
            codes = pd.Categorical(rows[self.levels]).codes
            return np.where(codes < 0, np.nan, codes.astype(float))
        if self.column is None:
            return np.zeros(len(rows))
        values = rows[self.column]
        if self.grain is not None:
            whole = values.to_numpy("datetime64[ns]").astype(np.int64) / self.grain
            return np.where(values.isna(), np.nan, whole)
        return values.to_numpy(dtype=float, na_value=np.nan)

    def values(self, numbers: np.ndarray, variable: Variable) -> pd.Series:
        """Return numbers as times of the column."""
        if self.grain is not None:
            whole = pd.Series(np.round(numbers) * self.grain)
            return variable.coerce(pd.to_datetime(whole))
        found = np.round(numbers) if variable.kind is Kind.INTEGER else numbers
        return variable.coerce(pd.Series(found))


@dataclass(frozen=True)
class NextTime:
    """The time of the next row: one that many rows have, or so much later than the row before."""

    clock: Clock
    marks: tuple[float, ...]
    last: float
    model: Given

    @classmethod
    def learn(
        cls,
        clock: Clock,
        known: Dataset,
        times: tuple[np.ndarray, np.ndarray],
        owners: np.ndarray,
        rules: Sequence[Rule | StructuralZero],
        rng: np.random.Generator,
        **options: Any,
    ) -> Self:
        """Learn from what is known of rows, and the times of the rows before and of these."""
        before, now = times
        marks = common(now, owners, SHARE, MOST_MARKS)
        both = np.concatenate(times)
        last = 0.0 if np.isnan(both).all() else float(np.nanmax(both))
        gap = now - before
        columns = {AT: before, MARK: np.where(np.isin(now, marks), now, np.nan)}
        columns[GAP] = of_many_owners(gap, owners, rng) if options["smooth"] else gap
        names = [n for n in columns if marks or n != MARK]
        variables = [*known.schema.variables, *(Variable(n, Kind.NUMBER) for n in names)]
        told = _told(clock, known, rules) if options["keep_rules"] else []
        kept = [rule for name in names[1:] for rule in _kept(clock, name, last, told)]
        table = known.rows.assign(**{n: columns[n] for n in names})
        data = Dataset.of(table, Schema(tuple(variables), tuple(kept)))
        options |= {"keep_rules": True, "spikes": {MARK: marks} if marks else None}
        return cls(clock, marks, last, Given.learn(data, names[1:], rng=rng, **options))

    def draw(self, known: pd.DataFrame, at: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the times of the next rows; none is before the row before or after the last."""
        drawn = self.model.draw(known.assign(**{AT: at}), rng)
        when = at + drawn[GAP].to_numpy(dtype=float)
        if self.marks:
            mark = drawn[MARK].to_numpy(dtype=float)
            when = np.where(np.isnan(mark), when, mark)
        return np.asarray(np.clip(when, at, np.maximum(at, self.last)))


def passed(before: np.ndarray, now: np.ndarray) -> dict[str, np.ndarray]:
    """Return the time of the row before and the time passed since, as rows know it."""
    return {AT: before, GAP: now - before}


def _told(clock: Clock, known: Dataset, rules: Sequence[Rule | StructuralZero]) -> list[Rule]:
    """Return the rules that speak of the time alone, or of it and what is known."""
    if clock.grain is not None:
        return []
    allowed = {*known.schema.names, clock.column}
    plain = [r for r in rules if isinstance(r, Rule) and clock.column in r.columns]
    return [r for r in plain if r.columns <= allowed]


def _kept(clock: Clock, name: str, last: float, told: Sequence[Rule]) -> list[Rule]:
    """Return what the next time keeps, said of the gap, or of the time that many rows have."""
    if name == GAP:  # gaps that were seen are not below 0, and marks not after the last time
        time = f"col({AT!r}) + col({GAP!r})"
        rules = [Rule("time ends", f"{time} <= {last!r}")]
    else:
        time = f"col({MARK!r})"
        rules = [Rule("time goes on", f"{time} >= col({AT!r})")]
    for rule in told:
        tree = _Other(clock.column, time).visit(expressions.parse(rule.expression))
        rules.append(Rule(rule.name, ast.unparse(tree)))
    return rules


class _Other(ast.NodeTransformer):
    """Puts a computation in the place of a column."""

    def __init__(self, column: str | None, computation: str) -> None:
        self.column, self.computation = column, expressions.parse(computation)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Replace a name."""
        return self.computation if node.id == self.column else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Replace col("..."); missing(...) asks of the time whether it is there."""
        first = node.args[0]
        named = first.value if isinstance(first, ast.Constant) else getattr(first, "id", None)
        return (
            self.computation if isinstance(first, ast.Constant) and named == self.column else node
        )

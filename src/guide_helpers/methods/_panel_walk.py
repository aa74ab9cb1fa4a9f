"""A panel drawn row after row: how each unit begins, when it comes again, and what it is then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers.methods._given import Given
from guide_helpers.methods._panel_rules import by_change, change, final, risen
from guide_helpers.methods._sequence import Plan
from guide_helpers.methods._sequential import Sequential
from guide_helpers.methods._unit_history import History, before
from guide_helpers.methods._waves import Panel
from guide_helpers.schema import Dataset, Kind, Rule, Schema, StructuralZero, Variable

ROW, GAP, AT, NEXT = " row", " gap", " at", " next"
"""The number of a row in its unit, the time since the row before, now, and until the next."""


@dataclass(frozen=True)
class Settings:
    """Options of the trees; `first_leaf` for tables of one row a unit, `leaf` for the others."""

    first_leaf: int
    leaf: int
    keep_rules: bool
    smooth: bool
    max_bins: int
    models: Mapping[str, str]

    def options(self, leaf: int, names: Iterable[str]) -> dict[str, Any]:
        """Return the options of sequential synthesis of some columns."""
        return {
            "min_leaf": leaf,
            "keep_rules": self.keep_rules,
            "smooth": self.smooth,
            "max_bins": self.max_bins,
            "models": {n: m for n, m in self.models.items() if n in names},
        }


@dataclass(frozen=True)
class Walk:
    """Three models: of first rows, of the gap to the next row, and of that row."""

    panel: Panel
    first: Sequential
    gap: Given
    step: Given | None
    statements: tuple[Rule | StructuralZero, ...]

    @classmethod
    def learn(cls, panel: Panel, settings: Settings, rng: np.random.Generator) -> Self:
        """Learn the three models."""
        first = begins(panel, settings, rng)
        rows, known = _histories(panel)
        comes, gap_schema = _comes(panel, rows)
        gap = Given.learn(
            Dataset.of(comes, gap_schema),
            [NEXT],
            rng=rng,
            **settings.options(settings.leaf, ()) | {"keep_rules": True},
            spikes=_as_they_are(comes[NEXT], NEXT) if panel.clock.marks is not None else None,
        )
        if not panel.moving or known is None:
            return cls(panel, first, gap, None, ())
        schema = _step_schema(panel, settings)
        after = np.flatnonzero(panel.place > 0)
        table = pd.concat([rows.iloc[after].reset_index(drop=True), known], axis=1)
        for name in panel.rising:
            table[change(name)] = table[name].astype(float) - table[before(name)].astype(float)
        drawn = [n for n in schema.names if n in panel.moving or n in map(change, panel.rising)]
        drawn_as_they_are = set(drawn) - set(panel.rising)
        options = settings.options(settings.leaf, drawn_as_they_are) | {"keep_rules": True}
        derived = {name: risen(name) for name in panel.rising}
        step = Given.learn(Dataset.of(table, schema), drawn, rng=rng, derived=derived, **options)
        return cls(panel, first, gap, step, schema.statements)

    def draw(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, pd.DataFrame]:
        """Return the units of the rows, and the rows in their order."""
        panel, units = self.panel, np.arange(n)
        rows = self.first.sample(n, rng=rng).rows
        history = History(panel.table, panel.moving, n, rising=panel.rising)
        at, gaps = _start(panel, rows), np.full(n, np.nan)
        found = [(units, rows)]
        for k in range(1, panel.longest):
            history.add(units, rows)
            here = _clocked(rows, k, gaps, at)
            coming = self.gap.draw(here, rng)[NEXT].to_numpy(dtype=float)
            stay = np.flatnonzero(~np.isnan(coming))
            if not len(stay):
                break
            units, gaps, at = units[stay], coming[stay], at[stay] + coming[stay]
            rows, kept = self._next(rows.iloc[stay], units, k + 1, gaps, at, history, rng)
            units, gaps, at = units[kept], gaps[kept], at[kept]
            found.append((units, rows))
        order = np.argsort(np.concatenate([u for u, _ in found]), kind="stable")
        whole = pd.concat([r for _, r in found], ignore_index=True)
        return np.concatenate([u for u, _ in found])[order], whole.iloc[order]

    def _next(
        self,
        rows: pd.DataFrame,
        units: np.ndarray,
        number: int,
        gaps: np.ndarray,
        at: np.ndarray,
        history: History,
        rng: np.random.Generator,
    ) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the next rows and which units have one: what can keep no rule ends there."""
        panel = self.panel
        known = rows[list(panel.constant)].reset_index(drop=True)
        if panel.clock.column is not None:
            like = panel.table.rows[panel.clock.column]
            known[panel.clock.column] = panel.clock.values(at, like)
        known[ROW], known[GAP] = float(number), gaps
        known = known.assign(**history.known(units))
        made = known
        if self.step is not None:
            made = pd.concat([known, self.step.draw(known, rng)], axis=1)
        broken = np.zeros(len(made), dtype=bool)
        for statement in self.statements:
            broken |= statement.violations(made)
        kept = np.flatnonzero(~broken)
        return made[list(panel.table.schema.names)].iloc[kept].reset_index(drop=True), kept


def begins(panel: Panel, settings: Settings, rng: np.random.Generator) -> Sequential:
    """Return the model of the first rows: what is constant, the first time, the other columns."""
    first = np.flatnonzero(panel.place == 0)
    table = panel.table.with_rows(panel.table.rows.iloc[first])
    clock = [panel.clock.column] if panel.clock.column is not None else []
    model = Sequential(**settings.options(settings.first_leaf, table.schema.names))
    if clock and panel.clock.marks is not None and table.schema[clock[0]].numeric:
        model.spikes = _as_they_are(table.rows[clock[0]], clock[0])
    computed = Plan.of(model, table).derived
    model.visit = [n for n in (*panel.constant, *clock) if n not in computed]
    return model.fit(table, rng=rng)


def _as_they_are(values: pd.Series, name: str) -> dict[str, tuple[float, ...]]:
    """Return the values of a column as states: waves and gaps between them are never smoothed."""
    return {name: tuple(float(v) for v in values.dropna().unique())}


def _start(panel: Panel, rows: pd.DataFrame) -> np.ndarray:
    if panel.clock.column is None:
        return np.zeros(len(rows))
    return panel.clock.place(rows[panel.clock.column])


def _clocked(
    rows: pd.DataFrame, number: int | np.ndarray, gaps: np.ndarray, at: np.ndarray
) -> pd.DataFrame:
    return rows.reset_index(drop=True).assign(**{ROW: number, GAP: gaps, AT: at})


def _histories(panel: Panel) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return the rows with number and gap, and what was known before each that is not a first."""
    size = int(panel.units.max()) + 1
    gaps = np.append(np.nan, np.diff(panel.times))
    gaps[panel.place == 0] = np.nan
    rows = panel.table.rows.assign(**{ROW: panel.place + 1.0, GAP: gaps})
    history = History(panel.table, panel.moving, size, rising=panel.rising)
    frames = []
    for k in range(panel.longest):
        here = np.flatnonzero(panel.place == k)
        if k:
            frames.append(pd.DataFrame(history.known(panel.units[here]), index=here))
        history.add(panel.units[here], panel.table.rows.iloc[here])
    return rows, pd.concat(frames).sort_index().reset_index(drop=True) if frames else None


def _numbers(*names: str) -> tuple[Variable, ...]:
    return tuple(Variable(n, Kind.NUMBER) for n in names)


def _comes(panel: Panel, rows: pd.DataFrame) -> tuple[pd.DataFrame, Schema]:
    """Return the table from which the gap to the next row is learnt; missing where none comes."""
    coming = np.append(rows[GAP].to_numpy()[1:], np.nan)
    table = rows.assign(**{AT: panel.times, NEXT: coming})
    rules = [Rule("time goes on", f"col({NEXT!r}) >= {panel.clock.least!r}")]
    if np.isfinite(panel.clock.last):
        rules.append(Rule("panel ends", f"col({AT!r}) + col({NEXT!r}) <= {panel.clock.last!r}"))
    variables = (*panel.table.schema.variables, *_numbers(ROW, GAP, AT, NEXT))
    return table, Schema(variables, tuple(rules))


def _step_schema(panel: Panel, settings: Settings) -> Schema:
    """Return the schema of rows with what is known before them, and all that must hold."""
    schema = panel.table.schema
    history = History(panel.table, panel.moving, 0, rising=panel.rising)
    variables: list[Variable] = []
    for v in schema.variables:
        if v.name in panel.rising:
            variables.append(Variable(change(v.name), v.kind))
        variables.append(v)
    rules, zeros = list(schema.rules), list(schema.structural_zeros)
    if not settings.keep_rules:
        rules, zeros = [], []
        schema = Schema(schema.variables)
    more_rules, more_zeros = by_change(schema, panel.rising)
    return Schema(
        (*variables, *_numbers(ROW, GAP), *history.described()),
        (*rules, *more_rules),
        (*zeros, *more_zeros, *final(panel.absorbing)),
    )

"""A panel drawn wave after wave, each with trees of its own that see every wave before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.methods._given import Given
from guide_helpers.methods._panel_rules import final, never_falls
from guide_helpers.methods._panel_walk import Settings
from guide_helpers.methods._sequential import Sequential
from guide_helpers.methods._unit_history import History, plain
from guide_helpers.methods._waves import Panel
from guide_helpers.schema import (
    Dataset,
    Kind,
    Provenance,
    Rule,
    Schema,
    StructuralZero,
    Variable,
)

MOST_COLUMNS = 160
"""More columns than this, waves times variables, are no table that trees can be grown on."""
NO, YES = "no", "yes"
SPARE = 50
"""One unit in so many is drawn besides."""


@dataclass(frozen=True)
class Wide:
    """The constants and the pattern of presence of units, then a model for each wave."""

    panel: Panel
    waves: tuple[float, ...]
    pattern: Sequential
    steps: tuple[Given | None, ...]
    statements: tuple[Rule | StructuralZero, ...]

    @classmethod
    def learn(cls, panel: Panel, settings: Settings, rng: np.random.Generator) -> Self:
        """Learn the pattern and the waves; a panel that has no few waves is refused."""
        waves = _waves(panel)
        there = _there(panel, waves)
        leaf = settings.first_leaf
        pattern = Sequential(**settings.options(leaf, panel.constant) | {"keep_rules": True}).fit(
            _pattern_table(panel, there), rng=rng
        )
        rules, zeros = _statements(panel, settings)
        options = settings.options(leaf, panel.moving) | {"keep_rules": True}
        memory = Memory(panel, len(there))
        steps: list[Given | None] = []
        for w, wave in enumerate(waves):
            here = np.flatnonzero(panel.times == wave)
            units, rows = panel.units[here], panel.table.rows.iloc[here].reset_index(drop=True)
            if panel.moving:
                known, described = memory.known(units, there, w)
                table = pd.concat([rows, known], axis=1)
                variables = (*panel.table.schema.variables, *described)
                data = Dataset.of(table, Schema(variables, rules, zeros))
                steps.append(Given.learn(data, list(panel.moving), rng=rng, **options))
            else:
                steps.append(None)
            memory.add(units, rows, w)
        return cls(panel, waves, pattern, tuple(steps), (*rules, *zeros))

    def draw(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, pd.DataFrame]:
        """Return the units of the rows, and the rows in their order.

        A row of which no value keeps the rules is left out. Some units more than asked are drawn,
        so that those that are left without a row can be passed over.
        """
        panel, more = self.panel, n + n // SPARE + 10
        unit = self.pattern.sample(more, rng=rng).rows
        there = np.column_stack([unit[_name(w)] == YES for w in range(len(self.waves))])
        memory, found = Memory(panel, more), []
        for w, step in enumerate(self.steps):
            units = np.flatnonzero(there[:, w])
            if not len(units):
                continue
            rows = self._given(unit.iloc[units], w)
            if step is not None:
                known, _ = memory.known(units, there, w)
                known = pd.concat([rows, known], axis=1)
                rows = pd.concat([known, step.draw(known, rng)], axis=1)
            kept = np.flatnonzero(~self._broken(rows))
            there[np.delete(units, kept), w] = False
            rows = rows[list(panel.table.schema.names)].iloc[kept].reset_index(drop=True)
            memory.add(units[kept], rows, w)
            found.append((units[kept], rows))
        whole = np.concatenate([u for u, _ in found])
        chosen = np.flatnonzero(there.any(axis=1))[:n]
        if len(chosen) < n:
            raise GuideError(
                f"rules cannot be kept in {more - len(chosen)} of {more} units; take "
                "strategy='sequential', or leave a rule out of the schema"
            )
        number = np.full(more, -1)
        number[chosen] = np.arange(n)
        order = np.argsort(number[whole], kind="stable")
        order = order[number[whole][order] >= 0]
        rows = pd.concat([r for _, r in found], ignore_index=True)
        return number[whole][order], rows.iloc[order]

    def _given(self, unit: pd.DataFrame, wave: int) -> pd.DataFrame:
        """Return what is known of the rows of a wave before any of it is drawn."""
        clock = self.panel.clock
        rows = unit[list(self.panel.constant)].reset_index(drop=True)
        if clock.column is not None:
            now = np.full(len(unit), self.waves[wave])
            rows[clock.column] = clock.values(now, self.panel.table.rows[clock.column])
        return rows

    def _broken(self, rows: pd.DataFrame) -> np.ndarray:
        broken = np.zeros(len(rows), dtype=bool)
        for statement in self.statements:
            broken |= statement.violations(rows)
        return broken


class Memory:
    """All waves of units so far: a column for each variable and wave, and the last known values."""

    def __init__(self, panel: Panel, units: int) -> None:
        self.panel = panel
        self.units = units
        self.history = History(panel.table, panel.moving, units, rising=panel.rising)
        self.values: dict[str, pd.Series] = {}
        self.described: list[Variable] = []

    def known(
        self, units: np.ndarray, there: np.ndarray, wave: int
    ) -> tuple[pd.DataFrame, tuple[Variable, ...]]:
        """Return what is known of some units in a wave, and its variables."""
        found: dict[str, object] = dict(self.history.known(units))
        found |= {name: s.array.take(units) for name, s in self.values.items()}
        found[" rows before"] = there[units, :wave].sum(axis=1).astype(float)
        found[" rows to come"] = there[units, wave + 1 :].sum(axis=1).astype(float)
        counts = (Variable(" rows before", Kind.NUMBER), Variable(" rows to come", Kind.NUMBER))
        return pd.DataFrame(found), (*self.history.described(), *self.described, *counts)

    def add(self, units: np.ndarray, rows: pd.DataFrame, wave: int) -> None:
        """Take the rows of a wave."""
        self.history.add(units, rows)
        for name in self.panel.moving:
            column = self.panel.table.rows[name].iloc[:0].reindex(range(self.units))
            column.iloc[units] = rows[name].array
            label = f" {wave} {name}"
            self.values[label] = column
            self.described.append(plain(self.panel.table.schema[name], label))


def _waves(panel: Panel) -> tuple[float, ...]:
    clock = panel.clock
    if clock.column is not None and clock.marks is None:
        raise GuideError(
            "strategy='wide' needs waves, and the times are too many for that; take "
            "strategy='sequential'"
        )
    if clock.column is not None and clock.least == 0:
        raise GuideError(
            "strategy='wide' needs at most one row of a unit in a wave, and some have more; take "
            "strategy='sequential'"
        )
    waves = tuple(float(w) for w in np.unique(panel.times))
    columns = len(waves) * len(panel.moving)
    if columns > MOST_COLUMNS:
        raise GuideError(
            f"strategy='wide' would need {columns} columns, {len(waves)} waves of "
            f"{len(panel.moving)} variables, more than {MOST_COLUMNS}; keep fewer with keep(...), "
            "or take strategy='sequential'"
        )
    return waves


def _there(panel: Panel, waves: tuple[float, ...]) -> np.ndarray:
    """Return, unit by unit, in which waves it is there."""
    found = np.zeros((int(panel.units.max()) + 1, len(waves)), dtype=bool)
    found[panel.units, np.searchsorted(waves, panel.times)] = True
    return found


def _name(wave: int) -> str:
    return f" there {wave}"


def _pattern_table(panel: Panel, there: np.ndarray) -> Dataset:
    """Return one row a unit: what is constant, and whether the unit is there in each wave."""
    first = panel.table.rows.iloc[np.flatnonzero(panel.place == 0)].reset_index(drop=True)
    flags = {_name(w): np.where(there[:, w], YES, NO) for w in range(there.shape[1])}
    levels = (NO, YES)
    variables = [
        Variable(n, Kind.CATEGORICAL, levels=levels, levels_from=Provenance.PUBLIC) for n in flags
    ]
    never = " and ".join(f"col({n!r}) == {NO!r}" for n in flags)
    kept = panel.table.schema.keep(panel.constant)
    zeros = (*kept.structural_zeros, StructuralZero("never there", never))
    schema = Schema((*kept.variables, *variables), kept.rules, zeros)
    return Dataset.of(first[list(panel.constant)].assign(**flags), schema)


def _statements(
    panel: Panel, settings: Settings
) -> tuple[tuple[Rule, ...], tuple[StructuralZero, ...]]:
    """Return what must hold in the rows of a wave, given those before."""
    schema = panel.table.schema
    rules, zeros = (schema.rules, schema.structural_zeros) if settings.keep_rules else ((), ())
    return (*rules, *never_falls(panel.rising)), (*zeros, *final(panel.absorbing))

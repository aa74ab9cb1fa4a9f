"""What is known of each unit from its rows so far: its last values, and what is usual for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.schema import Dataset, Kind, Role, Variable

MOST_LEVELS = 60
"""Of columns with more levels the usual one is not kept."""


def before(name: str) -> str:
    """Return the name of the last known value of a column."""
    return f" before {name}"


def earlier(name: str) -> str:
    """Return the name of the value before the last known one."""
    return f" earlier {name}"


def usual(name: str) -> str:
    """Return the name of the mean so far, or of the level seen most often."""
    return f" usual {name}"


class History:
    """The last known values of units, and, since one row says little of a unit, what is usual.

    That is the mean so far of a quantity and of two levels, the most frequent of more levels, the
    later one where two were seen as often. Of levels the one before the last is kept as well.
    """

    def __init__(
        self, table: Dataset, moving: tuple[str, ...], units: int, *, rising: tuple[str, ...]
    ) -> None:
        self.variables = {n: table.schema[n] for n in moving}
        self.last = {n: table.rows[n].iloc[:0].reindex(range(units)) for n in moving}
        self.earlier = {n: self.last[n].copy() for n, v in self.variables.items() if v.discrete}
        sizes = {n: len(s.cat.categories) for n, s in self.earlier.items()}
        self.counts = {n: np.zeros((units, k)) for n, k in sizes.items() if 2 < k <= MOST_LEVELS}
        pairs = [n for n, k in sizes.items() if k == 2]
        plain = [n for n, v in self.variables.items() if v.numeric and n not in rising]
        self.sums = {n: np.zeros((units, 2)) for n in (*plain, *pairs)}

    def described(self) -> tuple[Variable, ...]:
        """Return the variables of what is known."""
        found = [plain(v, before(n)) for n, v in self.variables.items()]
        found += [plain(self.variables[n], earlier(n)) for n in self.earlier]
        found += [plain(self.variables[n], usual(n)) for n in self.counts]
        found += [Variable(usual(n), Kind.NUMBER) for n in self.sums]
        return tuple(found)

    def known(self, units: np.ndarray) -> dict[str, Any]:
        """Return what is known of some units, a column each."""
        found: dict[str, Any] = {before(n): s.array.take(units) for n, s in self.last.items()}
        found |= {earlier(n): s.array.take(units) for n, s in self.earlier.items()}
        for name, counts in self.counts.items():
            here = counts[units]
            codes = np.where(here.any(axis=1), here.argmax(axis=1), -1)
            dtype: Any = self.last[name].dtype
            found[usual(name)] = pd.Categorical.from_codes(codes, dtype=dtype)
        for name, sums in self.sums.items():
            total, times = sums[units].T
            found[usual(name)] = np.where(times > 0, total / np.maximum(times, 1), np.nan)
        return found

    def add(self, units: np.ndarray, rows: pd.DataFrame) -> None:
        """Take the next row of some units."""
        for name, last in self.last.items():
            there = rows[name].notna().to_numpy()
            who = units[there]
            if name in self.earlier:
                self.earlier[name].iloc[who] = last.array.take(who)
            if len(who):
                last.iloc[who] = rows[name].array[there]
        for name, counts in self.counts.items():
            codes = rows[name].cat.codes.to_numpy()
            there = codes >= 0
            # a trifle more for what was seen last decides between levels seen as often
            counts[units[there]] = np.floor(counts[units[there]])
            counts[units[there], codes[there]] += 1.5
        for name, sums in self.sums.items():
            values = self._numbers(name, rows[name])
            there = ~np.isnan(values)
            sums[units[there]] += np.column_stack([values[there], np.ones(int(there.sum()))])

    def _numbers(self, name: str, values: pd.Series) -> np.ndarray:
        """Return a column as numbers without special codes; of two levels the second is 1."""
        if self.variables[name].discrete:
            codes = values.cat.codes.to_numpy(dtype=float)
            return np.where(codes < 0, np.nan, codes)
        numbers = values.to_numpy(dtype=float)
        return np.where(np.isin(numbers, list(self.variables[name].special)), np.nan, numbers)


def plain(variable: Variable, name: str) -> Variable:
    """Return a variable under another name and without a role."""
    return Variable(
        name,
        variable.kind,
        Role.OTHER,
        levels=variable.levels,
        levels_from=variable.levels_from,
        special=variable.special,
    )

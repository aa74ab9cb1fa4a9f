"""Records that are changed, one variable at a time, wherever a score says that they come nearer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from guide_helpers.schema import Dataset, Kind, Variable

Ask = Callable[[pd.DataFrame], np.ndarray]
EXACT = 1e-9
MOST_DIGITS = 6


@dataclass
class Climber:
    """Records on their way to an original one, and how far each still is (sum over variables).

    `shown` is the file that the attacker has: its levels and ranges are what he tries. `ask` gives
    the mean distance of each record to the nearest original one; `left` questions may be asked.
    """

    shown: Dataset
    names: tuple[str, ...]
    ask: Ask
    left: int
    records: pd.DataFrame = field(init=False)
    far: np.ndarray = field(init=False)

    @property
    def price(self) -> int:
        """How many questions a record may cost on its way."""
        variables = [self.shown.schema[name] for name in self.names]
        states = sum(len(_states(v, self.shown.rows[v.name])) for v in variables)
        return 1 + states + 4 * sum(not v.discrete for v in variables)

    def climb(self, records: pd.DataFrame, sweeps: int) -> None:
        """Change the records for the nearer, until nothing helps or no question is left."""
        self.records = records.reset_index(drop=True)
        for name in self.names:
            if self.shown.schema[name].numeric:
                self.records[name] = self.records[name].astype(float)
        self.far = self._asked(self.records)
        for _ in range(sweeps):
            before = self.far.copy()
            for name in self.names:
                self._states(self.shown.schema[name])
                if not self.shown.schema[name].discrete:
                    self._quantity(self.shown.schema[name])
            if (self.far == before).all():
                return

    def _states(self, v: Variable) -> None:
        """Try each level, or missing and each special code, and keep the one that helps most."""
        column, states = self.records[v.name], _states(v, self.shown.rows[v.name])
        rows = np.flatnonzero(self.far > EXACT)
        if states:
            each = pd.Series(states, dtype=object).astype(column.dtype)
            which = np.tile(np.arange(len(states)), len(rows))
            self._try(v.name, np.repeat(rows, len(states)), each.iloc[which].reset_index(drop=True))

    def _quantity(self, v: Variable) -> None:
        """Look up and down: two answers say how far the nearest record's value is.

        Where the variable's own part of the distance is a, a step s up takes it to |s - a| if the
        value lies above, so that a is half of the old distance plus s less the new one.
        """
        scale = Scale.of(v, self.shown.rows[v.name])
        for sign in (1, -1):
            here = numbers(self.records[v.name])
            plain = ~np.isnan(here) & ~np.isin(here, list(v.special))
            rows = np.flatnonzero((self.far > EXACT) & plain)
            step = sign * np.minimum(self.far[rows], 1.0) * scale.span
            probe = scale.values(here[rows] + step)
            reached = self._distances(v.name, rows, probe)
            if reached is None:
                return
            moved = np.abs(numbers(probe) - here[rows]) / scale.span
            part = (self.far[rows] + moved - reached) / 2
            some = part > EXACT
            found = here[rows] + sign * np.minimum(part, 1.0) * scale.span
            self._try(v.name, rows[some], scale.values(found[some]))

    def _try(self, name: str, rows: np.ndarray, values: pd.Series) -> None:
        """Keep the values that bring a record nearer; of several for one record, the best."""
        reached = self._distances(name, rows, values)
        if reached is None:
            return
        order = np.argsort(reached, kind="stable")
        best = order[np.unique(rows[order], return_index=True)[1]]
        better = best[reached[best] < self.far[rows[best]] - EXACT]
        self.far[rows[better]] = reached[better]
        self.records.loc[rows[better], name] = values.iloc[better].array

    def _distances(self, name: str, rows: np.ndarray, values: pd.Series) -> np.ndarray | None:
        """Return the distances with other values; None where not enough questions are left."""
        if not 0 < len(rows) <= self.left:
            return None
        return self._asked(self.records.iloc[rows].assign(**{name: values.array}))

    def _asked(self, records: pd.DataFrame) -> np.ndarray:
        self.left -= len(records)
        return self.ask(records) * len(self.names)


@dataclass(frozen=True)
class Scale:
    """A number or date as the attacker sees it in the file: its range, and how exact it is."""

    span: float
    digits: int | None
    date: bool

    @classmethod
    def of(cls, v: Variable, shown: pd.Series) -> Scale:
        """Return the scale of a column."""
        plain = _ordinary(v, shown)
        span = float(np.ptp(plain)) if len(plain) else 0.0
        exact = [d for d in range(MOST_DIGITS + 1) if (np.round(plain, d) == plain).all()]
        return cls(span or 1.0, exact[0] if exact else None, v.kind is Kind.DATETIME)

    def values(self, quantities: np.ndarray) -> pd.Series:
        """Return quantities as values, as exact as those of the file."""
        rounded = quantities if self.digits is None else np.round(quantities, self.digits)
        return pd.Series(pd.to_datetime(rounded, unit="s") if self.date else rounded)


def numbers(values: pd.Series) -> np.ndarray:
    """Return values as numbers; dates in seconds."""
    if pd.api.types.is_datetime64_any_dtype(values):
        seconds = pd.DatetimeIndex(values).as_unit("s").asi8.astype(float)
        return np.where(values.isna().to_numpy(), np.nan, seconds)
    return values.to_numpy(dtype=float)


def _states(v: Variable, shown: pd.Series) -> list[object]:
    """Return the levels that the file shows; of a quantity what it can be instead, and a middle."""
    gaps: list[object] = [np.nan] if shown.isna().any() else []
    if v.discrete:
        return [*shown.dropna().unique(), *gaps]
    plain = _ordinary(v, shown)
    seen: list[object] = [s for s in v.special if (numbers(shown) == s).any()]
    middle: list[object] = []
    if len(plain) and (seen or gaps):
        middle = list(Scale.of(v, shown).values(np.array([np.median(plain)])))
    return [*middle, *seen, *gaps]


def _ordinary(v: Variable, shown: pd.Series) -> np.ndarray:
    seen = numbers(shown)
    found: np.ndarray = seen[~np.isnan(seen) & ~np.isin(seen, list(v.special))]
    return found

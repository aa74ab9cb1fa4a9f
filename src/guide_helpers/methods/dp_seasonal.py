"""A seasonal model of sensors under differential privacy for the whole sensor."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, card, conditional, fit
from guide_helpers.errors import GuideError
from guide_helpers.methods import _dp_series as series
from guide_helpers.methods._between import Between, between
from guide_helpers.methods._cells import Cells
from guide_helpers.methods._consistency import onto_total
from guide_helpers.methods._counting import bounded_rows, draw, file_of
from guide_helpers.methods._private import CAUTION, PrivateTables
from guide_helpers.schema import Dataset, Kind

PRICES = {"number": 1.0, "gaps": 1.0, "level": 2.0, "curves": 4.0, "spread": 1.0, "memory": 1.0}
"""Parts of the budget; each table of a column of levels, or of what a unit has once, has 1."""
MISSING = 3.0
"""Missing values are drawn where they stand out by so many standard deviations of the noise."""
MOST_PLACES = 1_000_000
MOST_VALUES = 50_000_000


@card(
    MethodCard(
        title="Private seasonal model",
        summary=(
            "Adds noise to a few bounded sums over whole sensors (levels, curves of the day, "
            "size and memory of residuals, gaps) and draws new sensors from them."
        ),
        family="time series",
        made_for="series of sensors",
        origin=("dwork2006",),
        inputs="readings of sensors at times that are counted in whole steps, within public bounds",
        sources=("dwork2006", "ghosh2012", "canonne2020", "bun2016", "hyndman2021"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "the guarantee covers all readings of a sensor; useful with hundreds of sensors, "
                "or a budget that few offices would call small"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "one mean day and one memory for all; what sensors share besides is gone"
            ),
            UseCase.EDUCATION: fit("safe to hand out, and shows what few units cost"),
            UseCase.TESTING_TECHNOLOGY: fit(
                "readings in order and within limits, any number of sensors"
            ),
        },
        capabilities=Capabilities(
            panel=True, missing=True, keeps_missing_rates=True, formal_privacy=True
        ),
        weaknesses=(
            "A sum over thirty sensors drowns in noise at epsilon 1: curves that noise alone could "
            "have made are drawn flat.",
            "One curve of the day for each kind of day, the same for all sensors; they differ in "
            "level only.",
            "No common movement: a sensor's residuals are its own, so totals over sensors vary "
            "too little, and a day on which all were silent is scattered over the others.",
            "The day is a sum of a few half-cosines, so sharp peaks are rounded.",
            "Times must be whole steps from a public start, and what a sensor has once must be "
            "named: looking whether it changes would be a question to the records.",
            "A sensor whose day swings more than `clip` counts with a smaller swing.",
            "Levels that change within a sensor are drawn without memory, from one reading a "
            "sensor; special codes of a quantity come back as missing.",
            "The default of one reading a sensor keeps no series: set max_rows.",
        ),
        implementation="guide_helpers, with the noise and the accountant of diffprivlib 0.6.6",
        licence="Apache-2.0; diffprivlib is MIT",
        requires=("diffprivlib",),
    )
)
@dataclass
class DpSeasonal(PrivateTables):
    """Sensors drawn from noisy sums to which each sensor adds once, and no more than a bound.

    The time is a number of steps within public bounds; `day` steps make a day, and `week` gives
    the kind of each day, from the first on: (0, 0, 0, 0, 0, 1, 1) has working days and
    weekends. `constant` names columns that a sensor has once, such as its capacity; a rule such
    as "occupancy <= capacity" then limits the readings. Each kind of day is a level and `curves`
    half-cosines, whose root mean square is at most `clip`, a share of the way between the limits.

    At most `max_rows` readings of a sensor count, chosen at random. With 1, the default, or without
    entity or time, every column is drawn from its own noisy table. Without `delta` the claim is
    pure epsilon; with it the accounting is zCDP. `n_public` says that the number of sensors is no
    secret.
    """

    constant: tuple[str, ...] = ()
    day: int = 1
    week: tuple[int, ...] = (0,)
    curves: int = 4
    clip: float = 0.25

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, value in (("day", self.day), ("curves", self.curves)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise GuideError(f"{name}={value!r} is not a whole number of at least 1")
        if isinstance(self.clip, bool) or not isinstance(self.clip, int | float):
            raise GuideError(f"clip={self.clip!r} is not a share above 0, up to 1")
        if not 0 < self.clip <= 1:
            raise GuideError(f"clip={self.clip!r} is not a share above 0, up to 1")
        if isinstance(self.constant, str):
            raise GuideError('constant takes columns: constant=("capacity",)')
        kinds = list(self.week) if isinstance(self.week, tuple | list) else []
        whole = all(isinstance(k, int) and not isinstance(k, bool) for k in kinds)
        if not kinds or not whole or set(kinds) != set(range(max(kinds) + 1)):
            raise GuideError(
                f"week={self.week!r} is no list of kinds of days from 0; (0, 0, 0, 0, 0, 1, 1) is"
            )

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Measure the noisy sums and tables; no record is kept."""
        found = {cells.variable.name: cells for cells in self._open(data, rng)}
        self._name_columns(data, found)
        rows = bounded_rows(data, self.max_rows, rng)
        self._set_prices()
        if self.calendar_ is None:
            self._count_tables(data, rows)
        else:
            self._count_series(data, rows, rng)
        self._close(data)
        if self.calendar_ is not None:
            self.privacy_ = replace(self.privacy_, contribution=self._said())
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` sensors; this is post-processing and costs nothing."""
        if self.calendar_ is not None:
            return self._series(n, rng)
        sizes = self._sizes(n, rng)
        total = int(sizes.sum())
        columns = {
            name: self.cells_[name].decode(draw(table, total, rng), rng)
            for name, table in self.tables_.items()
        }
        return file_of(self.empty_, sizes, columns)

    def _name_columns(self, data: Dataset, found: dict[str, Cells]) -> None:
        """Sort the columns by what the schema and the options say of them, never by the rows."""
        self.cells_ = found
        for name in self.constant:
            if name not in found or name == data.time:
                raise GuideError(
                    f"constant names {name!r}, which is no column to model; known: "
                    f"{', '.join(n for n in found if n != data.time)}"
                )
        time = None if data.time is None else data.schema[data.time]
        there = data.entity is not None and time is not None and time.name in found
        whole = there and time is not None and time.kind is Kind.INTEGER
        self.calendar_ = None
        if not whole or self.max_rows == 1:
            return
        assert time is not None
        assert time.bounds is not None  # suitability has asked for public bounds
        low, high = math.ceil(time.bounds[0]), math.floor(time.bounds[1])
        if high - low >= MOST_PLACES:
            raise GuideError(
                f"time {time.name!r} has more than {MOST_PLACES:,} steps within its public "
                "bounds; count it in longer steps"
            )
        self.calendar_ = series.Calendar(low, high - low + 1, self.day, tuple(self.week))
        others = [n for n in found if n not in (data.time, *self.constant)]
        self.limited_ = [
            between(data, data.schema[n], self.constant) for n in others if data.schema[n].numeric
        ]
        self.drawn_ = [n for n in others if not data.schema[n].numeric]

    def _set_prices(self) -> None:
        """Share the budget out."""
        if self.calendar_ is None:
            wanted = {"number": 1.0} if self._sized else {}
            wanted |= {f"table of {name}": 1.0 for name in self.cells_}
        else:
            wanted = {} if self.n_public else {"number": PRICES["number"]}
            wanted["gaps"] = PRICES["gaps"]
            wanted |= {f"table of {name}": 1.0 for name in (*self.constant, *self.drawn_)}
            for one in self.limited_:
                parts = ("level", "curves", "spread", "memory")
                wanted |= {f"{part} of {one.name}": PRICES[part] for part in parts}
        whole = self._till.budget * CAUTION / sum(wanted.values())
        self._prices = {name: part * whole for name, part in wanted.items()}

    def _count_tables(self, data: Dataset, rows: pd.DataFrame) -> None:
        """Measure each column by itself, row by row."""
        counts = self._units(data, self._prices["number"] if self._sized else 0)
        self.units_by_rows_ = np.maximum(counts, 0)
        size = data.n_units if self.n_public else int(self.units_by_rows_.sum())
        self.default_size_ = max(1, size)
        self.tables_ = {n: self._table(n, rows[n], self.max_rows) for n in self.cells_}

    def _table(self, name: str, values: pd.Series, most: int) -> np.ndarray:
        """Return noisy counts without negative ones, or a missing part that noise can explain."""
        cells, price = self.cells_[name], self._prices[f"table of {name}"]
        counts = np.bincount(cells.encode(values), minlength=cells.count)
        found = self._till.measure(name, counts, price=price, sensitivity=most)
        found = np.maximum(found, 0)
        if found[-1] <= self._till.exceeded_by_noise(price, most):
            found[-1] = 0
        return np.asarray(found)

    def _count_series(self, data: Dataset, rows: pd.DataFrame, rng: np.random.Generator) -> None:
        """Measure what each sensor adds once: its tables, its gaps, its levels and curves."""
        assert self.calendar_ is not None
        readings = self._on_the_grid(data, rows)
        unit, place = readings["unit"].to_numpy(), readings["place"].to_numpy()
        n = int(unit.max()) + 1 if len(unit) else 0
        added = np.ones((n, 1))
        counted = data.n_units if self.n_public else self._sums("number", added, 1.0, 1.0)[0]
        self.units_ = max(1.0, float(counted))
        self.default_size_ = round(self.units_)
        gone = series.absences(unit, place, n, self.calendar_.places)
        missing, begins = self._sums("gaps", gone, 1.0, 1.0) / self.units_
        self.gaps_ = (float(missing), float(begins))
        first = readings.drop_duplicates("unit")
        lot = rng.spawn(1)[0].random(len(readings))
        some = readings.iloc[np.lexsort((lot, unit))].drop_duplicates("unit")
        self.tables_ = {name: self._table(name, first[name], 1) for name in self.constant}
        self.tables_ |= {name: self._table(name, some[name], 1) for name in self.drawn_}
        once = {c: first[c].take(unit).array for c in self.constant}
        limits = readings.assign(**once)
        self.models_ = {one.name: self._model(one, data, limits) for one in self.limited_}

    def _on_the_grid(self, data: Dataset, rows: pd.DataFrame) -> pd.DataFrame:
        """Return readings by sensor and place; of several at one place the first stays."""
        assert self.calendar_ is not None
        time = rows[data.time].to_numpy(dtype=float, na_value=-np.inf)
        inside = (time >= self.calendar_.low) & (time < self.calendar_.low + self.calendar_.places)
        kept = rows[inside]
        place = time[inside].astype(np.int64) - self.calendar_.low
        marked = kept.assign(unit=pd.factorize(kept[data.entity])[0], place=place)
        return marked.sort_values(["unit", "place"], kind="stable").drop_duplicates(
            ["unit", "place"], ignore_index=True
        )

    def _model(self, one: Between, data: Dataset, readings: pd.DataFrame) -> dict[str, Any]:
        """Measure levels, curves, residuals and missing values of one quantity."""
        assert self.calendar_ is not None
        values = readings[one.name].to_numpy(dtype=float, na_value=np.nan)
        known = ~np.isnan(values) & ~np.isin(values, list(data.schema[one.name].special))
        share = one.share(values[known], self._limits(one, data, readings[known]))
        unit, place = readings["unit"].to_numpy(), readings["place"].to_numpy()
        has, dense = np.unique(unit[known], return_inverse=True)
        found = series.Shapes.of(dense, place[known], share, self.calendar_, self.curves)
        radius, what = self.clip * self.calendar_.kinds**0.5, f"of {one.name}"
        curves = series.within(found.curves, radius)
        widest = radius * curves.shape[1] ** 0.5
        mean = self._sums(f"curves {what}", curves, widest, radius) / self.units_
        noise = self._noise(f"curves {what}", widest, radius) / self.units_**2
        spread = np.minimum(found.spread, self.clip)[:, None]
        votes = self._votes(unit, known, has, found.level)
        levels = self._sums(f"level {what}", votes, 1.0, 1.0)
        return {
            "level": onto_total(levels[None, :-1], np.array([max(1.0, levels[:-1].sum())]))[0],
            "missing": self._share_missing(f"level {what}", levels),
            "curves": series.towards_none(mean, noise).reshape(self.calendar_.kinds, -1),
            "spread": self._mean(f"spread {what}", spread, self.clip, 0.0, self.clip),
            "memory": self._mean(f"memory {what}", found.memory[:, None], 1.0, 0.0, 1.0),
        }

    def _votes(
        self, unit: np.ndarray, known: np.ndarray, has: np.ndarray, level: np.ndarray
    ) -> np.ndarray:
        """Return the vote of each sensor: its level, and in the last column what it lacks."""
        n = int(unit.max()) + 1 if len(unit) else 0
        votes = np.zeros((n, self.bins + 1))
        rate = np.bincount(unit, ~known, minlength=n) / np.maximum(
            np.bincount(unit, minlength=n), 1
        )
        bins = np.minimum((level * self.bins).astype(np.int64), self.bins - 1)
        votes[has, bins] = 1 - rate[has]
        votes[:, -1] = rate
        return votes

    def _share_missing(self, what: str, levels: np.ndarray) -> float:
        """Return the share of missing values, 0 where noise alone can explain it."""
        if levels[-1] <= MISSING * self._noise(what, 1.0, 1.0) ** 0.5:
            return 0.0
        return float(np.clip(levels[-1] / max(1.0, levels.sum()), 0.0, 1.0))

    def _sums(self, what: str, added: np.ndarray, widest: float, radius: float) -> np.ndarray:
        """Return noisy sums of what sensors add, of which absolute values add up to `widest`.

        `radius` bounds the root of the sum of squares, which is what Gaussian noise needs.
        """
        found = self._till.measure(
            what,
            series.whole_steps(added),
            price=self._prices[what],
            sensitivity=self._step(widest, radius),
        )
        return np.asarray(found / series.SCALE)

    def _mean(self, what: str, added: np.ndarray, most: float, low: float, high: float) -> float:
        """Return the noisy mean of one number of each sensor, moved into its range."""
        return float(np.clip(self._sums(what, added, most, most)[0] / self.units_, low, high))

    def _noise(self, what: str, widest: float, radius: float) -> float:
        """Return the variance of the noise in one sum."""
        variance = self._till.variance(self._prices[what], self._step(widest, radius))
        return float(variance / series.SCALE**2)

    def _step(self, widest: float, radius: float) -> int:
        bound = radius if self._till.ledger.concentrated else widest
        return math.ceil(series.SCALE * bound)

    def _limits(self, one: Between, data: Dataset, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the columns that limit a quantity, public bounds where they are missing."""
        found = {}
        for limit, end in ((one.low, 0), (one.top, 1)):
            if isinstance(limit, str):
                bounds = data.schema[limit].bounds
                assert bounds is not None  # suitability has asked for public bounds
                values = rows[limit].to_numpy(dtype=float, na_value=np.nan)
                found[limit] = np.where(np.isnan(values), bounds[end], values)
        return pd.DataFrame(found, index=rows.index)

    def _said(self) -> str:
        assert self.calendar_ is not None
        return (
            f"a sensor adds once to each table and sum, within stated bounds; of its readings "
            f"count: at most {self.max_rows}, chosen at random, and one at each of "
            f"{self.calendar_.places:,} public times"
        )

    def _series(self, n: int, rng: np.random.Generator) -> Dataset:
        """Draw sensors with their readings in order."""
        assert self.calendar_ is not None
        places = self.calendar_.places
        if n * places > MOST_VALUES:
            raise GuideError(
                f"n={n:,} sensors at {places:,} times are too many at once; draw fewer, in turn"
            )
        there = series.presence(*self.gaps_, n, places, rng)
        unit, place = np.nonzero(there)
        once = {c: self.cells_[c].decode(draw(self.tables_[c], n, rng), rng) for c in self.constant}
        columns: dict[str, Any] = {c: pd.Series(v).take(unit).array for c, v in once.items()}
        for name in self.drawn_:
            cells = draw(self.tables_[name], len(unit), rng)
            columns[name] = self.cells_[name].decode(cells, rng)
        limits = pd.DataFrame({c: columns[c] for c in self.constant}, index=range(len(unit)))
        for one in self.limited_:
            columns[one.name] = self._values(one, limits, n, unit, place, rng)
        assert self.empty_.time is not None
        columns[self.empty_.time] = self.calendar_.low + place
        return file_of(self.empty_, np.bincount(unit, minlength=n), columns)

    def _values(
        self,
        one: Between,
        limits: pd.DataFrame,
        n: int,
        unit: np.ndarray,
        place: np.ndarray,
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Return a quantity at the times of its sensors: level, curve of the day and residual."""
        assert self.calendar_ is not None
        model = self.models_[one.name]
        level = (draw(model["level"], n, rng) + rng.random(n)) / self.bins
        curve = (model["curves"] @ self.calendar_.curves(self.curves).T).ravel()
        left = series.remembering(model["memory"], n, self.calendar_.places, rng)[unit, place]
        share = level[unit] + curve[self.calendar_.cells(place)] + model["spread"] * left
        values = one.value(np.clip(share, 0.0, 1.0), self._limits(one, self.empty_, limits))
        bounds = self.empty_.schema[one.name].bounds
        values = values if bounds is None else np.clip(values, *bounds)
        return np.where(rng.random(len(values)) < model["missing"], np.nan, values)

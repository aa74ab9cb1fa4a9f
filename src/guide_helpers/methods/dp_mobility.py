"""Trips and trajectories under differential privacy for the person or device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, card, conditional, fit
from guide_helpers.errors import GuideError
from guide_helpers.methods._cells import Cells
from guide_helpers.methods._counting import MAX_CELLS, bounded_rows, draw, file_of
from guide_helpers.methods._mobile_anchors import (
    BY_DAY,
    HOME,
    NEW,
    SAME,
    STATES,
    Clock,
    anchors,
    apart,
    place_of,
    states,
    walk,
)
from guide_helpers.methods._mobile_noise import at_distance, odds_of, towards_mean, ways_from
from guide_helpers.methods._mobile_town import drawn_from
from guide_helpers.methods._mobile_units import distinct
from guide_helpers.methods._private import CAUTION, PrivateTables
from guide_helpers.schema import Dataset, Kind

MOST_TIMES = 1_000
"""A time in whole numbers is counted one by one up to so many, and in bins beyond."""
NEARER = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2)
"""Edges of the classes of distance: shares of the pairs of places on the public map."""
CLASSES = len(NEARER) + 1
CLEAR = 3.0
"""Flows that stand out by so many standard deviations of the noise are kept as counted."""
SHARES = {"number": 1.0, "home": 2.0, "day place": 2.0, "ways": 3.0}
"""Parts of the budget of the tables that count a unit once; each other table has 2."""


@card(
    MethodCard(
        title="Private mobility: usual places, flows between them, and days around them",
        summary=(
            "Counts, with noise for the whole device, its home and day place, its states by the "
            "hour (home, day place, elsewhere) and how far elsewhere is, and draws new devices "
            "that move about in that way."
        ),
        family="mobility",
        made_for="moves of devices",
        origin=("machanavajjhala2008", "he2015"),
        inputs="rows of places and times of persons or devices, and a public list of places",
        sources=("machanavajjhala2008", "he2015", "gursoy2018", "wang2022privtrace", "du2023"),
        status=Status.IN_USE,
        used_by=(
            "the United States Census Bureau's OnTheMap draws the home blocks of commuters from "
            "a model with a variant of the guarantee {cite:p}`machanavajjhala2008`"
        ),
        suits={
            UseCase.PUBLIC_RELEASE: fit(
                "the guarantee covers all rows of a person or device; say the places, the time "
                "step, the bound on rows and what it cut off"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "flows between home and day place and curves of the day are good, chains of "
                "several stops are not"
            ),
            UseCase.EDUCATION: fit("safe to hand out, and a lesson in what a privacy unit is"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "where a mechanistic model without any records will not do"
            ),
        },
        capabilities=Capabilities(
            panel=True, missing=True, keeps_missing_rates=True, formal_privacy=True
        ),
        weaknesses=(
            "Noise is in proportion to max_rows, the bound on the rows of a device; rows beyond "
            "it are left out, so busy devices become like others. The default of 1 keeps no "
            "movement at all.",
            "The guarantee is the unit's: the two devices of one person are hidden together only "
            "at twice the epsilon.",
            "Every synthetic device has two usual places; all others are drawn anew, so the third "
            "and fourth place of a life are lost, and there are too many different ones.",
            "Events of one evening that many share (a match, a closed bridge) come through only "
            "as counts of the hour, not of the place.",
            "With few devices or many places the table of flows is mostly noise; what does not "
            "stand out of it follows the attraction of the places.",
            "Columns besides unit, time and place are drawn from their own noisy tables, "
            "independent of place and time.",
            "A Markov chain of states within blocks of hours: how long somebody has been away "
            "already is forgotten, as in the first-order models of {cite:t}`wang2022privtrace`.",
        ),
        implementation="guide_helpers, with the noise and the accountant of diffprivlib 0.6.6",
        licence="Apache-2.0; diffprivlib is MIT",
        requires=("diffprivlib",),
    )
)
@dataclass
class DpMobility(PrivateTables):
    """Devices around two usual places each, drawn from tables that were counted with noise.

    Once fitted, `flows_` has the noisy number of units by home and day place, negative ones too.

    `place` names the column of places, by default that of most levels. The time is cut into
    `blocks` of a `period`, in its own unit: 24 hours, or 168 for a week. `coordinates` gives x
    and y of each place, which are public; then distances are counted and kept. At
    most `max_rows` rows of a unit count; with 1, the default, or without units, every column is
    drawn from its own noisy table. Without `delta` the claim is pure epsilon; with it the
    accounting is zCDP. `n_public` says that the number of units is no secret.
    """

    place: str | None = None
    period: float = 24
    blocks: int = 8
    coordinates: Mapping[Any, Sequence[float]] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.blocks, bool) or not isinstance(self.blocks, int) or self.blocks < 1:
            raise GuideError(f"blocks={self.blocks!r} is not a whole number of at least 1")
        if not isinstance(self.period, int | float) or not 0 < self.period < np.inf:
            raise GuideError(f"period={self.period!r} is not a positive number of units of time")

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Measure the noisy tables; no record is kept."""
        found = {cells.variable.name: cells for cells in self._open(data, rng)}
        self._name_columns(data, found)
        rows = _in_order(data, bounded_rows(data, self.max_rows, rng))
        self._set_prices()
        counts = self._units(data, self._prices["number"]) if self._sized else None
        self.units_by_rows_ = np.maximum(self._units(data, 0) if counts is None else counts, 0)
        self.default_size_ = self._size(data)
        self.tables_ = {name: self._table(name, rows[name]) for name in self.others_}
        if self.place_ is not None:
            self._count_moves(data, rows)
            self._calm_times()
        return self._close(data)

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` units; this is post-processing and costs nothing."""
        sizes = self._sizes(n, rng)
        total = int(sizes.sum())
        columns = {
            name: self.cells_[name].decode(draw(table, total, rng), rng)
            for name, table in self.tables_.items()
            if name != self.time_ or self.place_ is None
        }
        if self.place_ is not None:
            time = self._times(sizes, rng)
            if self.time_ is not None:
                columns[self.time_] = time
            places = self._places(sizes, time, rng)
            columns[self.place_] = self.cells_[self.place_].decode(places, rng)
        return file_of(self.empty_, sizes, columns)

    def _name_columns(self, data: Dataset, found: dict[str, Cells]) -> None:
        place = place_of(data, self.place)
        moves = place is not None and data.entity is not None and self.max_rows > 1
        self.cells_, self.time_ = found, data.time if data.time in found else None
        self.place_ = place.name if place is not None and moves else None
        self.others_ = [name for name in found if name != self.place_]
        if self.place_ is None:
            return
        size = found[self.place_].count
        if size**2 > MAX_CELLS:
            raise GuideError(
                f"{size - 1:,} places have more than {MAX_CELLS:,} flows; use larger places"
            )
        if self.time_ is not None and found[self.time_].variable.kind is Kind.INTEGER:
            whole = found[self.time_].whole
            if whole <= MOST_TIMES:
                found[self.time_] = Cells(found[self.time_].variable, whole)
        self._far = None if self.coordinates is None else self._classes(found[self.place_])

    def _set_prices(self) -> None:
        """Share the budget out to the tables."""
        wanted = {"number": SHARES["number"]} if self._sized else {}
        wanted |= dict.fromkeys(self.others_, 2.0)
        if self.place_ is not None:
            wanted |= {name: SHARES[name] for name in ("home", "day place", "ways")}
            wanted |= {"states": 2.0, "elsewhere": 2.0}
            wanted |= {} if self._far is None else {"distance": 2.0}
        whole = self._till.budget * CAUTION / sum(wanted.values())
        self._prices = {name: part * whole for name, part in wanted.items()}

    def _size(self, data: Dataset) -> int:
        return max(1, data.n_units if self.n_public else int(self.units_by_rows_.sum()))

    def _ask(self, what: str, table: str, cells: np.ndarray, size: int, most: int) -> np.ndarray:
        """Return the noisy counts of cells of which a unit has `most`; negative ones stay."""
        counts = np.bincount(cells, minlength=size)
        price = self._prices[table]
        return np.asarray(self._till.measure(what, counts, price=price, sensitivity=most))

    def _table(self, name: str, values: pd.Series) -> np.ndarray:
        """Return the noisy counts of a column."""
        cells = self.cells_[name]
        return self._clear_of_missing(name, cells.encode(values), cells.count, self.max_rows)

    def _clear_of_missing(self, table: str, cells: np.ndarray, size: int, most: int) -> np.ndarray:
        """Return noisy counts without negative ones, or a missing part that noise can explain."""
        found = np.maximum(self._ask(table, table, cells, size, most), 0)
        if found[-1] <= self._till.exceeded_by_noise(self._prices[table], most):
            found[-1] = 0
        return np.asarray(found)

    def _count_moves(self, data: Dataset, rows: pd.DataFrame) -> None:
        """Measure homes, ways from home to day place, states by the hour, and elsewhere."""
        assert self.place_ is not None
        size, most = self.cells_[self.place_].count, self.max_rows
        units = pd.factorize(rows[data.entity])[0]
        places = self.cells_[self.place_].encode(rows[self.place_])
        clock, time = self._clock(rows)
        home, day = anchors(units, places, clock, time)
        before, now = states(units, places, home, day)
        block = clock.block(time)
        cell = (block * len(STATES) + before) * len(STATES) + now
        self.homes_ = self._clear_of_missing("home", home, size, 1)
        by_day = self._clear_of_missing("day place", day, size, 1)
        ways = self._ask("home x day place", "ways", home * size + day, size**2, 1)
        names = pd.Index([*(self.cells_[self.place_].variable.levels or ()), None], dtype=object)
        flows = pd.DataFrame(ways.reshape(size, size), index=names, columns=names)
        self.flows_ = flows.rename_axis(index="home", columns="day place")
        clear = CLEAR * self._till.variance(self._prices["ways"], 1) ** 0.5
        self.ways_ = ways_from(ways.reshape(size, size), self.homes_, by_day, clear)
        found = self._ask("state by hour", "states", cell, clock.blocks * len(STATES) ** 2, most)
        spread = self._till.variance(self._prices["states"], most) ** 0.5
        self.odds_ = odds_of(found.reshape(clock.blocks, len(STATES), len(STATES)), spread)
        away = now >= NEW
        found = self._ask("elsewhere", "elsewhere", places[away], size, most)
        clear = CLEAR * self._till.variance(self._prices["elsewhere"], most) ** 0.5
        mass = np.where(found > clear, found, 0).astype(float)
        rest = max(0.0, float(found.sum() - mass.sum()))
        known = (self.homes_ + by_day) * (mass == 0)
        mass += rest * known / max(1, known.sum())
        start = np.where(before == BY_DAY, day[units], home[units])
        self.attraction_ = self._gone(start[away], places[away], mass)

    def _calm_times(self) -> None:
        """Draw each time towards its hour in all periods, as far as noise alone sets it apart."""
        if self.time_ is None or not self._one_by_one(self.cells_[self.time_]):
            return
        table = self.tables_[self.time_].astype(float)
        v = self.cells_[self.time_].variable
        assert v.bounds is not None  # suitability has asked for public bounds
        hour = np.mod(v.bounds[0] + np.arange(len(table) - 1), self.period).astype(np.int64)
        noise = self._till.variance(self._prices[self.time_], self.max_rows)
        table[:-1] = towards_mean(table[:-1], hour, noise)
        self.tables_[self.time_] = table

    @staticmethod
    def _one_by_one(cells: Cells) -> bool:
        """Whether each time in whole numbers has a cell of its own."""
        whole = cells.variable.kind is Kind.INTEGER and not cells.specials
        return whole and cells.ordinary == cells.whole

    def _clock(self, rows: pd.DataFrame) -> tuple[Clock, np.ndarray]:
        """Return the blocks of time and the time of each row; one block where there is none."""
        if self.time_ is None or self.cells_[self.time_].variable.discrete:
            return Clock(1, 1), np.zeros(len(rows))
        time = rows[self.time_].to_numpy(dtype=float, na_value=np.nan)
        return Clock(self.period, self.blocks), time

    def _classes(self, cells: Cells) -> np.ndarray:
        """Return the class of distance between two places; missing is a class of its own."""
        assert self.coordinates is not None
        far = apart(cells.variable.levels or (), self.coordinates)
        pairs = far[~np.eye(len(far), dtype=bool)] if len(far) > 1 else np.zeros(1)
        edges = np.quantile(pairs, NEARER)
        found = np.full((cells.count, cells.count), CLASSES)
        found[:-1, :-1] = np.searchsorted(edges, far)
        return found

    def _gone(self, start: np.ndarray, places: np.ndarray, mass: np.ndarray) -> np.ndarray:
        """Return, for each start, the distribution function of where somebody goes besides.

        The start is the day place for who has just been there, else home.
        """
        mass = mass if mass.sum() else np.append(np.ones(len(mass) - 1), 0)
        odds = np.tile(mass, (len(mass), 1))
        np.fill_diagonal(odds, 0)
        if self._far is not None:
            counted = self._ask(
                "distance",
                "distance",
                self._far[start, places],
                CLASSES + 1,
                self.max_rows,
            )
            shares = np.maximum(counted, 0) / max(1, np.maximum(counted, 0).sum())
            odds = at_distance(odds, self._far, shares, self.homes_)
        empty = ~(odds.sum(axis=1) > 0)
        odds[empty] = mass
        levels: np.ndarray = np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)
        return levels

    def _times(self, sizes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the time of each row, in order within units; no time twice where it can be."""
        total = int(sizes.sum())
        if self.time_ is None:
            return np.zeros(total)
        cells, table = self.cells_[self.time_], self.tables_[self.time_]
        if not self._one_by_one(cells) or table[-1]:
            drawn = draw(table, total, rng)
            drawn = drawn[np.lexsort((drawn, np.repeat(np.arange(len(sizes)), sizes)))]
            return cells.decode(drawn, rng)  # type: ignore[no-any-return]
        if sizes.max(initial=0) > len(table) - 1:
            raise GuideError("more rows a unit than there are times; lower max_rows")
        found = distinct(np.maximum(table[:-1], 1e-9), sizes, rng)
        return cells.decode(found, rng)  # type: ignore[no-any-return]

    def _places(self, sizes: np.ndarray, time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the place of each row: home, day place or elsewhere, step by step."""
        unit = np.repeat(np.arange(len(sizes)), sizes)
        home = draw(self.homes_, len(sizes), rng)
        day = drawn_from(self.ways_, home, rng)
        if self.time_ is None or self.cells_[self.time_].variable.discrete:
            block = np.zeros(len(unit), dtype=np.int64)
        else:
            block = Clock(self.period, self.blocks).block(np.asarray(time, dtype=float))
        state = walk(self.odds_, block, sizes, rng)
        place = np.where(state == HOME, home[unit], np.where(state == BY_DAY, day[unit], -1))
        new = np.flatnonzero(state == NEW)
        first = np.append(True, unit[1:] != unit[:-1])
        from_day = ~first & (np.append(-1, state[:-1]) == BY_DAY)
        start = np.where(from_day, day[unit], home[unit])
        place[new] = drawn_from(self.attraction_, start[new], rng)
        source = np.maximum.accumulate(np.where(state == SAME, 0, np.arange(len(state))))
        return np.asarray(place[source])


def _in_order(data: Dataset, rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows by unit and time."""
    if data.entity is None:
        return rows
    by = [name for name in (data.entity, data.time) if name is not None]
    return rows.sort_values(by, kind="stable")

"""A simulated town: a map of zones, people with homes and places to go, and where each is when.

Own design after the published accounts of such simulators: homes, places of work and other places
drawn by a law of gravity, days by hour and weekday, and the true place of everybody at any time.

References
----------
Song, Koren, Wang and Barabási (2010), doi:10.1038/nphys1760 (few places make up most of a life)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

HOURS = 24
NOBODY = -1
WORKER, PUPIL, OTHER = 0, 1, 2
SHARES = (0.52, 0.2, 0.28)
"""Workers, pupils and students, and all others: an assumption."""
CUSTOMERS = (0.4, 0.8)
"""Least and greatest share of a zone's people who are customers of the network."""
FAVOURITES = 4
REACH = {"work": 5.0, "other": 3.0}
"""Kilometres over which the attraction of a zone falls by a factor of e."""


@dataclass(frozen=True)
class Map:
    """Square zones of `width` kilometres, `side` by `side`, and how many people they attract.

    `customers` is the share of those who live in a zone that are customers of the network.
    """

    side: int
    width: float
    homes: np.ndarray
    jobs: np.ndarray
    customers: np.ndarray

    @classmethod
    def drawn(cls, side: int, width: float, rng: np.random.Generator) -> Map:
        """Return a town with a centre and some suburbs; jobs are denser in the centre."""
        x, y = centres(side, width).T
        extent = side * width
        spots = np.vstack([[extent / 2, extent / 2], rng.uniform(0.15, 0.85, (4, 2)) * extent])
        sizes = np.array([1.0, 0.6, 0.5, 0.4, 0.3])
        squared = (x[:, None] - spots[:, 0]) ** 2 + (y[:, None] - spots[:, 1]) ** 2
        homes = 0.05 + (sizes * np.exp(-squared / (2 * (0.14 * extent) ** 2))).sum(axis=1)
        jobs = 0.02 + (sizes**2 * np.exp(-squared / (2 * (0.08 * extent) ** 2))).sum(axis=1)
        customers = rng.uniform(*CUSTOMERS, side**2)
        return cls(side, width, homes / homes.sum(), jobs / jobs.sum(), customers)

    @property
    def zones(self) -> int:
        """Number of zones."""
        return self.side**2

    @property
    def names(self) -> list[str]:
        """Names of the zones, row and column: `03-11`."""
        return [f"{i:02d}-{j:02d}" for i in range(self.side) for j in range(self.side)]

    @property
    def centres(self) -> np.ndarray:
        """Centre of each zone in kilometres from the lower left corner: x and y."""
        return centres(self.side, self.width)

    def zone_of(self, position: np.ndarray) -> np.ndarray:
        """Return the zone of each position; those outside count in the nearest zone."""
        cell = np.clip((position / self.width).astype(np.int16), 0, self.side - 1)
        return np.asarray(cell[:, 1] * np.int16(self.side) + cell[:, 0])


def centres(side: int, width: float) -> np.ndarray:
    """Return the centre of each zone of a square map, in kilometres."""
    row, column = np.divmod(np.arange(side**2), side)
    return np.column_stack([(column + 0.5) * width, (row + 0.5) * width])


def gravity(places: np.ndarray, mass: np.ndarray, reach: float) -> np.ndarray:
    """Return, zone by zone, the distribution function of where somebody from there goes."""
    apart = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    odds = mass * np.exp(-apart / reach)
    found: np.ndarray = np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)
    return found


def drawn_from(functions: np.ndarray, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a draw from the distribution function of each asked row."""
    size = functions.shape[1]
    # one sorted list of all functions, each lifted by its row, is searched at once
    flat = (functions + np.arange(len(functions))[:, None]).ravel()
    found = np.searchsorted(flat, rows + rng.random(len(rows))) - rows * size
    return np.asarray(np.clip(found, 0, size - 1), dtype=np.int16)


@dataclass(frozen=True)
class Days:
    """What each person does each day: hours of work, and one or two outings with their zones.

    Arrays of persons by days; hours count from midnight, an hour of leaving of 0 means no such
    thing that day. `out` holds the outings as zone, hour of going and hour of coming home.
    """

    work_from: np.ndarray
    work_to: np.ndarray
    out_zone: np.ndarray
    out_from: np.ndarray
    out_to: np.ndarray


@dataclass(frozen=True)
class People:
    """People with a kind, a home, a place of work or school (or none), and their days."""

    kind: np.ndarray
    home: np.ndarray
    work: np.ndarray
    days: Days

    def __len__(self) -> int:
        return len(self.home)

    def where(self, person: np.ndarray, hour: np.ndarray) -> np.ndarray:
        """Return the true zone of persons at hours since the first midnight."""
        day, time = np.divmod(hour, HOURS)
        day = day.astype(np.int64)
        days = self.days
        zone = self.home[person]
        working = (time >= days.work_from[person, day]) & (time < days.work_to[person, day])
        zone = np.where(working, self.work[person], zone)
        for i in range(days.out_zone.shape[2]):
            from_, to = days.out_from[person, day, i], days.out_to[person, day, i]
            zone = np.where((time >= from_) & (time < to), days.out_zone[person, day, i], zone)
        return np.asarray(zone)


def people(count: int, days: int, town: Map, rng: np.random.Generator) -> People:
    """Return people of a town with what they do on each of some days, the first a Monday."""
    kind = rng.choice(3, count, p=SHARES).astype(np.int8)
    home = rng.choice(town.zones, count, p=town.homes).astype(np.int16)
    to_work = gravity(town.centres, town.jobs, REACH["work"])
    to_other = gravity(town.centres, (town.homes + town.jobs) / 2, REACH["other"])
    to_school = gravity(town.centres, town.homes, REACH["other"])
    work = np.where(kind == PUPIL, drawn_from(to_school, home, rng), drawn_from(to_work, home, rng))
    work = np.where(kind == OTHER, np.int16(NOBODY), work)
    known = np.stack([drawn_from(to_other, home, rng) for _ in range(FAVOURITES)], axis=1)
    return People(kind, home, work, _days(kind, home, known, to_other, days, rng))


def _days(
    kind: np.ndarray,
    home: np.ndarray,
    known: np.ndarray,
    to_other: np.ndarray,
    days: int,
    rng: np.random.Generator,
) -> Days:
    count = len(home)
    usual = _float(np.where(kind == PUPIL, 8.0, rng.normal(8.0, 1.2, count)))
    hours = _float(np.where(kind == PUPIL, 6.5, rng.normal(8.5, 1.0, count)))
    shape = (count, days)
    begin = usual[:, None] + rng.normal(0, 0.3, shape).astype(np.float32)
    end = np.minimum(begin + hours[:, None] + rng.normal(0, 0.5, shape), 23.5).astype(np.float32)
    weekend = np.isin(np.arange(days) % 7, (5, 6))
    goes = rng.random(shape) < np.where(weekend, 0.12, 0.92) * (kind != PUPIL)[:, None]
    goes |= (rng.random(shape) < np.where(weekend, 0.0, 0.95)) & (kind == PUPIL)[:, None]
    goes &= (kind != OTHER)[:, None]
    begin, end = np.where(goes, begin, 0), np.where(goes, end, 0)
    first = np.where(goes, end + 0.5, rng.uniform(9, 14, shape))
    second = np.where(goes, 19.5 + rng.random(shape), rng.uniform(15, 19, shape))
    chance = np.where(goes, 0.3, 0.65), np.where(weekend, 0.35, 0.2) + np.zeros(shape)
    zones, starts, stops = [], [], []
    for start, likely in zip((first, second), chance, strict=True):
        out = rng.random(shape) < likely
        stop = np.minimum(start + 0.5 + rng.exponential(1.3, shape), 23.9)
        zones.append(_outing(home, known, to_other, days, rng))
        starts.append(np.where(out, start, 0))
        stops.append(np.where(out, stop, 0))
    around = [np.stack(parts, axis=2) for parts in (zones, starts, stops)]
    return Days(_float(begin), _float(end), around[0], *map(_float, around[1:]))


def _outing(
    home: np.ndarray, known: np.ndarray, to_other: np.ndarray, days: int, rng: np.random.Generator
) -> np.ndarray:
    """Return a zone for each person and day: mostly a favourite, at times somewhere new."""
    odds = 1 / np.arange(1, FAVOURITES + 1)
    which = rng.choice(FAVOURITES, (len(home), days), p=odds / odds.sum())
    zone = np.take_along_axis(known, which, axis=1)
    new = np.nonzero(rng.random(zone.shape) < 0.15)
    zone[new] = drawn_from(to_other, home[new[0]], rng)
    return zone


def _float(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=np.float32)

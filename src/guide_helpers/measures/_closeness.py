"""Distances between files for the measures that look at nearest records, and their nulls.

A measure is the mean of something over records. Its null is what another sample of the population
would give: from the distances of people of the original to the other people (or of a control file
to the original), or from dealing out the records of two files again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from guide_helpers._partition import Table
from guide_helpers.cards import Null
from guide_helpers.errors import GuideError
from guide_helpers.intervals import Interval, normal_quantile
from guide_helpers.measures._judged import GROUPS, prediction_band
from guide_helpers.neighbours import nearest, points
from guide_helpers.results import NullBand
from guide_helpers.schema import Dataset

TIE = 1e-9
"""Distances closer than this are equal; the rest is rounding."""
UNIT = (0.0, 1.0)


@dataclass(frozen=True)
class Spots:
    """Records of a file as points, and the privacy unit of each."""

    table: Table
    units: np.ndarray

    def __len__(self) -> int:
        return len(self.units)

    def some(self, most: int, rng: np.random.Generator) -> Spots:
        """Return at most so many records, drawn at random."""
        if len(self) <= most:
            return self
        rows = np.sort(rng.permutation(len(self))[:most])
        return Spots(self.table.take(rows), self.units[rows])

    def to(self, other: Spots, k: int = 1) -> np.ndarray:
        """Return the distances to the k nearest records of another file."""
        return nearest(self.table, other.table, k).distances

    def to_others(self, whole: Spots, k: int = 1) -> np.ndarray:
        """Return the distances to the k nearest records of other units of the same file."""
        return nearest(self.table, whole.table, k, apart=(self.units, whole.units)).distances


def spots(
    original: Dataset,
    synthetic: Dataset,
    control: Dataset | None = None,
    *,
    weights: Sequence[float] | None = None,
) -> tuple[Spots, Spots, Spots | None]:
    """Return the files as points, with the original as the ruler."""
    if original.n_units < 2:
        raise GuideError("the original has one privacy unit; no other is there to be nearest")
    files = [original, synthetic, *([] if control is None else [control])]
    tables = points(original, *files, weights=weights)
    old, new, *held = (Spots(t, f.units) for t, f in zip(tables, files, strict=True))
    return old, new, held[0] if held else None


def checked(records: int, draws: int = 2) -> None:
    """Refuse options that make no sense, before any work."""
    if records < 10:
        raise GuideError(f"records={records} shows nothing; look at 10 or more of each file")
    if draws < 2:
        raise GuideError(f"draws={draws} shows no band; draw at least 2 files")


def sampled(records: int, *files: Spots | None) -> str:
    """Return a sentence where a file is so large that only some of its records are looked at."""
    if all(f is None or len(f) <= records for f in files):
        return ""
    return f"Distances of {records:,} random records of a file, to all records of the other."


def spread(values: np.ndarray, units: np.ndarray) -> float:
    """Return the variance of a mean over records, clustered by unit."""
    totals = np.bincount(units, values - values.mean())
    return float((totals**2).sum()) / len(values) ** 2


def share_spread(hits: np.ndarray, units: np.ndarray) -> float:
    """Return the variance of a share, which is above 0 even where nobody or everybody is hit."""
    n = len(hits)
    moved = (hits.sum() + 2) / (n + 4)
    plain = hits.mean() * (1 - hits.mean()) / n
    effect = max(1.0, spread(hits, units) / plain) if plain else n / len(np.unique(units))
    return float(moved * (1 - moved) / n * effect)


def band_around(mean: float, variance: float) -> NullBand:
    """Return the fresh-sample band of a share or ratio whose variance is known from a formula."""
    reach = normal_quantile(0.95) * variance**0.5
    return NullBand(Null.FRESH_SAMPLE, mean, max(0.0, mean - reach), min(1.0, mean + reach), 0)


def interval_around(
    value: float, variance: float, method: str = "sampling noise of one copy"
) -> Interval:
    """Return the interval of a share or ratio over synthetic records."""
    reach = normal_quantile(0.95) * variance**0.5
    return Interval(max(0.0, value - reach), min(1.0, value + reach), method)


@dataclass(frozen=True)
class Graph:
    """Records of two files in one, with the nearest records of other units of either.

    `rows` are those looked at; `near` and `apart` hold a line for each of them. `first` says of
    each privacy unit whether it belongs to the first file.
    """

    rows: np.ndarray
    near: np.ndarray
    apart: np.ndarray
    units: np.ndarray
    first: np.ndarray

    @classmethod
    def of(
        cls,
        one: Spots,
        other: Spots,
        *,
        records: int,
        rng: np.random.Generator,
        asked: Spots | None = None,
        k: int = 16,
    ) -> Graph:
        """Search the nearest records in both files, for some of their own or for `asked`.

        The records are shuffled, so that among equally near ones chance decides which are kept.
        """
        count = int(one.units.max()) + 1
        order = rng.permutation(len(one) + len(other))
        units = np.concatenate([one.units, other.units + count])[order]
        table = _joined(one.table, other.table).take(order)
        first = np.arange(int(units.max()) + 1) < count
        if asked is None:
            rows = np.arange(min(len(units), 2 * records))
            found = nearest(table.take(rows), table, k, apart=(units[rows], units))
        else:
            rows = np.full(len(asked), -1)
            found = nearest(asked.table, table, k)
        return cls(rows, found.rows, found.distances, units, first)

    def nearest_in(self, kept: np.ndarray, k: int = 1) -> np.ndarray:
        """Return the distances of the first k neighbours that are kept; infinite beyond the list.

        `kept` says of each record of both files whether it counts.
        """
        inside = kept[self.near] & (self.near >= 0)
        turn = np.cumsum(inside, axis=1)
        found = np.full((len(self.near), k), np.inf)
        for i in range(k):
            here = inside & (turn == i + 1)
            has = here.any(axis=1)
            found[has, i] = self.apart[has, here[has].argmax(axis=1)]
        return found

    def dealt(
        self, draws: int, rng: np.random.Generator, second: int | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield, for each draw, which records are of the first file if units are dealt, and count.

        As many units as before are of the first file, and `second` others (by default all) count.
        """
        size, units = int(self.first.sum()), len(self.first)
        counted = units if second is None else min(units, size + second)
        for _ in range(draws):
            turn = rng.permutation(units)[self.units]
            yield turn < size, turn < counted

    def own(self) -> np.ndarray:
        """Return whether each record is of the first file."""
        own: np.ndarray = self.first[self.units]
        return own


Statistic = Callable[[Graph, np.ndarray, np.ndarray], float]
"""A value from a graph, which records are of the first file, and which count at all."""


def judged_by_dealing(
    graph: Graph,
    value: Statistic,
    draws: int,
    rng: np.random.Generator,
    people: Graph | None = None,
) -> tuple[float, Interval, NullBand]:
    """Return the value, its interval, and the band of a fresh sample by dealing out again.

    The units of both files are dealt, which is exact for a fresh sample; with a graph of `people`,
    of the original and a control file, those are, in parts of the sizes of the two files.
    """
    everybody = np.ones(len(graph.units), dtype=bool)
    found = value(graph, graph.own(), everybody)
    second = np.flatnonzero(~graph.first)
    stage = graph if people is None else people
    null = [value(stage, own, kept) for own, kept in stage.dealt(draws, rng, len(second))]
    parts = np.array_split(rng.permutation(second), min(GROUPS, len(second)))
    left = [value(graph, graph.own(), ~np.isin(graph.units, part)) for part in parts]
    variance = (len(left) - 1) ** 2 / len(left) * float(np.var(left, ddof=1)) if left[1:] else 0.0
    method = "sampling noise of one copy, jackknife"
    band = prediction_band(Null.FRESH_SAMPLE, np.array(null), UNIT)
    return found, interval_around(found, variance, method), band


def graphs(
    old: Spots,
    new: Spots,
    held: Spots | None,
    *,
    records: int,
    rng: np.random.Generator,
    k: int = 16,
) -> tuple[Graph, Graph | None]:
    """Return the graph of both files, and that of people where a control is large enough."""
    graph = Graph.of(old, new, records=records, rng=rng, k=k)
    if held is None or len(held) < len(new):
        return graph, None
    return graph, Graph.of(old, held, records=records, rng=rng, k=k)


def _joined(one: Table, other: Table) -> Table:
    return Table(
        np.concatenate([one.levels, other.levels], axis=1),
        np.concatenate([one.places, other.places], axis=1),
        one.level_weights,
        one.place_weights,
    )

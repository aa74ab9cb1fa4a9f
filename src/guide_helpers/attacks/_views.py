"""What a shadow attack looks at in a synthetic file: counts for each target, or the whole file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.neighbours import nearest, points
from guide_helpers.schema import Dataset, Kind, Variable

BINS = 10
MOST_LEVELS = 30
"""Levels of a category that are counted apart in a histogram; the rarest go together."""
MISSING = np.uint64(0x9E3779B97F4A7C15)
LARGEST = np.iinfo(np.uint16).max


@dataclass(frozen=True)
class TargetedQueries:
    """Counts of the synthetic records that agree with a target on some of its variables.

    A query is a set of variables, shared by all targets, with each target's own values: a number
    or date exactly or in its tenth of the reference. The first two ask for the whole record.
    """

    variables: tuple[Variable, ...]
    edges: tuple[np.ndarray, ...]
    mixing: np.ndarray
    asked: np.ndarray

    @classmethod
    def of(
        cls, targets: Dataset, reference: Dataset, queries: int, rng: np.random.Generator
    ) -> Self:
        """Return random queries about the targets."""
        variables = targets.schema.modelled
        edges = tuple(_edges(v, reference.rows[v.name]) for v in variables)
        mixing = _mixing(edges, queries, rng)
        nobody = np.zeros(0, dtype=np.uint64)
        asking = cls(variables, edges, mixing, nobody)
        return cls(variables, edges, mixing, asking.codes(targets))

    def codes(self, data: Dataset) -> np.ndarray:
        """Return for each record and query one number that stands for its values."""
        exact, rough = [], []
        for v, edges in zip(self.variables, self.edges, strict=True):
            code, values = _hashed(v, data.rows[v.name])
            exact.append(code)
            rough.append(_binned(v, code, values, edges))
        with np.errstate(over="ignore"):
            found: np.ndarray = np.column_stack([*exact, *rough]) @ self.mixing
        return found

    def __call__(self, file: Dataset) -> np.ndarray:
        """Return counts, one line a target, one column a query."""
        shown = self.codes(file)
        counts = np.empty(self.asked.shape, dtype=np.uint16)
        for q in range(shown.shape[1]):
            values, times = np.unique(shown[:, q], return_counts=True)
            place = np.minimum(np.searchsorted(values, self.asked[:, q]), len(values) - 1)
            found = np.where(values[place] == self.asked[:, q], times[place], 0)
            counts[:, q] = np.minimum(found, LARGEST)
        return counts


@dataclass(frozen=True)
class MeanCount:
    """One number for each target: the mean over queries of log(1 + count)."""

    queries: TargetedQueries

    def __call__(self, file: Dataset) -> np.ndarray:
        """Return the statistic of each target."""
        found: np.ndarray = np.log1p(self.queries(file).astype(np.float32)).mean(axis=1)
        return found


@dataclass(frozen=True)
class Nearness:
    """One number for each target: minus the root of the distance to the nearest record."""

    targets: Dataset
    base: Dataset

    def __call__(self, file: Dataset) -> np.ndarray:
        """Return the statistic of each target, in the levels and ranges of the base."""
        asked, shown = points(self.base, self.targets, file)
        found: np.ndarray = -np.sqrt(nearest(asked, shown).distances[:, 0])
        return found


@dataclass(frozen=True)
class WholeFile:
    """Features of the file as a whole, after Stadler et al. (2022).

    "naive": mean, median and variance of numbers; number of levels, the commonest and the rarest
    of categories. "histogram": shares of levels and tenths. "correlation": correlations of these
    indicators and numbers in pairs.
    """

    kind: str
    base: Dataset

    def __call__(self, file: Dataset) -> np.ndarray:
        """Return the features, the same ones for every target."""
        parts = [self._of(v, file) for v in self.base.schema.modelled if v.kind is not Kind.TEXT]
        if self.kind != "correlation":
            return np.concatenate([p.ravel() for p in parts])
        columns = np.hstack(parts)
        centred = columns - columns.mean(axis=0)
        spread = np.sqrt((centred**2).mean(axis=0))
        scaled = centred / np.where(spread > 0, spread, np.inf)
        upper = np.triu_indices(columns.shape[1], 1)
        found: np.ndarray = (scaled.T @ scaled / len(columns))[upper]
        return found

    def _of(self, v: Variable, file: Dataset) -> np.ndarray:
        base, shown = self.base.rows[v.name], file.rows[v.name]
        return self._level(base, shown) if v.discrete else self._quantity(v, base, shown)

    def _level(self, base: pd.Series, shown: pd.Series) -> np.ndarray:
        levels = base.value_counts().index[:MOST_LEVELS]
        codes = pd.Index(levels).get_indexer(pd.Index(shown.astype(object)))
        counts = np.bincount(codes[codes >= 0], minlength=len(levels))
        if self.kind == "naive":
            return np.array([(counts > 0).sum(), counts.argmax(), counts.argmin()], dtype=float)
        return self._marked(codes, np.arange(len(levels)))

    def _quantity(self, v: Variable, base: pd.Series, shown: pd.Series) -> np.ndarray:
        values = _hashed(v, shown)[1]
        ordinary = _ordinary(v, values)
        plain = values[ordinary] if ordinary.any() else np.zeros(1)
        if self.kind == "naive":
            return np.array([plain.mean(), np.median(plain), plain.var()])
        if self.kind == "correlation":
            return np.where(ordinary, values, plain.mean())[:, None]
        edges = _edges(v, base)
        place = np.where(ordinary, np.searchsorted(edges, values), -1)
        return self._marked(place, np.arange(-1, len(edges) + 1))

    def _marked(self, codes: np.ndarray, every: np.ndarray) -> np.ndarray:
        """Return a column of marks for each code, or their shares."""
        marks = (codes[:, None] == every).astype(float)
        found: np.ndarray = marks if self.kind == "correlation" else marks.mean(axis=0)
        return found


def record_codes(data: Dataset) -> np.ndarray:
    """Return one number for each record that stands for all its values, whatever the file."""
    code = np.zeros(len(data), dtype=np.uint64)
    for v in data.schema.modelled:
        found = _hashed(v, data.rows[v.name])[0]
        code = pd.util.hash_array(code * np.uint64(31) + found)
    return code


def _mixing(edges: tuple[np.ndarray, ...], queries: int, rng: np.random.Generator) -> np.ndarray:
    """Return odd multipliers for the variables that a query asks for, exactly or roughly."""
    p = len(edges)
    binned = np.array([len(e) > 0 for e in edges])
    chosen = np.zeros((2 * p, queries), dtype=bool)
    for q in range(queries):
        some = np.arange(p) if q < 2 else rng.permutation(p)[: rng.integers(1, p + 1)]
        roughly = binned[some] & (rng.random(len(some)) < (0.0, 1.0, 0.7)[min(q, 2)])
        chosen[some + p * roughly, q] = True
    odd = rng.integers(0, 2**64, 2 * p, dtype=np.uint64) | np.uint64(1)
    return np.where(chosen, odd[:, None], np.uint64(0))


def _edges(v: Variable, shown: pd.Series) -> np.ndarray:
    """Return the inner edges of the tenths of a number or date; none for levels."""
    if v.discrete or v.kind is Kind.TEXT:
        return np.zeros(0)
    values = _hashed(v, shown)[1]
    plain = values[_ordinary(v, values)]
    return np.unique(np.quantile(plain, np.arange(1, BINS) / BINS)) if len(plain) else np.zeros(0)


def _hashed(v: Variable, values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return a number that stands for each value whatever the file, and the quantities."""
    if v.discrete:
        categories = values.cat.categories.astype(str).to_numpy(dtype=object)
        table = np.append(pd.util.hash_array(categories), MISSING)
        return table[values.cat.codes.to_numpy()], np.zeros(0)
    if v.kind is Kind.TEXT:
        words = values.astype(object).where(values.notna(), "").astype(str)
        return pd.util.hash_array(words.to_numpy(dtype=object)), np.zeros(0)
    if pd.api.types.is_datetime64_any_dtype(values):
        seconds = pd.DatetimeIndex(values).as_unit("s").asi8.astype(float)
        numbers = np.where(values.isna().to_numpy(), np.nan, seconds)
    else:
        numbers = values.to_numpy(dtype=float)
    code = pd.util.hash_array(numbers + 0.0)
    return np.where(np.isnan(numbers), MISSING, code), numbers


def _ordinary(v: Variable, values: np.ndarray) -> np.ndarray:
    plain: np.ndarray = ~np.isnan(values) & ~np.isin(values, list(v.special))
    return plain


def _binned(v: Variable, code: np.ndarray, values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the number of the tenth; special codes and missing stay what they are."""
    if not len(edges):
        return code
    tenth = np.searchsorted(edges, values).astype(np.uint64)
    return np.where(_ordinary(v, values), tenth, code)

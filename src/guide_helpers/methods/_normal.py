"""Normal values behind levels and quantities: their scores, margins and correlations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Integral
from statistics import NormalDist
from typing import Any, Protocol, Self

import numpy as np

from guide_helpers.errors import GuideError
from guide_helpers.methods import _parts
from guide_helpers.schema import Dataset, Kind

TERMS = 60
"""Terms of the series that links a correlation of scores to one of normal values."""
STRONGEST = 0.999
PLACES = 201
SWEEPS = 3
"""How often the levels of unordered variables are put in order."""


class Margin(Protocol):
    """How a normal value becomes a value.

    `series` holds the coefficients of the scores in normalised Hermite polynomials.
    """

    @property
    def series(self) -> np.ndarray: ...

    def values_at(self, normal: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True)
class Steps:
    """Levels, in an order: each is an interval between cuts."""

    cuts: np.ndarray
    knots: np.ndarray
    series: np.ndarray

    def values_at(self, normal: np.ndarray) -> np.ndarray:
        return np.asarray(self.knots[np.searchsorted(self.cuts, normal)])


@dataclass(frozen=True)
class Normals:
    """Correlated normal values, one a part of a variable, and the margins they are mapped to."""

    margins: Mapping[str, Margin]
    correlation: np.ndarray
    root: np.ndarray

    @classmethod
    def of(
        cls,
        data: Dataset,
        quantity: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, Margin]],
        least: int,
        rng: np.random.Generator,
    ) -> Self:
        """Fit the margins and the correlations; `quantity` returns scores and margin of numbers."""
        parts, absent, nominal = split(data, rng)
        margins: dict[str, Margin] = {}
        scores = {}
        for name, values in parts.items():
            there = ~absent[name]
            _refuse_few(data, name, int(there.sum()), least)
            if name.endswith("number"):
                scores[name], margins[name] = quantity(values, there)
            else:
                scores[name], margins[name] = levels(values, there, np.unique(values[there]))
        for name in nominal * (SWEEPS if len(parts) > 1 else 0):
            others = [s for k, s in scores.items() if k != name]
            order = order_of(parts[name], absent[name], others, least)
            scores[name], margins[name] = levels(parts[name], ~absent[name], order)
        correlation = latent(scores, absent, margins)
        values, vectors = np.linalg.eigh(correlation)
        return cls(margins, correlation, vectors * np.sqrt(np.maximum(values, 0)))

    def draw(self, n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return `n` values of each part."""
        normal = rng.standard_normal((n, len(self.margins))) @ self.root.T
        return {k: m.values_at(normal[:, i]) for i, (k, m) in enumerate(self.margins.items())}


def check_least(least: object) -> None:
    """Refuse a least number of records that is no whole number of at least 2."""
    whole = isinstance(least, Integral) and not isinstance(least, bool)
    if not whole or least < 2:  # type: ignore[operator]
        raise GuideError(f"least={least!r} is not a whole number of at least 2")


def _refuse_few(data: Dataset, name: str, count: int, least: int) -> None:
    if len(data) < least:
        raise GuideError(
            f"the table has {len(data)} records, fewer than least={least}; "
            "take more records or lower least"
        )
    if name.endswith("number") and count < least:
        column = data.schema.variables[int(name.partition(":")[0])].name
        raise GuideError(
            f"column {column!r} has {count} values, fewer than least={least}; "
            "leave it out with keep(...) or lower least"
        )


def split(
    data: Dataset, rng: np.random.Generator
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], list[str]]:
    """Return plain columns, where each has no value, and the names of unordered ones."""
    parts: dict[str, np.ndarray] = {}
    absent: dict[str, np.ndarray] = {}
    nominal = []
    for name, values in _parts.split(data, rng).items():
        place, _, what = name.partition(":")
        if what == "level" and (gone := values < 0).any():
            parts[f"{place}:gone"] = gone.astype(float)
            absent[name] = gone
        if what == "number":
            absent[name] = parts[f"{place}:state"] > 0
        if name not in absent or not absent[name].all():
            parts[name] = values
        ordered = data.schema.variables[int(place)].kind is Kind.ORDERED
        if name in parts and what != "number" and not (what == "level" and ordered):
            several = len(np.unique(values[values >= 0])) > 2
            nominal += [name] if several else []
    everywhere = np.zeros(len(data), dtype=bool)
    return parts, {name: absent.get(name, everywhere) for name in parts}, nominal


def join(
    empty: Dataset, drawn: Mapping[str, np.ndarray], steps: Mapping[str, int]
) -> dict[str, Any]:
    """Return the variables from plain columns; missing levels are -1 again."""
    parts = {k: values for k, values in drawn.items() if not k.endswith("gone")}
    for name, values in drawn.items():
        if name.endswith("gone"):
            level = f"{name.partition(':')[0]}:level"
            parts[level] = np.where(values > 0, -1, parts.get(level, -1.0))
    return _parts.join(empty, parts, steps)


def levels(values: np.ndarray, there: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, Steps]:
    """Return the normal scores of levels in an order, and the steps between them."""
    sorter = np.argsort(order)
    place = sorter[np.searchsorted(order, values[there], sorter=sorter)]
    centres, series, cuts = scores_of(np.bincount(place, minlength=len(order)))
    scores = np.zeros(len(values))
    scores[there] = centres[place]
    return scores, Steps(cuts[1:-1], order, series)


def scores_of(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the mean normal value of each interval with these shares, its series, and its ends.

    The coefficient of the k-th Hermite polynomial is the sum, over intervals, of the score times
    the integral of polynomial and density, which is known in closed form.
    """
    ends = quantiles(np.concatenate([[0], np.cumsum(counts)]) / counts.sum())
    density = np.exp(-(ends**2) / 2) / np.sqrt(2 * np.pi)
    scores = -np.diff(density) * counts.sum() / counts
    inner = np.where(np.isfinite(ends), ends, 0.0)
    before, now = np.zeros_like(inner), np.ones_like(inner)
    series = np.zeros(TERMS)
    for k in range(1, TERMS + 1):
        series[k - 1] = -(scores * np.diff(now * density)).sum() / np.sqrt(k)
        # He(k) / sqrt(k!) from the two before
        before, now = now, (inner * now - np.sqrt(k - 1) * before) / np.sqrt(k)
    return scores, series, ends


def quantiles(shares: np.ndarray) -> np.ndarray:
    """Return normal quantiles; share 0 and 1 are infinitely far."""
    quantile = NormalDist().inv_cdf
    inside = [quantile(p) if 0 < p < 1 else (np.inf if p >= 1 else -np.inf) for p in shares]
    return np.array(inside)


def order_of(
    values: np.ndarray, absent: np.ndarray, others: list[np.ndarray], least: int
) -> np.ndarray:
    """Return levels in the order of the direction in which the other variables differ most.

    That is the first principal component of their mean scores by level. Levels with fewer than
    `least` records are too rare to be placed and stand in the middle.
    """
    there = ~absent
    levels, place, counts = np.unique(values[there], return_inverse=True, return_counts=True)
    columns = [s[there] - s[there].mean() for s in others]
    spread = [max(float(c.std()), 1e-12) for c in columns]
    sums = [np.bincount(place, c / d, len(levels)) for c, d in zip(columns, spread, strict=True)]
    means = np.where(counts < least, 0.0, np.array(sums) / counts).T
    axis = np.linalg.eigh((means.T * counts) @ means)[1][:, -1]
    along = np.round(means @ axis * np.sign(axis[np.abs(axis).argmax()]), 10)
    return np.asarray(levels[np.argsort(along, kind="stable")])


def latent(
    scores: Mapping[str, np.ndarray],
    absent: Mapping[str, np.ndarray],
    margins: Mapping[str, Margin],
) -> np.ndarray:
    """Return the correlations of the normal values behind the scores, made to fit together."""
    if not scores:
        return np.eye(0)
    table = np.column_stack(list(scores.values()))
    there = np.column_stack([~absent[name] for name in scores])
    observed = _correlations(table, there.astype(float))
    series = np.array([m.series for m in margins.values()])
    spread = np.sqrt((table**2).sum(axis=0) / np.maximum(there.sum(axis=0), 1))
    series = series / np.maximum(spread, 1e-12)[:, None]
    low, high = _bracket(observed, series)
    for _ in range(40):
        middle = (low + high) / 2
        below = implied(middle, series) < observed
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    found = np.where(np.isnan(observed) | (np.abs(observed) < 1e-12), 0.0, (low + high) / 2)
    np.fill_diagonal(found, 1.0)
    found = (found + found.T) / 2
    return nearest_correlation(_completed(found, np.isnan(observed)))


def _bracket(observed: np.ndarray, series: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return ends around the correlations that imply the observed ones best.

    Scores of a curve that turns have correlations that do not rise throughout, so that all
    correlations are tried in small steps.
    """
    best, found = np.full(observed.shape, np.inf), np.zeros(observed.shape)
    places = np.linspace(-STRONGEST, STRONGEST, PLACES)
    for place in places:
        gap = np.abs(implied(np.full(observed.shape, place), series) - observed)
        found, best = np.where(gap < best, place, found), np.fmin(gap, best)
    step = places[1] - places[0]
    return np.maximum(found - step, -STRONGEST), np.minimum(found + step, STRONGEST)


def _completed(correlation: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """Return the correlations with those filled in that no record shows.

    A quantity and its own absence are never seen together. They get the correlation that they
    have through the third variable that links them most.
    """
    filled = correlation.copy()
    for i, j in np.argwhere(np.triu(unknown, 1)):
        through = correlation[i] * correlation[j]
        filled[i, j] = filled[j, i] = through[np.abs(through).argmax()]
    return filled


def implied(correlation: np.ndarray, series: np.ndarray) -> np.ndarray:
    """Return the correlations of scores that normal values with these correlations have."""
    total = np.zeros_like(correlation)
    for coefficients in series.T[::-1]:
        total = correlation * (total + np.outer(coefficients, coefficients))
    return total


def _correlations(table: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Return the correlation of each pair over the records that have both; NaN where none is."""
    table = table * there
    n = np.maximum(there.T @ there, 1)
    mean = table.T @ there / n
    square = (table**2).T @ there / n - mean**2
    covariance = table.T @ table / n - mean * mean.T
    scale = np.sqrt(np.maximum(square * square.T, 0))
    unknown = np.full_like(scale, np.nan)
    return np.asarray(np.divide(covariance, scale, out=unknown, where=scale > 1e-12))


def nearest_correlation(matrix: np.ndarray, rounds: int = 200) -> np.ndarray:
    """Return the correlation matrix nearest to a symmetric one with unit diagonal.

    References
    ----------
    Higham (2002), doi:10.1093/imanum/22.3.329
    """
    found = matrix.copy()
    shift = np.zeros_like(matrix)
    for _ in range(rounds):
        values, vectors = np.linalg.eigh(found - shift)
        if values[0] >= 0 and not shift.any():
            return found
        projected = (vectors * np.maximum(values, 0)) @ vectors.T
        shift = projected - (found - shift)
        before, found = found, projected.copy()
        np.fill_diagonal(found, 1.0)
        if np.abs(found - before).max() < 1e-9:
            break
    values, vectors = np.linalg.eigh(found)
    clipped = (vectors * np.maximum(values, 0)) @ vectors.T
    scale = np.sqrt(np.diag(clipped))
    return np.asarray(clipped / np.outer(scale, scale))

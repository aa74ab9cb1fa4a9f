"""Gaussian copula of the guide's own: smoothed margins, one correlation for each pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Integral
from statistics import NormalDist
from typing import Any, Self

import numpy as np

from guide_helpers.cards import (
    Capabilities,
    MethodCard,
    Status,
    UseCase,
    card,
    conditional,
    fit,
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.methods import _parts
from guide_helpers.methods._frame import assemble
from guide_helpers.methods._smoothing import knots
from guide_helpers.schema import Dataset, Kind

TERMS = 60
"""Terms of the series that links a correlation of scores to one of normal values."""
STRONGEST = 0.999
SWEEPS = 3
"""How often the levels of unordered variables are put in order."""


@card(
    MethodCard(
        title="Gaussian copula (own)",
        summary=(
            "Takes each margin from smoothed order statistics or level shares and one correlation "
            "for each pair of variables, and draws correlated normal values that it maps back."
        ),
        family="copula",
        origin=("cario1997",),
        inputs="the records of one table",
        sources=("cario1997", "nelsen2006", "olsson1979", "higham2002"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: unfit(
                "no privacy guarantee, rare levels come back, and relations are too rough for "
                "unknown uses"
            ),
            UseCase.TESTING_ANALYSIS: unfit(
                "margins are right, but of the relations only pairwise, monotone ones; "
                "interactions and rules are lost"
            ),
            UseCase.EDUCATION: conditional(
                "right margins and correlations for exercises that need no more, after a risk "
                "check; recode rare levels first"
            ),
            UseCase.TESTING_TECHNOLOGY: fit(
                "quick in any size, with the right types, levels, heaps and missing rates"
            ),
        },
        capabilities=Capabilities(
            missing=True,
            keeps_missing_rates=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime"),
        ),
        weaknesses=(
            "One number a pair: curved relations and interactions are lost {cite:p}`nelsen2006`.",
            "The levels of an unordered variable stand in one order for all its relations, so its "
            "relation with another unordered variable is only partly kept.",
            "The normal copula has no tail dependence: extremes come together too rarely "
            "{cite:p}`nelsen2006`.",
            "Rules, structural zeros and derived variables (a sum of others) are not kept.",
            "Pairwise correlations that do not fit together, as with many missing values, are "
            "replaced by the nearest ones that do {cite:p}`higham2002`.",
            "A value that `least` records share comes back as it is, rare levels come back at "
            "their rate, and whole numbers can hit a real one by chance.",
            "Extremes are averages of `least` records or a little beyond: the far tail of a "
            "skewed quantity is too short.",
            "Quantities have all digits, where the original may be rounded.",
        ),
    )
)
@dataclass
class Copula:
    """Normal values with the correlations of the original, mapped to its smoothed margins.

    A value that at least `least` records share is a spike and keeps its share. The other values
    of a quantity are averaged over `least` neighbouring records or more; draws lie between these
    averages, so no value of a single record is copied. Levels are intervals of a normal value;
    those of unordered variables stand in the order that tells most about all other variables,
    and those with fewer than `least` records in the middle. Missing values and special codes are
    variables of their own.

    The correlation of two normal values is found from that of their scores: the mean normal
    value of each level, spike or record. The relation of both is a known power series, which
    holds for levels, spikes and quantities alike.
    """

    least: int = 10

    def __post_init__(self) -> None:
        whole = isinstance(self.least, Integral) and not isinstance(self.least, bool)
        if not whole or self.least < 2:
            raise GuideError(f"least={self.least!r} is not a whole number of at least 2")

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Fit the margins and the correlations; no record is kept."""
        # unlike with_rows, this keeps levels that no schema names
        self.empty_ = replace(data, rows=data.rows.iloc[:0].copy())
        self.steps_ = _parts.steps(data)
        parts, absent, nominal = _split(data, rng)
        margins, scores = {}, {}
        for name, values in parts.items():
            there = ~absent[name]
            self._refuse_few(data, name, int(there.sum()))
            if name.endswith("number"):
                scores[name], margins[name] = _quantity(values, there, self.least)
            else:
                scores[name], margins[name] = _levels(values, there, np.unique(values[there]))
        for name in nominal * (SWEEPS if len(parts) > 1 else 0):
            others = [s for k, s in scores.items() if k != name]
            order = _order(parts[name], absent[name], others, self.least)
            scores[name], margins[name] = _levels(parts[name], ~absent[name], order)
        self.margins_: dict[str, _Margin] = margins
        self.correlation_ = _latent(scores, absent, margins)
        values, vectors = np.linalg.eigh(self.correlation_)
        self.root_ = vectors * np.sqrt(np.maximum(values, 0))
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` rows."""
        normal = rng.standard_normal((n, len(self.margins_))) @ self.root_.T
        margins = self.margins_.items()
        drawn = {k: m.values_at(normal[:, i]) for i, (k, m) in enumerate(margins)}
        return assemble(self.empty_, _join(self.empty_, drawn, self.steps_), n)

    def _refuse_few(self, data: Dataset, name: str, count: int) -> None:
        if len(data) < self.least:
            raise GuideError(
                f"the table has {len(data)} records, fewer than least={self.least}; "
                "take more records or lower least"
            )
        if name.endswith("number") and count < self.least:
            column = data.schema.variables[int(name.partition(":")[0])].name
            raise GuideError(
                f"column {column!r} has {count} values, fewer than least={self.least}; "
                "leave it out with keep(...) or lower least"
            )


@dataclass(frozen=True)
class _Margin:
    """How a normal value becomes a value: by steps for levels, along a line for quantities.

    `series` holds the coefficients of the scores in normalised Hermite polynomials.
    """

    cuts: np.ndarray
    knots: np.ndarray
    stepwise: bool
    series: np.ndarray

    def values_at(self, normal: np.ndarray) -> np.ndarray:
        if self.stepwise:
            return np.asarray(self.knots[np.searchsorted(self.cuts, normal)])
        return np.asarray(np.interp(normal, self.cuts, self.knots))


def _split(
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


def _join(
    empty: Dataset, drawn: Mapping[str, np.ndarray], steps: Mapping[str, int]
) -> dict[str, Any]:
    """Return the variables from plain columns; missing levels are -1 again."""
    parts = {k: values for k, values in drawn.items() if not k.endswith("gone")}
    for name, values in drawn.items():
        if name.endswith("gone"):
            level = f"{name.partition(':')[0]}:level"
            parts[level] = np.where(values > 0, -1, parts.get(level, -1.0))
    return _parts.join(empty, parts, steps)


def _quantity(values: np.ndarray, there: np.ndarray, least: int) -> tuple[np.ndarray, _Margin]:
    """Return the normal scores of a quantity, 0 where it has no value, and its smoothed margin."""
    distinct, place, counts = np.unique(values[there], return_inverse=True, return_counts=True)
    centres, series, _ = _scores(counts)
    scores = np.zeros(len(values))
    scores[there] = centres[place]
    shares, line = knots(distinct, counts, least)
    return scores, _Margin(_quantiles(shares), line, False, series)


def _levels(values: np.ndarray, there: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, _Margin]:
    """Return the normal scores of levels in an order, and the steps between them."""
    sorter = np.argsort(order)
    place = sorter[np.searchsorted(order, values[there], sorter=sorter)]
    centres, series, cuts = _scores(np.bincount(place, minlength=len(order)))
    scores = np.zeros(len(values))
    scores[there] = centres[place]
    return scores, _Margin(cuts[1:-1], order, True, series)


def _scores(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the mean normal value of each interval with these shares, its series, and its ends.

    The coefficient of the k-th Hermite polynomial is the sum, over intervals, of the score times
    the integral of polynomial and density, which is known in closed form.
    """
    ends = _quantiles(np.concatenate([[0], np.cumsum(counts)]) / counts.sum())
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


def _quantiles(shares: np.ndarray) -> np.ndarray:
    """Return normal quantiles; share 0 and 1 are infinitely far."""
    quantile = NormalDist().inv_cdf
    inside = [quantile(p) if 0 < p < 1 else (np.inf if p >= 1 else -np.inf) for p in shares]
    return np.array(inside)


def _order(
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


def _latent(
    scores: Mapping[str, np.ndarray],
    absent: Mapping[str, np.ndarray],
    margins: Mapping[str, _Margin],
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
    low, high = np.full(observed.shape, -STRONGEST), np.full(observed.shape, STRONGEST)
    for _ in range(40):
        middle = (low + high) / 2
        below = _implied(middle, series) < observed
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    found = np.where(np.isnan(observed) | (np.abs(observed) < 1e-12), 0.0, (low + high) / 2)
    np.fill_diagonal(found, 1.0)
    found = (found + found.T) / 2
    return nearest_correlation(_completed(found, np.isnan(observed)))


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


def _implied(correlation: np.ndarray, series: np.ndarray) -> np.ndarray:
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

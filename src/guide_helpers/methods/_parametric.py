"""A variable given others: a regression, and draws around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Protocol

import numpy as np

from guide_helpers.errors import GuideError
from guide_helpers.methods._coding import Coded
from guide_helpers.methods._design import Design
from guide_helpers.methods._multinomial import Multinomial, multinomial
from guide_helpers.methods._regressions import Cumulative, Linear, cumulative, linear, parts
from guide_helpers.methods._smoothing import FEW, knots

MODELS = ("normal", "normal_rank", "logistic", "polytomous", "ordered")
MOST_CLASSES = 200


class Model(Protocol):
    """A fitted conditional distribution of one column."""

    def draw(self, codes: Sequence[np.ndarray], rows: int, rng: np.random.Generator) -> np.ndarray:
        """Return quantities, or codes of the column, for rows whose predictors' codes are given."""
        ...


def learn(
    kind: str,
    predictors: Sequence[Coded],
    column: Coded,
    weights: np.ndarray | None = None,
    rng: np.random.Generator | None = None,
) -> Model:
    """Return the model of a column, all of whose rows have a value, given predictors.

    Only the ratios of `weights` count: they are scaled to sum to Kish's number of equally weighted
    records. With `rng`, parameters are drawn from their posterior and are not the best ones.
    """
    objection = fits(kind, column)
    if objection:
        raise GuideError(objection)
    if not len(column.codes):
        raise GuideError("no record has a value, so no regression can be fitted")
    if weights is not None and not (weights > 0).all():
        rows = np.flatnonzero(weights > 0)
        if not len(rows):
            raise GuideError("all weights are zero; give some record a weight")
        predictors, weights = [p.take(rows) for p in predictors], weights[rows]
        column = column.take(rows)
    if weights is None:
        weights = np.ones(len(column.codes))
    weights = weights * (weights.sum() / (weights**2).sum())
    if kind == "normal":
        return _Normal.learn(predictors, column, weights, rng)
    if kind == "normal_rank":
        return _Ranked.learn(predictors, column, weights, rng)
    return _Classes.learn(kind, predictors, column, weights, rng)


def fits(kind: str, column: Coded) -> str | None:
    """Return why a model does not suit a column, and which do; None if it does."""
    if kind not in MODELS:
        return f"no model {kind!r}; known: {', '.join(MODELS)}"
    why = _objection(kind, column)
    if why is None:
        return None
    others = [m for m in MODELS if _objection(m, column) is None]
    what = f"fitting: {', '.join(others)}" if others else "no regression fits; use trees"
    return f"{kind!r} {why}; {what}"


def _objection(kind: str, column: Coded) -> str | None:
    if kind.startswith("normal"):
        return "needs a quantity and this column has levels" if column.quantities is None else None
    count = len(np.unique(column.codes[column.present]))
    if kind == "logistic" and count > 2:
        return f"needs two values and this column has {count:,}"
    if kind == "ordered" and not column.ordered:
        return "needs an order and this column's levels have none"
    if count > MOST_CLASSES:
        return f"takes up to {MOST_CLASSES} values and this column has {count:,}"
    return None


@dataclass(frozen=True)
class _Normal:
    """Linear regression with normal residuals, in units of the column's spread."""

    design: Design
    fit: Linear
    centre: float
    scale: float

    @classmethod
    def learn(
        cls,
        predictors: Sequence[Coded],
        column: Coded,
        weights: np.ndarray,
        rng: np.random.Generator | None,
    ) -> _Normal:
        assert column.quantities is not None
        values = column.quantities[column.codes]
        centre, spread = float(values.mean()), float(values.std())
        scale = spread if spread > 1e-12 * abs(centre) else 1.0
        design, fit = _line(predictors, (values - centre) / scale, weights, rng)
        return cls(design, fit, centre, scale)

    def draw(self, codes: Sequence[np.ndarray], rows: int, rng: np.random.Generator) -> np.ndarray:
        return self.centre + self.scale * _around(self.design, self.fit, codes, rows, rng)


@dataclass(frozen=True)
class _Ranked:
    """The same for normal scores of the ranks, which a smoothed quantile function takes back."""

    design: Design
    fit: Linear
    cuts: np.ndarray
    line: np.ndarray

    @classmethod
    def learn(
        cls,
        predictors: Sequence[Coded],
        column: Coded,
        weights: np.ndarray,
        rng: np.random.Generator | None,
    ) -> _Ranked:
        assert column.quantities is not None
        present, place, counts = np.unique(column.codes, return_inverse=True, return_counts=True)
        sizes = np.bincount(place, weights)
        middle = (np.cumsum(sizes) - sizes / 2) / sizes.sum()
        design, fit = _line(predictors, _quantiles(middle)[place], weights, rng)
        least = min(FEW, len(column.codes))
        shares, line = knots(column.quantities[present], counts, least)
        upto = np.concatenate([[0], np.cumsum(weights[np.argsort(column.codes, kind="stable")])])
        records = np.arange(len(upto)) / (len(upto) - 1)
        return cls(design, fit, _quantiles(np.interp(shares, records, upto / upto[-1])), line)

    def draw(self, codes: Sequence[np.ndarray], rows: int, rng: np.random.Generator) -> np.ndarray:
        scores = _around(self.design, self.fit, codes, rows, rng)
        return np.asarray(np.interp(scores, self.cuts, self.line))


@dataclass(frozen=True)
class _Classes:
    """Codes drawn with the probabilities of a logistic model; None where there is one group.

    Each of `single` is a group of its own. The last group is that of the `pooled` codes, which
    are drawn by their shares in it.
    """

    design: Design
    fit: Cumulative | Multinomial | None
    single: np.ndarray
    pooled: np.ndarray
    shares: np.ndarray

    @classmethod
    def learn(
        cls,
        kind: str,
        predictors: Sequence[Coded],
        column: Coded,
        weights: np.ndarray,
        rng: np.random.Generator | None,
    ) -> _Classes:
        present, classes, counts = np.unique(column.codes, return_inverse=True, return_counts=True)
        rare = _rare(counts) if kind == "polytomous" else np.zeros(len(counts), dtype=bool)
        sizes = np.bincount(classes, weights)
        codes = present[~rare], present[rare], sizes[rare] / max(sizes[rare].sum(), 1e-300)
        group = np.where(rare, np.count_nonzero(~rare), np.cumsum(~rare) - 1)[classes]
        sizes = np.bincount(group, weights)
        if len(sizes) == 1:
            return cls(Design(()), None, *codes)
        graded = kind == "ordered"
        outcomes = group[:, None].astype(float) if graded else np.eye(len(sizes))[group]
        target = group.astype(float) if graded else group
        design = Design.of(predictors, target, outcomes, float(sizes.sum() - sizes.max()))
        x = design.matrix([p.codes for p in predictors], len(group))
        regress = multinomial if kind == "polytomous" else cumulative
        return cls(design, regress(x, group, weights, rng), *codes)

    def draw(self, codes: Sequence[np.ndarray], rows: int, rng: np.random.Generator) -> np.ndarray:
        group = np.zeros(rows, np.intp)
        if self.fit is not None:
            chance = rng.random(rows)
            for part in parts(rows):
                x = self.design.matrix([c[part] for c in codes], len(chance[part]))
                group[part] = (chance[part, None] > self.fit.below(x)).sum(axis=1)
        drawn = np.append(self.single, self.pooled[:1])[group]
        again = np.flatnonzero(group == len(self.single))
        if len(again):
            drawn[again] = rng.choice(self.pooled, len(again), p=self.shares)
        return drawn


def _rare(counts: np.ndarray) -> np.ndarray:
    """Return which classes have fewer than `FEW` records, or make up for it if all are too few."""
    order = np.argsort(counts, kind="stable")
    few = int((counts < FEW).sum())
    while 0 < few < len(counts) and counts[order[:few]].sum() < FEW:
        few += 1
    rare = np.zeros(len(counts), dtype=bool)
    rare[order[:few]] = True
    return rare


def _line(
    predictors: Sequence[Coded],
    values: np.ndarray,
    weights: np.ndarray,
    rng: np.random.Generator | None,
) -> tuple[Design, Linear]:
    design = Design.of(predictors, values, values[:, None], float(weights.sum()))
    x = design.matrix([p.codes for p in predictors], len(values))
    return design, linear(x, values, weights, rng)


def _around(
    design: Design,
    fit: Linear,
    codes: Sequence[np.ndarray],
    rows: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return draws around the regression line."""
    drawn = fit.spread * rng.standard_normal(rows)
    for part in parts(rows):
        x = design.matrix([c[part] for c in codes], len(drawn[part]))
        drawn[part] += x @ fit.coefficients
    return drawn


def _quantiles(shares: np.ndarray) -> np.ndarray:
    quantile = NormalDist().inv_cdf
    return np.array([quantile(p) for p in shares])

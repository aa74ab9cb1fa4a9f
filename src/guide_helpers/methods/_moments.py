"""Files drawn from a short list of numbers: moments, shares of levels and correlations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.methods._frame import assemble
from guide_helpers.methods._normal import TERMS, Normals, Steps, implied, join
from guide_helpers.schema import Dataset

TURNS = (10, 20)
"""Starting points for a cubic, along and around the half sphere of those with variance 1."""
ROUNDS = 50
STEP = 1e-6
EXACT = 1e-9
"""Skewness and kurtosis that miss by less are met."""


@dataclass(frozen=True)
class Cubic:
    """A quantity as mean + spread * (b z + c (z^2 - 1) + d z^3) of a normal value z."""

    mean: float
    spread: float
    weights: tuple[float, float, float]
    asked: tuple[float, float]
    """Skewness and kurtosis of the original."""

    @property
    def series(self) -> np.ndarray:
        """The coefficients in normalised Hermite polynomials: a vector of length 1."""
        b, c, d = self.weights
        found = np.zeros(TERMS)
        found[:3] = b + 3 * d, np.sqrt(2) * c, np.sqrt(6) * d
        return found

    @property
    def kept(self) -> tuple[float, float]:
        """Skewness and kurtosis of the cubic."""
        skewness, kurtosis = _shape(*self.weights)
        return float(skewness), float(kurtosis)

    def values_at(self, normal: np.ndarray) -> np.ndarray:
        """Return the quantities of some normal values."""
        b, c, d = self.weights
        cubic = b * normal + c * (normal**2 - 1) + d * normal**3
        return np.asarray(self.mean + self.spread * cubic)


Quantity = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, Cubic]]


@dataclass(frozen=True)
class Moments:
    """All that is taken from the records: margins, correlations, and a table without rows."""

    normals: Normals
    empty: Dataset

    @classmethod
    def of(cls, data: Dataset, quantity: Quantity, least: int, rng: np.random.Generator) -> Moments:
        """Return the numbers of a data set; `quantity` fits the margin of a number."""
        # unlike with_rows, this keeps levels that no schema names
        empty = replace(data, rows=data.rows.iloc[:0].copy())
        return cls(Normals.of(data, quantity, least, rng), empty)

    def sample(self, n: int, rng: np.random.Generator, *, keep_bounds: bool) -> Dataset:
        """Draw `n` rows, cut off at public bounds where asked."""
        drawn = self.normals.draw(n, rng)
        shape = self.empty if keep_bounds else _unbounded(self.empty)
        return assemble(self.empty, join(shape, drawn, {}), n)

    def quantities(self) -> dict[str, Cubic]:
        """Return the fitted margin of each numeric column that has values."""
        margins = self.normals.margins.items()
        return {self._column(k): m for k, m in margins if isinstance(m, Cubic)}

    def moments(self) -> pd.DataFrame:
        """Return one line a numeric column: mean and standard deviation."""
        lines = {k: (m.mean, m.spread) for k, m in self.quantities().items()}
        names = ["mean", "standard deviation"]
        return pd.DataFrame.from_dict(lines, orient="index", columns=names).rename_axis("column")

    def shares(self) -> pd.DataFrame:
        """Return one line a level, special code or missing part, in the order along the normal
        value, with its share in % of the records that can have it.

        A missing level is a yes or no of its own; the levels share what is not missing.
        """
        lines = []
        for name, margin in self.normals.margins.items():
            if isinstance(margin, Steps) and len(margin.knots) > 1:
                ends = [NormalDist().cdf(x) for x in margin.cuts]
                part = np.diff([0.0, *ends, 1.0]) * 100
                words = [self._word(name, k) for k in margin.knots]
                label = self._label(name)
                lines += [(label, w, s) for w, s in zip(words, part, strict=True)]
        return pd.DataFrame(lines, columns=["part", "level", "share"]).set_index(["part", "level"])

    def correlations(self) -> pd.DataFrame:
        """Return the correlations of the normal values, a line and a column for each part.

        They are what the file is drawn with. Those of levels are not correlations of the levels
        themselves, and those of curved quantities not of the quantities: see `kept`.
        """
        return self._table(self.normals.correlation)

    def kept(self) -> pd.DataFrame:
        """Return the correlations that the file has before rounding and bounds.

        Levels count by their scores, the mean normal value of each.
        """
        series = np.array([m.series for m in self.normals.margins.values()])
        length = np.linalg.norm(series, axis=1, keepdims=True)
        found = implied(self.normals.correlation, series / np.maximum(length, 1e-12))
        np.fill_diagonal(found, 1.0)
        return self._table(found)

    def _table(self, matrix: np.ndarray) -> pd.DataFrame:
        margins = list(self.normals.margins.items())
        vary = [i for i, (_, m) in enumerate(margins) if not _constant(m)]
        labels = [self._label(margins[i][0]) for i in vary]
        return pd.DataFrame(matrix[np.ix_(vary, vary)], index=labels, columns=labels)

    def _column(self, part: str) -> str:
        return self.empty.schema.variables[int(part.partition(":")[0])].name

    def _label(self, part: str) -> str:
        what = part.partition(":")[2]
        word = {"gone": ": missing", "state": ": state"}.get(what, "")
        return self._column(part) + word

    def _word(self, part: str, code: float) -> Any:
        place, _, what = part.partition(":")
        v = self.empty.schema.variables[int(place)]
        if what == "level":
            return self.empty.rows[v.name].cat.categories[int(code)]
        if what == "gone":
            return "missing" if code else "a level"
        specials = [f"{s:g}" for s in sorted(v.special)]
        return ["a value", "missing", *specials][int(code)]


def check_truth(**options: object) -> None:
    """Refuse options that are neither True nor False."""
    for name, value in options.items():
        if not isinstance(value, bool):
            raise GuideError(f"{name}={value!r} is neither True nor False")


def _unbounded(data: Dataset) -> Dataset:
    schema = data.schema
    for v in schema.variables:
        schema = schema.change(v.name, bounds=None) if v.numeric else schema
    return replace(data, schema=schema)


def _constant(margin: Any) -> bool:
    return not margin.spread if isinstance(margin, Cubic) else len(margin.knots) < 2


def straight(values: np.ndarray, there: np.ndarray) -> tuple[np.ndarray, Cubic]:
    """Return standardised scores, 0 where there is no value, and a normal margin."""
    scores, mean, spread = _standardised(values, there)
    return scores, Cubic(mean, spread, (1.0, 0.0, 0.0), _moments_of(scores[there]))


def cubic(values: np.ndarray, there: np.ndarray) -> tuple[np.ndarray, Cubic]:
    """Return standardised scores, 0 where there is no value, and the cubic with their moments."""
    scores, mean, spread = _standardised(values, there)
    asked = _moments_of(scores[there])
    return scores, Cubic(mean, spread, fleishman(*asked), asked)


def fleishman(skewness: float, kurtosis: float) -> tuple[float, float, float]:
    """Return b, c, d of the cubic with mean 0, variance 1 and this skewness and kurtosis.

    Where no cubic has them, the one that comes nearest, relative to 1 + their size. Where
    several have them, one that rises throughout is preferred, then the one nearest to a line.
    Kurtosis is 0 for the normal distribution.

    References
    ----------
    Fleishman (1978), doi:10.1007/BF02293811
    """
    asked = np.array([skewness, kurtosis])
    scale = 1 + np.abs(asked)
    found = _descended(asked, scale)
    b, c, d = _on_sphere(found)
    miss = np.hypot(*((np.stack(_shape(b, c, d)).T - asked) / scale).T)
    near = np.flatnonzero(miss <= max(float(miss.min()) * (1 + 1e-6), EXACT))
    rises = (b * d >= 0) & (c**2 <= 3 * b * d + 1e-12)
    best = max(near, key=lambda i: (bool(rises[i]), round(float(b[i] + 3 * d[i]), 6), -i))
    return float(b[best]), float(c[best]), float(d[best])


def _standardised(values: np.ndarray, there: np.ndarray) -> tuple[np.ndarray, float, float]:
    known = values[there]
    mean, spread = float(known.mean()), float(known.std(ddof=1))
    if spread <= 1e-12 * max(abs(mean), 1e-300):
        return np.zeros(len(values)), mean, 0.0
    return np.where(there, (values - mean) / known.std(), 0.0), mean, spread


def _moments_of(scores: np.ndarray) -> tuple[float, float]:
    """Return skewness and kurtosis of standardised scores; 0 where they do not vary."""
    if not scores.any():
        return 0.0, 0.0
    return float((scores**3).mean()), float((scores**4).mean() - 3)


def _shape(b: Any, c: Any, d: Any) -> tuple[Any, Any]:
    """Return skewness and kurtosis of b z + c (z^2 - 1) + d z^3 for weights of variance 1."""
    skewness = c * (8 * c**2 + 6 * b**2 + 72 * b * d + 270 * d**2)
    kurtosis = (
        3 * b**4
        + 60 * b**2 * c**2
        + 60 * c**4
        + 60 * b**3 * d
        + 936 * b * c**2 * d
        + 630 * b**2 * d**2
        + 4500 * c**2 * d**2
        + 3780 * b * d**3
        + 10395 * d**4
        - 3
    )
    return skewness, kurtosis


def _on_sphere(turns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return b, c, d of cubics with variance 1 from two angles."""
    along, around = turns
    second = np.sin(along) * np.cos(around) / np.sqrt(2)
    third = np.sin(along) * np.sin(around) / np.sqrt(6)
    return np.cos(along) - 3 * third, second, third


def _descended(asked: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return angles after damped least squares from points all over the half sphere."""
    along, around = (np.arange(k) + 0.5 for k in TURNS)
    grid = np.meshgrid(along * np.pi / 2 / TURNS[0], around * 2 * np.pi / TURNS[1])
    turns = np.stack([g.ravel() for g in grid], axis=1)

    def misses(at: np.ndarray) -> np.ndarray:
        return np.asarray((np.stack(_shape(*_on_sphere(at.T)), axis=1) - asked) / scale)

    now, damping = misses(turns), np.full(len(turns), 1e-2)
    for _ in range(ROUNDS):
        sides = [(misses(turns + h) - misses(turns - h)) / (2 * STEP) for h in np.eye(2) * STEP]
        slopes = np.stack(sides, axis=2)
        square = slopes.transpose(0, 2, 1) @ slopes
        size = damping * (square.trace(axis1=1, axis2=2) + 1e-9)
        downhill = slopes.transpose(0, 2, 1) @ now[:, :, None]
        step = np.linalg.solve(square + size[:, None, None] * np.eye(2), downhill)[:, :, 0]
        new = misses(turns - step)
        better = (new**2).sum(axis=1) < (now**2).sum(axis=1)
        turns = np.where(better[:, None], turns - step, turns)
        now = np.where(better[:, None], new, now)
        damping = np.where(better, damping / 10, damping * 10).clip(1e-15, 1e6)
    return np.asarray(turns.T)

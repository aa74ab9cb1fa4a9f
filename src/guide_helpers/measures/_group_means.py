"""Means of one variable in the groups of both files, with standard errors by privacy unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guide_helpers.errors import GuideError
from guide_helpers.measures._encode import measured, special_codes
from guide_helpers.measures._groups import Groups
from guide_helpers.schema import Dataset, Role, Variable


def about(data: Dataset, name: str | None) -> Variable:
    """Return the variable whose means are asked for: a sensitive one unless another is named."""
    every = [v for v in measured(data) if v.role is not Role.WEIGHT and _has_mean(v)]
    if name is None:
        sensitive = [v for v in every if v.role is Role.SENSITIVE]
        if not every:
            raise GuideError("no variable of the table has a mean; nothing to compare")
        return (sensitive or every[-1:])[0]
    if not _has_mean(data.schema[name]) or data.schema[name] not in measured(data):
        raise GuideError(f"variable={name!r} has no mean; name a numeric or discrete one")
    return data.schema[name]


def _has_mean(variable: Variable) -> bool:
    return variable.numeric or variable.discrete


def group_means(
    found: Groups, original: Dataset, synthetic: Dataset, target: Variable
) -> tuple[Means, Means, str]:
    """Return the means in both files, and words for what they are means of.

    Of a discrete variable they are shares of the level that is commonest in the original.
    """
    level = _commonest(original, target)
    old = _means(found.original, original, target, level, len(found.names))
    new = _means(found.synthetic, synthetic, target, level, len(found.names))
    words = f"share of {target.name}: {level}" if target.discrete else f"mean of {target.name}"
    return old, new, words


def _commonest(data: Dataset, about: Variable) -> object | None:
    """Return the level whose share stands for the mean of a discrete variable."""
    if not about.discrete:
        return None
    counts = data.rows[about.name].value_counts()
    return counts.index[0] if len(counts) else None


@dataclass(frozen=True)
class Means:
    """Number of values, mean and standard error in each group."""

    sizes: np.ndarray
    means: np.ndarray
    errors: np.ndarray


def _means(
    codes: np.ndarray, data: Dataset, about: Variable, level: object | None, size: int
) -> Means:
    column = data.rows[about.name]
    if about.discrete:
        values, plain = (column == level).to_numpy(dtype=float), column.notna().to_numpy()
    else:
        values = column.to_numpy(dtype=float)
        plain = special_codes(about, values) == 0
    codes, values, units = codes[plain], values[plain], data.units[plain]
    n = np.bincount(codes, minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.bincount(codes, values, minlength=size) / n
        return Means(n, means, _errors(codes, values - means[codes], units, n))


def _errors(codes: np.ndarray, apart: np.ndarray, units: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Return standard errors of group means, with the records of a unit taken together."""
    every = int(units.max(initial=0)) + 1
    both, place = np.unique(codes * every + units, return_inverse=True)
    of_group = both // every
    clusters = np.bincount(of_group, minlength=len(n))
    squares = np.bincount(of_group, np.bincount(place, apart) ** 2, minlength=len(n))
    found: np.ndarray = np.sqrt(squares * clusters / np.maximum(clusters - 1, 0)) / n
    return np.where(clusters > 1, found, 0.0)

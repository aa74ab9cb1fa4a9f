"""The nearest records of mixed tables, exactly and without looking at each pair.

Distance is Gower's, clipped: a discrete variable adds 0 or 1, a numeric one its difference as a
share of the ruler's range and at most 1, a missing value or special code is a value of its own;
the sum is divided by the number of variables. With the file that is searched as the ruler this is
the distance of SDMetrics' DCR measures. Measures and attacks share this module.

References
----------
Gower (1971), doi:10.2307/2528823
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from guide_helpers._partition import Table, search, within_reach
from guide_helpers.errors import GuideError
from guide_helpers.schema import Dataset, Kind, Variable

FAR = 1e6
"""Missing values and special codes lie this far from quantities, which the clip makes 1."""


@dataclass(frozen=True)
class Nearest:
    """For each record asked for: the k nearest ones, from near to far.

    `distances` are 0 to 1, `rows` are row numbers of the searched file. Where there are fewer than
    k, the distance is infinite and the row -1. Which of several equally near records is named is
    not defined.
    """

    distances: np.ndarray
    rows: np.ndarray


def points(
    ruler: Dataset,
    *files: Dataset,
    names: Sequence[str] | None = None,
    weights: Sequence[float] | None = None,
) -> tuple[Table, ...]:
    """Return files as points in one space, measured in levels and ranges of `ruler`.

    `names` are the variables compared, by default all modelled ones but free text. `weights` say
    how much each of them counts; the distance is then a weighted mean.
    """
    chosen = compared(ruler) if names is None else [ruler.schema[n] for n in names]
    if not chosen:
        raise GuideError("the table has only identifiers and free text; no distance to measure")
    heavy = np.ones(len(chosen)) if weights is None else np.asarray(weights, dtype=float)
    share = heavy * (len(chosen) / heavy.sum())
    discrete = np.array([not _is_quantity(v) for v in chosen])
    columns = [_column(v, ruler.rows[v.name], [f.rows[v.name] for f in files]) for v in chosen]
    table = Table(
        _stacked(columns, discrete, np.int32),
        _stacked(columns, ~discrete, np.float64) * share[~discrete][:, None],
        share[discrete],
        share[~discrete],
    )
    ends = np.cumsum([len(f) for f in files])
    return tuple(table.take(np.arange(e - len(f), e)) for e, f in zip(ends, files, strict=True))


def compared(data: Dataset) -> list[Variable]:
    """Return the variables that a distance looks at: all modelled ones but free text."""
    return [v for v in data.schema.modelled if v.kind is not Kind.TEXT]


def nearest(
    asked: Table,
    shown: Table,
    k: int = 1,
    *,
    apart: tuple[np.ndarray, np.ndarray] | None = None,
) -> Nearest:
    """Return the k nearest records of `shown` to each record of `asked`.

    `apart` gives the privacy unit of each record of the two files; records of one unit are then
    no neighbours of each other. For a file and itself, `apart=(data.units, data.units)`.
    """
    if k < 1:
        raise GuideError(f"k={k} asks for no neighbour; ask for at least 1")
    first, back = _distinct(asked) if apart is None else (np.arange(len(asked)), None)
    kept = _capped(shown, k, apart)
    own = None if apart is None else (apart[0], apart[1][kept])
    distances, rows = search(asked.take(first), shown.take(kept), k, own)
    rows = np.where(rows >= 0, kept[rows], -1)
    distances = distances / asked.width
    if back is None:
        return Nearest(distances, rows)
    return Nearest(distances[back], rows[back])


def count_within(asked: Table, shown: Table, radius: float) -> np.ndarray:
    """Return how many records of `shown` lie within `radius` (0 to 1) of each record asked for."""
    first, back = _distinct(asked)
    distinct, of = _distinct(shown)
    sizes = np.bincount(of, minlength=len(distinct))
    reach = radius * asked.width + 1e-9
    counts = within_reach(asked.take(first), shown.take(distinct), sizes, reach)
    found: np.ndarray = counts[back]
    return found


def combinations(*tables: Table) -> list[np.ndarray]:
    """Return, for each file, one number for each combination of values, the same in all files."""
    sizes = [len(t) for t in tables]
    code = np.zeros(sum(sizes), dtype=np.int64)
    for kind in ("levels", "places"):
        for parts in zip(*(getattr(t, kind) for t in tables), strict=True):
            found, distinct = pd.factorize(np.concatenate(parts))
            code = pd.factorize(code * len(distinct) + found)[0]
    return np.split(code, np.cumsum(sizes)[:-1])


def isolation(data: Dataset, k: int = 5) -> np.ndarray:
    """Return the mean distance of each record to its k nearest records of other units, 0 to 1.

    Infinite where there are fewer than k.

    References
    ----------
    Meeus, Guepin, Cretu and de Montjoye (2023), arXiv:2306.10308
    """
    (own,) = points(data, data)
    mean: np.ndarray = nearest(own, own, k, apart=(data.units, data.units)).distances.mean(axis=1)
    return mean


def most_vulnerable(data: Dataset, n: int, *, k: int = 5) -> np.ndarray:
    """Return the row numbers of the n most isolated records, the most isolated first.

    They are the ones to attack: records far from all others are told apart most easily.

    References
    ----------
    Meeus, Guepin, Cretu and de Montjoye (2023), arXiv:2306.10308
    """
    if not 1 <= n <= len(data):
        raise GuideError(f"n={n} is not among the {len(data)} records; ask for 1 or more of them")
    return np.argsort(-isolation(data, k), kind="stable")[:n]


def _stacked(columns: list[np.ndarray], chosen: np.ndarray, dtype: type) -> np.ndarray:
    kept = [c for c, is_in in zip(columns, chosen, strict=True) if is_in]
    return np.array(kept, dtype=dtype).reshape(len(kept), len(columns[0]))


def _distinct(table: Table) -> tuple[np.ndarray, np.ndarray]:
    """Return one row of each combination of values, and the place of each row among them."""
    (code,) = combinations(table)
    _, first, back = np.unique(code, return_index=True, return_inverse=True)
    return first, back


def _capped(shown: Table, k: int, apart: tuple[np.ndarray, np.ndarray] | None) -> np.ndarray:
    """Return the rows to search: of equal records only as many as can be among the k nearest."""
    if apart is not None:
        if len(np.unique(apart[1])) < len(apart[1]):
            return np.arange(len(shown))
        k += 1
    (code,) = combinations(shown)
    order = np.argsort(code, kind="stable")
    sizes = np.bincount(code)
    turn = np.arange(len(code)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.sort(order[turn < k])


def _is_quantity(variable: Variable) -> bool:
    return variable.numeric or variable.kind is Kind.DATETIME


def _column(variable: Variable, ruler: pd.Series, parts: list[pd.Series]) -> np.ndarray:
    """Return the values of several files, one after the other, as levels or as places."""
    values = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    if _is_quantity(variable):
        return _places(variable, ruler, values)
    levels = pd.Index(pd.unique(ruler.dropna().astype(object)))
    if isinstance(ruler.dtype, pd.CategoricalDtype):
        levels = pd.Index(ruler.cat.categories.astype(object))
    codes = levels.get_indexer(pd.Index(values.astype(object)))
    unseen = pd.factorize(values.astype(object))[0] + len(levels)
    codes = np.where(codes < 0, unseen, codes)
    return np.where(values.isna().to_numpy(), -1, codes)


def _places(variable: Variable, ruler: pd.Series, values: pd.Series) -> np.ndarray:
    """Return quantities as shares of the ruler's range; missing and special ones lie far off."""
    seen, plain = _floats(ruler), _floats(values)
    special = np.array(sorted(variable.special), dtype=float)
    ordinary = seen[~np.isnan(seen) & ~np.isin(seen, special)]
    span = float(np.ptp(ordinary)) if len(ordinary) else 0.0
    if span:
        places = np.clip((plain - ordinary.min()) / span, -FAR / 4, FAR / 4)
    elif len(ordinary):
        places = np.where(plain == ordinary[0], 0.0, 2.0 + pd.factorize(plain)[0])
    else:
        places = 2.0 * pd.factorize(plain)[0]
    for number, code in enumerate(special, start=2):
        places = np.where(plain == code, number * FAR, places)
    return np.where(np.isnan(plain), FAR, places)


def _floats(values: pd.Series) -> np.ndarray:
    if pd.api.types.is_datetime64_any_dtype(values):
        seconds = pd.DatetimeIndex(values).as_unit("s").asi8.astype(float)
        return np.where(values.isna().to_numpy(), np.nan, seconds)
    return values.to_numpy(dtype=float, na_value=np.nan)

"""What figures draw: shares, groups and means by file, and the sentences that say them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.measures._encode import level_codes, numbers, special_codes
from guide_helpers.results import Synthetic
from guide_helpers.schema import Dataset, Kind, Variable

if TYPE_CHECKING:
    from guide_helpers.methods.cart import Cart

MOST_LEVELS = 20

Copies = Dataset | Synthetic | Mapping[str, Dataset | Synthetic]


def named_files(synthetic: Copies) -> dict[str, Dataset]:
    """Return synthetic files by name; of several copies, the first."""
    given = synthetic if isinstance(synthetic, Mapping) else {"synthetic": synthetic}
    found = {}
    for name, what in given.items():
        first = what.first if isinstance(what, Synthetic) else what
        if not isinstance(first, Dataset):
            raise GuideError("a figure shows one table: choose one in `.copies`")
        found[name] = first
    return found


def axis_title(variable: Variable) -> str:
    """Return a variable's label with its unit."""
    return f"{variable.label or variable.name}" + (f" ({variable.unit})" if variable.unit else "")


def quantity(variable: Variable, values: pd.Series) -> np.ndarray:
    """Return the quantities of a column; missing and special values are NaN."""
    plain = numbers(values)
    return np.where(special_codes(variable, plain) == 0, plain, np.nan)


def levels_of(named: Mapping[str, Dataset], column: str) -> list[Any]:
    """Return the levels that occur, in the original's order."""
    first, *others = (d[column] for d in named.values())
    levels = list(pd.Categorical(first).categories)
    for other in others:
        levels = level_codes(pd.Series(pd.Categorical([], levels)), other)[2]
    seen = set().union(*(set(d[column].dropna().unique()) for d in named.values()))
    return [x for x in levels if x in seen]


def percent_at(values: pd.Series, level: Any) -> np.ndarray:
    return np.where(values.isna(), np.nan, 100.0 * (values == level).to_numpy(dtype=float))


@dataclass(frozen=True)
class Margin:
    """Cells of one variable: their place on an axis, their name, and the records in them."""

    places: list[Any]
    names: list[str]
    counts: dict[str, np.ndarray]


def margin_cells(variable: Variable, columns: Mapping[str, pd.Series], bins: int) -> Margin:
    """Return the levels, or about `bins` bins of equal width; the last bin is open above."""
    if variable.kind in (Kind.TEXT, Kind.IDENTIFIER):
        raise GuideError(
            f"column {variable.name!r} is of kind {variable.kind.value}; it has no margin to show"
        )
    if variable.discrete:
        return level_counts({n: pd.Series(pd.Categorical(c)) for n, c in columns.items()})
    values = {n: quantity(variable, c) for n, c in columns.items()}
    edges = _edges(variable, _present(variable, values["original"]), bins)
    counts = {
        n: np.histogram(np.clip(v[~np.isnan(v)], edges[0], edges[-1]), edges)[0]
        for n, v in values.items()
    }
    dates = variable.kind is Kind.DATETIME
    if variable.kind is Kind.INTEGER:
        ends = [(int(np.ceil(a)), int(np.ceil(b)) - 1) for a, b in pairwise(edges)]
        names = [f"{a:,}" if a == b else f"{a:,} to {b:,}" for a, b in ends]
    else:
        shown = pd.to_datetime(edges, unit="s") if dates else edges
        names = [f"{short(a)} to {short(b)}" for a, b in pairwise(shown)]
    middles = (edges[1:] + edges[:-1]) / 2
    places = list(pd.to_datetime(middles, unit="s") if dates else middles)
    return Margin(places, [*names[:-1], f"{names[-1]} and beyond"], counts)


def _present(variable: Variable, values: np.ndarray) -> np.ndarray:
    found: np.ndarray = values[~np.isnan(values)]
    if not len(found):
        raise GuideError(f"column {variable.name!r} has no values in the original to show")
    return found


def _edges(variable: Variable, values: np.ndarray, bins: int) -> np.ndarray:
    """Return the ends of bins; those of whole numbers hold the same number of values each."""
    low, high = float(values.min()), float(np.quantile(values, 0.995))
    if variable.kind is Kind.INTEGER:
        width = max(1, int(np.ceil((high - low + 1) / bins)))
        return np.arange(low - 0.5, high + width, width)
    return np.linspace(low, high if high > low else low + 1, bins + 1)


def level_counts(columns: Mapping[str, pd.Series]) -> Margin:
    """Return levels with missing last, the rarest of many taken together, and their counts."""
    counts = pd.DataFrame({n: c.value_counts(dropna=False, sort=False) for n, c in columns.items()})
    order = list(columns["original"].cat.categories)
    order += [x for x in counts.index if x not in order and not pd.isna(x)]
    gone = np.asarray(counts.index.isna())
    missing = counts[gone].fillna(0).sum()
    counts = counts[~gone].reindex(order).fillna(0)
    counts = counts[counts.sum(axis=1) > 0]
    if len(counts) > MOST_LEVELS:
        kept = counts["original"].nlargest(MOST_LEVELS - 1).index
        rest = counts[~counts.index.isin(kept)].sum()
        counts = counts[counts.index.isin(kept)]
        counts.index = pd.Index([str(x) for x in counts.index])
        counts.loc["other levels"] = rest
    counts.index = pd.Index([str(x) for x in counts.index])
    if missing.sum():
        counts.loc["missing"] = missing
    names = list(counts.index)
    return Margin(names, names, {n: counts[n].to_numpy() for n in columns})


def margin_words(name: str, cells: list[str], old: np.ndarray, new: np.ndarray) -> str:
    """Return by how much a margin differs, and where most."""
    gap = np.abs(new - old)
    if np.isnan(gap).all():
        return f"{name} shares no cell with the original that may be shown."
    at = int(np.nanargmax(gap))
    moved = np.nansum(gap) / 2
    where = "in the cells shown" if np.isnan(gap).any() else "in all"
    return (
        f"{name} differs from the original by {moved:.1f} % of the records {where}, most at "
        f"{cells[at]}: {new[at]:.1f} % against {old[at]:.1f} %."
    )


def spoken(value: float) -> str:
    """Return a number as it is read aloud: three digits, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"


def short(cell: Any) -> str:
    return f"{cell:%Y-%m-%d}" if isinstance(cell, pd.Timestamp) else f"{cell:,.4g}"


def not_drawn(variable: Variable, named: Mapping[str, Dataset], smallest: int) -> str:
    """Return what a numeric margin does not draw: missing and special values, small cells."""
    parts = []
    if not variable.discrete:
        gone = {n: np.isnan(quantity(variable, d[variable.name])).mean() for n, d in named.items()}
        if any(gone.values()):
            shares = ", ".join(f"{n} {100 * g:.1f} %" for n, g in gone.items())
            parts.append(f"Missing or special values, not drawn: {shares}.")
    if smallest:
        parts.append(f"Cells with fewer than {smallest} records are left out.")
    return " ".join(parts)


def groups_of(
    variable: Variable, columns: Mapping[str, pd.Series], bins: int
) -> tuple[list[str] | np.ndarray, dict[str, np.ndarray]]:
    """Return the groups of `x` (names or places on its axis) and each record's group or -1."""
    if variable.discrete:
        old = columns["original"]
        levels = list(pd.Categorical(old).categories)
        places = {n: level_codes(old, c)[1] for n, c in columns.items()}
        places = {n: np.where(p < len(levels), p, -1) for n, p in places.items()}
        return [str(x) for x in levels], places
    if variable.kind in (Kind.TEXT, Kind.IDENTIFIER):
        raise GuideError(f"{variable.name!r} is of kind {variable.kind.value}; it has no groups")
    values = {n: quantity(variable, c) for n, c in columns.items()}
    first = _present(variable, values["original"])
    cuts = np.unique(np.quantile(first, np.arange(1, bins) / bins))
    own = np.searchsorted(cuts, first, side="right")
    middles = np.array(
        [np.median(first[own == g]) for g in range(len(cuts) + 1) if (own == g).any()]
    )
    place = np.cumsum([(own == g).any() for g in range(len(cuts) + 1)]) - 1
    codes = {
        n: np.where(np.isnan(v), -1, place[np.searchsorted(cuts, v, side="right")])
        for n, v in values.items()
    }
    if variable.kind is Kind.DATETIME:
        return [f"{d:%Y-%m-%d}" for d in pd.to_datetime(middles, unit="s")], codes
    return middles, codes


def mean_and_error(
    y: np.ndarray, place: np.ndarray, size: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return each group's mean and its standard error; NaN for an empty group."""
    among = np.where(size > 0, size, np.nan)
    mean = np.bincount(place, y, len(size)) / among
    square = np.bincount(place, (y - mean[place]) ** 2, len(size))
    return mean, np.sqrt(square / np.where(size > 1, size - 1, np.nan) / among)


def enough(y: np.ndarray, place: np.ndarray, size: np.ndarray, smallest: int) -> np.ndarray:
    """Return which groups have `smallest` records; of a `y` with two values, of each of them."""
    found: np.ndarray = size >= max(1, smallest)
    two = np.unique(y)
    if smallest and len(two) == 2:
        first = np.bincount(place, y == two[0], len(size))
        found &= np.minimum(first, size - first) >= smallest
    return found


def line_words(name: str, groups: Any, old: np.ndarray, new: np.ndarray) -> str:
    """Return where the line of a file is furthest from the original's."""
    gap = np.abs(new - old)
    if np.isnan(gap).all():
        return f"{name} shares no group with the original."
    at = int(np.nanargmax(gap))
    group = groups[at] if isinstance(groups[at], str) else short(groups[at])
    return f"{name} differs most at {group}: {spoken(new[at])} against {spoken(old[at])}."


def heat_words(
    gap: np.ndarray,
    across: list[str],
    levels: list[Any],
    pair: tuple[Variable, Variable],
    name: str,
) -> str:
    variable, outcome = pair
    if np.isnan(gap).all():
        return f"{name} and the original share no group of {variable.name} that may be shown."
    row, col = np.unravel_index(np.nanargmax(np.abs(gap)), gap.shape)
    return (
        f"Differences between {name} and original in the share of each level of {outcome.name} "
        f"within {len(across)} groups of {variable.name}. The greatest is "
        f"{gap[row, col]:+.1f} percentage points, for {levels[row]} where {variable.name} is "
        f"{across[col]}; the mean absolute one is {np.nanmean(np.abs(gap)):.1f}."
    )


def leaf_areas(
    fitted: Cart, name: str
) -> tuple[list[str], list[str], np.ndarray, list[tuple[float, float, float, float]]]:
    """Return the places of two predictors, the donors' mean at each, and each leaf's rectangle."""
    leaves = fitted.leaves_of(name)
    target = fitted.columns_[name]
    names = list(leaves[0].allowed) if leaves else []
    columns = [fitted.columns_[n] for n in names]
    plain = all(c.ordered and c.present.all() for c in columns)
    if len(names) != 2 or not plain or target.quantities is None:
        raise GuideError(
            f"leaves of {name!r} make no areas: that takes a quantity, drawn from two ordered "
            "predictors without missing values; ask for the table of leaves instead"
        )
    across, up = (_places(c.decode(np.arange(c.missing))) for c in columns)
    values, boxes = np.full((len(up), len(across)), np.nan), []
    for leaf in leaves:
        x, y = (np.flatnonzero(leaf.allowed[n][:-1]) for n in names)
        values[np.ix_(y, x)] = target.quantities[leaf.donors].mean()
        boxes.append((x[0] - 0.5, x[-1] + 0.5, y[0] - 0.5, y[-1] + 0.5))
    return across, up, values, boxes


def _places(values: Any) -> list[str]:
    return [short(v) if isinstance(v, float | pd.Timestamp) else str(v) for v in values]

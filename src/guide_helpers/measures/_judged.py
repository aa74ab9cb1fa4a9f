"""Scores of measures that are plain functions of two files: bands and interval by resampling.

A module gives `judged` a function that returns the values of its variants for an original and a
synthetic file; this module asks it again for resampled files, which gives the null bands and the
interval. A measure whose null has a formula makes its own bands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import pandas as pd

from guide_helpers.cards import MeasureCard, Null
from guide_helpers.catalogue import find
from guide_helpers.errors import GuideError
from guide_helpers.intervals import Interval, normal_quantile, student_quantile
from guide_helpers.results import NullBand, Score
from guide_helpers.schema import Dataset, LinkedTables

D = TypeVar("D", Dataset, LinkedTables)
GROUPS = 20
"""Parts of the synthetic file that are left out in turn for the interval."""
FEWEST_UNITS = 8
"""Fewer units than this cannot be split into files that stand for two samples."""


@dataclass(frozen=True)
class Reported:
    """A value of one variant, with the table behind it and a sentence."""

    value: float
    details: pd.DataFrame | None = field(default=None, compare=False)
    note: str = ""


def judged(
    measure: str,
    values: Callable[[D, D], Mapping[str, float]],
    original: D,
    synthetic: D,
    *,
    rng: np.random.Generator,
    reported: Mapping[str, Reported] | None = None,
    control: D | None = None,
    nulls: Sequence[Null | str] = (),
    draws: int = 16,
    interval: bool = True,
    subsample_share: float = 0.5,
) -> list[Score]:
    """Return a score for each variant that `values` gives for the two files.

    The band of the card's null is always drawn, those of `nulls` too. `reported` holds values with
    details and notes where the caller has them already; other values are computed here.

    Correct-model null: bootstraps of the original by privacy unit, of the synthetic file's size.
    Fresh-sample null: with a `control`, original and control are shuffled together and dealt out
    again, which is exact for samples of one population. Without it, two parts of the original
    that share no unit are measured at two sizes, and the value is carried on to the files' size
    by the power of the size that they show; the note says so. Subsample null: a part of the
    original without replacement.

    The interval is that of another copy of the same size: a jackknife that leaves out a group of
    the synthetic file's units in turn.
    """
    card: MeasureCard = find("measures", measure).card
    wanted = asked(nulls, card)
    if draws < 2:
        raise GuideError(f"draws={draws} shows no band; draw at least 2 files")
    found = reported or {v: Reported(x) for v, x in values(original, synthetic).items()}
    bands: dict[str, list[NullBand]] = {variant: [] for variant in found}
    fresh = Null.FRESH_SAMPLE in wanted
    errors = _errors(values, original, synthetic, rng) if interval or fresh else {}
    for null in wanted:
        drawn = _drawn(null, values, original, synthetic, control, draws, subsample_share, rng)
        for variant in found:
            least = errors.get(variant, 0.0) if null is Null.FRESH_SAMPLE else 0.0
            band = drawn.band(null, variant, card.bounds, least)
            if band is not None:
                bands[variant].append(band)
    note = ""
    if fresh and control is None:
        note = "Without a control file the fresh-sample band is carried on from parts of the "
        note += "original."
    return [
        Score(
            measure=measure,
            variant=variant,
            value=one.value,
            interval=_interval(one.value, errors[variant], card)
            if interval and variant in errors
            else None,
            bands=tuple(bands[variant]),
            details=one.details,
            note=" ".join(n for n in (one.note, note) if n),
        )
        for variant, one in found.items()
    ]


def asked(nulls: Sequence[Null | str], card: MeasureCard) -> tuple[Null, ...]:
    """Return the card's null and those asked for, or refuse an unknown one."""
    try:
        named = [Null(n) for n in ([nulls] if isinstance(nulls, str) else nulls)]
    except ValueError:
        known = ", ".join(n.value for n in Null)
        raise GuideError(f"nulls={nulls!r} names an unknown null; known: {known}") from None
    return tuple(dict.fromkeys([card.null, *named]))


def prediction_band(
    null: Null,
    values: np.ndarray,
    bounds: tuple[float | None, float | None] = (None, None),
    least: float = 0.0,
) -> NullBand:
    """Return mean and prediction interval: quantiles of few draws would be too narrow.

    `least` is a standard deviation below which that of the values is not believed.
    """
    mean, n = float(values.mean()), len(values)
    spread = max(float(values.std(ddof=1)), least)
    reach = student_quantile(n - 1) * spread * (1 + 1 / n) ** 0.5
    low, high = _clipped(mean - reach, mean + reach, bounds)
    mean, _ = _clipped(mean, mean, bounds)
    return NullBand(null, mean, low, high, n)


def resample(data: D, units: np.ndarray) -> D:
    """Return the rows of some privacy units; a unit drawn twice counts as two units."""
    if isinstance(data, LinkedTables):
        return _resample_linked(data, units)
    if data.entity is None:
        return replace(data, rows=data.rows.iloc[units].reset_index(drop=True))
    rows, of = _rows_of(data.units, units)
    taken = data.rows.iloc[rows].reset_index(drop=True)
    taken[data.entity] = _anew(data.rows[data.entity], of)
    return replace(data, rows=taken)


def pooled(one: D, other: D) -> D:
    """Return the units of two files of one population as one file."""
    if isinstance(one, LinkedTables) and isinstance(other, LinkedTables):
        first = resample(one, np.arange(one.n_units))
        second = resample(other, np.arange(other.n_units))
        return _joined(first, second)
    assert isinstance(one, Dataset)
    assert isinstance(other, Dataset)
    rows = pd.concat([one.rows, other.rows], ignore_index=True)
    if one.entity is not None:
        units = np.concatenate([one.units, other.units + one.n_units])
        rows[one.entity] = _anew(one.rows[one.entity], units)
    return one.with_rows(rows)


@dataclass(frozen=True)
class _Drawn:
    """Values under a null at one size, or at two of which the greater is `part` of the files'."""

    whole: Mapping[str, np.ndarray]
    half: Mapping[str, np.ndarray] | None = None
    part: float = 1.0

    def band(
        self,
        null: Null,
        variant: str,
        bounds: tuple[float | None, float | None],
        error: float,
    ) -> NullBand | None:
        """Return the band; `error` is the standard error of one file's value.

        Parts of one pool differ less than new files in what depends on the new file alone: its
        own noise and that of the pool add up to the error times a root of 1.5, and of 2 where the
        pool is the original.
        """
        values = self.whole.get(variant, np.empty(0))
        if len(values) < 2:
            return None
        pool = 1.5
        if self.half is not None:
            values, pool = _at_full_size(values, self.half[variant], self.part), 2.0
        return prediction_band(null, values, bounds, error * pool**0.5)


def _drawn(
    null: Null,
    values: Callable[[D, D], Mapping[str, float]],
    original: D,
    synthetic: D,
    control: D | None,
    draws: int,
    share: float,
    rng: np.random.Generator,
) -> _Drawn:
    n = original.n_units
    as_many = synthetic.n_units
    if null is Null.CORRECT_MODEL:
        files = (resample(original, rng.integers(0, n, as_many)) for _ in range(draws))
        return _Drawn(_gathered(values(original, f) for f in files))
    if null is Null.SUBSAMPLE:
        size = max(1, round(share * n))
        files = (resample(original, rng.permutation(n)[:size]) for _ in range(draws))
        return _Drawn(_gathered(values(original, f) for f in files))
    if control is not None:
        both = pooled(original, control)
        return _Drawn(_gathered(_dealt(values, both, n, as_many, draws, rng)))
    if n < FEWEST_UNITS:
        return _Drawn({})
    part = n / (n + as_many)
    whole, half = (
        _gathered(_dealt(values, original, k * part * n, k * part * as_many, draws, rng))
        for k in (1.0, 0.5)
    )
    return _Drawn(whole, half, part)


def _dealt(
    values: Callable[[D, D], Mapping[str, float]],
    both: D,
    n: float,
    as_many: float,
    draws: int,
    rng: np.random.Generator,
) -> Iterator[Mapping[str, float]]:
    """Yield the values for two parts of a file that share no unit."""
    first = max(1, int(n))
    second = max(1, min(int(as_many), both.n_units - first))
    for _ in range(draws):
        order = rng.permutation(both.n_units)
        old, new = order[:first], order[first : first + second]
        yield values(resample(both, old), resample(both, new))


def _gathered(found: Iterator[Mapping[str, float]]) -> dict[str, np.ndarray]:
    lines = list(found)
    names = lines[0] if lines else ()
    kept = {v: np.array([line[v] for line in lines if v in line]) for v in names}
    return {v: x[np.isfinite(x)] for v, x in kept.items()}


def _at_full_size(whole: np.ndarray, half: np.ndarray, part: float) -> np.ndarray:
    """Return values as files of the full size would give them, by a power of the size.

    The mean is carried on by at most a factor of two; the spread shrinks as with a root.
    """
    doublings = -np.log2(part)
    mean = whole.mean()
    step = mean / half.mean() if min(mean, half.mean()) > 0 else 1.0
    at_full = mean * np.clip(step, 0.5, 2.0) ** doublings
    spread: np.ndarray = at_full + (whole - mean) * part**0.5
    return spread


def _errors(
    values: Callable[[D, D], Mapping[str, float]],
    original: D,
    synthetic: D,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Return the standard error of each variant's value, from the noise of one copy."""
    n = synthetic.n_units
    groups = min(GROUPS, n)
    if groups < 2:
        return {}
    order = rng.permutation(n)
    parts = np.array_split(order, groups)
    left = _gathered(
        values(original, resample(synthetic, np.setdiff1d(order, part))) for part in parts
    )
    return {
        variant: float((len(x) - 1) / len(x) ** 0.5 * x.std(ddof=1))
        for variant, x in left.items()
        if len(x) > 1
    }


def _interval(value: float, error: float, card: MeasureCard) -> Interval:
    reach = normal_quantile(0.95) * error
    low, high = _clipped(value - reach, value + reach, card.bounds)
    return Interval(min(low, value), max(high, value), "sampling noise of one copy, jackknife")


def _clipped(
    low: float, high: float, bounds: tuple[float | None, float | None]
) -> tuple[float, float]:
    """Return two numbers moved into the bounds."""
    least = -np.inf if bounds[0] is None else bounds[0]
    most = np.inf if bounds[1] is None else bounds[1]
    return float(min(max(low, least), most)), float(min(max(high, least), most))


def _rows_of(of_row: np.ndarray, units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of each asked unit in turn, and which of the asked units each belongs to."""
    order = np.argsort(of_row, kind="stable")
    sizes = np.bincount(of_row, minlength=int(units.max(initial=0)) + 1)
    starts = np.cumsum(sizes) - sizes
    counts = sizes[units]
    of = np.repeat(np.arange(len(units)), counts)
    within = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
    return order[starts[units][of] + within], of


def _anew(names: pd.Series, of: np.ndarray) -> np.ndarray:
    """Return fresh names of units, of the type of the old ones."""
    if pd.api.types.is_numeric_dtype(names):
        return of
    return np.array([f"unit {i}" for i in of], dtype=object)


def _resample_linked(data: LinkedTables, units: np.ndarray) -> LinkedTables:
    tables: dict[str, pd.DataFrame] = {}
    keys: dict[tuple[str, str], np.ndarray] = {}
    taken = {data.root: (np.asarray(units), np.arange(len(units)))}
    queue = [data.root]
    while queue:
        name = queue.pop(0)
        rows, parent_of = taken[name]
        frame = data[name].rows.iloc[rows].reset_index(drop=True)
        upward = next((k for k in data.links if k.child == name), None)
        if upward is not None:
            frame[upward.key] = keys[name, upward.key][parent_of]
        for link in data.children(name):
            if upward is None or link.key != upward.key:
                frame[link.key] = _anew(data[name].rows[link.key], np.arange(len(frame)))
            place = pd.Index(data[name].rows[link.key])
            of_row = place.get_indexer(data[link.child].rows[link.key])
            kept = np.flatnonzero(of_row >= 0)
            inside, of = _rows_of(of_row[kept], rows)
            taken[link.child] = (kept[inside], of)
            keys[link.child, link.key] = frame[link.key].to_numpy()
            queue.append(link.child)
        tables[name] = frame
    made = {n: replace(data[n], rows=tables[n]) for n in data.tables}
    return LinkedTables(made, data.links, data.name)


def _joined(one: LinkedTables, other: LinkedTables) -> LinkedTables:
    """Return two sets of freshly numbered linked tables as one; the second's keys move up."""
    made = {}
    for name in one.tables:
        first, second = one[name].rows, other[name].rows.copy()
        for link in one.links:
            if name in (link.parent, link.child):
                second[link.key] = _moved(second[link.key], one[link.parent].rows[link.key])
        made[name] = replace(one[name], rows=pd.concat([first, second], ignore_index=True))
    return LinkedTables(made, one.links, one.name)


def _moved(names: pd.Series, taken: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(names):
        return names + int(taken.max()) + 1
    return names.astype(str) + " of the other"

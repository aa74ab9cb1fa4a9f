"""Whether units rise and fall together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from guide_helpers.cards import (
    Aspect,
    Better,
    DataKind,
    MeasureCard,
    Null,
    Rung,
    Scope,
    UseCase,
    card,
    conditional,
    fit,
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.measures._calendar import slot_of, slots
from guide_helpers.measures._clock import is_dates, step_of
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.measures._series import (
    TIME,
    Files,
    coded,
    is_quantity,
    matrix,
    moved,
    of_units,
    remembered,
    variables_of,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Kind, Schema, Variable

SOURCE, SLOT = " source", " slot"
FEWEST = 3
"""Two units with fewer common times than this have no correlation."""
MOST_UNITS, MOST_CELLS = 150, 5_000_000
"""Of more units, or of very many times, some units are taken at even distances in the file."""


@card(
    MeasureCard(
        title="Correlation between units",
        summary=(
            "How far the correlations of two units' values at the same times, over all pairs of "
            "units, would have to move to be distributed as in the original."
        ),
        sources=("hyndman2021",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("that sensors fill up or fail together is what maps show"),
            UseCase.TESTING_ANALYSIS: fit("the error of a sum over units depends on it"),
            UseCase.EDUCATION: conditional("where the course compares series with each other"),
            UseCase.TESTING_TECHNOLOGY: unfit("but for load, which is a sum: look at its peak"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.BROAD,
        unit="difference of correlations",
        bounds=(0.0, 2.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.PANEL,),
        reading_maker=(
            "Synthetic correlations near zero: each unit was drawn by itself, or at times of its "
            "own. Draw the same days for all units, or let them share part of their noise. If "
            "they are right with the profile in and too low without it, units share the day and "
            "nothing else."
        ),
        reading_user=(
            "Two units of this file go together more, or less, than real ones by about this "
            "much. Totals over units vary too much or too little then, and maps of one moment "
            "are no real moments."
        ),
        cannot_see=(
            "which units go together (neighbours, say), relations at a delay, and common movement "
            "at times that only one unit has. What units share by the hour or the weekday counts "
            "unless `without` takes it away"
        ),
    )
)
def cross_correlation(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    variables: Sequence[str] | None = None,
    without: str | int | None = None,
    step: str | float | None = None,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return the mean distance over the numeric variables, a difference of correlations, 0 to 2.

    Of each pair of units with at least three times in common, the correlation at these times is
    taken; the distance is Wasserstein's, between the correlations of all pairs in both files. It is
    the difference of their means where the spread is alike. `step` puts times on a grid first
    ("30min"); of two values at one time the first stays. `without` takes each unit's profile over
    a period (hour, weekday, month, or a number of time units) out of its values before. A file in
    which no pair has a correlation counts as uncorrelated. Drawn files that are to show chance hold
    some units twice; such a pair counts as none. `details` holds the mean correlations.
    """
    of_units(original, "cross_correlation")
    names = variables_of(original, variables, is_quantity, "numeric variable")
    files = _coded(original, synthetic, control, names, without, step)
    ask = remembered(lambda data: _pairs(data, names), files.original, files.synthetic)
    used = [i for i, found in enumerate(ask(files.original)) if len(found)]
    if not used:
        raise GuideError(
            f"no two units have {FEWEST} changing values at the same times; give step=... if "
            "readings come a little early or late"
        )

    def each(old: Dataset, new: Dataset) -> list[float]:
        none = np.zeros(1)
        both = [[f if len(f) else none for f in ask(d)] for d in (old, new)]
        return [moved(both[0][i], both[1][i]) for i in used]

    def values(old: Dataset, new: Dataset) -> dict[str, float]:
        return {"": float(np.mean(each(old, new)))}

    distances = each(files.original, files.synthetic)
    table = _table(
        [names[i] for i in used],
        distances,
        *([ask(f)[i] for i in used] for f in (files.original, files.synthetic)),
    )
    return judged(
        "cross_correlation",
        values,
        files.original,
        files.synthetic,
        rng=rng,
        reported={"": Reported(float(np.mean(distances)), table, files.few)},
        control=files.control,
        draws=draws,
        nulls=nulls,
    )


def _coded(
    original: Dataset,
    synthetic: Dataset,
    control: Dataset | None,
    names: list[str],
    without: str | int | None,
    step: str | float | None,
) -> Files:
    """Return the files as numbers, with the unit that each row is of in the file itself."""
    if original.time is None:
        raise GuideError("'cross_correlation' needs times; declare the time column of the rows")
    size = None if step is None else step_of(step, is_dates(original))
    if without is not None:
        slots(original, without)
    given = [f for f in (original, synthetic, control) if f is not None]
    if any(f.time is None for f in given):
        raise GuideError("one of the files has no time column; declare the time in all")
    slotted = given if without is None else [_slotted(f, without) for f in given]
    wanted = names if without is None else [*names, SLOT]
    files = coded(slotted[0], slotted[1], slotted[2] if control else None, quantities=wanted)
    made = [
        None if f is None else _marked(f, names, without is not None, size)
        for f in (files.original, files.synthetic, files.control)
    ]
    assert made[0] is not None
    assert made[1] is not None
    return replace(files, original=made[0], synthetic=made[1], control=made[2])


def _slotted(file: Dataset, without: str | int) -> Dataset:
    schema = Schema((*file.schema.variables, Variable(SLOT, Kind.NUMBER)))
    return replace(file, rows=file.rows.assign(**{SLOT: slot_of(file, without)}), schema=schema)


def _marked(file: Dataset, names: list[str], slotted: bool, step: float | None) -> Dataset:
    """Return a coded file with sources, times on the grid, and values without their profile."""
    rows, units = file.rows.copy(), file.units
    if slotted:
        means = rows.groupby([units, rows[SLOT].to_numpy()])[names].transform("mean")
        rows[names] = rows[names] - means
    if step is not None:
        rows[TIME] = np.floor(rows[TIME] / step + 0.5)
    rows[SOURCE] = units.astype(float)
    schema = Schema((*file.schema.variables, Variable(SOURCE, Kind.NUMBER)))
    return replace(file, rows=rows[rows[TIME].notna()].reset_index(drop=True), schema=schema)


def _pairs(data: Dataset, names: list[str]) -> list[np.ndarray]:
    """Return the sorted correlations of all pairs of units, variable by variable."""
    if not len(data):
        return [np.empty(0)] * len(names)
    units = data.units
    times, time = np.unique(data.rows[TIME].to_numpy(), return_inverse=True)
    n, values = int(units.max()) + 1, matrix(data, names)
    most = max(2, min(n, MOST_UNITS, MOST_CELLS // len(times)))
    chosen = np.unique(np.linspace(0, n - 1, most).round().astype(np.int64))
    line = np.full(n, -1)
    line[chosen] = np.arange(len(chosen))
    at = np.flatnonzero(line[units] >= 0)[::-1]  # the first of several values stays
    source = np.empty(len(chosen))
    source[line[units[at]]] = data.rows[SOURCE].to_numpy()[at]
    pair = np.triu(source[:, None] != source[None, :], 1)
    found = []
    for column in values.T:
        wide = np.full((len(chosen), len(times)), np.nan)
        wide[line[units[at]], time[at]] = column[at]
        together = _correlations(wide)[pair]
        found.append(np.sort(together[~np.isnan(together)]))
    return found


def _correlations(wide: np.ndarray) -> np.ndarray:
    """Return the correlation of each two lines where both are known; NaN where there is none."""
    known = ~np.isnan(wide)
    count = known.sum(axis=1, keepdims=True)
    mean = np.where(known, wide, 0).sum(axis=1, keepdims=True) / np.maximum(count, 1)
    apart = np.where(known, wide - mean, 0.0)
    apart[np.abs(apart) <= 1e-9 * np.abs(mean)] = 0.0
    seen = known.astype(float)
    both = seen @ seen.T
    sums = apart @ seen.T
    size = np.maximum(both, 1)
    squares = (apart**2) @ seen.T
    # of each first line, over the times that the second one has too
    spread = squares - sums**2 / size
    spread = np.where(spread > 1e-9 * np.maximum(squares, 1e-300), spread, 0.0)
    product = apart @ apart.T - sums * sums.T / size
    root = np.sqrt(spread * spread.T)
    enough = (both >= FEWEST) & (root > 0)
    found = np.divide(product, root, out=np.full(root.shape, np.nan), where=enough)
    return np.asarray(np.clip(found, -1, 1))


def _table(
    names: list[str], distances: list[float], old: list[np.ndarray], new: list[np.ndarray]
) -> pd.DataFrame:
    lines = [
        {
            "variable": name,
            "distance": distance,
            "original, mean correlation": float(one.mean()),
            "synthetic, mean correlation": float(other.mean()) if len(other) else 0.0,
        }
        for name, distance, one, other in zip(names, distances, old, new, strict=True)
    ]
    return pd.DataFrame(lines).sort_values("distance", ascending=False, ignore_index=True)

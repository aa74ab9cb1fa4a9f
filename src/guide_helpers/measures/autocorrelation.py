"""How much a unit's value says about its value some rows later."""

from __future__ import annotations

from collections.abc import Sequence

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
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.measures._series import (
    coded,
    is_quantity,
    matrix,
    of_units,
    remembered,
    starts,
    steps,
    variables_of,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Autocorrelation",
        summary=(
            "Difference of the correlation between a unit's values some rows apart, each taken "
            "from the unit's own mean, on average over the numeric variables."
        ),
        sources=("hyndman2021",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("persistence is what distinguishes a series from a list"),
            UseCase.TESTING_ANALYSIS: fit("forecasts and panel models rest on it"),
            UseCase.EDUCATION: conditional("where the course is about series"),
            UseCase.TESTING_TECHNOLOGY: unfit("a program seldom minds the order of values"),
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
            "A synthetic correlation near zero or below, where the original's is high: the rows of "
            "a unit have been drawn one by one. Condition each row on the rows before it. A "
            "misfit at a long lag only is a lost season or a lost memory."
        ),
        reading_user=(
            "Far above its null: a forecast trained on the file has learned another memory than "
            "the real series have. Standard errors that depend on it are wrong too."
        ),
        cannot_see=(
            "differences between units (see the share of variance between units), relations of "
            "two variables over time, and time itself: lags count rows, also over gaps. In short "
            "series both correlations are too low, alike only if the lengths are"
        ),
    )
)
def autocorrelation(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    lags: Sequence[int] = (1, 2),
    variables: Sequence[str] | None = None,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return, for each lag, the mean absolute difference of autocorrelations, 0 to 2.

    All pairs of rows of a unit that are `lag` rows apart are pooled; values are taken from the
    unit's mean, so that constant differences between units do not count. A lag that no unit of
    the original is long enough for is left out. A synthetic variable without any change within
    units counts as uncorrelated. `details` holds the two correlations, variable by variable.
    """
    of_units(original, "autocorrelation")
    wanted = _checked(lags)
    names = variables_of(original, variables, is_quantity, "numeric variable")
    files = coded(original, synthetic, control, quantities=names)
    ask = remembered(lambda data: _correlations(data, names, wanted), files.original)
    seen = ~np.isnan(ask(files.original))
    if not seen.any():
        raise GuideError(
            f"no numeric variable changes within units over lags={tuple(lags)}; give shorter ones"
        )

    def values(old: Dataset, new: Dataset) -> dict[str, float]:
        gap = np.abs(np.nan_to_num(ask(old)) - np.nan_to_num(ask(new)))
        return {
            f"lag {lag}": float(line[known].mean())
            for lag, line, known in zip(wanted, gap, seen, strict=True)
            if known.any()
        }

    found = values(files.original, files.synthetic)
    old, new = ask(files.original), np.nan_to_num(ask(files.synthetic))
    reported = {}
    for place, lag in enumerate(wanted):
        if f"lag {lag}" in found:
            table = _table(names, old[place], new[place])
            reported[f"lag {lag}"] = Reported(found[f"lag {lag}"], table, files.note)
    return judged(
        "autocorrelation",
        values,
        files.original,
        files.synthetic,
        rng=rng,
        reported=reported,
        control=files.control,
        draws=draws,
        nulls=nulls,
    )


def _checked(lags: Sequence[int]) -> list[int]:
    wanted = list(dict.fromkeys(lags))
    if not wanted or not all(isinstance(k, int | np.integer) and k >= 1 for k in wanted):
        raise GuideError(f"lags={tuple(lags)} must be whole numbers of rows of at least 1")
    return wanted


def _correlations(data: Dataset, names: list[str], lags: list[int]) -> np.ndarray:
    """Return the correlation of each variable (columns) at each lag (rows), NaN where none is."""
    units, values = data.units, matrix(data, names)
    first = starts(units)
    known = ~np.isnan(values)
    sums = np.add.reduceat(np.where(known, values, 0.0), first)
    counts = np.add.reduceat(known.astype(float), first)
    means = sums / np.maximum(counts, 1)
    sizes = np.diff(np.append(first, len(units)))
    apart = values - np.repeat(means, sizes, axis=0)
    scale = np.nanmax(np.abs(values), axis=0, initial=0.0, where=known)
    apart[np.abs(apart) <= 1e-9 * scale] = 0.0
    return np.array([_at(apart, steps(units, lag), lag) for lag in lags])


def _at(apart: np.ndarray, after: np.ndarray, lag: int) -> np.ndarray:
    one, other = apart[after - lag], apart[after]
    both = ~np.isnan(one) & ~np.isnan(other)
    one, other = np.where(both, one, 0.0), np.where(both, other, 0.0)
    size = np.sqrt((one**2).sum(axis=0) * (other**2).sum(axis=0))
    found: np.ndarray = np.divide(
        (one * other).sum(axis=0), size, out=np.full(len(size), np.nan), where=size > 0
    )
    clipped: np.ndarray = np.clip(found, -1, 1)
    return clipped


def _table(names: list[str], old: np.ndarray, new: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame({"variable": names, "original": old, "synthetic": new})
    table["difference"] = (table["original"] - table["synthetic"]).abs()
    shown = table.dropna(subset="original")
    return shown.sort_values("difference", ascending=False, ignore_index=True)

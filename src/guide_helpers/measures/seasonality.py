"""Whether the day, the week or the year has the same shape."""

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
)
from guide_helpers.errors import GuideError
from guide_helpers.measures._calendar import slot_of, slots
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.measures._series import (
    Files,
    coded,
    remembered,
    shares_apart,
    spread,
    variables_of,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Kind, Schema, Variable

SLOT = " slot"


@card(
    MeasureCard(
        title="Profile of the season",
        summary=(
            "How far the profile over the hours of the day, the days of the week or the months "
            "of the year is from the original's: of the number of rows and of the quantities."
        ),
        sources=("hyndman2021",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("daily and yearly curves are what such data is asked for"),
            UseCase.TESTING_ANALYSIS: fit("seasonal adjustment and forecasts start from it"),
            UseCase.EDUCATION: fit("a curve that everybody knows from life"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "for tests under load, which depend on peaks: look at the rows"
            ),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.NARROW,
        unit="rows: share of rows; values: standard deviations",
        bounds=(0.0, None),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.PANEL,),
        needs=("period",),
        reading_maker=(
            "A flat synthetic profile: the time was drawn apart from the values. Give the method "
            "the hour, weekday or month as a variable of its own. The table behind the score has "
            "both profiles."
        ),
        reading_user=(
            "Peaks and troughs are off by this much on average. Above its null, do not compare "
            "hours, weekdays or months in this file."
        ),
        cannot_see=(
            "whether each unit has the profile or only their sum, the level (profiles are taken "
            "from the overall mean), trends, holidays, and any period other than the one asked for"
        ),
    )
)
def seasonality(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    period: str | int,
    variables: Sequence[str] | None = None,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return the difference of the profiles of rows and, where there are any, of quantities.

    `period` is hour, weekday or month for dates, and for a time in whole numbers the number of
    time units after which a season repeats. `rows` is the total variation distance of the shares
    of rows in the slots, 0 to 1. `values` is the mean over the numeric variables of the absolute
    difference of slot means, each less the overall mean, over the original's standard deviation;
    slots count by their rows in the original, and a slot without synthetic rows as the overall
    mean. Rows without a time are left out. `details` holds the two profiles.
    """
    names = slots(original, period)
    if any(f.time is None for f in (synthetic, control) if f is not None):
        raise GuideError("one of the files has no time column; declare the time in all")
    quantities = _quantities(original, variables)
    files = _coded(original, synthetic, control, period, quantities)
    if not len(files.original):
        raise GuideError(f"time column {original.time!r} is empty; nothing to compare")
    scales = spread(files.original.rows[quantities].to_numpy(dtype=float))
    used = [n for n, s in zip(quantities, scales, strict=True) if s > 0]
    scale = scales[scales > 0]
    ask = remembered(lambda data: _profile(data, used, len(names)), files.original)

    def values(old: Dataset, new: Dataset) -> dict[str, float]:
        one, other = ask(old), ask(new)
        found = {"rows": shares_apart(one[0][0], other[0][0])}
        if used:
            found["values"] = float((_gaps(one, other) / scale).mean())
        return found

    found = values(files.original, files.synthetic)
    table = _table(names, used, ask(files.original), ask(files.synthetic))
    return judged(
        "seasonality",
        values,
        files.original,
        files.synthetic,
        rng=rng,
        reported={v: Reported(x, table, files.note) for v, x in found.items()},
        control=files.control,
        draws=draws,
        nulls=nulls,
    )


def _quantities(original: Dataset, asked: Sequence[str] | None) -> list[str]:
    if asked is None:
        left_out = {original.entity, original.time}
        return [v.name for v in original.schema.modelled if v.numeric and v.name not in left_out]
    return variables_of(original, asked, lambda v: v.numeric, "numeric variable")


def _coded(
    original: Dataset,
    synthetic: Dataset,
    control: Dataset | None,
    period: str | int,
    quantities: list[str],
) -> Files:
    """Return the files with the slot of each row as a quantity; rows without a time are gone."""

    def marked(file: Dataset) -> Dataset:
        slot = slot_of(file, period)
        extra = Variable(SLOT, Kind.NUMBER)
        schema = Schema((*file.schema.variables, extra))
        whole = replace(file, rows=file.rows.assign(**{SLOT: slot}), schema=schema)
        return replace(whole, rows=whole.rows[~np.isnan(slot)].reset_index(drop=True))

    beside = None if control is None else marked(control)
    made = [SLOT, *quantities]
    return coded(marked(original), marked(synthetic), beside, quantities=made)


def _profile(data: Dataset, names: list[str], size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and known values in each slot, and the slot means less the overall mean.

    The first line of the first array counts rows, the others the known values of a variable.
    """
    slot = data.rows[SLOT].to_numpy(dtype=np.int64)
    counts, means = [np.bincount(slot, minlength=size)], []
    for name in names:
        values = data.rows[name].to_numpy()
        known = ~np.isnan(values)
        times = np.bincount(slot[known], minlength=size)
        sums = np.bincount(slot[known], values[known], minlength=size)
        overall = values[known].mean() if known.any() else 0.0
        counts.append(times)
        means.append(np.where(times > 0, sums / np.maximum(times, 1) - overall, 0.0))
    return np.array(counts), np.array(means).reshape(len(names), size)


def _gaps(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return each variable's mean difference, slots weighted as in the first file."""
    weights = one[0][1:] / np.maximum(one[0][1:].sum(axis=1, keepdims=True), 1)
    found: np.ndarray = (weights * np.abs(one[1] - other[1])).sum(axis=1)
    return found


def _table(
    names: list[str],
    used: list[str],
    one: tuple[np.ndarray, np.ndarray],
    other: tuple[np.ndarray, np.ndarray],
) -> pd.DataFrame:
    columns: dict[str, object] = {"slot": names}
    for which, (counts, means) in (("original", one), ("synthetic", other)):
        columns[f"{which}, share of rows"] = counts[0] / max(1, counts[0].sum())
        for name, line in zip(used, means, strict=True):
            columns[f"{which}, {name} above its mean"] = line
    return pd.DataFrame(columns)

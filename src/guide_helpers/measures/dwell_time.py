"""How long a unit stays where it is."""

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
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.measures._places import placed, runs, times_of
from guide_helpers.measures._series import largest_gap, remembered
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Length of stays",
        summary=(
            "Largest gap between the distributions of the time from the first row of a unit in a "
            "place to its first row in another, and of the number of rows in between."
        ),
        sources=("song2010", "pappalardo2018"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("visits are told from passages by how long they last"),
            UseCase.TESTING_ANALYSIS: fit("usual home and work are found by long stays"),
            UseCase.EDUCATION: conditional("where the course is about mobility"),
            UseCase.TESTING_TECHNOLOGY: unfit("a program seldom minds how long somebody stays"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.NARROW,
        unit="share of stays",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.PANEL,),
        needs=("place",),
        reading_maker=(
            "Stays too short: rows were drawn one by one. Give each row the place before it. If "
            "`rows` is right and `duration` is not, the order is right and the times are not."
        ),
        reading_user=(
            "The share of stays on the wrong side of the worst length. A rule such as `home is "
            "where one stays for six hours` finds other homes in about that share."
        ),
        cannot_see=(
            "where the stays are, and the last of each unit, which has no end. Between two rows "
            "nobody knows when a unit left: with few rows a day stays are long in any file. A "
            "change of cell through noise ends a stay in which nobody moved"
        ),
    )
)
def dwell_time(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    place: str,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return two Kolmogorov-Smirnov distances over stays, from 0 to 1.

    `place` names the column of places; rows without one are left out. `duration` is in the time
    of the file (seconds of a date) and is there where a time is declared. The last stay of a unit
    counts in neither, since it may go on. `details` holds mean and median of each.

    References
    ----------
    Song, Koren, Wang and Barabási (2010), doi:10.1038/nphys1760
    """
    files = placed("dwell_time", place, original, synthetic, control)
    ask = remembered(lambda data: _stays(data, place, files.timed), files.original)

    def values(old: Dataset, new: Dataset) -> dict[str, float]:
        one, other = ask(old), ask(new)
        return {v: largest_gap(one[v], other[v]) for v in one}

    found = values(files.original, files.synthetic)
    table = _table({"original": ask(files.original), "synthetic": ask(files.synthetic)})
    return judged(
        "dwell_time",
        values,
        files.original,
        files.synthetic,
        rng=rng,
        reported={v: Reported(x, table, files.note) for v, x in found.items()},
        control=files.control,
        draws=draws,
        nulls=nulls,
    )


def _stays(data: Dataset, place: str, timed: bool) -> dict[str, np.ndarray]:
    """Return time and rows of the stays that end."""
    first, units = runs(data, place)
    ended = np.flatnonzero(units[1:] == units[:-1])
    found = {"rows": (first[ended + 1] - first[ended]).astype(float)}
    if timed:
        time = times_of(data)
        lasted = time[first[ended + 1]] - time[first[ended]]
        found = {"duration": lasted[~np.isnan(lasted)], **found}
    return found


def _table(files: dict[str, dict[str, np.ndarray]]) -> pd.DataFrame:
    lines = [
        {
            "of": name,
            "file": file,
            "stays": len(values),
            "mean": float(values.mean()) if len(values) else np.nan,
            "median": float(np.median(values)) if len(values) else np.nan,
        }
        for file, found in files.items()
        for name, values in found.items()
    ]
    return pd.DataFrame(lines)

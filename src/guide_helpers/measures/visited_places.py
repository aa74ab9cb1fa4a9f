"""How many places a unit visits, how evenly, and how often it moves."""

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
    label_of,
    largest_gap,
    of_units,
    remembered,
    steps,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Places visited",
        summary=(
            "Largest gap between the distributions, over units, of the number of distinct places, "
            "of their entropy, and of the share of steps that move to another place."
        ),
        sources=("song2010limits", "pappalardo2018"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("how far apart people live is a fact of its own"),
            UseCase.TESTING_ANALYSIS: fit("models of movement are judged by these"),
            UseCase.EDUCATION: conditional("where the course is about mobility"),
            UseCase.TESTING_TECHNOLOGY: unfit("a program seldom minds who goes where"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.NARROW,
        unit="share of units",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.PANEL,),
        needs=("place",),
        reading_maker=(
            "Too many distinct places: each stay was drawn from everybody's places. Give each unit "
            "its own few places first. If only `moves` is off, the places are right and their "
            "order is not."
        ),
        reading_user=(
            "The share of units on the wrong side at the worst point. Statements such as `half of "
            "the people are seen in at most three places` are off by up to this."
        ),
        cannot_see=(
            "which places, their distance, when and how long a stay is; and units of few rows, "
            "which cannot have many places, look alike in any file"
        ),
    )
)
def visited_places(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    place: str,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return three Kolmogorov-Smirnov distances over units, from 0 to 1.

    `place` names the column of places; rows without one are left out. Entropy is that of a unit's
    shares of rows in its places, in bits, without regard to order. `moves` is the share of a
    unit's steps, in order of time, that change the place; units of one row have none. `details`
    holds the mean of each over units.

    References
    ----------
    Song, Qu, Blumm and Barabási (2010), doi:10.1126/science.1177170
    """
    of_units(original, "visited_places")
    label_of(original, place, "place")
    known = [f if f is None else _with_place(f, place) for f in (original, synthetic, control)]
    old_file, new_file, beside = known
    assert old_file is not None
    assert new_file is not None
    if not len(old_file):
        raise GuideError(f"column {place!r} is empty; nothing to compare")
    files = coded(old_file, new_file, beside, levels=[place])
    size = max(1, len(files.levels[place]))
    ask = remembered(lambda data: _habits(data, place, size), files.original)

    def values(old: Dataset, new: Dataset) -> dict[str, float]:
        one, other = ask(old), ask(new)
        return {v: largest_gap(one[v], other[v]) for v in shown}

    shown = [v for v, x in ask(files.original).items() if len(x)]
    found = values(files.original, files.synthetic)
    table = pd.DataFrame(
        {
            "mean over units": shown,
            "original": [float(ask(files.original)[v].mean()) for v in shown],
            "synthetic": [_mean(ask(files.synthetic)[v]) for v in shown],
        }
    )
    return judged(
        "visited_places",
        values,
        files.original,
        files.synthetic,
        rng=rng,
        reported={v: Reported(x, table, files.note) for v, x in found.items()},
        control=files.control,
        draws=draws,
        nulls=nulls,
    )


def _with_place(file: Dataset, place: str) -> Dataset:
    wanted = [n for n in file.schema.names if n in {place, file.entity, file.time}]
    rows = file.rows.loc[file.rows[place].notna(), wanted].reset_index(drop=True)
    return Dataset(rows, file.schema.keep(wanted), file.entity, file.time)


def _habits(data: Dataset, place: str, size: int) -> dict[str, np.ndarray]:
    """Return distinct places, entropy in bits, and share of moves, one value a unit."""
    units, codes = data.units, data.rows[place].to_numpy(dtype=np.int64)
    cells, times = np.unique(units * size + codes, return_counts=True)
    of = cells // size
    rows = np.bincount(units)
    shares = times / rows[of]
    after = steps(units)
    moves = np.bincount(units[after], codes[after] != codes[after - 1], minlength=len(rows))
    several = rows > 1
    return {
        "distinct places": np.bincount(of),
        "entropy": np.round(np.bincount(of, -shares * np.log2(shares)), 12),
        "moves": moves[several] / (rows[several] - 1),
    }


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0

"""From which level to which a unit goes, from one row to the next."""

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
from guide_helpers.measures._series import (
    coded,
    is_level,
    of_units,
    remembered,
    shares_apart,
    steps,
    variables_of,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Transitions",
        summary=(
            "Share of the steps of units that would have to go from or to another level for the "
            "table of transitions to become the original's, on average over the variables."
        ),
        sources=("anderson1957",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("flows between states are published from panels"),
            UseCase.TESTING_ANALYSIS: fit("mobility and duration models rest on these tables"),
            UseCase.EDUCATION: conditional("where the course follows units through time"),
            UseCase.TESTING_TECHNOLOGY: unfit("a program seldom minds the order of states"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.BROAD,
        unit="share of steps",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.PANEL,),
        reading_maker=(
            "If `changes` stands out, units change too often or too seldom: variables such as "
            "sex or country of birth belong to the unit and are drawn once, the others need the "
            "level before. The table behind the score names the variables."
        ),
        reading_user=(
            "A table of flows, say from out of work into work, is off by this share of the steps "
            "in all. Do not count changes in a file far above its null."
        ),
        cannot_see=(
            "more than two rows at a time, how long a step takes, and which units change: the "
            "same number of changes may fall on a few units or on many"
        ),
    )
)
def transitions(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    variables: Sequence[str] | None = None,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return two shares of steps, each a mean over the categorical and ordered variables.

    `from and to` is the total variation distance of the tables of (level before, level after),
    `changes` the difference of the share of steps that change the level at all. A missing value
    is a level. `details` holds one line a variable, the worst first.
    """
    of_units(original, "transitions")
    names = variables_of(original, variables, is_level, "categorical or ordered variable")
    files = coded(original, synthetic, control, levels=names)
    sizes = {name: len(found) + 1 for name, found in files.levels.items()}
    ask = remembered(lambda data: _tables(data, sizes), files.original)

    def values(old: Dataset, new: Dataset) -> dict[str, float]:
        found = _apart(ask(old), ask(new), sizes)
        return {v: float(np.mean(list(each.values()))) for v, each in found.items()}

    found = _apart(ask(files.original), ask(files.synthetic), sizes)
    table = pd.DataFrame(found).rename_axis("variable").reset_index()
    for which, data in (("original", files.original), ("synthetic", files.synthetic)):
        table[f"{which}, share that changes"] = [_moving(ask(data)[n], sizes[n]) for n in names]
    return judged(
        "transitions",
        values,
        files.original,
        files.synthetic,
        rng=rng,
        reported={
            v: Reported(
                float(table[v].mean()),
                table.sort_values(v, ascending=False, ignore_index=True),
                files.note,
            )
            for v in found
        },
        control=files.control,
        draws=draws,
        nulls=nulls,
    )


def _tables(data: Dataset, sizes: dict[str, int]) -> dict[str, np.ndarray]:
    """Return how often each pair of levels follow each other, variable by variable."""
    after = steps(data.units)
    found = {}
    for name, size in sizes.items():
        codes = data.rows[name].to_numpy(dtype=np.int64)
        found[name] = np.bincount(codes[after - 1] * size + codes[after], minlength=size**2)
    return found


def _apart(
    old: dict[str, np.ndarray], new: dict[str, np.ndarray], sizes: dict[str, int]
) -> dict[str, dict[str, float]]:
    return {
        "from and to": {n: shares_apart(old[n], new[n]) for n in sizes},
        "changes": {n: abs(_moving(old[n], k) - _moving(new[n], k)) for n, k in sizes.items()},
    }


def _moving(table: np.ndarray, size: int) -> float:
    """Return the share of steps that change the level; 0 where there is no step."""
    steps_in_all = table.sum()
    return 1 - float(table[:: size + 1].sum() / steps_in_all) if steps_in_all else 0.0

"""How values change from one row of a unit to the next, and how long that takes."""

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
    TIME,
    Files,
    coded,
    is_quantity,
    matrix,
    moved,
    of_units,
    remembered,
    spread,
    steps,
    variables_of,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Changes from row to row",
        summary=(
            "How far the changes of a quantity from one row of a unit to the next would have to "
            "move to be distributed as in the original, in standard deviations of the quantity."
        ),
        sources=("zhang2022", "sdmetrics_docs", "sdmetrics_issue800"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("growth, raises and losses are what a panel is for"),
            UseCase.TESTING_ANALYSIS: fit("models of change see nothing but these differences"),
            UseCase.EDUCATION: conditional("where the course follows units through time"),
            UseCase.TESTING_TECHNOLOGY: unfit("a program seldom minds how values change"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.BROAD,
        unit="standard deviations of the variable",
        bounds=(0.0, None),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.PANEL,),
        reading_maker=(
            "Large changes and good tables together mean rows that do not know the row before: "
            "let each value be drawn given the unit's last one. The table behind the score names "
            "the variables, with the mean size of a change in both files."
        ),
        reading_user=(
            "Differences between waves are off by this much on average. Near its null you may "
            "model changes; far above use the file for one wave at a time."
        ),
        cannot_see=(
            "two changes in a row, relations between the changes of two variables, changes of "
            "categories, and changes far smaller than the standard deviation of a skewed variable"
        ),
    )
)
def inter_row(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    variables: Sequence[str] | None = None,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return the mean distance over the numeric variables and, with a time column, of the gaps.

    The distance is Wasserstein's, between the changes of all units pooled, over the standard
    deviation of the variable in the original: a variable that never changes within a unit counts
    as well. Gaps are times from a row to the next, over their own standard deviation (over their
    mean where all gaps are equal). A change to or from a missing value or a special code is none.

    Changes are pooled, not averaged within a unit as SDMetrics' InterRowMSAS did: the mean of a
    unit's changes depends on its first and last value only, whatever the order of the rows between.
    """
    of_units(original, "inter_row")
    names = variables_of(original, variables, is_quantity, "numeric variable")
    files = coded(original, synthetic, control, quantities=names)
    scales = spread(matrix(files.original, names))
    ask = remembered(lambda data: _changes(data, names, files.timed), files.original)
    known = ask(files.original)
    scale = {n: s for n, s in zip(names, scales, strict=True) if s > 0 and len(known[n])}
    used = list(scale)
    if not used:
        raise GuideError("no numeric variable is known in two rows of a unit; nothing to compare")
    if files.timed and len(gaps := known[TIME]):
        scale[TIME] = float(gaps.std()) or float(np.abs(gaps).mean()) or 1.0

    def values(old: Dataset, new: Dataset) -> dict[str, float]:
        each = _distances(ask(old), ask(new), scale)
        mean = float(np.mean([each[n] for n in used]))
        return {"values": mean} | ({"gaps in time": each[TIME]} if TIME in each else {})

    return judged(
        "inter_row",
        values,
        files.original,
        files.synthetic,
        rng=rng,
        reported=_reported(files, ask(files.original), ask(files.synthetic), scale, used),
        control=files.control,
        draws=draws,
        nulls=nulls,
    )


def _changes(data: Dataset, names: list[str], timed: bool) -> dict[str, np.ndarray]:
    """Return the sorted changes of each variable, over all units."""
    after = steps(data.units)
    found = {}
    for name in [*names, *([TIME] if timed else [])]:
        column = data.rows[name].to_numpy()
        change = column[after] - column[after - 1]
        found[name] = np.sort(change[~np.isnan(change)])
    return found


def _distances(
    old: dict[str, np.ndarray], new: dict[str, np.ndarray], scale: dict[str, float]
) -> dict[str, float]:
    """Return each variable's distance; a file where none is known counts as one of no change."""
    none = np.zeros(1)
    one, other = ({n: d[n] if len(d[n]) else none for n in scale} for d in (old, new))
    return {name: moved(one[name], other[name]) / size for name, size in scale.items()}


def _reported(
    files: Files,
    old: dict[str, np.ndarray],
    new: dict[str, np.ndarray],
    scale: dict[str, float],
    used: list[str],
) -> dict[str, Reported]:
    each = _distances(old, new, scale)
    lines = [
        {
            "variable": n,
            "distance": each[n],
            "original, mean size of a change": np.abs(old[n]).mean() / scale[n],
            "synthetic, mean size of a change": np.abs(new[n]).mean() / scale[n]
            if len(new[n])
            else 0.0,
        }
        for n in used
    ]
    table = pd.DataFrame(lines).sort_values("distance", ascending=False, ignore_index=True)
    reported = {"values": Reported(float(table["distance"].mean()), table, _note(files, old))}
    if TIME in each:
        reported["gaps in time"] = Reported(each[TIME], None, files.note)
    return reported


def _note(files: Files, old: dict[str, np.ndarray]) -> str:
    """Return the files' note, and how many steps have no time between them."""
    gaps = old.get(TIME, np.empty(0))
    if not len(gaps) or not (still := float((gaps == 0).mean())):
        return files.note
    said = f"{100 * still:.0f} % of the steps are between rows of one time, in the file's order."
    return f"{files.note} {said}".strip()

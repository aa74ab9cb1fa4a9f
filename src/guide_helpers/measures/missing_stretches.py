"""How long readings that were due are missing, and at which times of the day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

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
    fit,
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.measures._clock import Clock
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.measures._series import (
    UNIT,
    Files,
    is_quantity,
    of_units,
    quantity,
    remembered,
    shares_apart,
    variables_of,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Kind, Schema, Variable

GAP, SLOT = " gap", " slot"
PLAIN = Schema((Variable(UNIT, Kind.IDENTIFIER), *(Variable(n, Kind.NUMBER) for n in (GAP, SLOT))))
FULL = 0.02
"""Where a smaller share of the readings that were due is there, they are events, not readings."""


class Gaps(NamedTuple):
    """Lengths of missing stretches in order, readings due, and missing ones by time of day."""

    lengths: np.ndarray
    due: int
    slots: np.ndarray


@card(
    MeasureCard(
        title="Missing stretches",
        summary=(
            "How far the lengths of missing stretches are from the original's, as a share of all "
            "readings due, and whether readings are missing at the same times of the day."
        ),
        sources=("moritz2017",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("how complete a network is, is a fact about it"),
            UseCase.TESTING_ANALYSIS: fit("filling one hour is another task than filling a week"),
            UseCase.EDUCATION: unfit("a course on series mostly starts from complete ones"),
            UseCase.TESTING_TECHNOLOGY: fit("programs that watch sensors fail in long silences"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.NARROW,
        unit="lengths: share of readings due; times: share of missing readings",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.PANEL,),
        reading_maker=(
            "The table behind the score says from which length on the shares part. Too many short "
            "stretches and no long one: readings were left out one by one; let a gap go on from "
            "reading to reading. No gap at all: the method writes complete series, so take "
            "readings out by a model of their own."
        ),
        reading_user=(
            "At the length where the files differ most, this share of all readings due is in "
            "longer stretches in one file only. Above the null, do not test the filling of gaps "
            "on this file, nor count readings."
        ),
        cannot_see=(
            "what is in the readings, gaps before the first and after the last reading of a unit, "
            "whether units fall silent together, and readings at times of day at which the "
            "original has none"
        ),
    )
)
def missing_stretches(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    step: str | float | None = None,
    day: int | None = None,
    variables: Sequence[str] | None = None,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return two distances, both shares from 0 to 1.

    Readings are due every `step` ("30min", or a number where the time is one; by default the usual
    gap) from a unit's first to its last, at the times of day at which the original has any; where
    the time is a number, `day` steps make a day. A stretch is a run of due readings without a row;
    with `variables`, without a row in which one of them is known.

    `lengths` is the largest difference, over all lengths, of the shares of readings due that are
    missing in stretches longer than that. `times` is the total variation distance of the times of
    day at which readings are missing, 1 where only one file lacks any; there is no such variant
    where a day has one time. `details` holds what is compared.
    """
    of_units(original, "missing_stretches")
    names = [] if variables is None else variables_of(original, variables, is_quantity, "quantity")
    clock = Clock.of(original, "missing_stretches", step, day)
    files = _coded(original, synthetic, control, clock, names)
    ask = remembered(lambda data: _gaps(data, len(clock.slots)), files.original, files.synthetic)
    old = ask(files.original)
    if old.due - old.lengths.sum() < FULL * old.due:
        raise GuideError(
            "'missing_stretches' needs readings at regular times; of those that would be due "
            f"almost none is there, so give another step than step={step!r}"
        )
    several = len(clock.slots) > 1

    def values(one: Dataset, other: Dataset) -> dict[str, float]:
        first, second = ask(one), ask(other)
        found = {"lengths": _largest(first, second)}
        return found | ({"times": shares_apart(first.slots, second.slots)} if several else {})

    found, new = values(files.original, files.synthetic), ask(files.synthetic)
    tables = {"lengths": _lengths(old, new), "times": _times(old, new, clock)}
    return judged(
        "missing_stretches",
        values,
        files.original,
        files.synthetic,
        rng=rng,
        reported={v: Reported(x, tables[v], files.few) for v, x in found.items()},
        control=files.control,
        draws=draws,
        nulls=nulls,
    )


def _coded(
    original: Dataset,
    synthetic: Dataset,
    control: Dataset | None,
    clock: Clock,
    names: list[str],
) -> Files:
    """Return, for each reading of a unit, how many due ones are missing before it."""
    given = [f for f in (original, synthetic, control) if f is not None]
    if any(f.time is None or f.entity is None for f in given):
        raise GuideError("one of the files lacks the time or the entity; declare both in all")
    made = [_readings(f, clock, names) for f in given]
    return Files(made[0], made[1], made[2] if control is not None else None, {}, True)


def _readings(file: Dataset, clock: Clock, names: list[str]) -> Dataset:
    """Return readings by unit and time, and a row that is none for a unit without any."""
    place = clock.places(file)
    if names:
        known = [~np.isnan(quantity(file.schema[n], file.rows[n])) for n in names]
        place = np.where(np.any(known, axis=0), place, np.nan)
    rows = pd.DataFrame({UNIT: file.units, "place": place}).sort_values([UNIT, "place"])
    rows = rows.drop_duplicates(ignore_index=True)
    there = rows["place"].notna()
    gap = rows.groupby(UNIT)["place"].diff().sub(1).fillna(0).where(there, 0)
    slot = (rows["place"] % len(clock.slots)).fillna(-1)
    made = pd.DataFrame({UNIT: rows[UNIT], GAP: gap, SLOT: slot})
    return Dataset(made, PLAIN, UNIT, None)


def _gaps(data: Dataset, slots: int) -> Gaps:
    gap, slot = (data.rows[n].to_numpy(dtype=np.int64) for n in (GAP, SLOT))
    long = gap > 0
    due = int((slot >= 0).sum() + gap.sum())
    return Gaps(np.sort(gap[long]), due, _by_slot(gap[long], slot[long], slots))


def _by_slot(gap: np.ndarray, slot: np.ndarray, slots: int) -> np.ndarray:
    """Return how many readings are missing at each time of day, given the readings after gaps."""
    whole, rest = np.divmod(gap, slots)
    edges = np.bincount((slot - rest) % slots, minlength=slots)
    edges = edges - np.bincount(slot, minlength=slots)
    edges[0] += int((slot < rest).sum())
    return np.asarray(whole.sum() + np.cumsum(edges))


def _beyond(one: Gaps, at: np.ndarray) -> np.ndarray:
    """Return the share of readings due that are missing in stretches longer than some lengths."""
    total = np.append(0, np.cumsum(one.lengths))
    return np.asarray(
        (total[-1] - total[np.searchsorted(one.lengths, at, side="right")]) / max(1, one.due)
    )


def _largest(one: Gaps, other: Gaps) -> float:
    at = np.unique(np.concatenate([[0], one.lengths, other.lengths]))
    return float(np.abs(_beyond(one, at) - _beyond(other, at)).max())


def _lengths(old: Gaps, new: Gaps) -> pd.DataFrame:
    longest = max(old.lengths.max(initial=1), new.lengths.max(initial=1))
    at = np.append(0, 2 ** np.arange(int(np.log2(longest)) + 1))
    return pd.DataFrame(
        {
            "missing in stretches longer than": at,
            "original, share of readings due": _beyond(old, at),
            "synthetic, share of readings due": _beyond(new, at),
        }
    )


def _times(old: Gaps, new: Gaps, clock: Clock) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "time of day": clock.names,
            "original, share of missing": old.slots / max(1, old.slots.sum()),
            "synthetic, share of missing": new.slots / max(1, new.slots.sum()),
        }
    )

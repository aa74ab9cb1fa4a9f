"""Who is there when: entry, gaps, drop-out, and whether leaving depends on the last value."""

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
)
from guide_helpers.errors import GuideError
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.measures._series import (
    TIME,
    coded,
    is_level,
    is_quantity,
    largest_gap,
    of_units,
    remembered,
    shares_apart,
    starts,
    steps,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Variable

MOST_WAVES, PARTS, CLASSES = 60, 20, 5
"""More distinct times than the first are cut into the second; quantities into the third."""
Facts = dict[str, np.ndarray]


@card(
    MeasureCard(
        title="Participation in a panel",
        summary=(
            "How far the two files differ in who is there when: units present by wave, entry, "
            "gaps, how long units stay, and how leaving depends on the last value seen."
        ),
        sources=("fitzgerald1998",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("every user of a panel asks who dropped out, and when"),
            UseCase.TESTING_ANALYSIS: fit("weights and models for drop-out rest on these facts"),
            UseCase.EDUCATION: fit("drop-out that depends on values is a lesson of its own"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "where a program joins waves or counts who is missing"
            ),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.BROAD,
        unit="share",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.PANEL,),
        reading_maker=(
            "Where `leaving` alone stands out, presence was drawn without looking at the values: "
            "draw whether a unit comes again after its row, given that row. Where the others do, "
            "draw the pattern of presence as variables of the unit."
        ),
        reading_user=(
            "Presence is the mean gap of the shares of units that are there in a wave; entry and "
            "gaps the share of units, or of steps, that would have to be another. Do not study "
            "drop-out in a file far above its null."
        ),
        cannot_see="what is in the rows but for the last one, and reasons for leaving",
    )
)
def participation(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return five differences, each a share from 0 to 1.

    `presence` is the mean over the waves of the absolute difference of the shares of units that
    are there; `entry` and `gaps` are total variation distances of the first wave of units and of
    the number of waves from one row to the next; `survival` the largest gap of the two
    distributions of the waves between first and last row. `leaving` compares, class by class of
    each variable, how much likelier than others a row is a unit's last before the panel ends: a
    mean of absolute differences over classes, weighed by the original's rows, and over variables.

    References
    ----------
    Fitzgerald, Gottschalk and Moffitt (1998), Journal of Human Resources 33, 251-299
    """
    of_units(original, "participation")
    if original.time is None:
        raise GuideError("'participation' needs the time of the rows; declare it in the schema")
    names = [v for v in original.schema.modelled if v.name not in (original.entity, original.time)]
    quantities = [v.name for v in names if is_quantity(v)]
    levels = [v.name for v in names if is_level(v)]
    files = coded(original, synthetic, control, quantities=quantities, levels=levels)
    waves = _waves(files.original.rows[TIME].to_numpy())
    edges = {n: _edges(files.original.rows[n].to_numpy(), n in quantities) for n in _of(names)}
    ask = remembered(lambda data: _facts(data, waves, edges), files.original)

    def values(old: Dataset, new: Dataset) -> dict[str, float]:
        return _distances(ask(old), ask(new), list(edges))

    found = values(files.original, files.synthetic)
    tables = _tables(ask(files.original), ask(files.synthetic), waves, list(edges))
    return judged(
        "participation",
        values,
        files.original,
        files.synthetic,
        rng=rng,
        reported={v: Reported(x, tables.get(v), files.few) for v, x in found.items()},
        control=files.control,
        draws=draws,
        nulls=nulls,
    )


def _of(variables: Sequence[Variable]) -> list[str]:
    return [v.name for v in variables if is_quantity(v) or is_level(v)]


def _waves(times: np.ndarray) -> np.ndarray:
    """Return where waves begin: the distinct times, or parts of the whole where there are many."""
    known = np.unique(times[~np.isnan(times)])
    if not len(known):
        raise GuideError("no row has a time; nothing to compare")
    if len(known) > MOST_WAVES:
        known = np.linspace(known[0], known[-1], PARTS + 1)[:-1]
    return known


def _edges(values: np.ndarray, quantity: bool) -> np.ndarray:
    """Return where the classes of a variable begin; each level is one, quantities are cut."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.zeros(0)
    if quantity:
        return np.unique(np.quantile(known, np.arange(1, CLASSES) / CLASSES))
    return np.unique(known)[1:]


def _facts(data: Dataset, waves: np.ndarray, edges: dict[str, np.ndarray]) -> Facts:
    """Return counts by wave, gap and class; `leaving` of a variable is its rows and its leavers."""
    rows = data.rows[~data.rows[TIME].isna()]
    units = rows[data.entity].to_numpy()
    wave = np.clip(np.searchsorted(waves, rows[TIME].to_numpy(), side="right") - 1, 0, None)
    first = starts(units)
    last = np.append(first[1:], len(units)) - 1
    size = len(waves)
    alone = np.ones(len(units), dtype=bool)
    alone[1:] = (units[1:] != units[:-1]) | (wave[1:] != wave[:-1])
    after = steps(units)
    facts = {
        "units": np.array([len(first)]),
        "presence": np.bincount(wave[alone], minlength=size),
        "entry": np.bincount(wave[first], minlength=size),
        "gaps": np.bincount(wave[after] - wave[after - 1], minlength=size),
        "survival": wave[last] - wave[first],
    }
    leaves = np.zeros(len(units), dtype=bool)
    leaves[last] = True
    here = wave < size - 1
    for name, cut in edges.items():
        values = rows[name].to_numpy()
        group = np.where(np.isnan(values), len(cut) + 1, np.searchsorted(cut, values, side="right"))
        shape = len(cut) + 2
        facts[f" {name}"] = np.stack(
            [np.bincount(group[here & some], minlength=shape) for some in (True, leaves)]
        )
    return facts


def _distances(old: Facts, new: Facts, names: list[str]) -> dict[str, float]:
    presence = [f["presence"] / max(int(f["units"][0]), 1) for f in (old, new)]
    found = {
        "presence": float(np.abs(presence[0] - presence[1]).mean()),
        "entry": shares_apart(old["entry"], new["entry"]),
        "gaps": shares_apart(old["gaps"], new["gaps"]),
        "survival": largest_gap(old["survival"], new["survival"]),
    }
    if names and old[f" {names[0]}"][1].sum():
        found["leaving"] = float(np.mean([_leaving(old, new, n) for n in names]))
    return found


def _leaving(old: Facts, new: Facts, name: str) -> float:
    """Return how far the files differ in how a variable's class goes with leaving.

    A class that a file does not have counts as one of which as many leave as of all.
    """
    one, other = (_above(f[f" {name}"]) for f in (old, new))
    weight = old[f" {name}"][0] / old[f" {name}"][0].sum()
    return float(weight @ np.abs(one - other))


def _above(table: np.ndarray) -> np.ndarray:
    """Return the rate of leaving of each class, less the rate of all."""
    rows, leavers = table.astype(float)
    overall = leavers.sum() / max(rows.sum(), 1)
    rates: np.ndarray = np.where(rows > 0, leavers / np.maximum(rows, 1), overall) - overall
    return rates


def _tables(old: Facts, new: Facts, waves: np.ndarray, names: list[str]) -> dict[str, pd.DataFrame]:
    """Return the tables behind the scores."""
    size = max(len(old["gaps"]), len(new["gaps"]))
    shares = {
        v: pd.DataFrame(
            {
                "wave" if v != "gaps" else "waves to the next row": range(k),
                "original": _shares(old, v, k),
                "synthetic": _shares(new, v, k),
            }
        )
        for v, k in (("presence", len(waves)), ("entry", len(waves)), ("gaps", size))
    }
    stay = [np.bincount(f["survival"], minlength=len(waves)) for f in (old, new)]
    left = [1 - np.cumsum(s) / max(int(s.sum()), 1) + s / max(int(s.sum()), 1) for s in stay]
    shares["survival"] = pd.DataFrame(
        {"waves since entry": range(len(waves)), "original": left[0], "synthetic": left[1]}
    )
    if names and old[f" {names[0]}"][1].sum():
        lines = [{"variable": n, "difference": _leaving(old, new, n)} for n in names]
        shares["leaving"] = pd.DataFrame(lines).sort_values(
            "difference", ascending=False, ignore_index=True
        )
    return shares


def _shares(facts: Facts, variant: str, size: int) -> np.ndarray:
    counts = np.zeros(size)
    counts[: len(facts[variant])] = facts[variant]
    of = facts["units"][0] if variant == "presence" else facts[variant].sum()
    shares: np.ndarray = counts / max(int(of), 1)
    return shares

"""Who lives with whom: ages, sexes and other values of members of one household together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from guide_helpers import expressions
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
from guide_helpers.measures._links import orphans_note, parent_rows, same_links
from guide_helpers.measures._series import (
    largest_gap,
    level_places,
    quantity,
    remembered,
    shares_apart,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Kind, Link, LinkedTables, Role, Schema, Variable

COUNTED = " counted"
FIRST, LATER, MEMBERS = "first and second", "first and later", "members counted"
MOST_LEVELS = 40
"""A category with more levels makes tables of pairs too thin to compare."""


@card(
    MeasureCard(
        title="Composition of households",
        summary=(
            "How far apart the two files are in what members of one household are together: age "
            "gaps and pairs of levels of the first member with the second and with later ones, "
            "and how many members of a kind each type of household has."
        ),
        sources=("alfons2011", "hudovernik2024", "sdmetrics_docs"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("a mother younger than her child is seen at once"),
            UseCase.TESTING_ANALYSIS: fit("fertility, couples and dependants are studied on pairs"),
            UseCase.EDUCATION: fit("teaches that right persons may make wrong households"),
            UseCase.TESTING_TECHNOLOGY: conditional("where programs check persons by each other"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.NARROW,
        unit="share of pairs, or of households",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.LINKED,),
        reading_maker=(
            "Far above the band for the second member: draw members given those before, not each "
            "by itself. The table behind the score says which variable."
        ),
        reading_user=(
            "The share of pairs on the wrong side of some age gap, or that would have to change "
            "levels. Above the band, do not study couples, or parents with their children, here."
        ),
        cannot_see=(
            "whether the type of household goes with a pair, relations among later members, and "
            "members whose order differs between the files: the first must mean the same in both"
        ),
    )
)
def household_composition(
    original: LinkedTables,
    synthetic: LinkedTables,
    *,
    rng: np.random.Generator,
    variables: Sequence[str] | None = None,
    counted: str | None = None,
    control: LinkedTables | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return distances of pairs of members, and of numbers of members by kind of household.

    Members are taken in the order of their rows. `variables` are columns of members, by default
    the key variables or, without one, all numbers and levels. Of a number, the differences of a
    pair are compared by their largest gap (Kolmogorov-Smirnov), of levels the tables of pairs by
    the share that would have to change (total variation); a score is the mean over variables.
    `counted` is an expression about members such as "age < 18": how many of them a household has
    is compared by each of its own levels. Resampling draws households.
    """
    same_links(original, synthetic, control)
    link = original.children(original.root)[0]
    names = _names(original[link.child], variables, {k.key for k in original.links})
    if counted is not None:
        lost = expressions.columns(counted) - set(original[link.child].schema.names)
        if lost:
            raise GuideError(f"counted speaks of {sorted(lost)[0]!r}, which members do not have")
    given = [original, synthetic, *([control] if control else [])]
    files, kinds = _coded(given, link, names, counted)
    plan = _Plan(link, kinds, counted is not None)
    ask = remembered(plan.summary, files[0])

    def values(old: LinkedTables, new: LinkedTables) -> dict[str, float]:
        tables = plan.distances(ask(old), ask(new))
        return {name: float(t.mean()) for name, t in tables.items() if len(t)}

    found, note = plan.distances(ask(files[0]), ask(files[1])), orphans_note(synthetic)
    if not any(len(t) for t in found.values()):
        raise GuideError("no household of the original has two members; nothing to compare")
    return judged(
        "household_composition",
        values,
        files[0],
        files[1],
        rng=rng,
        reported={
            k: Reported(
                float(t.mean()), t.rename("distance").rename_axis("variable").reset_index(), note
            )
            for k, t in found.items()
            if len(t)
        },
        control=files[2] if control else None,
        draws=draws,
        nulls=nulls,
    )


Summary = dict[str, dict[str, np.ndarray]]


@dataclass(frozen=True)
class _Plan:
    """What is compared: for each column of members its number of levels, 0 for a quantity."""

    link: Link
    kinds: dict[str, int]
    counted: bool

    def summary(self, data: LinkedTables) -> Summary:
        """Return differences or pairs of levels for both kinds of pair, and counts of members."""
        rows = parent_rows(data, self.link)
        inside = np.flatnonzero(rows >= 0)
        order = inside[np.argsort(rows[inside], kind="stable")]
        unit = rows[order]
        sizes = np.bincount(unit, minlength=len(data[self.link.parent]))
        start = np.cumsum(sizes) - sizes
        place = np.arange(len(unit)) - start[unit]
        members = data[self.link.child].rows.iloc[order]
        found: Summary = {FIRST: {}, LATER: {}, MEMBERS: {}}
        for kind, second in ((FIRST, place == 1), (LATER, place > 1)):
            later = np.flatnonzero(second)
            first = start[unit[later]]
            for name, levels in self.kinds.items():
                values = members[name].to_numpy(dtype=float)
                found[kind][name] = _paired(values[first], values[later], levels)
        if self.counted:
            weights = members[COUNTED].to_numpy(dtype=float)
            many = np.bincount(unit, weights=weights, minlength=len(sizes)).astype(int)
            parent = data[self.link.parent].rows
            for name in _levels_of(parent, self.link.key):
                table = np.zeros(
                    (int(parent[name].to_numpy().max(initial=0)) + 1, int(many.max(initial=0)) + 1)
                )
                np.add.at(table, (parent[name].to_numpy(dtype=int), many), 1)
                found[MEMBERS][name] = table
        return found

    def distances(self, one: Summary, other: Summary) -> dict[str, pd.Series]:
        """Return the distance of each variable, for each variant."""
        found: dict[str, dict[str, float]] = {FIRST: {}, LATER: {}, MEMBERS: {}}
        for kind in (FIRST, LATER):
            for name, levels in self.kinds.items():
                old, new = one[kind][name], other[kind][name]
                if old.sum() if levels else len(old):
                    apart = shares_apart if levels else largest_gap
                    found[kind][name] = apart(old, new)
        for name in one[MEMBERS]:
            found[MEMBERS][name] = shares_apart(
                *_same_size(one[MEMBERS][name], other[MEMBERS][name])
            )
        return {kind: pd.Series(d, dtype=float) for kind, d in found.items()}


def _levels_of(parent: pd.DataFrame, key: str) -> Iterator[str]:
    return (str(n) for n in parent if n != key)


def _paired(first: np.ndarray, later: np.ndarray, levels: int) -> np.ndarray:
    """Return known differences of numbers, or the table of pairs of levels, missing ones too."""
    if not levels:
        gap = later - first
        known: np.ndarray = gap[~np.isnan(gap)]
        return known
    return np.bincount((first * levels + later).astype(int), minlength=levels**2)


def _same_size(one: np.ndarray, other: np.ndarray) -> list[np.ndarray]:
    size = np.maximum(one.shape, other.shape)
    return [
        np.pad(t, [(0, int(s - k)) for s, k in zip(size, t.shape, strict=True)]).ravel()
        for t in (one, other)
    ]


def _names(child: Dataset, asked: Sequence[str] | None, keys: set[str]) -> list[str]:
    if isinstance(asked, str):
        raise GuideError(f"variables={asked!r} is one word; give a list of columns, [{asked!r}]")
    fits = {v.name: v for v in child.schema.modelled if v.numeric or v.discrete}
    fits = {n: v for n, v in fits.items() if n not in keys}
    if asked is not None:
        for name in asked:
            if name not in fits:
                raise GuideError(
                    f"no number and no levels {name!r} of members; known: {list(fits)}"
                )
        return list(asked)
    usable = [
        n for n, v in fits.items() if not v.discrete or child.rows[n].nunique() <= MOST_LEVELS
    ]
    chosen = [n for n in usable if fits[n].role is Role.KEY] or usable
    if not chosen:
        raise GuideError("members have no number and no levels; nothing to compare")
    return chosen


def _coded(
    files: Sequence[LinkedTables], link: Link, names: Sequence[str], counted: str | None
) -> tuple[list[LinkedTables], dict[str, int]]:
    """Return the files with the measured columns as numbers, and the levels of each."""
    parents = [f[link.parent] for f in files]
    children = [f[link.child] for f in files]
    kinds: dict[str, int] = {}
    below = [pd.DataFrame({link.key: c.rows[link.key].array}) for c in children]
    above = [pd.DataFrame({link.key: p.rows[link.key].array}) for p in parents]
    for name in names:
        v = children[0].schema[name]
        if v.discrete:
            codes, levels = level_places([c.rows[name] for c in children])
            kinds[name] = len(levels) + 1
        else:
            codes, kinds[name] = [quantity(v, c.rows[name]) for c in children], 0
        _put(below, name, codes)
    if counted is not None:
        _put(below, COUNTED, [expressions.holds(counted, c.rows) for c in children])
        levelled = [v.name for v in parents[0].schema.modelled if v.discrete]
        for name in levelled:
            _put(above, name, level_places([p.rows[name] for p in parents])[0])
        _put(above, "all households", [np.zeros(len(p)) for p in parents])
    made = [
        LinkedTables({link.parent: _plain(a, link.key), link.child: _plain(b, link.key)}, (link,))
        for a, b in zip(above, below, strict=True)
    ]
    return made, kinds


def _put(frames: Sequence[pd.DataFrame], name: str, columns: Sequence[np.ndarray]) -> None:
    for frame, column in zip(frames, columns, strict=True):
        frame[name] = np.asarray(column, dtype=float)


def _plain(rows: pd.DataFrame, key: str) -> Dataset:
    variables = [
        Variable(str(n), Kind.IDENTIFIER if n == key else Kind.NUMBER) for n in rows.columns
    ]
    return Dataset(rows, Schema(tuple(variables)))

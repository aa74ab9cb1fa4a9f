"""Whether the children fit their parent: relations across a link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
from guide_helpers.measures._links import name_of, orphans_note, parent_rows, same_links
from guide_helpers.measures._series import level_places, quantity, remembered
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Kind, Link, LinkedTables, Schema, Variable

FEWEST = 3
"""Fewer parents than this show no correlation."""
NUMBER = "number of children"
WORST_PAIRS = 50


@card(
    MeasureCard(
        title="Parent-child relations",
        summary=(
            "Difference of the correlation between a variable of the parent row and the mean of a "
            "variable over its child rows, on average over all pairs, for each link."
        ),
        sources=("hudovernik2024",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("users join the tables, and expect them to fit"),
            UseCase.TESTING_ANALYSIS: fit("analyses across levels see nothing else"),
            UseCase.EDUCATION: fit("teaches why a join of good tables may be nonsense"),
            UseCase.TESTING_TECHNOLOGY: conditional("where programs check one table by another"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.BROAD,
        unit="difference of correlations",
        bounds=(0.0, 2.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.LINKED,),
        reading_maker=(
            "Synthetic correlations near zero: the tables were made apart and linked at random. "
            "Draw the children given their parent. The table behind the score names the pairs."
        ),
        reading_user=(
            "Far above its null, use each table by itself: a result that needs both, such as "
            "income of the household by age of its members, is not in the file."
        ),
        cannot_see=(
            "relations among the children of one parent (measure the child table's share of "
            "variance between units), relations that are no straight line, rare levels, and links "
            "over more than one step"
        ),
    )
)
def parent_child_relation(
    original: LinkedTables,
    synthetic: LinkedTables,
    *,
    rng: np.random.Generator,
    max_levels: int = 8,
    control: LinkedTables | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return, for each link, the mean absolute difference of correlations over pairs, 0 to 2.

    A parent variable is paired with the mean of a child variable over the parent's children, and
    with their number. A category stands for the indicators of its `max_levels` commonest levels
    in the original, whose differences are averaged. Parents without children count for the number
    only. A pair without a correlation in the original is left out; one without it in the synthetic
    file counts as uncorrelated. `details` holds one line a pair of variables, the worst first.
    """
    same_links(original, synthetic, control)
    if max_levels < 1:
        raise GuideError(f"max_levels={max_levels} leaves no level; give at least 1")
    given = [original, synthetic, *([control] if control else [])]
    files, columns = _coded(given, max_levels)
    ask = remembered(lambda data: _all(data, columns), files[0])
    weights = {k: _weights(ask(files[0])[k], columns, k) for k in original.links}
    shown = [k for k in original.links if weights[k].sum() > 0]
    if not shown:
        raise GuideError("no variable of a parent goes with one of its children; nothing to do")

    def values(old: LinkedTables, new: LinkedTables) -> dict[str, float]:
        one, other = ask(old), ask(new)
        return {name_of(k): float((_gap(one[k], other[k]) * weights[k]).sum()) for k in shown}

    found, note = values(files[0], files[1]), orphans_note(synthetic)
    one, other = ask(files[0]), ask(files[1])
    reported = {
        name_of(k): Reported(
            found[name_of(k)], _table(one[k], other[k], weights[k], columns, k), note
        )
        for k in shown
    }
    return judged(
        "parent_child_relation",
        values,
        files[0],
        files[1],
        rng=rng,
        reported=reported,
        control=files[2] if control else None,
        draws=draws,
        nulls=nulls,
    )


@dataclass(frozen=True)
class Columns:
    """The numeric columns that stand for a table's variables, and whose each is."""

    names: list[str]
    of: list[str]


def _coded(given: list[LinkedTables], most: int) -> tuple[list[LinkedTables], dict[str, Columns]]:
    """Return the linked tables with keys and numeric columns only."""
    links = given[0].links
    keys = {link.key for link in links}
    tables: list[dict[str, Dataset]] = [{} for _ in given]
    columns = {}
    for name in given[0].tables:
        mine = [data[name] for data in given]
        blocks, columns[name] = _numbers(mine, keys, most)
        kept = [k for k in mine[0].schema.names if k in keys]
        plain = [Variable(k, Kind.IDENTIFIER) for k in kept]
        plain += [Variable(c, Kind.NUMBER) for c in columns[name].names]
        for made, table, block in zip(tables, mine, blocks, strict=True):
            numbers = pd.DataFrame(block, columns=columns[name].names)
            rows = pd.concat([table.rows[kept].reset_index(drop=True), numbers], axis=1)
            made[name] = Dataset(rows, Schema(tuple(plain)))
    return [LinkedTables(made, links) for made in tables], columns


def _numbers(tables: list[Dataset], keys: set[str], most: int) -> tuple[list[np.ndarray], Columns]:
    """Return one array a file, with a column for a quantity and one for each common level."""
    names: list[str] = []
    of: list[str] = []
    parts: list[list[np.ndarray]] = [[] for _ in tables]
    for v in tables[0].schema.modelled:
        if v.name in keys or v.kind is Kind.TEXT:
            continue
        if not v.discrete:
            made = [quantity(v, t.rows[v.name])[:, None] for t in tables]
        else:
            made = _indicators([t.rows[v.name] for t in tables], most)
        for part, block in zip(parts, made, strict=True):
            part.append(block)
        width = made[0].shape[1]
        names += [f"{v.name} {i}" for i in range(width)]
        of += [v.name] * width
    empty = [np.empty((len(t), 0)) for t in tables]
    blocks = [np.hstack([e, *part]) for e, part in zip(empty, parts, strict=True)]
    return blocks, Columns(names, of)


def _indicators(columns: list[pd.Series], most: int) -> list[np.ndarray]:
    codes, levels = level_places(columns)
    counts = np.bincount(codes[0], minlength=len(levels) + 1)[: len(levels)]
    common = np.argsort(-counts, kind="stable")[:most]
    common = common[counts[common] > 0]
    return [
        np.where(c[:, None] == len(levels), np.nan, (c[:, None] == common).astype(float))
        for c in codes
    ]


def _all(data: LinkedTables, columns: dict[str, Columns]) -> dict[Link, np.ndarray]:
    return {link: _correlations(data, link, columns) for link in data.links}


def _correlations(data: LinkedTables, link: Link, columns: dict[str, Columns]) -> np.ndarray:
    """Return correlations of the parent's columns with the children's means and number."""
    parent = data[link.parent].rows[columns[link.parent].names].to_numpy(dtype=float)
    child = data[link.child].rows[columns[link.child].names].to_numpy(dtype=float)
    rows = parent_rows(data, link)
    inside = np.flatnonzero(rows >= 0)
    order = inside[np.argsort(rows[inside], kind="stable")]
    number = np.bincount(rows[inside], minlength=len(parent)).astype(float)
    means = np.full((len(parent), child.shape[1]), np.nan)
    if len(order):
        first = np.cumsum(number)[number > 0] - number[number > 0]
        known = ~np.isnan(child[order])
        sums = np.add.reduceat(np.where(known, child[order], 0.0), first.astype(int))
        times = np.add.reduceat(known.astype(float), first.astype(int))
        means[number > 0] = np.where(times > 0, sums / np.maximum(times, 1), np.nan)
    return _correlated(parent, np.column_stack([means, number]))


def _correlated(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the correlation of each column of `one` with each of `other`, NaN where none is."""
    one, other = _standard(one), _standard(other)
    known = [(~np.isnan(x)).astype(float) for x in (one, other)]
    x, y = np.nan_to_num(one), np.nan_to_num(other)
    n = known[0].T @ known[1]
    safe = np.maximum(n, 1)
    sx, sy = x.T @ known[1] / safe, known[0].T @ y / safe
    vx, vy = (x**2).T @ known[1] / safe - sx**2, known[0].T @ (y**2) / safe - sy**2
    size = np.sqrt(np.maximum(vx, 0) * np.maximum(vy, 0))
    found = np.full(n.shape, np.nan)
    usable = (n >= FEWEST) & (size > 1e-9)
    np.divide(x.T @ y / safe - sx * sy, size, out=found, where=usable)
    clipped: np.ndarray = np.clip(found, -1, 1)
    return clipped


def _standard(values: np.ndarray) -> np.ndarray:
    """Return the columns with mean 0 and standard deviation 1; a constant one becomes 0."""
    known = ~np.isnan(values)
    times = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / times
    apart = values - mean
    size = np.sqrt(np.where(known, apart**2, 0.0).sum(axis=0) / times)
    flat = size <= 1e-12 * np.maximum(1, np.abs(mean))
    return np.where(flat & known, 0.0, apart / np.where(flat, 1.0, size))


def _weights(found: np.ndarray, columns: dict[str, Columns], link: Link) -> np.ndarray:
    """Return the weight of each pair of columns: each pair of variables weighs the same."""
    of = _pairs(columns, link)
    seen = ~np.isnan(found)
    codes, names = pd.factorize(of.ravel())
    times = np.bincount(codes, seen.ravel(), minlength=len(names))
    weights = np.where(seen.ravel(), 1 / np.maximum(times[codes], 1), 0.0).reshape(found.shape)
    each: np.ndarray = weights / max(1, (times > 0).sum())
    return each


def _pairs(columns: dict[str, Columns], link: Link) -> np.ndarray:
    """Return the name of the pair of variables that each pair of columns belongs to."""
    children = [*columns[link.child].of, NUMBER]
    return np.array(
        [[f"{p} × {c}" for c in children] for p in columns[link.parent].of], dtype=object
    ).reshape(len(columns[link.parent].of), len(children))


def _gap(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    gap: np.ndarray = np.abs(np.nan_to_num(one) - np.nan_to_num(other))
    return gap


def _table(
    one: np.ndarray,
    other: np.ndarray,
    weights: np.ndarray,
    columns: dict[str, Columns],
    link: Link,
) -> pd.DataFrame:
    lines = pd.DataFrame(
        {
            "pair": _pairs(columns, link).ravel(),
            "difference": _gap(one, other).ravel(),
            "original, size of the correlation": np.abs(np.nan_to_num(one)).ravel(),
            "synthetic, size of the correlation": np.abs(np.nan_to_num(other)).ravel(),
        }
    )[weights.ravel() > 0]
    means = lines.groupby("pair", sort=False).mean().reset_index()
    return means.sort_values("difference", ascending=False, ignore_index=True)[:WORST_PAIRS]

"""Rows of small tables that show, for a whole group, one sensitive value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.cards import (
    Aspect,
    Better,
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
from guide_helpers.measures._keys import (
    UNDER_PRIVACY,
    Bins,
    Files,
    chosen_keys,
    chosen_sensitive,
    column,
    said_of_bins,
    scored,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Tabular group disclosure",
        summary=(
            "Share of the rows of tables of one or two key variables by a sensitive one in which "
            "the synthetic table shows the whole group in one cell, and the original does too."
        ),
        sources=("hundepool2024",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("tables are what users of a public file make first"),
            UseCase.TESTING_ANALYSIS: conditional("where tables leave the secure room"),
            UseCase.EDUCATION: fit("tables are what a course makes of the file"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "only where the test file keeps relations between variables"
            ),
        },
        aspect=Aspect.RISK,
        rung=Rung.ATTRIBUTE,
        scope=Scope.NARROW,
        unit="% of rows of the original's tables",
        bounds=(0.0, 100.0),
        better=Better.LOWER,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "These rows would be protected if the table of the original were to be published. "
            "Inside the band, any sample would show as many: then they are rules of the world, or "
            "values so common that small groups are all alike. Look at the worst tables."
        ),
        reading_user=(
            "A row with one full cell need not be so in the original: the table behind the score "
            "says how often it was not."
        ),
        cannot_see=(
            "tables of more variables (DiSCO takes all keys at once), rows that are nearly alike, "
            "and amounts (see dominance)"
        ),
        under_privacy=UNDER_PRIVACY,
    )
)
def tabular_disclosure(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    ways: Sequence[int] = (1, 2),
    least: int = 2,
    max_tables: int = 60,
    keys: Sequence[str] | None = None,
    sensitive: str | Sequence[str] | None = None,
    bins: Bins = None,
    sensitive_bins: Bins = None,
    control: Dataset | None = None,
    nulls: Sequence[Null | str] = (),
    draws: int = 16,
) -> list[Score]:
    """Return, for each number of keys in `ways`, the mean share of disclosed rows, in per cent.

    A row is a combination of one or two keys with at least `least` records in the original. It is
    disclosed where all of them have one sensitive value and all synthetic records of the row have
    that value too, of which there is at least one. The mean is over all tables with a row, of at
    most `max_tables` chosen at random. `details` has one line a table, the worst first: rows,
    rows that the synthetic table shows in one cell, and those of them that are true.

    The definition of a full cell is the handbook's; to average over tables is our choice.
    """
    names = chosen_keys(original, keys)
    targets = chosen_sensitive(original, sensitive, names)
    possible = [w for w in ways if 1 <= w <= len(names)]
    if not possible or least < 1:
        raise GuideError(f"ways={tuple(ways)} of {len(names)} keys and least={least} make no table")
    files = Files(original, synthetic, control)
    tables = {w: _chosen(names, targets, w, max_tables, rng) for w in possible}
    columns = {n: files.codes(n, sensitive_bins)[0] for n in targets}
    sizes: dict[str, int] = {}
    for rows in {rows for chosen in tables.values() for rows, _ in chosen}:
        columns[_row(rows)], sizes[_row(rows)] = files.combined(rows, bins)

    def found(one: Dataset, other: Dataset, w: int) -> pd.DataFrame:
        lines = [_counts(one, other, _row(r), t, sizes, least) for r, t in tables[w]]
        return pd.DataFrame(lines, columns=["rows", "shown in one cell", "true"])

    def values(one: Dataset, other: Dataset) -> dict[str, float]:
        return {_variant(w): _mean(found(one, other, w)) for w in possible}

    coded = files.coded(columns)
    details = {_variant(w): _named(found(coded[0], coded[1], w), tables[w]) for w in possible}
    note = {_variant(w): _said(details[_variant(w)]) for w in possible}
    more: dict[str, Any] = {"details": details, "nulls": nulls, "draws": draws}
    note = {v: f"{x} {said_of_bins(original, names, bins)}" for v, x in note.items()}
    return scored("tabular_disclosure", values, coded, rng=rng, note=note, **more)


Table = tuple[tuple[str, ...], str]


def _variant(ways: int) -> str:
    return f"{ways} key" if ways == 1 else f"{ways} keys"


def _row(names: Sequence[str]) -> str:
    return "row: " + " × ".join(names)


def _chosen(
    keys: Sequence[str], targets: Sequence[str], ways: int, most: int, rng: np.random.Generator
) -> list[Table]:
    every = [(rows, t) for rows in combinations(keys, ways) for t in targets]
    if len(every) <= most:
        return every
    return [every[i] for i in np.sort(rng.permutation(len(every))[:most])]


def _counts(
    one: Dataset, other: Dataset, row: str, target: str, sizes: Mapping[str, int], least: int
) -> tuple[int, int, int]:
    """Return rows of the original's table, those the synthetic one shows full, the true ones."""
    size = sizes[row]
    mine, theirs = (_full(d, row, target, size) for d in (one, other))
    there = np.bincount(column(one, row), minlength=size) >= least
    shown = there & (theirs >= 0)
    return int(there.sum()), int(shown.sum()), int((shown & (mine == theirs)).sum())


def _full(data: Dataset, row: str, target: str, size: int) -> np.ndarray:
    group, value = column(data, row), column(data, target)
    shared = np.full(size, -1, dtype=np.int64)
    shared[group] = value
    shared[group[value != shared[group]]] = -1
    return shared


def _mean(found: pd.DataFrame) -> float:
    kept = found[found["rows"] > 0]
    return 100 * float((kept["true"] / kept["rows"]).mean()) if len(kept) else 0.0


def _named(found: pd.DataFrame, tables: Sequence[Table]) -> pd.DataFrame:
    names = [" × ".join((*rows, target)) for rows, target in tables]
    table = found.assign(table=names, share=100 * found["true"] / found["rows"].clip(lower=1))
    table = table.rename(columns={"share": "% of rows"})
    return table.set_index("table").sort_values("% of rows", ascending=False, kind="stable")


def _said(table: pd.DataFrame) -> str:
    shown, true = int(table["shown in one cell"].sum()), int(table["true"].sum())
    return f"Mean of {len(table)} tables; {shown:,} rows shown in one cell, {true:,} of them true."

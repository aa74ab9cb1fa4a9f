"""Fit of a population to known margins, of households and of their members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    fit,
)
from guide_helpers.errors import GuideError
from guide_helpers.known_margins import Margin, own, read, views
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.measures._links import orphans_note, same_links
from guide_helpers.measures._series import remembered
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Kind, LinkedTables, Schema, Variable

WEIGHT = " weight"


@card(
    MeasureCard(
        title="Fit to known margins",
        summary=(
            "Sum of the absolute differences between the counts of published tables and those of "
            "the synthetic file, as a share of the table's total, on average over the tables: of "
            "households, and of persons."
        ),
        sources=("voas2000", "lovelace2013"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("users will compare the file with the published tables"),
            UseCase.TESTING_ANALYSIS: fit("totals by area are what simulations start from"),
            UseCase.EDUCATION: fit("teaches what weighting can and cannot reach"),
            UseCase.TESTING_TECHNOLOGY: fit("realistic volumes by area"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.TABLES,
        scope=Scope.FIT_FOR_PURPOSE,
        unit="standardised absolute error (SAE)",
        bounds=(0.0, 2.0),
        better=Better.LOWER,
        null=Null.FRESH_SAMPLE,
        data=(DataKind.LINKED,),
        reading_maker=(
            "Households within and persons above the band: the method weights households only. "
            "Below the band: closer to the tables than a new sample would be, as calibration "
            "makes it. The table behind the score says which cells are off."
        ),
        reading_user=(
            "An error of 0.1 says that 5 % of the households, or persons, sit in a wrong cell of "
            "the average table. Within the band the file is as close as another survey."
        ),
        cannot_see=(
            "anything but these tables: within a cell everything may be wrong. Margins computed "
            "from the confidential records are themselves confidential"
        ),
        under_privacy="margins of the original are not protected; give published ones",
    )
)
def margin_fit(
    original: LinkedTables,
    synthetic: LinkedTables,
    *,
    rng: np.random.Generator,
    margins: Mapping[str, Mapping[str, float]] | None = None,
    by: str | None = None,
    control: LinkedTables | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return the standardised absolute error at each level, households first, 0 to 2.

    `margins` are tables as `population_ipf` takes them: {"size": {"1": 120, "2+": 300}}. Without
    them those of the original are taken, weighted, of its key variables, and `by` area if a column
    of households is named. Synthetic counts are weighted and brought to the total of each table.
    `details` holds every cell with its count and its share of the error.
    """
    same_links(original, synthetic, control)
    if by is not None and by not in original[original.root].schema:
        raise GuideError(f"by={by!r} is no column of {original.root!r}")
    two = _two_levels(original)
    tables = own(two, by) if margins is None else read(margins, two)
    tables = [m for m in tables if m.columns]
    if not tables:
        raise GuideError("no key variable makes a table; give margins={...}")
    given = [two, *(_two_levels(f) for f in (synthetic, control) if f is not None)]
    files = [_coded(f, tables) for f in given]
    ask = remembered(lambda data: _counts(data, tables), files[0])

    def values(old: LinkedTables, new: LinkedTables) -> dict[str, float]:
        wanted = ask(old) if margins is None else [m.counts for m in tables]
        errors: dict[str, list[float]] = {m.table: [] for m in tables}
        for m, known, found in zip(tables, wanted, ask(new), strict=True):
            errors[m.table].append(_error(known, found))
        return {level: float(np.mean(e)) for level, e in errors.items()}

    found, note = values(files[0], files[1]), orphans_note(synthetic)
    shown = ask(files[1])
    return judged(
        "margin_fit",
        values,
        files[0],
        files[1],
        rng=rng,
        reported={k: Reported(x, _details(tables, shown, k), note) for k, x in found.items()},
        control=files[2] if control else None,
        draws=draws,
        nulls=nulls,
    )


def _coded(data: LinkedTables, tables: Sequence[Margin]) -> LinkedTables:
    """Return the file with the cell of each row in each table, and the weight of each household."""
    link = data.links[0]
    made = {}
    for name, rows, known, weight in views(_without_orphans(data)):
        codes = {f" {k}": m.codes(rows, known) for k, m in enumerate(tables) if m.table == name}
        frame = pd.DataFrame({link.key: rows[link.key].array, WEIGHT: weight} | codes)
        columns = [Variable(str(c), Kind.NUMBER) for c in frame.columns if c != link.key]
        made[name] = Dataset(frame, Schema((Variable(link.key, Kind.IDENTIFIER), *columns)))
    return LinkedTables(made, data.links, data.name)


def _counts(data: LinkedTables, tables: Sequence[Margin]) -> list[np.ndarray]:
    """Return the weighted counts of the cells of all tables."""
    found = []
    for k, m in enumerate(tables):
        rows = data[m.table].rows
        codes, weight = rows[f" {k}"].to_numpy(dtype=int), rows[WEIGHT].to_numpy(dtype=float)
        inside = codes >= 0
        found.append(np.bincount(codes[inside], weight[inside], minlength=len(m.counts)))
    return found


def _two_levels(data: LinkedTables) -> LinkedTables:
    """Return the root and its first child table."""
    link = data.children(data.root)[0]
    return LinkedTables({t: data[t] for t in (link.parent, link.child)}, (link,), data.name)


def _without_orphans(data: LinkedTables) -> LinkedTables:
    link = data.links[0]
    child = data[link.child]
    there = child.rows[link.key].isin(data[link.parent].rows[link.key])
    if there.all():
        return data
    tables: dict[str, Dataset] = dict(data.tables)
    tables[link.child] = replace(child, rows=child.rows[there].reset_index(drop=True))
    return LinkedTables(tables, data.links, data.name)


def _error(wanted: np.ndarray, counts: np.ndarray) -> float:
    """Return the sum of absolute differences of shares; 2 where the file has none of the cells."""
    if not wanted.sum() or not counts.sum():
        return 0.0 if not wanted.sum() and not counts.sum() else 2.0
    return float(np.abs(counts / counts.sum() - wanted / wanted.sum()).sum())


def _details(tables: Sequence[Margin], counts: Sequence[np.ndarray], level: str) -> pd.DataFrame:
    parts = []
    for m, found in zip(tables, counts, strict=True):
        if m.table != level:
            continue
        scaled = found * (m.counts.sum() / found.sum()) if found.sum() else found
        part = {"table": m.name, "cell": m.cells, "known": m.counts, "synthetic, scaled": scaled}
        parts.append(pd.DataFrame(part))
    whole = pd.concat(parts, ignore_index=True)
    return whole.assign(error=(whole["synthetic, scaled"] - whole["known"]).abs())

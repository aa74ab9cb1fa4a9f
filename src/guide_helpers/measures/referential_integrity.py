"""Rows of a child table whose parent row is not there."""

from __future__ import annotations

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
from guide_helpers.intervals import Interval, design_effect, wilson
from guide_helpers.results import NullBand, Score
from guide_helpers.schema import LinkedTables


@card(
    MeasureCard(
        title="Rows without a parent",
        summary=(
            "Share of the rows of child tables whose key is not among the keys of the parent table."
        ),
        sources=("sdmetrics_docs", "hudovernik2024"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("a person without a household is lost in every join"),
            UseCase.TESTING_ANALYSIS: fit("a join drops such rows without a word"),
            UseCase.EDUCATION: fit("a first join must work"),
            UseCase.TESTING_TECHNOLOGY: fit("a database with foreign keys refuses the file"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.STRUCTURE,
        scope=Scope.FIT_FOR_PURPOSE,
        unit="share of child rows",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Anything above the original's own share is a fault of the method: tables were made "
            "apart, or rows were dropped from a parent afterwards. The details name the link."
        ),
        reading_user=(
            "Count your rows before and after a join. That every row has a parent does not say "
            "that it has the right one: read the relations between the tables too."
        ),
        cannot_see=(
            "whether a row fits its parent, how many rows a parent has, and links of which the "
            "schema says nothing"
        ),
        data=(DataKind.LINKED,),
    )
)
def referential_integrity(
    original: LinkedTables,
    synthetic: LinkedTables,
    *,
    rng: np.random.Generator,
) -> Score:
    """Return the share of child rows without a parent row, over all links.

    The bands come from a formula: a correct model has the original's own share, which is 0 for
    most files, and a synthetic file of as many child rows varies about it like any share; a fresh
    sample varies with the original's noise as well. A missing key is a row without a parent. Rows
    with the same key count as one unit in intervals and bands. `details` has one line a link.
    """
    del rng
    if not original.links:
        raise GuideError("the tables have no links; there is no parent to be without")
    old, new = (_lost(data) for data in (original, synthetic))
    if not (len(old) and len(new)):
        raise GuideError("no child table has rows in both files; nothing to compare")
    shares = [rows.groupby("link", sort=False)["lost"].agg(["mean", "size"]) for rows in (new, old)]
    table = pd.DataFrame(
        {"value": shares[0]["mean"], "rows": shares[0]["size"], "original": shares[1]["mean"]}
    )
    return Score(
        measure="referential_integrity",
        value=float(new["lost"].mean()),
        interval=_interval(new),
        bands=tuple(_band(null, old, new) for null in (Null.CORRECT_MODEL, Null.FRESH_SAMPLE)),
        details=table.rename_axis("link").reset_index().sort_values("value", ascending=False),
        note=f"{int(new['lost'].sum()):,} of {len(new):,} child rows.",
    )


def _lost(data: LinkedTables) -> pd.DataFrame:
    """Return for each child row its link, the number of its key, and whether it has no parent."""
    found = []
    for link in data.links:
        keys = data[link.child].rows[link.key]
        lost = ~keys.isin(data[link.parent].rows[link.key])
        name = f"{link.parent}-{link.child}"
        found.append(pd.DataFrame({"link": name, "key": pd.factorize(keys)[0], "lost": lost}))
    rows = pd.concat(found, ignore_index=True)
    rows["unit"] = rows.groupby(["link", "key"], sort=False).ngroup()
    return rows


def _interval(rows: pd.DataFrame) -> Interval:
    lost = rows["lost"].to_numpy(dtype=float)
    effect = design_effect(lost, rows["unit"].to_numpy())
    return wilson(lost.sum() / effect, len(lost) / effect)


def _band(null: Null, old: pd.DataFrame, new: pd.DataFrame) -> NullBand:
    """Return the original's share and, where it is not 0, what chance makes of it."""
    lost = old["lost"].to_numpy(dtype=float)
    share = float(lost.mean())
    if share == 0:
        return NullBand(null, 0.0, 0.0, 0.0, 0)
    effect = design_effect(lost, old["unit"].to_numpy())
    noise = 1 / len(new) + (1 / len(old) if null is Null.FRESH_SAMPLE else 0)
    centre = wilson(share / (noise * effect), 1 / (noise * effect))
    return NullBand(null, share, min(centre.low, share), max(centre.high, share), 0)

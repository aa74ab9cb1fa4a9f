"""How many rows of the child table belong to a row of the parent table."""

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
    fit,
)
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.measures._links import name_of, orphans_note, parent_rows, same_links
from guide_helpers.measures._series import largest_gap, remembered
from guide_helpers.results import Score
from guide_helpers.schema import LinkedTables


@card(
    MeasureCard(
        title="Children per parent",
        summary=(
            "Largest gap between the distributions of the number of child rows that a parent row "
            "has, those without any included, for each link between tables."
        ),
        sources=("sdmetrics_docs", "hudovernik2024"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("size of household, events per person: published facts"),
            UseCase.TESTING_ANALYSIS: fit("who has no event is half of an event study"),
            UseCase.EDUCATION: fit("teaches what a link is"),
            UseCase.TESTING_TECHNOLOGY: fit("joins break on parents without children"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.NARROW,
        unit="share of parent rows",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.LINKED,),
        reading_maker=(
            "Make the number of children a variable of the parent, drawn given the others, zero "
            "included. The table behind the score shows where the counts part."
        ),
        reading_user=(
            "The share of parents on the wrong side at the worst count. Averages per household or "
            "per person inherit it."
        ),
        cannot_see=(
            "which parents have many children: a file with all links rewired can score 0. See "
            "parent-child relations for that"
        ),
    )
)
def children_per_parent(
    original: LinkedTables,
    synthetic: LinkedTables,
    *,
    rng: np.random.Generator,
    control: LinkedTables | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return, for each link, the Kolmogorov-Smirnov distance of the numbers of children.

    One minus SDMetrics' CardinalityShapeSimilarity. `details` holds the share of parents with 0,
    1, 2 ... children. Resampling draws rows of the root table with all that belongs to them.
    """
    same_links(original, synthetic, control)
    files = [_keys_only(f) for f in (original, synthetic, *([control] if control else []))]
    ask = remembered(_numbers, files[0])

    def values(old: LinkedTables, new: LinkedTables) -> dict[str, float]:
        one, other = ask(old), ask(new)
        return {link: largest_gap(one[link], other[link]) for link in one}

    found = values(files[0], files[1])
    one, other, note = ask(files[0]), ask(files[1]), orphans_note(synthetic)
    return judged(
        "children_per_parent",
        values,
        files[0],
        files[1],
        rng=rng,
        reported={k: Reported(x, _table(one[k], other[k]), note) for k, x in found.items()},
        control=files[2] if control else None,
        draws=draws,
        nulls=nulls,
    )


def _keys_only(data: LinkedTables) -> LinkedTables:
    keys = {link.key for link in data.links}
    tables = {n: t.keep(*(keys & set(t.schema.names))) for n, t in data.tables.items()}
    return LinkedTables(tables, data.links, data.name)


def _numbers(data: LinkedTables) -> dict[str, np.ndarray]:
    found = {}
    for link in data.links:
        rows = parent_rows(data, link)
        found[name_of(link)] = np.bincount(rows[rows >= 0], minlength=len(data[link.parent]))
    return found


def _table(one: np.ndarray, other: np.ndarray) -> pd.DataFrame:
    size = int(max(one.max(initial=0), other.max(initial=0))) + 1
    old, new = (np.bincount(x, minlength=size) for x in (one, other))
    seen = np.flatnonzero(old + new)
    return pd.DataFrame(
        {
            "children": seen,
            "original, share of parents": (old / max(1, old.sum()))[seen],
            "synthetic, share of parents": (new / max(1, new.sum()))[seen],
        }
    )

"""How many ties the nodes of a network have, and how often two nodes have partners in common."""

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
from guide_helpers.measures._series import label_of, largest_gap, level_places, remembered
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Kind, Schema, Variable

MOST_SOURCES = 400
"""So many sources, at most, are paired to count their common partners."""
VARIANTS = ("out-degree", "in-degree", "partners in common")


@card(
    MeasureCard(
        title="Ties of a network",
        summary=(
            "Largest gap between the distributions of the number of partners of a source, of the "
            "number of partners of a target, and of the partners that two sources have in common."
        ),
        sources=("latapy2008",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("who is connected to whom is what a network is"),
            UseCase.TESTING_ANALYSIS: fit("spread and influence depend on hubs and on overlap"),
            UseCase.EDUCATION: conditional("where the course is about networks"),
            UseCase.TESTING_TECHNOLOGY: conditional("hubs decide how long a program runs"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.BROAD,
        unit="share of nodes, or of pairs of sources",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.TABLE, DataKind.PANEL),
        needs=("source", "target"),
        reading_maker=(
            "Degrees off: hubs are lost or made up. Degrees right and partners in common off: the "
            "ties go to the right number of partners but to the wrong ones, as after rewiring at "
            "random; draw a tie given the ties that the source has."
        ),
        reading_user=(
            "The share of nodes on the wrong side at the worst point. Above its null do not use "
            "the file for recommendation, contagion or any question about neighbours."
        ),
        cannot_see=(
            "how strong or old a tie is (repeated ties count once), whether it is returned, paths "
            "and communities, nodes without ties. The band is made by drawing sources with all "
            "their ties, so the one of in-degrees is generous: a target with one tie may get two"
        ),
    )
)
def degree_distribution(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    source: str,
    target: str,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return three Kolmogorov-Smirnov distances, from 0 to 1.

    Each row of the table is a tie between the labels in the columns `source` and `target`; ties
    that repeat count once, those with a missing end not at all. Partners in common are the targets
    of both of two sources, over all pairs of (at most 400) sources. Resampling draws privacy units
    with all their ties, and sources where the rows name no unit. `details` holds the shares of
    nodes or pairs with 0, 1, 2 ... up to 20 and more.
    """
    for option, name in (("source", source), ("target", target)):
        label_of(original, name, option)
    if source == target:
        raise GuideError(f"source and target are both {source!r}; a tie needs two columns")
    old_file, new_file, beside = _coded(original, synthetic, control, source, target)
    if not len(old_file):
        raise GuideError(f"no row has both {source!r} and {target!r}; nothing to compare")
    ask = remembered(_ties, old_file)

    def values(old: Dataset, new: Dataset) -> dict[str, float]:
        one, other = ask(old), ask(new)
        return {v: largest_gap(one[v], other[v]) for v in shown}

    shown = [v for v in VARIANTS if len(ask(old_file)[v])]
    found = values(old_file, new_file)
    one, other = ask(old_file), ask(new_file)
    return judged(
        "degree_distribution",
        values,
        old_file,
        new_file,
        rng=rng,
        reported={v: Reported(x, _table(one[v], other[v])) for v, x in found.items()},
        control=beside,
        draws=draws,
        nulls=nulls,
    )


def _coded(
    original: Dataset, synthetic: Dataset, control: Dataset | None, source: str, target: str
) -> tuple[Dataset, Dataset, Dataset | None]:
    """Return the ties as numbers, each once, with the unit that they are resampled by."""
    given = [f for f in (original, synthetic, control) if f is not None]
    ends = [level_places([f.rows[n] for f in given]) for n in (source, target)]
    made = []
    for place, file in enumerate(given):
        start, end = (codes[place] for codes, _ in ends)
        unit = start if file.entity is None else file.units
        ties = pd.DataFrame({"unit": unit, "source": start, "target": end})
        known = (start < len(ends[0][1])) & (end < len(ends[1][1]))
        ties = ties[known].drop_duplicates().sort_values("unit", kind="stable")
        plain = (
            Variable("unit", Kind.IDENTIFIER),
            Variable("source", Kind.INTEGER),
            Variable("target", Kind.INTEGER),
        )
        made.append(Dataset(ties.reset_index(drop=True), Schema(plain), "unit"))
    return made[0], made[1], made[2] if control is not None else None


def _ties(data: Dataset) -> dict[str, np.ndarray]:
    """Return the degrees of sources and targets, and the common partners of pairs of sources.

    A source is known by its unit too: a unit drawn twice has two sources of one label.
    """
    sources, targets = data.rows["source"].to_numpy(), data.rows["target"].to_numpy()
    label = data.units.astype(np.int64) * (int(sources.max(initial=0)) + 1) + sources
    start = np.unique(label, return_inverse=True)[1]
    end = np.unique(targets, return_inverse=True)[1]
    return {
        "out-degree": np.bincount(start),
        "in-degree": np.bincount(end),
        "partners in common": _common(start, end),
    }


def _common(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return how many targets two sources share, for each pair of some sources."""
    nodes = int(start.max(initial=-1)) + 1
    if nodes < 2:
        return np.empty(0)
    chosen = np.random.default_rng(nodes).permutation(nodes)[:MOST_SOURCES]
    place = np.full(nodes, -1)
    place[chosen] = np.arange(len(chosen))
    inside = place[start] >= 0
    reached = np.unique(end[inside], return_inverse=True)[1]
    table = np.zeros((len(chosen), int(reached.max(initial=-1)) + 1), dtype=np.float32)
    table[place[start[inside]], reached] = 1
    pairs: np.ndarray = (table @ table.T)[np.triu_indices(len(chosen), 1)]
    return pairs


def _table(one: np.ndarray, other: np.ndarray) -> pd.DataFrame:
    most = 20
    old, new = (
        np.bincount(np.minimum(x, most).astype(int), minlength=most + 1) for x in (one, other)
    )
    return pd.DataFrame(
        {
            "number": [*map(str, range(most)), f"{most} or more"],
            "original, share": old / max(1, old.sum()),
            "synthetic, share": new / max(1, new.sum()),
        }
    )

"""How many ties the nodes of a network have, and whether nodes have partners in common."""

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
            "number of partners of a target, and of the partners that two sources have in common "
            "beyond what their numbers of partners explain."
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
    that repeat count once, those with a missing end not at all. Resampling draws privacy units
    with all their ties, and sources where the rows name no unit.

    Partners in common are the targets of both of two sources, for each pair of (at most 400)
    sources, less the number e expected of a network with these degrees and no other structure,
    over the square root of e. With degrees d of the sources, k of the targets and E ties,
    e = d d' Σ k(k - 1) / E². Degrees are taken out because hubs would drown everything else.
    `details` holds the shares of nodes with 0, 1, 2 ... partners, or of pairs by that excess.
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
        reported={
            v: Reported(x, (_excesses if v == VARIANTS[-1] else _degrees)(one[v], other[v]))
            for v, x in found.items()
        },
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
    out, into = np.bincount(start), np.bincount(end)
    return {
        "out-degree": out,
        "in-degree": into,
        "partners in common": _common(start, end, out, into),
    }


def _common(start: np.ndarray, end: np.ndarray, out: np.ndarray, into: np.ndarray) -> np.ndarray:
    """Return how many more targets two sources share than expected, in roots of that number."""
    nodes = len(out)
    if nodes < 2:
        return np.empty(0)
    chosen = np.random.default_rng(nodes).permutation(nodes)[:MOST_SOURCES]
    place = np.full(nodes, -1)
    place[chosen] = np.arange(len(chosen))
    inside = place[start] >= 0
    table = np.zeros((len(chosen), len(into)), dtype=np.float32)
    table[place[start[inside]], end[inside]] = 1
    one, other = np.triu_indices(len(chosen), 1)
    common = (table @ table.T)[one, other].astype(float)
    rate = float((into * (into - 1.0)).sum()) / len(start) ** 2
    expected = out[chosen][one] * out[chosen][other] * rate
    found: np.ndarray = np.divide(
        common - expected, np.sqrt(expected), out=np.zeros(len(one)), where=expected > 0
    )
    return np.round(found, 9)


def _degrees(one: np.ndarray, other: np.ndarray) -> pd.DataFrame:
    most = 20
    old, new = (np.bincount(np.minimum(x, most), minlength=most + 1) for x in (one, other))
    return _shares([*map(str, range(most)), f"{most} or more"], "partners", old, new)


def _excesses(one: np.ndarray, other: np.ndarray) -> pd.DataFrame:
    edges = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    names = ["up to -2", "-2 to -1", "-1 to 0", "0 to 1", "1 to 2", "above 2"]
    old, new = (
        np.bincount(np.searchsorted(edges, x, side="left"), minlength=len(names))
        for x in (one, other)
    )
    return _shares(names, "partners in common, excess in roots of the expected number", old, new)


def _shares(names: list[str], what: str, old: np.ndarray, new: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            what: names,
            "original, share": old / max(1, old.sum()),
            "synthetic, share": new / max(1, new.sum()),
        }
    )

"""Whether the partners of a node are partners of each other: triangles of a network."""

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
from guide_helpers.measures._series import label_of, largest_gap, level_places
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Kind, Schema, Variable

VARIANTS = ("transitivity", "local clustering")
CLASSES = ("0", "above 0 to 0.25", "above 0.25 to 0.5", "above 0.5 to 0.75", "above 0.75")


@card(
    MeasureCard(
        title="Clustering of a network",
        summary=(
            "Gap of the share of pairs of partners who are partners themselves: over all nodes, "
            "and at the worst point of its distribution from node to node."
        ),
        sources=("watts1998",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("groups of people who all know each other are triangles"),
            UseCase.TESTING_ANALYSIS: fit("spread in a network depends on closed triangles"),
            UseCase.EDUCATION: conditional("where the course is about networks"),
            UseCase.TESTING_TECHNOLOGY: conditional("programs that count triangles meet them"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.BROAD,
        unit="share of pairs of partners, or of nodes",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.TABLE, DataKind.PANEL),
        needs=("source", "target"),
        reading_maker=(
            "Degrees right and clustering off: the model draws ties one by one. Degrees alone, "
            "and blocks with few ties to a node, cannot make triangles."
        ),
        reading_user=(
            "Above its null do not use the file for contagion, for cohesion of groups or for any "
            "question about partners of partners."
        ),
        cannot_see=(
            "directions, strength and order of ties, cycles longer than three, communities and "
            "paths. A network whose sources are never targets has no triangle and scores 0. Bands "
            "and interval draw nodes as if their triangles were independent, which they are not: "
            "in sparse networks of large blocks they are too narrow, so take a value of "
            "transitivity just outside a band as being inside"
        ),
    )
)
def clustering(
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
    """Return the gap of transitivity and the Kolmogorov-Smirnov distance of local clustering.

    Each row is a tie between the labels in the columns `source` and `target`, which name nodes of
    one kind. Directions are ignored, ties that repeat count once, ties of a node with itself and
    those with a missing end not at all. Local clustering is that of nodes with two partners or
    more {cite:p}`watts1998`; a network without such nodes has transitivity 0. Nodes are counted in
    the whole network, then drawn with what was counted. `details` holds the numbers behind.
    """
    for option, name in (("source", source), ("target", target)):
        label_of(original, name, option)
    if source == target:
        raise GuideError(f"source and target are both {source!r}; a tie needs two columns")
    old, new, beside = _nodes(original, synthetic, control, source, target)
    if not len(old):
        raise GuideError(f"no row ties two nodes by {source!r} and {target!r}; nothing to compare")
    found = _values(old, new)
    tables = {VARIANTS[0]: _triangles, VARIANTS[1]: _shares}
    return judged(
        "clustering",
        _values,
        old,
        new,
        rng=rng,
        reported={v: Reported(x, tables[v](old, new)) for v, x in found.items()},
        control=beside,
        draws=draws,
        nulls=nulls,
    )


def _nodes(
    original: Dataset, synthetic: Dataset, control: Dataset | None, source: str, target: str
) -> tuple[Dataset, Dataset, Dataset | None]:
    """Return a row for each node that has a tie: its pairs of partners, and how many are tied."""
    given = [f for f in (original, synthetic, control) if f is not None]
    codes, levels = level_places([f.rows[n] for f in given for n in (source, target)])
    plain = Schema((Variable("closed", Kind.INTEGER), Variable("pairs", Kind.INTEGER)))
    made = []
    for start, end in zip(codes[::2], codes[1::2], strict=True):
        tie = (start < len(levels)) & (end < len(levels)) & (start != end)
        closed, pairs = _counted(start[tie], end[tie])
        made.append(Dataset(pd.DataFrame({"closed": closed, "pairs": pairs}), plain))
    return made[0], made[1], made[2] if control is not None else None


def _counted(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, of each node with a tie, the tied pairs of its partners and all pairs."""
    from scipy.sparse import coo_array

    found, place = np.unique(np.concatenate([start, end]), return_inverse=True)
    one, other = np.split(place, 2)
    low, high = np.unique(np.sort(np.column_stack([one, other])), axis=0).reshape(-1, 2).T
    size = (len(found), len(found))
    both = (np.concatenate([low, high]), np.concatenate([high, low]))
    tied = coo_array((np.ones(len(both[0]), dtype=np.int64), both), shape=size).tocsr()
    degree = np.bincount(both[0], minlength=len(found))
    walks = np.asarray(((tied @ tied) * tied).sum(axis=1)).ravel()
    return walks // 2, degree * (degree - 1) // 2


def _values(old: Dataset, new: Dataset) -> dict[str, float]:
    return {
        VARIANTS[0]: abs(_transitivity(old) - _transitivity(new)),
        VARIANTS[1]: largest_gap(_local(old), _local(new)),
    }


def _transitivity(nodes: Dataset) -> float:
    return float(nodes.rows["closed"].sum() / max(1, nodes.rows["pairs"].sum()))


def _local(nodes: Dataset) -> np.ndarray:
    able = nodes.rows[nodes.rows["pairs"] > 0]
    return (able["closed"] / able["pairs"]).to_numpy(dtype=float)


def _triangles(old: Dataset, new: Dataset) -> pd.DataFrame:
    def of(nodes: Dataset) -> list[float]:
        closed, pairs = nodes.rows["closed"].sum(), nodes.rows["pairs"].sum()
        return [len(nodes), pairs, closed / 3, _transitivity(nodes)]

    what = ["nodes with a tie", "pairs of partners", "triangles", "transitivity"]
    return pd.DataFrame({"what": what, "original": of(old), "synthetic": of(new)})


def _shares(old: Dataset, new: Dataset) -> pd.DataFrame:
    def of(nodes: Dataset) -> np.ndarray:
        place = np.searchsorted([0.0, 0.25, 0.5, 0.75], _local(nodes), side="left")
        counts = np.bincount(place, minlength=len(CLASSES))
        return np.asarray(counts / max(1, counts.sum()))

    return pd.DataFrame(
        {
            "share of pairs of partners who are tied": CLASSES,
            "original, share": of(old),
            "synthetic, share": of(new),
        }
    )

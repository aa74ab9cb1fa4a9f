"""How ties run between the blocks of a network: regions, sectors, sides."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

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
from guide_helpers.measures._series import label_of, largest_gap, level_places, shares_apart
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Kind, Schema, Variable

VARIANTS = ("mixing", "own block")
NODE = -1
"""In place of a pair of blocks: the line says something of a node, not of a tie."""
EDGES = (0.0, 0.25, 0.5, 0.75, 1.0)
PLAIN = Schema(
    (
        Variable("node", Kind.IDENTIFIER),
        Variable("pair", Kind.INTEGER),
        Variable("own", Kind.NUMBER),
    )
)


@card(
    MeasureCard(
        title="Block structure of a network",
        summary=(
            "Share of ties that run between other pairs of blocks than in the original, and gap "
            "of the share of a node's ties that stay in its own block, from node to node."
        ),
        sources=("newman2003", "karrer2011"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("who deals with whom is a table of ties between blocks"),
            UseCase.TESTING_ANALYSIS: fit("segregation and flows between groups rest on it"),
            UseCase.EDUCATION: conditional("where the course is about networks"),
            UseCase.TESTING_TECHNOLOGY: conditional("programs that cut a network use its blocks"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.BROAD,
        unit="share of ties, or of nodes",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.TABLE, DataKind.PANEL),
        needs=("source", "target", "source_block", "target_block"),
        reading_maker=(
            "Mixing off: ties are drawn without a look at the blocks, or noise fills cells that "
            "are empty. Mixing right and own block off: the total is shared out among the wrong "
            "nodes; some have partners everywhere, others at home only."
        ),
        reading_user=(
            "The share of ties, or of nodes, on the wrong side. Above its null do not use the file "
            "for segregation, for flows between groups or for who bridges them."
        ),
        cannot_see=(
            "how many ties and nodes there are, directions, strength, and anything within a pair "
            "of blocks: degrees and triangles. Blocks that the rows do not name. A block with "
            "hardly any ties may be quite wrong and weigh nothing. Bands draw ties with one of "
            "their ends, as if the other ends were independent"
        ),
    )
)
def block_structure(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    source: str,
    target: str,
    source_block: str,
    target_block: str,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return the distance of two tables of ties between blocks, and that of shares of nodes.

    Each row is a tie between the labels in `source` and `target`, nodes of one kind; the columns
    `source_block` and `target_block` hold the blocks of its ends, missing being a block of its
    own. Directions are ignored, ties that repeat count once, ties of a node with itself and those
    with a missing end not at all. `mixing` is the total variation distance of the shares of ties
    by pair of blocks, the mixing matrix {cite:p}`newman2003`. `own block` is the
    Kolmogorov-Smirnov distance of the shares of a node's ties that stay in its block. Nodes are
    drawn, each with half of its ties, so that no tie is drawn twice. `details` holds both tables.
    """
    ends = {"source": source, "target": target}
    blocks = {"source_block": source_block, "target_block": target_block}
    for option, name in (ends | blocks).items():
        label_of(original, name, option)
    if source == target:
        raise GuideError(f"source and target are both {source!r}; a tie needs two columns")
    (old, new, *rest), names = _coded(
        [f for f in (original, synthetic, control) if f is not None], ends, blocks
    )
    if not len(old):
        raise GuideError(f"no row ties two nodes by {source!r} and {target!r}; nothing to compare")
    found = _values(old, new)
    tables = {VARIANTS[0]: _mixing(old, new, names), VARIANTS[1]: _shares(old, new)}
    return judged(
        "block_structure",
        _values,
        old,
        new,
        rng=rng,
        reported={v: Reported(x, tables[v]) for v, x in found.items()},
        control=rest[0] if rest else None,
        draws=draws,
        nulls=nulls,
    )


def _coded(
    given: list[Dataset], ends: dict[str, str], blocks: dict[str, str]
) -> tuple[list[Dataset], list[str]]:
    """Return a line for each tie, held by one of its ends, and one for each node; pairs' names."""
    nodes, labels = level_places([f.rows[n] for f in given for n in ends.values()])
    codes, levels = level_places([f.rows[n] for f in given for n in blocks.values()])
    made = []
    for place in range(0, 2 * len(given), 2):
        tie = (nodes[place] < len(labels)) & (nodes[place + 1] < len(labels))
        tie &= nodes[place] != nodes[place + 1]
        one, other = (np.column_stack([nodes[i][tie], codes[i][tie]]) for i in (place, place + 1))
        made.append(_lines(one, other, len(levels) + 1))
    return made, _pairs([*map(str, levels), "missing"])


def _lines(one: np.ndarray, other: np.ndarray, blocks: int) -> Dataset:
    """Return ties and nodes as lines; `one` and `other` hold node and block of each end."""
    turned = one[:, 0] > other[:, 0]
    low, high = np.where(turned[:, None], other, one), np.where(turned[:, None], one, other)
    ties = np.column_stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]])
    _, first = np.unique(ties[:, :2], axis=0, return_index=True)
    start, end, here, there = ties[np.sort(first)].T
    pair = np.minimum(here, there) * blocks + np.maximum(here, there)
    found, place = np.unique(np.concatenate([start, end]), return_inverse=True)
    degree = np.bincount(place, minlength=len(found))
    same = np.bincount(place, np.tile(here == there, 2), minlength=len(found))
    holder = np.where((start + end) % 2, start, end)
    rows = {
        "node": np.concatenate([holder, found]),
        "pair": np.concatenate([pair, np.full(len(found), NODE)]),
        "own": np.concatenate([np.zeros(len(pair)), same / np.maximum(1, degree)]),
    }
    return Dataset(pd.DataFrame(rows), PLAIN, "node")


def _pairs(names: list[str]) -> list[str]:
    return [f"{one} - {other}" for one in names for other in names]


def _values(old: Dataset, new: Dataset) -> dict[str, float]:
    return {
        VARIANTS[0]: shares_apart(*_counts(old, new)),
        VARIANTS[1]: largest_gap(_own(old), _own(new)),
    }


def _counts(*files: Dataset) -> list[np.ndarray]:
    """Return the ties of each pair of blocks in each file."""
    found = [p[p != NODE] for p in (f.rows["pair"].to_numpy() for f in files)]
    size = 1 + max(int(p.max(initial=0)) for p in found)
    return [np.bincount(p, minlength=size) for p in found]


def _own(nodes: Dataset) -> np.ndarray:
    """Return, of each node, the share of its ties that stay in its block."""
    own: Any = nodes.rows["own"].to_numpy()[nodes.rows["pair"].to_numpy() == NODE]
    return np.asarray(own)


def _mixing(old: Dataset, new: Dataset, names: list[str]) -> pd.DataFrame:
    one, other = _counts(old, new)
    seen = np.flatnonzero(one + other)
    return pd.DataFrame(
        {
            "blocks": [names[i] for i in seen],
            "original, share of ties": one[seen] / max(1, one.sum()),
            "synthetic, share of ties": other[seen] / max(1, other.sum()),
        }
    )


def _shares(old: Dataset, new: Dataset) -> pd.DataFrame:
    names = ["0", *(f"above {a:g} to {b:g}" for a, b in pairwise(EDGES))]
    counts = [
        np.bincount(np.searchsorted(EDGES, _own(f), side="left"), minlength=len(names))
        for f in (old, new)
    ]
    columns = {
        f"{n}, share of nodes": c / max(1, c.sum())
        for n, c in zip(("original", "synthetic"), counts, strict=True)
    }
    return pd.DataFrame({"share of ties in the own block": names} | columns)

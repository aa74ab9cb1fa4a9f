"""A fitted sequence of trees as tables: its steps, and who is in the leaves of one tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from guide_helpers.methods._coding import Coded
from guide_helpers.methods._conditional import Conditional
from guide_helpers.methods._step import Part

FEW_LEVELS = 3


@dataclass(frozen=True)
class Leaf:
    """One leaf: for each predictor which codes lead to it, and the codes of its donors."""

    allowed: Mapping[str, np.ndarray]
    donors: np.ndarray


def steps(parts: Mapping[str, Part]) -> pd.DataFrame:
    """Return one line a step: what it knows, its leaves, and donors by leaf and by record."""
    lines = []
    for name, part in parts.items():
        size = part.value.size if isinstance(part.value, Conditional) else np.array([], int)
        size = np.sort(size[size > 0])
        middle = np.searchsorted(np.cumsum(size), size.sum() / 2)
        lines.append(
            {
                "variable": name,
                "model": part.model,
                "predictors": len(part.predictors),
                "leaves": len(size),
                "donors in the smallest leaf": int(size[0]) if len(size) else 0,
                "donors for the middle record": int(size[middle]) if len(size) else 0,
            }
        )
    return pd.DataFrame(lines).set_index("variable")


def leaves_of(part: Part, columns: Mapping[str, Coded]) -> list[Leaf]:
    """Return the leaves of the tree that draws a variable's values, from left to right."""
    if not isinstance(part.value, Conditional):
        return []
    everywhere = {n: np.ones(columns[n].missing + 1, bool) for n in part.predictors}
    return _below(part.value, part.predictors, 0, everywhere)


def table(leaves: list[Leaf], columns: Mapping[str, Coded], target: str) -> pd.DataFrame:
    """Return one line a leaf: who comes to it, how many donors it has, and what they have."""
    lines = []
    for leaf in leaves:
        who = {name: _words(columns[name], allowed) for name, allowed in leaf.allowed.items()}
        has = summary(columns[target], leaf.donors)
        lines.append({**who, "donors": len(leaf.donors), **has})
    return pd.DataFrame(lines, index=pd.RangeIndex(1, len(lines) + 1, name="leaf"))


def summary(column: Coded, donors: np.ndarray) -> dict[str, object]:
    """Return the mean of quantities, or the commonest level and its share."""
    if column.quantities is not None:
        return {"mean of donors": float(np.mean(column.quantities[donors]))}
    counts = np.bincount(donors, minlength=column.missing + 1)
    most = int(counts.argmax())
    level = "missing" if most == column.missing else str(column.decode(np.array([most]))[0])
    return {"commonest": level, "share of donors": counts[most] / len(donors)}


def _below(
    conditional: Conditional,
    names: tuple[str, ...],
    node: int,
    allowed: dict[str, np.ndarray],
) -> list[Leaf]:
    tree, binning = conditional.tree, conditional.binning
    place = int(tree.predictor[node])
    if place < 0:
        begin = conditional.begin[node]
        return [Leaf(allowed, conditional.donors[begin : begin + conditional.size[node]])]
    goes_left = binning.places[place] <= tree.cut[node]
    name, child = names[place], int(tree.left[node])
    left = {**allowed, name: allowed[name] & goes_left}
    right = {**allowed, name: allowed[name] & ~goes_left}
    return [
        *_below(conditional, names, child, left),
        *_below(conditional, names, child + 1, right),
    ]


def _words(column: Coded, allowed: np.ndarray) -> str:
    """Say which values lead to a leaf; of ordered ones the first and the last."""
    seen = np.bincount(column.codes, minlength=column.missing + 1) > 0
    here = np.flatnonzero(allowed & seen)
    if len(here) == seen.sum():
        return "all"
    values = [_text(v) for v in column.decode(here[here < column.missing])]
    if column.ordered and len(values) > 1:
        values = [f"{values[0]} to {values[-1]}"]
    elif len(values) > FEW_LEVELS:
        values = [*values[:FEW_LEVELS], f"{len(values) - FEW_LEVELS} others"]
    return ", ".join(values + ["missing"] * bool(len(here) and here[-1] == column.missing))


def _text(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return f"{value:g}" if isinstance(value, float) else str(value)

"""A tree that tells synthetic from original records, grown level by level on binned variables.

Rows carry a weight in each file, so that the same rows serve any resampled pair of files. The
criterion is the one of pMSE: each split adds most to the sum of n (p - c)² over the leaves (Breiman
et al. 1984, the Gini index of two classes).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from guide_helpers.measures._encode import cell_edges, level_codes, numbers, special_codes
from guide_helpers.schema import Kind, Variable

OTHER_LEVELS = "other levels"


@dataclass(frozen=True)
class Predictor:
    """A variable as numbers of bins; `ordered` ones are cut, others split into any two groups.

    `says` puts a set of bins into words, those that some record has.
    """

    name: str
    codes: np.ndarray
    size: int
    ordered: bool
    says: Callable[[np.ndarray], str] = field(compare=False)


def predictor(
    variable: Variable, old: pd.Series, new: pd.Series, bins: int, max_levels: int
) -> Predictor:
    """Return a variable's bins for both files, the original's rows first; missing is the last."""
    if variable.discrete:
        return _levels(variable, old, new, max_levels)
    values = np.concatenate([numbers(old), numbers(new)])
    kinds = special_codes(variable, values)
    first = numbers(old)[kinds[: len(old)] == 0]
    edges = cell_edges(first, bins)
    last = len(edges) + 1 + len(variable.special)
    plain = np.searchsorted(edges, values)
    codes = np.where(kinds > 0, len(edges) + kinds, np.where(kinds < 0, last, plain))
    named = [*variable.special.values(), "missing"]
    date = variable.kind is Kind.DATETIME
    seen = np.bincount(codes, minlength=last + 1) > 0

    def says(inside: np.ndarray) -> str:
        among = np.flatnonzero(inside[: len(edges) + 1])
        parts = [_range(variable.name, edges, among, date)] if len(among) else []
        marks = (inside & seen)[len(edges) + 1 :]
        words = [w for w, i in zip(named, marks, strict=True) if i]
        marked = [f"{variable.name}: {', '.join(words)}"] if words and len(among) == 0 else []
        return "".join(parts + marked) + (f" or {', '.join(words)}" if words and parts else "")

    return Predictor(variable.name, codes, last + 1, True, says)


def _range(name: str, edges: np.ndarray, among: np.ndarray, date: bool) -> str:
    low = edges[among[0] - 1] if among[0] > 0 else None
    high = edges[among[-1]] if among[-1] < len(edges) else None
    low, high = (None if x is None else _said(x, date) for x in (low, high))
    if low is None and high is None:
        return f"{name}: any number"
    if low is None:
        return f"{name} ≤ {high}"
    return f"{name} > {low}" if high is None else f"{low} < {name} ≤ {high}"


def _said(edge: float, date: bool) -> str:
    return str(pd.Timestamp(edge, unit="s").date()) if date else f"{edge:.4g}"


def _levels(variable: Variable, old: pd.Series, new: pd.Series, most: int) -> Predictor:
    first, second, levels = level_codes(old, new)
    codes = np.concatenate([first, second])
    counts = np.bincount(codes[codes >= 0], minlength=max(1, len(levels)))
    names = [str(x) for x in levels]
    if len(levels) > most:
        kept = np.sort(np.argsort(-counts, kind="stable")[: most - 1])
        place = np.full(len(levels), len(kept))
        place[kept] = np.arange(len(kept))
        codes = np.where(codes < 0, -1, place[codes])
        names = [names[i] for i in kept] + [OTHER_LEVELS]
    names = [*names, "missing"]
    codes = np.where(codes < 0, len(names) - 1, codes)
    seen = np.bincount(codes, minlength=len(names)) > 0

    def says(inside: np.ndarray) -> str:
        chosen = [n for n, i in zip(names, inside & seen, strict=True) if i]
        shown = chosen if len(chosen) <= 4 else [*chosen[:3], f"{len(chosen) - 3} more"]
        return f"{variable.name}: {', '.join(shown)}"

    return Predictor(variable.name, codes, len(names), variable.kind is Kind.ORDERED, says)


@dataclass(frozen=True)
class Split:
    """A node that was split: its predictor, the bins that went left, and the left child."""

    predictor: int
    left: np.ndarray
    child: int


@dataclass(frozen=True)
class Tree:
    """Splits by node, and how many nodes there are; the right child follows the left one."""

    splits: dict[int, Split]
    nodes: int

    def find(self, predictors: list[Predictor], rows: np.ndarray) -> np.ndarray:
        """Return the node in which each row ends."""
        node = np.zeros(len(rows), dtype=np.int64)
        for parent in sorted(self.splits):
            split = self.splits[parent]
            inside = np.flatnonzero(node == parent)
            codes = predictors[split.predictor].codes[rows[inside]]
            node[inside] = np.where(split.left[codes], split.child, split.child + 1)
        return node

    def regions(self, predictors: list[Predictor]) -> dict[int, str]:
        """Return each leaf in words."""
        inside: dict[int, dict[int, np.ndarray]] = {0: {}}
        for parent in sorted(self.splits):
            split, above = self.splits[parent], inside.pop(parent)
            every = np.ones(predictors[split.predictor].size, dtype=bool)
            kept = above.get(split.predictor, every)
            for child, side in ((split.child, split.left), (split.child + 1, ~split.left)):
                inside[child] = above | {split.predictor: kept & side}
        return {
            leaf: " and ".join(predictors[j].says(bins) for j, bins in sorted(found.items()))
            or "all records"
            for leaf, found in inside.items()
        }


def grow(
    predictors: list[Predictor],
    rows: np.ndarray,
    old: np.ndarray,
    new: np.ndarray,
    *,
    min_leaf: int,
    max_depth: int,
) -> Tree:
    """Return the tree of some rows, of which each counts `old` times and `new` times."""
    splits: dict[int, Split] = {}
    node, count, level = np.zeros(len(rows), dtype=np.int64), 1, np.zeros(1, dtype=np.int64)
    for _ in range(max_depth):
        place = np.full(count, -1)
        place[level] = np.arange(len(level))
        among = np.flatnonzero(place[node] >= 0)
        stands = place[node[among]]
        found = _search(
            predictors, rows[among], stands, old[among], new[among], len(level), min_leaf
        )
        children = []
        for at, (j, left) in found.items():
            splits[int(level[at])] = Split(j, left, count)
            inside = among[stands == at]
            goes = left[predictors[j].codes[rows[inside]]]
            node[inside] = np.where(goes, count, count + 1)
            children += [count, count + 1]
            count += 2
        if not children:
            break
        level = np.array(children)
    return Tree(splits, count)


def _search(
    predictors: list[Predictor],
    rows: np.ndarray,
    place: np.ndarray,
    old: np.ndarray,
    new: np.ndarray,
    nodes: int,
    min_leaf: int,
) -> dict[int, tuple[int, np.ndarray]]:
    """Return the best split of each node that has one: predictor and bins that go left."""
    best = np.full(nodes, 1e-9)
    chosen: dict[int, tuple[int, np.ndarray]] = {}
    for j, v in enumerate(predictors):
        if v.size < 2:
            continue
        key = place * v.size + v.codes[rows]
        o, s = (np.bincount(key, w, nodes * v.size).reshape(nodes, v.size) for w in (old, new))
        gain, left = _best_cut(o, s, v.ordered, min_leaf)
        for at in np.flatnonzero(gain > best):
            best[at] = gain[at]
            chosen[int(at)] = (j, left[at])
    return chosen


def _best_cut(
    o: np.ndarray, s: np.ndarray, ordered: bool, min_leaf: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return, node by node, the largest gain and the bins left of its cut."""
    n = o + s
    order = np.broadcast_to(np.arange(n.shape[1]), n.shape)
    if not ordered:
        order = np.argsort(s / np.maximum(n, 1e-300), axis=1, kind="stable")
    left_n = np.take_along_axis(n, order, 1).cumsum(axis=1)[:, :-1]
    left_s = np.take_along_axis(s, order, 1).cumsum(axis=1)[:, :-1]
    all_n, all_s = n.sum(axis=1, keepdims=True), s.sum(axis=1, keepdims=True)
    right_n = all_n - left_n
    able = (left_n >= min_leaf) & (right_n >= min_leaf)
    off = left_s - left_n * (all_s / np.maximum(all_n, 1e-300))
    gain = np.where(able, off**2 * all_n / np.maximum(left_n * right_n, 1e-300), 0.0)
    at = gain.argmax(axis=1)
    every = np.arange(len(n))
    rank = np.empty(n.shape, dtype=np.int64)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(n.shape[1]), n.shape), 1)
    return gain[every, at], rank <= at[:, None]

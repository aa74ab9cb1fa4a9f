"""Ties of a network bounded by node, so that a node with all its ties changes counts by little.

Ties are taken one after the other, in an order that depends on the names of their ends alone, and
kept where both ends have fewer than `most` kept ties (edge addition, Day, Li and Lyu 2016).

Take a node v and all its ties away, and let d(u) be by how many kept ties another node u then
differs. The sum of |d(u)| never exceeds the number of kept ties of v, so far: a tie of v that was
kept adds one to both. A tie of u and w that is kept in one file alone was refused in the other by
an end, say u, that was full there and has room here; keeping it brings u nearer by one and moves
w by one. So at the end degrees of the others change by at most `most` in all, those of v by as
much again, and the number of ties by at most `most`.

References
----------
Day, Li and Lyu (2016), doi:10.1145/2882903.2926745
Hay, Li, Miklau and Jensen (2009), doi:10.1109/ICDM.2009.11
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from guide_helpers.methods._network import Ties

MIX = tuple(np.uint64(x) for x in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
"""Odd numbers that spread the bits of a key, as in the generator SplitMix64."""


def in_order(ties: Ties, rng: np.random.Generator) -> np.ndarray:
    """Return the ties in an order that looks random and depends on the names of their ends alone.

    Two files that differ by a node have their common ties in the same order.
    """
    key = "".join(map(str, rng.integers(10, size=16)))
    names = np.array([str(name) for name in ties.labels], dtype=object)
    ends = np.sort(pd.util.hash_array(names, hash_key=key)[ties.pairs], axis=1)
    mixed = ends[:, 0] * MIX[0] + ends[:, 1]
    for shift, factor in ((30, MIX[1]), (27, MIX[2])):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * factor
    return np.lexsort((ends[:, 1], ends[:, 0], mixed ^ (mixed >> np.uint64(31))))


def bounded(pairs: np.ndarray, most: int, nodes: int) -> np.ndarray:
    """Return which ties are kept where they are taken in turn while both ends have room.

    A tie is decided as soon as the undecided ones before it cannot fill its ends; what is found
    is the same as tie by tie.
    """
    kept = np.zeros(len(pairs), dtype=bool)
    room = np.full(nodes, most)
    waiting = np.arange(len(pairs))
    while len(waiting):
        waiting = waiting[(room[pairs[waiting]] > 0).all(axis=1)]
        ends = pairs[waiting].T.ravel()
        fits = (_rank(ends) < room[ends]).reshape(2, -1).all(axis=0)
        kept[waiting[fits]] = True
        np.subtract.at(room, pairs[waiting[fits]].ravel(), 1)
        waiting = waiting[~fits]
    return kept


def _rank(ends: np.ndarray) -> np.ndarray:
    """Return, of each end, how many ties before its own in turn have the same node.

    The first half of `ends` holds the one end of each tie in turn, the second the other.
    """
    turn = np.tile(np.arange(len(ends) // 2), 2)
    order = np.lexsort((turn, ends))
    first = np.searchsorted(ends[order], ends[order], side="left")
    found = np.empty(len(ends), dtype=np.int64)
    found[order] = np.arange(len(ends)) - first
    return found


def bounded_mixing(ties: Ties, order: np.ndarray, most: int) -> np.ndarray:
    """Return the ties of each pair of blocks, of which a node has at most `most` in each pair.

    Each pair of blocks is bounded on its own. A node is in as many pairs as there are blocks, so
    its absence changes all counts together by at most `most` times the number of blocks.
    """
    pairs = ties.pairs[order]
    low, high = np.sort(ties.block[pairs], axis=1).T
    cell = ties.cells[low, high]
    size = ties.blocks * (ties.blocks + 1) // 2
    # a node counts as another one in each pair of blocks, so that one pass bounds them all
    apart = pairs * size + cell[:, None]
    names, place = np.unique(apart, return_inverse=True)
    kept = bounded(place.reshape(-1, 2), most, len(names))
    return np.bincount(cell[kept], minlength=size)


def bounded_degrees(ties: Ties, order: np.ndarray, most: int) -> np.ndarray:
    """Return how many ties of each node are kept where each has at most `most`."""
    pairs = ties.pairs[order]
    kept = bounded(pairs, most, len(ties.block))
    return np.bincount(pairs[kept].ravel(), minlength=len(ties.block))


def falling(degrees: list[np.ndarray], lengths: np.ndarray) -> np.ndarray:
    """Return the greatest degrees of each block in turn, filled up with zeros to its length.

    A tie changes two degrees by one; sorting brings no two lists further apart, nor does cutting
    them, so the sum of all changes is at most two (Hay and others 2009).
    """
    parts = []
    for found, length in zip(degrees, lengths, strict=True):
        top = np.sort(found)[::-1][:length]
        parts.append(np.pad(top, (0, int(length) - len(top))))
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def smoothed(noisy: np.ndarray) -> np.ndarray:
    """Return the falling numbers that are closest to noisy ones."""
    from scipy.optimize import isotonic_regression

    if not len(noisy):
        return noisy.astype(float)
    return np.asarray(isotonic_regression(noisy.astype(float), increasing=False).x)

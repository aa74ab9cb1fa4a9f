"""Tables of two variables, and a tree of them: counted, scored, put in order, followed."""

from __future__ import annotations

import numpy as np

GRID = 2.0**20
"""Expected counts are rounded to 1/GRID, so that sums of differences are exact."""


def counted(one: np.ndarray, other: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return how many rows fall into each pair of groups."""
    cells = np.ravel_multi_index((one, other), shape)
    return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)


def distance(counts: np.ndarray, one: np.ndarray, other: np.ndarray) -> float:
    """Return how far counts are from those expected of independent margins, in records."""
    expected = np.outer(one, other) / max(one.sum(), 1)
    return float(np.abs(counts - np.rint(expected * GRID) / GRID).sum())


def top_down(count: int, pairs: list[tuple[int, int]]) -> list[tuple[int, int | None]]:
    """Return every variable after its parent in the tree; a root has none."""
    order: list[tuple[int, int | None]] = []
    reached: set[int] = set()
    for root in range(count):
        queue: list[tuple[int, int | None]] = [] if root in reached else [(root, None)]
        while queue:
            child, parent = queue.pop(0)
            order.append((child, parent))
            reached.add(child)
            beside = [i + j - child for i, j in pairs if child in (i, j)]
            queue += [(k, child) for k in beside if k not in reached]
    return order


def follow(table: np.ndarray, parents: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a child's group for each parent's group, in proportion to the parent's row.

    Draws are spread evenly among the rows of a parent's group, so that their number adds as little
    error as it can to that of the table; which row gets which is by chance.
    """
    share = table.cumsum(axis=1)
    share /= np.where(share[:, -1:] > 0, share[:, -1:], 1)
    share += np.arange(len(table))[:, None]
    size = table.shape[1]
    found = np.searchsorted(share.ravel(), parents + spread(parents, rng), side="right")
    return np.asarray(np.clip(found - parents * size, 0, size - 1))


def spread(groups: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return numbers from 0 to 1, those of a group one in each of equal parts, in random order."""
    shuffled = rng.permutation(len(groups))
    order = shuffled[np.argsort(groups[shuffled], kind="stable")]
    sizes = np.bincount(groups)
    starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    found = np.empty(len(groups))
    found[order] = (np.arange(len(groups)) - starts + rng.random(len(groups))) / sizes[
        groups[order]
    ]
    return found

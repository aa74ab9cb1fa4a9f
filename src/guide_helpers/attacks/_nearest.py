"""The synthetic records nearest to each target, exactly and without looking at each pair twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from guide_helpers.attacks._records import SAME, Column, combinations, distances


@dataclass(frozen=True)
class Neighbourhoods:
    """Some targets and the synthetic records nearest to them.

    `targets` are row numbers, `place` says which neighbourhood each of them has. `members` are
    row numbers of synthetic records, sorted by the neighbourhood that `of` says. `exact` says
    of each target whether its nearest record agrees on all that is known.
    """

    targets: np.ndarray
    place: np.ndarray
    members: np.ndarray
    of: np.ndarray
    exact: np.ndarray


def neighbourhoods(asked: list[Column], shown: list[Column], k: int) -> Iterator[Neighbourhoods]:
    """Yield the targets in blocks with their k nearest records and all ties of the last.

    Targets and records that agree on all columns are looked up once. Where enough records agree
    with a target, no distance is computed.
    """
    asked_code, shown_code = combinations(asked, shown)
    distinct, first, place = np.unique(asked_code, return_index=True, return_inverse=True)
    codes, example, group, sizes = np.unique(
        shown_code, return_index=True, return_inverse=True, return_counts=True
    )
    by_target, by_record = _Members(place, len(distinct)), _Members(group, len(codes))
    found = np.minimum(np.searchsorted(codes, distinct), len(codes) - 1)
    exact = codes[found] == distinct
    settled = np.flatnonzero(exact & (sizes[found] >= k))
    if len(settled):
        pairs = (np.arange(len(settled)), found[settled])
        yield _block(settled, pairs, by_target, by_record, exact)
    rest = np.setdiff1d(np.arange(len(distinct)), settled)
    near = [c.take(first[rest]) for c in asked]
    for block, apart in distances(near, [c.take(example) for c in shown], len(shown_code)):
        inside = np.flatnonzero(apart <= _reach(apart, sizes, k)[:, None] + SAME)
        yield _block(rest[block], divmod(inside, len(codes)), by_target, by_record, exact)


class _Members:
    """The rows of each group, found without a search."""

    def __init__(self, group: np.ndarray, groups: int) -> None:
        self.order = np.argsort(group, kind="stable")
        self.sizes = np.bincount(group, minlength=groups)
        self.starts = np.cumsum(self.sizes) - self.sizes

    def of(self, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of some groups, and the position of its group for each."""
        sizes = self.sizes[groups]
        position = np.repeat(np.arange(len(groups)), sizes)
        within = np.arange(len(position)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return self.order[self.starts[groups][position] + within], position


def _block(
    distinct: np.ndarray,
    pairs: tuple[np.ndarray, ...],
    by_target: _Members,
    by_record: _Members,
    exact: np.ndarray,
) -> Neighbourhoods:
    targets, place = by_target.of(distinct)
    members, pair = by_record.of(pairs[1])
    return Neighbourhoods(targets, place, members, pairs[0][pair], exact[distinct][place])


def _reach(apart: np.ndarray, sizes: np.ndarray, k: int) -> np.ndarray:
    """Return, for each target, the distance of its k-th nearest record."""
    if k == 1:
        nearest: np.ndarray = apart.min(axis=1)
        return nearest
    some = min(k, apart.shape[1])
    order = np.argpartition(apart, some - 1, axis=1)[:, :some]
    order = np.take_along_axis(order, np.take_along_axis(apart, order, 1).argsort(1), 1)
    counted = np.cumsum(sizes[order], axis=1) >= k
    last = np.where(counted.any(axis=1), counted.argmax(axis=1), some - 1)
    rows = np.arange(len(apart))
    reached: np.ndarray = apart[rows, order[rows, last]]
    return reached

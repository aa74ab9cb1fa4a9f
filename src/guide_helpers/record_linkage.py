"""Records of two files linked by the weight of what they agree on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from guide_helpers.attacks._comparison import MOST, Comparable, evidence, patterns
from guide_helpers.attacks._records import MISSING, UNSEEN, Column, columns_of
from guide_helpers.errors import GuideError
from guide_helpers.schema import Dataset

MOST_PAIRS = 400_000_000
"""All pairs are compared; beyond these, link by parts, such as one region at a time."""


def link(
    first: Dataset, second: Dataset, *, on: Sequence[str], threshold: float | None = None
) -> pd.DataFrame:
    """Return the linked rows of two files, counted from 0, with the weight of each link in bits.

    Two records agree on a variable or they do not; a missing value agrees with nothing. How often
    true pairs agree is estimated from the pairs themselves. A pair is linked where each record is
    the only best one of the other, and the weight is above `threshold`, by default the base-two
    logarithm of the number of records of the second file: from there on a link is rather right
    than wrong, for variables that err independently of each other.

    References
    ----------
    Fellegi and Sunter (1969), doi:10.1080/01621459.1969.10501049; Jaro (1989),
    doi:10.1080/01621459.1989.10478785
    """
    _check(first, second, on)
    shown = columns_of(second, second, tuple(on))
    asked = [_unmatched(c) for c in columns_of(second, first, tuple(on))]
    values = [Comparable.of(c, 0.0) for c in shown]
    reach = [v.reach(a) for v, a in zip(values, asked, strict=True)]
    numbers = np.array([v.numbers for v in values])
    counts = np.zeros(2 ** len(on))
    for _, found in patterns(reach, numbers):
        counts += np.bincount(found.ravel(), minlength=len(counts))
    weights = evidence(counts, len(on), len(second))
    best = _Best.among(reach, numbers, weights, len(first))
    least = np.log2(len(second)) if threshold is None else threshold
    return best.links(least)


@dataclass
class _Best:
    """The best weight of each record of either file, where it is, and how many share it."""

    weight: tuple[np.ndarray, np.ndarray]
    place: tuple[np.ndarray, np.ndarray]
    many: tuple[np.ndarray, np.ndarray]

    @classmethod
    def among(
        cls,
        reach: list[tuple[np.ndarray, np.ndarray]],
        numbers: np.ndarray,
        weights: np.ndarray,
        n: int,
    ) -> _Best:
        """Look at all pairs, block by block."""
        levels, rank = np.unique(weights, return_inverse=True)
        rank = rank.astype(np.uint16)
        sizes = (n, numbers.shape[1])
        top, place, many = ([np.zeros(s, np.int64) for s in sizes] for _ in range(3))
        for block, found in patterns(reach, numbers):
            ranks = rank[found]
            place[0][block] = ranks.argmax(axis=1)
            top[0][block] = ranks[np.arange(len(ranks)), place[0][block]]
            many[0][block] = np.count_nonzero(ranks == top[0][block, None], axis=1)
            here = ranks.max(axis=0).astype(np.int64)
            sharing = np.count_nonzero(ranks == here, axis=0)
            higher, equal = here > top[1], here == top[1]
            many[1] = np.where(higher, sharing, many[1] + equal * sharing)
            place[1] = np.where(higher, block.start + ranks.argmax(axis=0), place[1])
            top[1] = np.maximum(top[1], here)
        weight = [levels[t] for t in top]
        return cls((weight[0], weight[1]), (place[0], place[1]), (many[0], many[1]))

    def links(self, least: float) -> pd.DataFrame:
        """Return the pairs of records that are each other's only best."""
        theirs = self.place[0]
        back = self.place[1][theirs] == np.arange(len(theirs))
        alone = (self.many[0] == 1) & (self.many[1][theirs] == 1)
        first = np.flatnonzero(back & alone & (self.weight[0] > least))
        links = {"first": first, "second": theirs[first], "weight": self.weight[0][first]}
        return pd.DataFrame(links)


def _unmatched(column: Column) -> Column:
    """Return a column whose missing values agree with nothing."""
    states = np.where(column.states == MISSING, UNSEEN, column.states)
    return replace(column, states=states)


def _check(first: Dataset, second: Dataset, on: Sequence[str]) -> None:
    if isinstance(on, str) or not on:
        raise GuideError(f"on={on!r} is not a list of variables to link by")
    if len(on) > MOST:
        raise GuideError(f"{len(on)} variables are too many to weigh; name at most {MOST}")
    for name in on:
        for file in (first, second):
            file.schema[name]
    if not len(first) or not len(second):
        raise GuideError("a file without rows cannot be linked")
    if (pairs := len(first) * len(second)) > MOST_PAIRS:
        raise GuideError(
            f"{pairs:,} pairs are too many to compare, the most are {MOST_PAIRS:,}; link by parts, "
            "such as one region at a time"
        )

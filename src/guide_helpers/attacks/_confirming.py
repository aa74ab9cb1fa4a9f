"""What attacks on units share: a claimed unit is right if it has the target's rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from guide_helpers.errors import GuideError
from guide_helpers.incidence import Incidence

PAIRS = 10_000
"""Pairs of a claimed target and a random unit, drawn for the guessing rate."""
SAME = 1e-9


def compared(
    confirmed: Sequence[str] | None, names: Sequence[str], agreement: float
) -> tuple[str, ...]:
    """Return the columns in which rows have to agree, by default all of the file's `names`."""
    if not 0 <= agreement <= 1:
        raise GuideError(f"agreement={agreement} is a share: give 0 to 1")
    chosen = tuple(names if confirmed is None else confirmed)
    if isinstance(confirmed, str) or not chosen:
        raise GuideError(f"confirmed={confirmed!r}: give a list of columns")
    if unknown := [n for n in chosen if n not in names]:
        raise GuideError(f"no column {unknown[0]!r} to confirm a claim; name some of the file")
    return chosen


def held_share(
    own: Incidence, shown: Incidence, asked: np.ndarray, claimed: np.ndarray
) -> np.ndarray:
    """Return which share of the rows of each target asked about the claimed unit has.

    NaN where the target has no row left.
    """
    many = own.degrees[asked]
    first = np.searchsorted(own.units, asked)
    pair = np.repeat(np.arange(len(asked)), many)
    row = np.repeat(first, many) + np.arange(len(pair)) - np.repeat(np.cumsum(many) - many, many)
    held = shown.holds(claimed[pair], own.points[row])
    total = np.bincount(pair, weights=held, minlength=len(asked))
    share = np.full(len(asked), np.nan)
    np.divide(total, many, out=share, where=many > 0)
    return share

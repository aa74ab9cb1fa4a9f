"""Weights of records that agree with margins, and whole numbers made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

STEPS = 500
"""Most rounds over all margins; some dozens are usual."""
PATIENCE, NEWTON = 20, 30
CLOSE = 1e-6
"""Counts agree when they differ by less than this share."""


@dataclass(frozen=True)
class Cell:
    """A count that weights must reach: which records contribute, and how much each does.

    A household contributes 1 to a count of households, its number of such persons to one of
    persons.
    """

    name: str
    records: np.ndarray
    amounts: np.ndarray
    target: float
    total: float = 1.0
    """What the counts of its table add up to."""


@dataclass(frozen=True)
class Fitted:
    """Weights, the rounds that were needed, and how far the worst count is away, as a share."""

    weights: np.ndarray
    rounds: int
    away: float


def fitted(cells: Sequence[Cell], start: np.ndarray, *, powers: bool = False) -> Fitted:
    """Return weights that agree with each count in turn, round after round.

    With households alone this is iterative proportional fitting. With persons beside them it is
    iterative proportional updating, which moves all households that contribute to a count by one
    factor; with `powers`, a household that contributes k moves by the factor to the power of k,
    which leads to the weights of least relative entropy to `start` where there are any.

    References
    ----------
    Deming and Stephan (1940), doi:10.1214/aoms/1177731829; Ye et al. (2009)
    """
    weights = np.array(start, dtype=float)
    best, away, rounds = weights.copy(), _away(cells, weights), 0
    for rounds in range(1, STEPS + 1):
        for cell in cells:
            mine = weights[cell.records]
            if powers and cell.target > 0:
                weights[cell.records] = mine * _factor(cell, mine) ** cell.amounts
            elif (now := float(mine @ cell.amounts)) > 0:
                weights[cell.records] = mine * (cell.target / now)
        last, found = away, _away(cells, weights)
        if found < away:
            best, away = weights.copy(), found
        if away < CLOSE or (rounds % PATIENCE == 0 and last - found < CLOSE):
            break
    return Fitted(best, rounds, away)


def _factor(cell: Cell, weights: np.ndarray) -> float:
    """Return the factor whose powers by the amounts make the weights reach the target."""
    now = float(weights @ cell.amounts)
    if now <= 0 or cell.target <= 0:
        return 1.0
    step = np.log(cell.target / now) / cell.amounts.max()
    for _ in range(NEWTON):
        grown = weights * cell.amounts * np.exp(step * cell.amounts)
        gap = np.log(grown.sum() / cell.target)
        if abs(gap) < CLOSE / 10:
            break
        step -= gap * grown.sum() / float(grown @ cell.amounts)
    return float(np.exp(step))


def _away(cells: Sequence[Cell], weights: np.ndarray) -> float:
    gaps = [
        abs(float(weights[c.records] @ c.amounts) - c.target) / max(c.target, 1.0) for c in cells
    ]
    return max(gaps, default=0.0)


def whole(weights: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return how often each record is taken, `n` times in all: truncate, replicate, sample.

    References
    ----------
    Lovelace and Ballas (2013), doi:10.1016/j.compenvurbsys.2013.03.004
    """
    scaled = weights * (n / weights.sum())
    times = np.floor(scaled + 1e-9).astype(np.int64)
    rest = np.clip(scaled - times, 0, None)
    short = n - int(times.sum())
    if short > 0:
        some = np.flatnonzero(rest > 0)
        many = min(short, len(some))
        chance = rest[some] / rest[some].sum() if len(some) else None
        times[rng.choice(some, many, replace=False, p=chance)] += 1
        times += rng.multinomial(short - many, scaled / scaled.sum())
    taken: np.ndarray = times
    return taken


def swapped(
    times: np.ndarray,
    cells: Sequence[Cell],
    scale: float,
    weights: np.ndarray,
    tries: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return how often records are taken after swaps of one for another that lessen the error.

    The error is the sum over cells of the absolute differences between counts and targets, which
    are multiplied by `scale`, as shares of the total of their table. Records come in by their
    weight.

    References
    ----------
    Voas and Williamson (2000), combinatorial optimisation
    """
    taken = np.repeat(np.arange(len(times)), times)
    if not tries or not len(taken) or not cells:
        return times
    amounts = np.zeros((len(times), len(cells)))
    for k, cell in enumerate(cells):
        amounts[cell.records, k] = cell.amounts / cell.total
    away = times @ amounts - scale * np.array([c.target / c.total for c in cells])
    error = float(np.abs(away).sum())
    places = rng.integers(len(taken), size=tries)
    others = rng.choice(len(weights), tries, p=weights / weights.sum())
    for place, other in zip(places, others, strict=True):
        now = away + amounts[other] - amounts[taken[place]]
        if (found := float(np.abs(now).sum())) < error:
            away, error, taken[place] = now, found, other
    return np.bincount(taken, minlength=len(times))

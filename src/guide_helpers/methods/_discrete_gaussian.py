"""Exact discrete Gaussian noise, many values at once, with whole-number arithmetic only.

References
----------
Canonne, Kamath and Steinke (2020), arXiv:2004.00010, algorithms 1 to 3
"""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

WORD = 2**62
"""Whole numbers below this are handled by numpy, greater ones by Python's own arithmetic."""
PRECISION = 2**20
"""Variances are rounded up to a fraction whose numerator is about this, or to a whole number."""


@dataclass(frozen=True)
class Coins:
    """Fair random whole numbers: from a generator, or without one from the system's entropy."""

    rng: np.random.Generator | None = None

    def below(self, bound: int, size: int) -> np.ndarray:
        """Return whole numbers from 0 to `bound` - 1, each as likely."""
        if bound > WORD:
            return np.array([self._large(bound) for _ in range(size)], dtype=object)
        if self.rng is not None:
            return self.rng.integers(bound, size=size)
        found = np.empty(0, dtype=np.int64)
        fair = 2**63 - 2**63 % bound  # words from here on would favour small numbers
        while len(found) < size:
            words = np.frombuffer(secrets.token_bytes(8 * (size - len(found))), dtype=np.uint64)
            words = words >> np.uint64(1)
            kept = words[words < fair].astype(np.int64)
            found = np.concatenate([found, kept % bound])
        return found

    def _large(self, bound: int) -> int:
        if self.rng is None:
            return secrets.randbelow(bound)
        while True:
            found = int.from_bytes(self.rng.bytes((bound.bit_length() + 7) // 8), "little")
            found >>= -bound.bit_length() % 8
            if found < bound:
                return found


def discrete_gaussian(variance: Fraction, size: int, coins: Coins) -> np.ndarray:
    """Return `size` draws of the discrete Gaussian of that variance parameter, rounded up."""
    top, scale = rounded_up(variance)
    width = math.isqrt(top // scale) + 1
    found = np.empty(0, dtype=np.int64)
    while len(found) < size:
        drawn = discrete_laplace(width, 2 * (size - len(found)) + 10, coins)
        # keep with probability exp(-(|y| - variance/width)^2 / (2 variance)), as a fraction
        fits = (int(np.abs(drawn).max()) * width * scale + top) ** 2 < WORD
        exact = np.abs(drawn if fits else drawn.astype(object))
        numerator = (exact * width * scale - top) ** 2
        kept = _exp_coin(numerator, 2 * top * scale * width**2, coins)
        found = np.concatenate([found, drawn[kept]])
    return found[:size]


def rounded_up(variance: Fraction) -> tuple[int, int]:
    """Return a fraction, numerator and denominator, that is the variance or hardly more."""
    scale = 1
    while variance * scale < PRECISION and scale < 2 * PRECISION:
        scale *= 2
    return math.ceil(variance * scale), scale


def discrete_laplace(width: int, size: int, coins: Coins) -> np.ndarray:
    """Return draws with probability in proportion to exp(-|y| / width); `size` at most."""
    within = coins.below(width, size)
    within = within[_exp_coin(within, width, coins)]
    turns = np.zeros(len(within), dtype=np.int64)
    running = np.arange(len(within))
    while len(running):
        running = running[_exp_coin(np.ones(len(running), dtype=np.int64), 1, coins)]
        turns[running] += 1
    found = within + width * turns
    minus = coins.below(2, len(found)) == 1
    once = ~(minus & (found == 0))  # zero has no sign; it would count twice
    return np.asarray(np.where(minus, -found, found)[once])


def _exp_coin(numerator: np.ndarray, denominator: int, coins: Coins) -> np.ndarray:
    """Return, for each fraction, heads with probability exp(-numerator / denominator)."""
    heads = np.ones(len(numerator), dtype=bool)
    whole = (numerator // denominator).astype(np.int64)
    rest = numerator % denominator
    while (more := np.flatnonzero(heads & (whole > 0))).size:
        heads[more] = _small_exp_coin(np.ones(len(more), dtype=np.int64), 1, coins)
        whole[more] -= 1
    more = np.flatnonzero(heads)
    heads[more] = _small_exp_coin(rest[more], denominator, coins)
    return heads


def _small_exp_coin(numerator: np.ndarray, denominator: int, coins: Coins) -> np.ndarray:
    """Return the same for fractions from 0 to 1: whether the first tail comes at an odd toss."""
    odd = np.ones(len(numerator), dtype=bool)
    tossing = np.arange(len(numerator))
    toss = 1
    while len(tossing):
        heads = coins.below(denominator * toss, len(tossing)) < numerator[tossing]
        tossing = tossing[heads]
        odd[tossing] = ~odd[tossing]
        toss += 1
    return odd

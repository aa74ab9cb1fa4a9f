"""Price indices from lines of purchases: chained Jevons and GEKS-Törnqvist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np


@dataclass(frozen=True)
class Prices:
    """Mean price paid and money spent, by product and period; no price where nothing was sold."""

    logs: np.ndarray
    spent: np.ndarray

    @classmethod
    def of(
        cls,
        product: np.ndarray,
        period: np.ndarray,
        price: np.ndarray,
        quantity: np.ndarray,
        shape: tuple[int, int],
    ) -> Self:
        """Sum up lines with a price and a quantity above zero; a mean price is spent by sold."""
        good = (price > 0) & (quantity > 0)
        cell = (product * shape[1] + period)[good]
        size = shape[0] * shape[1]
        sold = np.bincount(cell, weights=quantity[good], minlength=size)
        spent = np.bincount(cell, weights=(price * quantity)[good], minlength=size)
        logs = np.full(size, np.nan)
        some = sold > 0
        logs[some] = np.log(spent[some] / sold[some])
        return cls(logs.reshape(shape), spent.reshape(shape))


def jevons(prices: Prices, limit: float = np.inf) -> np.ndarray:
    """Return the logarithm of the chained Jevons index, 0 in the first period.

    Each link is the mean of the logarithmic price changes of the products sold in both periods,
    unweighted; where there is none, the index stays. Changes by more than the factor `limit` are
    taken for another product under the same name and left out.
    """
    change = np.diff(prices.logs, axis=1)
    known = np.abs(change) <= np.log(limit)
    many = known.sum(axis=0)
    total = np.where(known, change, 0.0).sum(axis=0)
    links = np.divide(total, many, out=np.zeros(len(many)), where=many > 0)
    return np.append(0.0, np.cumsum(links))


def spread(prices: Prices, limit: float = np.inf) -> np.ndarray:
    """Return the standard deviation of logarithmic price changes to each period, 0 to the first.

    Of products sold in both periods, unweighted; 0 where there are fewer than two.
    """
    change = np.diff(prices.logs, axis=1)
    known = np.abs(change) <= np.log(limit)
    many = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, change, 0.0).sum(axis=0) / many
    off = np.where(known, change - mean, 0.0) ** 2
    return np.append(0.0, np.sqrt(off.sum(axis=0) / many))


def tornqvist(prices: Prices, limit: float = np.inf) -> np.ndarray:
    """Return logarithms of the Törnqvist indices of all pairs of periods, from row to column.

    Products sold in both periods, weighted by the mean of their two shares of what was spent on
    such products. NaN where there is none.
    """
    logs, spent = prices.logs, prices.spent
    periods = logs.shape[1]
    found = np.full((periods, periods), np.nan)
    for base in range(periods):
        change = logs - logs[:, [base]]
        both = np.abs(change) <= np.log(limit)
        change = np.where(both, change, 0.0)
        now, then = np.where(both, spent, 0.0), np.where(both, spent[:, [base]], 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            weight = (now / now.sum(axis=0) + then / then.sum(axis=0)) / 2
        found[base] = np.where(both.any(axis=0), (weight * change).sum(axis=0), np.nan)
    return found


def geks(prices: Prices, limit: float = np.inf) -> np.ndarray:
    """Return the logarithm of the GEKS index of Törnqvist pairs, 0 in the first period.

    The mean, over all periods as a link, of the index to the link and on from it; links that
    share no product with one of the two are left out. NaN where there is no link at all.
    """
    pairs = tornqvist(prices, limit)
    ways = pairs[0][:, None] + pairs
    known = ~np.isnan(ways)
    many = known.sum(axis=0)
    total = np.where(known, ways, 0.0).sum(axis=0)
    index: np.ndarray = np.divide(total, many, out=np.full(len(many), np.nan), where=many > 0)
    index[0] = 0.0
    return index

"""Statistics of two tables, from the shares of their cells, with expectations by formula.

With shares `p` of `n1` original and `q` of `n2` synthetic records, every chi-square-like
statistic of k cells has the mean k - 1 where the synthetic counts are a multinomial draw from the
original's shares (correct synthesis), and (k - 1)/(1 - c) where both files are samples of one
population (fresh sample), c being the synthetic share of all records: the variance of q - p is
p(1 - p)/n2 in the one case and p(1 - p)(1/n1 + 1/n2) in the other. To second order they all are
n2 times the sum of (q - p)²/p, which is why they agree in tables with many records in each cell
and only there.
"""

from __future__ import annotations

from math import lgamma, log

import numpy as np

from guide_helpers.measures._cells_tables import Statistic


def _column(sizes: np.ndarray) -> np.ndarray:
    """Return sizes as a last axis to broadcast over cells."""
    return np.asarray(sizes)[..., None]


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Return a quotient, 0 where both are 0 or the divisor is."""
    found: np.ndarray = np.divide(above, below, out=np.zeros(np.shape(above)), where=below > 0)
    return found


def _log(values: np.ndarray) -> np.ndarray:
    """Return the natural logarithm, 0 where the value is 0."""
    found: np.ndarray = np.log(values, out=np.zeros(np.shape(values)), where=values > 0)
    return found


def _less_one(cells: np.ndarray, n2: float) -> np.ndarray:
    del n2
    return np.asarray(cells - 1.0)


def _pooled(p: np.ndarray, q: np.ndarray, n1: np.ndarray, n2: np.ndarray) -> np.ndarray:
    return np.asarray(_column(n1) * p + _column(n2) * q)


def _vw(p: np.ndarray, q: np.ndarray, n1: np.ndarray, n2: np.ndarray) -> np.ndarray:
    found = n2 * (n1 + n2) * _ratio((q - p) ** 2, _pooled(p, q, n1, n2)).sum(axis=-1)
    return np.asarray(found)


def _vw_slope(p: np.ndarray, q: np.ndarray, n1: np.ndarray, n2: np.ndarray) -> np.ndarray:
    both = _pooled(p, q, n1, n2)
    gap = _ratio(q - p, both)
    return np.asarray(n2 * (n1 + n2) * (2 * gap - n2 * gap**2))


def _ft(p: np.ndarray, q: np.ndarray, n1: np.ndarray, n2: np.ndarray) -> np.ndarray:
    del n1
    return np.asarray(4 * n2 * ((np.sqrt(q) - np.sqrt(p)) ** 2).sum(axis=-1))


def _ft_slope(p: np.ndarray, q: np.ndarray, n1: np.ndarray, n2: np.ndarray) -> np.ndarray:
    del n1
    return np.asarray(4 * n2 * _ratio(np.sqrt(q) - np.sqrt(p), np.sqrt(q)))


def _inside(p: np.ndarray, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the synthetic shares of cells that the original occupies, and their sum."""
    kept = np.where(p > 0, q, 0.0)
    return kept, kept.sum(axis=-1, keepdims=True)


def _g(p: np.ndarray, q: np.ndarray, n1: np.ndarray, n2: np.ndarray) -> np.ndarray:
    del n1
    kept, share = _inside(p, q)
    logs = _log(_ratio(kept, np.broadcast_to(p, kept.shape)))
    gained = (kept * logs).sum(axis=-1) - (share * _log(share)).sum(axis=-1)
    return np.asarray(2 * n2 * np.maximum(gained, 0.0))


def _g_slope(p: np.ndarray, q: np.ndarray, n1: np.ndarray, n2: np.ndarray) -> np.ndarray:
    del n1
    kept, share = _inside(p, q)
    return np.asarray(2 * n2 * np.where(kept > 0, _log(_ratio(kept, p)) - _log(share), 0.0))


def _js(p: np.ndarray, q: np.ndarray, n1: np.ndarray, n2: np.ndarray) -> np.ndarray:
    del n1, n2
    p = np.broadcast_to(p, q.shape)
    middle = (p + q) / 2
    found = p * _log(_ratio(p, middle)) + q * _log(_ratio(q, middle))
    return np.asarray(np.clip(found.sum(axis=-1) / (2 * log(2)), 0.0, 1.0))


def _js_slope(p: np.ndarray, q: np.ndarray, n1: np.ndarray, n2: np.ndarray) -> np.ndarray:
    del n1, n2
    return np.asarray(_log(_ratio(q, (p + q) / 2)) / (2 * log(2)))


def _loss(p: np.ndarray, q: np.ndarray, n1: np.ndarray, n2: np.ndarray) -> np.ndarray:
    """Return half the sum of squared differences of roots, which is 1 less the overlap."""
    del n1, n2
    return np.asarray(np.clip(((np.sqrt(q) - np.sqrt(p)) ** 2).sum(axis=-1) / 2, 0.0, 1.0))


def _loss_slope(p: np.ndarray, q: np.ndarray, n1: np.ndarray, n2: np.ndarray) -> np.ndarray:
    del n1, n2
    return np.asarray((1 - np.sqrt(_ratio(p, q))) / 2)


def _hellinger(p: np.ndarray, q: np.ndarray, n1: np.ndarray, n2: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(_loss(p, q, n1, n2)))


def _hellinger_slope(p: np.ndarray, q: np.ndarray, n1: np.ndarray, n2: np.ndarray) -> np.ndarray:
    distance = float(_hellinger(p, q, n1, n2))
    return np.asarray(_loss_slope(p, q, n1, n2) / (2 * distance) if distance else 0 * q)


def _hellinger_mean(cells: np.ndarray, n2: float) -> np.ndarray:
    """Return the mean of the root of a chi-square over 8 n2."""
    roots = [np.exp(lgamma(k / 2) - lgamma((k - 1) / 2)) if k > 1 else 0.0 for k in cells]
    return np.asarray(np.array(roots) / (2 * n2**0.5))


def _tvd(p: np.ndarray, q: np.ndarray, n1: np.ndarray, n2: np.ndarray) -> np.ndarray:
    del n1, n2
    return np.asarray(np.abs(q - p).sum(axis=-1) / 2)


def _tvd_slope(p: np.ndarray, q: np.ndarray, n1: np.ndarray, n2: np.ndarray) -> np.ndarray:
    del n1, n2
    return np.asarray(np.sign(q - p) / 2)


VOAS_WILLIAMSON = Statistic("Voas-Williamson", _vw, _vw_slope, _less_one, 0.0)
FREEMAN_TUKEY = Statistic("Freeman-Tukey", _ft, _ft_slope, _less_one, 0.0)
LIKELIHOOD_RATIO = Statistic("G", _g, _g_slope, _less_one, 0.0)
JENSEN_SHANNON = Statistic(
    "divergence", _js, _js_slope, lambda k, n2: (k - 1) / (8 * n2 * log(2)), -1.0
)
HELLINGER = Statistic("distance", _hellinger, _hellinger_slope, _hellinger_mean, -0.5)
OVERLAP_LOST = Statistic("overlap", _loss, _loss_slope, lambda k, n2: (k - 1) / (8 * n2), -1.0)
TOTAL_VARIATION = Statistic("score", _tvd, _tvd_slope, None, -0.5)

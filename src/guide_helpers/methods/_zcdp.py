"""Zero-concentrated differential privacy: what a rho is worth in epsilon and delta, and back.

References
----------
Bun and Steinke (2016), doi:10.1007/978-3-662-53641-4_24; Canonne, Kamath and Steinke (2020),
arXiv:2004.00010, corollary 13 for the conversion.
"""

from __future__ import annotations

import math
from collections.abc import Callable

STEPS = 200
"""Halvings of an interval: more than a floating-point number has room for."""


def delta_of(rho: float, epsilon: float) -> float:
    """Return the least delta, by the conversion, at which rho-zCDP gives (epsilon, delta)-DP."""
    if rho <= 0:
        return 0.0
    # For every order above 1 the bound exp((a-1)(a*rho - epsilon)) (1-1/a)^a / (a-1) holds. The
    # derivative of its logarithm, below, only rises, so its zero is the best order; an order that
    # misses the zero by rounding gives a delta that is too large, which is safe.
    order = _largest(
        lambda a: (2 * a - 1) * rho - epsilon + math.log1p(-1 / a) <= 0,
        1 + 1e-9,
        (epsilon + 1) / (2 * rho) + 2,
    )
    exponent = (order - 1) * (order * rho - epsilon) + order * math.log1p(-1 / order)
    return min(1.0, math.exp(min(0.0, exponent - math.log(order - 1))))


def epsilon_of(rho: float, delta: float) -> float:
    """Return the least epsilon, by the conversion, at which rho-zCDP gives (epsilon, delta)-DP."""
    if rho <= 0 or delta_of(rho, 0.0) <= delta:
        return 0.0
    top = rho + 2 * math.sqrt(rho * math.log(1 / delta))  # Bun and Steinke, proposition 1.3
    return -_largest(lambda e: delta_of(rho, -e) <= delta, -top * (1 + 1e-9), 0.0)


def rho_of(epsilon: float, delta: float) -> float:
    """Return the largest rho that is sure to give (epsilon, delta)-DP by the conversion."""
    low = (math.sqrt(math.log(1 / delta) + epsilon) - math.sqrt(math.log(1 / delta))) ** 2
    top = 2 * low + 1e-300
    while delta_of(top, epsilon) <= delta:
        top *= 2
    return _largest(lambda rho: delta_of(rho, epsilon) <= delta, low * (1 - 1e-9), top)


def choice_epsilon(rho: float) -> float:
    """Return the epsilon of an exponential mechanism that costs `rho`.

    Such a choice has a bounded range of epsilon, and costs an eighth of its square.

    References
    ----------
    Cesar and Rogers (2021), arXiv:2004.07223
    """
    return math.sqrt(8 * rho)


def _largest(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Return the largest value between two at which something holds that held at `low`."""
    for _ in range(STEPS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low

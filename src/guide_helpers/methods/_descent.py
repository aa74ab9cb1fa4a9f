"""The least value of a smooth convex function of many numbers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

MEMORY = 10
"""Steps that are remembered to guess the curvature."""
ENOUGH = 1e-4
"""Share of the decrease that the slope promises with which a step is content."""

Loss = Callable[[np.ndarray], tuple[float, np.ndarray]]


def least(loss: Loss, start: np.ndarray, *, steps: int, close: float) -> np.ndarray:
    """Return where a convex function, given with its slope, is least.

    Stops after so many steps, or where no part of the slope is above `close`.

    References
    ----------
    Liu and Nocedal (1989), doi:10.1007/BF01589116
    """
    here = np.array(start, dtype=float)
    value, slope = loss(here)
    past: deque[tuple[np.ndarray, np.ndarray, float]] = deque(maxlen=MEMORY)
    for _ in range(steps):
        if not slope.size or np.abs(slope).max() <= close:
            break
        way = -_curved(slope, past)
        promised = float((slope * way).sum())
        length = 1.0
        while length > 1e-10:
            there = here + length * way
            new_value, new_slope = loss(there)
            if new_value <= value + ENOUGH * length * promised:
                break
            length /= 2
        else:
            break
        moved, turned = there - here, new_slope - slope
        bend = float((moved * turned).sum())
        if bend > 1e-14 * float((turned * turned).sum()):
            past.append((moved, turned, bend))
        here, value, slope = there, new_value, new_slope
    return here


def _curved(slope: np.ndarray, past: deque[tuple[np.ndarray, np.ndarray, float]]) -> np.ndarray:
    """Return the slope times the inverse of the curvature that past steps have shown."""
    found = slope.copy()
    weights = []
    for moved, turned, bend in reversed(past):
        weights.append(float((moved * found).sum()) / bend)
        found -= weights[-1] * turned
    if past:
        moved, turned, bend = past[-1]
        found *= bend / float((turned * turned).sum())
    for (moved, turned, bend), weight in zip(past, reversed(weights), strict=True):
        found += (weight - float((turned * found).sum()) / bend) * moved
    return found

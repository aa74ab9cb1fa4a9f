"""What becomes of noisy tables of movement: noise put aside, public structure in its place.

All of it is post-processing of counts that were paid for; no record is looked at.
"""

from __future__ import annotations

import numpy as np

from guide_helpers.methods._mobile_anchors import BY_DAY, HOME, SAME, START


def odds_of(counts: np.ndarray, spread: float) -> np.ndarray:
    """Return shares of states in each block, leaning on all blocks where noise is as large.

    `spread` is the standard deviation of the noise in one count.
    """
    counts = counts.astype(float)
    counts[:, [HOME, BY_DAY, START], SAME] = 0  # nowhere to stay where one was not elsewhere
    overall = counts.sum(axis=0)
    overall[overall <= spread * len(counts) ** 0.5] = 0
    overall += np.array([1, 1, 1, 0]) * 1e-9
    shares = overall / overall.sum(axis=1, keepdims=True)
    known = np.where(counts > spread, counts, 0) + (spread + 1e-9) * shares
    return np.asarray(known / known.sum(axis=2, keepdims=True))


def ways_from(ways: np.ndarray, homes: np.ndarray, by_day: np.ndarray, clear: float) -> np.ndarray:
    """Return, for each home, the distribution function of day places.

    Flows above `clear` stay as counted. The rest of a home's devices follows what the day places
    have left.
    """
    kept = np.where(ways > clear, ways, 0).astype(float)
    rest = np.maximum(homes - kept.sum(axis=1), 0)
    drawn = np.maximum(by_day - kept.sum(axis=0), 0) + 1e-9
    flows = kept + rest[:, None] * drawn / drawn.sum() + 1e-9 * drawn
    return np.asarray(np.cumsum(flows / flows.sum(axis=1, keepdims=True), axis=1))


def towards_mean(counts: np.ndarray, group: np.ndarray, noise: float) -> np.ndarray:
    """Return counts drawn towards the mean of their group, as far as noise alone parts them.

    `noise` is the variance of the noise in one count: of the spread around the means, that share
    is not believed (James and Stein 1961). No count comes out negative.
    """
    mean = np.bincount(group, counts) / np.maximum(np.bincount(group), 1)
    apart = counts - mean[group]
    kept = max(0.0, 1 - noise / max(float((apart**2).mean()), 1e-9))
    return np.asarray(np.maximum(mean[group] + kept * apart, 0))


def at_distance(
    odds: np.ndarray, far: np.ndarray, shares: np.ndarray, homes: np.ndarray
) -> np.ndarray:
    """Return the odds so that, over all homes, distances have the shares that were counted."""
    odds = odds / np.maximum(odds.sum(axis=1, keepdims=True), 1e-12)
    people = homes / max(1, homes.sum())
    expected = np.bincount(far.ravel(), (odds * people[:, None]).ravel(), minlength=len(shares))
    factor = np.divide(shares, expected, out=np.zeros(len(shares)), where=expected > 0)
    return np.asarray(odds * factor[far])

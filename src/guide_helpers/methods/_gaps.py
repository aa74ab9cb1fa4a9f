"""Missing readings as two states, there and gone, of a unit's days and of its hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

TRUST = 20
"""Steps at which gaps are thought to begin as often as at any other."""
PRIOR = 0.5
"""Steps of either kind that are thought to have been seen, so that nothing is impossible."""


@dataclass(frozen=True)
class Chain:
    """A two-state Markov chain: how often "gone" comes first, follows "there", and goes on.

    Each may differ from line to line; `begins` has a last axis of steps, of which the last one
    goes on for ever.
    """

    first: np.ndarray
    begins: np.ndarray
    goes_on: np.ndarray

    @classmethod
    def of(cls, gone: np.ndarray, known: np.ndarray) -> Self:
        """Learn from lines of steps; at some of them gaps may begin more often."""
        before, after = gone[:, :-1], gone[:, 1:]
        both = known[:, :-1] & known[:, 1:]
        there = (both & ~before).sum(axis=0)
        new = (both & ~before & after).sum(axis=0)
        usual = new.sum() / max(1, there.sum())
        begins = (new + TRUST * usual) / (there + TRUST)
        again, stays = (both & before).sum(), (both & before & after).sum()
        goes_on = (stays + PRIOR) / (again + 2 * PRIOR)
        first = gone[:, 0][known[:, 0]].mean() if known[:, 0].any() else 0.0
        return cls(np.array(first), begins, np.array(goes_on if again else 0.0))

    def draw(self, lines: int, steps: int, rng: np.random.Generator) -> np.ndarray:
        """Return lines of steps: True where there is no reading."""
        chance = rng.random((lines, steps))
        gone = np.zeros((lines, steps), bool)
        now = chance[:, 0] < self.first if steps else np.zeros(lines, bool)
        for step in range(steps):
            if step:
                begins = self.begins[..., min(step, self.begins.shape[-1]) - 1]
                now = chance[:, step] < np.where(now, self.goes_on, begins)
            gone[:, step] = now
        return gone


@dataclass(frozen=True)
class Presence:
    """When readings are there: when the network has any, and the days and hours that a unit lacks.

    `network` holds the days and times of day at which some unit has a reading; `share` and
    `goes_on` are by unit: the share of the network's days that it lacks, and how often a day
    without readings follows another.
    """

    network: np.ndarray
    hours: Chain
    share: np.ndarray
    goes_on: np.ndarray

    @classmethod
    def of(cls, there: np.ndarray) -> Self:
        """Learn from unit by day by time of day."""
        network: np.ndarray = np.asarray(there.any(axis=0))
        open_days = network.any(axis=1)
        on = np.asarray(there.any(axis=2))[:, open_days]
        gone = ~there[:, open_days][on]
        known = np.broadcast_to(network[open_days], (len(there), *network[open_days].shape))[on]
        lacks = ~on
        share = (lacks.sum(axis=1) + 0.1) / (lacks.shape[1] + 0.2)
        again = lacks[:, :-1].sum(axis=1)
        stays = (lacks[:, :-1] & lacks[:, 1:]).sum(axis=1)
        usual = (stays.sum() + PRIOR) / (again.sum() + 2 * PRIOR)
        return cls(network, Chain.of(gone, known), share, (stays + usual) / (again + 1))

    def draw(self, share: np.ndarray, goes_on: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return whether new units have a reading, by unit, day and time of day; each has one.

        Times at which nobody has a reading stay where they are: they say nothing of any unit.
        """
        n, (days, slots) = len(share), self.network.shape
        open_days = self.network.any(axis=1)
        goes_on = np.maximum(goes_on, 2 - 1 / np.clip(share, 1e-9, 1 - 1e-9))
        begins = share * (1 - goes_on) / np.clip(1 - share, 1e-9, None)
        chain = Chain(share, np.clip(begins, 0, 1)[:, None], goes_on)
        on = np.zeros((n, days), bool)
        on[:, open_days] = ~chain.draw(n, int(open_days.sum()), rng)
        own = ~self.hours.draw(n * days, slots, rng).reshape(n, days, slots)
        there: np.ndarray = self.network & on[:, :, None] & own
        empty = ~there.any(axis=(1, 2))
        places = np.flatnonzero(self.network.ravel())
        chosen = places[rng.integers(len(places), size=int(empty.sum()))]
        there.reshape(n, -1)[np.flatnonzero(empty), chosen] = True
        return there

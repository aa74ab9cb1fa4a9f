"""A graphical model fitted to noisy margins that overlap, held as a tree of tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from guide_helpers.methods._descent import least
from guide_helpers.methods._log_linear import Scope, blocks
from guide_helpers.methods._pairs import follow

SHRINK = 0.02
"""Weight of the prior belief in fewer relations; 0 would follow the noise wherever it leads."""
STEPS = 60
"""Most steps of one fit; the next round goes on from where it ended."""

CLOSE = 1e-5
"""Slope, in the scale of the fit, below which its parameters are found."""


@dataclass(frozen=True)
class Margin:
    """Noisy counts of the cells of some variables, and the variance of their noise."""

    counts: np.ndarray
    variance: np.ndarray

    def with_another(self, counts: np.ndarray, variance: np.ndarray) -> Margin:
        """Return the best mean of this measurement and another one of the same cells."""
        both = 1 / (1 / self.variance + 1 / variance)
        mean = (self.counts / self.variance + counts / variance) * both
        return Margin(mean, both)

    def at(self, total: float) -> np.ndarray:
        """Return the counts moved to a total, each by its share of the variance."""
        gap = total - self.counts.sum()
        return np.asarray(self.counts + gap * self.variance / self.variance.sum())


def tree_size(shape: Sequence[int], scopes: Iterable[Scope]) -> int:
    """Return how many cells a model of these margins holds."""
    return sum(math.prod(shape[v] for v in block) for block in blocks(shape, scopes))


class GraphicalModel:
    """The distribution, in the form of a log-linear model, that explains noisy margins best.

    Its parameters are one number for each cell of each margin. They maximise the likelihood of
    the noisy counts under a normal approximation of their noise, with the entropy of the file
    as a prior weighted by `SHRINK`: in the dual, n log Z - y'a + SHRINK/2 a'Va is least, with y
    the noisy counts, V their variances and a the parameters. Margins without support in the noise
    shrink towards fewer relations.

    References
    ----------
    McKenna, Sheldon and Miklau (2019), arXiv:1901.09136; Koller and Friedman (2009) for the tree
    """

    def __init__(self, shape: Sequence[int], margins: Mapping[Scope, Margin], total: float) -> None:
        self.shape = tuple(shape)
        self.margins = dict(margins)
        self.total = total
        scopes = [*margins, *((v,) for v in range(len(shape)))]
        self._blocks, self._above = _linked(blocks(shape, scopes))
        self._homes = {scope: self._home(scope) for scope in scopes}
        self._tables: list[np.ndarray] = []
        self._base = [np.zeros(self._shape(block)) for block in self._blocks]
        for v in range(len(shape)):
            self._add(self._base, (v,), self._belief(v))
        self.parameters = {s: np.zeros(self._shape(s)) for s in margins}
        self._spread(self.parameters)

    def fit(self, start: Mapping[Scope, np.ndarray] | None = None, steps: int = STEPS) -> None:
        """Find the best parameters, from those of an earlier model where a margin was in it."""
        scopes = list(self.margins)
        wanted = np.concatenate([self.margins[s].at(self.total).ravel() for s in scopes])
        spare = SHRINK * np.concatenate([self.margins[s].variance.ravel() for s in scopes])
        # the curvature is about the count of a cell plus `spare`; steps of like size converge fast
        scale = 1 / np.sqrt(np.maximum(wanted, 0) + spare + 1e-9)
        first = {s: (start or {}).get(s, np.zeros(self._shape(s))) for s in scopes}
        ends = np.cumsum([self.margins[s].counts.size for s in scopes])[:-1]

        def loss(scaled: np.ndarray) -> tuple[float, np.ndarray]:
            flat = scaled * scale
            log_z = self._spread(self._named(scopes, flat, ends))
            found = np.concatenate([self.counts(s).ravel() for s in scopes])
            value = self.total * log_z - wanted @ flat + spare @ flat**2 / 2
            return value / self.total, (found - wanted + spare * flat) * scale / self.total

        begin = np.concatenate([first[s].ravel() for s in scopes]) / scale
        best = least(loss, begin, steps=steps, close=CLOSE)
        self.parameters = self._named(scopes, best * scale, ends)
        self._spread(self.parameters)

    def counts(self, scope: Scope) -> np.ndarray:
        """Return the expected counts of the cells of some variables that stand in one block."""
        home = self._homes.get(scope)
        home = self._home(scope) if home is None else home
        return np.asarray(_sum(self._tables[home], self._blocks[home], scope) * self.total)

    def holds(self, scope: Scope) -> bool:
        """Whether the variables stand in one block."""
        return any(set(scope) <= set(block) for block in self._blocks)

    def draw(self, n: int, rng: np.random.Generator) -> list[np.ndarray]:
        """Return the cells of `n` records, one array a variable."""
        drawn: dict[int, np.ndarray] = {}
        for b, block in enumerate(self._blocks):
            given = self._shared(b)
            rest = tuple(v for v in block if v not in given)
            if not rest:
                continue
            axes = [block.index(v) for v in (*given, *rest)]
            table = self._tables[b].transpose(axes).reshape(math.prod(self._shape(given)), -1)
            parents = np.zeros(n, dtype=np.int64)
            if given:
                parents = np.ravel_multi_index([drawn[v] for v in given], self._shape(given))
            cells = np.unravel_index(follow(table, parents, rng), self._shape(rest))
            drawn |= dict(zip(rest, cells, strict=True))
        return [drawn[v] for v in range(len(self.shape))]

    def _named(
        self, scopes: list[Scope], flat: np.ndarray, ends: np.ndarray
    ) -> dict[Scope, np.ndarray]:
        parts = np.split(flat, ends)
        return {s: p.reshape(self._shape(s)) for s, p in zip(scopes, parts, strict=True)}

    def _spread(self, parameters: Mapping[Scope, np.ndarray]) -> float:
        """Set the tables of all blocks to the margins of the model; return log Z."""
        logs = [base.copy() for base in self._base]
        for scope, values in parameters.items():
            self._add(logs, scope, values)
        tables, log_z = [], 0.0
        for log in logs:
            top = float(log.max())
            tables.append(np.exp(log - top))
            log_z += top
        for b in range(len(tables) - 1, -1, -1):
            mass = float(tables[b].sum())
            tables[b] /= mass
            log_z += math.log(mass)
            if b:
                told = _sum(tables[b], self._blocks[b], self._shared(b))
                above = self._above[b]
                tables[above] *= _widened(told, self._shared(b), self._blocks[above])
        for b in range(1, len(tables)):
            shared, above = self._shared(b), self._above[b]
            new = _sum(tables[above], self._blocks[above], shared)
            old = _sum(tables[b], self._blocks[b], shared)
            change = np.divide(new, old, out=np.zeros_like(old), where=old > 0)
            tables[b] *= _widened(change, shared, self._blocks[b])
        self._tables = tables
        return log_z

    def _add(self, logs: list[np.ndarray], scope: Scope, values: np.ndarray) -> None:
        home = self._homes[scope]
        logs[home] += _widened(values, scope, self._blocks[home])

    def _belief(self, v: int) -> np.ndarray:
        """Return the logarithm of a variable's own counts, none below the noise."""
        margin = self.margins.get((v,))
        if margin is None:
            return np.zeros(self.shape[v])
        least = np.maximum(np.sqrt(margin.variance) / 2, 0.5)
        return np.asarray(np.log(np.maximum(margin.at(self.total), least)))

    def _home(self, scope: Scope) -> int:
        holding = [b for b, block in enumerate(self._blocks) if set(scope) <= set(block)]
        return min(holding, key=lambda b: math.prod(self._shape(self._blocks[b])))

    def _shared(self, b: int) -> Scope:
        return tuple(v for v in self._blocks[b] if b and v in self._blocks[self._above[b]])

    def _shape(self, scope: Scope) -> tuple[int, ...]:
        return tuple(self.shape[v] for v in scope)


def _linked(found: list[Scope]) -> tuple[list[Scope], list[int]]:
    """Return the blocks, each after the one above it, with which it shares most."""
    ordered, above, left = [found[0]], [0], list(found[1:])
    while left:
        shared = {(k, i): len(set(b) & set(o)) for k, b in enumerate(left)
                  for i, o in enumerate(ordered)}  # fmt: skip
        k, i = max(shared, key=lambda pair: shared[pair])
        ordered.append(left.pop(k))
        above.append(i)
    return ordered, above


def _sum(table: np.ndarray, block: Scope, scope: Scope) -> np.ndarray:
    return np.asarray(table.sum(axis=tuple(i for i, v in enumerate(block) if v not in scope)))


def _widened(values: np.ndarray, scope: Scope, block: Scope) -> np.ndarray:
    """Return the values with an axis of length 1 for each other variable of the block."""
    sizes = dict(zip(scope, values.shape, strict=True))
    return np.asarray(values.reshape([sizes.get(v, 1) for v in block]))

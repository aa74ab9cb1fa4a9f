"""Coarsened margins: publishable tables first, then a file that holds them and nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from numbers import Integral
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.cards import (
    Capabilities,
    MethodCard,
    Status,
    UseCase,
    card,
    conditional,
    fit,
)
from guide_helpers.errors import GuideError
from guide_helpers.methods._cells import Cells
from guide_helpers.methods._frame import assemble
from guide_helpers.methods._log_linear import LogLinear, Scope, blocks
from guide_helpers.schema import Dataset, Kind, Provenance, Variable

CLOSE = 1e-10
"""Shares that differ by less are the same."""
GOOD = 1e-4
"""A fit with a larger gap in a cell is tried again without empty cells."""
BLEND = 1e-3
"""Share of independence that this second try mixes into every margin."""
RAKES = 100


@card(
    MethodCard(
        title="Coarsened margins and iterative fitting",
        summary=(
            "Makes a list of tables safe by bins, a least count and rounding, fits the file that "
            "agrees with them and has no other relation, and draws records from it."
        ),
        family="log-linear, disclosure control",
        origin=("raab2026margins",),
        inputs="tables of counts of one table's records, after disclosure control",
        sources=("raab2026margins", "deming1940", "jirousek1995", "altschuler2017"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: fit(
                "the file says nothing beyond tables that an office can check and publish by its "
                "own rules; it is no formal guarantee, so the rules must suit the data"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "where the analysis needs no more than the kept tables; interactions that are in "
                "none of them are lost by design"
            ),
            UseCase.EDUCATION: fit(
                "safe to hand out, and students can be told which relations are right"
            ),
            UseCase.TESTING_TECHNOLOGY: fit(
                "right format, levels and ranges in any size, from tables that may be published"
            ),
        },
        capabilities=Capabilities(missing=True, keeps_missing_rates=True, in_browser=True),
        weaknesses=(
            "Relations that no kept table shows are absent: with tables of pairs, nothing is "
            "true of three variables beyond what their pairs imply.",
            "Numbers are uniform within bins, and the bins must be public: wide bins with skewed "
            "values give coarse shapes; name better ones with `edges`.",
            "Small cells count as 0; rare combinations and small groups disappear from the file, "
            "and their records are spread over others.",
            "Rules and structural zeros are kept only within one table, and not where tables must "
            "be changed to agree.",
            "There is no formal guarantee: the office's rules for tables carry all the protection, "
            "and several files from the same records can be compared.",
            "Left to choose, the method keeps the pairs with the strongest relations that fit "
            "into memory; the choice itself is made on the tables after disclosure control.",
            "By default the file has exactly as many records as the original; ask for another n "
            "where that number is not public.",
            "Survey weights are drawn like any other number, not used.",
        ),
    )
)
@dataclass
class CoarsenedMargins:
    """Curate margins by disclosure rules, fit them by IPF, sample.

    Parameters
    ----------
    margins
        The tables to keep, each a tuple of columns; by default all pairs, the strongest first,
        as far as `max_cells` allows. Columns in no table are kept one by one.
    threshold
        A cell with fewer records counts as 0.
    base
        Counts are rounded to multiples of it; None for the threshold, 1 for no rounding.
    bins
        Bins of equal width over the public bounds of each numeric column.
    edges
        Public ends of bins for some numeric columns: `{"income": (0, 500, 1000, 5000)}`.
        Values beyond the ends count in the outer bins.
    max_cells
        Most cells in one table held in memory while fitting.
    cycles
        Most rounds of fitting all margins; many columns with many empty cells need some hundreds
        until all margins agree to a millionth.
    """

    margins: Sequence[Sequence[str]] | None = None
    threshold: int = 5
    base: int | None = None
    bins: int = 10
    edges: Mapping[str, Sequence[float]] | None = None
    max_cells: int = 100_000
    cycles: int = 1_000

    def __post_init__(self) -> None:
        for name in ("threshold", "base", "bins", "max_cells", "cycles"):
            value = getattr(self, name)
            whole = isinstance(value, Integral) and not isinstance(value, bool)
            if not (whole and value >= 1) and not (name == "base" and value is None):
                raise GuideError(f"{name}={value!r} is not a whole number of at least 1")
        listed = self.margins is None or (
            isinstance(self.margins, list | tuple)
            and all(isinstance(m, list | tuple) and m for m in self.margins)
        )
        if not listed:
            raise GuideError('margins takes tuples of columns: margins=[("sex", "age")]')
        if self.edges is not None and not isinstance(self.edges, Mapping):
            raise GuideError('edges takes ends of bins by column: edges={"age": (0, 20, 100)}')

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Count, curate and fit the margins; no record is kept."""
        del rng
        self.cells_ = self._cells(data)
        self.names_ = [c.variable.name for c in self.cells_]
        self.shape_ = tuple(c.count for c in self.cells_)
        self._codes = [c.encode(data.rows[c.variable.name]) for c in self.cells_]
        self._single = [_single(self._curated((v,))) for v in range(len(self.cells_))]
        self.scopes_ = self._scopes()
        curated = {scope: self._curated(scope) for scope in self.scopes_}
        self.model_, self.gap_ = self._model(curated)
        self.kept_ = {scope: self.model_.margin(scope) for scope in self.scopes_}
        self.changes_ = [self._change(s, curated[s], self.kept_[s]) for s in self.scopes_]
        self.empty_ = data.with_rows(data.rows.iloc[:0])
        del self._codes, self._single
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` records from the fitted margins."""
        drawn = zip(self.cells_, self.model_.draw(n, rng), strict=True)
        columns = {c.variable.name: c.decode(codes, rng) for c, codes in drawn}
        return assemble(self.empty_, columns, n)

    def changes(self) -> pd.DataFrame:
        """Return one line a kept margin: what the rules and the agreement did to it.

        `moved` is the share of records, in %, that changed cells after disclosure control so
        that all margins agree.
        """
        return pd.DataFrame(self.changes_).set_index("margin")

    def kept(self, *columns: str) -> np.ndarray:
        """Return the shares of the cells of a kept margin, an axis for each column as listed.

        The cells of a column are its levels or bins, then its special codes, then missing.
        """
        known = {tuple(self.names_[v] for v in scope): scope for scope in self.scopes_}
        for names, scope in known.items():
            if sorted(names) == sorted(columns):
                return self.kept_[scope].transpose([names.index(c) for c in columns])
        listed = "; ".join(" x ".join(names) for names in list(known)[:5])
        raise GuideError(f"no margin {' x '.join(columns)} was kept; kept are, first: {listed}")

    def _cells(self, data: Dataset) -> list[Cells]:
        modelled = {v.name: v for v in data.schema.modelled}
        edges = dict(self.edges or {})
        for name in edges:
            if name not in modelled or not modelled[name].numeric:
                numeric = ", ".join(n for n, v in modelled.items() if v.numeric) or "none"
                raise GuideError(f"edges names {name!r}, but numeric columns are: {numeric}")
        cells = [_cells_of(v, data, edges.get(name), self.bins) for name, v in modelled.items()]
        for c in cells:
            if c.count > self.max_cells:
                raise GuideError(
                    f"column {c.variable.name!r} has {c.count:,} cells, more than "
                    f"max_cells={self.max_cells:,}; merge levels or raise max_cells"
                )
        return cells

    def _scopes(self) -> list[Scope]:
        """Return the margins to keep, in numbers of columns; none lies within another."""
        chosen = self._strongest() if self.margins is None else self._asked(self.margins)
        alone = [(v,) for v in range(len(self.shape_)) if not any(v in s for s in chosen)]
        return sorted([*chosen, *alone])

    def _asked(self, margins: Sequence[Sequence[str]]) -> list[Scope]:
        asked = set()
        for margin in margins:
            for name in margin:
                if name not in self.names_:
                    known = ", ".join(self.names_)
                    raise GuideError(f"no column {name!r} for a margin; known: {known}")
            asked.add(tuple(sorted({self.names_.index(name) for name in margin})))
        chosen = [s for s in asked if not any(set(s) < set(o) for o in asked)]
        if (most := self._largest(chosen)) > self.max_cells:
            raise GuideError(
                f"fitting these margins needs a table of {most:,} cells, more than "
                f"max_cells={self.max_cells:,}; drop a margin, use fewer bins or raise max_cells"
            )
        return chosen

    def _strongest(self) -> list[Scope]:
        """Return pairs of columns in the order of their relation, as far as memory allows."""
        pairs: list[Scope] = list(combinations(range(len(self.shape_)), 2))
        if math.prod(self.shape_) <= self.max_cells:
            return pairs
        small = [p for p in pairs if math.prod(self.shape_[v] for v in p) <= self.max_cells]
        strength = {p: _relation(self._agreed(p, self._curated(p))) for p in small}
        chosen: list[Scope] = []
        for pair in sorted(small, key=lambda p: (-strength[p], p)):
            if self._largest([*chosen, pair]) <= self.max_cells:
                chosen.append(pair)
        return chosen

    def _largest(self, scopes: list[Scope]) -> int:
        held = blocks(self.shape_, scopes)
        return max((math.prod(self.shape_[v] for v in block) for block in held), default=0)

    def _curated(self, scope: Scope) -> np.ndarray:
        """Return the counts of a margin after the disclosure rules."""
        shape = tuple(self.shape_[v] for v in scope)
        places = np.ravel_multi_index([self._codes[v] for v in scope], shape)
        counts = np.bincount(places, minlength=math.prod(shape)).reshape(shape)
        base = self.threshold if self.base is None else self.base
        rounded = base * ((2 * counts + base) // (2 * base))
        return np.where(counts < self.threshold, 0, rounded).astype(float)

    def _agreed(self, scope: Scope, curated: np.ndarray) -> np.ndarray:
        """Return shares near a curated margin that agree with those of each single column."""
        if len(scope) == 1:
            return self._single[scope[0]]
        targets = [self._single[v] for v in scope]
        shares = curated / max(curated.sum(), 1.0)
        for _ in range(RAKES):
            before = shares
            for axis, target in enumerate(targets):
                shares = shares * _along(axis, shares, target)
            if np.abs(shares - before).max() <= CLOSE / 100:
                break
        for axis, target in enumerate(targets):
            shares = shares * np.minimum(_along(axis, shares, target), 1)
        return _filled(shares, targets)

    def _model(self, curated: dict[Scope, np.ndarray]) -> tuple[LogLinear, float]:
        """Return the better of two fits; the second is made only where empty cells contradict."""
        tries = []
        agreed = {scope: self._agreed(scope, counts) for scope, counts in curated.items()}
        for blend in (0.0, BLEND):
            mixed = {
                scope: (1 - blend) * shares + blend * _product([self._single[v] for v in scope])
                for scope, shares in agreed.items()
            }
            model = LogLinear(self.shape_, self.scopes_)
            tries.append((model, model.fit(mixed, close=CLOSE, cycles=self.cycles)))
            if tries[-1][1] <= GOOD:
                break
        return min(tries, key=lambda t: t[1])

    def _change(self, scope: Scope, curated: np.ndarray, kept: np.ndarray) -> dict[str, object]:
        shares = curated / max(curated.sum(), 1.0)
        return {
            "margin": " x ".join(self.names_[v] for v in scope),
            "cells": curated.size,
            "cells with records": int((curated > 0).sum()),
            "moved": 50 * float(np.abs(shares - kept).sum()),
        }


@dataclass(frozen=True)
class _Edged(Cells):
    """Cells of a numeric variable whose bins end where someone said."""

    edges: tuple[float, ...]

    @property
    def ordinary(self) -> int:
        return len(self.edges) - 1

    def _bin(self, numbers: np.ndarray) -> np.ndarray:
        return np.searchsorted(self.edges[1:-1], numbers, side="right").astype(np.int64)

    def _draw(self, cells: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        ends = np.asarray(self.edges, dtype=float)
        if self.variable.kind is not Kind.INTEGER:
            low, high = ends[cells], ends[cells + 1]
            return np.asarray(np.minimum(low + rng.random(len(cells)) * (high - low), high))
        whole = np.ceil(ends).astype(np.int64)
        whole[-1] = math.floor(ends[-1]) + 1
        return np.asarray(rng.integers(whole[cells], whole[cells + 1]), dtype=float)


def _cells_of(v: Variable, data: Dataset, edges: Sequence[float] | None, bins: int) -> Cells:
    if v.discrete:
        levels = tuple(data.rows[v.name].cat.categories)
        return Cells(replace(v, levels=levels), bins)
    if edges is not None:
        return _edged(v, edges, bins)
    if v.bounds is None or v.bounds_from is not Provenance.PUBLIC:
        raise GuideError(
            f"column {v.name!r} has no public bounds to cut into bins; declare them in the "
            "schema or name public bins with edges"
        )
    return Cells(v, bins)


def _edged(v: Variable, edges: Sequence[float], bins: int) -> Cells:
    ends = np.asarray(edges, dtype=float).ravel()
    if len(ends) < 2 or not np.isfinite(ends).all() or (np.diff(ends) <= 0).any():
        raise GuideError(f"edges of {v.name!r} are not at least 2 rising numbers")
    low, high = (float(ends[0]), float(ends[-1]))
    if v.public_domain and v.bounds is not None and (low < v.bounds[0] or high > v.bounds[1]):
        raise GuideError(f"edges of {v.name!r} go beyond its public bounds; stay within them")
    if any(low <= code <= high for code in v.special):
        raise GuideError(f"edges of {v.name!r} include a special code; choose ends beside it")
    if v.kind is Kind.INTEGER and (np.diff(np.ceil(ends[:-1])) < 1).any():
        raise GuideError(f"edges of {v.name!r} leave a bin without a whole number; widen it")
    if v.kind is Kind.INTEGER and math.floor(high) < math.ceil(ends[-2]):
        raise GuideError(f"edges of {v.name!r} leave a bin without a whole number; widen it")
    return _Edged(replace(v, bounds=(low, high)), bins, tuple(ends.tolist()))


def _single(curated: np.ndarray) -> np.ndarray:
    """Return the shares of one column; evenly over all but missing where nothing is left."""
    if curated.sum() > 0:
        return np.asarray(curated / curated.sum())
    known = np.ones(len(curated))
    known[-1] = len(curated) == 1
    return np.asarray(known / known.sum())


def _along(axis: int, shares: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the factors along one axis that turn its sums into the target."""
    sums = shares.sum(axis=tuple(i for i in range(shares.ndim) if i != axis))
    factors = np.divide(target, sums, out=np.zeros_like(sums), where=sums > 0)
    return np.asarray(factors.reshape([-1 if i == axis else 1 for i in range(shares.ndim)]))


def _filled(shares: np.ndarray, targets: list[np.ndarray]) -> np.ndarray:
    """Return the shares with what is lacking in each axis filled in, as if independent.

    References
    ----------
    Altschuler, Weed and Rigollet (2017), algorithm 2, arXiv:1705.09634
    """
    axes = range(shares.ndim)
    lacking = [
        np.maximum(target - shares.sum(axis=tuple(i for i in axes if i != axis)), 0)
        for axis, target in enumerate(targets)
    ]
    total = lacking[0].sum()
    if total <= CLOSE / 100:
        return shares
    return np.asarray(shares + total * _product([part / part.sum() for part in lacking]))


def _product(parts: list[np.ndarray]) -> np.ndarray:
    found = parts[0]
    for part in parts[1:]:
        found = np.multiply.outer(found, part)
    return found


def _relation(shares: np.ndarray) -> float:
    """Return the mutual information of two columns from the shares of their table."""
    independent = np.multiply.outer(shares.sum(axis=1), shares.sum(axis=0))
    some = shares > 0
    return float((shares[some] * np.log(shares[some] / independent[some])).sum())

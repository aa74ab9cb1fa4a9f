"""Information-preserving synthesis: new residuals, the same regressions (IPSO)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from guide_helpers.cards import (
    Capabilities,
    MethodCard,
    Status,
    UseCase,
    card,
    conditional,
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.methods._frame import assemble
from guide_helpers.schema import Dataset, Kind, Provenance, Role, Variable

TINY = 1e-9
"""Shares of a column's spread below this are rounding errors."""
INSET = 1e-3
"""Values are pulled so far inside their bounds, in standard deviations, to get there sooner."""
MOST_NUMBERS = 50_000_000
"""Numbers that the regression holds in memory at once: 400 megabytes."""
MOST_ROUNDS = 1_000
"""Tries to bring all values within their bounds; where it works, some tens are enough."""


@card(
    MethodCard(
        title="Information-preserving synthesis (IPSO)",
        summary=(
            "Replaces confidential numeric columns by their regression on all other columns plus "
            "new random residuals, adjusted so that means, covariances and coefficients stay "
            "exactly the same."
        ),
        family="linear algebra",
        origin=("burridge2003",),
        inputs="the records of one table, and which columns are confidential",
        sources=("burridge2003", "langsrud2019"),
        status=Status.IN_USE,
        used_by="Destatis used it in the HLG-MOS challenge {cite:p}`destatis2022`",
        suits={
            UseCase.PUBLIC_RELEASE: unfit(
                "all other columns are the real ones, record by record, so people are found as "
                "easily as in the original"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "linear regressions of the confidential columns give the very same coefficients; "
                "only for users who may see the other columns as they are"
            ),
            UseCase.EDUCATION: unfit(
                "teaching files end up public, and the columns that stay are real records"
            ),
            UseCase.TESTING_TECHNOLOGY: unfit(
                "size is fixed and real records stay in the file; dummy data do the job"
            ),
        },
        capabilities=Capabilities(any_size=False, in_browser=True, replaces=("number",)),
        weaknesses=(
            "Only the confidential columns are synthetic; all others stay as they are, so a "
            "person known by them is found.",
            "Exact sums are published: whoever knows all records but one can solve for the last, "
            "as with any exact table.",
            "New residuals are normal: skewness, heaps, many zeros and curved relations are "
            "lost. Public bounds pull the values in, without regard to shape.",
            "Coefficients within groups, of interactions and of logarithms are not kept; only "
            "the block of main effects is.",
            "Whole numbers cannot be confidential, as rounding would spoil the exact sums.",
            "Survey weights are a predictor like any other number.",
        ),
    )
)
@dataclass
class Ipso:
    """Replace numeric columns, keeping their linear regressions on all others exact.

    Parameters
    ----------
    confidential
        Columns of kind number to replace; by default the sensitive ones, else all but weights.
        All other columns stay as they are, record by record, but identifiers are fresh.
    keep_bounds
        Pull the new values within public bounds, without changing the sums that are kept.
    """

    confidential: tuple[str, ...] | None = None
    keep_bounds: bool = True

    def __post_init__(self) -> None:
        asked = self.confidential
        if asked is not None and (not isinstance(asked, list | tuple) or not asked):
            raise GuideError(f"confidential={asked!r} is not a list of column names")
        if not isinstance(self.keep_bounds, bool):
            raise GuideError(f"keep_bounds={self.keep_bounds!r} is neither True nor False")

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Regress the confidential columns on all others."""
        del rng
        self.data_ = data
        self.replaced_ = self._replaced(data)
        if not self.replaced_:
            raise GuideError(
                "confidential names no column, so every record would come back as it is; name at "
                "least one column of kind number"
            )
        names = list(self.replaced_)
        self.basis_ = _basis(data, names)
        values = data.rows[names].to_numpy(dtype=float)
        self.scale_ = values.std(axis=0)
        self.scale_[self.scale_ == 0] = 1.0
        self.centre_ = values.mean(axis=0)
        scaled = (values - self.centre_) / self.scale_
        residuals = _apart(scaled, self.basis_)
        self.fitted_ = scaled - residuals
        self.root_ = _root(residuals, self.replaced_)
        _refuse_too_few(len(data), self.basis_, len(self.root_))
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Return the original records with new confidential values."""
        kept = [v.name for v in self.data_.schema.modelled]
        columns = {name: self.data_.rows[name].array for name in kept}
        made = self._draw(rng) * self.scale_ + self.centre_
        columns |= {name: made[:, i] for i, name in enumerate(self.replaced_)}
        return assemble(self.data_, columns, n)

    def _replaced(self, data: Dataset) -> tuple[str, ...]:
        numbers = [v for v in data.schema.modelled if v.kind is Kind.NUMBER]
        if self.confidential is None:
            sensitive = [v for v in numbers if v.role is Role.SENSITIVE]
            chosen = sensitive or [v for v in numbers if v.role is not Role.WEIGHT]
            names = [v.name for v in chosen]
        else:
            names = list(self.confidential)
        known = ", ".join(v.name for v in numbers) or "none"
        for name in names:
            if name not in {v.name for v in numbers}:
                raise GuideError(f"confidential names {name!r}, but columns of numbers: {known}")
            if names.count(name) > 1:
                raise GuideError(f"confidential names {name!r} more than once")
            coded = int(data.rows[name].isin(list(data.schema[name].special)).sum())
            if coded:
                raise GuideError(
                    f"column {name!r} holds {coded} special codes, which have no mean; leave it "
                    "out of confidential or take the records without them"
                )
        return tuple(names)

    def _draw(self, rng: np.random.Generator) -> np.ndarray:
        """Return new values in units of their spread, within bounds where asked."""
        normal = rng.standard_normal((len(self.basis_), len(self.root_)))
        made: np.ndarray = self.fitted_ + self._with_sums(normal)
        low, high = self._limits()
        for _ in range(MOST_ROUNDS):
            outside = (made < low) | (made > high)
            if not outside.any():
                return made
            inset = np.minimum(INSET, (high - low) / 4)
            pulled = np.clip(made, low + inset, high - inset)
            made = self.fitted_ + self._with_sums((pulled - self.fitted_) @ self.root_.T)
        worst = self.replaced_[int(outside.sum(axis=0).argmax())]
        raise GuideError(
            f"column {worst!r} cannot keep both its public bounds and its exact sums; widen the "
            "bounds, take it out of confidential or set keep_bounds=False"
        )

    def _with_sums(self, start: np.ndarray) -> np.ndarray:
        """Return the residuals with the sums of products of the original's nearest to `start`."""
        left, _, right = np.linalg.svd(_apart(start, self.basis_), full_matrices=False)
        return np.asarray(_apart(left, self.basis_) @ right @ self.root_)

    def _limits(self) -> tuple[np.ndarray, np.ndarray]:
        variables = [self.data_.schema[name] for name in self.replaced_]
        limits = np.array(
            [_public(v) if self.keep_bounds else (-np.inf, np.inf) for v in variables]
        )
        low, high = ((limits - self.centre_[:, None]) / self.scale_[:, None]).T
        return low, high


def _public(v: Variable) -> tuple[float, float]:
    if v.bounds is None or v.bounds_from is not Provenance.PUBLIC:
        return (-np.inf, np.inf)
    return v.bounds


def _basis(data: Dataset, replaced: list[str]) -> np.ndarray:
    """Return orthonormal columns that span the constant and all columns that stay."""
    stay = [v for v in data.schema.modelled if v.name not in replaced]
    n = len(data)
    width = 1 + sum(_width(data, v) for v in stay)
    if n * width > MOST_NUMBERS:
        raise GuideError(
            f"{n:,} records with {width:,} numbers and levels that stay do not fit into memory; "
            "merge rare levels or drop columns"
        )
    if width + len(replaced) > n + len(stay):
        raise GuideError(
            f"{n} records are too few for the {width} numbers and levels that stay; merge rare "
            "levels or drop columns"
        )
    blocks = [np.ones((n, 1)), *(_block(data, v) for v in stay)]
    design = np.hstack(blocks)
    left, sizes, _ = np.linalg.svd(design / _lengths(design), full_matrices=False)
    basis: np.ndarray = left[:, sizes > sizes[0] * TINY]
    return basis


def _width(data: Dataset, v: Variable) -> int:
    return int(data.rows[v.name].nunique()) if v.discrete else 1 + len(v.special)


def _block(data: Dataset, v: Variable) -> np.ndarray:
    """Return a column per level that occurs, or the quantity and a column per special code."""
    values = data.rows[v.name]
    if v.discrete:
        codes = np.unique(values.cat.codes, return_inverse=True)[1]
        return np.eye(codes.max() + 1)[codes]
    numbers = values.to_numpy(dtype=float)
    coded = [numbers == code for code in v.special]
    quantity = ~np.any(coded, axis=0) if coded else np.ones(len(numbers), dtype=bool)
    mean = numbers[quantity].mean() if quantity.any() else 0.0
    centred = np.where(quantity, numbers - mean, 0.0)
    return np.column_stack([centred, *coded]).astype(float)


def _lengths(design: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(design, axis=0)
    return np.where(lengths > 0, lengths, 1.0)


def _apart(values: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """Return what the basis leaves unexplained; the second pass removes rounding errors."""
    for _ in range(2):
        values = values - basis @ (basis.T @ values)
    return values


def _root(residuals: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Return a matrix whose product with itself is the residuals' sums of products."""
    spread = np.linalg.norm(residuals, axis=0)
    for name, size in zip(names, spread, strict=True):
        if size <= TINY * np.sqrt(len(residuals)):
            raise GuideError(
                f"column {name!r} is fully determined by the columns that stay, so nothing would "
                "change; drop what determines it or take it out of confidential"
            )
    _, sizes, right = np.linalg.svd(residuals, full_matrices=False)
    kept = sizes > sizes[0] * TINY
    return np.asarray(sizes[kept, None] * right[kept])


def _refuse_too_few(n: int, basis: np.ndarray, directions: int) -> None:
    """Refuse where the new residuals could only be the old ones, in all records or in some."""
    free = n - basis.shape[1]
    if free <= directions:
        raise GuideError(
            f"{n} records leave {free} free directions for new residuals; at least "
            f"{directions + 1} are needed: take more records or fewer columns"
        )
    alone = int(((basis**2).sum(axis=1) > 1 - TINY).sum())
    if alone:
        raise GuideError(
            f"records that are alone with a level of a column that stays would keep their true "
            f"values, here {alone} of {n}; merge rare levels first"
        )

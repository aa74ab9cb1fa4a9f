"""What holds between a unit and its members: columns that count them, and what never occurs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from guide_helpers import expressions
from guide_helpers.errors import GuideError
from guide_helpers.schema import Dataset, Kind, StructuralZero, Variable

YES, NO = "yes", "no"
MOST_LEVELS = 40
"""A category of more levels is not searched for what never occurs."""
SURE = 20.0
"""What would be met so often by chance, and never is, counts as impossible."""
ENOUGH = 100
"""A column of fewer units than this is not believed to count members."""


@dataclass(frozen=True)
class Count:
    """A column of the unit that counts its members for whom an expression holds."""

    name: str
    expression: str

    @property
    def left(self) -> str:
        """Name of the column with those of the count who are still to come."""
        return f" {self.name} left"

    @property
    def marks(self) -> str:
        """Name of the column that says whether a member is of the count."""
        return f" {self.name} member"

    @property
    def columns(self) -> frozenset[str]:
        """The columns of members that the expression speaks of."""
        return expressions.columns(self.expression)

    def holds(self, members: pd.DataFrame) -> np.ndarray:
        """Return which members are of the count."""
        return expressions.holds(self.expression, members)

    def variables(self) -> list[Variable]:
        """Return the two columns that a member's row has for the count."""
        mark = Variable(self.marks, Kind.CATEGORICAL, levels=(NO, YES))
        return [Variable(self.left, Kind.NUMBER), mark]

    def zeros(self, members_left: str) -> list[StructuralZero]:
        """Return what keeps the count: nobody too many, nobody too few, the mark is true."""
        left, mark, many = (f"col({n!r})" for n in (self.left, self.marks, members_left))
        return [
            StructuralZero(f"{self.name}: one too many", f"{left} <= 0 and {mark} == {YES!r}"),
            StructuralZero(f"{self.name}: one too few", f"{left} >= {many} and {mark} == {NO!r}"),
            StructuralZero(self.marks, f"({mark} == {YES!r}) != ({self.expression})"),
        ]


def counts_of(
    asked: Mapping[str, str] | None, units: Dataset, members: Dataset, unit: np.ndarray, size: str
) -> tuple[Count, ...]:
    """Return the counts that are asked for, or those that hold in the records."""
    if asked is None:
        names = [v.name for v in units.schema.modelled if v.kind is Kind.INTEGER and v.name != size]
        found = (_found(name, units, members, unit) for name in names)
        return tuple(c for c in found if c is not None)
    counts = tuple(Count(*pair) for pair in asked.items())
    for count in counts:
        known = {v.name for v in units.schema.modelled}
        if count.name not in known:
            raise GuideError(f"counts names {count.name!r}; known columns: {', '.join(known)}")
        lost = expressions.columns(count.expression) - {v.name for v in members.schema.modelled}
        if lost:
            raise GuideError(f"counts speaks of {sorted(lost)[0]!r}, which members do not have")
        there = np.bincount(unit[count.holds(members.rows)], minlength=len(units))
        if bad := int((there != units.rows[count.name].to_numpy()).sum()):
            raise GuideError(
                f"{count.name!r} is not the number of members with {count.expression!r} in {bad} "
                "units of the original; correct them or leave the count out"
            )
    return counts


def _found(name: str, units: Dataset, members: Dataset, unit: np.ndarray) -> Count | None:
    """Return the levels of a member's column whose members a unit's column counts, if any are.

    Numbers of members by level explain a count by coefficients of 0 and 1.
    """
    values = units.rows[name].to_numpy(dtype=float, na_value=np.nan)
    if len(values) < ENOUGH or np.isnan(values).any() or np.ptp(values) == 0:
        return None
    for v in members.schema.modelled:
        if not v.discrete or members.rows[v.name].isna().any():
            continue
        codes = members.rows[v.name].cat.codes.to_numpy()
        levels = members.rows[v.name].cat.categories.tolist()
        if not 2 <= len(levels) <= MOST_LEVELS:
            continue
        many = np.zeros((len(units), len(levels)))
        np.add.at(many, (unit, codes), 1)
        of = np.linalg.lstsq(many, values, rcond=None)[0].round() == 1
        if of.any() and np.array_equal(many @ of, values):
            listed = [x for x, inside in zip(levels, of, strict=True) if inside]
            return Count(name, f"col({v.name!r}) in {listed!r}")
    return None


def holds_besides(
    rows: pd.DataFrame,
    variables: Sequence[Variable],
    own: Sequence[str],
    of_unit: Callable[[str], str],
    of_first: Callable[[str], str],
) -> tuple[StructuralZero, ...]:
    """Return what never occurs between a member and its unit, though chance would have it often.

    Looked at are a member's column with a column of the unit, alone and together with the same
    column of the first member: partners of one sex, say, among married couples.
    """
    levelled = {v.name for v in variables if v.discrete}
    levelled = {
        n for n in levelled if len(rows[n].astype("category").cat.categories) <= MOST_LEVELS
    }
    zeros: list[StructuralZero] = []
    for name in own:
        if name not in levelled:
            continue
        first = of_first(name)
        for unit in sorted(n for n in levelled if n.startswith(of_unit(""))):
            zeros += _never(rows, [unit], name)
            if first in levelled:
                zeros += _never(rows, [unit, first], name)
    return tuple(zeros)


def _never(rows: pd.DataFrame, given: list[str], name: str) -> list[StructuralZero]:
    table = pd.crosstab([rows[g].astype(object) for g in given], rows[name].astype(object))
    total = table.to_numpy().sum()
    if not total:
        return []
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / total
    never = (table.to_numpy() == 0) & (expected >= SURE)
    keys = [k if len(given) > 1 else (k,) for k in table.index]
    found = []
    for i, j in zip(*np.nonzero(never), strict=True):
        parts = [f"col({g!r}) == {k!r}" for g, k in zip(given, keys[i], strict=True)]
        said = " and ".join([*parts, f"col({name!r}) == {table.columns[j]!r}"])
        found.append(StructuralZero(f"never seen: {name}", said))
    return found

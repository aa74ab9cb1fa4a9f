"""Rules for what may leave after an analysis of the original, as output checkers use them.

A check raises the one sentence with which the output is refused. It names variables and limits,
never a level that only the records know, a count or a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.schema import Dataset, Variable

MERGE = "merge levels or leave it out"


@dataclass(frozen=True)
class OutputRules:
    """The limits of an office; the defaults are our judgement.

    Parameters
    ----------
    fewest
        Units in each cell of a table, with each level of a term, and with each outcome of each
        level; and units by which two requests must differ if they differ.
    per_coefficient
        Units for each coefficient of a regression.
    leverage
        The most that one unit may decide of its own fitted value, between 0 and 1.
    p
        The p% rule for amounts: the others together must come to at least p % of the largest.
    base
        Counts are rounded to multiples of it.
    digits
        Significant figures of everything else.
    requests
        How many requests that look at the records one analyst has.
    """

    fewest: int = 10
    per_coefficient: int = 10
    leverage: float = 0.5
    p: float = 10.0
    base: int = 5
    digits: int = 3
    requests: int = 20

    def __post_init__(self) -> None:
        whole = ("fewest", "per_coefficient", "base", "digits", "requests")
        for name in whole:
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise GuideError(f"{name}={value!r} is not a whole number of at least 1")
        if not 0 < self.leverage <= 1 or not 0 <= self.p < 100:
            raise GuideError(
                f"leverage={self.leverage} is not above 0 and at most 1, or p={self.p} not "
                "between 0 and 100"
            )

    def counted(self, numbers: np.ndarray | float) -> np.ndarray:
        """Return counts, rounded."""
        found: np.ndarray = self.base * np.round(np.asarray(numbers, dtype=float) / self.base)
        return found

    def figures(self, numbers: np.ndarray | float) -> np.ndarray:
        """Return numbers with as many significant figures as may leave."""
        return np.array(
            [float(f"{x:.{self.digits}g}") for x in np.ravel(np.asarray(numbers, dtype=float))]
        )


def check_cells(
    cell: np.ndarray, units: np.ndarray, size: int, rules: OutputRules, what: str
) -> None:
    """Refuse a table with a cell of too few units, an empty one too: it tells as much."""
    if (units_in(cell, units, size) < rules.fewest).any():
        raise GuideError(f"{what} has fewer than {rules.fewest} units; {MERGE}")


def check_largest(
    cell: np.ndarray, units: np.ndarray, amounts: np.ndarray, rules: OutputRules, what: str
) -> None:
    """Refuse amounts of which one unit's can be worked out by the second largest, the p% rule."""
    parts = pd.Series(np.abs(amounts)).groupby([cell, units]).sum().rename("amount").reset_index()
    parts = parts.sort_values("amount", ascending=False)
    grouped = parts.groupby("level_0")["amount"]
    total, first = grouped.sum(), grouped.max()
    second = grouped.nth(1).set_axis(parts.loc[grouped.nth(1).index, "level_0"])
    rest = total - first - second.reindex(total.index).fillna(0)
    if (rest < rules.p / 100 * first * (1 - 1e-12)).any():
        raise GuideError(
            f"{what} is dominated by one unit, whose amount could be worked out within "
            f"{rules.p:g} %; {MERGE}"
        )


def check_regression(
    data: Dataset, response: Variable, terms: Sequence[Variable], rules: OutputRules
) -> None:
    """Refuse a regression on records of too few units, of too few a level, or of one that rules.

    A regression on levels alone is a table in disguise, so the rules of tables hold for each
    level: with each outcome of a logistic model, and for the amounts of a linear one.
    """
    units = data.units
    outcome = _codes(data, response) if response.discrete else np.zeros(len(data), dtype=np.int64)
    outcomes = int(outcome.max(initial=0)) + 1
    columns = [np.ones((len(data), 1))]
    whole = f"an outcome of {response.name!r}" if response.discrete else "the group asked about"
    check_cells(outcome, units, outcomes, rules, whole)
    amounts = np.ones(len(data))
    if not response.discrete:
        amounts = data.rows[response.name].to_numpy(dtype=float)
        check_largest(outcome, units, amounts, rules, f"{response.name!r}")
    for v in terms:
        if not v.discrete:
            columns.append(data.rows[v.name].to_numpy(dtype=float)[:, None])
            continue
        level = _codes(data, v)
        size = int(level.max(initial=0)) + 1
        if size < 2:
            raise GuideError(f"{v.name!r} has one level among these records; leave it out")
        both = f"a level of {v.name!r}" + (" with an outcome" if response.discrete else "")
        check_cells(level * outcomes + outcome, units, size * outcomes, rules, both)
        if not response.discrete:
            check_largest(level, units, amounts, rules, f"a level of {v.name!r}")
        columns.append((level[:, None] == np.arange(1, size)).astype(float))
    _check_design(np.hstack(columns), units, rules)


def _check_design(design: np.ndarray, units: np.ndarray, rules: OutputRules) -> None:
    needed = rules.per_coefficient * design.shape[1]
    if len(np.unique(units)) < needed:
        raise GuideError(
            f"a model of {design.shape[1]} coefficients needs {needed} units with all its "
            "variables; leave terms out"
        )
    scaled = design / np.maximum(np.abs(design).max(axis=0), 1e-300)
    pulls = (scaled @ np.linalg.pinv(scaled.T @ scaled) * scaled).sum(axis=1)
    if np.bincount(units, pulls).max() > rules.leverage:
        raise GuideError(
            "one unit alone decides a coefficient; leave out the term with its extreme value, or "
            "take that term in bands"
        )


def units_in(cell: np.ndarray, units: np.ndarray, size: int) -> np.ndarray:
    """Return how many units each cell has."""
    pairs = np.unique(np.stack([cell, units]), axis=1)
    return np.bincount(pairs[0].astype(np.int64), minlength=size)


def _codes(data: Dataset, variable: Variable) -> np.ndarray:
    return np.asarray(pd.factorize(data.rows[variable.name].astype(object), sort=True)[0])

"""Limits of quantities that rules or public bounds state: "occupancy <= capacity" has both."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers import expressions
from guide_helpers.schema import Dataset, Kind, Variable

TURNED = {ast.Gt: ast.Lt, ast.GtE: ast.LtE, ast.Lt: ast.Gt, ast.LtE: ast.GtE}
EDGE = 0.005
"""A share of 0 or 1 counts as so much beyond it, so that its logit is finite."""


@dataclass(frozen=True)
class Between:
    """A quantity lies between two limits, each a number, a column that a unit has once, or none."""

    name: str
    low: float | str | None
    top: float | str | None
    whole: bool

    @property
    def closed(self) -> bool:
        """Whether there are limits on both sides."""
        return self.low is not None and self.top is not None

    @property
    def columns(self) -> list[str]:
        """The columns that are limits."""
        return [limit for limit in (self.low, self.top) if isinstance(limit, str)]

    def limits(self, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return both limits, row by row."""
        low = _limit(self.low, rows, -np.inf)
        top = _limit(self.top, rows, np.inf)
        return low, np.maximum(top, low)

    def clipped(self, values: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
        """Return values moved into their limits, whole where they must be."""
        low, top = self.limits(rows)
        if self.whole:
            low, top, values = np.ceil(low), np.floor(top), np.round(values)
        return np.asarray(np.clip(values, low, top))

    def share(self, values: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
        """Return values as shares of the way between their limits."""
        low, top = self.limits(rows)
        wide = np.where(top > low, top - low, 1.0)
        return np.asarray(np.clip((values - low) / wide, 0.0, 1.0))

    def value(self, share: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
        """Return shares as values."""
        low, top = self.limits(rows)
        return self.clipped(low + share * (top - low), rows)

    def normal(self, values: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
        """Return values on a scale without limits: the logit of shares; else as they are."""
        if not self.closed:
            return values
        share = self.share(values, rows)
        return np.asarray(np.log((share + EDGE) / (1 + EDGE - share)))

    def back(self, normal: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
        """Return numbers on the scale without limits as values."""
        if not self.closed:
            return self.clipped(normal, rows)
        share = (1 + 2 * EDGE) / (1 + np.exp(-np.clip(normal, -30, 30))) - EDGE
        return self.value(np.clip(share, 0, 1), rows)


def between(data: Dataset, variable: Variable, still: Iterable[str]) -> Between:
    """Return the limits of a quantity from rules with one comparison and from public bounds.

    A column is a limit where it is one of `still`, those that a unit has once.
    """
    whole = variable.kind is Kind.INTEGER
    low: Any = None
    top: Any = None
    if variable.public_domain and variable.bounds is not None:
        low, top = variable.bounds
    for rule in data.schema.rules:
        found = _one_sided(rule.expression, variable.name)
        if found is None:
            continue
        at_most, limit, strict = found
        if isinstance(limit, str) and limit not in still:
            continue
        if isinstance(limit, float) and strict and whole:
            limit = math.ceil(limit) - 1 if at_most else math.floor(limit) + 1
        elif strict:
            continue
        if at_most:
            top = limit if isinstance(limit, str) or top is None else _tighter(top, limit, min)
        else:
            low = limit if isinstance(limit, str) or low is None else _tighter(low, limit, max)
    return Between(variable.name, low, top, whole)


def _tighter(old: Any, new: Any, which: Any) -> Any:
    return old if isinstance(old, str) else which(old, new)


def _one_sided(expression: str, name: str) -> tuple[bool, float | str, bool] | None:
    """Return whether a rule holds a column at most or at least at a limit, and if strictly so."""
    tree = expressions.parse(expression)
    if not isinstance(tree, ast.Compare) or len(tree.ops) != 1:
        return None
    one, operator, other = tree.left, type(tree.ops[0]), tree.comparators[0]
    if operator not in TURNED:
        return None
    if _column(one) != name:
        one, operator, other = other, TURNED[operator], one
    limit: float | str | None = _column(other)
    if limit is None:
        try:
            limit = float(ast.literal_eval(other))
        except (ValueError, TypeError):
            return None
    if _column(one) != name:
        return None
    return operator in (ast.Lt, ast.LtE), limit, operator in (ast.Lt, ast.Gt)


def _column(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "col":
        return str(ast.literal_eval(node.args[0]))
    return None


def _limit(limit: float | str | None, rows: pd.DataFrame, none: float) -> np.ndarray:
    if isinstance(limit, str):
        found = rows[limit].to_numpy(dtype=float, na_value=np.nan)
        return np.where(np.isnan(found), none, found)
    return np.full(len(rows), none if limit is None else float(limit))

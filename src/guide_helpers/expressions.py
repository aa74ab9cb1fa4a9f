"""Rules as short expressions over columns, evaluated without `eval`.

A rule file comes from outside, so only comparisons, `and`, `or`, `not`, arithmetic, `in [...]`,
`missing(x)` and `col("a name with blanks")` are understood.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


def parse(expression: str) -> ast.expr:
    """Return the parsed expression; anything but the small language above is refused."""
    try:
        tree = ast.parse(expression, mode="eval").body
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        raise GuideError(f"rule {expression!r:.200} is not an expression; see `Rule`") from None
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            raise GuideError(
                f"rule {expression!r} uses {type(node).__name__.lower()}, which rules cannot; "
                "use comparisons, and/or/not, arithmetic, in [...], missing(x)"
            )
    return tree


def columns(expression: str) -> frozenset[str]:
    """Return the names of the columns that an expression speaks of."""
    return frozenset(_named(parse(expression)))


def holds(expression: str, rows: pd.DataFrame) -> np.ndarray:
    """Return, row by row, whether the expression is true; comparisons with missing are false."""
    tree = parse(expression)
    try:
        truth = _truth(_value(tree, rows, expression), expression)
    except (TypeError, AttributeError, ZeroDivisionError):
        raise GuideError(f"rule {expression!r} combines values that do not go together") from None
    return np.broadcast_to(truth, len(rows)).copy()


def violated(expression: str, rows: pd.DataFrame) -> np.ndarray:
    """Return, row by row, whether the rule is false though all its columns are observed."""
    tree = parse(expression)
    observed = rows[sorted(_named(tree, inside_missing=False))].notna().all(axis=1).to_numpy()
    return ~holds(expression, rows) & observed


def value(expression: str, rows: pd.DataFrame) -> np.ndarray:
    """Return, row by row, the number that an expression computes; missing where a part of it is."""
    try:
        found = _value(parse(expression), rows, expression)
    except (TypeError, AttributeError, ZeroDivisionError):
        raise GuideError(f"{expression!r} combines values that do not go together") from None
    numbers = np.asarray(found)
    if numbers.dtype.kind not in "iuf":
        raise GuideError(f"{expression!r} computes no number; write total - part, say")
    numbers = np.broadcast_to(numbers.astype(float), len(rows)).copy()
    numbers[np.isinf(numbers)] = np.nan
    return numbers


def equation(expression: str) -> tuple[str, str] | None:
    """Return the column and the computation where a rule says that one equals the other.

    Of `total == a + b` that is ("total", "a + b"); None for any other rule.
    """
    tree = parse(expression)
    if not isinstance(tree, ast.Compare) or [type(op) for op in tree.ops] != [ast.Eq]:
        return None
    for one, other in ((tree.left, tree.comparators[0]), (tree.comparators[0], tree.left)):
        named = _named(one)
        if isinstance(one, ast.Name | ast.Call) and len(named) == 1 and _computes(other):
            (name,) = named
            if name not in _named(other):
                return name, ast.unparse(other)
    return None


def _computes(node: ast.expr) -> bool:
    """Whether an expression is arithmetic over at least one column, and nothing else."""
    plain = (ast.BinOp, ast.UnaryOp, ast.USub, ast.Name, ast.Load, ast.Constant, *_ARITHMETIC)
    return bool(_named(node)) and all(isinstance(part, plain) for part in ast.walk(node))


_ALLOWED = (
    ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp, ast.Compare,
    ast.Name, ast.Load, ast.Constant, ast.List, ast.Tuple, ast.Call, ast.In, ast.NotIn,
    *_COMPARE, *_ARITHMETIC,
)  # fmt: skip


def _named(tree: ast.AST, *, inside_missing: bool = True) -> set[str]:
    if isinstance(tree, ast.Call):
        name = _function(tree)
        if name == "col":
            return {str(_literal(tree.args[0]))}
        return _named(tree.args[0]) if inside_missing or name != "missing" else set()
    if isinstance(tree, ast.Name):
        return {tree.id}
    found: set[str] = set()
    for child in ast.iter_child_nodes(tree):
        found |= _named(child, inside_missing=inside_missing)
    return found


def _function(node: ast.Call) -> str:
    name = node.func.id if isinstance(node.func, ast.Name) else "?"
    if name not in {"missing", "col"} or len(node.args) != 1 or node.keywords:
        raise GuideError(f"rules know missing(x) and col('x') only, not {name}(...)")
    return name


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise GuideError("a rule compares with constants and lists of constants only") from None


def _value(node: ast.expr, rows: pd.DataFrame, text: str) -> Any:
    if isinstance(node, ast.Name):
        return _column(node.id, rows, text)
    if isinstance(node, ast.Call):
        if _function(node) == "col":
            return _column(str(_literal(node.args[0])), rows, text)
        return _value(node.args[0], rows, text).isna()
    if isinstance(node, ast.BoolOp):
        parts = [_truth(_value(v, rows, text), text) for v in node.values]  # noqa: PD011 - of the syntax tree
        reduce = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return reduce.reduce(parts)
    if isinstance(node, ast.UnaryOp):
        inner = _value(node.operand, rows, text)
        return ~_truth(inner, text) if isinstance(node.op, ast.Not) else -inner
    if isinstance(node, ast.BinOp):
        sides = [_value(side, rows, text) for side in (node.left, node.right)]
        if any(isinstance(side, str | list | tuple) for side in sides):
            raise GuideError(f"rule {text!r} calculates with something that is no number")
        return _ARITHMETIC[type(node.op)](*sides)
    if isinstance(node, ast.Compare):
        return _comparison(node, rows, text)
    return _literal(node)


def _truth(value: Any, text: str) -> np.ndarray:
    truth = np.asarray(value)
    if truth.dtype != bool:
        raise GuideError(f"rule {text!r} takes a value for a comparison; write x == 'yes', say")
    return truth


def _comparison(node: ast.Compare, rows: pd.DataFrame, text: str) -> Any:
    left = _value(node.left, rows, text)
    truth: Any = np.True_
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        right = _value(comparator, rows, text)
        if isinstance(op, ast.In | ast.NotIn):
            inside = left.isin(list(right))
            step = inside if isinstance(op, ast.In) else ~inside & left.notna()
        else:
            step = _compare(op, left, right, text)
        truth = truth & np.asarray(step, dtype=bool)
        left = right
    return truth


def _compare(op: ast.cmpop, left: Any, right: Any, text: str) -> Any:
    try:
        result = _COMPARE[type(op)](_plain(left, right), _plain(right, left))
    except TypeError:
        raise GuideError(f"rule {text!r} compares values of different kinds") from None
    if isinstance(op, ast.NotEq):
        for side in (left, right):
            if isinstance(side, pd.Series):
                result = result & side.notna()
    return result


def _plain(side: Any, other: Any) -> Any:
    """Take a categorical as plain values, except where an order is asked of its levels."""
    categorical = isinstance(side, pd.Series) and isinstance(side.dtype, pd.CategoricalDtype)
    return side.astype(object) if categorical and isinstance(other, pd.Series) else side


def _column(name: str, rows: pd.DataFrame, text: str) -> pd.Series:
    if name not in rows:
        raise GuideError(f"rule {text!r} names column {name!r}, which the table does not have")
    return rows[name]

"""What must hold from one row of a unit to the next, as statements over both."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from guide_helpers import expressions
from guide_helpers.methods._unit_history import before
from guide_helpers.schema import Rule, Schema, StructuralZero


def change(name: str) -> str:
    """Return the name of what a rising column gains from row to row."""
    return f" change {name}"


def risen(name: str) -> str:
    """Return the expression of a rising column: what it was and what it gained."""
    return f"col({before(name)!r}) + col({change(name)!r})"


def by_change(schema: Schema, rising: Iterable[str]) -> tuple[list[Rule], list[StructuralZero]]:
    """Return the statements about rising columns once more, in terms of their changes.

    A change is drawn; with these, one that would break a rule is drawn again at once.
    """
    named = set(rising)
    rules = [
        replace(r, name=f"{r.name} (by change)", expression=_swapped(r.expression, named))
        for r in schema.rules
        if r.columns & named
    ]
    zeros = [
        replace(z, name=f"{z.name} (by change)", impossible=_swapped(z.impossible, named))
        for z in schema.structural_zeros
        if z.columns & named
    ]
    for name in rising:
        rules.append(Rule(f"{name} never falls", f"col({change(name)!r}) >= 0"))
        v = schema[name]
        if v.public_domain and v.bounds is not None:
            rules.append(Rule(f"{name} within bounds", f"{risen(name)} <= {float(v.bounds[1])!r}"))
    return rules, zeros


class _Swap(ast.NodeTransformer):
    def __init__(self, rising: set[str]) -> None:
        self.rising = rising

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return _sum(node.id) if node.id in self.rising else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        argument = node.args[0]
        if isinstance(node.func, ast.Name) and node.func.id == "col":
            named = ast.literal_eval(argument)
            return _sum(named) if named in self.rising else node
        node.args = [self.visit(argument)]
        return node


def _sum(name: str) -> ast.expr:
    return expressions.parse(risen(name))


def _swapped(expression: str, rising: set[str]) -> str:
    return ast.unparse(_Swap(rising).visit(expressions.parse(expression)))


def never_falls(rising: Iterable[str]) -> tuple[Rule, ...]:
    """Return the rules of columns that are drawn as they are but must not fall."""
    return tuple(Rule(f"{n} never falls", f"col({n!r}) >= col({before(n)!r})") for n in rising)


def final(absorbing: Mapping[str, Iterable[Any]]) -> tuple[StructuralZero, ...]:
    """Return the impossible steps: a level that is never left is left."""
    found = []
    for name, levels in absorbing.items():
        for level in levels:
            value = level.item() if hasattr(level, "item") else level
            step = f"col({before(name)!r}) == {value!r} and col({name!r}) != {value!r}"
            found.append(StructuralZero(f"{name} leaves {value}", step))
    return tuple(found)

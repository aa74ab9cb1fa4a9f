"""The tables that a synthetic file is wanted for, and how much each counts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from guide_helpers.errors import GuideError
from guide_helpers.methods._log_linear import Scope

Workload = int | Sequence[Sequence[str]]
"""All tables of so many variables, or the tables by the names of their variables."""


def check_workload(workload: Workload) -> None:
    """Refuse a workload that is neither a whole number nor a list of lists of names."""
    if isinstance(workload, int) and not isinstance(workload, bool) and workload > 0:
        return
    lists = isinstance(workload, tuple | list) and all(
        isinstance(table, tuple | list) and table and all(isinstance(name, str) for name in table)
        for table in workload
    )
    if not lists or not workload:
        raise GuideError(
            f"workload={workload!r} is neither a number of variables, such as 2 for all pairs, nor "
            'a list of tables such as (("sex", "age"), ("age", "income"))'
        )


def tables_of(workload: Workload, names: list[str]) -> list[Scope]:
    """Return the tables as numbers of variables, ascending, each once."""
    if isinstance(workload, int):
        ways = min(workload, len(names))
        return list(combinations(range(len(names)), ways)) if ways else []
    for table in workload:
        for name in table:
            if name not in names:
                raise GuideError(f"no column {name!r} for a table; known: {', '.join(names)}")
    return list(dict.fromkeys(tuple(sorted({names.index(n) for n in t})) for t in workload))


def weights_of(tables: list[Scope]) -> dict[Scope, float]:
    """Return each table and each part of one, weighted by how much it shares with all tables."""
    parts = {
        part for table in tables for k in range(len(table)) for part in combinations(table, k + 1)
    }
    return {
        part: float(sum(len(set(part) & set(table)) for table in tables)) for part in sorted(parts)
    }

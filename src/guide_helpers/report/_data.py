"""What a record says of the data: variables and sizes, never a value from the records."""

from __future__ import annotations

from typing import Any

from guide_helpers.report._protection import Shield, tables_of
from guide_helpers.results import Synthetic
from guide_helpers.schema import Data, Dataset, Provenance, Variable


def described(data: Data, shield: Shield, synthetic: Synthetic | None) -> dict[str, Any]:
    """Return names, sizes and variables of the original; sizes only where they are public."""
    loss = synthetic.privacy if synthetic is not None else None
    sizes = loss is None or loss.n_public
    return {
        "name": data.name or "not named",
        "units": shield.count(data.n_units) if sizes else "not disclosed",
        "privacy unit": data.entity or "a row",
        "tables": [_table(t, shield, sizes) for t in tables_of(data)],
        "where it comes from": "to be filled in by the office",
    }


def _table(table: Dataset, shield: Shield, sizes: bool) -> dict[str, Any]:
    return {
        "name": table.name or "not named",
        "rows": shield.count(len(table)) if sizes else "not disclosed",
        "rules": [s.name for s in table.schema.statements],
        "variables": [_variable(table, v, shield) for v in table.schema.variables],
    }


def _variable(table: Dataset, v: Variable, shield: Shield) -> dict[str, Any]:
    return {
        "name": v.name,
        "label": v.label,
        "kind": v.kind.value,
        "role": v.role.value,
        "unit": v.unit,
        "values": _values(v),
        "missing": _missing(table, v, shield),
    }


def _values(v: Variable) -> str:
    """Return the domain where a public document gives it."""
    if v.discrete and v.levels is not None and v.levels_from is Provenance.PUBLIC:
        return f"{len(v.levels)} public levels"
    if v.numeric and v.bounds is not None and v.bounds_from is Provenance.PUBLIC:
        return f"{v.bounds[0]:g} to {v.bounds[1]:g}, public"
    return "from the records, not shown"


def _missing(table: Dataset, v: Variable, shield: Shield) -> str:
    lost = int(table.rows[v.name].isna().sum())
    if lost == 0:
        return "none"
    few = shield.count(lost)
    return f"{few} records" if isinstance(few, str) else f"{100 * lost / len(table):.1f} %"

"""Put synthetic columns together into a data set of the original's schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.schema import NUMERIC, Dataset, Kind, Role, Schema


def assemble(original: Dataset, columns: Mapping[str, Any], n: int) -> Dataset:
    """Return `n` synthetic rows; identifiers, which no method models, get fresh numbers.

    `columns` may hold values of the modelled variables and of identifiers made on purpose.
    """
    fresh = np.arange(1, n + 1)
    filled = {
        v.name: columns[v.name] if v.name in columns else serial(fresh, v.kind)
        for v in original.schema.variables
    }
    copy = replace(original, rows=original.rows.iloc[:0], schema=_without_names(original.schema))
    return copy.with_rows(pd.DataFrame(filled, index=pd.RangeIndex(n)))


def _without_names(schema: Schema) -> Schema:
    """Return the schema without the values that direct identifiers had in the original.

    The levels of a column of names are the names; a copy must not carry them.
    """
    for v in schema.variables:
        if v.role is Role.DIRECT_IDENTIFIER and (v.levels or v.bounds):
            schema = schema.change(v.name, levels=None, bounds=None)
    return schema


def serial(numbers: np.ndarray, kind: Kind) -> Any:
    """Return fresh values of an identifier; a kind that cannot number records stays missing."""
    if kind is Kind.TEXT:
        return [f"synthetic {i}" for i in numbers]
    return numbers if kind in {Kind.IDENTIFIER, *NUMERIC} else [None] * len(numbers)

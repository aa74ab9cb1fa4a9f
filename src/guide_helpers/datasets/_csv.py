"""CSV whose bytes depend on the values alone, so that a checksum can stand for a table."""

from __future__ import annotations

from typing import Any

import pandas as pd


def csv_bytes(rows: pd.DataFrame) -> bytes:
    """Return a table as CSV in UTF-8: empty where missing, shortest form of each number."""
    text = pd.DataFrame({name: column.map(_text) for name, column in rows.items()})
    return text.to_csv(index=False, lineterminator="\n").encode("utf-8")


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float):
        return repr(float(value)).removesuffix(".0")
    return str(value)

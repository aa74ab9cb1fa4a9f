"""Stata, SPSS and SAS files: their rows, with labels and missing codes.

A code stays the code that it is; its words are labels. Codes that a file declares missing, such
as -9 for "not asked", stay too: they are the `special` values of a variable. Stata and SAS have
missing values with a letter, `.a` to `.z`; they become the special codes -99901 to -99926.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.schema import Kind, Variable

PROGRAMS = {".dta": "Stata", ".sav": "SPSS", ".sas7bdat": "SAS", ".xpt": "SAS"}
LETTERS = {letter: -99_901 - place for place, letter in enumerate(string.ascii_lowercase)}


@dataclass(frozen=True)
class Labels:
    """What a file says besides its rows, by column; `ending` says which program wrote it.

    `codes` gives a label for each code, `missing` the codes and ranges that are declared missing,
    `formats` how the program shows a column, `measures` SPSS's nominal, ordinal and scale.
    """

    ending: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)
    missing: Mapping[str, list[Any]] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, str] = field(default_factory=dict)


def ending_of(path: Path) -> str:
    """Return the ending of a Stata, SPSS or SAS file in small letters, empty for another."""
    ending = path.suffix.lower()
    return ending if ending in PROGRAMS else ""


def labels_of(path: str | Path) -> Labels:
    """Return the labels of a file; another than of Stata, SPSS or SAS has none."""
    source = Path(path)
    return read_labelled(source, rows=1)[1] if ending_of(source) else Labels()


def read_labelled(source: Path, *, rows: int = 0) -> tuple[pd.DataFrame, Labels]:
    """Return the rows of a file (all, or the first few) and its labels."""
    try:
        import pyreadstat
    except ImportError:
        raise GuideError(
            f"{source} needs the package pyreadstat; install guide-helpers[files] or save it as CSV"
        ) from None
    ending = ending_of(source)
    read = getattr(pyreadstat, {".xpt": "read_xport"}.get(ending, f"read_{ending[1:]}"))
    options: dict[str, Any] = {"dates_as_pandas_datetime": True, "row_limit": rows}
    if ending != ".xpt":
        options["user_missing"] = True
    try:
        found, said = read(str(source), **options)
    except Exception:  # a parser in C; what it says may hold bytes of the file
        raise GuideError(
            f"{source} cannot be read as a file of {PROGRAMS[ending]}; it may be damaged"
        ) from None
    labels = _labels(ending, said)
    return _with_codes(found, labels), labels


def _labels(ending: str, said: Any) -> Labels:
    letters = {} if ending == ".sav" else LETTERS  # in SPSS a letter is a word
    codes = {
        name: {letters.get(_letter(code), code): str(label) for code, label in labels.items()}
        for name, labels in said.variable_value_labels.items()
    }
    return Labels(
        ending=ending,
        columns={n: str(label) for n, label in said.column_names_to_labels.items() if label},
        codes=codes,
        missing={n: list(codes) for n, codes in said.missing_ranges.items()},
        formats={n: f for n, f in said.original_variable_types.items() if f},
        measures={n: m for n, m in said.variable_measure.items() if m != "unknown"},
    )


def _letter(code: Any) -> str:
    """Return the letter of a missing value, or a word that stands for none."""
    return code.lower() if isinstance(code, str) and len(code) == 1 else "none"


def _with_codes(found: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """Return the rows with numbers in the place of letters, and nothing in that of empty words.

    A code in a declared range of missing ones that has no label of its own becomes missing.
    """
    columns = {}
    for name in map(str, found.columns):
        values = _plain(found[name])
        known = _missing_codes(labels, name)
        for low, high in _ranges(labels, name) if pd.api.types.is_numeric_dtype(values) else ():
            values = values.mask(values.between(low, high) & ~values.isin(list(known)))
        columns[name] = values
    return pd.DataFrame(columns, index=found.index)


def _plain(values: pd.Series) -> pd.Series:
    if values.dtype != object:
        return values
    kinds = {type(v) for v in values if v is not None and v == v}
    if kinds <= {int, float, str} and kinds & {int, float}:
        coded = values.map(lambda v: LETTERS.get(_letter(v), v) if isinstance(v, str) else v)
        numbers = pd.to_numeric(coded, errors="coerce").astype(float)
        quantities = pd.to_numeric(values, errors="coerce")
        crowded = bool((quantities <= max(LETTERS.values())).any())
        return quantities.astype(float) if crowded else numbers
    return values.where(values != "", None)


def refined(
    v: Variable, typed: pd.Series, values: pd.Series, labels: Labels
) -> tuple[Variable, pd.Series]:
    """Return an inferred variable, and its values, with what the file says of it.

    A column whose ordinary codes all have labels is categorical; one with missing codes besides
    is a quantity with special values.
    """
    v = replace(v, label=labels.columns.get(v.name, ""))
    if not pd.api.types.is_numeric_dtype(values) or v.kind is Kind.IDENTIFIER:
        return v, typed
    known = labels.codes.get(v.name, {})
    special = _special(values, labels, v.name)
    ordinary = values[~values.isin(list(special))].dropna()
    if known and len(ordinary) and ordinary.isin([c for c in known if is_number(c)]).all():
        ordered = labels.measures.get(v.name) == "ordinal"
        levels = tuple(whole(c) for c in sorted(values.dropna().unique()))
        return Variable(
            v.name,
            Kind.ORDERED if ordered else Kind.CATEGORICAL,
            label=v.label,
            levels=levels,
        ), values
    return (_quantity(v, special, ordinary), values) if special else (v, typed)


def _missing_codes(labels: Labels, name: str) -> dict[float, str]:
    """Return the codes that are declared missing one by one, or in a range and with a label."""
    known = labels.codes.get(name, {})
    single = [c["lo"] for c in labels.missing.get(name, ()) if c["lo"] == c["hi"]]
    inside = [
        code
        for code in known
        if is_number(code) and any(low <= code <= high for low, high in _ranges(labels, name))
    ]
    codes = [c for c in (*single, *inside) if is_number(c)]
    return {float(c): known.get(c, "") or "missing" for c in codes}


def _ranges(labels: Labels, name: str) -> list[tuple[float, float]]:
    declared = [c for c in labels.missing.get(name, ()) if c["lo"] != c["hi"]]
    return [(c["lo"], c["hi"]) for c in declared if is_number(c["lo"]) and is_number(c["hi"])]


def _special(values: pd.Series, labels: Labels, name: str) -> dict[float, str]:
    """Return the missing codes of a column with their words, letters among them."""
    known = labels.codes.get(name, {})
    letters = {
        float(code): f".{letter} {known.get(code, '')}".strip()
        for letter, code in LETTERS.items()
        if (values == code).any()
    }
    return _missing_codes(labels, name) | letters


def _quantity(v: Variable, special: Mapping[float, str], ordinary: pd.Series) -> Variable:
    fractions = bool((np.mod(ordinary, 1) != 0).any())
    bounds = (float(ordinary.min()), float(ordinary.max())) if len(ordinary) else None
    kind = Kind.NUMBER if fractions else Kind.INTEGER
    return Variable(v.name, kind, v.role, label=v.label, bounds=bounds, special=dict(special))


def is_number(code: Any) -> bool:
    """Whether a code is a number, not a word."""
    return isinstance(code, int | float | np.number) and not isinstance(code, bool)


def whole(code: float) -> Any:
    """Return a whole number as such."""
    return int(code) if float(code).is_integer() else float(code)

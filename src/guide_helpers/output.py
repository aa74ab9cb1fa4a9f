"""Write data sets to files of one's own: CSV, Parquet, Stata, SPSS, SAS; whole or not at all."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.labelled import LETTERS, PROGRAMS, Labels, ending_of, is_number
from guide_helpers.schema import Dataset, Kind, Variable
from guide_helpers.writing import new_file, new_folder, whole_file, whole_folder

WRITABLE = (".csv", ".csv.gz", ".parquet", ".dta", ".sav", ".xpt")
NEEDS = {".parquet": "pyarrow", ".dta": "pyreadstat", ".sav": "pyreadstat", ".xpt": "pyreadstat"}
WORDS = {letter_code: letter for letter, letter_code in LETTERS.items()}
MOST_MISSING = 3
"""Codes that SPSS can declare missing one by one."""


def written_as(name: str | Path) -> str:
    """Return the ending in which a file like this one is written; SAS reads its transport form."""
    low = str(name).lower()
    ending = next((e for e in WRITABLE if low.endswith(e)), "")
    return ".xpt" if low.endswith(".sas7bdat") else ending or ".csv"


def new_table(name: str | Path) -> Path:
    """Return the path of a file that can be written; what stands in the way is said now."""
    low = str(name).lower()
    ending = next((e for e in WRITABLE if low.endswith(e)), None)
    if ending is None:
        raise GuideError(f"{name} is not one of {', '.join(WRITABLE)}; choose another ending")
    package = NEEDS.get(ending)
    if package and find_spec(package) is None:
        raise GuideError(
            f"{name} needs the package {package}; install it or choose the ending .csv"
        )
    return new_file(name)


def save(data: Dataset, target: Path, labels: Labels | None = None) -> None:
    """Write one table to a new file; `labels` are those of the file that it was made from."""
    with whole_file(target) as part:
        _write(data, part, labels or Labels())


def save_all(files: Mapping[str, tuple[Dataset, Labels]], target: Path) -> None:
    """Write several tables into a new folder, all of them or none."""
    with whole_folder(target) as part:
        for name, (data, labels) in files.items():
            _write(data, part / name, labels)


def new_tables(names: Sequence[str], folder: Path) -> Path:
    """Return the path of a folder that can be made and take these files."""
    for name in names:
        package = NEEDS.get(written_as(name))
        if package and find_spec(package) is None:
            raise GuideError(f"{name} needs the package {package}; install it")
    return new_folder(folder)


def _write(data: Dataset, place: Path, labels: Labels) -> None:
    """Write the rows, levels as plain values.

    A categorical column of a Parquet file lists all its levels, also observed ones that no
    synthetic record shows.
    """
    types = {v.name: "Int64" for v in data.schema.variables if v.kind is Kind.INTEGER}
    types |= {v.name: "object" for v in data.schema.variables if v.discrete}
    rows = data.rows.astype(types)
    if ending_of(place):
        _write_labelled(data, rows, place, labels)
    elif place.suffix.lower() == ".parquet":
        rows.to_parquet(place, index=False)
    else:
        rows.to_csv(place, index=False)


def _write_labelled(data: Dataset, rows: pd.DataFrame, place: Path, labels: Labels) -> None:
    import pyreadstat

    ending = ending_of(place)
    columns = {v.name: _column(v, rows[v.name], ending, labels) for v in data.schema.variables}
    words = {v.name: v.label or labels.columns.get(v.name) for v in data.schema.variables}
    told: dict[str, Any] = {"column_labels": words}
    if labels.ending == ending:
        told["variable_format"] = {n: f for n, f in labels.formats.items() if n in columns}
    if ending != ".xpt":
        told["variable_value_labels"] = _value_labels(data, columns, labels, ending)
    if ending == ".sav":
        told["missing_ranges"] = _missing(data, labels)
        told["variable_measure"] = {n: m for n, m in labels.measures.items() if n in columns}
    if ending == ".dta":
        told["missing_user_values"] = _letters(columns)
    write = getattr(pyreadstat, "write_xport" if ending == ".xpt" else f"write_{ending[1:]}")
    try:
        write(pd.DataFrame(columns), str(place), **told)
    except OSError:
        raise
    except Exception:  # a writer in C; what it says may hold values
        raise GuideError(
            f"{place.name} cannot hold these columns: {PROGRAMS[ending]} wants short names of "
            "letters, digits and _; rename them or write CSV"
        ) from None


def _column(v: Variable, values: pd.Series, ending: str, labels: Labels) -> pd.Series:
    """Return a column in a type that the program knows."""
    if v.kind is Kind.DATETIME and pd.api.types.is_datetime64_any_dtype(values):
        shown = labels.formats.get(v.name, "") if labels.ending == ending else ""
        known = values.dropna()
        days = bool((known == known.dt.normalize()).all())
        dated = not shown.startswith(("DATETIME", "%tc", "%tC")) if shown else days
        return values.dt.date.where(values.notna(), None) if dated and days else values
    if v.numeric or _numbers(values):
        numbers = pd.to_numeric(values).astype("Float64").astype(float)
        if ending == ".dta" and numbers.isin(list(WORDS)).any():
            return numbers.astype(object).map(lambda code: WORDS.get(code, code))
        return _narrow(numbers)
    return values.astype(object).where(values.notna(), None).map(lambda x: x and str(x))


def _narrow(numbers: pd.Series) -> pd.Series:
    """Return whole numbers as such where none is missing, so that no program shows decimals."""
    plain = numbers.notna().all() and (numbers % 1 == 0).all() and (numbers.abs() < 2**31).all()
    return numbers.astype("int32") if plain else numbers


def _numbers(values: pd.Series) -> bool:
    known = values.dropna()
    return bool(len(known)) and all(is_number(v) for v in known)


def _value_labels(
    data: Dataset, columns: Mapping[str, pd.Series], labels: Labels, ending: str
) -> dict[str, dict[Any, str]]:
    """Return the labels of codes that some record has, or that the schema calls public.

    Labels can be made from the records, as Stata's `encode` does; one that no synthetic record
    shows would then name a real one.
    """
    found = {}
    for v in data.schema.variables:
        known = labels.codes.get(v.name, {}) if labels.ending else v.special
        if labels.ending != ending and not all(is_number(c) for c in known):
            continue  # labels of words are SPSS's own
        public = set(v.levels or ()) if v.discrete and v.public_domain else set()
        shown = set(data.rows[v.name].dropna().unique()) | public
        kept = {code: words for code, words in known.items() if code in shown}
        whole = columns[v.name].dtype.kind == "i"
        typed = {_code(code, whole, ending): words for code, words in kept.items()}
        if typed:
            found[v.name] = typed
    return found


def _code(code: Any, whole: bool, ending: str) -> Any:
    if not is_number(code):
        return code
    if ending == ".dta" and code in WORDS:
        return WORDS[code]
    return int(code) if whole or ending == ".dta" else float(code)


def _missing(data: Dataset, labels: Labels) -> dict[str, list[Any]]:
    """Return the codes that SPSS is to take as missing: as the file declares, else the special."""
    found: dict[str, list[Any]] = {}
    for v in data.schema.variables:
        if declared := labels.missing.get(v.name):
            found[v.name] = declared
        elif v.special:
            found[v.name] = [float(code) for code in v.special][:MOST_MISSING]
    return found


def _letters(columns: Mapping[str, pd.Series]) -> dict[str, list[str]]:
    """Return the letters of missing values by column, of which there are some."""
    letters = set(string.ascii_lowercase)
    found = {}
    for name, values in columns.items():
        if values.dtype == object:
            kinds = {type(v) for v in values if v is not None}
            here = sorted({v for v in values if isinstance(v, str) and v in letters})
            if here and kinds & {int, float}:
                found[name] = here
    return found

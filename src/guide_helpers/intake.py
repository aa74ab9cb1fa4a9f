"""A reader's own file becomes a data set: read, infer a schema, refuse what cannot be used."""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.labelled import Labels, ending_of, read_labelled, refined
from guide_helpers.schema import (
    LARGEST_EXACT,
    Data,
    Dataset,
    Kind,
    Provenance,
    Role,
    Schema,
    Variable,
)
from guide_helpers.schema_files import read_table, read_yaml

FORMATS = (".csv", ".csv.gz", ".parquet", ".dta", ".sav", ".sas7bdat", ".xpt")
NUMBER = re.compile(r"\s*[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\s*")
MISSING = ["", "NA", "N/A", "NaN", "nan", "NULL", "null"]
DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?")
LOOK = 10_000
"""How many lines are looked at for codes with leading zeros."""
FEW_LEVELS = 2
"""A whole-numbered column with at most this many values is taken as categorical."""
TEXT_SHARE = 0.5
"""A column of words is taken as text where more than this share of its values differ."""


def load_file(path: str | Path, schema: str | Path | None = None) -> Data:
    """Return a file as a data set, with the schema given or an inferred one.

    A YAML file that names tables and their links gives linked tables.
    """
    from guide_helpers.linked_files import is_linked, load_linked

    source = Path(path)
    if is_linked(source):
        if schema is not None:
            raise GuideError(f"{source} says itself what its tables hold; leave the schema out")
        return load_linked(source)
    return load_table(source, schema)


def load_table(source: Path, schema: str | Path | None = None) -> Dataset:
    """Return one table of a file, with the schema given or an inferred one."""
    if schema is None:
        rows, labels = _read(source)
        return infer(rows, name=source.name, labels=labels)
    declared, entity, time = read_table(read_yaml(schema), str(schema))
    return typed(source, declared, entity, time, str(schema))


def typed(
    source: Path, declared: Schema, entity: str | None, time: str | None, where: str
) -> Dataset:
    """Return a file as its schema says; what the schema leaves open is taken from the records."""
    rows = read_file(source, declared)
    extra = [c for c in rows.columns if c not in declared]
    if extra:
        raise GuideError(
            f"{source} has column {extra[0]!r}, which {where} does not name; name it there, or "
            "take the column out of the file"
        )
    return Dataset.of(
        rows.reindex(columns=[c for c in declared.names if c in rows]),
        _with_observed(declared, rows),
        entity=entity,
        time=time,
        name=source.name,
    )


def load_like(source: Path, original: Dataset) -> Dataset:
    """Return another file of the same kind of records, read as the original was.

    Levels that the original does not have are kept, to be measured.
    """
    rows = read_file(source, original.schema)
    odd = sorted(set(rows.columns) ^ set(original.schema.names))
    if odd:
        lacks = "has no" if odd[0] in original.schema else "has a"
        raise GuideError(f"{source} {lacks} column {odd[0]!r}; it needs the original's columns")
    rows = rows[list(original.schema.names)].copy()
    schema = original.schema
    for v in (v for v in schema.variables if v.discrete):
        rows[v.name], extra = _levels_of(v, rows[v.name], source)
        if extra:
            levels = (*(v.levels or ()), *extra)
            schema = schema.change(v.name, levels=levels, levels_from=Provenance.OBSERVED)
    return Dataset.of(rows, schema, entity=original.entity, time=original.time, name=source.name)


def _levels_of(v: Variable, values: pd.Series, source: Path) -> tuple[pd.Series, tuple[Any, ...]]:
    """Return a column in the original's levels, and the levels that are new."""
    known = {level: level for level in v.levels or ()}
    numbers = known and not any(isinstance(level, str) for level in known)
    if numbers and any(isinstance(x, str) for x in values.dropna().unique()):
        raise GuideError(
            f"column {v.name!r} of {source} has words where the original has numbers; "
            "correct the file"
        )
    plain = values.astype(object).where(values.notna(), None)
    plain = plain.map(lambda x: known.get(x, x), na_action="ignore")
    return plain, infer_levels(plain[~plain.isin(list(known))])


def infer(rows: pd.DataFrame, *, name: str = "", labels: Labels | None = None) -> Dataset:
    """Return a data set whose schema is inferred; its levels and bounds are confidential.

    `labels` are those of a Stata, SPSS or SAS file.
    """
    if not isinstance(rows, pd.DataFrame):
        raise GuideError(f"a {type(rows).__name__} is no table; give a pandas DataFrame")
    check_columns([str(c) for c in rows.columns], name or "the table")
    if not len(rows):
        raise GuideError(f"{name or 'the table'} has columns but no rows; nothing to learn from")
    plain = rows.set_axis([str(c) for c in rows.columns], axis=1).reset_index(drop=True)
    variables = []
    for column in plain:
        values = plain[column]
        variable, plain[column] = infer_variable(values)
        if labels is not None:
            variable, plain[column] = refined(variable, plain[column], values, labels)
        variables.append(variable)
    return Dataset.of(plain, Schema(tuple(variables)), name=name)


def infer_variable(values: pd.Series) -> tuple[Variable, pd.Series]:
    """Return the variable that a column looks like, and its values in that type."""
    name = str(values.name)
    observed = values.dropna()
    if isinstance(values.dtype, pd.CategoricalDtype):
        kind = Kind.ORDERED if values.dtype.ordered else Kind.CATEGORICAL
        return _levelled(name, kind, values)
    if observed.empty or pd.api.types.is_bool_dtype(observed):
        return _levelled(name, Kind.CATEGORICAL, values.astype(object))
    if pd.api.types.is_datetime64_any_dtype(values):
        return Variable(name, Kind.DATETIME), values
    if pd.api.types.is_numeric_dtype(values):
        return _number(name, values)
    words = values.astype(object).where(values.isna(), values.astype(str))
    observed = words.dropna()
    if observed.map(DATE.fullmatch).notna().all():
        return Variable(name, Kind.DATETIME), words
    distinct = observed.nunique()
    if distinct == len(values) and len(values) > 1 and _looks_like_id(name):
        return Variable(name, Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER), words
    if distinct > TEXT_SHARE * len(values) and distinct > 50:
        return Variable(name, Kind.TEXT), words
    return _levelled(name, Kind.CATEGORICAL, words)


def read_file(source: Path, schema: Schema | None = None) -> pd.DataFrame:
    """Return the rows of a file; what cannot be read is said in one sentence.

    Codes with leading zeros stay as they are written, and so do columns that the schema
    declares as words; a level that is called NA is no missing value.
    """
    return _read(source, schema)[0]


def _read(source: Path, schema: Schema | None = None) -> tuple[pd.DataFrame, Labels | None]:
    """Return the rows of a file, and its labels where it is of Stata, SPSS or SAS."""
    if not source.name.lower().endswith(FORMATS):
        raise GuideError(f"{source} is not one of {', '.join(FORMATS)}; convert it first")
    if not source.is_file():
        raise GuideError(f"no file {source}; check its name and folder")
    if ending_of(source):
        return read_labelled(source)
    if source.suffix.lower() == ".parquet":
        return _read_parquet(source), None
    return _read_text(source, schema), None


def _read_text(source: Path, schema: Schema | None) -> pd.DataFrame:
    header = _header(source)
    check_columns(header, str(source))
    if all(NUMBER.fullmatch(n) for n in header):
        raise _no_header(source)
    declared = {v.name: v for v in schema.variables} if schema else {}
    levels = {n: declared[n].levels or () for n in header if n in declared}
    missing = {n: [m for m in MISSING if m not in levels.get(n, ())] for n in header}
    words = {n for n in header if n in declared and as_words(declared[n])}
    look = _read_csv(source, words=header, missing=missing, rows=LOOK)
    if _repeats(look):
        raise _no_header(source)
    words |= _leading_zeros(look)
    return _read_csv(source, words=sorted(words), missing=missing)


def as_words(variable: Variable) -> bool:
    """Whether the values of a variable are read as they are written, codes such as 007 too."""
    if variable.discrete:
        return variable.levels is not None and all(isinstance(x, str) for x in variable.levels)
    return variable.kind in (Kind.TEXT, Kind.DATETIME)


def _read_csv(
    source: Path, *, words: Sequence[str], missing: Mapping[str, list[str]], rows: int | None = None
) -> pd.DataFrame:
    try:
        read = pd.read_csv(
            source,
            dtype=dict.fromkeys(words, str),
            keep_default_na=False,
            na_values=missing,
            low_memory=False,
            nrows=rows,
        )
    except pd.errors.ParserError as error:
        unpacked = "read(nbytes)" not in str(error)
        raise (_ragged(source, str(error)) if unpacked else _damaged(source)) from None
    except UnicodeDecodeError:
        raise _not_utf8(source) from None
    except (OSError, EOFError, zlib.error):
        raise _damaged(source) from None
    if not isinstance(read.index, pd.RangeIndex):
        raise _ragged(source)
    return read


def _repeats(look: pd.DataFrame) -> bool:
    """Whether most names are values of their own column: the first line is a record then."""
    same = look.eq(list(look.columns))
    return bool(2 * same[~same.all(axis=1)].any().sum() > len(look.columns))


def _leading_zeros(text: pd.DataFrame) -> set[str]:
    """Return the columns in which some whole number is written with a zero in front."""
    return {str(n) for n in text if text[n].str.fullmatch(r"0\d+").any()}


def check_columns(names: list[str], where: str) -> None:
    """Refuse a header with repeated or empty names."""
    if not names:
        raise GuideError(f"{where} is empty; it needs a header line with column names")
    repeated = sorted({n for n in names if names.count(n) > 1})
    if repeated:
        raise GuideError(f"{where} has column {repeated[0]!r} more than once; rename one of them")
    if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
        raise GuideError(f"{where} has one column only; save it with commas between the fields")
    if any(not n.strip() for n in names):
        raise GuideError(f"{where} has a column without a name; name it or drop it")


def _header(source: Path) -> list[str]:
    opener = gzip.open if source.suffix.lower() == ".gz" else open
    try:
        with opener(source, "rt", encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file), [])
    except UnicodeDecodeError:
        raise _not_utf8(source) from None
    except (OSError, EOFError, zlib.error):
        raise _damaged(source) from None
    except csv.Error:
        raise GuideError(f"{source} is not a CSV file with a header line") from None


def _not_utf8(source: Path) -> GuideError:
    return GuideError(f"{source} is not text in UTF-8; save it as CSV in UTF-8")


def _no_header(source: Path) -> GuideError:
    return GuideError(
        f"{source} has values in its first line, which has to name the columns; add a header line"
    )


def _damaged(source: Path) -> GuideError:
    return GuideError(f"{source} is damaged or cannot be opened; get the file again")


def _ragged(source: Path, reason: str = "") -> GuideError:
    line = re.search(r"line \d+", reason)
    return GuideError(
        f"{source} has {line[0] if line else 'a line'} with more fields than its header, or a "
        "quote that is never closed; correct the file"
    )


def _read_parquet(source: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(source)
    except ImportError:
        raise GuideError("Parquet files need the package pyarrow; install it or use CSV") from None
    except (OSError, ValueError, NotImplementedError):
        raise GuideError(f"{source} cannot be read as Parquet; it may be damaged") from None


def _number(name: str, values: pd.Series) -> tuple[Variable, pd.Series]:
    plain = values.to_numpy(dtype=float, na_value=np.nan)
    seen = plain[~np.isnan(plain)]
    if np.isinf(seen).any():
        Variable(name, Kind.NUMBER).coerce(values)
    whole = bool((np.mod(seen, 1) == 0).all())
    if whole and (np.abs(seen) > LARGEST_EXACT).any():
        if pd.api.types.is_integer_dtype(values) and not _looks_like_id(name):
            Variable(name, Kind.INTEGER).coerce(values)
        whole = pd.api.types.is_integer_dtype(values)
    distinct = len(np.unique(seen))
    if whole and distinct == len(values) > 1 and _looks_like_id(name):
        return Variable(name, Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER), values
    if whole and distinct <= FEW_LEVELS:
        return _levelled(name, Kind.CATEGORICAL, values.astype("Int64").astype(object))
    kind = Kind.INTEGER if whole else Kind.NUMBER
    bounds = (float(seen.min()), float(seen.max()))
    return Variable(name, kind, bounds=bounds, bounds_from=Provenance.OBSERVED), values


def _levelled(name: str, kind: Kind, values: pd.Series) -> tuple[Variable, pd.Series]:
    if isinstance(values.dtype, pd.CategoricalDtype):
        levels: tuple[Any, ...] = tuple(values.cat.categories)
    else:
        levels = tuple(sorted(values.dropna().unique(), key=lambda v: (str(type(v)), v)))
    return Variable(name, kind, levels=levels, levels_from=Provenance.OBSERVED), values


def _looks_like_id(name: str) -> bool:
    return bool(re.search(r"(^|[_\W])(id|identifier|uuid|key|number|no|nr)$", name.lower()))


def _with_observed(schema: Schema, rows: pd.DataFrame) -> Schema:
    """Fill in from the records what the schema leaves open, marked as observed."""
    for v in schema.variables:
        if v.name not in rows:
            continue
        if v.discrete and v.levels is None:
            found = infer_levels(rows[v.name])
            schema = schema.change(v.name, levels=found, levels_from=Provenance.OBSERVED)
        if v.numeric and v.bounds is None:
            seen = v.coerce(rows[v.name]).dropna()
            if len(seen):
                bounds = (float(seen.min()), float(seen.max()))
                schema = schema.change(v.name, bounds=bounds, bounds_from=Provenance.OBSERVED)
    return schema


def infer_levels(values: pd.Series) -> tuple[Any, ...]:
    """Return the distinct observed values, sorted."""
    return tuple(sorted(values.dropna().unique(), key=lambda v: (str(type(v)), v)))

"""Let a submission in: its sheet, its tables in the training file's form, and no copy of people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from guide_helpers.challenge.parcel import MEGABYTE, unpack
from guide_helpers.challenge.setting import Challenge, Limits
from guide_helpers.challenge.sheet import Sheet, read_sheet
from guide_helpers.errors import GuideError
from guide_helpers.intake import MISSING, load_like
from guide_helpers.schema import Dataset
from guide_helpers.verbs import _fingerprints

FORMULA = re.compile(r"\s*[=@+-]|[\t\r]")
"""How a cell begins that a spreadsheet would take for a formula."""
SIGNED = re.compile(r"[+-](\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?|[+-]?(inf|infinity|nan)", re.IGNORECASE)
"""What may begin with a sign."""
COPIED = 0.5
"""A full synthesis that holds more of the people than that, beyond chance, is a copy."""
COPIED_PARTIAL = 0.95
"""A partial synthesis keeps columns, so more of its records can be those of people."""
LONGEST_CELL = 1000
"""Characters of one cell."""


@dataclass(frozen=True)
class Submission:
    """What was let in: the sheet and the synthetic files."""

    sheet: Sheet
    copies: tuple[Dataset, ...]


def enter(sent: Path, challenge: Challenge, into: Path) -> Submission:
    """Return the submission, unpacked into a folder; refuse it in one sentence otherwise."""
    place, tables = unpack(sent, into, challenge.limits)
    sheet = _sheet(place)
    if sheet.data not in challenge.checks:
        known = ", ".join(sorted(challenge.checks))
        raise GuideError(f"the sheet's data is no data set of this challenge; known: {known}")
    training = challenge.training(sheet.data)
    _refuse_columns(sheet, training)
    copies = tuple(_table(t, training, challenge.limits) for t in tables)
    control = challenge.control(sheet.data)
    for copy in copies:
        if sheet.synthesis == "partial":
            _refuse_changed(sheet, training, copy)
        _refuse_copied(sheet, training, control, copy)
    return Submission(sheet, copies)


def _sheet(place: Path) -> Sheet:
    try:
        text = place.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise GuideError("the sheet is not text in UTF-8; let hand_in() write it") from None
    return read_sheet(text, toml=place.suffix == ".toml")


def _refuse_columns(sheet: Sheet, training: Dataset) -> None:
    if any(name not in training.schema for name in sheet.replaced):
        raise GuideError("the sheet replaces a column that the training file does not have")
    if set(sheet.replaced) >= set(training.schema.names):
        raise GuideError("the sheet replaces all columns; then the synthesis is full")


def _table(place: Path, training: Dataset, limits: Limits) -> Dataset:
    """Return one synthetic file in the form of the training file."""
    if place.suffix == ".parquet":
        _refuse_parquet(place, training, limits)
    else:
        _refuse_text(place, training, limits)
    try:
        copy = load_like(place, training)
    except GuideError as refusal:
        raise GuideError(str(refusal).replace(str(place), place.name)) from None
    for v in training.schema.variables:
        if v.discrete and set(copy.schema[v.name].levels or ()) - set(v.levels or ()):
            raise GuideError(
                f"column {v.name!r} of {place.name} has a value that is none of the training "
                "file's; correct it"
            )
        if v.numeric:
            _refuse_far(place, v.name, training.rows[v.name], copy.rows[v.name])
    return copy.with_rows(copy.rows[list(training.schema.names)])


def _refuse_far(place: Path, name: str, ours: pd.Series, theirs: pd.Series) -> None:
    """Refuse numbers far out of the training file's range.

    Measures and attacks take distances as shares of a range; one wild value would blind them.
    """
    low, high = float(ours.min()), float(ours.max())
    width = (high - low) or max(abs(low), 1.0)
    if ((theirs < low - width) | (theirs > high + width)).any():
        raise GuideError(
            f"column {name!r} of {place.name} has a number far out of the training file's range; "
            "correct it"
        )


def _refuse_text(place: Path, training: Dataset, limits: Limits) -> None:
    """Look at each cell of a CSV as text, before anything makes sense of it."""
    try:
        cells = pd.read_csv(
            place, dtype=str, keep_default_na=False, nrows=_most(training, limits) + 1
        )
    except (UnicodeError, ValueError, pd.errors.ParserError, pd.errors.EmptyDataError):
        raise GuideError(
            f"{place.name} is no CSV file in UTF-8 with one line of names; write it again"
        ) from None
    if not isinstance(cells.index, pd.RangeIndex):
        raise GuideError(f"{place.name} has a line with more fields than its header; correct it")
    _refuse_names(place, list(cells.columns), training)
    _refuse_rows(place, len(cells), training, limits)
    for name in cells:
        _refuse_cells(place, cells[name], training)


def _refuse_parquet(place: Path, training: Dataset, limits: Limits) -> None:
    """Look at what a Parquet file says of itself, then at its words."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise GuideError("Parquet is not read here; send CSV") from None
    try:
        with parquet.ParquetFile(place) as file:
            about, schema = file.metadata, file.schema_arrow
            _refuse_names(place, list(schema.names), training)
            _refuse_rows(place, about.num_rows, training, limits)
            sizes = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
            plain = (pa.types.is_dictionary, pa.types.is_string, pa.types.is_large_string,
                     pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean,
                     pa.types.is_null, pa.types.is_temporal)  # fmt: skip
            if not all(any(is_kind(t) for is_kind in plain) for t in schema.types):
                raise GuideError(f"{place.name} has a column that is no number, word or date")
    except (pa.ArrowException, OSError, ValueError, KeyError) as problem:
        if isinstance(problem, GuideError):
            raise
        raise GuideError(f"{place.name} cannot be read as Parquet; write it again") from None
    if sizes > limits.unpacked_mb * MEGABYTE:
        raise GuideError(
            f"{place.name}, unpacked, is too large; it may have {limits.unpacked_mb:g} MB"
        )
    for v in training.schema.variables:
        if not v.numeric:
            _refuse_cells(place, _words(place, v.name), training)


def _words(place: Path, name: str) -> pd.Series:
    found = pd.read_parquet(place, columns=[name])[name]
    return found.dropna().astype(str)


def _refuse_names(place: Path, names: Sequence[object], training: Dataset) -> None:
    wanted = training.schema.names
    if sorted(map(str, names)) != sorted(wanted):
        lacking = [n for n in wanted if n not in names]
        what = f"lacks column {lacking[0]!r}" if lacking else "has a column too many"
        raise GuideError(f"{place.name} {what}; it needs the training file's columns")


def _most(training: Dataset, limits: Limits) -> int:
    return round(limits.most_rows * len(training))


def _refuse_rows(place: Path, rows: int, training: Dataset, limits: Limits) -> None:
    least, most = round(limits.fewest_rows * len(training)), _most(training, limits)
    if not least <= rows <= most:
        many = "too many" if rows > most else f"{rows:,}"
        raise GuideError(f"{place.name} has {many} rows; it may have {least:,} to {most:,}")


def _refuse_cells(place: Path, cells: pd.Series, training: Dataset) -> None:
    """Refuse a cell that a spreadsheet would run, one that is endless, and one that hides."""
    name = str(cells.name)
    known = set(map(str, training.schema[name].levels or ()))
    for cell in cells.unique():
        if cell in known:
            continue
        if FORMULA.match(cell) and not SIGNED.fullmatch(cell):
            raise GuideError(
                f"column {name!r} of {place.name} has a cell that begins like a formula of a "
                "spreadsheet; a submission holds values only"
            )
        if len(cell) > LONGEST_CELL or not cell.isprintable():
            raise GuideError(
                f"column {name!r} of {place.name} has a cell that is very long or has characters "
                "that cannot be printed; correct it"
            )
    if training.schema[name].numeric and pd.to_numeric(cells, errors="coerce").isna().any():
        _refuse_no_numbers(place, cells)


def _refuse_no_numbers(place: Path, cells: pd.Series) -> None:
    """Refuse words where numbers stand; a missing value is none."""
    words = cells[pd.to_numeric(cells, errors="coerce").isna()]
    if not words.isin(MISSING).all():
        raise GuideError(
            f"column {str(cells.name)!r} of {place.name} has words where the training file has "
            "numbers; correct it"
        )


def _refuse_changed(sheet: Sheet, training: Dataset, copy: Dataset) -> None:
    """Refuse a partial synthesis whose other columns are not those of the training file."""
    kept = [n for n in training.schema.names if n not in sheet.replaced]
    ours, theirs = training.rows[kept].reset_index(drop=True), copy.rows[kept]
    try:
        pd.testing.assert_frame_equal(ours, theirs, check_dtype=False, check_categorical=False)
    except AssertionError:
        raise GuideError(
            "the sheet says partial, but columns that it does not replace differ from the "
            "training file, or its rows are in another order; name them or say full"
        ) from None


def _refuse_copied(sheet: Sheet, training: Dataset, control: Dataset, copy: Dataset) -> None:
    """Refuse a file most of whose records are people, beyond what chance and few columns make."""
    most = COPIED_PARTIAL if sheet.synthesis == "partial" else COPIED
    known, outside, made = (_fingerprints(d) for d in (training, control, copy))
    for ours, others, whose in (
        (known, outside, "of the training file"),
        (outside, known, "of people whom the host has kept back"),
    ):
        chance = float(others.isin(ours).mean())
        share = float(made.isin(ours).mean())
        if chance < 1 and (share - chance) / (1 - chance) > most:
            raise GuideError(
                f"most records are copies {whose}; hand in a file that a method has made"
            )

"""Open what somebody has sent: a zip or a folder, taken out file by file, within limits."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from guide_helpers.challenge.setting import Limits
from guide_helpers.errors import GuideError

SHEETS = ("sheet.json", "sheet.toml")
TABLES = (".csv", ".parquet")
LARGEST_SHEET = 300_000
"""Bytes of an evaluation sheet."""
MEGABYTE = 1_000_000
PIECE = 1 << 16
MOST_NAMES = 30
"""Entries of a zip or a folder."""


def unpack(sent: Path, into: Path, limits: Limits) -> tuple[Path, tuple[Path, ...]]:
    """Copy the sheet and the tables of a submission into a folder; return their paths.

    Files get names of ours, so that no name of theirs means anything to this machine.
    """
    if sent.is_symlink():
        raise GuideError("the submission is a link to another place; send the file itself")
    if sent.is_dir():
        return _placed(_of_folder(sent), into, limits)
    if not sent.is_file():
        raise GuideError(f"no submission {sent.name!r}; give a zip or a folder")
    if sent.stat().st_size > limits.packed_mb * MEGABYTE:
        raise GuideError(f"the submission has more than {limits.packed_mb:g} MB; send fewer rows")
    if not zipfile.is_zipfile(sent):
        raise GuideError("the submission is no zip; hand_in() in the kit's notebook writes one")
    try:
        with zipfile.ZipFile(sent) as box:
            return _placed(_of_zip(box), into, limits)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError, NotImplementedError,
            RuntimeError, UnicodeError, ValueError) as problem:  # fmt: skip
        if isinstance(problem, GuideError):
            raise
        raise GuideError("the zip is damaged, or packed in a way that is not read; pack it again"
                         ) from None  # fmt: skip


Entry = tuple[str, "zipfile.ZipFile | None", "zipfile.ZipInfo | Path"]


def _of_zip(box: zipfile.ZipFile) -> Iterator[Entry]:
    """Yield the files of a zip; a name that leads elsewhere, a link or a secret is refused."""
    entries = box.infolist()
    _refuse_many(len(entries))
    for entry in entries:
        _refuse_name(entry.filename)
        if entry.is_dir():
            continue
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise GuideError("the zip holds a link or a device; put the files themselves in")
        if entry.flag_bits & 1:
            raise GuideError("the zip is locked with a password; pack it without one")
        yield PurePosixPath(entry.filename).name, box, entry


def _of_folder(folder: Path) -> Iterator[Entry]:
    inside = sorted(folder.iterdir())
    _refuse_many(len(inside))
    for path in inside:
        if path.is_symlink() or not path.is_file():
            raise GuideError("the folder holds a link or a folder; put the files themselves in")
        yield path.name, None, path


def _refuse_many(n: int) -> None:
    if n > MOST_NAMES:
        raise GuideError(f"the submission holds {n} files; a sheet and its tables are enough")


def _refuse_name(name: str) -> None:
    parts = name.rstrip("/").split("/")
    strange = "\\" in name or ":" in name or "\0" in name or not name.isprintable()
    if strange or name.startswith("/") or any(p in ("", ".", "..") for p in parts):
        raise GuideError("the zip holds a name that leads to another folder; pack plain file names")
    if len(parts) > 2:
        raise GuideError("the zip has folders in folders; pack the files themselves")


def _placed(entries: Iterator[Entry], into: Path, limits: Limits) -> tuple[Path, tuple[Path, ...]]:
    left = limits.unpacked_mb * MEGABYTE
    sheets: list[Path] = []
    tables: list[Path] = []
    seen: set[str] = set()
    for name, box, place in entries:
        low = name.lower()
        if low in seen:
            raise GuideError("the submission holds two files of the same name; rename one")
        seen.add(low)
        target = _target(low, into, len(tables))
        most = min(left, LARGEST_SHEET) if low in SHEETS else left
        left -= _copied(box, place, target, most, sheet=low in SHEETS)
        (sheets if low in SHEETS else tables).append(target)
    return _whole(sheets, tables, limits)


def _target(low: str, into: Path, number: int) -> Path:
    if low in SHEETS:
        return into / low
    ending = next((e for e in TABLES if low.endswith(e)), None)
    if ending is None:
        raise GuideError(
            "the submission holds a file that is neither sheet.json (or .toml) nor a table in "
            ".csv or .parquet; submissions are data only"
        )
    return into / f"synthetic-{number + 1}{ending}"


def _copied(
    box: zipfile.ZipFile | None,
    place: zipfile.ZipInfo | Path,
    target: Path,
    most: float,
    *,
    sheet: bool,
) -> int:
    """Copy one file piece by piece and return its bytes; it is cut off where it grows too large.

    What a zip says of its sizes is not believed.
    """
    size = 0
    with _opened(box, place) as source, target.open("wb") as copy:
        while piece := source.read(PIECE):
            size += len(piece)
            if size > most:
                what = "sheet" if sheet else "submission, unpacked,"
                raise GuideError(f"the {what} is too large; it may have {most / MEGABYTE:.3g} MB")
            copy.write(piece)
    return size


def _opened(box: zipfile.ZipFile | None, place: zipfile.ZipInfo | Path) -> IO[bytes]:
    if isinstance(place, Path):
        return place.open("rb")
    assert box is not None  # entries of a zip come with it
    return box.open(place)


def _whole(sheets: list[Path], tables: list[Path], limits: Limits) -> tuple[Path, tuple[Path, ...]]:
    if len(sheets) != 1:
        raise GuideError(
            "the submission has no evaluation sheet, sheet.json or sheet.toml; put it in"
            if not sheets
            else "the submission has two evaluation sheets; keep one"
        )
    if not tables:
        raise GuideError("the submission has no synthetic file in .csv or .parquet; put it in")
    if len(tables) > limits.copies:
        raise GuideError(
            f"the submission has {len(tables)} synthetic files; at most {limits.copies} are scored"
        )
    return sheets[0], tuple(tables)

"""New files, written whole or not at all; what is there already is never replaced."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from guide_helpers.errors import GuideError


def new_file(path: str | Path) -> Path:
    """Return the path of a file that can be made; one that is there already is refused."""
    target = Path(path)
    if target.exists():
        raise GuideError(f"{target} is there already; move it away or choose another name")
    if not target.parent.is_dir():
        raise GuideError(f"no folder {target.parent} to write {target.name} into; make it first")
    return target


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Yield a place beside `path` to write to, which gets its name when all is written.

    The place is in a folder of its own, `<name>.part-...`. A process that is killed leaves that
    folder behind, and never a half-written file under the name that was asked for.
    """
    target = new_file(path)
    try:
        with tempfile.TemporaryDirectory(prefix=f"{target.name}.part-", dir=target.parent) as aside:
            part = Path(aside) / target.name
            yield part
            part.rename(new_file(target))  # which may have been made in the meantime
    except OSError as problem:
        raise GuideError(f"{target} cannot be written ({problem.strerror}); check the disk "
                         "and your rights, or choose another folder") from None  # fmt: skip


def new_folder(path: str | Path) -> Path:
    """Return the path of a folder that can be made; one that is there already is refused."""
    return new_file(path)


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Yield a folder beside `path` to fill, which gets its name when all is written."""
    target = new_folder(path)
    with whole_file(target) as part:
        part.mkdir()
        yield part


@contextmanager
def all_or_none() -> Iterator[list[Path]]:
    """Yield a list for what is written; where the work fails, all of it is taken away again."""
    written: list[Path] = []
    try:
        yield written
    except BaseException:
        for path in written:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        raise

"""A progress bar for work that takes longer than two seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
_SILENT = ContextVar("silent", default=False)


def progress(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Yield the items, with a bar on a terminal where tqdm is installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        yield from items
        return
    off = True if _SILENT.get() else None  # None: off where nobody watches
    yield from tqdm(items, desc=what, total=total, delay=2, disable=off, leave=False)


@contextmanager
def quietly(silent: bool = True) -> Iterator[None]:
    """Show no bar inside."""
    before = _SILENT.set(silent)
    try:
        yield
    finally:
        _SILENT.reset(before)

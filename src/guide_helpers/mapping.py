"""One function over many items: here, in several processes, or on a Dask cluster.

The results come back in the order of the items and do not depend on where they were computed: an
item carries its own seed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from guide_helpers.errors import GuideError
from guide_helpers.progress import progress

T = TypeVar("T")
R = TypeVar("R")
WORTH_IT = 20.0
"""Seconds of work below which starting processes costs more than it saves."""


def mapped(
    function: Callable[[T], R],
    items: Sequence[T],
    *,
    workers: int | None = None,
    cluster: str | None = None,
    label: str = "work",
) -> list[R]:
    """Return `function(item)` for each item, in order.

    `workers` is the number of processes; None takes as many as there are processors where the
    first item shows that the work is worth it. `cluster` is the address of a Dask scheduler
    ("tcp://..."), whose workers must have this package. Function and items must be picklable.
    Whoever interrupts stops the work that has not begun.
    """
    if workers is not None and (isinstance(workers, bool) or workers < 1):
        raise GuideError(f"workers={workers} does no work; give at least 1, or None to choose")
    if cluster is not None:
        done = _on_cluster(function, items, cluster)
        return list(progress(done, label, len(items)))
    if workers is None:
        return _as_many_as_pay(function, items, label)
    here = workers == 1 or len(items) < 2
    done = map(function, items) if here else _in_processes(function, items, workers)
    return list(progress(done, label, len(items)))


def as_done(
    function: Callable[[T], R],
    items: Sequence[T],
    *,
    workers: int = 1,
    cluster: str | None = None,
    label: str = "work",
) -> Iterator[R]:
    """Yield `function(item)` of each item as soon as it is there, in any order.

    For work whose results are kept one by one, so that a run that is stopped goes on later.
    """
    if isinstance(workers, bool) or workers < 1:
        raise GuideError(f"workers={workers} does no work; give at least 1")
    if cluster is not None:
        done = _on_cluster(function, items, cluster, in_order=False)
    elif workers == 1 or len(items) < 2:
        done = map(function, items)
    else:
        done = _in_processes(function, items, workers, in_order=False)
    yield from progress(done, label, len(items))


def _as_many_as_pay(function: Callable[[T], R], items: Sequence[T], label: str) -> list[R]:
    """Do the first item here, and say from its time where to do the rest."""
    if not items:
        return []
    start = time.monotonic()
    first = function(items[0])
    left = (time.monotonic() - start) * (len(items) - 1)
    workers = os.cpu_count() or 1
    pays = left > WORTH_IT and workers > 1 and _can_start_processes()
    return [first, *mapped(function, items[1:], workers=workers if pays else 1, label=label)]


def _can_start_processes() -> bool:
    try:
        import joblib  # type: ignore[import-untyped]  # noqa: F401
    except ImportError:
        return False
    return True


def _in_processes(
    function: Callable[[T], R], items: Sequence[T], workers: int, *, in_order: bool = True
) -> Iterator[R]:  # joblib's processes do not run a caller's script again, as plain ones may
    try:
        from joblib import Parallel, delayed
    except ImportError:
        raise GuideError(
            f"workers={workers} needs joblib: install scikit-learn, or set workers=1"
        ) from None
    order = "generator" if in_order else "generator_unordered"
    jobs = Parallel(n_jobs=workers, return_as=order, batch_size="auto" if in_order else 1)
    results: Iterator[R] = jobs(delayed(function)(item) for item in items)
    return results


def _on_cluster(
    function: Callable[[T], R], items: Sequence[T], address: str, *, in_order: bool = True
) -> Iterator[R]:
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise GuideError(
            f"cluster={address!r} needs Dask: install distributed, or leave cluster out"
        ) from None
    with Client(address) as client:
        futures: list[Any] = client.map(function, items, pure=False)
        try:
            for future in futures if in_order else as_completed(futures):
                yield future.result()
        finally:
            client.cancel(futures)

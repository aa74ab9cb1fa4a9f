"""Build the book: execute what has changed, then write the pages.

    python tools/build_book.py             build what has changed
    python tools/build_book.py --all       execute and write everything again

Notebooks run in parallel, each in its own folder, and their results are kept in a folder named
after the package, the data and the lock. A failing cell stops the build before any page is
written. Run it with the Python of the project's environment; `make book` does.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
INPUTS = (
    "_config.yml",
    "_toc.yml",
    "book",
    "notebooks",
    "data",
    "requirements",
    "src/guide_helpers",
    "tools/build_book.py",
)
SECONDS = 300
JOBS = 2
QUIET_KERNEL = ["--log-level=40"]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
BUILD = "from jupyter_book.cli.main import main; main()"


class CellFailed(Exception):
    """A cell raised, or a notebook ran out of time."""


@dataclass(frozen=True)
class Executed:
    """A notebook with its outputs."""

    path: Path
    notebook: Any
    seconds: float


@dataclass(frozen=True)
class Book:
    """Where the parts of one book are."""

    root: Path

    @property
    def pages(self) -> Path:
        """Folder of the written pages."""
        return self.root / "build" / "_build" / "html"

    @property
    def stamp(self) -> Path:
        """File that holds the key of everything the pages were made from."""
        from guide_helpers.site.freshness import stamp

        return stamp(self.pages)

    def key(self) -> str:
        """Return the key of everything the pages are made from."""
        from guide_helpers.site.freshness import files_below, key_of

        parts = (self.root / name for name in INPUTS)
        return key_of(self.root, [f for part in parts if part.exists() for f in files_below(part)])

    def notebooks(self) -> list[Path]:
        """Return the notebooks named in the table of contents, in its order."""
        import yaml

        toc = yaml.safe_load((self.root / "_toc.yml").read_text(encoding="utf-8"))
        named = [self.root / f"{name}.ipynb" for name in files_in(toc)]
        return [path for path in named if path.is_file()]


def files_in(toc: Any) -> list[str]:
    """Return every file named in a table of contents."""
    if isinstance(toc, list):
        return [name for part in toc for name in files_in(part)]
    if not isinstance(toc, dict):
        return []
    here = [str(toc[k]).removesuffix(".ipynb") for k in ("root", "file") if k in toc]
    deeper = (v for v in toc.values() if isinstance(v, dict | list))
    return here + [name for part in deeper for name in files_in(part)]


def stale(paths: list[Path], cache: Any) -> list[Path]:
    """Return the notebooks whose outputs are not in the cache."""
    import nbformat

    def is_cached(path: Path) -> bool:
        try:
            cache.match_cache_notebook(nbformat.read(path, as_version=4))
        except KeyError:
            return False
        return True

    return [path for path in paths if not is_cached(path)]


def execute(path: Path, seconds: float = SECONDS) -> Executed:
    """Run a notebook in its own folder; a failing cell stops it with a message that says where."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook = nbformat.read(path, as_version=4)
    started = time.monotonic()
    running: list[int] = []
    client = NotebookClient(
        notebook,
        resources={"metadata": {"path": str(path.parent)}},
        timeout_func=lambda _: max(1, int(started + seconds - time.monotonic())),
        on_cell_start=lambda cell_index, **_: running.append(cell_index),
        extra_arguments=QUIET_KERNEL,
        store_widget_state=False,
        record_timing=False,  # it would become part of what the cache compares
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise CellFailed(told(path, notebook, running, f"{error.ename}: {error.evalue}")) from None
    except CellTimeoutError:
        reason = f"the notebook took more than {seconds:g} s"
        raise CellFailed(told(path, notebook, running, reason)) from None
    except DeadKernelError:
        reason = "the kernel died; it may have run out of memory"
        raise CellFailed(told(path, notebook, running, reason)) from None
    return Executed(path, notebook, time.monotonic() - started)


def told(path: Path, notebook: Any, running: list[int], reason: str) -> str:
    """Return which notebook and which cell failed, and why."""
    cell = running[-1] if running else 0
    source = notebook.cells[cell].source.strip() if notebook.cells else ""
    last_line = reason.strip().splitlines()[-1] if reason.strip() else "no reason given"
    shown = "\n".join(f"    {line}" for line in source.splitlines())
    return f"{path.name}, cell {cell + 1} of {len(notebook.cells)}: {last_line}\n{shown}"


def keep(executed: Executed, cache: Any) -> None:
    """Put an executed notebook where the book build looks for it."""
    from jupyter_cache.base import CacheBundleIn

    data = {"execution_seconds": executed.seconds}
    bundle = CacheBundleIn(executed.notebook, str(executed.path), data=data)
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def execute_all(paths: list[Path], cache: Any, say: Callable[[str], None]) -> list[str]:
    """Run notebooks in parallel into the cache; return what failed, one message each."""
    failures = []
    with ThreadPoolExecutor(JOBS) as pool:
        waiting = {pool.submit(execute, path): path for path in paths}
        for done, future in enumerate(as_completed(waiting), start=1):
            place = f"[{done}/{len(paths)}] {waiting[future].stem}"
            try:
                executed = future.result()
            except CellFailed as failure:
                failures.append(str(failure))
                say(f"{place}: FAILED")
            else:
                keep(executed, cache)
                say(f"{place}: {executed.seconds:.0f} s")
    return failures


def write_pages(book: Book) -> bool:
    """Run Jupyter Book, every warning an error; return whether it succeeded."""
    options = ["--path-output", "build", "-W", "-n", "--keep-going"]
    command = [sys.executable, "-c", BUILD, "build", ".", *options]
    return subprocess.run(command, cwd=book.root, check=False).returncode == 0


def forget_pages(book: Book) -> None:
    """Make the next build read every page again, so that its warnings are seen again."""
    book.stamp.unlink(missing_ok=True)
    shutil.rmtree(book.pages.parent / ".doctrees", ignore_errors=True)


def cpu_seconds() -> float:
    """Return the processor time of this process and of those it started and saw end."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def build(book: Book, *, everything: bool = False, say: Callable[[str], None] = print) -> int:
    """Build the book and return the exit status."""
    key = book.key()
    if not everything and is_built(book, key):
        say("nothing has changed since the last build")
        say(str(book.pages / "index.html"))
        return 0
    os.environ.update(dict.fromkeys((*THREADS, "TQDM_DISABLE", "GUIDE_STILL"), "1"))
    forget = everything or not book.stamp.is_file()
    book.stamp.unlink(missing_ok=True)
    executed = bring_up_to_date(book, everything=everything, say=say)
    if executed is None:
        forget_pages(book)
        return 1
    if forget:
        forget_pages(book)
        shutil.rmtree(book.pages, ignore_errors=True)
    if not write_pages(book):
        forget_pages(book)
        say("the pages were not built: see the warnings above")
        return 1
    book.stamp.write_text(key, encoding="utf-8")
    say(f"{executed} notebooks executed, {cpu_seconds():.0f} CPU seconds in all")
    say(str(book.pages / "index.html"))
    return 0


def is_built(book: Book, key: str) -> bool:
    """Return whether the pages were made from these inputs."""
    if not (book.pages / "index.html").is_file() or not book.stamp.is_file():
        return False
    return book.stamp.read_text(encoding="utf-8") == key


def bring_up_to_date(book: Book, *, everything: bool, say: Callable[[str], None]) -> int | None:
    """Execute stale notebooks; return how many, or None after saying what failed."""
    from jupyter_cache import get_cache

    from guide_helpers.site.freshness import cache_folder, drop_old_caches

    folder = cache_folder(book.root, book.pages)
    drop_old_caches(folder)
    if everything:
        shutil.rmtree(folder, ignore_errors=True)
    cache = get_cache(str(folder))
    notebooks = book.notebooks()
    waiting = stale(notebooks, cache)
    say(f"{len(waiting)} of {len(notebooks)} notebooks to execute")
    failures = execute_all(waiting, cache, say)
    for failure in failures:
        say(f"\n{failure}")
    if failures:
        say("\nthe book was not built; pages in build/ are from an earlier build")
        return None
    return len(waiting)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--all", action="store_true", help="execute and write everything again")
    sys.exit(
        build(Book(ROOT), everything=parser.parse_args().all, say=lambda s: print(s, flush=True))
    )


if __name__ == "__main__":
    main()

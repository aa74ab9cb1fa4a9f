"""Peak memory and CPU seconds of every notebook, run from an empty folder as Binder would.

    python benchmarks/bench_notebooks.py [--limit MB] [NAME ...]

Each notebook runs in a kernel of `guide serve`, in a process of its own, with MB (2048) as the
limit of `--memory`: what passes here runs on a Binder with 2 GB. The peak is the largest resident
size of one process; the seconds are those of the kernel and what it started. Linux only.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run(path: Path, limit: int) -> tuple[float, float, str]:
    """Run a notebook; return its peak in MB, its CPU seconds, and the error that ended it."""
    import nbformat
    from jupyter_client.manager import KernelManager
    from nbclient import NotebookClient

    from guide_helpers.serving.kernels import OneKind

    kinds = OneKind()
    kinds.memory = limit
    error = ""
    with tempfile.TemporaryDirectory() as folder:
        manager = KernelManager(kernel_spec_manager=kinds, kernel_name="python3")
        book = nbformat.read(path, as_version=4)
        place = {"metadata": {"path": folder}}
        try:
            NotebookClient(book, km=manager, timeout=900, resources=place).execute()
        except Exception as problem:  # whatever ended it is the finding
            error = str(problem).strip().splitlines()[-1]
        manager.shutdown_kernel()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_maxrss / 1024, used.ru_utime + used.ru_stime, error


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=2048, metavar="MB")
    parser.add_argument("names", nargs="*", help="stems of notebooks; without: all")
    asked = parser.parse_args(words)
    found = sorted((ROOT / "notebooks").rglob("*.ipynb"))
    print("| notebook | peak, MB | CPU, s | ended by |\n|---|---|---|---|", flush=True)
    failed = []
    for path in found:
        if asked.names and path.stem not in asked.names:
            continue
        with ProcessPoolExecutor(1, get_context("spawn")) as alone:
            peak, seconds, error = alone.submit(run, path, asked.limit).result()
        name = path.relative_to(ROOT / "notebooks").with_suffix("")
        print(f"| {name} | {peak:.0f} | {seconds:.0f} | {error} |", flush=True)
        failed += [str(name)] if error else []
    if failed:
        sys.exit(f"did not run within {asked.limit} MB: {', '.join(failed)}")


if __name__ == "__main__":
    main(sys.argv[1:])

"""How long a live page takes from the click to its first output, and to its last.

    python benchmarks/bench_live.py [PAGE ...]

Serves the built site with `guide serve` and opens each page in headless Chromium, in a fresh
browser each time; one kernel at a time. The first output is the moment a cell of the page shows
what a kernel has sent in place of the saved output. Seconds are those of a clock and those of the
processor, the browser, the server and the kernel together. Medians of five; GUIDE_SITE names
another built site.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

SITE = Path(__file__).resolve().parents[1] / "build" / "_build" / "html"
PAGES = ("notebooks/front/ten_minutes.html",)
ROUNDS = 5
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
LONGEST = 300_000  # milliseconds


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Run `guide serve`, and give the address that it prints."""
    with tempfile.TemporaryDirectory() as work:
        asked = ["--site", str(site), "--folder", work, "--port", "0", "--no-browser"]
        process = subprocess.Popen(
            [sys.executable, "-m", "guide_helpers.cli", "serve", *asked],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        found = re.search(r"http://\S+", first)
        try:
            if not found:
                sys.exit(f"guide serve did not start: {first}")
            yield found[0]
        finally:
            process.terminate()
            process.communicate()


def cpu_seconds() -> float:
    """CPU seconds so far of all processes that this one has started."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            spent = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += spent.user + spent.system
    return total


def once(browser: Any, address: str, name: str) -> tuple[float, ...]:
    """Return clock and processor seconds to the first output, and to the last."""
    root, mark, token = address.partition("?")
    context = browser.new_context()
    page = context.new_page()
    page.goto(root + name + mark + token, wait_until="networkidle")
    button = page.get_by_role("button", name="Run this page live")
    began, spent = time.perf_counter(), cpu_seconds()
    button.click()
    page.wait_for_selector(".guide-live-output .jp-OutputArea-output", timeout=LONGEST)
    first = (time.perf_counter() - began, cpu_seconds() - spent)
    page.wait_for_selector(".guide-live[data-state=ready]", timeout=LONGEST)
    last = (time.perf_counter() - began, cpu_seconds() - spent)
    context.close()
    return (*first, *last)


def main() -> None:
    """Run from the command line."""
    from playwright.sync_api import sync_playwright

    site = Path(os.environ.get("GUIDE_SITE", SITE))
    found = os.environ.get("GUIDE_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)))
    print(f"seconds from the click, median of {ROUNDS} (least to longest); CPU in brackets")
    with served(site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        for name in sys.argv[1:] or PAGES:
            rounds = zip(*(once(browser, address, name) for _ in range(ROUNDS)), strict=True)
            middle = [(statistics.median(r), min(r), max(r)) for r in rounds]
            for what, clock, cpu in (("first", *middle[:2]), ("last", *middle[2:])):
                told = f"{clock[0]:6.2f} ({clock[1]:.2f} to {clock[2]:.2f}) [{cpu[0]:.2f}]"
                print(f"{what:>6} output {told}  {name}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()

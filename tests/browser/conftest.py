"""One browser for all tests of the built pages."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "build" / "_build" / "html"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser():
    found = os.environ.get("GUIDE_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.fail("no browser found; install Chromium, or name one in GUIDE_BROWSER")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def site():
    """The folder of the built pages, or another that GUIDE_SITE names."""
    folder = Path(os.environ.get("GUIDE_SITE", BUILT))
    if not (folder / "index.html").is_file():
        pytest.fail(f"{folder} holds no pages; build them first with: make book")
    return folder


@pytest.fixture(scope="session")
def bench():
    """The bench of pages, which serves a folder on this machine and counts what it sends."""
    spec = importlib.util.spec_from_file_location(
        "bench_pages", ROOT / "benchmarks" / "bench_pages.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

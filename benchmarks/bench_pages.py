"""What a page weighs and how soon it is seen.

    python benchmarks/bench_pages.py [PAGE ...]

Serves the built site on this machine, its texts packed with gzip as any host does, and opens its
pages in headless Chromium, with every figure drawn. "First" is a reader without anything of ours,
"next" one who comes from another page. First contentful paint is the median of five fresh
browsers with the processor slowed down four times. GUIDE_SITE names another built site.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import hashlib
import http.server
import os
import shutil
import statistics
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

SITE = Path(__file__).resolve().parents[1] / "build" / "_build" / "html"
PACKED = {".css", ".html", ".ipynb", ".js", ".json", ".svg", ".txt", ".md"}
SLOWER = 4
ROUNDS = 5
FIGURE = "figure.guide-plotly"
BEFORE = "notebooks/front/ten_minutes.html"  # the page from which a reader comes, with figures
TIMED = (
    "book/front/index.html",
    "book/wp2_methods/index.html",
    "book/wp2_methods/differential_privacy.html",
    "book/wp2_methods/inventory.html",
    "book/wp3_measures/inventory.html",
    "book/wp3_measures/nulls.html",
    "book/wp3_measures/tables.html",
    "notebooks/front/ten_minutes.html",
    "notebooks/wp2_methods/differential_privacy.html",
    "notebooks/wp3_measures/nulls.html",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
PAINT = """new Promise(done => new PerformanceObserver(list => list.getEntries()
    .filter(entry => entry.name === "first-contentful-paint")
    .forEach(entry => done(entry.startTime))).observe({type: "paint", buffered: true}))"""


KEPT = """async (address) => {
    await navigator.serviceWorker.ready;
    return (await caches.match(address)) !== undefined;
}"""


class Host(http.server.SimpleHTTPRequestHandler):
    """A static host: texts packed, files kept for an hour, pages asked for again each time."""

    protocol_version = "HTTP/1.1"
    sent: ClassVar[list[tuple[str, int]]] = []

    def do_GET(self) -> None:
        """Answer with a file, with "not modified", or with 404."""
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        body = path.read_bytes()
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        known = self.headers.get("If-None-Match") == tag
        self.send_response(304 if known else 200)
        self.send_header("ETag", tag)
        self.send_header("Content-Type", self.guess_type(str(path)))
        kept = "no-cache" if path.suffix == ".html" else "max-age=3600"
        self.send_header("Cache-Control", kept)
        if path.suffix in PACKED:
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        body = b"" if known else body
        self.send_header("Content-Length", str(len(body)))
        self.sent.append((self.path, len(body)))
        with contextlib.suppress(ConnectionError):  # the reader left before it had all
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *parts: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def hosted(site: Path, handler: type[http.server.SimpleHTTPRequestHandler] = Host) -> Iterator[str]:
    """Serve a folder and give its address."""
    handler = functools.partial(handler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def transferred(context: Any, address: str) -> Counter[str]:
    """Open a page, bring every figure into view, and return the bytes sent for each path.

    They are counted where they leave, so what the service worker asks for is among them.
    """
    before = len(Host.sent)
    page = context.new_page()
    page.goto(address)
    for figure in page.locator(FIGURE).all():
        figure.scroll_into_view_if_needed()
        figure.locator(".main-svg").first.wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_function(KEPT, arg=address)
    page.close()
    told: Counter[str] = Counter()
    for path, size in Host.sent[before:]:
        told[path] += size
    return told


def weights(browser: Any, address: str, names: list[str]) -> dict[str, tuple[int, int]]:
    """Return for each page its bytes on a first visit and as the next page of a reader."""
    found = {}
    reader = browser.new_context()
    transferred(reader, address + BEFORE)
    for name in names:
        fresh = browser.new_context()
        first = sum(transferred(fresh, address + name).values())
        fresh.close()
        found[name] = (first, sum(transferred(reader, address + name).values()))
    reader.close()
    return found


def first_paint(browser: Any, address: str) -> float:
    """Return the seconds until something is seen, in a fresh browser on a slow processor."""
    context = browser.new_context()
    page = context.new_page()
    slow = context.new_cdp_session(page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address)
    milliseconds = float(page.evaluate(PAINT))
    context.close()
    return milliseconds / 1000


def main() -> None:
    """Run from the command line."""
    from playwright.sync_api import sync_playwright

    site = Path(os.environ.get("GUIDE_SITE", SITE))
    pages = sorted(p.relative_to(site).as_posix() for p in site.glob("[bn]*/**/*.html"))
    named = sys.argv[1:]
    found = os.environ.get("GUIDE_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)))
    with hosted(site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        told = weights(browser, address, named or pages)
        print(f"{'KB first':>9} {'KB next':>8}  page")
        for name, (first, following) in sorted(told.items(), key=lambda item: -item[1][0]):
            print(f"{first / 1000:9.0f} {following / 1000:8.0f}  {name}")
        print(
            f"\nseconds to first contentful paint, processor {SLOWER} times slower, {ROUNDS} runs"
        )
        for name in named or [n for n in TIMED if n in pages]:
            times = sorted(first_paint(browser, address + name) for _ in range(ROUNDS))
            print(f"{statistics.median(times):9.2f} {times[-1]:8.2f}  {name} (median, longest)")
        browser.close()


if __name__ == "__main__":
    main()

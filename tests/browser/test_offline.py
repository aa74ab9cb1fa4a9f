"""Facts about reading without a network: kept pages, the whole guide kept, and its removal."""

from __future__ import annotations

import functools
import http.server
import json
import re
import shutil
import threading

import pytest

pytestmark = pytest.mark.browser

FIRST = "book/front/index.html"
READY = "navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null)"
KEPT = """async (end) => {
  for (const name of await caches.keys()) {
    const kept = await (await caches.open(name)).keys();
    if (kept.some(({ url }) => url.endsWith(end))) return true;
  }
  return false;
}"""


@pytest.fixture(scope="module")
def figure_page(site):
    pages = sorted(site.glob("notebooks/**/*.html"), key=lambda p: p.stat().st_size)
    found = next(p for p in pages if 'class="guide-plotly' in p.read_text("utf-8"))
    return found.relative_to(site).as_posix()


class Host:
    """A copy of the site on this machine, which can go away."""

    def __init__(self, handler, folder):
        self.folder = folder
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def leave(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def host(bench, site, tmp_path):
    folder = tmp_path / "site"
    shutil.copytree(site, folder, ignore=shutil.ignore_patterns("thebe"))
    closing = type("Closing", (bench.Host,), {"protocol_version": "HTTP/1.0"})
    made = Host(functools.partial(closing, directory=str(folder)), folder)
    yield made
    made.leave()


@pytest.fixture
def reader(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


def arrive(page, address):
    """Open a page and wait until the worker is in charge and has kept it."""
    page.goto(address)
    page.wait_for_function(READY)
    page.wait_for_function(KEPT, arg=address.rpartition("/")[2])


def test_pages_that_were_read_open_again_without_a_network_and_say_so(host, reader, figure_page):
    address = host.address
    arrive(reader, address + FIRST)
    reader.goto(address + figure_page)
    reader.locator("figure.guide-plotly").first.scroll_into_view_if_needed()
    reader.locator(".main-svg").first.wait_for()
    assert reader.locator(".guide-kept").count() == 0
    host.leave()
    reader.goto(address + figure_page)
    assert "from your device" in reader.locator(".guide-kept").text_content()
    reader.locator("figure.guide-plotly").first.scroll_into_view_if_needed()
    reader.locator(".main-svg").first.wait_for()
    reader.goto(address + "book/appendix/references.html")
    assert reader.title() == "Not on this device"
    assert reader.get_by_role("link", name=figure_page).is_visible()


def test_the_worker_leaves_kernels_and_tokens_alone(host, reader):
    address, folder = host.address, host.folder
    arrive(reader, address + FIRST)
    assert reader.evaluate("fetch('/kernels.json').then(a => a.json())") == {"server": None}
    reader.goto(address + FIRST + "?token=secret")
    (folder / "api").mkdir()
    (folder / "api" / "kernels").write_text("[]")
    reader.evaluate("fetch('/api/kernels').then(a => a.text())")
    kept = reader.evaluate(
        "caches.keys().then(async n => (await (await caches.open(n[0])).keys()).map(k => k.url))"
    )
    assert not [url for url in kept if re.search(r"token|/api/|kernels\.json|sw\.js", url)]


def test_the_whole_guide_is_kept_and_removed_by_the_keyboard(host, reader, site):
    address = host.address
    arrive(reader, address + FIRST)
    box = reader.locator("details.guide-offline")
    box.locator("summary").focus()
    reader.keyboard.press("Enter")
    keep = box.get_by_role("button", name=re.compile(r"Keep the whole guide .*\(\d+ MB\)"))
    keep.focus()
    reader.keyboard.press("Enter")
    box.get_by_text("Done: the whole guide is on this device.").wait_for()
    listed = json.loads((site / "offline.json").read_text("utf-8"))["files"]
    host.leave()
    page = next(f for f in reversed(listed) if f.startswith("book/wp3_measures/"))
    reader.goto(address + page)
    assert reader.locator("article h1").first.is_visible()
    assert reader.locator(".guide-kept").is_visible()
    box.locator("summary").click()
    box.get_by_role("button", name="Remove it from this device").click()
    box.get_by_text("Removed.").wait_for()
    assert reader.evaluate("caches.keys()") == []


def test_a_new_version_takes_the_place_of_the_old_one(host, reader):
    address, folder = host.address, host.folder
    arrive(reader, address + FIRST)
    worker = (folder / "sw.js").read_text("utf-8")
    version = re.search(r'const version = "([0-9a-f]{16})"', worker)[1]
    (folder / "sw.js").write_text(worker.replace(version, "0" * 16))
    reader.evaluate("navigator.serviceWorker.getRegistration().then(r => r.update())")
    reader.wait_for_function(
        "caches.keys().then(names => names.length === 1 && names[0].endsWith('0'.repeat(16)))"
    )
    reader.wait_for_function(KEPT, arg=FIRST)


def test_every_file_of_the_list_is_there(site):
    listed = json.loads((site / "offline.json").read_text("utf-8"))
    assert [f for f in listed["files"] if not (site / f.partition("?")[0]).is_file()] == []
    assert {p.relative_to(site).as_posix() for p in site.rglob("*.html")} >= {
        f for f in listed["files"] if f.endswith(".html")
    }
    assert listed["bytes"] < 40_000_000

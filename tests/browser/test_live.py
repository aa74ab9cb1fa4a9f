"""Facts about live pages: kernels, edits, back ends, errors; no other site is ever asked.

The pages are small ones, made from a built notebook page with other cells in it, so that a kernel
has little to do. One Jupyter server on another port serves them all.
"""

from __future__ import annotations

import html
import http.server
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
TOKEN = "a-token-for-tests"
SMALL = "notebooks/front/small.html"
LAB = "notebooks/front/lab.html"
WAIT = 40_000

WAITING = """\
import os, time
while not os.path.exists("go-on"):
    time.sleep(0.02)
print("here:", os.path.basename(os.getcwd()))"""
CELLS = {
    SMALL: [WAITING, "number = 6", "print('seven times', 7 * number)"],
    LAB: [
        "from guide_helpers import hold_out, load",
        "from guide_helpers.widgets import attack_lab\n"
        "parts = hold_out(load('satgpa'), share=0.5, seed=1)",
        "attack_lab(*parts, knowledge=['sex', 'sat_v'], leaves=(1, 5, 50), within=0.1,\n"
        "           attacks=('attribute_inference',))",
    ],
    "notebooks/front/wrong.html": ["1 / 0", "print('never')"],
    "notebooks/front/dies.html": ["import os", "os._exit(3)"],
    "notebooks/front/hidden.html": ["first = 1", "print(first + unseen)"],
}
BARRIERS = """() => axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa",
  "wcag22aa", "best-practice"]}).then(({ violations }) => violations.map(({ id, nodes }) =>
  `${id}: ${nodes.map(({ html }) => html).join(" ")}`))"""
HIDDEN = {"1": "unseen = 41"}


def loaded(name):
    found = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


hub = loaded("binderhub").hub


def cell(number, code):
    """Return a code cell as the book's pages have it, with a saved output."""
    return (
        '<div class="cell docutils container"><div class="cell_input docutils container">'
        '<div class="highlight-ipython3 notranslate"><div class="highlight"><pre>'
        f"{html.escape(code)}\n</pre></div></div></div>"
        '<div class="cell_output docutils container"><div class="output stream highlight">'
        f"<pre>saved {number}</pre></div></div></div>"
    )


def write_page(folder, template, name, cells, binder):
    """Write a page with these cells, and the notebook it claims to be made from."""
    page = name.removesuffix(".html")
    said = {
        "page": page,
        "notebook": f"{page}.ipynb",
        "live": {"binder": binder, "hidden": HIDDEN if "hidden" in name else {}},
    }
    body = "".join(cell(number, code) for number, code in enumerate(cells, 1))
    text = re.sub(
        r'(<article class="bd-article">).*?(</article>)',
        lambda found: f"{found[1]}<section><h1>Small</h1>{body}</section>{found[2]}",
        template,
        flags=re.DOTALL,
    )
    text = re.sub(
        r'(id="guide-page">).*?(</script>)',
        lambda found: found[1] + json.dumps(said) + found[2],
        text,
        flags=re.DOTALL,
    )
    text = re.sub(r'<nav[^>]*id="pst-page-toc-nav".*?</nav>', "", text, flags=re.DOTALL)
    (folder / name).write_text(text, encoding="utf-8")
    code = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": c} for c in cells]
    words = {"cell_type": "markdown", "metadata": {}, "source": "# Words of the *notebook*"}
    hidden = {**code[0], "metadata": {"tags": ["remove-cell"]}, "source": "hidden = 1"}
    book = {"cells": [words, *code, hidden], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "_sources" / page).with_suffix(".ipynb").write_text(json.dumps(book), "utf-8")


class Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *parts):
        del parts


@pytest.fixture(autouse=True, scope="module")
def patience():
    """A kernel on a busy machine takes its time."""
    expect.set_options(timeout=WAIT)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def folder(site, tmp_path_factory):
    """A site with the small pages in it."""
    made = tmp_path_factory.mktemp("live") / "site"
    shutil.copytree(site / "_static", made / "_static")
    for place in ("notebooks/front", "_sources/notebooks/front"):
        (made / place).mkdir(parents=True)
    shutil.copy(site / "index.html", made)
    (made / "kernels.json").write_text('{"server": null}', "utf-8")
    template = (site / "notebooks/front/ten_minutes.html").read_text("utf-8")
    binder = {"hub": "http://127.0.0.1:1", "repository": "office/guide", "branch": "main"}
    for name, cells in CELLS.items():
        write_page(made, template, name, cells, binder)
    return made


@pytest.fixture(scope="module")
def address(bench, folder):
    """The address of the small site, which has no kernels of its own."""
    with bench.hosted(folder, Files) as address:
        yield address


def answer(address, headers=None):
    request = urllib.request.Request(address, headers=headers or {})
    with urllib.request.urlopen(request, timeout=5) as answered:
        return json.loads(answered.read())


class Jupyter:
    """A Jupyter server on a port of its own, where notebooks may live."""

    def __init__(self, root, origin):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        (root / "notebooks/front").mkdir(parents=True, exist_ok=True)
        self.root, self.base = root, f"http://127.0.0.1:{port}/"
        lean = dict.fromkeys(("jupyterlab", "jupyter_lsp", "notebook_shim"), False)
        asked = {
            "jpserver_extensions": lean,
            "port": port,
            "allow_origin": origin,
            "root_dir": root,
            "port_retries": 0,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"]
            + [f"--ServerApp.{key}={value}" for key, value in asked.items()]
            + [f"--IdentityProvider.token={TOKEN}", "--log-level=CRITICAL"],
            env={**os.environ, "OMP_NUM_THREADS": "1", "JUPYTER_CONFIG_DIR": str(root)},
        )

    def ask(self, path):
        return answer(self.base + path, {"Authorization": f"token {TOKEN}"})

    def sessions(self):
        return {found["id"] for found in self.ask("api/sessions")}

    def stop(self):
        self.process.kill()
        self.process.wait()

    @property
    def ready(self):
        try:
            return bool(self.ask("api/status"))
        except OSError:
            return False


def until(condition, seconds=60):
    """Wait for something outside the browser, which no page can tell."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        threading.Event().wait(0.05)


@pytest.fixture(scope="module")
def jupyter(address, tmp_path_factory):
    server = Jupyter(tmp_path_factory.mktemp("root"), address.rstrip("/"))
    until(lambda: server.ready)
    yield server
    server.process.terminate()
    server.process.wait()


@pytest.fixture
def go_on(jupyter):
    """What the waiting cell waits for."""
    mark = jupyter.root / "notebooks/front/go-on"
    mark.touch()
    yield mark
    mark.unlink(missing_ok=True)


class Reader:
    """Someone with a browser of his own; errors and requests to other sites are kept."""

    def __init__(self, browser, **options):
        self.context = browser.new_context(**options)
        self.problems, self.requests = [], []
        self.context.on("weberror", lambda error: self.problems.append(error.error.stack))
        self.context.on("request", lambda request: self.requests.append(request.url))

    def chose(self, where, address="", token=""):
        """Let the reader have chosen a back end before."""
        choice = json.dumps({"where": where, "address": address})
        self.context.add_init_script(
            "if (location.protocol === 'http:') {"
            f"localStorage.setItem('guide.live', {json.dumps(choice)});"
            f"sessionStorage.setItem('guide.live.token', {json.dumps(json.dumps(token))}); }}"
        )
        return self

    def open(self, address):
        page = self.context.new_page()
        page.goto(address)
        return page

    def outside(self):
        own = ("http://127.0.0.1:", "data:", "blob:")
        return [url for url in self.requests if not url.startswith(own)]


@pytest.fixture
def reader(browser):
    someone = Reader(browser)
    yield someone
    someone.context.close()
    assert someone.problems == []
    assert someone.outside() == []


@pytest.fixture
def settled(reader, jupyter):
    """A reader who has chosen the Jupyter server."""
    return reader.chose("server", jupyter.base, TOKEN)


def panel(page):
    return page.get_by_role("region", name="Live code")


def press(page, name):
    panel(page).get_by_role("button", name=name, exact=True).click()


def status(page):
    return panel(page).get_by_role("status")


def becomes(page, state):
    page.wait_for_selector(f".guide-live[data-state={state}]", timeout=WAIT)


def run_live(page):
    press(page, "Run this page live")
    becomes(page, "ready")


def cells(page):
    return page.locator("article div.cell")


def write(page, number, code):
    """Type code into a cell in place of what is there."""
    cells(page).nth(number).locator(".CodeMirror-lines").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(code)


def test_the_saved_output_stays_until_the_live_one_is_there(reader, address, jupyter, go_on):
    go_on.unlink()
    page = reader.open(address + SMALL)
    assert not [url for url in reader.requests if "guide/thebe" in url or "kernels.json" in url]
    press(page, "Run this page live")
    expect(panel(page)).to_contain_text("This page will contact 127.0.0.1:1, another site")
    assert not [url for url in reader.requests if "guide/thebe" in url or jupyter.base in url]
    panel(page).get_by_label("On a Jupyter server of your own").check()
    panel(page).get_by_label("Address").fill(jupyter.base)
    panel(page).get_by_label("Token").fill(TOKEN)
    press(page, "Start")
    expect(status(page)).to_have_text("Running cell 1 of 3.")
    saved = cells(page).first.get_by_text("saved 1", exact=True)
    assert saved.is_visible()
    go_on.touch()
    becomes(page, "ready")
    expect(cells(page).first).to_contain_text("here: front")  # the notebook's own folder
    assert not saved.is_visible()
    expect(cells(page).nth(2)).to_contain_text("seven times 42")
    expect(status(page)).to_contain_text("All 3 cells have run")
    cells(page).nth(2).get_by_role("button", name="Show saved output").click()
    assert cells(page).nth(2).get_by_text("saved 3").is_visible()
    assert page.evaluate("localStorage.getItem('guide.live')").count(TOKEN) == 0
    press(page, "Stop live mode")
    assert saved.is_visible()
    assert page.locator(".CodeMirror, .guide-live-output").count() == 0
    until(lambda: not jupyter.sessions())


def test_edits_survive_a_reload_and_can_be_downloaded(settled, address, jupyter, go_on):
    page = settled.open(address + SMALL)
    run_live(page)
    write(page, 2, "print('mine', number)")
    page.keyboard.press("Shift+Enter")
    expect(cells(page).nth(2)).to_contain_text("mine 6")
    page.reload()
    expect(panel(page)).to_contain_text("Your changes to 1 of its cells are kept")
    expect(cells(page).nth(2)).to_contain_text("seven times")
    run_live(page)
    expect(cells(page).nth(2)).to_contain_text("mine 6")
    with page.expect_download() as waiting:
        press(page, "Download as notebook")
    assert waiting.value.suggested_filename == "small-mine.ipynb"
    book = json.loads(Path(waiting.value.path()).read_text("utf-8"))
    texts = ["".join(found["source"]) for found in book["cells"]]
    assert texts == [
        "# Words of the *notebook*",
        *CELLS[SMALL][:2],
        "print('mine', number)",
        "hidden = 1",
    ]
    cells(page).nth(2).get_by_role("button", name="Reset this cell").click()
    assert page.evaluate("localStorage.getItem('guide.edits.notebooks/front/small')") is None
    page.evaluate(
        "localStorage.setItem('guide.edits.notebooks/front/small',"
        ' \'{"1": {"code": "number = 60", "of": "another"}}\')'
    )
    press(page, "Stop live mode")
    run_live(page)  # the page has changed since: offered, not forced
    expect(cells(page).nth(2)).to_contain_text("seven times 42")
    cells(page).nth(1).get_by_role("button", name="Use my version").click()
    cells(page).nth(1).get_by_role("button", name="Run cell 2").click()
    expect(status(page)).to_have_text("Cell 2 has run.")
    cells(page).nth(2).get_by_role("button", name="Run cell 3").click()
    expect(cells(page).nth(2)).to_contain_text("seven times 420")


def test_a_slider_moved_by_keyboard_draws_a_recomputed_figure(settled, address):
    page = settled.open(address + LAB)
    run_live(page)
    slider = cells(page).nth(2).get_by_role("slider", name="Records in a leaf, at least")
    picture = cells(page).nth(2).locator(".guide-live-figure")
    expect(picture.locator(".main-svg").first).to_be_visible()
    before = picture.get_attribute("aria-label")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(picture).not_to_have_attribute("aria-label", before)
    expect(slider).to_have_attribute("aria-valuetext", "5")
    page.evaluate((HERE / "axe/axe.min.js").read_text("utf-8"))
    assert page.evaluate(BARRIERS) == []


def test_two_tabs_have_two_kernels_and_leaving_ends_one(settled, address, jupyter, go_on):
    earlier = {found["id"] for found in jupyter.ask("api/sessions")}  # tests before this one

    def ours():
        return [f for f in jupyter.ask("api/sessions") if f["id"] not in earlier]

    pages = [settled.open(address + SMALL) for _ in range(2)]
    for page in pages:
        run_live(page)
    assert len({found["kernel"]["id"] for found in ours()}) == 2
    write(pages[0], 1, "number = 100")
    press(pages[0], "Run all")
    expect(cells(pages[0]).nth(2)).to_contain_text("seven times 700")
    cells(pages[1]).nth(2).get_by_role("button", name="Run cell 3").click()
    expect(cells(pages[1]).nth(2)).to_contain_text("seven times 42")
    pages[0].goto("about:blank")
    until(lambda: len(ours()) == 1)
    pages[1].close()
    until(lambda: not ours())


def test_escape_then_tab_leaves_the_editor_and_the_page_says_so(settled, address, go_on):
    page = settled.open(address + SMALL)
    run_live(page)
    expect(panel(page)).to_contain_text("Escape, then Tab, leaves it")
    write(page, 1, "number = 6")
    page.keyboard.press("Tab")
    inside = "document.activeElement.closest('.CodeMirror') !== null"
    assert page.evaluate(inside)
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert not page.evaluate(inside)
    assert page.evaluate("document.activeElement.textContent") == "Run"


def test_an_error_is_shown_and_the_saved_output_can_be_brought_back(settled, address):
    page = settled.open(address + "notebooks/front/wrong.html")
    run_live(page)
    expect(status(page)).to_contain_text("Cell 1 stopped with an error, ZeroDivisionError")
    expect(status(page)).to_contain_text("The cell after it was not run")
    expect(cells(page).first).to_contain_text("division by zero")
    assert cells(page).nth(1).get_by_text("saved 2").is_visible()
    cells(page).first.get_by_role("button", name="Show saved output").click()
    assert cells(page).first.get_by_text("saved 1").is_visible()


def test_a_kernel_that_dies_is_told_and_the_page_still_reads(settled, address):
    page = settled.open(address + "notebooks/front/dies.html")
    press(page, "Run this page live")
    expect(status(page)).to_contain_text("The kernel broke off")
    assert cells(page).nth(1).get_by_text("saved 2").is_visible()


def test_code_that_a_page_hides_and_later_cells_need_is_run(settled, address):
    page = settled.open(address + "notebooks/front/hidden.html")
    run_live(page)
    expect(cells(page).nth(1)).to_contain_text("42")


def test_a_chapter_and_its_explorers_lead_to_the_notebook(reader, site):
    chapter = site / "book/wp3_measures/attacks_as_games.html"
    page = reader.open(chapter.as_uri())
    links = page.get_by_role("link", name="Run the code live")
    assert links.first.get_attribute("href") == (
        "../../notebooks/wp3_measures/attacks_as_games.html?live=1"
    )
    explorers = page.locator("figure.guide-explorer")
    assert explorers.count() >= 1
    below = page.locator("figure.guide-explorer + p a")
    assert below.count() == explorers.count()
    assert below.first.get_attribute("href").endswith("attacks_as_games.html?live=lab")
    reader.requests = [url for url in reader.requests if not url.startswith("file:")]


def with_hub(folder, name, server):
    """Write a copy of the small page that knows this hub."""
    binder = {"hub": server.address, "repository": "office/guide", "branch": "main"}
    template = (folder / SMALL).read_text("utf-8")
    write_page(folder, template, name, CELLS[SMALL], binder)
    return name


def test_binder_says_what_it_does_and_hands_out_a_kernel(reader, address, folder, jupyter, go_on):
    ready = {"phase": "ready", "message": "ok", "url": jupyter.base, "token": TOKEN}
    with hub({"phase": "building", "message": "step 1"}, ready) as server:
        name = with_hub(folder, "notebooks/front/binder.html", server)
        page = reader.open(address + name)
        press(page, "Run this page live")
        assert server.asked == []
        press(page, "Start")
        becomes(page, "ready")
        expect(cells(page).first).to_contain_text("here: front")
        assert server.asked == ["/build/gh/office/guide/main"]
        page.reload()
        expect(panel(page)).to_contain_text(f"It will run on Binder ({server.address[7:]})")
        run_live(page)  # chosen before: no question, and the same machine
        assert len(server.asked) == 1
    assert page.evaluate("JSON.stringify(localStorage)").count(TOKEN) == 0


def test_waiting_for_binder_can_be_cancelled(reader, address, folder):
    with hub({"phase": "building", "message": "step 1"}) as server:
        name = with_hub(folder, "notebooks/front/slow.html", server)
        page = reader.chose("binder").open(address + name)
        press(page, "Run this page live")
        expect(status(page)).to_contain_text("is building the guide")
        press(page, "Cancel")
        becomes(page, "idle")
        assert page.locator(".CodeMirror").count() == 0


def test_a_start_can_be_cancelled_and_leaves_no_kernel(settled, address, jupyter):
    before, held = jupyter.sessions(), []
    page = settled.open(address + SMALL)
    page.route("**/api/sessions*", lambda route: held.append(route))
    with page.expect_request(lambda asked: asked.method == "POST"):
        press(page, "Run this page live")
    press(page, "Cancel")
    becomes(page, "idle")
    with page.expect_response(lambda told: told.request.method == "DELETE"):
        held[0].continue_()
    assert jupyter.sessions() == before
    assert page.locator(".CodeMirror").count() == 0


def test_a_run_can_be_cancelled(settled, address, jupyter, go_on):
    go_on.unlink()
    page = settled.open(address + SMALL)
    press(page, "Run this page live")
    expect(status(page)).to_have_text("Running cell 1 of 3.")
    press(page, "Cancel")
    becomes(page, "ready")
    expect(status(page)).to_contain_text("Cancelled in cell 1")
    assert cells(page).nth(2).get_by_text("saved 3").is_visible()
    press(page, "Restart kernel")
    expect(status(page)).to_contain_text("The kernel is new")


def test_a_failure_of_binder_is_told_with_its_own_words(reader, address, folder):
    with hub({"phase": "failed", "message": "no such branch."}) as server:
        name = with_hub(folder, "notebooks/front/failed.html", server)
        page = reader.chose("binder").open(address + name)
        press(page, "Run this page live")
        becomes(page, "error")
        expect(status(page)).to_contain_text("failed: no such branch. Press Start again")
        page.get_by_role("button", name="Run it elsewhere").click()
        becomes(page, "choosing")
        press(page, "Not now")
        becomes(page, "idle")


@pytest.mark.parametrize(
    ("base", "token", "words"),
    [
        (None, "wrong", "does not accept this token"),
        ("http://127.0.0.1:1/", "any", "Is the server running, and does it let this page in?"),
    ],
)
def test_a_server_that_cannot_be_used_is_told_with_the_remedy(
    reader, address, jupyter, base, token, words
):
    page = reader.chose("server", base or jupyter.base, token).open(address + SMALL)
    press(page, "Run this page live")
    becomes(page, "error")
    expect(status(page)).to_contain_text(words)
    assert cells(page).first.get_by_text("saved 1").is_visible()


def test_a_page_from_a_folder_says_where_it_can_run(reader, folder):
    page = reader.open((folder / SMALL).as_uri())
    press(page, "Run this page live")
    becomes(page, "error")
    expect(status(page)).to_contain_text("opened from a folder")
    reader.requests = [url for url in reader.requests if not url.startswith("file:")]


def test_a_device_without_a_network_is_told_so(reader, address):
    page = reader.chose("binder").open(address + SMALL)
    reader.context.set_offline(True)
    press(page, "Run this page live")
    becomes(page, "error")
    expect(status(page)).to_contain_text("This device is offline")


@contextmanager
def served(folder, root, *more):
    """Run `guide serve` for a site, and yield the address that it prints, and its process."""
    asked = ["--site", str(folder), "--folder", str(root), "--port", "0", "--no-browser", *more]
    command = [sys.executable, "-m", "guide_helpers.cli", "serve", *asked]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    found = re.search(r"http://\S+", process.stdout.readline())
    try:
        yield found[0], process
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def test_guide_serve_runs_its_pages_up_to_its_limit(browser, reader, folder, tmp_path):
    (tmp_path / "notebooks/front").mkdir(parents=True)
    (tmp_path / "notebooks/front/go-on").touch()
    with served(folder, tmp_path, "--kernels", "1") as (printed, _):
        root = printed.partition("?")[0]
        stranger = Reader(browser)
        page = stranger.open(root + SMALL)
        press(page, "Run this page live")
        expect(status(page)).to_contain_text("only for readers who have its token")
        stranger.context.close()
        reader.open(printed).close()
        page = reader.context.new_page()
        page.goto(f"{root}{SMALL}?live=1")  # from nowhere: not asked for
        assert panel(page).get_attribute("data-state") == "idle"
        page.goto(f"{root}{SMALL}?live=1", referer=root)  # as by a chapter's link
        becomes(page, "ready")
        expect(cells(page).first).to_contain_text("here: front")
        second = reader.open(root + SMALL)
        press(second, "Run this page live")
        becomes(second, "error")
        expect(status(second)).to_contain_text("starts no more kernels now")
        assert panel(second).get_by_role("button", name="Run it elsewhere").count() == 0
        page.goto(root + LAB)
        until(lambda: answer(root + "kernels.json")["running"] == 0)
        press(second, "Start again")
        becomes(second, "ready")
        second.close()


def test_a_server_that_goes_away_is_told_and_the_page_still_reads(reader, folder, tmp_path):
    with served(folder, tmp_path) as (printed, process):
        root, _, token = printed.partition("?")
        page = reader.open(f"{root}{SMALL}?{token}")
        press(page, "Run this page live")
        expect(status(page)).to_have_text("Running cell 1 of 3.")
        process.kill()
        becomes(page, "lost")
    expect(status(page)).to_contain_text("The connection is lost. This server does not answer")
    expect(status(page)).to_contain_text("Start guide serve again")
    assert cells(page).first.get_by_text("saved 1").is_visible()
    press(page, "Stop live mode")
    assert page.locator(".CodeMirror").count() == 0

"""Facts about the built pages in a browser."""

from __future__ import annotations

import http.server
import os
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

SITE = Path(os.environ.get("GUIDE_SITE", Path(__file__).resolve().parents[2] / "build/_build/html"))
PHONE = {"width": 390, "height": 844}
FIGURE = "figure.guide-plotly"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *parts):
        del parts


@pytest.fixture(scope="session")
def address(bench):
    """The address of the built pages on this machine."""
    if not (SITE / "index.html").is_file():
        pytest.fail(f"{SITE} holds no pages; build them first with: make book")
    with bench.hosted(SITE, Quiet) as address:
        yield address


@pytest.fixture(scope="session")
def names():
    """Every chapter and notebook page."""
    folders = (SITE / "book", SITE / "notebooks")
    return sorted(p.relative_to(SITE).as_posix() for f in folders for p in f.rglob("*.html"))


@pytest.fixture(scope="session")
def page_with_figure(names):
    return next(n for n in names if 'class="guide-plotly"' in (SITE / n).read_text("utf-8"))


DRAWN = """async (figures) => {
  let late = 0;
  for (const figure of document.querySelectorAll(figures)) {
    figure.scrollIntoView({ block: "center" });
    const end = performance.now() + 20000;
    while (!figure.querySelector(".main-svg") && performance.now() < end)
      await new Promise((again) => setTimeout(again, 20));
    if (!figure.querySelector(".main-svg")) late += 1;
  }
  return late;
}"""


class Phone:
    """One window for all pages: opening another each time takes three times as long."""

    def __init__(self, browser, address):
        self.address, self.name, self.problems, self.asked = address, "", [], set()
        self.page = browser.new_page(viewport=PHONE)
        self.page.on("pageerror", lambda error: self.note(f"error: {error}"))
        self.page.on("console", lambda m: self.note(f"says: {m.text}") if m.type == "error" else 0)
        self.page.on("request", self.request)
        self.page.on("requestfailed", self.failed)

    def note(self, problem):
        self.problems.append(f"{self.name} {problem}")

    def request(self, request):
        self.asked.add(request)
        for problem in outside(request.url, self.address):
            self.note(problem)

    def failed(self, request):
        if request in self.asked:  # what the page before was asking for when it was left is none
            self.note(f"failed: {request.url}")

    def visit(self, name):
        """Open a page, bring every figure into view, and note what went wrong."""
        self.name, self.asked = name, set()
        self.page.goto(self.address + name, wait_until="load")
        if late := self.page.evaluate(DRAWN, FIGURE):
            self.note(f"{late} figures were not drawn")
        wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if wide > 0:
            self.note(f"scrolls sideways by {wide} px")


def outside(url, address):
    return [] if url.startswith((address, "data:", "blob:")) else [f"asks another site: {url}"]


@pytest.mark.parametrize("half", [0, 1])
def test_every_page_draws_its_figures_on_a_phone_and_asks_no_other_site(
    browser, address, names, half
):
    phone = Phone(browser, address)
    for name in names[half::2]:
        phone.visit(name)
    phone.page.close()
    assert not phone.problems, "\n".join(phone.problems)


def test_figures_follow_the_change_to_dark(browser, address, page_with_figure):
    page = browser.new_page()
    page.goto(address + page_with_figure)
    figure = page.locator(FIGURE).first
    figure.scroll_into_view_if_needed()
    figure.locator(".main-svg").first.wait_for()
    colour = "e => getComputedStyle(e.querySelector('.xtick text')).fill"
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        page.wait_for_selector(f"{FIGURE}[data-drawn={theme}]")
    dark = figure.evaluate(colour)
    assert dark == page.evaluate(
        "getComputedStyle(document.documentElement).getPropertyValue('--pst-color-text-base')"
        ".trim().replace(/^#(..)(..)(..)$/, (_, ...c) =>"
        " `rgb(${c.slice(0, 3).map((x) => parseInt(x, 16)).join(', ')})`)"
    )
    page.close()


def test_a_drawn_figure_is_named_for_screen_readers(browser, address, page_with_figure):
    page = browser.new_page()
    page.goto(address + page_with_figure)
    figure = page.locator(FIGURE).first
    text = figure.locator(".guide-alt").text_content()
    figure.scroll_into_view_if_needed()
    picture = figure.get_by_role("img", name=text, exact=True)
    picture.wait_for()
    assert not figure.locator(".guide-alt").is_visible()
    page.close()


def test_without_javascript_the_text_of_a_figure_is_in_sight(browser, address, page_with_figure):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + page_with_figure)
    assert page.locator(f"{FIGURE} .guide-alt").first.is_visible()
    context.close()


def test_figures_are_drawn_from_a_folder_without_a_server(browser, address, page_with_figure):
    del address  # for its check that the pages are there
    page = browser.new_page()
    page.goto((SITE / page_with_figure).as_uri())
    figure = page.locator(FIGURE).first
    figure.scroll_into_view_if_needed()
    figure.locator(".main-svg").first.wait_for()
    page.close()


def test_an_explorer_moves_with_the_keyboard_and_says_what_it_shows(browser, address, names):
    assert "book/wp3_measures/nulls.html" in names
    name = "book/wp3_measures/nulls.html"
    page = browser.new_page()
    page.goto(address + name)
    explorer = page.locator("figure.guide-explorer").first
    explorer.scroll_into_view_if_needed()
    explorer.locator(".main-svg").first.wait_for()
    picture = explorer.locator(".guide-canvas")
    before = picture.get_attribute("aria-label")
    scale = explorer.locator("input[type=range]").first
    scale.focus()
    page.keyboard.press("Home")
    page.keyboard.press("End")
    finding = explorer.locator(".guide-finding")
    assert finding.text_content()
    page.wait_for_function(
        "([e, said]) => e.getAttribute('aria-label') === said",
        arg=[picture.element_handle(), finding.text_content()],
    )
    assert picture.get_attribute("aria-label") != before
    assert scale.get_attribute("aria-valuetext") == explorer.locator("output").first.text_content()
    page.close()

"""Facts about reading in a browser: search, pop-ups, questions, paths, paper, launch buttons."""

from __future__ import annotations

import http.server
import json
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml

from guide_helpers.catalogue import KINDS, entries
from guide_helpers.site.inventory import label

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
WRITTEN = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "book/front/paths.yml").read_text("utf-8")
)
PATHS = "book/front/reading_paths.html"
CHAPTER = "book/wp3_measures/identity.html"
SEVERAL = "book/wp4_experiments/index.html"
POPUP = ".guide-popup:popover-open"
ASKED = {
    "dp_marginals": "method-dp-marginals",
    "noisy marginals": "method-dp-marginals",
    "synthpop": "method-cart",
    "AIM": "method-aim",
    "par": "method-par",
    "distance to the closest record": "measure-distance-to-closest",
    "DCR": "measure-distance-to-closest",
    "pMSE": "measure-propensity-mse",
    "TSTR": "measure-predictive-utility",
    "earth mover": "measure-wasserstein",
    "DOMIAS": "attack-relative-density",
    "membership inference lira": "attack-likelihood-ratio",
    "car parks": "data-car-parks",
    "cps95": "data-cps95",
}


class Site(http.server.SimpleHTTPRequestHandler):
    """The pages as `guide serve` gives them: kernels.json tells of JupyterLab."""

    def do_GET(self):
        if not self.path.endswith("/kernels.json"):
            super().do_GET()
            return
        told = {"server": "guide serve", "base": "/base/", "lab": True, "files": "work"}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *parts):
        del parts


@pytest.fixture(scope="module")
def served(bench, site):
    """The address of the pages on this machine."""
    with bench.hosted(site, Site) as address:
        yield address


@pytest.fixture(scope="module")
def window(browser):
    """One window for all tests: opening another each time takes longer than looking."""
    opened = browser.new_page()
    yield opened
    opened.close()


@pytest.fixture
def page(window):
    """A page in a browser that remembers nothing yet; errors and outside requests fail the test."""
    problems = []

    def error(found):
        problems.append(str(found))

    def request(asked):
        problems.extend(outside(asked.url))

    window.on("pageerror", error)
    window.on("request", request)
    yield window
    window.evaluate("localStorage.clear(); sessionStorage.clear()")
    window.emulate_media(media="null")
    window.goto("about:blank")
    window.remove_listener("pageerror", error)
    window.remove_listener("request", request)
    assert not problems


def outside(url):
    inside = ("http://127.0.0.1:", "file:", "data:", "blob:")
    return [] if url.startswith(inside) else [f"asks another site: {url}"]


def found(page, words, start):
    """Return the addresses of the first results, in order."""
    page.goto(f"{start}search.html?q={quote(words)}")
    page.wait_for_function("document.querySelector('.search-summary')?.textContent")
    return page.locator("ul.search li a").evaluate_all(
        "links => links.slice(0, 3).map(a => a.href)"
    )


@pytest.mark.parametrize("start", ["folder", "server"])
def test_the_search_finds_an_entry_by_title_code_and_other_names_at_once(page, site, served, start):
    start, asked = (f"{site.as_uri()}/", ASKED) if start == "folder" else (served, [*ASKED][:3])
    results = {words: found(page, words, start) for words in asked}
    late = {
        words: urls
        for words, urls in results.items()
        if not any(url.endswith(f"#{ASKED[words]}") for url in urls[:2])
    }
    assert not late


RANKS = """asked => asked.map(([words, anchor]) => {
  const found = Search._performSearch(...Search._parseQuery(words)).reverse();
  return found.findIndex((result) => result[2] === `#${anchor}`);
})"""


def test_every_entry_is_among_the_first_results_for_its_title_and_its_name_in_code(page, site):
    found(page, "all", f"{site.as_uri()}/")
    asked = [
        (words, label(kind, slug))
        for kind in KINDS
        for slug, entry in entries(kind).items()
        for words in (entry.card.title, slug)
    ]
    ranks = page.evaluate(RANKS, asked)
    late = [
        (words, rank) for (words, _), rank in zip(asked, ranks, strict=True) if not 0 <= rank < 3
    ]
    assert not late


def test_a_search_reads_few_pages_for_the_summaries_of_its_results(page, served):
    read = []
    page.on("request", lambda r: read.append(r.url) if r.resource_type == "fetch" else None)
    found(page, "income", served)
    page.locator("ul.search p.context").first.wait_for()
    assert 0 < len(read) <= 10 < page.locator("ul.search li").count()


def test_a_search_result_leads_to_the_section_of_the_entry(page, site):
    found(page, "dp_marginals", f"{site.as_uri()}/")
    page.locator("ul.search li a").first.click()
    page.wait_for_url("**/inventory.html#method-dp-marginals")
    assert page.evaluate("document.querySelector(location.hash).matches('section.guide-entry')")


def test_a_term_shows_its_definition_on_hover_and_stays_under_the_pointer(page, site):
    page.goto((site / CHAPTER).as_uri())
    link = page.locator("a[href*='#term-hold-out']").first
    link.hover()
    box = page.locator(POPUP)
    box.wait_for()
    assert "put aside before synthesis" in " ".join(box.inner_text().split())
    described = link.get_attribute("aria-describedby")
    assert box.locator(f"#{described}").count() == 1
    box.hover()
    box.get_by_role("link", name="In the glossary").hover()
    assert box.is_visible()
    page.keyboard.press("Escape")
    box.wait_for(state="hidden")


def test_a_citation_shows_its_source_by_keyboard_and_leads_to_it(page, site):
    page.goto((site / CHAPTER).as_uri())
    link = page.locator(".bibtex-citation > a").nth(1)
    link.scroll_into_view_if_needed()
    page.locator(".bibtex-citation > a").first.focus()
    page.keyboard.press("Tab")
    page.locator(POPUP).wait_for()
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").startswith("doi:"):
            break
    assert page.evaluate("document.activeElement.href").startswith("https://doi.org/10.")
    assert page.locator(POPUP).is_visible()
    page.keyboard.press("Escape")
    page.locator(POPUP).wait_for(state="hidden")
    assert page.evaluate("document.activeElement.closest('.bibtex-citation') !== null")


def test_a_tap_opens_a_definition_and_a_second_tap_follows_the_link(browser, site):
    context = browser.new_context(viewport=PHONE, has_touch=True)
    page = context.new_page()
    page.goto((site / CHAPTER).as_uri())
    link = page.locator("a[href*='#term-hold-out']").first
    link.tap()
    box = page.locator(POPUP)
    box.wait_for()
    edges = box.evaluate("b => [b.getBoundingClientRect().left, b.getBoundingClientRect().right]")
    assert edges[0] >= 0
    assert edges[1] <= PHONE["width"]
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    link.tap()
    page.wait_for_url("**/glossary.html#term-hold-out")
    context.close()


def test_a_question_teaches_in_a_live_region_and_remembers_the_answer(page, site):
    page.goto((site / CHAPTER).as_uri())
    place = page.locator(".guide-check")
    told = place.locator("[role=status]")
    check = place.get_by_role("button", name="Check")
    check.click()
    assert told.inner_text() == "Choose an answer first."
    assert place.get_by_role("radiogroup").count() == 1
    right = place.locator(".guide-answers > ol > li").evaluate_all(
        "items => items.findIndex(item => item.matches('.guide-right'))"
    )
    place.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    for _ in range(right + (right == 0)):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert told.inner_text().split(maxsplit=1)[1].startswith("Right." if right else "Not this one.")
    place.get_by_role("radio").nth(right).check()
    check.click()
    assert "Right." in told.inner_text()
    assert len(told.inner_text().split()) > 10
    page.reload()
    assert place.get_by_role("radio").nth(right).is_checked()
    assert "Right." in told.inner_text()


def test_a_question_with_several_answers_says_what_is_missing(page, site):
    page.goto((site / SEVERAL).as_uri())
    place = page.locator(".guide-check")
    boxes = place.get_by_role("checkbox")
    right = place.locator(".guide-answers > ol > li").evaluate_all(
        "items => items.flatMap((item, i) => item.matches('.guide-right') ? [i] : [])"
    )
    boxes.nth(right[0]).check()
    place.get_by_role("button", name="Check").click()
    assert f"{len(right) - 1} more to find" in place.locator("[role=status]").inner_text()
    for i in right[1:]:
        boxes.nth(i).check()
    place.get_by_role("button", name="Check").click()
    assert "That is all of it" in place.locator("[role=status]").inner_text()


def test_without_javascript_questions_terms_and_paths_are_plain(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / CHAPTER).as_uri())
    place = page.locator(".guide-check")
    assert place.locator("> ol > li").first.is_visible()
    assert place.locator("input, button").count() == 0
    place.locator("summary").click()
    assert place.locator(".guide-right").first.is_visible()
    assert "glossary" in page.locator("a[href*='#term-hold-out']").first.get_attribute("href")
    page.goto((site / PATHS).as_uri())
    assert page.locator("#path-manager ol > li a").first.is_visible()
    context.close()


def test_a_path_is_followed_from_page_to_page_and_left(page, site):
    page.goto((site / PATHS).as_uri())
    page.locator("#path-methodologist").get_by_role("button", name="Follow this path").click()
    page.locator("#path-methodologist .guide-path-start").click()
    bar = page.locator(".guide-path")
    bar.first.wait_for()
    steps = len(WRITTEN["methodologist"]["steps"])
    assert bar.first.inner_text().startswith(f"Path: methodologist, step 1 of {steps}, about ")
    assert bar.count() == 2
    assert page.locator(".prev-next-area a").count() >= 1
    before = bar.first.inner_text()
    page.get_by_role("link", name="Next on the path").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/wp1_use_cases/index.html")
    bar.first.wait_for()
    assert f"step 2 of {steps}" in bar.first.inner_text()
    assert left(bar.first.inner_text()) < left(before)
    bar.last.get_by_role("button", name="Mark as read").click()
    assert bar.last.get_by_role("button", name="Mark as not read").count() == 1
    page.goto((site / CHAPTER).as_uri())
    bar.first.wait_for()
    assert "This page is not on it" in bar.first.inner_text()
    bar.first.get_by_role("button", name="Leave the path").click()
    assert bar.count() == 0
    page.reload()
    assert bar.count() == 0


def left(text):
    """Return the minutes that a bar says are left."""
    words = text.split("about ")[1].split(" left")[0].split()
    numbers = dict(zip(words[1::2], map(int, words[::2]), strict=True))
    return sum(n * (60 if unit.startswith("hour") else 1) for unit, n in numbers.items())


def test_the_page_of_paths_shows_progress_and_forgets_it(page, site):
    page.goto((site / PATHS).as_uri())
    path = page.locator("#path-manager")
    path.get_by_role("checkbox").first.check()
    assert f"1 of {len(WRITTEN['manager']['steps'])} steps read" in path.inner_text()
    assert page.evaluate("Object.keys(localStorage).some(key => key === 'guide.read')")
    page.reload()
    assert path.get_by_role("checkbox").first.is_checked()
    page.get_by_role("button", name="Forget my progress").click()
    assert page.get_by_role("status").filter(has_text="Forgotten").count() == 1
    assert not path.get_by_role("checkbox").first.is_checked()
    assert page.evaluate("['path', 'read', 'checks'].every(k => !localStorage[`guide.${k}`])")


@pytest.fixture(scope="module")
def follower(browser):
    """A phone on which the path of a methodologist is followed."""
    page = browser.new_page(viewport=PHONE)
    page.add_init_script("localStorage.setItem('guide.path', '\"methodologist\"')")
    yield page
    page.close()


@pytest.mark.parametrize("name", [PATHS, CHAPTER, SEVERAL, "book/wp1_use_cases/index.html"])
def test_a_followed_path_is_no_wider_than_a_phone(follower, site, name):
    page = follower
    page.goto((site / name).as_uri())
    page.locator(".guide-path, .guide-path-choice").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    small = page.locator(
        ".guide-path :is(a, button), .guide-check :is(label, button), .guide-path-choice button"
    )
    assert min(small.evaluate_all("all => all.map(e => e.getBoundingClientRect().height)")) >= 24


def test_on_paper_answers_stand_at_the_end_and_navigation_is_gone(page, site):
    page.goto((site / CHAPTER).as_uri())
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    answers = page.locator(".guide-paper-answers")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert "Right." in answers.inner_text()
    assert answers.evaluate("a => a === a.parentElement.lastElementChild")
    for gone in (".guide-check button", ".bd-sidebar-primary", ".prev-next-footer", ".guide-popup"):
        assert not page.locator(gone).first.is_visible(), gone
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert answers.count() == 0
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_chapter_opens_its_notebook_in_binder_and_downloads_it(page, site):
    page.goto((site / CHAPTER).as_uri())
    hub = page.locator(".dropdown-launch-buttons a").get_attribute("href")
    assert hub.endswith("?urlpath=lab/tree/notebooks/wp3_measures/identity.ipynb")
    link = page.locator(".dropdown-download-buttons a[href$='.ipynb']")
    assert link.get_attribute("download") is not None
    assert (site / CHAPTER).parent.joinpath(link.get_attribute("href")).resolve().is_file()


def test_jupyterlab_is_offered_by_a_server_that_has_it_after_a_click(page, served):
    asked = []
    page.on("request", lambda r: asked.append(r.url) if "kernels.json" in r.url else None)
    page.goto(served + CHAPTER)
    assert not asked
    page.locator(".dropdown-launch-buttons button").click()
    link = page.get_by_role("link", name="JupyterLab on this server")
    link.wait_for()
    target = "/base/lab/tree/work/notebooks/wp3_measures/identity.ipynb"
    assert link.get_attribute("href") == target

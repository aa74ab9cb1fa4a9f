"""Facts about the pages for people who use a keyboard, a screen reader, or other colours."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING = f"axe.run(document, {{ runOnly: {RULES}, resultTypes: ['violations'] }})"
COLOURS = "axe.run(document, { runOnly: ['color-contrast'], resultTypes: ['violations'] })"
DESKTOP = {"width": 1280, "height": 900}
PARTS = 4

FOCUS = """() => {
  const e = document.activeElement;
  const style = getComputedStyle(e);
  const box = e.getBoundingClientRect();
  return {
    what: e.outerHTML.slice(0, 120),
    body: e === document.body,
    seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0
      || style.boxShadow !== 'none',
    inView: box.bottom > 0 && box.top < innerHeight && box.width > 0,
    place: e.closest('.bd-article') ? 'article' : 'around',
  };
}"""


def found(page, asked):
    """Return what axe finds, one line a place."""
    violations = page.evaluate(asked)["violations"]
    return [f"{v['id']}: {n['html'][:140]}" for v in violations for n in v["nodes"]]


@pytest.fixture(scope="module")
def page(browser):
    """One window for all pages: opening another each time takes longer than looking."""
    opened = browser.new_page(viewport=DESKTOP, reduced_motion="reduce", color_scheme="light")
    yield opened
    opened.close()


def problems_of(page, site, name):
    """Look at a page in light with every rule, and in dark at its colours."""
    page.goto((site / name).as_uri())
    page.evaluate(AXE)
    problems = found(page, EVERYTHING)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    problems += [f"dark {line}" for line in found(page, COLOURS)]
    return [f"{name} {line}" for line in problems]


@pytest.fixture(scope="session")
def names(site):
    folders = (site / "book", site / "notebooks")
    chapters = sorted(p.relative_to(site).as_posix() for f in folders for p in f.rglob("*.html"))
    return [*chapters, "search.html"]


@pytest.mark.parametrize("part", range(PARTS))
def test_axe_finds_nothing_on_any_page_in_light_and_dark(page, site, names, part):
    problems = [line for name in names[part::PARTS] for line in problems_of(page, site, name)]
    assert not problems, "\n".join(sorted(problems))


def test_a_chapter_can_be_walked_with_the_keyboard_alone(browser, site):
    page = browser.new_page(viewport=DESKTOP, reduced_motion="reduce")
    page.goto((site / "book/wp3_measures/attacks_as_games.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to main content"
    stops = []
    for _ in range(400):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop["body"]:
            break
        stops.append(stop)
    else:
        pytest.fail("400 presses of Tab did not reach the end of the page: a trap")
    unseen = [s["what"] for s in stops if not (s["seen"] and s["inView"])]
    assert not unseen, "\n".join(unseen)
    assert sum(s["place"] == "article" for s in stops) > 20
    page.close()


def test_the_skip_link_leads_past_the_side_bar(browser, site):
    page = browser.new_page(viewport=DESKTOP)
    page.goto((site / "book/wp3_measures/attacks_as_games.html").as_uri())
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main, .bd-content') !== null")
    page.close()


def test_a_chapter_reads_at_four_times_the_size_without_scrolling_sideways(browser, site):
    page = browser.new_page(viewport={"width": 320, "height": 640})  # 1280 px at 400 %, WCAG 1.4.10
    page.goto((site / "book/wp3_measures/attacks_as_games.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()

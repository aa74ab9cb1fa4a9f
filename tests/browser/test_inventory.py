"""Facts about the inventory tables in a browser: search, menus, sorting, keyboard, no script."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

SITE = Path(os.environ.get("GUIDE_SITE", Path(__file__).resolve().parents[2] / "build/_build/html"))
PHONE = {"width": 390, "height": 844}
PAGES = (
    "book/wp2_methods/inventory.html",
    "book/wp3_measures/inventory.html",
    "book/appendix/datasets.html",
)
ROWS = ".guide-inventory tbody tr"


@pytest.fixture(scope="module")
def windows(browser):
    """Windows for all tests: opening another each time takes longer than looking."""
    kinds = {"desk": {}, "phone": {"viewport": PHONE}, "plain": {"java_script_enabled": False}}
    opened = {kind: browser.new_page(**options) for kind, options in kinds.items()}
    yield opened
    for page in opened.values():
        page.close()


@pytest.fixture
def page(windows):
    """The inventory of methods, opened from its folder anew: no server, no kernel."""
    if not (SITE / PAGES[0]).is_file():
        pytest.fail(f"{SITE} holds no inventory; build the pages first with: make book")
    opened, problems = windows["desk"], []

    def note(error):
        problems.append(str(error))

    opened.on("pageerror", note)
    opened.goto((SITE / PAGES[0]).as_uri())
    yield opened
    opened.evaluate("localStorage.clear(); sessionStorage.clear()")
    opened.goto("about:blank")
    opened.remove_listener("pageerror", note)
    assert not problems


def shown(page):
    """Return the visible rows as lists of the texts of their cells."""
    rows = page.locator(f"{ROWS}:visible")
    return rows.evaluate_all("rows => rows.map(r => [...r.cells].map(c => c.innerText.trim()))")


def column(page, name):
    heads = page.locator(".guide-inventory th").all_inner_texts()
    return [re.sub(r"\W+$", "", head).strip() for head in heads].index(name)


def menu(page, name):
    return page.locator(".guide-sieve").get_by_role("combobox", name=name, exact=True)


def told(page):
    """Return how many entries the live region says are shown, and of how many."""
    status = page.locator(".guide-sieve [role=status]")
    return tuple(map(int, re.findall(r"\d+", status.inner_text())[:2]))


def test_every_row_is_shown_at_first_and_counted(page):
    everything = len(shown(page))
    assert everything >= 38
    assert told(page) == (everything, everything)
    assert page.get_by_role("button", name="Show all").is_disabled()


def test_the_search_looks_at_the_row_and_at_the_summary_of_the_section(page):
    everything = len(shown(page))
    find = page.get_by_role("searchbox", name="Search").last
    find.fill("coarsened")
    assert [row[0] for row in shown(page)] == ["Coarsened margins and iterative fitting"]
    assert told(page) == (1, everything)
    find.fill("misspellings")  # in a summary only
    assert [row[0] for row in shown(page)] == [
        "Linkage errors: a second source about the same people"
    ]
    find.fill("dp_marginals")  # the name in code
    assert len(shown(page)) == 1
    find.fill("no such word")
    assert told(page)[0] == 0
    assert "show all" in page.locator(".guide-sieve [role=status]").inner_text()
    page.get_by_role("button", name="Show all").click()
    assert len(shown(page)) == everything
    assert find.input_value() == ""


def test_menus_narrow_the_table_together(page):
    menu(page, "Formal privacy").select_option("yes")
    menu(page, "Runs here").select_option("yes")
    rows = shown(page)
    assert rows
    assert {row[column(page, "Formal privacy")] for row in rows} == {"yes"}
    assert {row[column(page, "Runs here")] for row in rows} == {"yes"}
    before = len(rows)
    menu(page, "Public data release").select_option("fit")
    assert len(shown(page)) < before


def test_a_menu_finds_one_of_several_values_in_a_cell(page):
    menu(page, "Takes").select_option("panels")
    cells = [row[column(page, "Takes")] for row in shown(page)]
    assert "one table; panels" in cells
    assert all("panels" in cell for cell in cells)


def test_a_heading_sorts_by_keyboard_and_says_so(page):
    head = page.locator(".guide-inventory th").nth(column(page, "Family"))
    button = head.get_by_role("button", name="Family")
    button.focus()
    for direction, backwards in (("ascending", False), ("descending", True)):
        page.keyboard.press("Enter")
        assert head.get_attribute("aria-sort") == direction
        families = [row[column(page, "Family")] for row in shown(page)]
        assert families == sorted(families, key=str.lower, reverse=backwards)
    assert page.locator("th[aria-sort]").count() == 1
    assert "sorted by Family" in page.locator(".guide-sieve [role=status]").inner_text()
    page.get_by_role("button", name="Show all").click()
    assert page.locator("th[aria-sort]").count() == 0


def test_all_controls_can_be_reached_by_tab(page):
    page.get_by_role("searchbox", name="Search").last.focus()
    reached = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.tagName"))
    assert {"SUMMARY", "SELECT", "BUTTON", "DIV", "A"} <= reached


def test_a_link_leads_from_the_table_to_the_section(page):
    page.locator(f"{ROWS} a").first.click()
    assert page.evaluate("document.querySelector(location.hash).matches('section.guide-entry')")


@pytest.mark.parametrize("name", PAGES)
def test_no_inventory_is_wider_than_a_phone(windows, name):
    page = windows["phone"]
    page.goto((SITE / name).as_uri())
    page.locator(".guide-sieve summary").first.click()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    widest = "boxes => Math.max(...boxes.map(b => b.getBoundingClientRect().right - innerWidth))"
    assert page.locator(".guide-sieve").evaluate_all(widest) <= 0
    assert page.locator(".guide-sieve").count() == page.locator(".guide-inventory").count()


@pytest.mark.parametrize("name", PAGES)
def test_without_javascript_the_plain_table_remains(windows, name):
    page = windows["plain"]
    page.goto((SITE / name).as_uri())
    assert page.locator(ROWS).first.is_visible()
    assert page.locator(".guide-sieve, .guide-inventory th button").count() == 0


CONTRAST = """element => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255)
      .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let ground = element;
  const back = (e) => getComputedStyle(e).backgroundColor;
  while (/, 0\\)$|transparent/.test(back(ground))) ground = ground.parentElement;
  const two = [light(getComputedStyle(element).color), light(back(ground))].sort((a, b) => b - a);
  return (two[0] + 0.05) / (two[1] + 0.05);
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_and_controls_stand_out_from_their_ground(page, theme):
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    page.wait_for_timeout(300)  # the theme fades colours
    parts = (".guide-sieve label span", ".guide-sieve select", ".guide-told", "th button", "td")
    for part in parts:
        element = page.locator(f".guide-inventory {part}").first
        assert element.evaluate(CONTRAST) >= 4.5, part

"""Facts about the explorers of the built pages, which hold all that their settings show."""

from __future__ import annotations

import gzip
import re

import pytest

pytestmark = pytest.mark.browser

MOST = 300_000  # bytes of a page's explorers, as they travel
EXPLORER = re.compile(r'<figure class="[^"]*guide-explorer.*?</figure>', re.DOTALL)


@pytest.fixture(scope="module")
def explorers(site):
    """The explorers of each built page that has some."""
    pages = [p for folder in ("book", "notebooks") for p in (site / folder).rglob("*.html")]
    found = {p.relative_to(site).as_posix(): EXPLORER.findall(p.read_text("utf-8")) for p in pages}
    held = {name: each for name, each in found.items() if each}
    assert held, "no page has an explorer"
    return held


DRAWN = "figure.guide-plotly.guide-explorer:has(input[type=range])"


def with_drawing(explorers):
    """Return the first page with an explorer that draws and has a scale."""
    parts = ('class="guide-plotly guide-explorer"', 'type="range"')
    return next(
        name for name, each in explorers.items() if any(all(p in e for p in parts) for e in each)
    )


def test_the_explorers_of_a_page_travel_light(explorers):
    sizes = {n: len(gzip.compress("".join(each).encode())) for n, each in explorers.items()}
    assert {n: size for n, size in sizes.items() if size > MOST} == {}


def test_without_javascript_an_explorer_says_its_setting_and_what_it_shows(explorers):
    silent = [
        name
        for name, each in explorers.items()
        for one in each
        if '<p class="guide-setting">Shown here: ' not in one
        or not ('<p class="guide-alt">' in one or '<div class="guide-view"><' in one)
    ]
    assert silent == []


def test_without_javascript_the_first_setting_reads_and_its_table_opens(browser, site, explorers):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / with_drawing(explorers)).as_uri())
    explorer = page.locator(DRAWN).first
    assert explorer.get_by_text("Shown here:").is_visible()
    assert explorer.locator(".guide-alt, .guide-view").first.is_visible()
    assert not explorer.locator(".guide-controls").is_visible()
    explorer.locator("details summary").press("Enter")
    assert explorer.locator("details table").is_visible()
    context.close()


def test_text_caption_and_table_keep_step_with_the_controls(browser, site, explorers):
    page = browser.new_page()
    problems = []
    for name in explorers:
        page.goto((site / name).as_uri())
        for number in range(page.locator("figure.guide-explorer").count()):
            explorer = page.locator("figure.guide-explorer").nth(number)
            problems += [f"{name}: {p}" for p in moved_and_back(explorer)]
    page.close()
    assert problems == []


def moved_and_back(explorer):
    """Move each control to its other end and back; yield what did not follow."""
    start, said = shown(explorer), set()
    for control in explorer.locator(".guide-controls :is(select, input)").all():
        control.evaluate(TO_THE_OTHER_END)
        said.add(explorer.locator(".guide-finding").text_content())
        told = control.get_attribute("aria-valuetext")
        if control.get_attribute("data-words") and told != control.evaluate(WORDS_BESIDE):
            yield "the value is not said"
        control.evaluate(BACK)
        if shown(explorer) != start:
            yield "the first setting does not come back as the page had it"
    if "" in said:
        yield "a move says nothing"


def shown(explorer):
    """Return the text, the caption and the table of an explorer, as they stand in the page."""
    return explorer.evaluate(
        "e => [...e.querySelectorAll('.guide-view, figcaption, table')].map(p => p.innerHTML)"
    )


TO_THE_OTHER_END = """e => {
  e.dataset.was = e.type === "checkbox" ? e.checked : e.value;
  if (e.type === "checkbox") e.checked = !e.checked;
  else if (e.options) e.selectedIndex = e.options.length - 1 - e.selectedIndex;
  else e.value = e.max - e.value;
  e.dispatchEvent(new Event("input", { bubbles: true }));
}"""
BACK = """e => {
  if (e.type === "checkbox") e.checked = e.dataset.was === "true";
  else e.value = e.dataset.was;
  e.dispatchEvent(new Event("input", { bubbles: true }));
}"""
WORDS_BESIDE = "e => e.nextElementSibling.textContent"


def test_a_setting_is_chosen_by_the_keyboard_alone(browser, site, explorers):
    page = browser.new_page()
    page.goto((site / with_drawing(explorers)).as_uri())
    explorer = page.locator(DRAWN).first
    scale = explorer.locator("input[type=range]").first
    before = shown(explorer)
    scale.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Home")
    assert scale.input_value() == "0"
    page.keyboard.press("End")
    assert shown(explorer) != before
    explorer.locator("details summary").press("Enter")
    assert explorer.locator("details table").is_visible()
    page.close()

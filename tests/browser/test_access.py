"""Facts about the pages for people who use a keyboard, a screen reader, or other colours."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOK = """async ([known, rules]) => {
  const grounds = new Map([[null, ""]]);
  const ground = (element) => {
    if (!grounds.has(element)) {
      const style = getComputedStyle(element);
      const own = [
        style.backgroundColor.replace("rgba(0, 0, 0, 0)", ""),
        style.backgroundImage.replace(/^none$/, ""),
        style.opacity.replace(/^1$/, ""),
        style.filter.replace(/^none$/, ""),
        style.mixBlendMode.replace(/^normal$/, ""),
        /static|relative/.test(style.position) ? "" : style.position + element.className,
      ].filter((said) => said);
      grounds.set(element, ground(element.parentElement) + (own.length ? `${own}|` : ""));
    }
    return grounds.get(element);
  };
  const control = (element) => element.matches("input, select, textarea");
  const look = (element) => {
    const { color, fill, fontSize, fontWeight, textShadow } = getComputedStyle(element);
    const itself = control(element) ? element.outerHTML : "";
    return [color, fill, fontSize, fontWeight, textShadow, ground(element), itself].join(" ");
  };
  const told = ({ childNodes }) =>
    [...childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const passed = new Set(known), problems = [], looks = new Map();
  for (const element of document.querySelectorAll("body, body *")) {
    if (!(control(element) || told(element))) continue;
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    if (!passed.has(look(element))) looks.set(element, look(element));
  }
  const judge = async (elements, runOnly) => {
    for (const element of elements) element.toggleAttribute("data-new", true);
    axe.configure({ rules: [{ id: "color-contrast", selector: "[data-new]" }] });
    const { passes, violations } = await axe.run(document, { runOnly, elementRef: true,
      selectors: false, resultTypes: ["passes", "violations"], preload: false });
    for (const element of elements) {
      element.toggleAttribute("data-new", false);
      looks.delete(element);
      if (control(element)) passed.add(look(element));
    }
    for (const { nodes } of passes.filter(({ id }) => id === "color-contrast"))
      for (const { element } of nodes) passed.add(look(element));
    for (const { id, nodes } of violations)
      for (const { element, html } of nodes) {
        passed.delete(look(element));
        problems.push(`${id}: ${html.slice(0, 140)}`);
      }
  };
  const alike = Map.groupBy(looks.keys(), (element) => looks.get(element));
  const some = [...alike.values()].flatMap((all) =>
    [...new Set([all[0], all[all.length >> 1], all.at(-1)])]);
  if (rules.length > 1 || some.length) await judge(some, rules);
  const rest = [...looks].filter(([, how]) => !passed.has(how)).map(([element]) => element);
  if (rest.length) await judge(rest, ["color-contrast"]);
  return [problems, [...passed]];
}"""
"""Axe with some rules. The contrast of texts is asked of three of each look on its ground that has
not passed yet, and, where it still has not, of all that have it. No style sheet is loaded again:
from a folder axe cannot read one, and says nothing of it.
"""
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


def found(page, rules, passed):
    """Return what axe finds, one line a place; looks that it has passed are not asked again."""
    problems, looks = page.evaluate(LOOK, [list(passed), rules])
    passed.clear()
    passed.update(looks)
    return problems


@pytest.fixture(scope="module")
def page(browser):
    """One window for all pages: opening another each time takes longer than looking."""
    opened = browser.new_page(viewport=DESKTOP, reduced_motion="reduce", color_scheme="light")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def passed():
    """The looks of texts, each with its ground, whose contrast axe has found sufficient."""
    return set()


def problems_of(page, site, name, passed):
    """Look at a page in light with every rule, and in dark at its colours."""
    page.goto((site / name).as_uri())
    page.evaluate(AXE)
    problems = found(page, RULES, passed)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    problems += [f"dark {line}" for line in found(page, ["color-contrast"], passed)]
    return [f"{name} {line}" for line in problems]


@pytest.fixture(scope="session")
def names(site):
    folders = (site / "book", site / "notebooks")
    chapters = sorted(p.relative_to(site).as_posix() for f in folders for p in f.rglob("*.html"))
    return [*chapters, "search.html"]


@pytest.mark.parametrize("part", range(PARTS))
def test_axe_finds_nothing_on_any_page_in_light_and_dark(page, site, names, part, passed):
    pages = names[part::PARTS]
    problems = [line for name in pages for line in problems_of(page, site, name, passed)]
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

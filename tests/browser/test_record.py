"""Facts about the page of a release record, opened as a file, on a phone and a desk."""

from __future__ import annotations

from pathlib import Path

import pytest

from guide_helpers import generate, hold_out, load, report

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING = f"axe.run(document, {{ runOnly: {RULES}, resultTypes: ['violations'] }})"
OPEN = "document.querySelectorAll('details').forEach(part => part.open = true)"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
KEPT = ("age", "sex", "education", "marital", "occupation", "weeks_worked", "income")


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    """The page of a record that misses a check and has a deviation, so that every part is there."""
    people = load("cps95").keep(*KEPT).take_units(range(600))
    original, control = hold_out(people, seed=1)
    made = report(
        generate(original, "bootstrap", seed=2),
        original=original,
        control=control,
        use_case="public-release",
        deviations={"linkage": "the file stays in the office"},
    )
    return made.save(tmp_path_factory.mktemp("record") / "record.html")


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_on_a_record_and_nothing_reaches_over_its_edge(browser, record, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(record.as_uri())
    page.evaluate(OPEN)
    page.evaluate(AXE)
    found = [
        f"{v['id']}: {n['html'][:140]}"
        for v in page.evaluate(EVERYTHING)["violations"]
        for n in v["nodes"]
    ]
    assert not found
    assert page.evaluate(OVERFLOW) == 0
    assert asked == [record.as_uri()]
    page.close()


def test_the_verdict_is_seen_first_and_the_note_has_a_page_of_its_own_in_print(browser, record):
    page = browser.new_page(viewport={"width": 390, "height": 700})
    page.goto(record.as_uri())
    assert page.locator(".verdict").bounding_box()["y"] < 350
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    last = page.locator("main > section").last
    assert last.evaluate("e => getComputedStyle(e).breakBefore") == "page"
    assert last.get_by_role("heading", name="Note for users").is_visible()
    page.close()

"""A brief is one sheet of A4 on paper, legible, and reads on a phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guide_helpers.briefs import brief, readers

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING = f"axe.run(document, {{ runOnly: {RULES}, resultTypes: ['violations'] }})"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SMALLEST = """Math.min(...[...document.querySelectorAll("main *")]
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .map(e => parseFloat(getComputedStyle(e).fontSize)))"""
POINT = 96 / 72


@pytest.mark.parametrize("reader", readers())
def test_a_brief_prints_on_one_sheet_in_letters_of_nine_points(browser, tmp_path, reader):
    place = brief(reader).save(tmp_path / "brief.html")
    page, asked = browser.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(place.as_uri())
    sheets = page.pdf(prefer_css_page_size=True)
    assert re.findall(rb"/Count (\d+)", sheets) == [b"1"]
    page.emulate_media(media="print")
    assert page.evaluate(SMALLEST) >= 9 * POINT - 0.01
    assert asked == [place.as_uri()]
    page.close()


def test_axe_finds_nothing_on_a_brief_and_nothing_reaches_over_the_edge_of_a_phone(
    browser, tmp_path
):
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(brief("manager").save(tmp_path / "brief.html").as_uri())
    assert page.evaluate(OVERFLOW) == 0
    page.evaluate(AXE)
    found = page.evaluate(EVERYTHING)["violations"]
    assert [f"{v['id']}: {n['html'][:140]}" for v in found for n in v["nodes"]] == []
    page.close()

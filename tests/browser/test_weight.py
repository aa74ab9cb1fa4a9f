"""Facts about the weight of pages: what is sent, packed as any host packs it, figures drawn."""

from __future__ import annotations

import gzip
import re

import pytest

pytestmark = pytest.mark.browser

NORMAL, FOLLOWING = 1_200_000, 150_000


@pytest.fixture(scope="module")
def packed(site):
    """The size of every page's own file as it is sent."""
    pages = [p for part in ("book", "notebooks") for p in (site / part).rglob("*.html")]
    return {p.relative_to(site).as_posix(): len(gzip.compress(p.read_bytes(), 6)) for p in pages}


def with_text(packed, site, kind):
    """The pages that hold a text, the heaviest first."""
    held = [name for name in packed if re.search(kind, (site / name).read_text("utf-8"))]
    return sorted(held, key=packed.get, reverse=True)


def test_the_heaviest_pages_keep_to_their_budgets_on_a_first_visit_and_the_next(
    bench, browser, packed, site
):
    """A figure, a formula and the longest file are all that can make a page heavier than others."""
    figure, *others = with_text(packed, site, 'class="guide-plotly')
    kinds = (figure, with_text(packed, site, "<math")[0], with_text(packed, site, ".")[0])
    with bench.hosted(site) as address:
        reader = browser.new_context()
        bench.transferred(reader, address + others[-1])
        for name in dict.fromkeys(kinds):
            fresh = browser.new_context()
            assert sum(bench.transferred(fresh, address + name).values()) < NORMAL, name
            fresh.close()
            following = sum(bench.transferred(reader, address + name).values())
            assert packed[name] <= following < FOLLOWING, name
        reader.close()


def test_no_page_sends_more_of_its_own_than_a_next_page_may(packed):
    heavy = {name: size for name, size in packed.items() if size > FOLLOWING - 55_000}
    assert heavy == {}, "with the font of formulas, these would pass 150 KB"


def test_a_page_without_figure_or_formula_loads_neither_library_nor_font(
    bench, browser, packed, site
):
    plain = next(
        n for n in packed if not re.search("guide-plotly|<math", (site / n).read_text("utf-8"))
    )
    with bench.hosted(site) as address:
        context = browser.new_context()
        sent = bench.transferred(context, address + plain)
        context.close()
    assert not [path for path in sent if re.search(r"plotly|woff|searchindex|thebe/", path)]
    assert sum(sent.values()) < 250_000

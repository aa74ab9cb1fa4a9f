"""Facts about the built pages: fresh, complete, and loading nothing from another site."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

OUTSIDE = re.compile(r"^\s*(?:https?:)?//", re.IGNORECASE)
STYLE_LOADS = re.compile(r"(?:url\(|@import)\s*['\"]?\s*((?:https?:)?//[^'\")\s]+)", re.IGNORECASE)
LOADING_LINKS = {
    "stylesheet",
    "preload",
    "modulepreload",
    "prefetch",
    "icon",
    "manifest",
    "preconnect",
}


class Page(HTMLParser):
    """What a page loads, which pictures it has, and which figures."""

    def __init__(self, text):
        super().__init__()
        self.loads, self.pictures, self.figures, self.inside_alt = [], [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        classes = (a.get("class") or "").split()
        if tag == "link" and LOADING_LINKS & set((a.get("rel") or "").split()):
            self.loads.append(a.get("href"))
        elif tag not in {"a", "link", "form"}:
            self.loads += [
                a.get(name) for name in ("src", "srcset", "poster", "data") if a.get(name)
            ]
        if tag == "img":
            self.pictures.append(a)
        if tag == "figure" and "guide-plotly" in classes:
            self.figures.append("")
        self.inside_alt = "guide-alt" in classes

    def handle_endtag(self, tag):
        self.inside_alt = False

    def handle_data(self, data):
        if self.inside_alt and self.figures:
            self.figures[-1] += data


@pytest.fixture(scope="module")
def pages(site):
    return {
        path.relative_to(site).as_posix(): Page(path.read_text("utf-8"))
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.relative_to(site).parts
    }


def test_the_pages_are_up_to_date(site, build_book, root):
    book = build_book.Book(root)
    assert build_book.is_built(book, book.key()), "sources changed since; run: make book"


def test_every_file_of_the_table_of_contents_has_a_page(pages, toc_files):
    assert [name for name in toc_files if f"{name}.html" not in pages] == []


def test_no_page_loads_anything_from_another_site(pages):
    outside = {
        name: [load for load in page.loads if load and OUTSIDE.match(load)]
        for name, page in pages.items()
    }
    assert {name: found for name, found in outside.items() if found} == {}


def test_no_page_names_a_content_network(pages, site):
    named = re.compile(r"unpkg\.com|jsdelivr|cdnjs|googleapis|gstatic|polyfill\.io")
    assert [name for name in pages if named.search((site / name).read_text("utf-8"))] == []


def test_no_style_loads_anything_from_another_site(site):
    outside = {
        path.relative_to(site).as_posix(): STYLE_LOADS.findall(path.read_text("utf-8"))
        for path in site.rglob("*.css")
    }
    assert {name: found for name, found in outside.items() if found} == {}


def test_every_figure_and_picture_has_alternative_text(pages):
    bare = [name for name, page in pages.items() if not all(t.strip() for t in page.figures)]
    bare += [
        f"{name}: {picture.get('src')}"
        for name, page in pages.items()
        for picture in page.pictures
        if picture.get("alt") is None
    ]
    assert bare == []
    assert any(page.figures for page in pages.values()), "no page has a figure"


def test_plotly_figures_are_not_lost_on_the_way(pages, site):
    """A kind of output that nobody renders would leave a notebook without its figures."""
    assert any(page.figures for name, page in pages.items() if name.startswith("notebooks/"))


def test_formulas_are_written_as_mathml_and_load_their_font_on_their_pages_alone(pages, site):
    formula = re.compile(r'class="math[ "]')
    with_formula = {n for n in pages if formula.search((site / n).read_text("utf-8"))}
    styled = {n for n in pages if "guide/formulas.css" in (site / n).read_text("utf-8")}
    assert with_formula
    assert styled == with_formula
    assert all("<math" in (site / n).read_text("utf-8") for n in with_formula)


def test_no_script_stands_in_the_way_of_what_is_seen_first(pages, site):
    """Only short settings run while a page is read; the search index is for its own page."""
    holding = re.compile(r"<script (?![^>]*(?:defer|async|application/))[^>]*src=")
    held = [
        n for n in pages if n != "search.html" and holding.search((site / n).read_text("utf-8"))
    ]
    assert held == []


def test_vendored_files_are_as_pinned(vendor):
    assert vendor.wrong_files() == []

"""Facts about the zip of the site, opened from a folder, and about the PDF."""

from __future__ import annotations

import importlib.util
import re
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

TOOLS = Path(__file__).resolve().parents[2] / "tools"
FIGURE = "figure.guide-plotly"


def loaded(name):
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folder(site, tmp_path_factory):
    """The site as a reader has it who unpacked the zip."""
    place = tmp_path_factory.mktemp("unpacked")
    loaded("make_zip").pack(site, place / "site.zip", "1.0")
    with zipfile.ZipFile(place / "site.zip") as archive:
        archive.extractall(place)
    return place / "guide-site-1.0"


@pytest.fixture
def reader(browser):
    """A page that notes what goes wrong."""
    context = browser.new_context()
    page = context.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(f"error: {error}"))
    page.on("requestfailed", lambda request: page.problems.append(f"failed: {request.url}"))
    page.on("request", lambda r: page.problems.extend([r.url] if r.url.startswith("http") else []))
    page.on(
        "console", lambda m: page.problems.append(f"says: {m.text}") if m.type == "error" else None
    )
    yield page
    context.close()


def page_with(folder, text):
    pages = sorted(folder.glob("[bn]*/**/*.html"))
    return next(page.as_uri() for page in pages if text in page.read_text("utf-8"))


def test_the_same_pages_give_the_same_zip(site, tmp_path):
    make_zip = loaded("make_zip")
    few = tmp_path / "few"
    for name in ("index.html", "offline.json"):
        few.mkdir(exist_ok=True)
        (few / name).write_bytes((site / name).read_bytes())
    make_zip.pack(few, tmp_path / "a.zip", "1.0")
    (few / "index.html").touch()
    make_zip.pack(few, tmp_path / "b.zip", "1.0")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert not list(tmp_path.glob("*.half"))


def test_the_readme_of_the_zip_names_a_page_that_is_there(folder):
    said = (folder / "README.txt").read_text("utf-8")
    assert (folder / re.search(r"Open (\S+\.html)", said)[1]).is_file()


def test_figures_and_explorers_work_from_a_folder(folder, reader):
    reader.goto(page_with(folder, "guide-plotly guide-explorer"))
    explorer = reader.locator("figure.guide-plotly.guide-explorer").first
    explorer.scroll_into_view_if_needed()
    explorer.locator(".main-svg").first.wait_for()
    control = explorer.locator(".guide-controls :is(select, input)").first
    control.focus()
    reader.keyboard.press("End")
    explorer.locator(".guide-finding", has_text=re.compile(r"\w")).wait_for()
    assert "from a folder" in reader.locator("p.guide-offline").text_content()
    assert reader.problems == []


def test_search_works_from_a_folder(folder, reader):
    reader.goto((folder / "search.html").as_uri() + "?q=propensity")
    reader.locator("#search-results li a").first.click()
    reader.locator("article h1").first.wait_for()
    assert reader.problems == []


@pytest.mark.parametrize("name", ["wp3_measures/inventory", "appendix/glossary", "front/index"])
def test_inventory_glossary_and_front_page_open_from_a_folder(folder, reader, name):
    reader.goto((folder / "book" / f"{name}.html").as_uri())
    reader.wait_for_load_state("networkidle")
    assert reader.locator("article h1").first.is_visible()
    assert reader.problems == []


def test_two_pages_print_to_a_pdf_with_bookmarks_links_and_drawn_figures(site, tmp_path, browser):
    make_pdf = loaded("make_pdf")
    make_pdf.SITE = site
    figure = page_with(site, 'class="guide-plotly').removeprefix(site.as_uri() + "/")
    said = []
    parts = [make_pdf.Part("A part", ["book/front/index", figure.removesuffix(".html")])]
    printed = tmp_path / "guide.pdf"
    make_pdf.print_pages(browser, parts, printed, said.append)
    content = printed.read_bytes()
    assert content.startswith(b"%PDF")
    assert b"/Outlines" in content
    assert b"/StructTreeRoot" in content
    assert content.count(b"/Subtype /Link") >= 2
    assert len(re.findall(rb"/Type /Page\b", content)) >= 4
    assert "[2/2]" in said[1]
    assert [p.name for p in tmp_path.iterdir()] == ["guide.pdf"]


def test_a_print_that_fails_leaves_no_file(site, tmp_path, browser):
    make_pdf = loaded("make_pdf")
    make_pdf.SITE = site
    nowhere = [make_pdf.Part("", ["book/nowhere"])]
    with pytest.raises(Exception, match="not among the built pages"):
        make_pdf.print_pages(browser, nowhere, tmp_path / "guide.pdf", lambda _: None)
    assert list(tmp_path.iterdir()) == []

"""Print the whole guide to one PDF with headless Chromium: build/guide.pdf.

    python tools/make_pdf.py                        every page, in the order of the contents
    python tools/make_pdf.py --pages P Q --to FILE  only these pages

The browser puts the built pages into one document, draws every figure, opens what is folded and
prints in light colours, with bookmarks, page numbers and links inside. Nothing is fetched: what
the document asks for is answered from the built site. The file appears when it is complete.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from build_book import files_in

ROOT = Path(__file__).resolve().parents[1]
SITE = Path(os.environ.get("GUIDE_SITE", ROOT / "build" / "_build" / "html"))
TO = ROOT / "build" / "guide.pdf"
HERE = "http://guide.invalid/"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
MINUTES = 20
FRAME = """<!doctype html><html lang="en-GB" data-theme="light" data-content_root="./"><head>
<meta charset="utf-8"><title>Practical Guide to the Use of Synthetic Data</title>
{styles}<style>{own}</style></head><body><main id="whole"></main></body></html>"""
STYLES = (
    "_static/styles/theme.css",
    "_static/styles/pydata-sphinx-theme.css",
    "_static/pygments.css",
    "_static/styles/sphinx-book-theme.css",
    "_static/mystnb.*.css",
    "_static/sphinx-design.min.css",
    "_static/guide/formulas.css",
    "_static/guide/guide.css",
    "_static/guide/reading.css",
)
OWN = Path(__file__).with_suffix(".css")
ASSEMBLE = Path(__file__).with_suffix(".js")
DRAWN = """() => {
  const figures = [...document.querySelectorAll("figure.guide-plotly")];
  window.drawn = figures.filter((f) => f.dataset.drawn).length;
  return window.drawn === figures.length && document.fonts.status === "loaded";
}"""
NUMBERS = (
    '<div style="font:8px sans-serif;width:100%;text-align:center;color:#444">'
    '<span class="pageNumber"></span> / <span class="totalPages"></span></div>'
)


@dataclass(frozen=True)
class Part:
    """A part of the contents: its caption, and its pages without their ending."""

    caption: str
    pages: list[str]


def parts_of(toc: dict[str, Any]) -> list[Part]:
    """Return the parts of a table of contents, the first page in one of its own."""
    parts = toc.get("parts") or [toc]
    return [
        Part("", [str(toc["root"])]),
        *(Part(str(p.get("caption") or ""), files_in(p.get("chapters"))) for p in parts),
    ]


def answer(route: Any, frame: str) -> None:
    """Answer a request of the document from the built site."""
    name = route.request.url.removeprefix(HERE).partition("?")[0]
    path = (SITE / name).resolve()
    if name == "":
        route.fulfill(body=frame, content_type="text/html")
    elif path.is_relative_to(SITE.resolve()) and path.is_file():
        route.fulfill(path=path)
    else:
        route.fulfill(status=404)


def print_pages(browser: Any, parts: list[Part], to: Path, say: Callable[[str], None]) -> None:
    """Print pages into one file, written whole or not at all."""
    named = [path.relative_to(SITE).as_posix() for style in STYLES for path in SITE.glob(style)]
    styles = "".join(f'<link rel="stylesheet" href="{name}">' for name in named)
    frame = FRAME.format(styles=styles, own=OWN.read_text(encoding="utf-8"))
    page = browser.new_page(viewport={"width": 672, "height": 950}, color_scheme="light")
    page.set_default_timeout(MINUTES * 60_000)
    page.route("**/*", lambda route: answer(route, frame))
    page.expose_function("told", progress(sum(len(part.pages) for part in parts), say))
    page.goto(HERE)
    told = [{"caption": part.caption, "pages": part.pages} for part in parts]
    version = metadata.version("guide-helpers")
    page.evaluate(ASSEMBLE.read_text(encoding="utf-8"), {"parts": told, "version": version})
    draw(page, say)
    say("printing ...")
    to.parent.mkdir(parents=True, exist_ok=True)
    half = to.with_suffix(".half")
    try:
        page.pdf(
            path=half,
            prefer_css_page_size=True,
            print_background=True,
            outline=True,
            tagged=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=NUMBERS,
        )
        half.replace(to)
    finally:
        half.unlink(missing_ok=True)
        page.close()


def progress(pages: int, say: Callable[[str], None]) -> Callable[[str], None]:
    """Return what says that one more page is there."""
    done = iter(range(1, pages + 1))
    return lambda title: say(f"[{next(done)}/{pages}] {title}")


def draw(page: Any, say: Callable[[str], None]) -> None:
    """Draw every figure and wait until all are there."""
    for name in ("guide", "figures"):
        page.add_script_tag(url=f"{HERE}_static/guide/{name}.js")
    figures = page.locator("figure.guide-plotly").count()
    say(f"drawing {figures} figures ...")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(DRAWN, polling=500)


def main() -> None:
    """Run from the command line."""
    import yaml
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pages", nargs="+", metavar="PAGE", help="such as book/front/index")
    parser.add_argument("--to", type=Path, default=TO, metavar="FILE")
    asked = parser.parse_args()
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    parts = [Part("", asked.pages)] if asked.pages else parts_of(toc)
    missing = [n for part in parts for n in part.pages if not (SITE / f"{n}.html").is_file()]
    if missing:
        sys.exit(f"{missing[0]} is not among the built pages of {SITE}; build them: make book")
    began = time.monotonic()
    found = os.environ.get("GUIDE_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
            print_pages(browser, parts, asked.to, lambda text: print(text, flush=True))
            browser.close()
    except KeyboardInterrupt:
        sys.exit("\nStopped; no PDF was written.")
    size = asked.to.stat().st_size / 1e6
    print(f"{asked.to}: {size:.1f} MB in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()

"""Icons without the theme's two thousand: a cut font, in place of its fonts and its script.

A new icon gets its line in `SOLID`, then `python tools/fonts.py` cuts the font again.
"""

from __future__ import annotations

import base64
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

STYLE = Path("_static", "styles", "pydata-sphinx-theme.css")
FONTS = Path("_static", "guide", "fonts")
REPLACED = (Path("_static", "vendor", "fontawesome"), Path("_static", "scripts", "fontawesome.js"))
FACE = re.compile(r"@font-face\{[^}]*Font Awesome[^}]*\}")
ICON = re.compile(r'(?<=\})(?:\.fa-[a-z0-9-]+:before,?)+\{content:"[^"]*"\}')
NAMES = re.compile(r"\.fa-([a-z0-9-]+):before")
MARK = re.compile(r"/\*# sourceMappingURL=[^*]*\*/|^//# sourceMappingURL=.*$", re.MULTILINE)
SOLID = {
    "angle-down": 0xF107,
    "angle-left": 0xF104,
    "angle-right": 0xF105,
    "arrow-up": 0xF062,
    "bars": 0xF0C9,
    "bell": 0xF0F3,
    "caret-down": 0xF0D7,
    "caret-right": 0xF0DA,
    "check": 0xF00C,
    "chevron-down": 0xF078,
    "circle-check": 0xF058,
    "circle-exclamation": 0xF06A,
    "circle-half-stroke": 0xF042,
    "circle-info": 0xF05A,
    "circle-xmark": 0xF057,
    "code": 0xF121,
    "download": 0xF019,
    "expand": 0xF065,
    "file": 0xF15B,
    "file-pdf": 0xF1C1,
    "lightbulb": 0xF0EB,
    "link-slash": 0xF127,
    "list": 0xF03A,
    "magnifying-glass": 0xF002,
    "magnifying-glass-minus": 0xF010,
    "moon": 0xF186,
    "pause": 0xF04C,
    "pencil": 0xF303,
    "play": 0xF04B,
    "retweet": 0xF079,
    "rocket": 0xF135,
    "share": 0xF064,
    "stop": 0xF04D,
    "sun": 0xF185,
    "triangle-exclamation": 0xF071,
    "up-right-from-square": 0xF35D,
    "xmark": 0xF00D,
}
BRANDS = {"github": 0xF09B}
SAME_SIZE = ".bd-header-article .theme-switch.fa-lg{font-size:1em;line-height:inherit}"


def setup(app: Sphinx) -> None:
    """Replace the icons when all pages are written."""
    app.connect("build-finished", replace_icons)


def replace_icons(app: Sphinx, failure: Exception | None) -> None:
    """Give the theme's style our fonts, and delete what no page loads any more."""
    output = Path(app.outdir)
    if failure or not (output / STYLE).is_file():
        return
    style = (output / STYLE).read_text(encoding="utf-8")
    (output / STYLE).write_text(with_our_icons(style, output / FONTS), encoding="utf-8")
    for path in REPLACED:
        shutil.rmtree(output / path, ignore_errors=True)
        (output / path).unlink(missing_ok=True) if not (output / path).is_dir() else None
    for path in output.glob("_static/**/*.map"):
        path.unlink()


def with_our_icons(style: str, fonts: Path) -> str:
    """Return the theme's style with the cut fonts, and no rule for an icon that they lack.

    The fonts stand in the style: no icon comes late, and pages show them from a folder too.
    """
    faces = (
        ("Font Awesome 6 Free", 900, fonts / "guide-icons.woff2"),
        ("Font Awesome 6 Brands", 400, fonts / "guide-brands.woff2"),
    )
    known = SOLID.keys() | BRANDS.keys()
    style = FACE.sub("", style)
    style = ICON.sub(lambda rule: rule[0] if known & set(NAMES.findall(rule[0])) else "", style)
    return MARK.sub("", style) + "".join(_face(*face) for face in faces) + SAME_SIZE


def _face(family: str, weight: int, path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode()
    source = f'url(data:font/woff2;base64,{data}) format("woff2")'
    return f'@font-face{{font-family:"{family}";font-weight:{weight};src:{source}}}'

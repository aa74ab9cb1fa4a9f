"""Facts about the icons that pages keep."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from guide_helpers.site import icons

FONTS = Path(icons.__file__).parent / "assets" / "guide" / "fonts"
NAMED = re.compile(r"\bfa-([a-z0-9-]+)")
SIZES = {"lg", "solid", "fw", "spin", "brands"}


@pytest.fixture(scope="module")
def theme_style():
    theme = Path(find_spec("pydata_sphinx_theme").origin).parent / "theme" / "pydata_sphinx_theme"
    return (theme / "static" / "styles" / "pydata-sphinx-theme.css").read_text("utf-8")


def test_the_theme_gives_our_icons_the_signs_that_our_fonts_hold(theme_style):
    signs = {
        name: int(sign, 16)
        for names, sign in re.findall(
            r'((?:\.fa-[a-z0-9-]+:before,?)+)\{content:"\\([0-9a-f]+)"', theme_style
        )
        for name in icons.NAMES.findall(names)
    }
    ours = icons.SOLID | icons.BRANDS
    assert {name: signs.get(name) for name in ours} == ours


def test_every_sign_that_the_theme_draws_itself_is_in_our_fonts(theme_style):
    drawn = dict(re.findall(r'--pst-((?:icon|breadcrumb)-[a-z-]+):"(.)"', theme_style))
    ours = {chr(sign) for sign in (icons.SOLID | icons.BRANDS).values()}
    assert {name for name, sign in drawn.items() if sign not in ours} == {"icon-gitlab"}


def test_the_style_keeps_our_icons_and_loses_the_others_and_the_fonts(theme_style):
    style = icons.with_our_icons(theme_style, FONTS)
    assert ".fa-bars:before" in style
    assert ".fa-guitar:before" not in style
    assert "webfonts" not in style
    assert style.count("@font-face") == 2
    assert len(style) < 0.85 * len(theme_style)


def test_every_icon_that_a_page_names_is_in_our_fonts(site):
    named = {
        name
        for page in site.rglob("*.html")
        for classes in re.findall(r'class="([^"]*\bfa[bs]?\b[^"]*)"', page.read_text("utf-8"))
        for name in NAMED.findall(classes)
    }
    assert named - SIZES
    assert named - SIZES <= icons.SOLID.keys() | icons.BRANDS.keys()


def test_fonts_are_as_pinned(fonts):
    assert fonts.wrong_files() == []

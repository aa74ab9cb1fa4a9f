"""Facts about the icons that pages keep."""

from __future__ import annotations

from guide_helpers.site import icons

FILE = (
    'var a={bars:[448,512,["navicon"],"f0c9","M0 96z"],"arrow-up":[384,512,[8593],"f062","M1z"],'
    'music:[512,512,[],"f001",["M2z","M3z"]]};define(a)'
)


def test_used_icons_stay_by_any_of_their_names_and_others_go():
    kept = icons.only({"navicon", "music"}, FILE)
    assert kept == (
        'var a={bars:[448,512,["navicon"],"f0c9","M0 96z"],'
        'music:[512,512,[],"f001",["M2z","M3z"]]};define(a)'
    )


def test_the_theme_writes_its_icons_as_expected():
    theme = (icons.theme_folder() / icons.ICONS.relative_to("_static")).read_text("utf-8")
    assert len(icons.ICON.findall(theme)) > 1_000
    assert len(icons.only({"bars"}, theme)) < 100_000

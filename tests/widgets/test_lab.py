"""Labs: an explorer holds every setting, and the live controls draw what they show."""

from __future__ import annotations

import json

import pytest

from guide_helpers import GuideError, hold_out, load
from guide_helpers.site.plotly_figure import AltTextError, figure_html
from guide_helpers.widgets import Lab, attack_lab, null_bands
from guide_helpers.widgets.lab import Control


def bars(height, colour):
    """Return a figure that says what it shows."""
    import plotly.graph_objects as go

    figure = go.Figure(go.Bar(x=["a"], y=[height], name=colour))
    return figure.update_layout(meta={"alt": f"{colour} bar of height {height}"})


@pytest.fixture
def lab():
    height = Control("Height", (1, 2, 3), ("low", "middle", "high"), start=1)
    return Lab((height, Control("Colour", ("red", "<blue>"), scale=False)), bars, "Bars")


def test_an_explorer_shows_its_first_setting_and_holds_all(lab):
    figure = lab.explorer()
    assert figure.data[0].y[0] == 2
    states = figure.layout.meta["explorer"]["states"]
    assert set(states) == {f"{i}-{j}" for i in range(3) for j in range(2)}
    assert states["2-1"]["layout"]["meta"]["alt"] == "<blue> bar of height 3"


def test_the_page_has_native_controls_and_a_text_for_every_setting(lab):
    html = figure_html(json.loads(lab.explorer().to_json()))
    assert html.count("<option") == 2
    assert '<input type="range" min="0" max="2" step="1" value="1"' in html
    assert "<output>middle</output>" in html
    assert "<blue>" not in html
    for i in (1, 2, 3):
        assert f"bar of height {i}" in html


def test_a_setting_without_alternative_text_is_refused(lab):
    figure = lab.explorer()
    del figure.layout.meta["explorer"]["states"]["0-0"]["layout"]["meta"]
    with pytest.raises(AltTextError, match="setting"):
        figure_html(json.loads(figure.to_json()))


def test_each_setting_is_computed_once():
    asked = []
    lab = Lab((Control("Height", (1, 2)),), lambda h: asked.append(h) or bars(h, "red"))
    lab.explorer()
    lab.explorer()
    assert sorted(asked) == [1, 2]


def test_live_controls_draw_what_they_show(lab):
    box = lab.live()
    height, colour, place = box.children[1:]
    height.index, colour.index = 2, 1
    (shown,) = place.outputs
    (trace,) = shown["data"]["application/vnd.plotly.v1+json"]["data"]
    assert trace["name"] == "<blue>"
    assert height.description == "Height"


def test_a_lab_is_still_where_pages_are_built_and_live_elsewhere(lab, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda thing, **_: shown.append(thing))
    monkeypatch.setenv("GUIDE_STILL", "1")
    lab._ipython_display_()
    monkeypatch.delenv("GUIDE_STILL")
    lab._ipython_display_()
    still, live = shown
    assert "explorer" in still.layout.meta
    assert type(live).__name__ == "VBox"


@pytest.mark.parametrize(
    ("control", "words"),
    [(("x", ()), "no value number 0"), (("x", (1, 2), ("one",)), "2 values, other words")],
)
def test_controls_without_values_or_with_other_words_are_refused(control, words):
    with pytest.raises(GuideError, match=words):
        Control(*control)


def test_too_many_settings_for_a_page_are_refused():
    many = Control("x", range(201))
    with pytest.raises(GuideError, match="201 settings are too many"):
        Lab((many,), lambda x: bars(x, "red")).explorer()


def test_the_attack_lab_shows_the_risk_of_its_setting():
    original, control = hold_out(load("cps95").take_units(range(600)), seed=1)
    lab = attack_lab(original, control, leaves=(1, 20), attacks=["unique_match"])
    knows = lab.controls[1]
    assert list(knows.values) == list(range(2, len(original.keys) + 1))
    figure = lab.figure("unique_match", len(original.keys), 1)
    assert "guessing" in figure.data[0].name
    assert "Linkage by unique match" in figure.layout.meta["alt"]
    with pytest.raises(GuideError, match="fewer than 3"):
        attack_lab(original, control, knowledge=["age"], fewest=3)


def test_the_null_bands_narrow_with_the_records():
    data = load("adult").take_units(range(2_000))
    lab = null_bands(data, records=(200, 1_500), methods=["independent"], draws=6)
    band = {}
    for records in (200, 1_500):
        low, high = lab.figure(records, 1, lab.controls[2].values[0]).data[0].x
        band[records] = high - low
    assert band[1_500] < band[200]
    with pytest.raises(GuideError, match="more than the 2000 units"):
        null_bands(data, records=(3_000,))

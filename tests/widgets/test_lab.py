"""Labs: an explorer holds every setting, and the live controls draw what they show."""

from __future__ import annotations

import json
import re
from threading import Event

import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.site.plotly_figure import MIME, AltTextError, figure_html
from guide_helpers.widgets import Lab
from guide_helpers.widgets.lab import Control
from guide_helpers.widgets.live import COMPUTING, Live
from guide_helpers.widgets.view import View, heading, listed, paragraph, table

LONG = 30  # seconds; a test that waits so long has failed


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
    assert '<output aria-hidden="true">middle</output>' in html
    assert "Shown here: Height: middle; Colour: red." in html
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


def content(html):
    """Return what the page's script reads."""
    return json.loads(re.search(rf'<script type="{re.escape(MIME)}">(.*?)</script>', html)[1])


def whole(found, setting):
    """Return a setting as the page's script puts it together."""
    pool, state = found["pool"], found["states"][setting]
    parts = [state["said"], *state["data"]]
    said, *data = ({k: pool[i] for k, i in part.items()} for part in parts)
    return data, said, "".join(pool[i] for i in state["text"])


def test_a_page_holds_equal_parts_of_settings_once_and_puts_each_setting_together(lab):
    found = content(figure_html(json.loads(lab.explorer().to_json())))
    texts = [json.dumps(part) for part in found["pool"]]
    assert len(texts) == len(set(texts))
    for setting, height, colour in (("0-0", 1, "red"), ("2-1", 3, "<blue>")):
        (trace,), said, _ = whole(found, setting)
        assert (trace["y"], trace["name"], trace["type"]) == ([height], colour, "bar")
        assert said["alt"] == f"{colour} bar of height {height}"
        assert said["rows"] == [[colour, "a", str(height)]]


def test_numbers_that_are_only_drawn_are_short():
    lab = Lab((Control("Height", (1, 2)),), lambda h: bars(h + 1 / 3, "red"))
    found = content(figure_html(json.loads(lab.explorer().to_json())))
    assert whole(found, "0")[0][0]["y"] == [1.33333]


def words(height, told):
    """Return a text for some settings, a figure beside it for others."""
    text = heading("A < B") + paragraph("x & y") + listed(["one", "two"])
    lines = table(pd.DataFrame({"rule": ["<i>"], "broken": [height]}), "Broken rules")
    return View(f"{height} broken", bars(height, "red") if told else None, (text, lines))


def test_a_setting_can_show_a_text_that_is_escaped():
    lab = Lab((Control("Height", (1, 2)), Control("Told", (False, True))), words)
    html = figure_html(json.loads(lab.explorer().to_json()))
    assert '<input type="checkbox" autocomplete="off">' in html
    assert "A &lt; B" in html
    assert '<th scope="row">&lt;i&gt;</th><td>1</td>' in html
    found = content(html)
    assert "<td>2</td>" in whole(found, "1-0")[2]
    assert whole(found, "1-0")[0] == []
    assert len(whole(found, "1-1")[0]) == 1


def test_an_explorer_of_texts_alone_has_no_place_for_a_drawing():
    lab = Lab((Control("Height", (1, 2)),), lambda h: words(h, told=False))
    html = figure_html(json.loads(lab.explorer().to_json()))
    assert html.startswith('<figure class="guide-explorer">')
    assert "guide-drawing" not in html


def refused(height):
    if height == 2:
        raise GuideError("height 2 is <never> right; take 1")
    return bars(height, "red")


def test_a_setting_that_a_verb_refuses_shows_its_sentence():
    lab = Lab((Control("Height", (1, 2)),), refused)
    found = content(figure_html(json.loads(lab.explorer().to_json())))
    data, said, text = whole(found, "1")
    assert data == []
    assert said["alt"] == "height 2 is <never> right; take 1"
    assert "&lt;never&gt;" in text
    with pytest.raises(GuideError, match="take 1"):
        Lab((Control("Height", (1, 2), start=1),), refused).explorer()


@pytest.fixture
def live():
    """Return what starts a lab live and waits for its first figure."""

    def start(lab):
        started = Live(lab)
        assert started.settled.wait(LONG)
        return started

    return start


def test_live_controls_draw_what_they_show(lab, live):
    shown = live(lab)
    height, colour = shown.controls
    height.value, colour.value = 2, 1
    assert shown.settled.wait(LONG)
    (output,) = shown.place.outputs
    (trace,) = output["data"][MIME]["data"]
    assert trace["name"] == "<blue>"
    assert "&lt;blue&gt; bar of height 3" in shown.text.value
    assert "Data behind this figure" in shown.text.value
    assert (height.description, shown.status.value) == ("Height", "")


def test_a_live_refusal_is_one_sentence_and_the_next_move_mends_it(live):
    shown = live(Lab((Control("Height", (1, 2)),), refused))
    (height,) = shown.controls
    height.value = 1
    assert shown.settled.wait(LONG)
    assert shown.place.outputs == ()
    assert "height 2 is &lt;never&gt; right" in shown.text.value
    height.value = 0
    assert shown.settled.wait(LONG)
    assert len(shown.place.outputs) == 1


def test_a_live_error_that_is_no_refusal_is_said_too(live):
    shown = live(Lab((Control("Height", (0, 1)),), lambda h: bars(1 / h, "red")))
    assert "ZeroDivisionError" in shown.status.value
    assert shown.place.outputs == ()


def test_a_move_while_the_lab_computes_drops_what_is_no_longer_asked_for():
    started, go_on, asked = Event(), Event(), []

    def slow(height):
        asked.append(height)
        if height == 2:
            started.set()
            assert go_on.wait(LONG)
        return bars(height, "red")

    shown = Live(Lab((Control("Height", (1, 2, 3, 4)),), slow))
    assert shown.settled.wait(LONG)
    drawn = []
    shown.place.observe(lambda change: drawn.append(change["new"]), names="outputs")
    (height,) = shown.controls
    height.value = 1
    assert started.wait(LONG)
    assert COMPUTING in shown.status.value
    height.value = 2
    height.value = 3
    go_on.set()
    assert shown.settled.wait(LONG)
    assert asked == [1, 2, 4]
    assert [o[0]["data"]["text/plain"] for o in drawn] == ["red bar of height 4"]


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

"""Facts about plotly figures on a page."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace

import numpy as np
import plotly.graph_objects as go
import pytest

from guide_helpers.site import PlotlyMime
from guide_helpers.site.figure_table import table_of
from guide_helpers.site.plotly_figure import MIME, AltTextError, figure_html


def bars(**meta):
    figure = go.Figure(
        go.Bar(
            name="original",
            x=["no file", "outsider"],
            y=np.array([61.0, 69.25]),
            error_y={"array": [1.0, 1.5]},
        )
    )
    figure.update_layout(meta=meta or None, yaxis_title="right guesses (%)")
    return json.loads(figure.to_json())


def test_alternative_text_and_caption_are_in_the_page_and_escaped():
    html = figure_html(bars(alt="61 < 69 & more", caption="Guesses <b>"))
    assert '<p class="guide-alt">61 &lt; 69 &amp; more</p>' in html
    assert "<figcaption>Guesses &lt;b&gt;</figcaption>" in html


@pytest.mark.parametrize("meta", [{}, {"alt": "  "}, {"caption": "only a caption"}])
def test_a_figure_without_alternative_text_is_refused(meta):
    with pytest.raises(AltTextError, match="no alternative text"):
        figure_html(bars(**meta))


def test_a_figure_without_alternative_text_is_a_warning_of_the_build(caplog):
    renderer = SimpleNamespace(logger=SubtypeLogger(logging.getLogger("book"), {}))
    output = SimpleNamespace(mime_type=MIME, content=bars(), line=7)
    with caplog.at_level(logging.WARNING):
        assert PlotlyMime.handle_mime(renderer, output, inline=False) == []
    assert "no alternative text" in caplog.text


class SubtypeLogger(logging.LoggerAdapter):
    """Takes the words that MyST-NB's logger takes."""

    def process(self, msg, kwargs):
        return msg, {k: v for k, v in kwargs.items() if k not in {"subtype", "line"}}


def test_other_kinds_of_output_are_left_alone():
    output = SimpleNamespace(mime_type="text/html", content="<p>", line=1)
    assert PlotlyMime.handle_mime(None, output, inline=False) is None


def test_text_in_a_figure_cannot_end_its_script():
    figure = bars(alt="bars")
    figure["data"][0]["name"] = "</script><script>alert(1)</script>"
    html = figure_html(figure)
    assert html.count("</script>") == 1
    drawing = html.split(f'<script type="{MIME}">')[1].split("</script>")[0]
    assert json.loads(drawing)["data"][0]["name"] == "</script><script>alert(1)</script>"


def test_the_numbers_behind_small_bars_stand_in_a_table():
    html = figure_html(bars(alt="bars"))
    assert '<th scope="col">right guesses (%)</th>' in html
    assert "<td>outsider</td><td>69.25</td><td>67.75</td><td>70.75</td>" in html


@pytest.mark.parametrize(
    "trace",
    [
        {"type": "scatter", "x": list(range(61)), "y": list(range(61))},
        {"type": "heatmap", "z": [[1, 2]]},
    ],
)
def test_long_or_other_figures_have_no_table(trace):
    html = figure_html({"data": [trace], "layout": {"meta": {"alt": "many points"}}})
    assert "<table" not in html


def test_the_page_not_the_figure_brings_the_template():
    figure = bars(alt="bars")
    assert "template" in figure["layout"]
    assert '"template"' not in figure_html(figure)


def test_the_table_gives_a_band_its_ends_and_a_point_those_of_its_interval():
    figure = go.Figure()
    figure.add_scatter(x=[0.1, 0.3], y=["cart", "cart"], mode="lines", name="band")
    figure.add_scatter(x=[0.2], y=["cart"], mode="markers", name="score", error_x={"array": [0.05]})
    table = table_of(json.loads(figure.to_json())["data"], {})
    assert table.head == ["series", "x", "y", "from", "to"]
    assert table.rows == [
        ["band", "", "cart", "0.1", "0.3"],
        ["score", "0.2", "cart", "0.15", "0.25"],
    ]


def test_the_table_of_a_heat_map_names_both_places_and_the_value():
    figure = go.Figure(go.Heatmap(x=["a", "b"], y=["c"], z=[[1.5, None]]))
    table = table_of(json.loads(figure.to_json())["data"], {})
    assert table.rows == [["a", "c", "1.5"], ["b", "c", ""]]


def test_a_table_that_would_be_long_is_left_out():
    bars = [{"type": "bar", "x": list(range(61)), "y": list(range(61))}]
    assert table_of(bars, {}) is None
    assert len(table_of(bars, {}, longest=61).rows) == 61

"""Slides: each names a figure, a page and an exercise that are there, and a deck loads nothing."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import plotly.graph_objects as go
import pytest

from guide_helpers import GuideError, cli
from guide_helpers.site import slides
from guide_helpers.site.figure_table import values
from guide_helpers.site.plotly_figure import figure_html
from guide_helpers.site.slides import drawing
from guide_helpers.site.slides.deck import deck
from guide_helpers.site.slides.executed import Figure, figure_in, glued_in
from guide_helpers.site.slides.plan import FILE, plan
from guide_helpers.workshop import copies, exercises

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "book" / "wp4_experiments" / "workshop.md"
ALL = plan().slides
every = pytest.mark.parametrize("name", ALL)
MANY = {"layout": {"title": {"text": "Shares"}}, "data": [{"x": ["a", "b"], "y": [1, 3],
        "type": "bar", "marker": {"color": "#123456", "pattern": {"shape": "/"}}}]}  # fmt: skip
FIGURES = {name: Figure(MANY, f"what {name} shows", "A caption.") for name in ALL}
TITLES = {slide.page: "A <page>" for slide in ALL.values()}


class Parts(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def all(self, wanted):
        return [attributes for tag, attributes in self.found if tag == wanted]


def drawn(traces, **layout):
    """The elements of a drawing of plotly traces."""
    told = json.loads(go.Figure(traces, layout).to_json())
    return Parts(drawing.svg(told, "words"))


@every
def test_the_notebook_of_a_slide_glues_its_figure(name):
    slide = ALL[name]
    cells = json.loads((ROOT / f"{slide.notebook}.ipynb").read_text("utf-8"))["cells"]
    code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    assert any("glue(" in c and re.search(rf"\b{slide.label}\b", c) for c in code)


@every
def test_a_slide_names_a_page_of_the_guide_and_an_exercise(name):
    slide = ALL[name]
    toc = (ROOT / "_toc.yml").read_text("utf-8")
    for page in slide.documents:
        assert re.search(rf"(file|root): {page}\b", toc), page
    assert slide.exercise in exercises()


@every
def test_the_words_of_a_slide_hold_no_number_of_a_run(name):
    slide = ALL[name]
    assert not re.search(r"\d", slide.title + slide.question + slide.see + slide.say)
    assert len(re.findall(r"[.!?](?:\s|$)", slide.see)) <= 2
    assert len(slide.see.split()) <= 45


def test_every_part_has_at_least_six_figures_and_none_twice():
    assert len(re.findall(r"(?m)^figure = ", FILE.read_text("utf-8"))) == len(ALL)
    for part in copies.PARTS:
        assert len(plan().decks[part].blocks[0].slides) >= 6


@pytest.mark.parametrize(("name", "heading"), [("half-day", "Half a day"), ("one-day", "One day")])
def test_an_agenda_has_the_lines_of_the_facilitators_page(name, heading):
    section = PAGE.read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = re.findall(r"(?m)^\| (\d+) \| (.*?) \|", section)
    blocks = plan().decks[name].blocks[-len(lines) :]
    assert [b.minutes for b in blocks] == [int(minutes) for minutes, _ in lines]
    for block, (_, told) in zip(blocks, lines, strict=True):
        assert told.replace("*", "").casefold().startswith(block.what.casefold())


def test_longer_agendas_begin_like_the_shorter_as_the_page_says():
    half, one, three = (plan().decks[n].blocks for n in ("half-day", "one-day", "three-day"))
    text = PAGE.read_text("utf-8")
    assert "The morning is the half day without its last two lines." in text
    assert one[: len(half) - 2] == half[:-2]
    assert three[: len(one)] == one
    days = text.partition("\n## Three days\n")[2].partition("\n## ")[0]
    pages = {f"book/{p}" for p in re.findall(r"\(\.\./(wp2_methods/\w+)\.md\)", days)}
    assert {ALL[s].page for s in three[len(one)].slides} == pages


def test_a_deck_is_one_page_that_loads_nothing_and_names_every_figure():
    text = deck(plan(), "half-day", FIGURES, TITLES)
    page = Parts(text)
    wanted = [s for b in plan().decks["half-day"].blocks for s in b.slides]
    assert len(page.all("section")) == 1 + len(plan().decks["half-day"].blocks) + len(wanted)
    shown = [a["aria-label"] for a in page.all("svg") if a.get("role") == "img"]
    assert shown == [f"what {name} shows" for name in wanted]
    named = [a[n] for _, a in page.found for n in ("src", "srcset", "href", "action") if n in a]
    assert named == ["data:,"], "an empty icon, so that no browser asks for one"
    assert not re.search(r"@import|url\((?!#)", text)
    assert "A &lt;page&gt;" in text
    ids = [a["id"] for _, a in page.found if "id" in a]
    assert len(ids) == len(set(ids))


def test_stripes_are_defined_once_and_where_they_are_used():
    text = deck(plan(), "wp1", FIGURES, TITLES)
    used = set(re.findall(r"url\(#([\w-]+)\)", text))
    assert [a["id"] for a in Parts(text).all("pattern")] == list(used)


def test_bars_are_as_high_as_their_values_and_stand_on_zero():
    bars = drawn(go.Bar(x=["a", "b"], y=[10, 20])).all("rect")
    low, high = (float(b["height"]) for b in bars)
    assert high == pytest.approx(2 * low, abs=0.2)
    assert len({round(float(b["y"]) + float(b["height"])) for b in bars}) == 1


def test_bars_on_top_of_each_other_reach_their_sum():
    pair = [go.Bar(x=["a"], y=[1], name="one"), go.Bar(x=["a"], y=[3], name="two")]
    lower, upper = drawn(pair, barmode="stack").all("rect")[-2:]
    assert float(upper["y"]) + float(upper["height"]) == pytest.approx(float(lower["y"]), abs=0.2)
    assert float(upper["height"]) == pytest.approx(3 * float(lower["height"]), abs=0.4)


def test_points_lie_where_plotly_puts_them_on_a_logarithmic_axis():
    points = go.Scatter(x=[1, 10, 100], y=[0, 0, 0], mode="markers")
    x = [float(c["cx"]) for c in drawn(points, xaxis={"type": "log"}).all("circle")]
    assert x[1] - x[0] == pytest.approx(x[2] - x[1], abs=0.2)


def test_a_reversed_axis_of_names_begins_at_the_top():
    points = go.Scatter(x=[1, 1], y=["first", "second"], mode="markers")
    y = [float(c["cy"]) for c in drawn(points, yaxis={"autorange": "reversed"}).all("circle")]
    assert y[0] < y[1]


def test_a_number_in_a_note_is_a_place_among_names_and_not_a_name():
    cells = go.Heatmap(x=["1", "2", "3"], y=["a"], z=[[1, 2, 3]])
    box = {"type": "rect", "x0": 1, "x1": 2, "y0": -0.5, "y1": 0.5}
    told = drawn(cells, shapes=[box]).all("rect")
    second, third, shape = told[-3], told[-2], told[-1]
    middle = [float(r["x"]) + float(r["width"]) / 2 for r in (second, third)]
    ends = [float(shape["x"]), float(shape["x"]) + float(shape["width"])]
    assert ends == pytest.approx(middle, abs=0.2)


def test_words_of_a_figure_cannot_become_elements():
    told = drawn(go.Bar(x=["<script>x</script>"], y=[1]), xaxis={"title": "a & <img src=x>"})
    assert not told.all("script")
    assert not told.all("img")


def test_what_cannot_be_drawn_is_refused_by_its_kind():
    with pytest.raises(GuideError, match="a figure of box cannot be drawn"):
        drawn(go.Box(y=[1, 2]))
    with pytest.raises(GuideError, match="areas tonexty"):
        drawn(go.Scatter(x=[1], y=[1], fill="tonexty"))


def test_a_glued_figure_comes_back_with_its_words_and_its_values():
    figure = go.Figure(go.Bar(x=["a"], y=[2.5]), {"meta": {"alt": "one & only", "caption": "A."}})
    html = figure_html(json.loads(figure.to_json()))
    output = {
        "metadata": {"scrapbook": {"name": "bars"}},
        "data": {"application/papermill.record/text/html": html},
    }
    found = glued_in({"cells": [{"outputs": [output]}, {}]})["bars"]
    assert (found.alt, found.caption) == ("one & only", "A.")
    assert values(found.drawing["data"][0]["y"]) == [2.5]
    assert figure_in("<table></table>") is None


def test_the_command_copies_the_slides_of_a_built_guide(tmp_path, capsys):
    site = tmp_path / "site"
    (site / slides.PLACE).mkdir(parents=True)
    (site / "index.html").write_text("")
    asked = ["workshop", "slides", "--part", "wp2", "--site", str(site)]
    assert cli.main([*asked, "--output", str(tmp_path / "a.html")]) != 0
    assert "was built without slides; build it again: make book" in capsys.readouterr().err
    (site / slides.PLACE / "wp2.html").write_text("slides of methods")
    assert cli.main([*asked, "--output", str(tmp_path / "a.html")]) == 0
    assert (tmp_path / "a.html").read_text() == "slides of methods"
    assert cli.main([*asked, "--output", str(tmp_path / "a.html")]) != 0
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (["--site", "nowhere"], "nowhere holds no built guide"),
        (["--part", "wp1", "--agenda", "one-day"], "give one of them"),
        (["room"], "write --output room"),
    ],
)
def test_a_wrong_request_for_slides_is_refused_with_what_to_type(asked, why, capsys):
    assert cli.main(["workshop", "slides", *asked]) != 0
    assert why in capsys.readouterr().err


def test_the_command_offers_every_deck_and_the_page_links_to_each():
    from guide_helpers.commands.workshopping import AGENDAS, PARTS

    assert {*AGENDAS, *PARTS} == set(plan().decks)
    text = PAGE.read_text("utf-8")
    assert all(f"{slides.PLACE.as_posix()}/{name}.html" in text for name in plan().decks)

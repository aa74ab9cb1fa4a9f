"""The explorer of margins and relations: the figures' own numbers, and small cells kept back."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, figures, generate, load
from guide_helpers.schema import Dataset, Kind, Schema, Variable
from guide_helpers.site.plotly_figure import figure_html
from guide_helpers.widgets import relations
from guide_helpers.widgets.live import Live
from guide_helpers.widgets.relations import ALONE

LONG = 60  # seconds; a test that waits so long has failed
NAMES = ["age", "sex", "education", "income"]


@pytest.fixture(scope="module")
def original():
    return load("adult").take_units(range(1_500)).keep(*NAMES)


@pytest.fixture(scope="module")
def lab(original):
    return relations(original, {"trees": "cart", "apart": "independent", "itself": original})


def test_one_variable_is_the_margin_and_two_are_the_relation(original, lab):
    trees = {"trees": generate(original, "cart", seed=1)}
    margin = figures.margin(original, trees, "age", smallest=10)
    relation = figures.relation(original, trees, "age", "income", smallest=10)
    for y, expected in ((ALONE, margin), ("age", margin), ("income", relation)):
        drawn = lab.figure("age", y, "trees")
        for mine, theirs in zip(drawn.data, expected.data, strict=True):
            np.testing.assert_array_equal(mine.y, theirs.y)
        assert expected.layout.meta["alt"] in drawn.layout.meta["alt"]


def test_the_explorer_holds_every_setting_with_a_text_in_few_bytes(lab):
    figure = lab.explorer()
    states = figure.layout.meta["explorer"]["states"]
    assert len(states) == 4 * 5 * 3
    assert all("fewer than 10" in s["layout"]["meta"]["alt"] for s in states.values())
    html = figure_html(json.loads(figure.to_json()))
    assert len(gzip.compress(html.encode())) < 40_000


def people(**columns):
    schema = Schema(tuple(Variable(name, Kind.CATEGORICAL) for name in columns))
    return Dataset.of(pd.DataFrame(columns), schema)


def test_small_cells_of_the_original_are_kept_back_in_drawing_and_words():
    rare = people(x=["a"] * 50 + ["b"] * 3, y=["no", "yes"] * 25 + ["yes"] * 3)
    lab = relations(rare, {"copy": rare, "none": people(x=["a"] * 53, y=["no"] * 53)})
    margin = lab.figure("x", ALONE, "none")
    assert np.isnan(margin.data[0].y[1])
    assert "5.7" not in margin.layout.meta["alt"]
    relation = lab.figure("x", "y", "copy")
    assert np.isnan(relation.data[0].y[1])
    assert np.isnan(relation.data[0].error_y.array[1])


def test_what_is_kept_back_is_null_on_a_page_which_no_browser_refuses():
    rare = people(x=["a"] * 50 + ["b"] * 3, y=["no", "yes"] * 25 + ["yes"] * 3)
    html = figure_html(json.loads(relations(rare, {"copy": rare}).explorer().to_json()))
    script = html.partition('json">')[2].partition("</script>")[0]
    assert "NaN" not in script
    assert "[50,null]" in script


def test_a_share_of_a_few_people_is_kept_back_in_a_large_group():
    few = people(x=["a"] * 60 + ["b"] * 60, y=["yes", "no"] * 30 + ["yes"] * 4 + ["no"] * 56)
    first, second = relations(few, {"copy": few}).figure("x", "y", "copy").data[0].y
    assert first == 50
    assert np.isnan(second)


def test_a_cell_of_a_few_people_is_kept_back_among_many_levels():
    y = ["u", "v", "w"] * 30 + ["u"] * 40 + ["v"] * 40 + ["w"] * 4
    many = people(x=["a"] * 90 + ["b"] * 84, y=y)
    (heat,) = relations(many, {"copy": many}).figure("x", "y", "copy").data
    assert np.isnan(heat.z[2][1])
    assert not np.isnan(heat.z[0]).any()


def test_the_start_is_what_the_first_view_shows(original):
    lab = relations(original, {"a": original, "b": original}, start=("sex", "income", "b"))
    assert lab.view(tuple(c.start for c in lab.controls)).words.startswith("b. Share with income")


def test_the_live_explorer_draws_again_when_a_control_moves(lab):
    live = Live(lab)
    assert live.settled.wait(LONG)
    variable, beside, file = live.controls
    variable.value, beside.value, file.value = 0, 4, 1
    assert live.settled.wait(LONG)
    assert "apart. Share with income" in live.text.value


def test_a_variable_that_is_not_there_is_refused(original):
    with pytest.raises(GuideError, match="no variable 'shoe'; known: age"):
        relations(original, {"trees": "cart"}, variables=["shoe"])

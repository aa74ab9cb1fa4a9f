"""The privacy-utility explorer: scores and risks of the verbs, and no claim where there is none."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from guide_helpers import GuideError, attack, compare, generate, hold_out, load
from guide_helpers.cards import Null
from guide_helpers.site.plotly_figure import figure_html
from guide_helpers.widgets import privacy_utility
from guide_helpers.widgets.live import Live

LONG = 60  # seconds; a test that waits so long has failed
PUBLIC = {"n_public": True}


@pytest.fixture(scope="module")
def pair():
    people = load("adult").take_units(range(1_200)).keep("sex", "marital", "education", "income")
    return hold_out(people, seed=1)


@pytest.fixture(scope="module")
def lab(pair):
    methods = {
        "mst": ("mst", PUBLIC),
        "all": lambda o: ("dp_marginals", PUBLIC | {"together": (o.schema.names,)}),
    }
    return privacy_utility(
        {"few": pair}, methods=methods, beside={"trees": "cart"}, epsilons=(0.5, 5.0), draws=6
    )


def test_a_view_has_the_numbers_of_the_verbs(pair, lab):
    original, control = pair
    files = [generate(original, "mst", epsilon=5.0, seed=1 + i, **PUBLIC).first for i in range(5)]
    nulls = [Null.CORRECT_MODEL, Null.FRESH_SAMPLE]
    (score,) = compare(
        original, files, measures="marginal_distance", ways=(2,), draws=6, nulls=nulls
    )
    alone = [np.flatnonzero(~d.rows.duplicated(keep=False)) for d in pair]
    risk = attack(
        files, original=original, control=control, attack="unique_match", seed=1,
        knowledge=original.schema.names[:-1], targets=alone[0], control_targets=alone[1],
    )  # fmt: skip
    view = lab.figure("few", "mst", 5.0)
    above, below = (t for t in view.figure.data if t.name == "mst")
    assert above.y[1] == 100 * score.value
    assert above.y[1] + above.error_y.array[1] == pytest.approx(100 * max(score.by_copy))
    assert below.y[1] == 100 * risk.excess.value
    assert below.y[1] - below.error_y.arrayminus[1] == pytest.approx(100 * risk.excess.interval.low)
    bands = [s for s in view.figure.layout.shapes if s.type == "rect"]
    assert [(b.y0, b.y1) for b in bands] == [(100 * b.low, 100 * b.high) for b in score.bands]
    assert risk.table_row()["excess %"] in "".join(view.html)


def test_methods_without_a_claim_stand_beside_as_lines(lab):
    figure = lab.figure("few", "mst", 5.0).figure
    trees = [t for t in figure.data if t.name == "trees"]
    dashed = {s.y0 for s in figure.layout.shapes if s.line.dash == "dash"}
    assert {t.y[0] for t in trees} == dashed


def test_each_setting_says_that_its_runs_make_no_claim(lab):
    figure = lab.explorer()
    states = figure.layout.meta["explorer"]["states"]
    assert len(states) == 1 * 2 * 2
    for state in states.values():
        assert "none of these files makes a claim" in state["layout"]["meta"]["alt"]
        assert "teaching runs" in state["layout"]["title"]["text"].replace("<br>", " ")
    assert "none of these files makes a claim" in lab.view((0, 1, 0)).parts[1]
    html = figure_html(json.loads(figure.to_json()))
    assert len(gzip.compress(html.encode())) < 20_000


def test_the_live_explorer_computes_again_when_epsilon_moves(lab):
    live = Live(lab)
    assert live.settled.wait(LONG)
    assert "mst at epsilon 5:" in live.text.value
    live.controls[2].value = 0
    assert live.settled.wait(LONG)
    assert "mst at epsilon 0.5:" in live.text.value


def test_a_single_run_is_refused(pair):
    with pytest.raises(GuideError, match="at least 2 runs"):
        privacy_utility({"few": pair}, methods={"mst": "mst"}, beside={}, runs=1)

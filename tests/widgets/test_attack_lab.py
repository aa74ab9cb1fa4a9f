"""The attack lab: each view is what the verb says, of the people and the file that were chosen."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from guide_helpers import GuideError, attack, generate, hold_out, load
from guide_helpers.site.plotly_figure import figure_html
from guide_helpers.widgets import attack_lab
from guide_helpers.widgets.live import Live

LONG = 60  # seconds; a test that waits so long has failed
KNOWN = ["age", "sex", "marital", "education"]
TAX = {"sensitive": "tax_filer"}


@pytest.fixture(scope="module")
def pair():
    """People in a file and people outside it, without the weight, which has no public bounds."""
    data = load("cps95").take_units(range(800))
    data = data.keep(*[n for n in data.schema.names if n != "weight"])
    return hold_out(data, seed=1)


@pytest.fixture(scope="module")
def lab(pair):
    methods = {"mst": ("mst", {"epsilon": 1.0}), "apart": "independent"}
    nearest = {"attacks": ["attribute_inference"], "knowledge": KNOWN, "fewest": 3}
    return attack_lab(*pair, leaves=(1, 20), methods=methods, **nearest, **TAX)


def alone(data):
    return np.flatnonzero(~data.rows.duplicated(KNOWN, keep=False))


def test_a_view_has_the_numbers_of_the_verb(pair, lab):
    original, control = pair
    view = lab.figure("attribute_inference", 3, 1, "everybody")
    file = generate(original, "cart", min_leaf=1, seed=1)
    game = {"original": original, "control": control, "knowledge": KNOWN[:3], "seed": 1}
    risk = attack(file, attack="attribute_inference", **game, **TAX)
    guess, outside, inside = (bar.y[0] for bar in view.figure.data)
    assert guess == 100 * risk.guessing_rate
    assert outside == 100 * risk.control_rate.value
    assert inside == 100 * risk.rate.value
    assert risk.reading()["value"] in view.words
    for people in (f"{risk.targets} in the file", f"{risk.control_targets} outside it"):
        assert people in view.html
    for count in (risk.claims, risk.hits, risk.control_claims, risk.control_hits):
        assert f"<td>{count}</td>" in view.html


def test_those_who_are_alone_are_attacked_in_both_groups(pair, lab):
    original, control = pair
    whom = lab.controls[3].labels[1]
    assert whom == "who is alone in all 4"
    html = lab.figure("attribute_inference", 4, "apart", whom).html
    assert f"{len(alone(original))} in the file" in html
    assert f"{len(alone(control))} outside it" in html
    assert 0 < len(alone(original)) < len(original)


def test_targets_can_be_named_by_an_expression(pair):
    lab = attack_lab(*pair, knowledge=KNOWN, leaves=(5,), targets={"the old": "age >= 60"}, **TAX)
    old = int((pair[0]["age"] >= 60).sum())
    view = lab.figure("attribute_inference", 4, 5)
    assert f"{old} in the file" in view.html
    assert "attacked: the old" in view.words


def test_the_first_view_is_a_copying_file_and_a_knowing_intruder(lab):
    words = lab.view(tuple(c.start for c in lab.controls)).words
    assert words.startswith("trees, at least 1 in a leaf; 4 known; attacked: everybody")


def test_the_explorer_holds_every_setting_with_a_text_in_few_bytes(lab):
    figure = lab.explorer()
    states = figure.layout.meta["explorer"]["states"]
    assert len(states) == 1 * 2 * 4 * 2
    assert all("Excess" in s["layout"]["meta"]["alt"] for s in states.values())
    html = figure_html(json.loads(figure.to_json()))
    assert len(gzip.compress(html.encode())) < 20_000


def test_the_live_lab_plays_again_when_a_control_moves(lab):
    live = Live(lab)
    assert live.settled.wait(LONG)
    before = live.text.value
    _, _, source, whom = live.controls
    source.value, whom.value = 3, 1
    assert live.settled.wait(LONG)
    assert "apart; 4 known" in live.text.value
    assert live.text.value != before


def test_without_other_methods_the_leaves_are_a_scale(pair):
    lab = attack_lab(*pair, leaves=(1, 20), attacks=["unique_match"])
    assert lab.controls[2].name == "Records in a leaf, at least"
    assert lab.controls[2].scale
    assert list(lab.controls[1].values) == list(range(2, len(pair[0].keys) + 1))


def test_an_intruder_who_knows_too_little_is_refused(pair):
    with pytest.raises(GuideError, match="fewer than 3"):
        attack_lab(*pair, knowledge=["age"], fewest=3)

"""The fidelity slider: what a file has seen brings it closer, and gives people away."""

from __future__ import annotations

import pytest

from guide_helpers import GuideError, hold_out, load
from guide_helpers.widgets import fidelity
from guide_helpers.widgets.fidelity import COPY, STEPS

FEW = ("age", "sex", "marital", "education", "occupation", "income")
STEP = ("each column alone", "trees, leaves of 1", COPY)


@pytest.fixture(scope="module")
def slider():
    survey = load("cps95").keep(*FEW).take_units(range(1_200))
    original, control = hold_out(survey, share=0.5, seed=1)
    return fidelity(
        original,
        control,
        steps={name: STEPS[name] for name in STEP},
        attacks=["unique_match"],
        measures=["marginal_distance"],
        start=0,
        ways=(2,),
        draws=6,
    )


def shown(slider, step):
    """Return the distance and the excess that the figure of a step shows."""
    figure = slider.figure(step)
    _, distance, excess = figure.data
    return distance.x[0], excess.x[0], figure


def test_from_left_to_right_tables_come_closer_and_people_are_found(slider):
    places = [shown(slider, step)[:2] for step in STEP]
    assert places[0][0] > places[1][0] > places[2][0]
    assert places[0][1] < places[1][1] < places[2][1]


def test_the_axes_stay_while_the_file_changes(slider):
    ranges = [
        [tuple(axis.range) for axis in (f.layout.xaxis, f.layout.xaxis2)]
        for f in (shown(slider, step)[2] for step in STEP)
    ]
    assert ranges[0] == ranges[1] == ranges[2]


def test_a_copy_stands_at_the_end_and_says_what_it_is(slider):
    distance, _, figure = shown(slider, COPY)
    assert distance == pytest.approx(10 ** (figure.layout.xaxis.range[0] + 0.03))
    assert figure.layout.title.text == "A copy of the original"
    assert "Distance of tables, 2-way 0, outside its band" in figure.layout.meta["alt"]
    assert list(STEPS)[-1] == COPY


def test_files_of_which_none_can_be_made_are_refused():
    survey = load("firms").take_units(range(50))
    with pytest.raises(GuideError, match="none of the steps"):
        fidelity(survey, survey, steps={"trees": ("cart", {})}, start=0).explorer()

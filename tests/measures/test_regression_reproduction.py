"""Reproduction of a regression: agreement by hand, a copy, conclusions turned round."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers.cards import Null
from guide_helpers.measures.regression_reproduction import (
    VARIANTS,
    agreement,
    regression_reproduction,
)


def by_variant(scores):
    return {s.variant: s for s in scores}


def test_agreement_computed_by_hand():
    # z of the original: sure plus, sure minus, unsure plus, unsure plus
    centre = np.array([5.0, -4.0, 1.0, 0.5])
    other = np.array([[3.0, -1.0, -1.0, 6.0]])
    found = agreement(centre, other, np.ones(4))
    assert found["same sign"][0] == 0.75  # the third turned round
    assert found["same significance"][0] == 0.5  # second lost, fourth gained
    assert found["same conclusion"][0] == 0.5  # the third is significant in neither
    # order 5 > 1 > 0.5 > -4 became 6 > 3 > -1 = -1: of six pairs 0-1, 0-2, 1-3 stay
    assert found["same order"][0] == 0.5


def test_a_copy_agrees_in_everything(survey, rng):
    scores = regression_reproduction(survey, survey, rng=rng, formula="income ~ age + education")
    assert [s.variant for s in scores] == list(VARIANTS)
    assert all(s.value == 1 for s in scores)
    assert (scores[0].details["intervals"] == "hold each other").all()


def test_signs_turned_round_are_no_conclusion_in_common(people, rng):
    original = people(2_000, rng)
    turned = original.with_rows(original.rows.assign(score=-original.rows["score"]))
    found = by_variant(regression_reproduction(original, turned, rng=rng, formula="score ~ group"))
    assert found["same sign"].value == 0
    assert found["same conclusion"].value == 0
    assert found["same significance"].value == 1
    assert found["same order"].value == 0
    assert set(found["same sign"].details["intervals"]) == {"apart"}
    assert found["same conclusion"].standing == "worse"


def test_an_effect_near_the_threshold_flips_under_a_correct_synthesis_too(of_columns, rng):
    x, noise = rng.normal(size=400), rng.normal(size=400)
    noise -= x * (noise @ x) / (x @ x)
    noise -= noise.mean()
    original = of_columns(x=x, y=noise + 1.97 * x * (noise.var() / 400) ** 0.5)
    score = regression_reproduction(original, original, rng=rng, formula="y ~ x")[0]
    assert score.band().mean == pytest.approx(0.5, abs=0.05)
    assert score.band(Null.FRESH_SAMPLE).low == 0


def test_one_coefficient_has_no_order(people, rng):
    original = people(200, rng)
    scores = regression_reproduction(original, original, rng=rng, formula="score ~ size")
    assert [s.variant for s in scores] == list(VARIANTS[:3])


def test_a_level_without_estimate_agrees_in_nothing(people, rng):
    original = people(400, rng)
    without = original.with_rows(original.rows[original.rows["group"] != "e"])
    scores = regression_reproduction(original, without, rng=rng, formula="score ~ group")
    assert all(s.value <= 0.75 for s in scores)
    assert "counted as no agreement: 1" in scores[0].note
    assert "no estimate" in set(scores[0].details["intervals"])


@pytest.mark.validation
def test_bands_hold_a_correct_synthesis_over_200_draws(people, correct, within_errors):
    rng = np.random.default_rng(27)
    original = people(150, rng)
    made = [
        regression_reproduction(
            original, correct(original, rng), rng=rng, formula="score ~ group + size"
        )
        for _ in range(200)
    ]
    for place in range(4):
        within_errors([m[place].value - m[place].band().mean for m in made], 0, errors=5)
        assert np.mean([m[place].standing != "worse" for m in made]) > 0.93

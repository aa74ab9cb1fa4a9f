"""The likelihood ratio: hand-computed, and as an attack on files that leak or do not."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers import GuideError, attack, generate
from guide_helpers.attacks._shadows import Shadows
from guide_helpers.attacks.likelihood_ratio import log_ratio
from guide_helpers.results import Synthetic


def made(*files):
    return Synthetic(files, "bootstrap", {}, None, {})


@pytest.fixture
def asked(members, outsiders, people):
    def ask(synthetic, **options):
        game = {"original": members, "control": outsiders, "attack": "likelihood_ratio"}
        return attack(
            synthetic, **(game | {"reference": people(1_000, 9), "shadows": 20} | options)
        )

    return ask


def test_a_case_computed_by_hand():
    inside = np.array([[True], [True], [False], [False]])
    shadows = Shadows(inside, np.array([[3.0], [5.0], [0.0], [2.0]]))
    # in: mean 4; out: mean 1; variance 1 on either side; released 3
    for each_side in (False, True):
        found = log_ratio(shadows, np.array([3.0]), each_side=each_side)
        assert found == pytest.approx([-0.5 + 2.0])


def test_sides_may_differ_in_variance():
    inside = np.array([[True], [True], [False], [False]])
    shadows = Shadows(inside, np.array([[2.0], [6.0], [0.0], [2.0]]))
    found = log_ratio(shadows, np.array([4.0]), each_side=True)
    assert found == pytest.approx([-np.log(2) + 4.5])


@pytest.mark.parametrize("options", [{}, {"statistic": "nearness"}, {"variance": "side"}], ids=str)
def test_a_leaking_file_is_found_and_a_fresh_sample_is_not(options, asked, leaking, fresh):
    leak, null = asked(made(leaking), **options), asked(made(fresh), **options)
    assert leak.excess.interval.low > 0
    assert 0 in null.excess.interval
    assert 0.5 in null.ranking.area.interval


def test_a_copy_is_the_worst_case(asked, members):
    assert asked(made(members)).ranking.area.value > 0.95


def test_small_leaves_give_more_away_than_large_ones(asked, members):
    small, large = (
        asked(generate(members, "cart", min_leaf=n, seed=1)).ranking.area for n in (1, 200)
    )
    assert small.interval.low > large.interval.high


@pytest.mark.parametrize("option", ["statistic", "variance"])
def test_unknown_choices_are_refused(option, asked, leaking):
    with pytest.raises(GuideError, match=f"no {option} 'nose'; known: "):
        asked(made(leaking), **{option: "nose"})


@pytest.mark.validation
def test_fresh_samples_show_no_excess_in_at_least_90_of_100_seeds(people, record_property):
    covered = 0
    for seed in range(100):
        original, control, file, reference = (people(500, 8_000 + 4 * seed + i) for i in range(4))
        risk = attack(
            made(file),
            original=original,
            control=control,
            attack="likelihood_ratio",
            reference=reference,
            shadows=10,
        )
        covered += 0 in risk.excess.interval
    record_property("seeds whose interval covers zero", f"{covered} of 100")
    assert covered >= 90

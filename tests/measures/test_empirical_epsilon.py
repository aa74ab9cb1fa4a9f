"""The bound on epsilon: exact limits, one run and many, and what so many runs can prove."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from guide_helpers import GuideError, compare
from guide_helpers.measures._binomial import (
    epsilon_of_guesses,
    greatest_proportion,
    least_proportion,
    tail,
)
from guide_helpers.measures.empirical_epsilon import empirical_epsilon
from guide_helpers.methods import _audit
from guide_helpers.results import Risk


def bound(risk, **options):
    return empirical_epsilon(None, None, rng=np.random.default_rng(1), risk=risk, **options)


def membership(hits, control_hits, n=1_000, **more):
    claimed = {"claims": hits, "control_claims": control_hits, "control_hits": control_hits}
    return Risk(
        "closest_distance", n, hits, guessing_rate=0.1, control_targets=n, **claimed, **more
    )


def test_limits_of_proportions_computed_by_hand():
    # all of 10: the lower limit solves p^10 = 0.05; none of 10: (1 - p)^10 = 0.05
    assert least_proportion(10, 10, 0.05) == pytest.approx(0.05**0.1)
    assert greatest_proportion(0, 10, 0.05) == pytest.approx(1 - 0.05**0.1)
    assert least_proportion(0, 10, 0.05) == 0
    assert list(tail(2, 0.5)) == pytest.approx([1, 0.75, 0.25, 0])
    assert list(tail(2, 0.0)) == [1, 0, 0, 0]
    assert list(tail(2, 1.0)) == [1, 1, 1, 0]


@pytest.mark.parametrize(("hits", "trials"), [(1, 7), (40, 100), (1_990, 2_000), (2_000, 40_000)])
def test_limits_are_those_of_the_beta_distribution(hits, trials):
    from scipy.stats import beta

    low, high = least_proportion(hits, trials, 0.025), greatest_proportion(hits, trials, 0.025)
    assert low == pytest.approx(beta.ppf(0.025, hits, trials - hits + 1), rel=1e-6)
    assert high == pytest.approx(beta.ppf(0.975, hits + 1, trials - hits), rel=1e-6)


@pytest.mark.parametrize("delta", [0.0, 0.01])
@pytest.mark.parametrize(
    "counts", [(60, 20, 100), (2_000, 0, 2_000), (3, 3, 100), (900, 300, 1_000)]
)
def test_counts_give_the_bound_of_the_methods_own_audit(counts, delta):
    expected = _audit.empirical_epsilon(*counts, delta=delta)
    assert bound(counts, delta=delta).value == pytest.approx(expected, abs=1e-6)


def test_the_note_says_what_so_many_runs_can_prove_and_how_the_claim_stands():
    most = _audit.provable_epsilon(100)
    note = bound((60, 20, 100), claimed=0.1).note
    assert f"can prove {most:.2f} at most" in note
    assert "The claim of 0.1 is refuted" in note
    assert "Nothing is seen against the claim of 3" in bound((60, 20, 100), claimed=3).note


def test_right_guesses_of_one_run_computed_by_hand():
    # 10 of 10 right: the chance q of being right solves q^10 = 0.05
    q = 0.05**0.1
    assert epsilon_of_guesses(10, 10, 20, level=0.95, delta=0) == pytest.approx(
        math.log(q / (1 - q))
    )
    assert epsilon_of_guesses(5, 10, 20, level=0.95, delta=0) == 0
    assert epsilon_of_guesses(0, 0, 20, level=0.95, delta=0) == 0


def test_a_delta_lowers_the_bound_of_one_run():
    none, small, large = (
        epsilon_of_guesses(90, 100, 1_000, level=0.95, delta=d) for d in (0, 1e-6, 1e-3)
    )
    assert none == pytest.approx(small, abs=0.01)
    assert 0 <= large < none


def test_guesses_of_a_mechanism_of_known_epsilon_stay_below_it_in_95_of_100_runs():
    rng, epsilon, covered = np.random.default_rng(3), 1.0, 0
    for right in rng.binomial(500, 1 / (1 + math.exp(-epsilon)), 400):
        covered += epsilon_of_guesses(int(right), 500, 500, level=0.95, delta=0) <= epsilon
    assert covered >= 400 * 0.95 - 4 * math.sqrt(400 * 0.05 * 0.95)


def test_a_risk_is_judged_by_its_right_claims():
    found = bound(membership(180, 20))
    assert found.value == pytest.approx(
        epsilon_of_guesses(180, 200, 2_000, level=0.95, delta=0), abs=1e-9
    )
    assert "180 of 200 claims" in found.note
    assert found.standing == "worse"
    blind = bound(membership(100, 100))
    assert blind.value == 0
    assert blind.standing == "within"


@pytest.mark.parametrize("risk", [membership(100, 100), (50, 50, 100)], ids=["risk", "counts"])
def test_the_null_is_nearly_always_zero(risk):
    band = bound(risk).band()
    assert 0 == band.low <= band.mean <= band.high < 0.5
    assert band.mean < 0.05


@pytest.mark.parametrize(
    ("risk", "message"),
    [
        (membership(9, 1, control_design_effect=2.0), "several targets of one privacy unit"),
        (replace(membership(9, 1), control_targets=500), "1000 members and 500 outsiders"),
        (replace(membership(9, 1), attack="unique_match"), "no attack on membership"),
        ((1, 2), "neither the result of an attack nor counts"),
        ((5, 2, 4), "neither the result"),
        ((0.5, 0.2, 1), "neither the result"),
        ((0, 0, 0), "counts no runs"),
    ],
)
def test_what_cannot_carry_a_bound_is_refused(risk, message):
    with pytest.raises(GuideError, match=message):
        bound(risk)


@pytest.mark.parametrize("options", [{"delta": 1}, {"level": 0.2}])
def test_impossible_options_are_refused(options):
    with pytest.raises(GuideError, match="must be 0 to below 1"):
        bound((1, 1, 4), **options)


def test_compare_hands_the_risk_on(survey):
    found = compare(survey, survey, measures="empirical_epsilon", risk=(60, 20, 100), seed=1)
    assert found["empirical_epsilon"].value == bound((60, 20, 100)).value

"""A risk is computed as it says, with its copies, and its words agree with its numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.intervals import Interval
from guide_helpers.results import Expense, NullBand, PrivacyLoss, Ranking, Risk, Score


def risk(hits=712, targets=1_000, control_hits=690, control_targets=1_000, **more) -> Risk:
    return Risk(
        attack="attribute_inference",
        targets=targets,
        hits=hits,
        claims=targets,
        guessing_rate=0.61,
        control_targets=control_targets,
        control_hits=control_hits,
        control_claims=control_targets,
        **more,
    )


def test_excess_is_the_share_of_an_outsiders_mistakes_that_was_spared():
    # members are missed 288 times in 1,000, outsiders 310 times: 1 - 0.288 / 0.310
    excess = risk().excess
    assert excess.value == pytest.approx((0.712 - 0.690) / (1 - 0.690))
    low, high = confint_proportions_2indep(
        288, 1_000, 310, 1_000, method="score", compare="ratio", correction=False
    )
    assert (excess.interval.low, excess.interval.high) == pytest.approx((1 - high, 1 - low))


def test_a_copy_that_is_always_right_about_members_is_all_excess():
    assert risk(hits=1_000, control_hits=0).excess.value == 1


def test_excess_is_negative_where_outsiders_are_hit_more_often():
    less = risk(hits=500, control_hits=700)
    assert less.excess.interval.high < 0
    assert "less often than outsiders" in less.reading()["value"]


def test_a_control_that_is_always_right_leaves_no_excess():
    always = risk(control_hits=1_000)
    assert always.excess is None
    assert "nothing was left to gain" in always.reading()["value"]
    assert always.table_row()["excess %"] == "not measurable"


def test_a_design_effect_acts_like_fewer_targets():
    clustered = risk(target_design_effect=4, control_design_effect=4).excess
    fewer = risk(178, 250, 172.5, 250).excess
    assert clustered.value == pytest.approx(fewer.value)
    assert clustered.interval.low == pytest.approx(fewer.interval.low)
    assert clustered.interval.high == pytest.approx(fewer.interval.high)


def test_one_copy_stays_as_it_is():
    assert Risk.over((risk(),)) == risk()


def test_equal_copies_change_no_interval():
    several = Risk.over((risk(),) * 5)
    assert several.excess.value == pytest.approx(risk().excess.value)
    assert several.excess.interval.low == pytest.approx(risk().excess.interval.low)
    assert several.rate.interval.high == pytest.approx(risk().rate.interval.high)


def test_copies_that_differ_widen_the_interval():
    several = Risk.over(tuple(risk(hits=hits) for hits in (640, 690, 712, 730, 788)))
    assert several.rate.value == pytest.approx(0.712)
    width, one = np.ptp(_limits(several.rate)), np.ptp(_limits(risk().rate))
    # by hand: variance of the five rates 0.00294 over 5, and the Wilson half-width as sampling
    between = np.var([0.640, 0.690, 0.712, 0.730, 0.788], ddof=1) / 5
    assert width > 2 * 1.96 * np.sqrt(between + (one / 3.92) ** 2) * 0.99
    assert several.about == "the method"


def test_guessing_over_copies_is_a_mean_as_the_rate_is():
    several = Risk.over((risk(), replace(risk(), guessing_rate=0.2)))
    assert several.guessing_rate == pytest.approx((risk().guessing_rate + 0.2) / 2)


def test_no_interval_leaves_what_is_possible():
    none = Risk.over(tuple(risk(hits=h, control_hits=0) for h in (0, 0, 1)))
    assert none.rate.interval.low == 0
    assert Risk.over((risk(1_000), risk(1_000), risk(999))).excess.interval.high <= 1


def test_fewer_than_five_copies_speak_of_files_only():
    assert Risk.over((risk(),) * 4).about == "these files"
    assert risk().about == "this file"


def test_a_copy_without_excess_makes_the_excess_of_all_undefined():
    assert Risk.over((risk(), risk(control_hits=1_000))).excess is None


@pytest.mark.parametrize(
    ("hits", "sentence"),
    [
        (800, "gives away something about its members"),
        (690, "covers zero: this attack shows no leak"),
        (500, "less often than outsiders"),
    ],
)
def test_the_words_follow_the_interval(hits, sentence):
    assert sentence in risk(hits=hits).reading()["value"]


def test_an_attack_that_is_no_better_than_guessing_says_so():
    weak = risk(hits=600, control_hits=605)
    assert not weak.power
    assert "no power" in weak.reading()["value"]


def test_without_control_the_reading_says_so():
    alone = replace(risk(), control_targets=0, control_hits=0)
    assert alone.control_rate is None
    assert "not measurable" in alone.reading()["value"]


def test_a_ledger_in_rho_adds_up_in_rho():
    ledger = (Expense("age", rho=0.01), Expense("sex", rho=0.015))
    loss = PrivacyLoss(
        1.0, 1e-6, "add-or-remove-one", "person", "one row", True, "zCDP, converted", ledger,
        rho=0.025,
    )  # fmt: skip
    assert (loss.currency, loss.budget) == ("rho", 0.025)
    assert loss.spent == pytest.approx(0.025)
    assert loss.table()["share"].tolist() == pytest.approx([0.4, 0.6])
    assert "epsilon" not in loss.table()


def test_the_ledger_adds_up():
    ledger = (Expense("age", 0.4), Expense("sex", 0.6))
    loss = PrivacyLoss(1.0, 0.0, "add-or-remove-one", "person", "one row", True, "pure", ledger)
    assert loss.spent == pytest.approx(1.0)
    assert loss.table()["epsilon"].tolist() == [0.4, 0.6]


def test_a_privacy_loss_says_its_worst_case_in_words():
    loss = PrivacyLoss(1.0, 0.0, "add-or-remove-one", "persons", "one row each", True, "pure", ())
    said = loss.reading()
    assert "a factor of 2.72." in said["if you make the file"]
    assert "known to all" in said["value"]
    assert all(text.strip() for text in said.values())
    loose = replace(loss, epsilon=0.5, delta=1e-6, n_public=False).reading()
    assert "Epsilon 0.5 and delta 1e-06" in loose["value"]
    assert "protected too" in loose["value"]


def test_a_band_is_the_middle_95_of_100_of_its_draws():
    band = NullBand.of(Null.FRESH_SAMPLE, np.arange(1_001))
    assert (band.mean, band.low, band.high, band.draws) == (500, 25, 975, 1_001)


@pytest.mark.parametrize(("value", "standing"), [(0.5, "within"), (0.1, "better"), (0.9, "worse")])
def test_a_score_stands_where_its_band_says(value, standing):
    band = NullBand(Null.CORRECT_MODEL, 0.5, 0.4, 0.6, 99)
    score = Score("marginal_distance", value, None, (band,))
    assert score.standing == standing
    with pytest.raises(GuideError, match="has no subsample band"):
        score.band(Null.SUBSAMPLE)


def _limits(estimate):
    return estimate.interval.low, estimate.interval.high


def test_a_value_outside_its_band_is_called_real_only_if_its_interval_is_outside_too():
    band = NullBand(Null.CORRECT_MODEL, 0.02, 0.01, 0.03, 0)
    sure, unsure = (
        Score("marginal_distance", 0.05, Interval(low, 0.07, "by hand"), (band,), "2-way")
        for low in (0.04, 0.02)
    )
    assert "the misfit is real" in sure.reading()["value"]
    assert "the misfit is real" not in unsure.reading()["value"]
    assert "its interval reaches into the band" in unsure.reading()["value"]


def test_nothing_tried_is_no_power_and_no_error():
    nothing = risk(hits=0, targets=0, control_hits=0, control_targets=0)
    assert nothing.excess is None
    assert not nothing.power
    assert (nothing.rate.interval.low, nothing.rate.interval.high) == (0, 1)
    assert "no power" in nothing.reading()["value"]


def test_the_area_is_the_share_of_pairs_in_the_right_order():
    # of the six pairs (3 and 1 against 0, 1, 2) four are in order, one is tied
    ranking = Ranking.of(np.array([3.0, 1.0]), np.array([0.0, 1.0, 2.0]))
    assert ranking.area.value == pytest.approx((3 + 1.5) / 6)


def test_delong_covers_one_half_for_scores_of_one_distribution():
    rng = np.random.default_rng(4)
    covered = sum(
        0.5 in Ranking.of(rng.random(200), rng.random(150)).area.interval for _ in range(200)
    )
    assert 180 <= covered <= 199


def test_the_variance_of_the_area_is_that_of_hanley_and_mcneil_for_equal_groups():
    # without a difference the variance is (n1 + n2 + 1) / (12 n1 n2)
    rng = np.random.default_rng(5)
    widths = [np.ptp(_ends(Ranking.of(rng.random(400), rng.random(400)))) for _ in range(20)]
    assert np.mean(widths) / 3.92 == pytest.approx((801 / (12 * 400**2)) ** 0.5, rel=0.03)


def _ends(ranking):
    return ranking.area.interval.low, ranking.area.interval.high


def test_members_found_at_a_low_rate_are_those_above_nearly_all_outsiders():
    outsiders = np.arange(1_000.0)
    members = np.array([2_000.0, 995.0, 5.0, 998.5])
    found = dict(Ranking.of(members, outsiders).at_low)
    # one outsider in 1,000 may pass, ten in 1,000, a hundred
    assert [e.value for e in found.values()] == [0.5, 0.75, 0.75]
    assert list(Ranking.of(members, outsiders[:50]).table().index) == [0.1]


def test_ties_with_the_last_allowed_outsider_are_not_counted_as_found():
    ranking = Ranking.of(np.ones(10), np.ones(10))
    assert ranking.at_low[0][1].value == 0
    assert ranking.area.value == 0.5


def test_the_ranking_over_copies_is_a_mean_with_the_variance_between_them():
    each = [
        replace(risk(), ranking=Ranking.of(np.arange(100.0) + shift, np.arange(100.0)))
        for shift in (0, 20, 40)
    ]
    mean = Risk.over(tuple(each)).ranking
    assert mean.area.value == pytest.approx(np.mean([r.ranking.area.value for r in each]))
    assert "3 copies" in mean.area.interval.method

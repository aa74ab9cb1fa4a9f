"""Gap between subgroups: by hand, a spoilt minority, chance alone."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers import GuideError
from guide_helpers.measures.subgroup_gaps import subgroup_gaps


def test_distances_of_groups_computed_by_hand(of_columns, rng):
    original = of_columns(g=["a"] * 60 + ["b"] * 40, x=list("cd") * 50)
    rows = original.rows.assign(x=list("cd") * 30 + ["c"] * 30 + ["d"] * 10)
    score = subgroup_gaps(original, original.with_rows(rows), rng=rng)[0]
    table = score.details.set_index("group")
    assert table.loc["a", "distance"] == 0
    assert table.loc["b", "distance"] == pytest.approx(0.25)
    assert table.loc["the whole file", "distance"] == pytest.approx(0.10)
    assert table.loc["b", "records"] == 40
    expected = table["excess"]["b"] - table["excess"]["the whole file"]
    assert score.value == pytest.approx(expected)
    assert table["excess"]["b"] == pytest.approx(0.25 - table["expected by chance"]["b"])
    assert score.variant == "by g"


def test_chance_of_a_group_is_that_of_its_size(of_columns, rng):
    original = of_columns(g=["a"] * 9_000 + ["b"] * 1_000, x=list("cd") * 5_000)
    table = subgroup_gaps(original, original, rng=rng, draws=400)[0].details.set_index("group")
    # |share - 1/2| of n records has mean 0.5 sqrt(2 / (pi n))
    for group, n in [("a", 9_000), ("b", 1_000), ("the whole file", 10_000)]:
        expected = 0.5 * (2 / np.pi / n) ** 0.5
        assert table.loc[group, "expected by chance"] == pytest.approx(expected, rel=0.15)


def test_a_correct_synthesis_shows_no_gap(people, correct, rng):
    original = people(1_500, rng)
    standings = [
        subgroup_gaps(original, correct(original, rng), rng=rng, groups="group")[0].standing
        for _ in range(10)
    ]
    assert standings.count("worse") <= 2


def test_a_spoilt_minority_is_named(people, correct, rng):
    original = people(3_000, rng)
    rows = correct(original, rng).rows
    few = (rows["group"] == "e").to_numpy()
    rows.loc[few, "score"] = rng.choice(rows["score"][~few].to_numpy(), few.sum())
    score = subgroup_gaps(original, original.with_rows(rows), rng=rng, groups="group")[0]
    assert score.standing == "worse"
    assert "is 'e'" in score.note
    assert bool(score.details.set_index("group").loc["e", "beyond chance"])


def test_a_group_that_is_lost_has_the_greatest_distance(people, rng):
    original = people(1_000, rng)
    without = original.with_rows(original.rows[original.rows["group"] != "e"])
    score = subgroup_gaps(original, without, rng=rng, groups="group")[0]
    assert score.details["distance"].iloc[0] == 1
    assert score.details["group"].iloc[0] == "e"
    assert score.value > 0.8


def test_groups_can_be_crossed_and_small_ones_are_left_out(survey, rng):
    one = subgroup_gaps(survey, survey, rng=rng, groups=["sex", "education"], cross=True)
    assert [s.variant for s in one] == ["by sex × education"]
    assert "female × primary" in set(one[0].details["group"])
    each = subgroup_gaps(survey, survey, rng=rng, groups=["sex", "education"])
    assert [s.variant for s in each] == ["by sex", "by education"]
    large = subgroup_gaps(survey, survey, rng=rng, groups="education", smallest=80)[0]
    assert "Left out, of fewer than 80 records: 1." in large.note


def test_what_cannot_be_compared_gets_one_sentence(people, of_columns, rng):
    original = people(50, rng)
    with pytest.raises(GuideError, match="no group has 60 original records"):
        subgroup_gaps(original, original, rng=rng, smallest=60)
    with pytest.raises(GuideError, match="another variable"):
        subgroup_gaps(*[of_columns(g=["a"] * 50)] * 2, rng=rng)
    with pytest.raises(GuideError, match="draws=1"):
        subgroup_gaps(original, original, rng=rng, draws=1)


@pytest.mark.validation
def test_gaps_of_a_correct_synthesis_over_200_draws(people, correct, within_errors):
    rng = np.random.default_rng(30)
    original = people(2_000, rng)
    found = [
        subgroup_gaps(original, correct(original, rng), rng=rng, groups="group")[0]
        for _ in range(200)
    ]
    within_errors([s.value - s.band().mean for s in found], 0)
    assert sum(s.standing == "within" for s in found) >= 180

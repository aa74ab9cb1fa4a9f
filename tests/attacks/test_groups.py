"""Attacks on an attribute count their targets by the groups of any variable."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack
from guide_helpers.attacks._attribute import _labels
from guide_helpers.schema import Kind, Variable

ATTACKS = ("attribute_inference", "class_inference", "tree_inference")


@pytest.mark.parametrize("slug", ATTACKS)
@pytest.mark.parametrize("by", ["region", "ill", "age", "wage"])
def test_groups_add_up_to_all_targets_of_both_sides(slug, by, leaking, members, outsiders):
    game = {"original": members, "control": outsiders, "attack": slug}
    plain, risk = attack(leaking, **game), attack(leaking, **game, groups=by)
    assert risk == attack(leaking, **game, groups=by)
    assert (risk.hits, risk.claims) == (plain.hits, plain.claims)
    counts = risk.details.sum()
    assert counts["targets"] == risk.targets
    assert counts["hits"] == risk.hits
    assert counts["claims"] == risk.claims
    assert counts["control targets"] == risk.control_targets
    assert counts["control hits"] == risk.control_hits
    rate = 100 * risk.details["hits"] / risk.details["targets"]
    assert risk.details["rate %"].to_numpy() == pytest.approx(rate.to_numpy(), abs=0.06)


def test_a_group_has_the_counts_of_its_members(leaking, members, outsiders):
    game = {"original": members, "control": outsiders, "attack": "class_inference"}
    details = attack(leaking, **game, groups="ill").details
    alone = attack(leaking, **game, targets='ill == "yes"')
    assert details.loc["yes", "hits"] == alone.hits
    assert details.loc["yes", "control targets"] == alone.control_targets


def test_numbers_are_cut_where_the_synthetic_file_is_and_codes_stay_apart():
    size = Variable("size", Kind.NUMBER, special={-9.0: "not asked"})
    shown = pd.Series([-9.0, *range(1, 101), np.nan])
    labels = _labels(size, shown, pd.Series([-9.0, np.nan, 1, 20, 21, 80, 81, 5_000]))
    assert labels.tolist() == [
        "not asked", "missing", "1: up to 20", "1: up to 20", "2: above 20 to 40",
        "4: above 60 to 80", "5: above 80", "5: above 80",
    ]  # fmt: skip


def test_dates_and_constants_make_groups():
    day = Variable("day", Kind.DATETIME)
    days = pd.Series(pd.date_range("2024-01-01", periods=10))
    assert _labels(day, days, days).iloc[[0, 9]].tolist() == [
        "1: up to 2024-01-02",
        "5: above 2024-01-08",
    ]
    none = pd.Series([np.nan])
    assert _labels(Variable("x", Kind.NUMBER), none, none).tolist() == ["missing"]
    one = pd.Series([3.0, 3.0])
    assert _labels(Variable("x", Kind.NUMBER), one, one).tolist() == ["1: up to 3"] * 2


def test_a_group_that_is_no_variable_is_refused(leaking, members):
    with pytest.raises(GuideError, match="groups='shoe' is not a variable"):
        attack(leaking, original=members, attack="attribute_inference", groups="shoe")

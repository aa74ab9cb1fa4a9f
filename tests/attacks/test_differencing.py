"""Copies and releases taken together: who comes back, and who joined."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack, generate
from guide_helpers.attacks.differencing import Differencing
from guide_helpers.schema import Dataset, Kind, Schema, Variable

LINE = Schema((Variable("x", Kind.NUMBER),))


def line(*values):
    return Dataset.of(pd.DataFrame({"x": [float(v) for v in values]}), LINE)


def scores(copies, targets, **options):
    player = Differencing(**options).learn(copies, (), rng=np.random.default_rng(1))
    return player.answer(targets).scores, player.least_


@pytest.fixture
def asked(members, outsiders):
    def ask(*copies, **options):
        game = {"original": members, "control": outsiders, "attack": "differencing"}
        return attack(copies, **(game | options))

    return ask


def test_a_case_computed_by_hand():
    one, two = line(0, 10), line(1, 10)
    found, least = scores((one, two), line(10, 0))
    # ranges of the first copy: distances are tenths; 0 lies 0.1 from the second copy's nearest
    assert least == pytest.approx(0.001)
    by_hand = [np.log([1.001 / 0.001, 0.901 / 0.001]), np.log([1.001 / 0.001, 1.001 / 0.101])]
    assert found == pytest.approx(np.mean(by_hand, axis=1))


def test_what_was_there_before_does_not_count():
    found, least = scores((line(0, 10, 7),), line(0, 7), earlier=line(0, 10))
    assert found == pytest.approx([0, np.log((0.3 + least) / least)])


def test_a_record_where_everybody_is_says_nothing():
    crowd = line(*[5] * 20, 0, 10)
    found, _ = scores((crowd, crowd), line(5, 10))
    assert found[0] == 0
    assert found[1] > 3


def test_several_copies_tell_more_than_one(asked, members):
    copies = generate(members, "cart", min_leaf=5, m=8, seed=1).copies
    one, all_of_them = asked(copies[0]).ranking.area, asked(*copies).ranking.area
    assert all_of_them.interval.low > one.interval.high


def test_copies_that_share_nobody_with_the_original_tell_nothing(asked, people):
    risk = asked(*(people(1_000, seed) for seed in range(50, 55)))
    assert 0 in risk.excess.interval
    assert 0.5 in risk.ranking.area.interval


@pytest.mark.parametrize("form", ["result", "file", "files"])
def test_two_releases_tell_who_joined(form, members, outsiders):
    first = members.with_rows(members.rows.iloc[:500])
    before, after = (generate(d, "cart", min_leaf=3, seed=2) for d in (first, members))
    earlier = {"result": before, "file": before.first, "files": before.copies}[form]
    risk = attack(
        after,
        original=members,
        control=outsiders,
        targets=np.arange(500, 1_000),
        control_targets=np.arange(500),
        attack="differencing",
        earlier=earlier,
    )
    assert risk.ranking.area.interval.low > 0.5


def test_two_releases_do_not_take_old_members_for_new_ones(members, outsiders):
    risk = attack(
        members, original=members, control=outsiders, attack="differencing", earlier=members
    )
    assert risk.ranking.area.value == 0.5
    assert 0 in risk.excess.interval


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"share": 0}, "share=0"),
        ({"neighbours": 1}, "neighbours=1 compares nothing"),
        ({"earlier": [3]}, "earlier is no synthetic file"),
        ({"earlier": line(1)}, "earlier has other columns"),
    ],
)
def test_options_that_cannot_be_used_are_refused(options, message, asked, leaking):
    with pytest.raises(GuideError, match=message):
        asked(leaking, **options)


def test_a_file_of_one_value_has_a_least_distance():
    found, least = scores((line(3, 3),), line(3, 4))
    assert least == 0.01
    assert list(found) == [0, 0]

"""The contract of every attack: counts that make sense, power on a leak, silence on a null."""

from __future__ import annotations

import pandas as pd
import pytest

from guide_helpers import GuideError, attack
from guide_helpers.catalogue import entries

ATTACKS = {slug: entry for slug, entry in entries("attacks").items() if entry.runs}
every = pytest.mark.parametrize("slug", list(ATTACKS))


def makes_sense(risk):
    """Check that counts are nested and that rates and readings exist."""
    assert 0 <= risk.hits <= risk.claims <= risk.targets
    assert 0 <= risk.control_hits <= risk.control_claims <= risk.control_targets
    assert 0 <= risk.guessing_rate <= 1
    assert risk.rate.value in risk.rate.interval
    assert all(text.strip() for text in risk.reading().values())
    assert risk.table_row()["targets"] == risk.targets


@every
def test_an_attack_counts_targets_claims_and_hits(slug, members, outsiders, leaking):
    risk = attack(leaking, original=members, control=outsiders, attack=slug)
    makes_sense(risk)
    assert risk.attack == slug
    assert risk.targets == len(members)
    assert risk.control_targets == len(outsiders)
    assert risk.knowledge == members.keys
    assert risk.excess is not None


@every
def test_without_a_control_group_no_excess_is_reported(slug, members, leaking):
    risk = attack(leaking, original=members, attack=slug)
    makes_sense(risk)
    assert (risk.control_targets, risk.excess) == (0, None)


@every
def test_a_leaking_file_shows_an_excess_and_a_null_file_does_not(
    slug, members, outsiders, leaking, null_file
):
    leak, null = (
        attack(file, original=members, control=outsiders, attack=slug)
        for file in (leaking, null_file)
    )
    assert leak.excess.interval.low > 0
    assert 0 in null.excess.interval
    assert leak.hits > null.hits


@every
def test_chosen_targets_are_the_only_ones(slug, members, outsiders, leaking):
    risk = attack(leaking, original=members, control=outsiders, attack=slug, targets=[0, 5, 9])
    makes_sense(risk)
    assert risk.targets == 3


@every
def test_knowledge_can_be_chosen_and_unknown_columns_are_refused(slug, members, leaking):
    risk = attack(leaking, original=members, attack=slug, knowledge=["age"])
    makes_sense(risk)
    assert risk.knowledge == ("age",)
    with pytest.raises(GuideError, match="no column 'shoe_size'"):
        attack(leaking, original=members, attack=slug, knowledge=["shoe_size"])


@every
def test_a_seed_decides_the_risk_and_the_files_stay_as_they_were(slug, members, leaking):
    kept = members.rows.copy(deep=True), leaking.rows.copy(deep=True)
    one, two = (attack(leaking, original=members, attack=slug, seed=4) for _ in range(2))
    assert one == two
    pd.testing.assert_frame_equal(members.rows, kept[0])
    pd.testing.assert_frame_equal(leaking.rows, kept[1])


@every
def test_missing_and_special_values_are_attacked(slug, gaps):
    half, rest = (gaps.with_rows(gaps.rows.iloc[start::2]) for start in (0, 1))
    makes_sense(attack(half, original=half, control=rest, attack=slug))


@every
def test_several_copies_give_one_risk_with_the_variance_between_them(
    slug, members, outsiders, population
):
    copies = tuple(population(seed) for seed in (21, 22))
    risk = attack(copies, original=members, control=outsiders, attack=slug)
    assert len(risk.by_copy) == 2
    for one in risk.by_copy:
        makes_sense(one)
    assert "between-copy" in risk.rate.interval.method


@every
def test_an_unknown_option_is_refused_by_name(slug, members, leaking):
    with pytest.raises(GuideError, match="nonsense"):
        attack(leaking, original=members, attack=slug, nonsense=1)

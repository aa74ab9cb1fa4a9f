"""The contract of every attack: counts that make sense, power on a leak, silence on a null."""

from __future__ import annotations

from functools import cache, partial

import pandas as pd
import pytest

from guide_helpers import GuideError, attack
from guide_helpers.cards import GeneratorKnowledge, Goal
from guide_helpers.catalogue import entries

ORACLE, BLACK_BOX, WHITE_BOX = (
    GeneratorKnowledge.ORACLE,
    GeneratorKnowledge.BLACK_BOX,
    GeneratorKnowledge.WHITE_BOX,
)
MEMBERSHIP = Goal.MEMBERSHIP
ATTACKS = {slug: entry for slug, entry in entries("attacks").items() if entry.runs}
every = pytest.mark.parametrize("slug", list(ATTACKS))
of_people = pytest.mark.parametrize("slug", [s for s, e in ATTACKS.items() if not e.card.guesses])
of_files = [s for s, e in ATTACKS.items() if e.card.threat.generator is not ORACLE]
one_by_one = pytest.mark.parametrize(
    "slug", [s for s, e in ATTACKS.items() if not e.card.joint_copies]
)


@pytest.fixture(scope="session")
def run(playing, population):
    """Run an attack with a reference sample that shares nobody with the others."""
    return partial(playing, reference=population(31))


@pytest.fixture(scope="session")
def with_control(run, members, outsiders, leaking):
    """What each attack finds in the leaking file beside a control group, found once."""
    return cache(lambda slug: run(slug, leaking, original=members, control=outsiders))


@pytest.fixture(scope="session")
def alone(run, members, leaking):
    """What each attack finds without a control group, with seed 4, found once."""
    return cache(lambda slug: run(slug, leaking, original=members, seed=4))


def makes_sense(risk):
    """Check that counts are nested and that rates and readings exist."""
    assert 0 <= risk.hits <= risk.claims <= risk.targets
    assert 0 <= risk.control_hits <= risk.control_claims <= risk.control_targets
    assert 0 <= risk.guessing_rate <= 1
    assert risk.rate.value in risk.rate.interval
    assert all(text.strip() for text in risk.reading().values())
    assert risk.table_row()["targets"] == risk.targets


@every
def test_an_attack_counts_targets_claims_and_hits(slug, members, outsiders, with_control):
    risk = with_control(slug)
    makes_sense(risk)
    assert risk.attack == slug
    assert risk.knowledge == members.keys
    assert risk.excess is not None
    if not risk.card.guesses:
        assert risk.targets == len(members)
        assert risk.control_targets == len(outsiders)


@every
def test_without_a_control_group_no_excess_is_reported(slug, alone):
    risk = alone(slug)
    makes_sense(risk)
    assert (risk.control_targets, risk.excess) == (0, None)


@pytest.mark.parametrize("slug", of_files)
def test_a_leaking_file_shows_an_excess_and_a_null_file_does_not(
    slug, members, outsiders, with_control, null_file, run
):
    leak = with_control(slug)
    null = run(slug, null_file, leaks=False, original=members, control=outsiders)
    assert leak.excess.interval.low > 0
    assert null.excess is None or 0 in null.excess.interval
    assert leak.hits > null.hits


@of_people
def test_chosen_targets_are_the_only_ones(slug, members, outsiders, leaking, run):
    risk = run(slug, leaking, original=members, control=outsiders, targets=[0, 5, 9])
    makes_sense(risk)
    assert risk.targets == 3


@every
def test_knowledge_can_be_chosen_and_unknown_columns_are_refused(slug, members, leaking, run):
    risk = run(slug, leaking, original=members, knowledge=["age"])
    makes_sense(risk)
    assert risk.knowledge == ("age",)
    with pytest.raises(GuideError, match="no column 'shoe_size'"):
        run(slug, leaking, original=members, knowledge=["shoe_size"])


@every
def test_a_seed_decides_the_risk_and_the_files_stay_as_they_were(
    slug, members, leaking, alone, run
):
    kept = members.rows.copy(deep=True), leaking.rows.copy(deep=True)
    one, two = alone(slug), run(slug, leaking, original=members, seed=4)
    assert one == two
    pd.testing.assert_frame_equal(members.rows, kept[0])
    pd.testing.assert_frame_equal(leaking.rows, kept[1])


@every
def test_missing_and_special_values_are_attacked(slug, gaps, run):
    half, rest = (gaps.with_rows(gaps.rows.iloc[start::2]) for start in (0, 1))
    makes_sense(run(slug, half, original=half, control=rest, reference=rest))


@one_by_one
def test_several_copies_give_one_risk_with_the_variance_between_them(
    slug, members, outsiders, population, run
):
    copies = tuple(population(seed) for seed in (21, 22))
    risk = run(slug, copies, original=members, control=outsiders)
    assert len(risk.by_copy) == 2
    for one in risk.by_copy:
        makes_sense(one)
    assert "between-copy" in risk.rate.interval.method


@pytest.mark.parametrize("slug", [s for s, e in ATTACKS.items() if e.card.joint_copies])
def test_an_attack_on_all_copies_together_gives_one_risk(slug, members, outsiders, population, run):
    copies = tuple(population(seed) for seed in (21, 22))
    risk = run(slug, copies, original=members, control=outsiders)
    makes_sense(risk)
    assert not risk.by_copy


@pytest.mark.parametrize(
    "slug", [s for s, e in ATTACKS.items() if e.card.threat.goal is MEMBERSHIP]
)
def test_a_membership_attack_ranks_and_claims_a_share(slug, with_control):
    risk = with_control(slug)
    assert risk.ranking.area.value in risk.ranking.area.interval
    assert [rate for rate, _ in risk.ranking.at_low] == [0.01, 0.1]
    claimed = risk.claims + risk.control_claims
    assert claimed == round(risk.guessing_rate * (risk.targets + risk.control_targets))


@pytest.mark.parametrize(
    "slug", [s for s, e in ATTACKS.items() if e.card.threat.generator in (BLACK_BOX, WHITE_BOX)]
)
def test_an_attack_that_runs_the_method_needs_to_know_it(slug, members, leaking, population):
    given = {"reference": population(31)} if ATTACKS[slug].card.needs else {}
    with pytest.raises(GuideError, match="result of generate"):
        attack(leaking, original=members, attack=slug, **given)


@pytest.mark.parametrize("slug", [s for s, e in ATTACKS.items() if e.card.needs])
def test_an_attack_without_an_option_it_needs_says_which(slug, members, leaking):
    needed = ATTACKS[slug].card.needs[0]
    with pytest.raises(GuideError, match=f"needs the option '{needed}'"):
        attack(leaking, original=members, attack=slug)


@every
def test_an_unknown_option_is_refused_by_name(slug, members, leaking, run):
    with pytest.raises(GuideError, match="nonsense"):
        run(slug, leaking, original=members, nonsense=1)

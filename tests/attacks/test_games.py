"""What every attack must show, whatever it does."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack
from guide_helpers.cards import GeneratorKnowledge, Goal
from guide_helpers.catalogue import entries
from guide_helpers.schema import Dataset, Kind, Link, LinkedTables, Role, Schema, Variable

CARDS = {slug: entry.card for slug, entry in entries("attacks").items()}
EVERY = sorted(CARDS)
PEOPLE = [slug for slug in EVERY if not CARDS[slug].guesses]
FILES = [s for s in EVERY if CARDS[s].threat.generator is not GeneratorKnowledge.ORACLE]
"""Attacks that a fresh file must leave without a finding; an oracle leaks whatever the file."""
TABLES = [s for s in PEOPLE if CARDS[s].threat.generator is GeneratorKnowledge.NO_BOX]
KNOWING = {"memorised_strings": {"knowledge": ["age", "region", "trade", "wage"]}}
"""These people wrote nothing: all that they are, taken together, is their string."""
GAMES = [pytest.param(slug, KNOWING.get(slug, {}), id=slug.replace("_", " ")) for slug in FILES] + [
    pytest.param(
        "attribute_inference",
        {"sensitive": "wage", "neighbours": 3},
        id="attribute inference of a number",
    ),
    pytest.param(
        "unique_match",
        {"agreement": 0.3, "knowledge": ["age", "region", "trade"]},
        id="unique match in part",
    ),
]


@pytest.fixture
def run(playing, people):
    """Run an attack with a reference sample that shares nobody with the others."""
    return partial(playing, reference=people(1_000, 31))


@pytest.mark.parametrize("slug", EVERY)
def test_a_copy_of_the_original_is_the_worst_case(slug, members, outsiders, run):
    risk = run(slug, members, original=members, control=outsiders, knowledge=known(slug, members))
    assert risk.excess.interval.low > 0
    if CARDS[slug].threat.goal is Goal.MEMBERSHIP:
        assert risk.ranking.area.interval.low > 0.9
    else:
        assert risk.hits > 0.95 * risk.claims
        assert risk.excess.interval.low > 0.5 or CARDS[slug].guesses


@pytest.mark.parametrize(("slug", "options"), GAMES)
def test_a_file_with_a_fifth_of_its_members_shows_an_excess(
    slug, options, leaking, members, outsiders, run
):
    risk = run(slug, leaking, original=members, control=outsiders, **options)
    assert risk.excess.interval.low > 0


@pytest.mark.parametrize(("slug", "options"), GAMES)
def test_a_fresh_sample_shows_no_excess(slug, options, fresh, members, outsiders, run):
    risk = run(slug, fresh, leaks=False, original=members, control=outsiders, **options)
    assert risk.excess is None or 0 in risk.excess.interval


@pytest.mark.validation
@pytest.mark.parametrize(("slug", "options"), GAMES)
def test_fresh_samples_show_no_excess_in_at_least_90_of_100_seeds(
    slug, options, people, playing, record_property
):
    covered = 0
    for seed in range(100):
        drawn = [people(1_000, 1_000 + 4 * seed + i) for i in range(4)]
        groups = dict(zip(("original", "control", "reference"), drawn[1:], strict=True))
        risk = playing(slug, drawn[0], leaks=False, **groups, **options)
        covered += risk.excess is None or 0 in risk.excess.interval
    record_property("seeds whose interval covers zero", f"{covered} of 100")
    assert covered >= 90


@pytest.mark.parametrize("slug", EVERY)
def test_a_smaller_control_group_moves_no_rate_but_widens_the_interval(
    slug, leaking, members, people, run
):
    if CARDS[slug].same_size_control:
        with pytest.raises(GuideError, match="depends on the number of records"):
            run(slug, leaking, original=members, control=people(200, 9))
        return
    large, small = (
        run(slug, leaking, original=members, control=people(n, 9)) for n in (4_000, 200)
    )
    if CARDS[slug].threat.goal is Goal.MEMBERSHIP:
        # a share of all targets is claimed, so the rates depend on the sizes; the area does not
        one, other = (risk.ranking.area for risk in (large, small))
        assert one.value == pytest.approx(other.value, abs=0.1)
        assert np.ptp(_ends(other)) > np.ptp(_ends(one))
        return
    assert small.control_rate.value == pytest.approx(large.control_rate.value, abs=0.1)
    assert np.ptp(_limits(small)) > np.ptp(_limits(large))


@pytest.mark.parametrize("slug", EVERY)
def test_a_control_group_that_is_always_right_leaves_nothing_to_gain(slug, members, run):
    risk = run(slug, members, original=members, control=members, knowledge=known(slug, members))
    always = replace(risk, control_hits=risk.control_targets)
    assert always.excess is None
    assert "nothing was left to gain" in always.reading()["value"]


@pytest.mark.parametrize("slug", TABLES)
def test_records_of_one_person_widen_the_interval(slug, leaking, members, outsiders):
    def fourfold(data: Dataset) -> Dataset:
        rows = data.rows.loc[data.rows.index.repeat(4)].reset_index(drop=True)
        person = Variable("person", Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER)
        rows["person"] = np.arange(len(rows)) // 4
        schema = Schema((*data.schema.variables, person))
        return Dataset.of(rows, schema, entity="person")

    synthetic = fourfold(leaking).rows[::4]
    single = attack(leaking, original=members, control=outsiders, attack=slug)
    panel = attack(
        fourfold(leaking).with_rows(synthetic),
        original=fourfold(members),
        control=fourfold(outsiders),
        attack=slug,
    )
    assert panel.targets == 4 * single.targets
    naive = replace(panel, target_design_effect=1, control_design_effect=1)
    assert 3 < panel.target_design_effect <= 4.1
    assert np.ptp(_limits(panel)) > 1.5 * np.ptp(_limits(naive))
    assert np.ptp(_limits(panel)) == pytest.approx(np.ptp(_limits(single)), rel=0.15)


@pytest.mark.parametrize("slug", TABLES)
def test_linked_tables_are_clustered_by_the_root(slug, leaking, members, outsiders):
    def linked(data: Dataset) -> LinkedTables:
        house = Variable("house", Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER)
        houses = Dataset.of(pd.DataFrame({"house": np.arange(500)}), Schema((house,)))
        rows = data.rows.assign(house=np.arange(len(data)) % 500)
        child = Dataset.of(rows, Schema((*data.schema.variables, house)), entity="house")
        return LinkedTables(
            {"houses": houses, "people": child}, (Link("houses", "people", "house"),)
        )

    game = {"original": linked(members), "control": linked(outsiders), "attack": slug}
    risk = attack(linked(leaking), table="people", **game)
    assert risk.table == "people"
    assert risk.target_design_effect >= 1
    with pytest.raises(GuideError, match="name one with table="):
        attack(linked(leaking), **game)


@pytest.mark.parametrize("slug", PEOPLE)
def test_an_expression_chooses_among_members_and_control_alike(
    slug, leaking, members, outsiders, run
):
    game = {"original": members, "control": outsiders}
    risk = run(slug, leaking, targets="age >= 80", **game)
    assert risk.targets == (members.rows["age"] >= 80).sum()
    assert risk.control_targets == (outsiders.rows["age"] >= 80).sum()


def test_targets_chosen_by_row_are_said_to_need_a_control_chosen_alike(leaking, members, outsiders):
    game = {"original": members, "control": outsiders, "attack": "unique_match"}
    risk = attack(leaking, targets=[0, 1, 2], **game)
    assert risk.targets == 3
    assert "the control was not" in risk.reading()["value"]
    alike = attack(leaking, targets=[0, 1, 2], control_targets=[4, 5], **game)
    assert alike.control_targets == 2
    assert "the control was not" not in alike.reading()["value"]


@pytest.mark.parametrize("targets", [[1_000], [-1], [0.5], "age > 1000", "some"])
def test_targets_that_are_not_there_are_refused(targets, leaking, members):
    with pytest.raises(GuideError):
        attack(leaking, original=members, attack="unique_match", targets=targets)


@pytest.mark.parametrize("slug", EVERY)
def test_no_value_of_a_record_is_in_the_reading_or_the_details(
    slug, leaking, members, outsiders, run
):
    marked = members.with_rows(members.rows.assign(wage=123_456_789.0))
    risk = run(slug, leaking, original=marked, control=outsiders)
    details = "" if risk.details is None else risk.details.to_string()
    shown = f"{risk.reading()} {details} {risk.table_row()}"
    assert "123456789" not in shown


def known(slug, data):
    """Return what the attacker knows of a target, so that something is left to learn."""
    return list(data.schema.names if CARDS[slug].guesses else data.schema.names[:3])


def _limits(risk):
    return _ends(risk.excess)


def _ends(estimate):
    return estimate.interval.low, estimate.interval.high

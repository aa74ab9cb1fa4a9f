"""Lone values are the guesses, each is tried on the whole file; the control must be as large."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack
from guide_helpers.attacks.singling_out import SinglingOut
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable

TOWN = Schema(
    (
        Variable("place", Kind.CATEGORICAL, Role.KEY, levels=("A", "B", "C")),
        Variable("size", Kind.NUMBER, special={-9.0: "not asked"}),
    )
)
FILE = [("A", 1), ("A", 1), ("B", 2), ("A", np.nan), ("A", -9), ("A", 5), ("A", 5)]


def town(*records) -> Dataset:
    return Dataset.of(pd.DataFrame(records, columns=list(TOWN.names)), TOWN)


def learned(*records, **options) -> SinglingOut:
    player = SinglingOut(**options)
    return player.learn(town(*records), ("place",), rng=np.random.default_rng(1))


def guesses(player: SinglingOut) -> set[tuple[object, ...]]:
    found = player.predicates_
    signs = np.array(["=", "<=", ">="])[found.signs[:, 0]]
    names = np.array(player.names_)[found.columns[:, 0]]
    values = found.quantities[:, 0], found.states[:, 0]
    return set(zip(names, signs, *(v.tolist() for v in values), strict=True))


def test_the_guesses_are_values_that_one_record_has():
    assert guesses(learned(*FILE)) == {
        ("place", "=", 0.0, 1),  # B
        ("size", "=", 2.0, 0),
        ("size", "=", 0.0, -1),  # missing
        ("size", "=", 0.0, 1),  # -9, not asked
    }


def test_the_smallest_and_the_largest_number_are_guesses_where_one_record_has_them():
    found = guesses(learned(("A", 1), ("A", 3), ("A", 3), ("A", 7)))
    assert {("size", "<=", 1.0, 0), ("size", ">=", 7.0, 0)} <= found
    assert {("size", "=", 1.0, 0), ("size", "=", 7.0, 0)} <= found


@pytest.mark.parametrize(
    ("asked", "right"),
    [
        ([("B", 2), ("A", 9), ("A", 9), ("A", 8), ("C", 9)], 3),  # B, = 2, <= 2
        ([("B", 3), ("B", 3), ("A", 3), ("A", 3), ("A", 3)], 0),
        ([("A", 1), ("A", 4), ("A", 9), ("A", 10), ("C", 4)], 2),  # = 9, <= 2; two are >= 9
        ([("A", -9), ("A", np.nan), ("A", 4), ("A", 3), ("C", 99)], 1),  # >= 9
    ],
)
def test_a_guess_is_right_where_it_holds_for_exactly_one_record(asked, right):
    player = learned(("B", 2), ("A", 4), ("A", 4), ("A", 4), ("A", 9))
    assert len(player.predicates_) == 5
    assert player.answer(town(*asked)).hits.sum() == right


def test_records_of_one_person_are_one_person(members, outsiders, leaking):
    def threefold(data):
        rows = data.rows.loc[data.rows.index.repeat(3)].reset_index(drop=True)
        rows["person"] = np.arange(len(rows)) // 3
        schema = Schema((*data.schema.variables, Variable("person", Kind.IDENTIFIER)))
        return Dataset.of(rows, schema, entity="person")

    for slug in ("singling_out", "multivariate_singling_out"):
        single, panel = (
            attack(
                change(leaking), original=change(members), control=change(outsiders), attack=slug
            )
            for change in (lambda data: data, threefold)
        )
        assert panel.rate.value == pytest.approx(single.rate.value, abs=0.05)
        assert panel.excess.value == pytest.approx(single.excess.value, abs=0.05)


def test_fewer_guesses_than_asked_are_said_and_are_the_denominator(members, leaking):
    risk = attack(leaking, original=members, attack="singling_out", guesses=10_000)
    assert risk.targets == risk.claims < 1_000
    assert risk.hits / risk.targets == risk.rate.value
    assert "Of 10,000 predicates asked for" in risk.reading()["value"]
    assert f"{risk.targets:,} were found" in risk.reading()["value"]


def test_as_many_guesses_as_asked_are_drawn(members, leaking):
    risk = attack(leaking, original=members, attack="singling_out", guesses=40)
    assert risk.targets == 40
    assert "asked for" not in risk.reading()["value"]


@pytest.mark.parametrize("slug", ["singling_out", "multivariate_singling_out"])
def test_a_file_without_a_lone_value_is_no_power_and_no_error(slug, members):
    alike = members.with_rows(pd.concat([members.rows[:20]] * 2))  # a number is never alone
    risk = attack(alike, original=members, attack=slug)
    assert (risk.targets, risk.hits, risk.guessing_rate, risk.power) == (0, 0, 0, False)
    assert "found nothing to try" in risk.reading()["value"]


@pytest.mark.parametrize("slug", ["singling_out", "multivariate_singling_out"])
def test_a_control_of_another_size_is_refused_however_it_came(slug, members, people, leaking):
    game = {"original": members, "attack": slug}
    with pytest.raises(GuideError, match="number of records"):
        attack(leaking, control=people(500, 9), **game)
    with pytest.raises(GuideError, match="of one number"):
        attack(leaking, control=people(1_000, 9), targets=np.arange(500), **game)
    some = {"targets": np.arange(500), "control_targets": np.arange(500)}
    assert attack(leaking, control=people(1_000, 9), **some, **game).targets


@pytest.mark.parametrize("slug", ["singling_out", "multivariate_singling_out"])
@pytest.mark.parametrize("made", [300, 1_000, 3_000])
def test_a_fresh_sample_of_any_size_shows_no_excess(slug, made, people):
    """The control is as large as the original, which is all that the attack allows."""
    excess = []
    for seed in range(8):
        original, control = people(1_000, 100 + seed), people(1_000, 200 + seed)
        game = {"original": original, "control": control, "attack": slug}
        excess.append(attack(people(made, 300 + seed), **game).excess.value)
    assert abs(np.mean(excess)) < 4 * np.std(excess, ddof=1) / len(excess) ** 0.5


@pytest.mark.validation
@pytest.mark.parametrize("slug", ["singling_out", "multivariate_singling_out"])
@pytest.mark.parametrize("control", [-1, 0, 1])
def test_a_fresh_sample_shows_zero_excess_at_every_control_size_it_allows(
    slug, control, people, record_property
):
    """Smaller controls, which overstate the risk, are refused."""
    excess, covered = [], 0
    for seed in range(100):
        groups = [people(n, 5_000 + 3 * seed + i) for i, n in enumerate((800, 800 + control, 800))]
        found = attack(groups[2], original=groups[0], control=groups[1], attack=slug).excess
        excess.append(found.value)
        covered += 0 in found.interval
    error = np.std(excess, ddof=1) / len(excess) ** 0.5
    record_property("mean excess of 100 fresh samples", f"{np.mean(excess):.4f}")
    record_property("its standard error", f"{error:.4f}")
    assert abs(np.mean(excess)) < 4 * error
    assert covered >= 90


@pytest.mark.parametrize("guesses", [0, -1])
def test_options_that_make_no_sense_are_refused(guesses):
    with pytest.raises(GuideError, match="ask for at least 1"):
        learned(*FILE, guesses=guesses)

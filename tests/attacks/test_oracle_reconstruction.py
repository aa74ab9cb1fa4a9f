"""Scores of single records rebuild the original, whatever the file; rounded ones do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack
from guide_helpers.attacks.oracle_reconstruction import OracleReconstruction
from guide_helpers.games import Office
from guide_helpers.schema import Dataset, Kind, Link, LinkedTables, Role, Schema, Variable

SCHEMA = Schema(
    (
        Variable("level", Kind.CATEGORICAL, levels=("a", "b", "c")),
        Variable("count", Kind.INTEGER, special={-9.0: "not asked"}),
        Variable("size", Kind.NUMBER),
        Variable("day", Kind.DATETIME),
    )
)


def table(n, seed, gaps=0.2):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {
            "level": np.array(["a", "b", "c"])[rng.integers(3, size=n)],
            "count": rng.integers(0, 1_000, n).astype(float),
            "size": rng.random(n).round(3),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
        }
    )
    rows.loc[rng.random(n) < gaps, "count"] = -9
    for name in rows:
        rows[name] = rows[name].where(rng.random(n) >= gaps)
    return Dataset.of(rows, SCHEMA)


@pytest.fixture
def asked(members, outsiders):
    def ask(synthetic, **options):
        game = {"original": members, "control": outsiders, "attack": "oracle_reconstruction"}
        return attack(synthetic, **(game | options))

    return ask


def test_a_harmless_file_with_exact_scores_gives_the_original_away(asked, fresh):
    risk = asked(fresh, questions=8_000)
    assert risk.guessing_rate == 0
    assert risk.hits > 100
    assert risk.hits == risk.claims
    assert risk.control_hits == 0
    assert risk.excess.interval.low > 0.3


def test_enough_questions_rebuild_all_that_is_begun(asked, fresh):
    some = fresh.with_rows(fresh.rows.iloc[:100])
    assert asked(some, questions=100_000).rate.value == 1


@pytest.mark.parametrize("digits", [None, 12])
def test_dates_gaps_and_special_codes_are_rebuilt(digits):
    original, synthetic = table(150, 1), table(150, 2)
    named = {"knowledge": list(SCHEMA.names), "attack": "oracle_reconstruction"}
    risk = attack(synthetic, original=original, questions=50_000, digits=digits, **named)
    assert risk.hits == risk.claims
    assert risk.hits > 0.5 * risk.targets


def test_an_answer_of_yes_or_no_gives_only_the_copies_away(asked, leaking, fresh):
    leak, null = asked(leaking, scores="match"), asked(fresh, scores="match")
    assert (leak.hits, null.hits) == (200, 0)
    assert "With 1,000 questions it came to 200 different records" in leak.note


def test_rounded_scores_rebuild_next_to_nothing(asked, fresh):
    exact, rounded = (asked(fresh, digits=d, questions=5_000) for d in (None, 2))
    assert rounded.hits < 0.05 * exact.hits


def test_scores_against_other_people_rebuild_nobody_of_the_original(people, fresh, members):
    elsewhere = Office(people(500, 77), None)
    player = OracleReconstruction(questions=5_000)
    player.learn(fresh, fresh.keys, rng=np.random.default_rng(1), office=elsewhere)
    found = player.answer(members)
    assert found.claims.sum() > 50
    assert found.hits.sum() == 0


def test_questions_are_counted_and_none_means_nothing_to_try(asked, fresh):
    calls = asked(fresh, questions=3_000).note
    assert int(calls.split()[1].replace(",", "")) <= 3_000
    nothing = asked(fresh, questions=0)
    assert nothing.targets == 0
    assert not nothing.power


def test_a_record_is_guessed_once_however_often_it_is_reached(asked, fresh):
    some = fresh.with_rows(pd.concat([fresh.rows.iloc[:5]] * 20))
    assert asked(some, questions=50_000).targets <= 5


def test_a_table_of_linked_ones_is_rebuilt(members, fresh):
    def linked(data):
        house = Variable("house", Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER)
        houses = Dataset.of(pd.DataFrame({"house": np.arange(5)}), Schema((house,)))
        schema = Schema((*data.schema.variables, house))
        child = Dataset.of(data.rows.assign(house=np.arange(len(data)) % 5), schema, entity="house")
        links = (Link("houses", "people", "house"),)
        return LinkedTables({"houses": houses, "people": child}, links)

    risk = attack(
        linked(fresh),
        original=linked(members),
        table="people",
        attack="oracle_reconstruction",
        questions=3_000,
    )
    assert risk.hits > 20


@pytest.mark.parametrize(
    ("options", "message"),
    [({"scores": "smell"}, "no scores 'smell'"), ({"questions": -1}, "questions=-1")],
)
def test_options_that_cannot_be_used_are_refused(options, message, asked, fresh):
    with pytest.raises(GuideError, match=message):
        asked(fresh, **options)

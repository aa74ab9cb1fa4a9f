"""One record that agrees is a claim; what else agrees confirms it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack
from guide_helpers.attacks.unique_match import UniqueMatch
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable

TOWN = Schema(
    (
        Variable("place", Kind.CATEGORICAL, Role.KEY, levels=("A", "B", "C")),
        Variable("age", Kind.INTEGER, Role.KEY),
        Variable("ill", Kind.CATEGORICAL, levels=("no", "yes")),
        Variable("wage", Kind.NUMBER),
    )
)
FILE = [("A", 30, "yes", 10), ("A", 31, "no", 20), ("A", 31, "no", 20), ("B", 30, "no", 30)]


def town(*records) -> Dataset:
    return Dataset.of(pd.DataFrame(records, columns=list(TOWN.names)), TOWN)


def learned(*records, known=("place", "age"), **options) -> UniqueMatch:
    player = UniqueMatch(**options)
    return player.learn(town(*records), known, rng=np.random.default_rng(1))


ASKED = [
    ("A", 30, "yes", 10),  # one record agrees, and so does the rest
    ("A", 30, "yes", 11),  # one record agrees, half of the rest does
    ("A", 31, "no", 20),  # two records agree
    ("C", 30, "no", 20),  # nobody agrees
]


def test_a_target_is_claimed_where_exactly_one_record_agrees():
    assert learned(*FILE).answer(town(*ASKED)).claims.tolist() == [True, True, False, False]


def test_a_claim_is_a_hit_where_the_rest_agrees():
    assert learned(*FILE).answer(town(*ASKED)).hits.tolist() == [True, False, False, False]
    half = learned(*FILE, agreement=0.5).answer(town(*ASKED))
    assert half.hits.tolist() == [True, True, False, False]


def test_the_tolerance_is_a_share_of_the_standard_deviation():
    deviation = np.std([10, 20, 20, 30])
    enough = learned(*FILE, tolerance=1 / deviation).answer(town(*ASKED))
    assert enough.hits.tolist() == [True, True, False, False]
    short = learned(*FILE, tolerance=0.99 / deviation).answer(town(*ASKED))
    assert short.hits.tolist() == [True, False, False, False]


def test_claims_are_counted_by_the_share_of_other_fields_that_agree():
    details = learned(*FILE).answer(town(*ASKED)).details
    assert details.loc["all", "claims"] == 1
    assert details.loc["0.5 to 0.6", "claims"] == 1
    assert details["claims"].sum() == 2


def test_bins_compare_known_numbers_in_classes():
    file = [("A", age, "no", 0) for age in (1, 2, 3, 40)]
    asked = town(("A", 50, "no", 0), ("A", 2, "no", 0))
    assert learned(*file).answer(asked).claims.tolist() == [False, True]
    assert learned(*file, bins=4).answer(asked).claims.tolist() == [True, True]
    assert learned(*file, bins=2).answer(asked).claims.tolist() == [False, False]


def test_guessing_claims_the_same_targets_and_points_at_random_records():
    player = learned(*FILE)
    # two of four targets are claimed; a random record agrees with the rest of the first in 1 of
    # 4 cases and with that of the second never
    expected = 2 / 4 * (1 / 4 + 0) / 2
    assert player.guessing_rate(town(*ASKED)) == pytest.approx(expected, abs=0.004)


def test_where_all_is_known_a_match_is_only_claimed(members, outsiders, fresh):
    risk = attack(
        fresh,
        original=members,
        control=outsiders,
        attack="unique_match",
        knowledge=list(members.schema.names),
    )
    assert risk.hits == risk.claims
    assert "all matches are claimed ones" in risk.reading()["value"]


def test_missing_agrees_with_missing_only():
    file = [(None, 30, "no", 1), ("A", 30, "no", 1)]
    assert learned(*file).answer(town((None, 30, "no", 1), ("B", 30, "no", 1))).claims.tolist() == [
        True,
        False,
    ]


def test_a_file_without_a_unique_record_is_no_power_and_no_error(members):
    twice = members.with_rows(members.rows.loc[members.rows.index.repeat(2)])
    risk = attack(twice, original=members, attack="unique_match")
    assert (risk.claims, risk.hits, risk.guessing_rate) == (0, 0, 0)
    assert "no power" in risk.reading()["value"]


@pytest.mark.parametrize("options", [{"agreement": 2}, {"tolerance": -1}, {"bins": 0}])
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(GuideError, match="="):
        learned(*FILE, **options)

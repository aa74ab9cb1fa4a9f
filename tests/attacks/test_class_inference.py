"""A class that agrees makes the claim, and only such a class."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack
from guide_helpers.attacks.class_inference import ClassInference
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable

TOWN = Schema(
    (
        Variable("place", Kind.CATEGORICAL, Role.KEY, levels=("A", "B", "C", "D")),
        Variable("age", Kind.INTEGER, Role.KEY),
        Variable("ill", Kind.CATEGORICAL, Role.SENSITIVE, levels=("no", "yes")),
        Variable("wage", Kind.NUMBER, Role.SENSITIVE, special={-9.0: "not asked"}),
    )
)
FILE = [
    ("A", 30, "yes", 10), ("A", 30, "yes", 12), ("A", 30, "yes", 90),
    ("B", 30, "yes", 50), ("B", 30, "no", 50), ("B", 30, "no", 51),
    ("C", 40, "no", -9),
]  # fmt: skip


def town(*records) -> Dataset:
    return Dataset.of(pd.DataFrame(records, columns=list(TOWN.names)), TOWN)


def learned(*records, **options) -> ClassInference:
    player = ClassInference(**options)
    return player.learn(town(*records), ("place", "age"), rng=np.random.default_rng(1))


ASKED = [("A", 30, "yes", 11), ("B", 30, "no", 50), ("C", 40, "yes", -9), ("D", 30, "no", 1)]


@pytest.mark.parametrize(
    ("options", "claims", "hits"),
    [
        ({}, [1, 0, 1, 0], [1, 0, 0, 0]),
        ({"share": 2 / 3}, [1, 1, 1, 0], [1, 1, 0, 0]),
        ({"share": 0.7}, [1, 0, 1, 0], [1, 0, 0, 0]),
        ({"least": 2}, [1, 0, 0, 0], [1, 0, 0, 0]),
        # medians 12 and 50: two of three are within 2 in A, all in B; -9 is said of C
        ({"sensitive": "wage", "within": 2}, [0, 1, 1, 0], [0, 1, 1, 0]),
        ({"sensitive": "wage", "within": 2, "share": 0.6}, [1, 1, 1, 0], [1, 1, 1, 0]),
        ({"sensitive": "wage", "within": 0.5}, [0, 0, 1, 0], [0, 0, 1, 0]),
    ],
)
def test_a_claim_is_made_where_the_class_agrees(options, claims, hits):
    answers = learned(*FILE, **options).answer(town(*ASKED))
    assert answers.claims.astype(int).tolist() == claims
    assert answers.hits.astype(int).tolist() == hits


def test_guessing_speaks_of_the_same_targets_and_says_the_commonest_value():
    # "yes" is commonest; A and C are claimed, both are "yes"
    assert learned(*FILE).guessing_rate(town(*ASKED)) == pytest.approx(2 / 4)


def test_claims_are_counted_by_the_size_of_the_class():
    details = learned(*FILE).answer(town(*ASKED)).details
    assert details["claims"].tolist() == [1, 1, 0, 0]
    assert details["hits"].tolist() == [0, 1, 0, 0]


def test_missing_keys_agree_with_missing_keys_and_missing_answers_are_answers():
    player = learned((None, 1, None, 1), (None, 1, None, 1), ("A", 1, "no", 1))
    answers = player.answer(town((None, 1, None, 1), (None, 1, "no", 1), ("B", 1, None, 1)))
    assert answers.claims.tolist() == [True, True, False]
    assert answers.hits.tolist() == [True, False, False]


def test_classes_keep_their_order_beside_the_control(leaking, members, outsiders):
    game = {"original": members, "control": outsiders, "attack": "class_inference"}
    details = attack(leaking, **game).details
    assert list(details.index) == ["1", "2 to 4", "5 to 9", "10 or more"]
    assert details["claims"].sum() == attack(leaking, **game).claims


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"share": 0}, "is no share"),
        ({"share": 1.1}, "is no share"),
        ({"least": 0}, "asks nobody"),
        ({"sensitive": "age"}, "is among the knowledge"),
        ({"groups": "shoe"}, "is not a variable"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, sentence):
    with pytest.raises(GuideError, match=sentence):
        learned(*FILE, **options)

"""Trees remember what they have seen, predict what they have not, and say no more than that."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack
from guide_helpers.attacks.tree_inference import TreeInference
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable

TOWN = Schema(
    (
        Variable("place", Kind.CATEGORICAL, Role.KEY, levels=("A", "B", "C")),
        Variable("size", Kind.NUMBER, Role.KEY, special={-9.0: "not in universe"}),
        Variable("ill", Kind.CATEGORICAL, Role.SENSITIVE, levels=("no", "yes")),
        Variable("wage", Kind.NUMBER, Role.SENSITIVE, special={-9.0: "not asked"}),
    )
)


def town(*records) -> Dataset:
    return Dataset.of(pd.DataFrame(records, columns=list(TOWN.names)), TOWN)


def learned(*records, **options) -> TreeInference:
    player = TreeInference(**options)
    return player.learn(town(*records), ("place", "size"), rng=np.random.default_rng(1))


FILE = [
    ("A", 1, "yes", 10), ("A", 9, "no", 20), ("B", 1, "no", 60), ("B", -9, "yes", -9),
    (None, np.nan, "yes", np.nan), ("C", 5, None, 40),
]  # fmt: skip


@pytest.mark.parametrize("sensitive", ["ill", "wage"])
def test_records_that_differ_in_what_is_known_are_remembered(sensitive):
    player = learned(*FILE, sensitive=sensitive, within=0)
    assert player.answer(town(*FILE)).hits.all()


def test_a_rule_is_learned_and_holds_for_records_that_were_not_seen(people):
    rows = people(500, 5).rows
    named = people(1, 1).with_rows(rows.assign(ill=np.where(rows["age"] > 50, "yes", "no")))
    rows = people(500, 6).rows
    asked = named.with_rows(rows.assign(ill=np.where(rows["age"] > 50, "yes", "no")))
    player = TreeInference().learn(named, ("age", "region"), rng=np.random.default_rng(1))
    assert player.answer(asked).hits.mean() > 0.97
    assert player.guessing_rate(asked) < 0.65


def test_large_leaves_remember_nobody(members, outsiders):
    game = {"original": members, "control": outsiders, "attack": "tree_inference"}
    small, large = (attack(members, **game, min_leaf=leaf).excess for leaf in (1, 100))
    assert small.interval.low > 0.5
    assert large.value < 0.1


def test_one_value_for_all_is_said_to_all():
    player = learned(*[("A", 1, "no", 1)] * 5)
    assert player.answer(town(("B", 3, "no", 1), ("B", 3, "yes", 1))).hits.tolist() == [True, False]


@pytest.mark.parametrize("options", [{"trees": 0}, {"min_leaf": 0}])
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(GuideError, match="grows nothing"):
        learned(*FILE, **options)

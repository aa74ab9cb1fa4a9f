"""Patterns are those of a plain comparison, weights those that made them, one record is best."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack
from guide_helpers.attacks._comparison import Comparable, evidence, patterns
from guide_helpers.attacks._records import columns_of
from guide_helpers.attacks.probabilistic_linkage import ProbabilisticLinkage
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable

TOWN = Schema(
    (
        Variable("place", Kind.CATEGORICAL, Role.KEY, levels=("A", "B", "C", "D")),
        Variable("age", Kind.NUMBER, Role.KEY, special={-9.0: "not asked"}),
        Variable("sex", Kind.CATEGORICAL, Role.KEY, levels=("f", "m")),
        Variable("wage", Kind.NUMBER),
    )
)
KNOWN = ("place", "age", "sex")


def town(*records) -> Dataset:
    return Dataset.of(pd.DataFrame(records, columns=list(TOWN.names)), TOWN)


def draw(n: int, seed: int) -> Dataset:
    rng = np.random.default_rng(seed)
    age = rng.integers(0, 30, n).astype(float)
    age[rng.random(n) < 0.1], age[rng.random(n) < 0.1] = np.nan, -9
    place = rng.choice(["A", "B", "C", None], n)
    return town(*zip(place, age, rng.choice(["f", "m"], n), rng.random(n), strict=True))


@pytest.mark.parametrize("slack", [0, 2.5])
def test_patterns_are_those_of_a_plain_comparison(slack):
    file, asked = draw(80, 1), draw(60, 2)
    shown, seen = (columns_of(file, d, KNOWN) for d in (file, asked))
    compare = [Comparable.of(c, slack) for c in shown]
    numbers = np.array([c.numbers for c in compare])
    reaches = [c.reach(a) for c, a in zip(compare, seen, strict=True)]
    found = np.vstack([p for _, p in patterns(reaches, numbers)])
    plain = np.zeros((60, 80), dtype=int)
    for bit, (a, b) in enumerate(zip(seen, shown, strict=True)):
        near = np.abs(a.quantities[:, None] - b.quantities) <= slack
        plain += ((a.states[:, None] == b.states) & near) << bit
    assert (found == plain).all()


def test_em_finds_the_weights_that_made_the_pairs():
    chance, true = np.array([0.02, 0.1, 0.5, 0.25, 0.05]), np.array([0.95, 0.9, 0.8, 0.9, 0.7])
    bits = (np.arange(32)[:, None] >> np.arange(5)) & 1
    by_chance, in_pairs = (np.where(bits, p, 1 - p).prod(axis=1) for p in (chance, true))
    weights = evidence(1e6 * (0.996 * by_chance + 0.004 * in_pairs), 5, 100)
    assert weights == pytest.approx(np.log2(in_pairs / by_chance), abs=0.1)


def test_agreement_never_counts_against_a_match():
    counts = np.array([1.0, 500, 500, 1])  # a pair that agrees on one never does on the other
    weights = evidence(counts, 2, 30)
    assert (np.diff(weights[[0, 1, 3]]) > 0).all()
    assert (np.diff(weights[[0, 2, 3]]) > 0).all()


FILE = [
    ("A", 30, "f", 1),
    ("A", 31, "m", 2),
    ("B", 31, "m", 3),
    ("B", 31, "m", 4),
    ("C", 50, "f", 5),
]


def learned(*records, weights, **options) -> ProbabilisticLinkage:
    player = ProbabilisticLinkage(**{"errors": 0, **options})
    player.learn(town(*records), KNOWN, rng=np.random.default_rng(1))
    bits = (np.arange(8)[:, None] >> np.arange(3)) & 1
    player.weights_ = bits @ np.array(weights) - 4
    return player


@pytest.mark.parametrize(
    ("target", "claimed", "hit"),
    [
        (("A", 30, "f", 1), True, True),
        (("A", 30, "f", 9), True, False),
        (("B", 31, "m", 3), False, False),  # two records agree on all
        (("A", 30, "m", 1), True, True),  # 3 + 2 against 3 + 1: place and age weigh more
        (("D", 50, "f", 5), False, False),  # 2 + 1 is less than 4
        (("A", 99, "f", 1), False, False),  # 3 + 1 is no more than 4
    ],
)
def test_the_record_of_the_highest_weight_is_claimed_if_it_is_alone(target, claimed, hit):
    answers = learned(*FILE, weights=[3, 2, 1]).answer(town(target))
    assert answers.claims.tolist() == [claimed]
    assert answers.hits.tolist() == [hit]


def test_a_higher_threshold_claims_less_and_known_numbers_may_differ_within_the_tolerance():
    target = town(("C", 51, "f", 5))
    assert not learned(*FILE, weights=[3, 2, 1]).answer(target).claims.any()
    near = {"weights": [3, 2, 1], "tolerance": 0.2}
    assert learned(*FILE, **near).answer(target).hits.all()
    assert not learned(*FILE, **near, threshold=2).answer(target).claims.any()


def test_the_share_of_errors_is_what_was_asked_for():
    player = learned(*[("A", i, "f", 1) for i in range(1_000)], weights=[1, 2, 1], errors=0.3)
    asked = columns_of(player.synthetic_, town(*[("B", -1, "m", 1)] * 4_000), KNOWN)
    wrong = player._mistaken(asked[1], player.shown_[1]).quantities != -1
    assert wrong.mean() == pytest.approx(0.3, abs=4 * (0.21 / 4_000) ** 0.5)


def test_it_finds_copies_that_an_exact_look_up_loses_to_errors(leaking, members, outsiders):
    game = {"original": members, "control": outsiders, "attack": "probabilistic_linkage"}
    game["knowledge"] = ["age", "region", "trade", "ill"]
    none, some = (attack(leaking, **game, errors=e).excess.value for e in (0, 0.2))
    exact_and_spared = 0.8**4 * none
    assert exact_and_spared < some < none


@pytest.mark.parametrize(
    "options", [{"errors": 2}, {"errors": -1}, {"agreement": 2}, {"tolerance": -1}]
)
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(GuideError, match="="):
        learned(*FILE, weights=[1, 1, 1], **options)


def test_more_variables_than_can_be_weighed_are_refused(members):
    names = [f"x{i}" for i in range(17)]
    rows = pd.DataFrame({n: [0, 1] for n in names})
    data = Dataset.of(rows, Schema(tuple(Variable(n, Kind.INTEGER, Role.KEY) for n in names)))
    with pytest.raises(GuideError, match="too many to weigh; name 16"):
        attack(data, original=data, attack="probabilistic_linkage")

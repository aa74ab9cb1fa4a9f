"""The neighbours are the nearest, their vote is the answer, and knowing more tells more."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack
from guide_helpers.attacks._nearest import neighbourhoods
from guide_helpers.attacks._records import columns_of
from guide_helpers.attacks.attribute_inference import AttributeInference
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable

TOWN = Schema(
    (
        Variable("place", Kind.CATEGORICAL, Role.KEY, levels=("A", "B")),
        Variable("size", Kind.NUMBER, Role.KEY, special={-9.0: "not in universe"}),
        Variable("ill", Kind.CATEGORICAL, Role.SENSITIVE, levels=("no", "yes")),
        Variable("wage", Kind.NUMBER, Role.SENSITIVE),
    )
)
FILE = [("A", 0, "yes", 10), ("A", 10, "no", 20), ("B", 5, "no", 60)]


def town(*records) -> Dataset:
    return Dataset.of(pd.DataFrame(records, columns=list(TOWN.names)), TOWN)


def learned(*records, **options) -> AttributeInference:
    player = AttributeInference(**options)
    return player.learn(town(*records), ("place", "size"), rng=np.random.default_rng(1))


@pytest.mark.parametrize(
    ("place", "size", "answer"),
    [
        ("A", 4, "yes"),  # distances 0.4, 0.6, 1.1
        ("A", 6, "no"),  # 0.6, 0.4, 1.1
        ("B", 0, "no"),  # 1.0, 2.0, 0.5
        ("B", 99, "no"),  # beyond the range: 2, 2, 1
        ("A", 10, "no"),  # agrees with the second
    ],
)
def test_the_nearest_record_answers(place, size, answer):
    target = town((place, size, answer, 0))
    other = town((place, size, "yes" if answer == "no" else "no", 0))
    assert learned(*FILE).answer(target).hits.tolist() == [True]
    assert learned(*FILE).answer(other).hits.tolist() == [False]


def test_missing_and_special_codes_are_values_of_their_own():
    player = learned(
        ("A", np.nan, "yes", 1), ("A", 0, "no", 1), ("A", 10, "no", 1), ("B", -9, "yes", 1)
    )
    asked = town(("A", np.nan, "yes", 0), ("B", -9, "yes", 0), (None, 10, "no", 0))
    assert player.answer(asked).hits.all()


def test_one_wild_value_in_the_file_does_not_blind_the_attack():
    calm = [("A", size, "no", 10 * size) for size in range(200)]
    for wild in (("A", 1e12, "no", 5), ("A", 5, "no", 1e12)):
        player = learned(*calm, wild, sensitive="wage")
        assert player.answer(town(("A", 150, "no", 1_500))).hits.all()
        assert not player.answer(town(("A", 150, "no", 500))).hits.any()


def test_a_special_code_is_no_small_number():
    player = learned(("A", -9, "yes", 1), ("A", 20, "no", 1), ("A", 100, "no", 1))
    assert player.answer(town(("A", 0, "no", 0))).hits.tolist() == [True]


def test_a_value_beyond_the_range_is_as_far_as_can_be_and_no_farther():
    player = learned(("A", 0, "yes", 1), ("B", 10, "no", 1))
    assert player.answer(town(*[("A", 30, "yes", 0)] * 50)).hits.all()


def test_all_ties_vote():
    player = learned(("A", 1, "yes", 1), ("A", 1, "yes", 1), ("A", 1, "no", 1), ("B", 1, "no", 1))
    assert player.answer(town(("A", 1, "yes", 0))).hits.tolist() == [True]


def test_a_drawn_vote_is_settled_at_random():
    player = learned(("A", 1, "yes", 1), ("A", 1, "no", 1), ("B", 9, "no", 1))
    hits = player.answer(town(*[("A", 1, "yes", 0)] * 4_000)).hits
    assert hits.mean() == pytest.approx(0.5, abs=4 * 0.5 / 4_000**0.5)


def test_a_number_is_answered_with_the_median_and_right_within_the_tolerance():
    file = [("A", 1, "no", 10), ("A", 1, "no", 20), ("A", 1, "no", 90), ("B", 9, "no", 40)]
    deviation = np.std([10, 20, 90, 40])
    for options, reach in (({"tolerance": 0.1}, 0.1 * deviation), ({"within": 5}, 5)):
        player = learned(*file, sensitive="wage", **options)
        asked = town(*[("A", 1, "no", 20 + gap) for gap in (-reach, 0, reach, reach + 0.1)])
        assert player.answer(asked).hits.tolist() == [True, True, True, False]


def test_guessing_is_always_saying_the_commonest_answer():
    assert learned(*FILE).guessing_rate(town(*FILE)) == pytest.approx(2 / 3)
    file = [("A", 1, "no", wage) for wage in (0, 0, 0, 50, 90)]
    player = learned(*file, sensitive="wage", within=1)
    assert player.guessing_rate(town(*file)) == pytest.approx(3 / 5)


def test_an_unknown_truth_is_never_hit_and_a_missing_one_can_be():
    player = learned(("A", 1, None, 1), ("A", 1, None, 1), ("B", 9, "no", 1))
    assert player.answer(town(("A", 1, None, 0))).hits.tolist() == [True]


@pytest.mark.parametrize("k", [1, 2, 3, 7, 500])
def test_neighbours_are_those_of_a_plain_search(k):
    rng = np.random.default_rng(k)

    def draw(n):
        size = np.where(rng.random(n) < 0.1, np.nan, rng.integers(0, 6, n))
        size = np.where(rng.random(n) < 0.1, -9, size)
        place = rng.choice(["A", "B", None], n)
        return town(*zip(place, size, ["no"] * n, [0] * n, strict=True))

    file, asked = draw(60), draw(80)
    shown, seen = (columns_of(file, d, ("place", "size")) for d in (file, asked))
    found = {}
    for near in neighbourhoods(seen, shown, k):
        for target, place in zip(near.targets, near.place, strict=True):
            found[int(target)] = set(near.members[near.of == place])
    for i in range(80):
        apart = sum(_plain_gap(a, b, i) for a, b in zip(seen, shown, strict=True))
        reach = np.sort(apart)[min(k, 60) - 1]
        assert found[i] == set(np.flatnonzero(apart <= reach + 1e-9))


def _plain_gap(asked, shown, i):
    scale = 0.0 if asked.scale == 0 else asked.scale
    gap = np.minimum(1, np.abs(asked.quantities[i] - shown.quantities) * scale)
    return np.where(asked.states[i] == shown.states, gap, 1.0)


def test_the_attack_says_more_where_the_attacker_knows_more(leaking, members, outsiders):
    steps = (["region"], ["age"], ["age", "region"])
    game = {"original": members, "control": outsiders, "attack": "attribute_inference"}
    excess = [attack(leaking, knowledge=k, **game).excess.value for k in steps]
    assert excess == sorted(excess)
    assert excess[2] > excess[0] + 0.1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"neighbours": 0}, "asks nobody"),
        ({"tolerance": -1}, "cannot be negative"),
        ({"sensitive": "size"}, "is among the knowledge"),
        ({"sensitive": "shoe"}, "is not a variable"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, sentence):
    with pytest.raises(GuideError, match=sentence):
        learned(*FILE, **options)


def test_without_a_sensitive_variable_the_attack_asks_for_one(leaking, members):
    plain = [d.keep("age", "region") for d in (leaking, members)]
    with pytest.raises(GuideError, match="give sensitive="):
        attack(plain[0], original=plain[1], attack="attribute_inference")

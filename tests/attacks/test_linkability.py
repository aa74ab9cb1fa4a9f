"""Two views are linked where their nearest synthetic records meet, and by nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack
from guide_helpers.attacks.linkability import Linkability
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable

TOWN = Schema(
    (
        Variable("age", Kind.NUMBER, Role.KEY),
        Variable("size", Kind.NUMBER),
        Variable("note", Kind.TEXT),
    )
)
FILE = [(0, 10, "a"), (10, 40, "b"), (20, 30, "c"), (30, 20, "d"), (40, 0, "e")]


def town(*records) -> Dataset:
    return Dataset.of(pd.DataFrame(records, columns=list(TOWN.names)), TOWN)


def learned(*records, **options) -> Linkability:
    player = Linkability(**options)
    return player.learn(town(*records), ("age",), rng=np.random.default_rng(1))


@pytest.mark.parametrize(
    ("age", "size", "neighbours", "linked"),
    [
        (1, 11, 1, True),  # both nearest to the first record
        (11, 11, 1, False),  # the second and the first
        (11, 11, 2, False),  # (second, third) and (first, fourth)
        (9, 11, 2, True),  # (second, first) and (first, fourth)
        (1, 39, 2, True),  # (first, second) and (second, third)
        (1, 29, 2, False),  # (first, second) and (third, fourth)
        (1, 29, 5, True),
        (1, 29, 9, True),  # more than there are
    ],
)
def test_views_are_linked_where_their_neighbours_meet(age, size, neighbours, linked):
    answers = learned(*FILE, neighbours=neighbours).answer(town((age, size, "x")))
    assert answers.hits.tolist() == answers.claims.tolist() == [linked]


def test_free_text_is_no_part_of_the_second_view_unless_named():
    assert learned(*FILE).views_ == (("age",), ("size",))
    assert learned(*FILE, other=["note"]).views_ == (("age",), ("note",))


def test_of_equally_near_records_one_is_drawn_for_each_view():
    alike = [(1, 1, "a")] * 4
    linked = []
    for seed in range(400):
        player = Linkability().learn(town(*alike), ("age",), rng=np.random.default_rng(seed))
        linked.append(player.answer(town((1, 1, "a"))).hits[0])
    assert np.mean(linked) == pytest.approx(1 / 4, abs=4 * (3 / 16 / 400) ** 0.5)


@pytest.mark.parametrize("neighbours", [1, 3, 10])
def test_guessing_is_two_random_draws_that_meet(neighbours):
    player = learned(*[(i, i, "") for i in range(30)], neighbours=neighbours)
    rng = np.random.default_rng(2)
    draws = [[set(rng.permutation(30)[:neighbours]) for _ in range(2)] for _ in range(4_000)]
    met = np.mean([bool(a & b) for a, b in draws])
    assert player.guessing_rate(town(*FILE)) == pytest.approx(met, abs=4 * 0.5 / 4_000**0.5)
    assert learned(*FILE, neighbours=3).guessing_rate(town(*FILE)) == 1


def test_the_details_tell_how_often_different_people_are_linked(members, outsiders):
    game = {"original": members, "control": outsiders, "attack": "linkability"}
    details = attack(members, knowledge=["age", "region", "trade"], **game).details
    same, strangers = details["linked"]
    assert same > 500 > 20 > strangers
    assert (details["control linked"] < 20).all()


@pytest.mark.validation
@pytest.mark.parametrize("neighbours", [1, 5])
def test_fresh_samples_show_no_excess_whatever_the_neighbours(neighbours, people, record_property):
    covered = 0
    for seed in range(100):
        original, control, synthetic = (people(1_000, 3 * seed + i) for i in range(3))
        game = {"original": original, "control": control, "attack": "linkability"}
        covered += 0 in attack(synthetic, **game, neighbours=neighbours).excess.interval
    record_property("seeds whose interval covers zero", f"{covered} of 100")
    assert covered >= 90


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"neighbours": 0}, "looks at nobody"),
        ({"other": ["shoe"]}, "is not a variable"),
        ({"other": ["age", "size"]}, "is in both views"),
        ({"other": []}, "leave some for the second view"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, sentence):
    with pytest.raises(GuideError, match=sentence):
        learned(*FILE, **options)

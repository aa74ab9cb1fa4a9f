"""Predicates come from synthetic records, all differ, and are counted as a plain search does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack
from guide_helpers.attacks._predicates import (
    AT_LEAST,
    AT_MOST,
    EQUAL,
    Predicates,
    singles_out,
)
from guide_helpers.attacks._records import columns_of
from guide_helpers.attacks.multivariate_singling_out import MultivariateSinglingOut
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable

TOWN = Schema(
    (
        Variable("place", Kind.CATEGORICAL, Role.KEY, levels=("A", "B", "C", "D")),
        Variable("size", Kind.NUMBER, special={-9.0: "not asked"}),
        Variable("ill", Kind.CATEGORICAL, levels=("no", "yes")),
    )
)


def draw(n: int, seed: int) -> Dataset:
    rng = np.random.default_rng(seed)
    size = rng.integers(0, 40, n).astype(float)
    size[rng.random(n) < 0.1], size[rng.random(n) < 0.1] = np.nan, -9
    rows = {
        "place": rng.choice(["A", "B", "C", None], n),
        "size": size,
        "ill": rng.choice(["no", "yes"], n, p=[0.9, 0.1]),
    }
    return Dataset.of(pd.DataFrame(rows), TOWN)


def plainly(predicates, data, units):
    """Hold each predicate against each record."""
    result = []
    for line in range(len(predicates)):
        met = np.ones(len(units), dtype=bool)
        for place, number in enumerate(predicates.columns[line]):
            column, asked = data[number], predicates.quantities[line, place]
            met &= column.states == predicates.states[line, place]
            compare = {EQUAL: np.equal, AT_MOST: np.less_equal, AT_LEAST: np.greater_equal}
            met &= compare[int(predicates.signs[line, place])](column.quantities, asked)
        result.append(len(np.unique(units[met])) == 1)
    return np.array(result)


@pytest.mark.parametrize("rows", [5, 60, 700, 6_000])
@pytest.mark.parametrize("per_unit", [1, 3])
def test_predicates_are_counted_as_a_plain_search_does(rows, per_unit):
    file, asked = draw(rows, 1), draw(rows, 2)
    player = MultivariateSinglingOut(columns=2).learn(
        file, ("place",), rng=np.random.default_rng(3)
    )
    rng = np.random.default_rng(4)
    states, quantities = (
        np.column_stack([getattr(c, part) for c in player.shown_])
        for part in ("states", "quantities")
    )
    drawn = player._drawn(states, quantities)
    units = rng.permutation(rows) // per_unit
    data = columns_of(file, asked, TOWN.names)
    every = Predicates(
        drawn.columns[:300],
        rng.integers(3, size=(len(drawn), 2))[:300] * (drawn.signs[:300] > 0),
        drawn.states[:300],
        drawn.quantities[:300],
    )
    for predicates in (drawn.take(np.arange(min(300, rows))), every):
        expected = plainly(predicates, data, units)
        assert (singles_out(predicates, data, units) == expected).all()
        one = Predicates(*(part[:, :1] for part in predicates._parts()))
        assert (singles_out(one, data, units) == plainly(one, data, units)).all()


def test_each_predicate_is_tried_once_and_singles_out_a_synthetic_record(leaking):
    player = MultivariateSinglingOut().learn(leaking, ("age",), rng=np.random.default_rng(1))
    player = MultivariateSinglingOut().learn(leaking, leaking.keys, rng=np.random.default_rng(1))
    found = player.predicates_
    lines = np.concatenate([p.astype(float) for p in found._parts()], axis=1)
    assert len(np.unique(lines, axis=0)) == len(found) == len(leaking)
    assert (np.diff(found.columns, axis=1) > 0).all()
    assert singles_out(found, player.shown_, leaking.units).all()


def test_numbers_point_outwards_from_the_median():
    player = MultivariateSinglingOut(columns=2).learn(
        draw(200, 1), ("place",), rng=np.random.default_rng(1)
    )
    found = player.predicates_
    size = found.columns == 1
    middle = np.nanmedian(draw(200, 1).rows["size"].where(lambda s: s != -9))
    ordinary = size & (found.states == 0)
    expected = np.where(found.quantities > middle, AT_LEAST, AT_MOST)
    assert (found.signs[ordinary] == expected[ordinary]).all()
    assert (found.signs[~ordinary] == EQUAL).all()


def test_the_variables_to_guess_about_can_be_named(leaking, members):
    game = {"original": members, "attack": "multivariate_singling_out"}
    risk = attack(leaking, variables=["age", "trade", "wage"], **game)
    used = risk.details["guesses"]
    assert (used[["age", "trade", "wage"]] > 0).all()
    assert set(used.index) == {"age", "trade", "wage"}
    assert set(attack(leaking, **game).details.index) == set(members.schema.names)


@pytest.mark.parametrize(
    "options",
    [{"columns": 1}, {"columns": 4}, {"rounds": 0}, {"guesses": 0}, {"variables": ["shoe"]}],
)
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(GuideError, match=r"=|shoe"):
        MultivariateSinglingOut(**options).learn(
            draw(9, 1), ("place",), rng=np.random.default_rng(1)
        )


def test_guesses_of_one_sensor_share_its_luck_and_count_as_one_would():
    schema = Schema((Variable("sensor", Kind.IDENTIFIER), Variable("level", Kind.NUMBER),
                     Variable("hour", Kind.INTEGER)))  # fmt: skip

    def network(seed: int) -> Dataset:
        rng = np.random.default_rng(seed)
        sensor, hour = np.repeat(np.arange(30), 24), np.tile(np.arange(24), 30)
        level = rng.normal(0, 5, 30)[sensor] + rng.normal(0, 0.5, len(sensor))
        rows = pd.DataFrame({"sensor": sensor, "level": level.round(1), "hour": hour})
        return Dataset.of(rows, schema, entity="sensor")

    covered = 0
    for seed in range(10):
        file, original, control = (network(3 * seed + k) for k in range(3))
        game = {"original": original, "control": control, "knowledge": ["hour"]}
        risk = attack(file, attack="multivariate_singling_out", guesses=300, **game)
        covered += 0 in risk.excess.interval
        assert risk.target_design_effect > 1
    assert covered >= 9

"""A unit is found by a few of its rows where it came through whole, and only there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack
from guide_helpers.attacks.few_points import FewPoints
from guide_helpers.schema import Dataset, Kind, Link, LinkedTables, Role, Schema, Variable

SHOP = Schema(
    (
        Variable("customer", Kind.IDENTIFIER),
        Variable("time", Kind.DATETIME, Role.KEY),
        Variable("product", Kind.TEXT, Role.KEY),
        Variable("pieces", Kind.INTEGER),
    )
)
COARSE = {"time": "month"}


def shop(**bought) -> Dataset:
    """Return purchases, by customer: product and pieces, all on one day."""
    rows = [(c, "2010-01-05", *line) for c, lines in bought.items() for line in lines]
    return Dataset.of(pd.DataFrame(rows, columns=list(SHOP.names)), SHOP, entity="customer")


def customers(n: int, seed: int, first: int = 0) -> Dataset:
    """Draw customers who buy 3 to 30 of 200 products within a year."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(first, first + n), rng.integers(3, 31, n))
    rows = {
        "customer": who,
        "time": pd.Timestamp("2010-01-01")
        + pd.to_timedelta(rng.integers(0, 365, len(who)), unit="D"),
        "product": rng.integers(200, size=len(who)).astype(str),
        "pieces": rng.integers(1, 13, len(who)),
    }
    return Dataset.of(pd.DataFrame(rows), SHOP, entity="customer", time="time")


def leaky(members: Dataset, fresh: Dataset, count: int = 40) -> Dataset:
    """Return some members under fresh numbers, the rest new customers."""
    copied = members.take_units(np.arange(count)).rows
    copied = copied.assign(customer=copied["customer"] + 10_000)
    rest = fresh.take_units(np.arange(count, fresh.n_units)).rows
    rows = pd.concat([rest, copied], ignore_index=True)
    return fresh.with_rows(rows)


@pytest.fixture(scope="module")
def members() -> Dataset:
    return customers(200, 1)


@pytest.fixture(scope="module")
def game(members) -> dict:
    return {
        "original": members,
        "control": customers(200, 2, 1_000),
        "attack": "few_points",
        "coarse": COARSE,
    }


@pytest.fixture(scope="module")
def fresh() -> Dataset:
    return customers(200, 3, 2_000)


def answered(target: Dataset, file: Dataset, known=("product",), **options):
    player = FewPoints(**options).learn(file, known, rng=np.random.default_rng(1))
    return player.answer(target)


FILE = {"a": [("tea", 1), ("cup", 2), ("jam", 3)], "b": [("tea", 9), ("pen", 9)]}


def test_the_unit_with_most_known_points_is_claimed_and_its_rows_confirm_it():
    target = shop(x=[("tea", 1), ("cup", 2), ("jam", 7)])
    found = answered(target, shop(**FILE), k=3, agreement=2 / 3)
    assert (found.claims.tolist(), found.hits.tolist()) == ([True], [True])
    stricter = answered(target, shop(**FILE), k=3, agreement=0.7)  # the jam differs in pieces
    assert (stricter.claims.tolist(), stricter.hits.tolist()) == ([True], [False])


def test_where_two_units_have_as_many_points_nobody_is_claimed():
    assert not answered(shop(x=[("tea", 1)]), shop(**FILE), k=1).claims.any()


def test_where_no_unit_has_a_known_point_nobody_is_claimed():
    assert not answered(shop(x=[("hat", 1)]), shop(**FILE), k=1).claims.any()


def test_fewer_points_than_asked_for_make_no_claim():
    target = shop(x=[("cup", 2), ("hat", 1)])
    assert answered(target, shop(**FILE), k=2).claims.all()
    assert not answered(target, shop(**FILE), k=2, least=2).claims.any()


def test_known_points_confirm_nothing_where_nothing_else_is_compared():
    options = {"k": 2, "confirmed": ["product"], "agreement": 1.0}
    two = shop(x=[("cup", 5), ("jam", 5)])
    assert answered(two, shop(**FILE), **options).hits.all()  # nothing is left to confirm
    three = shop(x=[("cup", 5), ("jam", 5), ("hat", 5)])
    hits = [
        FewPoints(**options)
        .learn(shop(**FILE), ("product",), rng=np.random.default_rng(seed))
        .answer(three)
        .hits[0]
        for seed in range(30)
    ]
    assert set(hits) == {True, False}  # right where the hat, which the unit lacks, was known


def test_a_copy_of_the_units_under_fresh_numbers_is_found_out(members, game):
    copy = members.with_rows(members.rows.assign(customer=members.rows["customer"] + 5_000))
    risk = attack(copy, **game)
    assert risk.targets == 200
    assert risk.hits == risk.claims
    assert risk.excess.interval.low > 0.9


def test_the_excess_is_the_share_of_units_that_leaked(members, fresh, game):
    risk = attack(leaky(members, fresh), **game)
    assert 0.2 in risk.excess.interval
    assert risk.excess.interval.low > 0.1


def test_more_points_find_more_of_a_leak(members, fresh, game):
    found = [attack(leaky(members, fresh), k=k, **game).hits for k in (1, 2, 4)]
    assert found[0] < found[1] <= found[2]


def test_new_customers_show_no_excess_and_guessing_is_rarely_right(fresh, game):
    risk = attack(fresh, **game)
    assert 0 in risk.excess.interval
    assert risk.claims > 10
    assert risk.guessing_rate < 0.01


def test_rows_moved_to_other_units_are_no_leak_of_units(members, game):
    order = np.random.default_rng(5).permutation(members.rows["customer"].to_numpy())
    assert (
        0 in attack(members.with_rows(members.rows.assign(customer=order)), **game).excess.interval
    )


def test_guessing_points_at_random_units():
    file = shop(a=[("tea", 1)], b=[("cup", 1)], c=[("pen", 1)], d=[("tea", 1), ("cup", 1)])
    player = FewPoints(k=1).learn(file, ("product",), rng=np.random.default_rng(1))
    asked = shop(x=[("pen", 1)], y=[("tea", 1)])  # y is not claimed: two units have tea
    assert player.guessing_rate(asked) == pytest.approx(1 / 2 * 1 / 4, abs=0.01)


def test_a_child_table_is_attacked_by_its_entity(members, fresh, game):
    def linked(data: Dataset) -> LinkedTables:
        ids = pd.DataFrame({"customer": data.rows["customer"].unique()})
        people = Dataset.of(ids, Schema((Variable("customer", Kind.IDENTIFIER),)))
        link = Link("people", "purchases", "customer")
        return LinkedTables({"people": people, "purchases": data}, (link,))

    files = {n: linked(game[n]) for n in ("original", "control")}
    single = attack(leaky(members, fresh), **game)
    child = attack(linked(leaky(members, fresh)), table="purchases", **(game | files))
    assert (child.targets, child.hits) == (single.targets, single.hits)


def test_coarser_points_are_classes_steps_and_first_characters():
    file = shop(a=[("tea green", 4)], b=[("cup", 9)])
    target = file.with_rows(
        pd.DataFrame([("x", "2010-01-31", "tea black", 5)], columns=list(SHOP.names))
    )
    exact = answered(target, file, known=("time", "product", "pieces"), k=1)
    coarse = {"time": "month", "product": 3, "pieces": 4}
    found = answered(target, file, known=("time", "product", "pieces"), k=1, coarse=coarse)
    assert not exact.claims.any()
    assert found.claims.all()
    assert found.hits.all()


@pytest.mark.parametrize(
    "options",
    [
        {"k": 0},
        {"k": 2, "least": 3},
        {"agreement": 2},
        {"confirmed": ["shoe"]},
        {"confirmed": "pieces"},
        {"coarse": {"time": "fortnight"}},
        {"coarse": {"pieces": 0}},
        {"coarse": {"shoe": 1}},
    ],
)
def test_options_that_make_no_sense_are_refused(options, members):
    with pytest.raises(GuideError):
        FewPoints(**options).learn(members, ("product",), rng=np.random.default_rng(1))


def test_a_thousand_units_take_well_under_five_seconds():
    import time

    data = customers(1_000, 8)
    started = time.process_time()
    attack(data, original=data, attack="few_points", coarse=COARSE)
    assert time.process_time() - started < 5

"""Indices by hand, a copy, and files whose prices belong to no product."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare, generate
from guide_helpers.measures._index_numbers import Prices, geks, jevons, spread, tornqvist
from guide_helpers.schema import Dataset, Kind, Schema, Variable

SHOP = Schema(
    (
        Variable("customer", Kind.IDENTIFIER),
        Variable("time", Kind.DATETIME),
        Variable("code", Kind.TEXT),
        Variable("pieces", Kind.INTEGER),
        Variable("price", Kind.NUMBER),
    )
)
COLUMNS = {"product": "code", "price": "price", "quantity": "pieces"}
BY_HAND = np.array([[1.0, 2.0, 2.0], [4.0, 4.0, 8.0]])
"""Prices of two products in three months."""


def shop(lines) -> Dataset:
    rows = pd.DataFrame(lines, columns=list(SHOP.names))
    return Dataset.of(rows, SHOP, entity="customer", time="time")


def customers(n: int, seed: int, inflation: float = 0.02, moves: float = 0.02) -> Dataset:
    """Draw customers who buy 40 products over eight months; prices rise by `inflation`."""
    rng = np.random.default_rng(seed)
    base = np.exp(np.random.default_rng(0).normal(1, 1, 40))
    walk = np.random.default_rng(1).normal(inflation, moves, (40, 8)).cumsum(axis=1)
    prices = base[:, None] * np.exp(walk)
    who = np.repeat(np.arange(n), 20)
    month, code = rng.integers(8, size=len(who)), rng.integers(40, size=len(who))
    rows = {
        "customer": who,
        "time": pd.to_datetime([f"2010-{m + 1:02}-15" for m in month]),
        "code": [f"p{c}" for c in code],
        "pieces": rng.integers(1, 6, len(who)),
        "price": prices[code, month],
    }
    return Dataset.of(pd.DataFrame(rows), SHOP, entity="customer", time="time")


def scores(old, new, **options):
    found = compare(old, new, measures="price_index", **(COLUMNS | options))
    return {s.variant: s for s in found}


def by_hand(spent=None):
    return Prices(np.log(BY_HAND), np.ones((2, 3)) if spent is None else spent)


def test_a_link_of_jevons_is_the_geometric_mean_of_price_ratios():
    index = np.exp(jevons(by_hand()))
    assert index == pytest.approx([1, np.sqrt(2 / 1 * 4 / 4), 2])  # then the root of 1 times 2


def test_a_pair_of_tornqvist_is_weighted_by_mean_shares():
    spent = np.array([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0]])
    pairs = tornqvist(by_hand(spent))
    first = (3 / 4 + 2 / 4) / 2 * np.log(2)  # only the first product's price changed
    second = (2 / 4 + 3 / 4) / 2 * np.log(2)  # only the second's
    both = np.log(2)
    assert pairs[0, 1] == pytest.approx(first)
    assert pairs[1, 2] == pytest.approx(second)
    assert pairs[0, 2] == pytest.approx(both)


def test_geks_is_the_mean_over_links_and_does_not_depend_on_the_base():
    spent = np.array([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0]])
    pairs = tornqvist(by_hand(spent))
    expected = (pairs[0, 1] + pairs[0, 1] + (pairs[0, 2] + pairs[2, 1])) / 3
    index = geks(by_hand(spent))
    assert index[1] == pytest.approx(expected)
    turned = Prices(by_hand(spent).logs[:, ::-1], spent[:, ::-1])
    assert geks(turned)[::-1] - geks(turned)[-1] == pytest.approx(index)


def test_only_products_sold_in_both_months_count():
    logs = np.log(np.array([[1.0, 2.0], [np.nan, 5.0], [3.0, np.nan]]))
    prices = Prices(logs, np.ones((3, 2)))
    assert np.exp(jevons(prices)) == pytest.approx([1, 2])
    assert np.exp(geks(prices)) == pytest.approx([1, 2])


def test_a_price_is_what_was_spent_by_what_was_sold_and_returns_do_not_count():
    prices = Prices.of(
        np.zeros(4, int),
        np.zeros(4, int),
        np.array([2.0, 1.0, 9.0, 0.0]),
        np.array([1.0, 3.0, -1.0, 5.0]),
        (1, 1),
    )
    assert np.exp(prices.logs[0, 0]) == pytest.approx((2 * 1 + 1 * 3) / 4)
    assert prices.spent[0, 0] == 5


def test_the_spread_is_the_deviation_of_the_changes():
    logs = np.array([[0.0, 0.1], [0.0, 0.3]])
    assert spread(Prices(logs, np.ones((2, 2)))) == pytest.approx([0, 0.1])


def test_changes_beyond_the_limit_are_no_price_changes():
    logs = np.log(np.array([[1.0, 2.0], [1.0, 50.0]]))
    prices = Prices(logs, np.ones((2, 2)))
    assert np.exp(jevons(prices, limit=4)) == pytest.approx([1, 2])
    assert np.exp(geks(prices, limit=4)) == pytest.approx([1, 2])


def test_the_value_is_the_mean_distance_of_the_logarithms():
    old = shop([(1, "2010-01-05", "a", 1, 1.0), (1, "2010-02-05", "a", 1, 2.0)] * 9)
    new = shop([(1, "2010-01-05", "a", 1, 1.0), (1, "2010-02-05", "a", 1, 3.0)] * 9)
    found = scores(old, new, draws=2)
    assert found["chained Jevons"].value == pytest.approx(100 * np.log(3 / 2))
    assert found["GEKS-Törnqvist"].value == pytest.approx(100 * np.log(3 / 2))
    assert found["spread of changes"].value == 0


def test_a_copy_scores_zero():
    data = customers(80, 1)
    assert [s.value for s in scores(data, data, draws=2).values()] == [0, 0, 0]


def test_a_bootstrap_of_the_customers_is_within_the_bands():
    old = customers(100, 1)
    found = scores(old, generate(old, "bootstrap", seed=2))
    assert {s.standing for s in found.values()} <= {"within", "better"}


def test_a_file_without_inflation_is_outside_both_bands():
    found = scores(customers(100, 1, moves=0.02), customers(100, 2, inflation=0.0))
    assert found["chained Jevons"].standing == "worse"
    assert found["GEKS-Törnqvist"].standing == "worse"


def test_prices_of_no_product_are_seen_by_the_spread_even_where_the_index_is_flat():
    old = customers(100, 1, inflation=0.0, moves=0.01)
    prices = np.random.default_rng(3).permutation(old.rows["price"].to_numpy())
    found = scores(old, old.with_rows(old.rows.assign(price=prices)))
    assert found["spread of changes"].standing == "worse"
    assert found["spread of changes"].value > 20


def test_the_details_hold_both_series_with_their_band():
    table = scores(customers(60, 1), customers(60, 2), draws=8)["GEKS-Törnqvist"].details
    assert table.index[0] == "2010-01"
    assert table.iloc[0].tolist() == [100, 100, 100, 100]
    assert (table["low"] <= table["original"]).all()
    assert (table["original"] <= table["high"]).all()


@pytest.mark.parametrize(
    "options",
    [{"product": "x"}, {"price": "code"}, {"quantity": "x"}, {"limit": 1}, {"limit": -2}],
)
def test_options_that_make_no_sense_are_refused(options):
    data = customers(20, 1)
    with pytest.raises(GuideError):
        scores(data, data, **options)


def test_a_file_without_time_is_refused():
    data = customers(20, 1)
    still = Dataset(data.rows, data.schema, data.entity)
    with pytest.raises(GuideError, match="declare the time"):
        scores(still, still)

"""Baskets, repeat purchases and concentration, counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare, generate
from guide_helpers.schema import Dataset, Kind, Schema, Variable

SHOP = Schema(
    (
        Variable("customer", Kind.IDENTIFIER),
        Variable("invoice", Kind.IDENTIFIER),
        Variable("time", Kind.DATETIME),
        Variable("code", Kind.TEXT),
        Variable("pieces", Kind.INTEGER),
        Variable("price", Kind.NUMBER),
    )
)
VARIANTS = ("lines per basket", "baskets per unit", "bought again", "concentration")
BY_HAND = [
    # one customer with two baskets, of which the second repeats the tea; one with one basket
    ("a", 1, "2010-01-01", "tea", 1, 1.0),
    ("a", 1, "2010-01-01", "cup", 1, 1.0),
    ("a", 2, "2010-02-01", "tea", 3, 2.0),
    ("a", 2, "2010-02-01", "pen", 1, 1.0),
    ("b", 3, "2010-01-09", "tea", 1, 1.0),
]


def shop(lines) -> Dataset:
    rows = pd.DataFrame(lines, columns=list(SHOP.names))
    return Dataset.of(rows, SHOP, entity="customer", time="time")


def customers(n: int, seed: int, loyal: float = 0.6) -> Dataset:
    """Draw customers who buy, line by line, one of their three usual products or any other."""
    rng = np.random.default_rng(seed)
    lines, invoice = [], 0
    for customer in range(n):
        usual = rng.integers(100, size=3)
        for month in range(1, 1 + rng.integers(1, 7)):
            invoice += 1
            for _ in range(rng.integers(1, 6)):
                code = rng.choice(usual) if rng.random() < loyal else rng.integers(100)
                pieces = int(rng.pareto(1.5) * 3) + 1
                lines.append((customer, invoice, f"2010-0{month}-05", f"p{code}", pieces, 2.0))
    return shop(lines)


def scores(old, new, **options):
    asked = {"product": "code", "basket": "invoice"} | options
    return {s.variant: s for s in compare(old, new, measures="basket_profile", **asked)}


def test_the_numbers_by_hand():
    data = shop(BY_HAND)
    money = {"price": "price", "quantity": "pieces"}
    table = scores(data, data, draws=2, **money)["bought again"].details["original"]
    assert table["mean lines per basket"] == pytest.approx(5 / 3)
    assert table["mean baskets per unit"] == pytest.approx(3 / 2)
    assert table["share bought again"] == pytest.approx(1 / 2)  # tea yes, pen no
    # a spends 9, b spends 1: the curve is 0, 0.1, 1
    assert table["Gini coefficient of units"] == pytest.approx(1 - (0.1 + 1.1) / 2)


def test_the_distances_by_hand():
    old = shop(BY_HAND)
    new = shop([*BY_HAND[:2], ("a", 2, "2010-02-01", "hat", 3, 2.0), *BY_HAND[3:]])
    found = scores(old, new, draws=2)
    assert [found[v].value for v in VARIANTS] == [0, 0, 0.5, 0]
    one_basket = shop([(c, 1 + (c == "b"), "2010-01-01", *rest) for c, _, _, *rest in BY_HAND])
    found = scores(old, one_basket, draws=2)
    assert found["baskets per unit"].value == pytest.approx(1 / 2)
    assert found["lines per basket"].value == pytest.approx(1 / 2)  # 4 lines and 1, not 2, 2, 1
    assert found["bought again"].value == pytest.approx(1 / 2)


def test_a_copy_scores_zero():
    data = customers(60, 1)
    assert [s.value for s in scores(data, data, draws=2).values()] == [0, 0, 0, 0]


def test_a_bootstrap_is_within_its_bands():
    data = customers(150, 1)
    copy = generate(data, "bootstrap", seed=2)
    found = scores(data, copy, basket=None)  # its numbers of invoices are fresh in each row
    assert {s.standing for s in found.values()} <= {"within", "better"}


def test_customers_who_never_come_back_to_a_product_are_the_worst_case():
    old, new = customers(150, 1, loyal=1.0), customers(150, 2, loyal=0.0)
    found = scores(old, new)["bought again"]
    assert found.standing == "worse"
    assert found.value > 0.7


def test_lines_dealt_to_other_customers_lose_their_repeats():
    data = customers(150, 1)
    dealt = data.rows["code"].sample(frac=1, random_state=1).to_numpy()
    found = scores(data, data.with_rows(data.rows.assign(code=dealt)))
    assert found["bought again"].standing == "worse"
    assert found["lines per basket"].value == 0


def test_equal_spending_is_seen_by_the_concentration():
    data = customers(150, 1)
    money = {"price": "price", "quantity": "pieces"}
    flat = data.with_rows(data.rows.assign(pieces=1))
    assert scores(data, flat, **money)["concentration"].standing == "worse"


def test_rows_of_one_time_are_a_basket_where_none_is_named():
    data = customers(60, 1)
    one, other = scores(data, data, draws=2), scores(data, data, draws=2, basket=None)
    column = "mean lines per basket"
    named, by_time = (s["bought again"].details.loc[column, "original"] for s in (one, other))
    assert named == by_time


@pytest.mark.parametrize(
    "options",
    [{"product": "x"}, {"basket": "x"}, {"price": "price"}, {"price": "code", "quantity": "x"}],
)
def test_options_that_make_no_sense_are_refused(options):
    data = customers(20, 1)
    with pytest.raises(GuideError):
        scores(data, data, **options)

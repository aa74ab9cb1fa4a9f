"""Customers, baskets, products and prices: what the copy keeps and what it never does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack, generate, hold_out, load
from guide_helpers.methods._basket_table import layout, ordered
from guide_helpers.methods._basket_times import Calendar
from guide_helpers.schema import Dataset, Kind, Provenance, Role, Rule, Schema, Variable

RETURNED = "cancelled == 'yes'"
SHOP = Schema(
    (
        Variable("customer", Kind.IDENTIFIER),
        Variable("invoice", Kind.IDENTIFIER),
        Variable("time", Kind.DATETIME, Role.KEY),
        Variable("code", Kind.TEXT),
        Variable("name", Kind.TEXT),
        Variable("pieces", Kind.INTEGER),
        Variable("price", Kind.NUMBER),
        Variable(
            "region", Kind.CATEGORICAL, levels=("n", "s"), levels_from=Provenance.PUBLIC
        ),
    ),
    (Rule("some", "pieces > 0"),),
)  # fmt: skip


def shop(n: int, seed: int) -> Dataset:
    """Draw customers; product 7 goes with product 8, prices double in July, Sundays are closed."""
    rng = np.random.default_rng(seed)
    lines = []
    days = [d for d in pd.date_range("2010-01-01", "2010-12-31") if d.dayofweek != 6]
    invoice = 0
    for customer in range(n):
        region = "ns"[rng.integers(2)]
        for day in sorted(rng.choice(len(days), rng.integers(1, 8), replace=False)):
            invoice += 1
            time = days[day] + pd.Timedelta(hours=int(rng.integers(8, 18)))
            codes = set((rng.integers(28, size=rng.integers(1, 5)) + 9).tolist())
            codes |= {7, 8} if rng.random() < 0.3 else set()
            for code in sorted(codes):
                price = (1 + code) * (2 if time.month >= 7 else 1)
                pieces = int(rng.integers(1, 4) * (10 if region == "s" else 1))
                made = (customer, f"A{invoice}", time, f"p{code}", f"good {code}", pieces)
                lines.append((*made, float(price), region))
    return Dataset.of(
        pd.DataFrame(lines, columns=list(SHOP.names)), SHOP, entity="customer", time="time"
    )


@pytest.fixture(scope="module")
def original() -> Dataset:
    return shop(300, 1)


@pytest.fixture(scope="module")
def copy(original) -> pd.DataFrame:
    return generate(original, "baskets", seed=2).rows


@pytest.fixture(scope="module")
def retail() -> tuple[Dataset, Dataset]:
    data = load("online_retail")
    return hold_out(data.take_units(np.arange(0, data.n_units, 2)), share=0.5, seed=1)


@pytest.fixture(scope="module")
def bought(retail) -> Dataset:
    return generate(retail[0], "baskets", returned=RETURNED, seed=3).first


def test_columns_speak_of_the_unit_the_basket_or_the_line(retail):
    plan = layout(retail[0], None, None, None)
    assert (plan.unit, plan.basket, plan.line) == (
        ("country",),
        ("cancelled",),
        ("quantity", "price"),
    )
    assert (plan.item, plan.labels, plan.key) == ("stock_code", ("description",), "invoice")
    assert (plan.tied, plan.amount) == (("price",), "quantity")


def test_baskets_are_in_the_order_of_units_and_time(original):
    shuffled = original.with_rows(original.rows.sample(frac=1, random_state=1))
    baskets, rows = ordered(shuffled, "invoice")
    assert baskets.sizes.sum() == len(original)
    assert (np.diff(baskets.time)[np.diff(baskets.unit) == 0] >= 0).all()
    invoices = shuffled.rows["invoice"].to_numpy()[rows]
    assert all(len(set(part)) == 1 for part in np.split(invoices, baskets.starts[1:]))


def test_the_clock_runs_with_the_purchases_and_stands_still_on_closed_days():
    day = 86_400.0
    calendar = Calendar.of(np.array([0, 0, 0, 3 * day]), dated=True)
    assert calendar.before.tolist() == [0, 0.75, 1]  # days 1 and 2 have no length
    assert calendar.places(np.array([10.0, 3 * day + 5])).tolist() == [0.375, 0.875]


def test_an_invoice_belongs_to_one_customer_and_one_time(copy, bought):
    for rows, unit in ((copy, "customer"), (bought.rows, "customer_id")):
        groups = rows.groupby("invoice")
        assert groups[unit].nunique().max() == 1
        assert groups["time"].nunique().max() == 1


def test_a_product_has_the_names_and_the_monthly_prices_that_it_had(original, copy):
    month = copy["time"].dt.month
    expected = (1 + copy["code"].str[1:].astype(int)) * np.where(month >= 7, 2, 1)
    assert (copy["price"] == expected).mean() > 0.99
    assert (copy["name"] == "good " + copy["code"].str[1:]).all()
    assert set(copy["code"]) == set(original.rows["code"])


def test_products_that_go_together_are_bought_together(copy):
    with_7, with_8 = (copy.loc[copy["code"] == c, "invoice"].unique() for c in ("p7", "p8"))
    share = np.isin(with_7, with_8).mean()
    chance = len(with_8) / copy["invoice"].nunique()
    assert share > 1.1 * chance


def test_closed_days_stay_closed_and_rules_hold(copy):
    assert (copy["time"].dt.dayofweek != 6).all()
    assert copy["time"].dt.hour.between(8, 17).all()
    assert (copy["pieces"] > 0).all()


def test_quantities_follow_the_customer(copy):
    by_region = copy.groupby("region", observed=True)["pieces"].mean()
    assert by_region["s"] / by_region["n"] == pytest.approx(10, rel=0.2)


def test_no_rule_of_the_retail_file_is_broken(bought):
    assert bought.violations().sum() == 0


def test_cancellations_refer_to_earlier_purchases_as_often_as_in_the_original(retail, bought):
    def referring(data):
        rows = data.rows
        back = rows[rows["cancelled"] == "yes"]
        first = rows[rows["cancelled"] == "no"].groupby(["customer_id", "stock_code"])["time"].min()
        joined = back.join(first.rename("first"), on=["customer_id", "stock_code"])
        return (joined["first"] <= joined["time"]).mean()

    assert referring(bought) == pytest.approx(referring(retail[0]), abs=0.12)
    marked = bought.rows["invoice"].str.startswith("C")
    assert (marked == (bought.rows["cancelled"] == "yes")).all()


def test_repeat_purchases_and_basket_sizes_are_kept(retail, bought):
    def facts(data):
        rows = data.rows[data.rows["cancelled"] == "no"].sort_values("time", kind="stable")
        again = rows.duplicated(["customer_id", "stock_code"]).mean()
        return again, rows.groupby("invoice").size().median()

    (old_share, old_size), (share, size) = facts(retail[0]), facts(bought)
    assert share == pytest.approx(old_share, abs=0.12)
    assert size == pytest.approx(old_size, rel=0.3)


def test_products_of_few_customers_are_left_out(retail, bought):
    holders = retail[0].rows.groupby("stock_code")["customer_id"].nunique()
    assert holders[bought.rows["stock_code"].unique()].min() >= 3
    names = retail[0].rows.groupby("description")["customer_id"].nunique()
    assert names[bought.rows["description"].dropna().unique()].min() >= 3


def test_few_purchases_find_no_customer_again(retail, bought):
    original, control = retail
    risk = attack(
        bought,
        original=original,
        control=control,
        attack="few_points",
        knowledge=["stock_code", "time"],
        coarse={"time": "month"},
        agreement=0.25,
    )
    assert 0 in risk.excess.interval
    assert risk.excess.interval.high < 0.05


def test_rows_of_one_time_are_a_basket_where_no_identifier_says_so(original):
    data = original.keep("customer", "time", "code", "pieces")
    rows = generate(data, "baskets", seed=1).rows
    assert rows.groupby(["customer", "time"]).size().max() > 1
    assert rows["customer"].nunique() == 300


def test_ten_times_the_customers_make_ten_times_the_lines(original):
    copy = generate(original, "baskets", n=3_000, seed=1).first
    assert copy.n_units == 3_000
    assert len(copy) == pytest.approx(10 * len(original), rel=0.15)


@pytest.mark.parametrize(
    "options",
    [
        {"basket": "nope"},
        {"item": "nope"},
        {"item": "time"},
        {"amount": "region"},
        {"fewest": 0},
        {"min_leaf": 0},
        {"returned": "pieces < 0"},
    ],
)
def test_options_that_make_no_sense_are_refused(options, original):
    with pytest.raises(GuideError):
        generate(original, "baskets", seed=1, **options)


def test_without_a_time_customers_have_as_many_baskets(original):
    still = Dataset(original.rows, original.schema, original.entity)
    many = generate(still, "baskets", seed=1).rows["invoice"].nunique()
    assert many == pytest.approx(original.rows["invoice"].nunique(), rel=0.2)


def test_one_customer_and_products_that_are_all_rare_give_a_file(original):
    one = original.take_units(np.array([3]))
    copy = generate(one, "baskets", seed=1).first
    assert copy.n_units == 1
    assert copy.rows["code"].isna().all()


def test_a_time_that_is_missing_is_refused(original):
    rows = original.rows.copy()
    rows.loc[0, "time"] = pd.NaT
    with pytest.raises(GuideError, match="never missing"):
        generate(original.with_rows(rows), "baskets", seed=1)

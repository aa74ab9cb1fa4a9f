"""A unit is unique where no other has all the points that are known of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare
from guide_helpers.cards import Null
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable

SHOP = Schema(
    (
        Variable("customer", Kind.IDENTIFIER),
        Variable("time", Kind.DATETIME),
        Variable("product", Kind.TEXT, Role.KEY),
    )
)


def shop(**bought) -> Dataset:
    rows = [(c, f"2010-01-0{i}", p) for c, lot in bought.items() for i, p in enumerate(lot, 1)]
    return Dataset.of(pd.DataFrame(rows, columns=list(SHOP.names)), SHOP, entity="customer")


def customers(n: int, seed: int, products: int = 60) -> Dataset:
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(n), rng.integers(2, 20, n))
    lots = {c: [str(p) for p in rng.integers(products, size=m)] for c, m in enumerate(_many(who))}
    rows = [(c, f"2010-01-{i:02}", p) for c, lot in lots.items() for i, p in enumerate(lot, 1)]
    return Dataset.of(pd.DataFrame(rows, columns=list(SHOP.names)), SHOP, entity="customer")


def _many(who):
    return np.bincount(who)


def share(data, **options):
    return compare(data, data, measures="unit_uniqueness", draws=2, **options)


def test_by_hand_two_of_four_customers_are_told_apart_by_two_products():
    data = shop(a=["tea", "cup"], b=["tea", "cup"], c=["tea", "pen"], d=["jam"])
    found = share(data, k=2)  # a and b are alike; only c has tea and pen, only d has jam
    assert [s.value for s in found] == [50, 50]


def test_by_hand_one_point_tells_only_what_nobody_else_has():
    data = shop(a=["tea", "tea"], b=["tea", "tea"], c=["jam", "jam"], d=["cup", "cup"])
    assert next(iter(share(data, k=1))).value == 50


def test_a_unit_with_fewer_points_is_looked_at_with_all_of_them():
    data = shop(a=["tea"], b=["tea", "cup"], c=["cup", "jam"])
    # all of a is in b, so a is not alone; b alone has tea and cup, c alone cup and jam
    assert next(iter(share(data, k=4))).value == pytest.approx(200 / 3)


def test_the_worst_case_is_a_file_in_which_everybody_buys_other_things():
    data = shop(**{f"c{i}": [f"p{i}", f"q{i}"] for i in range(20)})
    assert next(iter(share(data, k=1))).value == 100


def test_the_best_case_is_a_file_in_which_all_buy_the_same():
    data = shop(**{f"c{i}": ["tea", "cup"] for i in range(20)})
    assert next(iter(share(data))).value == 0


def test_more_points_never_tell_fewer_apart_but_for_the_draw():
    curve = next(iter(share(customers(300, 1)))).details["original"]
    assert list(curve.index) == [1, 2, 3, 4, 5]
    assert (curve.diff().dropna() > -3).all()
    assert curve[5] > curve[1] + 40


def test_coarser_knowledge_tells_fewer_apart():
    data = customers(300, 1)
    known = ["time", "product"]
    day, month = (
        next(iter(share(data, k=2, known=known, coarse={"time": step}))).value
        for step in ("day", "month")
    )
    assert month < day


def test_a_fresh_sample_lies_within_its_band_and_a_file_of_twins_does_not():
    old, new = customers(300, 1), customers(300, 2)
    score = compare(old, new, measures="unit_uniqueness", k=6, seed=1)
    synthetic = next(s for s in score if s.variant == "synthetic")
    assert synthetic.standing == "within"
    twins = pd.concat([new.rows, new.rows.assign(customer=new.rows["customer"] + 1_000)])
    score = compare(old, new.with_rows(twins), measures="unit_uniqueness", k=6, seed=1)
    synthetic = next(s for s in score if s.variant == "synthetic")
    assert synthetic.value == 0
    assert synthetic.value < synthetic.band(Null.FRESH_SAMPLE).low


@pytest.mark.parametrize(
    "options",
    [{"k": 0}, {"known": "time"}, {"known": ["customer"]}, {"known": []}, {"coarse": {"x": 1}}],
)
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(GuideError):
        share(customers(30, 1), **options)

"""Dominance: what the second largest firm learns about the largest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare, hold_out, load
from guide_helpers.measures.dominance import WORKED_OUT, dominance
from guide_helpers.schema import Dataset, Kind, Schema, Variable


def values(original, synthetic, rng, **options):
    asked = {"draws": 2, "keys": ["sector"], "value": "sales"} | options
    return {s.variant: s.value for s in dominance(original, synthetic, rng=rng, **asked)}


FIRMS = {
    "sector": ["a", "a", "a", "b", "b", "b", "c"],
    "sales": [90.0, 8.0, 2.0, 50.0, 40.0, 30.0, 7.0],
}


def test_a_case_computed_by_hand(of_columns, rng):
    original = of_columns(**FIRMS)
    # a: rest 2 is under 10 % of 90; b: rest 30 is not under 5; c: rest 0. (2, 85): a 98 %, b 75 %,
    # c 100 %. The true totals give away a (100 - 8 = 92, 2 % off) and c, not b (120 - 40 = 80).
    found = values(original, original, rng)
    expected = pytest.approx([200 / 3] * 3)
    assert list(found.values()) == expected
    assert list(found) == [WORKED_OUT, "unsafe by the 10% rule", "unsafe by the (2, 85) rule"]


def test_totals_that_are_off_tell_less_and_luck_may_tell_more(of_columns, rng):
    original = of_columns(**FIRMS)
    off = original.with_rows(original.rows.assign(sales=[60.0, 8, 2, 30, 40, 21, 9]))
    # a: 70 - 8 = 62 for 90; b: 91 - 40 = 51 for 50, by luck; c: 9 for 7
    score = dominance(original, off, rng=rng, keys=["sector"], value="sales", draws=2)[0]
    assert score.value == pytest.approx(100 / 3)
    assert score.details.loc["unsafe by the p% rule"].tolist() == [2, 0]
    assert score.details.loc["safe by both"].tolist() == [1, 1]


def test_a_file_of_half_the_size_is_scaled(of_columns, rng):
    original = of_columns(sector=["a", "a"], sales=[10.0, 10.0])
    half = of_columns(sector=["a"], sales=[10.0])
    assert values(original, half, rng)[WORKED_OUT] == 100.0


def test_the_rows_of_one_firm_are_one_contribution(rng):
    schema = Schema(
        (
            Variable("firm", Kind.IDENTIFIER),
            Variable("sector", Kind.CATEGORICAL, levels=("a",)),
            Variable("sales", Kind.NUMBER),
        )
    )
    rows = pd.DataFrame({"firm": [1, 1, 2, 3], "sector": "a", "sales": [30.0, 30.0, 30.0, 20.0]})
    panel = Dataset.of(rows, schema, entity="firm")
    # 60, 30, 20: the rest of 20 is a third of the largest
    assert values(panel, panel, rng, p=30)["unsafe by the 30% rule"] == 0.0
    assert values(panel, panel, rng, p=40)["unsafe by the 40% rule"] == 100.0


def test_random_tables_agree_with_sorting(of_columns, rng):
    for _ in range(15):
        old, new = (
            of_columns(sector=rng.choice(list("abcde"), 20), sales=np.exp(rng.normal(0, 2, 20)))
            for _ in range(2)
        )
        hits = np.zeros(3)
        cells = old.rows.groupby("sector", observed=True)["sales"]
        totals = new.rows.groupby("sector", observed=True)["sales"].sum()
        for sector, sales in cells:
            first, second, *rest = [*sorted(sales, reverse=True), 0.0]
            guess = totals.get(sector, 0.0) - second
            hits += [
                abs(guess - first) <= 0.2 * first,
                sum(rest) < 0.2 * first,
                first + second > 0.9 * sum(sales),
            ]
        found = values(old, new, rng, p=20, k=90)
        assert list(found.values()) == pytest.approx(list(100 * hits / len(cells)))


def test_missing_amounts_and_special_codes_add_nothing(of_columns, rng):
    plain = of_columns(sector=["a", "a", "a"], sales=[10.0, -9.0, np.nan])
    file = Dataset(plain.rows, plain.schema.change("sales", special={-9.0: "not asked"}))
    assert values(file, file, rng)[WORKED_OUT] == 100.0
    with pytest.raises(GuideError, match="negative amounts"):
        values(plain, plain, rng)


def test_a_level_is_no_amount(of_columns, rng):
    file = of_columns(**FIRMS)
    with pytest.raises(GuideError, match="no amount"):
        values(file, file, rng, keys=["sales"], value="sector")
    with pytest.raises(GuideError, match="no numeric sensitive variable"):
        values(file, file, rng, value=None)


def test_other_firms_tell_little_about_the_largest():
    firms = load("firms")
    original, control = hold_out(firms, seed=1)
    asked = {"measures": "dominance", "keys": ["subsector", "year"]}
    copy = compare(original, original, control=control, **asked)[f"dominance:{WORKED_OUT}"]
    fresh = compare(original, control, **asked)[f"dominance:{WORKED_OUT}"]
    assert copy.standing == "worse"
    assert fresh.value < copy.value / 4

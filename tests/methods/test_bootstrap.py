"""The bootstrap: whole records come back, as often as chance says, and attacks find them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack, generate, hold_out
from guide_helpers.methods.bootstrap import Bootstrap
from guide_helpers.schema import Dataset, Kind, Schema, Variable


def records(data, rows):
    return pd.MultiIndex.from_frame(rows[[v.name for v in data.schema.modelled]])


def test_every_record_of_the_copy_is_one_of_the_original(survey):
    made = generate(survey, "bootstrap", seed=1, n=1_000).rows
    assert records(survey, made).isin(records(survey, survey.rows)).all()


def test_a_copy_of_the_same_size_holds_about_63_percent_of_the_records(rng):
    data = Dataset.of(pd.DataFrame({"x": rng.random(5_000)}), Schema((Variable("x", Kind.NUMBER),)))
    share = generate(data, "bootstrap", seed=1).rows["x"].nunique() / 5_000
    # the variance of the share of n records that come back is (exp(-1) - 2 exp(-2)) / n
    assert share == pytest.approx(1 - np.exp(-1), abs=4 * np.sqrt(0.0972 / 5_000))


def test_each_record_is_as_likely_as_any_other():
    x = Variable("x", Kind.CATEGORICAL, levels=(0, 1, 2, 3))
    data = Dataset.of(pd.DataFrame({"x": [0, 1, 2, 3]}), Schema((x,)))
    counts = generate(data, "bootstrap", seed=1, n=40_000).rows["x"].value_counts()
    assert np.allclose(counts, 10_000, atol=4 * np.sqrt(40_000 * 0.25 * 0.75))


@pytest.mark.parametrize("name", ["unique_match", "attribute_inference"])
def test_attacks_find_it(survey, name):
    original, control = hold_out(survey, seed=1)
    synthetic = generate(original, "bootstrap", seed=1)
    risk = attack(synthetic, original=original, control=control, attack=name)
    assert risk.excess.interval.low > 0


def test_units_of_a_panel_come_with_all_their_rows_and_fresh_numbers():
    rows = pd.DataFrame({"who": [7, 8, 7, 9, 9, 7], "year": [1, 1, 2, 1, 2, 3]})
    schema = Schema((Variable("who", Kind.IDENTIFIER), Variable("year", Kind.INTEGER)))
    data = Dataset.of(rows, schema, entity="who", time="year")
    made = generate(data, "bootstrap", seed=1, n=300).rows
    assert made["who"].nunique() == 300
    found = made.groupby("who")["year"].apply(tuple)
    assert set(found) == {(1, 2, 3), (1,), (1, 2)}


def test_units_that_are_levels_are_refused():
    who = Variable("who", Kind.CATEGORICAL, levels=("a", "b"))
    rows = pd.DataFrame({"who": ["a", "b", "a"], "x": [1, 2, 3]})
    data = Dataset.of(rows, Schema((who, Variable("x", Kind.INTEGER))), entity="who")
    with pytest.raises(GuideError, match="declare it an identifier"):
        Bootstrap().fit(data, rng=np.random.default_rng(1))

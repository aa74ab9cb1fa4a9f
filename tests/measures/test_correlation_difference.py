"""Difference of correlations: by hand, against pandas, with gaps and constants."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.measures._coded import coded
from guide_helpers.measures._encode import measured
from guide_helpers.measures.correlation_difference import correlation_difference, correlations
from guide_helpers.schema import Dataset, Kind, Schema, Variable


def scores(original, synthetic, rng, **options):
    found = correlation_difference(original, synthetic, rng=rng, **({"draws": 3} | options))
    return {s.variant: s for s in found}


def test_a_relation_turned_round_differs_by_two(of_columns, rng):
    original = of_columns(x=[1.0, 2.0, 3.0], y=[1.0, 2.0, 3.0])
    turned = of_columns(x=[1.0, 2.0, 3.0], y=[3.0, 2.0, 1.0])
    found = scores(original, turned, rng)
    assert {v: s.value for v, s in found.items()} == pytest.approx({"Pearson": 2, "Spearman": 2})
    line = found["Pearson"].details.iloc[0]
    assert (line["original"], line["synthetic"]) == pytest.approx((1, -1))


@pytest.mark.parametrize("variant", ["Pearson", "Spearman"])
def test_pandas_finds_the_same_correlations(variant, of_columns, rng):
    frame = pd.DataFrame(rng.normal(size=(300, 4)), columns=list("abcd"))
    frame["b"] += frame["a"]
    frame["c"] = frame["c"].round()
    data = of_columns(**{n: frame[n] for n in frame})
    files = coded(data, data, None, measured(data))
    expected = frame.corr(variant.lower()).to_numpy()
    assert correlations(files.original, variant, files.scales) == pytest.approx(expected)


def test_each_pair_uses_the_records_with_both_values(of_columns, rng):
    frame = pd.DataFrame(rng.normal(1e6, 1, size=(200, 3)), columns=list("abc"))
    frame["b"] = frame["a"] + frame["b"] / 3
    frame = frame.mask(rng.random(frame.shape) < 0.2)
    data = of_columns(**{n: frame[n] for n in frame})
    files = coded(data, data, None, measured(data))
    found = correlations(files.original, "Pearson", files.scales)
    assert found == pytest.approx(frame.corr().to_numpy(), abs=1e-9)


def test_one_wild_value_ruins_pearson_and_not_spearman(of_columns, rng):
    x = rng.normal(size=500)
    y = x + rng.normal(size=500)
    wild = y.copy()
    wild[0] = 1e6
    found = scores(of_columns(x=x, y=y), of_columns(x=x, y=wild), rng)
    assert found["Pearson"].value > 0.5
    assert found["Spearman"].value < 0.02


def test_ordered_levels_have_ranks(rng):
    levels = ("low", "middle", "high")
    schema = Schema((Variable("x", Kind.ORDERED, levels=levels), Variable("y", Kind.NUMBER)))
    rows = pd.DataFrame({"x": ["low", "middle", "high"] * 5, "y": [1.0, 2.0, 3.0] * 5})
    original = Dataset.of(rows, schema)
    found = scores(original, original.with_rows(rows.assign(y=[3.0, 2.0, 1.0] * 5)), rng)
    assert list(found) == ["Spearman"]
    assert found["Spearman"].value == pytest.approx(2)


def test_a_synthetic_column_that_does_not_vary_has_lost_its_relation(of_columns, rng):
    original = of_columns(x=[1.0, 2.0, 3.0], y=[1.0, 2.0, 3.0])
    flat = of_columns(x=[1.0, 2.0, 3.0], y=[0.1, 0.1, 0.1])
    assert scores(original, flat, rng)["Pearson"].value == pytest.approx(1)


def test_lost_relations_lie_beyond_chance(people, rng):
    original = people(2_000, rng)
    order = rng.permutation(2_000)
    mixed = original.with_rows(original.rows.assign(size=original.rows["size"].to_numpy()[order]))
    found = scores(original, mixed, rng, draws=8)
    assert found["Spearman"].standing == "worse"
    assert found["Spearman"].details["beyond chance"].all()


def test_a_copy_has_no_difference(survey, rng):
    assert {s.value for s in scores(survey, survey, rng).values()} == {0.0}


def test_files_without_two_numbers_are_refused(of_columns, rng):
    data = of_columns(x=[1.0, 2.0], y=list("ab"))
    with pytest.raises(GuideError, match="no two numeric or ordered variables"):
        correlation_difference(data, data, rng=rng)
    flat = of_columns(x=[1.0, 2.0], y=[np.pi, np.pi])
    with pytest.raises(GuideError, match="vary in the original"):
        correlation_difference(flat, flat, rng=rng)

"""Energy distance: by hand, by scipy, that relations are seen, and its bands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures.energy_distance import energy_distance
from guide_helpers.schema import Dataset, Kind, Schema, Variable


def score(original, synthetic, rng, **options):
    return energy_distance(original, synthetic, rng=rng, **({"draws": 4} | options))


def test_a_copy_scores_zero(survey, rng):
    assert score(survey, survey, rng).value == pytest.approx(0, abs=1e-9)


def test_two_levels_computed_by_hand(of_columns, rng):
    original, synthetic = of_columns(x=list("aabb")), of_columns(x=list("aaab"))
    # records of unlike level are 1/root(1/2) apart; they are 1/2, 1/2 and 3/8 of the pairs
    unit = 2**0.5
    assert score(original, synthetic, rng).value == pytest.approx(unit * (2 / 2 - 1 / 2 - 3 / 8))


def test_one_quantity_is_the_energy_distance_of_scipy(of_columns, rng):
    from scipy.stats import energy_distance as oracle
    from scipy.stats import rankdata

    old, new = rng.normal(size=200), rng.normal(1, 2, 150)
    place = [rankdata(old) - 0.5, np.searchsorted(np.sort(old), new)]
    x, y = (p / 200 for p in place)
    scale = (2 * x.var()) ** 0.5
    found = score(of_columns(x=old), of_columns(x=new), rng).value
    assert found == pytest.approx(oracle(x, y) ** 2 / scale, rel=1e-6)


def test_relations_lost_are_seen_though_all_margins_agree(of_columns, rng):
    original = of_columns(x=list("aabb") * 100, y=list("ccdd") * 100)
    lost = original.with_rows(pd.DataFrame({"x": list("aabb") * 100, "y": list("cdcd") * 100}))
    found = score(original, lost, rng, draws=8)
    assert found.standing == "worse"


def test_special_and_missing_values_tell_files_apart(rng):
    schema = Schema((Variable("wage", Kind.NUMBER, special={-9: "not in universe"}),))
    whole = Dataset.of(pd.DataFrame({"wage": rng.normal(10, 1, 300)}), schema)
    for mark in (-9.0, np.nan):
        marked = whole.with_rows(whole.rows.where(np.arange(300)[:, None] % 4 > 0, mark))
        assert score(whole, marked, rng, draws=8).standing == "worse"
        assert score(marked, marked, rng).value == pytest.approx(0, abs=1e-9)


def test_a_part_of_many_records_is_drawn_and_said(people, rng):
    original, synthetic = people(900, rng), people(800, rng)
    found = score(original, synthetic, rng, max_records=300)
    assert "300 original and 300 synthetic records were drawn" in found.note
    again = [
        score(original, synthetic, np.random.default_rng(s), max_records=300).value
        for s in (1, 1, 2)
    ]
    assert again[0] == again[1] != again[2]


def test_units_stay_together(rng):
    schema = Schema((Variable("unit", Kind.IDENTIFIER), Variable("x", Kind.NUMBER)))
    units = np.repeat(np.arange(60), 10)
    rows = pd.DataFrame({"unit": units, "x": rng.normal(size=60)[units]})
    clustered = Dataset.of(rows, schema, entity="unit")
    alone = replace(clustered, entity=None)
    wide, narrow = (score(d, d, rng, draws=8).band().mean for d in (clustered, alone))
    assert wide > 4 * narrow
    assert "295" not in score(clustered, clustered, rng, max_records=295).note


def test_bands_are_where_files_of_their_kind_fall(people, correct, rng):
    original = people(400, rng)
    found = score(original, correct(original, rng), rng, draws=20)
    own, other = found.band(), found.band(Null.FRESH_SAMPLE)
    made = [score(original, correct(original, rng), rng, draws=2).value for _ in range(12)]
    fresh = [score(people(400, rng), people(400, rng), rng, draws=2).value for _ in range(12)]
    assert sum(own.low <= v <= own.high for v in made) >= 9
    assert sum(other.low <= v <= other.high for v in fresh) >= 9
    assert other.mean == pytest.approx(2 * own.mean, rel=0.3)


def test_impossible_options_are_refused(survey, rng):
    with pytest.raises(GuideError, match="max_records=1 and draws=4 must both be 2 or more"):
        score(survey, survey, rng, max_records=1)

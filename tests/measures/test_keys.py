"""Key combinations in codes, and the fresh-sample null where each record meets all others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers.measures._attribution import claimed, claimed_by_others
from guide_helpers.measures._keys import KEY, Files, column, holders, only_value
from guide_helpers.measures.correct_attribution import correct_attribution
from guide_helpers.measures.disco import disco
from guide_helpers.measures.group_disclosure import group_disclosure
from guide_helpers.measures.k_map import k_map
from guide_helpers.measures.targeted_attribution import targeted_attribution
from guide_helpers.measures.uniques import uniques
from guide_helpers.schema import Dataset, Kind, Schema, Variable

CENTRED = [uniques, k_map, group_disclosure, disco, correct_attribution, targeted_attribution]


def test_equal_values_have_equal_codes_in_all_files(of_columns, rng):
    files = [
        of_columns(a=rng.choice(["x", "y", None], 30), b=rng.choice([1.0, 2.5, np.nan], 30))
        for _ in range(3)
    ]
    code, size = Files(*files).combined(["a", "b"])
    whole = pd.concat([f.rows.astype(object) for f in files], ignore_index=True).fillna("missing")
    assert whole.groupby(["a", "b"]).ngroups == size == len(set(code))
    assert whole.assign(code=code).groupby("code")[["a", "b"]].nunique().to_numpy().max() == 1


def test_dates_are_values_too():
    days = pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-01", None])
    file = Dataset.of(pd.DataFrame({"d": days}), Schema((Variable("d", Kind.DATETIME),)))
    code, size = Files(file, file).combined(["d"])
    assert size == 3
    assert code[0] == code[2] == code[4]


def test_units_are_counted_once(of_columns):
    schema = Schema((Variable("unit", Kind.IDENTIFIER), Variable("a", Kind.CATEGORICAL)))
    rows = pd.DataFrame({"unit": [7, 7, 8, 9], "a": list("xxxy")})
    file = Dataset.of(rows, schema, entity="unit")
    key, size = Files(file, file).combined(["a"])
    old, *_ = Files(file, file).coded({KEY: key})
    assert holders(old, size)[column(old)].tolist() == [2, 2, 2, 1]
    assert np.bincount(column(replace(old, entity=None))).tolist() == [3, 1]


def test_a_value_is_shared_by_all_records_of_a_combination(of_columns):
    file = of_columns(a=list("xxyyz"), t=list("uvuuw"))
    files = Files(file, file)
    key, size = files.combined(["a"])
    value, _ = files.codes("t")
    old, *_ = files.coded({KEY: key, "t": value})
    shared = only_value(old, "t", size)[column(old)]
    assert shared.tolist() == [-1, -1, value[2], value[2], value[4]]


def test_each_record_against_the_others_is_what_leaving_it_out_gives(of_columns, rng):
    for _ in range(20):
        file = of_columns(a=rng.choice(list("uvwxyz"), 15), t=rng.choice(list("123"), 15))
        files = Files(file, file)
        key, size = files.combined(["a"])
        value, levels = files.codes("t")
        joint = pd.factorize(key * levels + value)[0]
        columns = {KEY: key, "t": value, "key combination and t": joint}
        old, *_ = files.coded(columns)
        claims, right = claimed_by_others(old, "t", size)
        for i in range(15):
            one = replace(old, rows=old.rows.iloc[[i]].reset_index(drop=True))
            rest = replace(old, rows=old.rows.drop(i).reset_index(drop=True))
            said, true = claimed(one, rest, "t", size)
            assert (said[0], true[0]) == (claims[i], right[i])


@pytest.mark.validation
@pytest.mark.parametrize("measure", CENTRED, ids=lambda m: m.__name__)
def test_fresh_samples_average_to_the_centre_of_the_band(measure, people, within_errors):
    rng = np.random.default_rng(17)
    asked = {"keys": ["group", "score"], "bins": {"score": np.arange(-5.0, 40.0, 0.5)}, "draws": 2}
    if measure not in (uniques, k_map):
        asked["sensitive"] = "trait"
    gaps: dict[str, list[float]] = {}
    for _ in range(200):
        for score in measure(people(600, rng), people(600, rng), rng=rng, **asked):
            if score.variant.endswith(
                ("of synthetic records", "UiO", "Dorig", "baseline", "original")
            ):
                continue
            gaps.setdefault(score.variant, []).append(score.value - score.band().mean)
    for found in gaps.values():
        within_errors(found, 0)

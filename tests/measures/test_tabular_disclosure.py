"""Tabular group disclosure: rows of small tables with one full cell."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers import GuideError
from guide_helpers.measures.tabular_disclosure import tabular_disclosure


def scores(original, synthetic, rng, **options):
    asked = {"draws": 2, "keys": ["a"], "sensitive": "t", "ways": [1]} | options
    return {s.variant: s for s in tabular_disclosure(original, synthetic, rng=rng, **asked)}


def test_a_case_computed_by_hand(of_columns, rng):
    original = of_columns(a=list("wwxxyyz"), t=list("uuuvvvu"))
    synthetic = of_columns(a=list("wxyyyz"), t=list("uuvvvu"))
    # rows of two or more: w full of u and shown so, x mixed but shown full, y full of v
    found = scores(original, synthetic, rng)["1 key"]
    assert found.value == pytest.approx(200 / 3)
    assert found.details.loc["a × t", ["rows", "shown in one cell", "true"]].tolist() == [3, 3, 2]
    assert scores(original, synthetic, rng, least=1)["1 key"].value == 75.0


def test_two_keys_make_a_row_of_their_combination(of_columns, rng):
    file = of_columns(a=list("xxxxyyyy"), b=list("ppqqppqq"), t=list("uuvvuvuu"))
    found = scores(file, file, rng, keys=["a", "b"], ways=[1, 2])
    # x and y, p and q are mixed; of the four pairs xp, xq and yq are full
    assert found["1 key"].value == 0.0
    assert found["2 keys"].value == 75.0


def test_a_file_that_shows_other_values_discloses_nothing(of_columns, rng):
    old, new = of_columns(a=list("xx"), t=list("uu")), of_columns(a=list("xx"), t=list("vv"))
    assert scores(old, old, rng)["1 key"].value == 100.0
    assert scores(old, new, rng)["1 key"].value == 0.0


def test_random_tables_agree_with_cross_tabulations(of_columns, rng):
    for _ in range(15):
        old, new = (
            of_columns(
                **{c: rng.choice(list("uvwxyz")[:k], 25) for c, k in (("a", 6), ("b", 3), ("t", 2))}
            )
            for _ in range(2)
        )
        shares = []
        for key in ("a", "b"):
            groups = [dict(list(f.rows.groupby(key, observed=True)["t"])) for f in (old, new)]
            rows = {r: set(t) for r, t in groups[0].items() if len(t) >= 2}
            full = [r for r, t in rows.items() if len(t) == 1 and set(groups[1].get(r, [])) == t]
            shares.append(100 * len(full) / len(rows))
        found = scores(old, new, rng, keys=["a", "b"])["1 key"]
        assert found.value == pytest.approx(np.mean(shares))


def test_many_tables_are_chosen_from_at_random(survey, rng):
    asked = {"keys": ["age", "sex", "education"], "sensitive": ["employed", "income"]}
    found = scores(survey, survey, rng, ways=[2], max_tables=3, **asked)["2 keys"]
    assert len(found.details) == 3


def test_tables_that_the_keys_cannot_make_are_refused(of_columns, rng):
    file = of_columns(a=list("xy"), t=list("uv"))
    with pytest.raises(GuideError, match="no table"):
        scores(file, file, rng, ways=[2])

"""Facts about PrivBayes: which network is chosen, what limits it, and what its score is."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate
from guide_helpers.methods.privbayes import PrivBayes
from guide_helpers.schema import Dataset, Kind, Provenance, Schema, Variable

PUBLIC = Provenance.PUBLIC


def table(**columns):
    """Return categories of the letters a, b and c."""
    schema = Schema(
        tuple(
            Variable(name, Kind.CATEGORICAL, levels=tuple("abc"), levels_from=PUBLIC)
            for name in columns
        )
    )
    return Dataset.of(pd.DataFrame({k: list(v) for k, v in columns.items()}), schema)


def exclusive(n=4_000, seed=1):
    """Return x and y by chance, and z, which both decide together and neither alone."""
    rng = np.random.default_rng(seed)
    letters = np.array(list("abc"))
    x, y = rng.integers(3, size=(2, n))
    return table(x=letters[x], y=letters[y], z=letters[(x + y) % 3])


def fitted(data, seed=1, **options):
    return PrivBayes(**options).fit(data, rng=np.random.default_rng(seed))


def test_without_noise_to_speak_of_two_parents_are_found_together():
    # z depends on x and y only jointly, so no tree of pairs could keep it
    data = exclusive()
    for seed in range(4):
        found = fitted(data, seed, epsilon=2_000.0)
        last = list(found.network_)[-1]
        assert set(found.network_[last]) == set("xyz") - {last}
        rows = found.sample(2_000, rng=np.random.default_rng(2)).rows
        codes = [rows[name].cat.codes.to_numpy() for name in "xyz"]
        assert ((codes[0] + codes[1]) % 3 == codes[2]).mean() > 0.99


def test_a_degree_of_one_loses_what_two_parents_decide():
    rows = fitted(exclusive(), epsilon=2_000.0, degree=1).sample(
        2_000, rng=np.random.default_rng(2)
    ).rows  # fmt: skip
    codes = [rows[name].cat.codes.to_numpy() for name in "xyz"]
    assert ((codes[0] + codes[1]) % 3 == codes[2]).mean() == pytest.approx(1 / 3, abs=0.06)


def test_every_variable_comes_once_and_after_its_parents():
    found = fitted(exclusive(), epsilon=0.5)
    seen = set()
    for x, above in found.network_.items():
        assert set(above) <= seen
        assert len(above) <= 2
        seen.add(x)
    assert seen == set("xyz")


def test_a_small_budget_or_a_high_usefulness_leaves_no_parents():
    for options in ({"epsilon": 0.001}, {"epsilon": 1.0, "usefulness": 1e6}):
        found = fitted(exclusive(300), **options)
        assert set(found.network_.values()) == {()}
        assert found.tables_ == {}


def test_a_table_stays_as_useful_as_was_asked():
    data = exclusive(3_000)
    found = fitted(data, epsilon=1.0, usefulness=4.0)
    noise = math.sqrt(2 / math.pi * found._till.variance(found._family, 1))
    for counts in found.tables_.values():
        assert found._total() / counts.size >= 4.0 * noise


def test_the_score_is_the_distance_from_independence_in_records():
    # 4 records, child and parent equal: 2 on each of two cells against 1 expected in each of four
    data = table(x="aabb", y="aabb")
    method = fitted(data, epsilon=2_000.0, n_public=True)
    method.margins_ = [np.array([2.0, 2.0, 0.0])] * 2
    codes = [axis.group[axis.cells.encode(data.rows[axis.name])] for axis in method.axes_]
    assert method._score((0, (1,)), codes) == 4
    assert method._score((0, ()), codes) == 0


def test_a_record_changes_a_score_by_at_most_2_and_comes_close(rng):
    method = PrivBayes()
    method.axes_ = [type("Axis", (), {"size": size})() for size in (5, 3, 2)]
    changes = []
    for _ in range(300):
        method.margins_ = [rng.random(5) ** 4, None, None]
        codes = [rng.integers(size, size=30) for size in (5, 3, 2)]
        more = [np.append(c, rng.integers(size)) for c, size in zip(codes, (5, 3, 2), strict=True)]
        scores = [method._score((0, (1, 2)), c) for c in (codes, more)]
        changes.append(abs(scores[1] - scores[0]))
    assert 1.7 < max(changes) <= 2


def test_the_budget_is_split_as_asked_and_unused_tables_cost_nothing():
    found = generate(exclusive(), "privbayes", epsilon=1.0, split=(1, 1, 2), seed=1).privacy
    prices = {}
    for e in found.ledger:
        kind = "choice" if "choice" in e.what else "given" if "given" in e.what else "first"
        prices[kind] = prices.get(kind, 0) + e.epsilon
    assert prices == pytest.approx({"first": 0.25, "choice": 0.25, "given": 0.5})
    bare = generate(exclusive(), "privbayes", epsilon=1.0, usefulness=1e6, seed=1).privacy
    assert bare.spent < bare.epsilon


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"degree": 0}, "degree=0 is not a whole number"),
        ({"usefulness": 0}, "usefulness=0 is not a positive number"),
        ({"split": (1, 1)}, "is not three positive numbers"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(GuideError, match=message):
        generate(exclusive(30), "privbayes", **options)

"""Facts about MWEM: weights of all combinations, corrected where they are most wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate
from guide_helpers.methods import mwem
from guide_helpers.methods.mwem import Mwem
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


def related(n=3_000, seed=1):
    """Return x, y, mostly a copy of x, and u, which is alone."""
    rng = np.random.default_rng(seed)
    letters = np.array(list("abc"))
    x = rng.integers(3, size=n)
    y = np.where(rng.random(n) < 0.1, rng.integers(3, size=n), x)
    return table(x=letters[x], y=letters[y], u=letters[rng.integers(3, size=n)])


def fitted(data, seed=1, **options):
    return Mwem(**options).fit(data, rng=np.random.default_rng(seed))


def test_the_table_that_independence_gets_most_wrong_is_measured_first():
    assert fitted(related(), epsilon=50.0).measured_[0] == ("x", "y")


def test_before_any_round_the_weights_are_those_of_independence():
    found = fitted(related(), epsilon=2_000.0, workload=1)
    assert found.measured_ == []
    total = found.weights_.sum()
    product = np.einsum("i,j,k->ijk", *found.margins_) / total**2
    assert found.weights_ == pytest.approx(product, rel=1e-6)


def test_measured_tables_come_out_right_without_noise_to_speak_of():
    data = related()
    found = fitted(data, epsilon=2_000.0, rounds=3)
    expected = found.weights_.sum(axis=2)
    assert expected == pytest.approx(pd.crosstab(data.rows["x"], data.rows["y"]).to_numpy(), abs=5)


def test_a_correction_moves_the_weights_towards_the_measurement_and_keeps_their_sum():
    method = Mwem()
    method.weights_ = np.full((2, 2), 25.0)
    measured = np.array([[40.0, 10.0], [10.0, 40.0]])
    method._correct([((0, 1), measured)])
    assert method.weights_.sum() == pytest.approx(100)
    assert method.weights_ == pytest.approx(measured, rel=0.02)
    assert method.weights_.min() > 0


def test_as_many_tables_are_measured_as_there_are_rounds():
    for rounds in (1, 4):
        found = fitted(related(300), rounds=rounds)
        assert len(found.measured_) == rounds
        assert sum("choice" in e.what for e in found.privacy_.ledger) == rounds


def test_a_large_domain_is_refused_in_one_sentence(monkeypatch):
    monkeypatch.setattr(mwem, "MAX_CELLS", 26)
    with pytest.raises(GuideError, match="27 combinations, and mwem holds a weight for each"):
        fitted(related(), epsilon=50.0)


def test_all_of_adult_is_too_large():
    from guide_helpers import load

    with pytest.raises(GuideError, match="keep fewer variables, use fewer bins, or take mst"):
        generate(load("adult").keep("age", "education", "occupation", "hours", "country_of_birth",
                                    "marital", "race"), "mwem", epsilon=10.0, seed=1)  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rounds": 0}, "rounds=0 is not a whole number"),
        ({"workload": "xy"}, "neither a number of variables"),
        ({"split": (0, 1, 1)}, "is not three positive numbers"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(GuideError, match=message):
        generate(related(30), "mwem", **options)

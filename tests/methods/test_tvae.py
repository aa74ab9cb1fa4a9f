"""Facts about TVAE: what it learns on a simple file, and what it loses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate, infer


@pytest.fixture(scope="module")
def peaks():
    """A quantity with two peaks, the level that says which, and a level of one record in fifty."""
    rng = np.random.default_rng(0)
    high = rng.random(500) < 0.4
    x = np.where(high, 100, 0) + rng.normal(size=500)
    rare = rng.permutation(np.repeat(["rare", "common"], [10, 490]))
    return infer(pd.DataFrame({"x": x, "peak": np.where(high, "high", "low"), "kind": rare}))


def test_a_level_goes_with_its_peak_after_training(peaks):
    rows = generate(peaks, "tvae", seed=1, epochs=150).rows
    assert ((rows["x"] > 50) == (rows["peak"] == "high")).mean() > 0.85
    assert (rows["kind"] == "rare").mean() < 0.02


def test_short_training_is_told_by_its_rows(peaks):
    rows = generate(peaks, "tvae", seed=1, epochs=1).rows
    assert ((rows["x"] > 50) == (rows["peak"] == "high")).mean() < 0.85


def test_a_step_takes_any_number_of_records(peaks):
    assert len(generate(peaks, "tvae", batch=33, epochs=1, seed=1)) == 500
    with pytest.raises(GuideError, match="batch=0"):
        generate(peaks, "tvae", batch=0)

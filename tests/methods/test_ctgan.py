"""Facts about CTGAN: what a short training finds, and what it cannot train with."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate, infer


@pytest.fixture(scope="module")
def peaks():
    """A quantity with two peaks, and the level that says which."""
    rng = np.random.default_rng(0)
    high = rng.random(500) < 0.3
    x = np.where(high, 100, 0) + rng.normal(size=500)
    return infer(pd.DataFrame({"x": x, "peak": np.where(high, "high", "low")}))


def test_two_peaks_are_found_and_nothing_lies_between(peaks):
    x = generate(peaks, "ctgan", seed=1, epochs=60).rows["x"]
    near = (x.abs() < 20) | ((x - 100).abs() < 20)
    assert near.mean() > 0.95
    assert 0.02 < (x > 50).mean() < 0.98


def test_a_step_takes_a_multiple_of_ten_records(peaks):
    for batch in (5, 255):
        with pytest.raises(GuideError, match=f"batch={batch} is no"):
            generate(peaks, "ctgan", batch=batch)
    assert len(generate(peaks, "ctgan", batch=250, epochs=1, seed=1)) == 500

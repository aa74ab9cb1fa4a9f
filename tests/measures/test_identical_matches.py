"""Identical matches: a case counted by hand."""

from __future__ import annotations

import numpy as np


def test_identical_records_are_counted_with_missing_as_a_value(line, only):
    score = only("identical_matches", line(1, 2, np.nan, np.nan), line(1, 3, np.nan, 2))
    assert score.value == 0.75
    assert score.band().mean == 0.5
    assert score.note == "3 of 4 records."

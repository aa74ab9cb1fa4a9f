"""Many synthetic records close by make a member; records far off count almost nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.attacks.local_density import LocalDensity
from guide_helpers.schema import Dataset, Kind, Schema, Variable

LINE = Schema((Variable("x", Kind.NUMBER),))


def line(*values) -> Dataset:
    return Dataset.of(pd.DataFrame({"x": np.array(values, dtype=float)}), LINE)


def learned(file, **options) -> LocalDensity:
    return LocalDensity(**options).learn(file, ("x",), rng=np.random.default_rng(1))


def test_the_density_is_the_sum_of_kernels_by_hand():
    player = learned(line(0, 10, 100), bandwidth=0.1)
    by_hand = np.exp([-0.0, -1.0, -10.0]).sum()
    assert player.answer(line(0)).scores == pytest.approx([by_hand])
    only_two = learned(line(0, 10, 100), bandwidth=0.1, neighbours=2)
    assert only_two.answer(line(0)).scores == pytest.approx([np.exp([0, -1.0]).sum()])


def test_the_bandwidth_is_half_the_spacing_of_the_file_whatever_is_repeated():
    assert learned(line(0, 1, 2, 3, 10)).reach_ == pytest.approx(0.05)
    assert learned(line(*[0, 1, 2, 3, 10] * 3)).reach_ == pytest.approx(0.05)


def test_a_file_of_one_value_has_a_bandwidth_too():
    assert learned(line(7, 7, 7)).answer(line(7, 8)).scores.argmax() == 0


def test_three_records_close_by_count_more_than_one_equal_one():
    player = learned(line(0, 50, 51, 52, 100), bandwidth=0.05)
    alone, crowded = player.answer(line(0, 51)).scores
    assert crowded > alone


@pytest.mark.parametrize("options", [{"neighbours": 0}, {"bandwidth": -1}])
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(GuideError, match="not above 0"):
        learned(line(0, 1), **options)

"""Dense in the file and sparse in the population makes a member; the reference may be given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack
from guide_helpers.attacks.relative_density import RelativeDensity
from guide_helpers.schema import Dataset, Kind, Schema, Variable

LINE = Schema((Variable("x", Kind.NUMBER),))


def line(*values) -> Dataset:
    return Dataset.of(pd.DataFrame({"x": np.array(values, dtype=float)}), LINE)


def learned(file, **options) -> RelativeDensity:
    return RelativeDensity(**options).learn(file, ("x",), rng=np.random.default_rng(1))


def test_the_score_is_the_log_ratio_of_distances_by_hand():
    player = learned(line(0, 10, 100), reference=line(50, 100), smoothing=0.01)
    scores = player.answer(line(0, 60, 100)).scores
    # to the file 0, 0.4, 0; to the reference 0.5, 0.1, 0
    assert scores == pytest.approx(np.log([0.51 / 0.01, 0.11 / 0.41, 1.0]))


def test_the_second_neighbour_can_be_asked_for():
    player = learned(line(0, 10, 100), reference=line(50, 100), smoothing=0.01, neighbours=2)
    assert player.answer(line(0)).scores == pytest.approx([np.log(1.01 / 0.11)])


def test_without_a_reference_the_other_targets_stand_for_the_population():
    player = learned(line(0, 10, 100), smoothing=0.01)
    player.meet(line(0, 20, 90))
    # to the nearest other target 0.2, 0.2, 0.7; to the file 0, 0.1, 0.1
    scores = player.answer(line(0, 20, 90)).scores
    assert scores == pytest.approx(np.log([0.21 / 0.01, 0.21 / 0.11, 0.71 / 0.11]))


def test_a_rare_record_that_was_copied_ranks_above_a_common_one():
    usual = np.linspace(0, 10, 200)
    player = learned(line(*usual, 90), reference=line(*(usual + 0.02)))
    common, rare = player.answer(line(5.0, 90)).scores
    assert rare > common + 1


def test_the_other_targets_are_nearly_as_good_as_a_sample(people):
    original, control, sample, new = (people(1_000, seed) for seed in range(41, 45))
    near = original.rows.assign(wage=original.rows["wage"] + 20)
    leak = original.with_rows(pd.concat([near[:300], new.rows[300:]]))
    game = {"original": original, "control": control, "attack": "relative_density"}
    told, untold = attack(leak, reference=sample, **game), attack(leak, **game)
    assert told.ranking.area.interval.low > 0.55
    assert untold.ranking.area.value == pytest.approx(told.ranking.area.value, abs=0.05)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"smoothing": 0}, "not above 0"),
        ({"neighbours": 0}, "not above 0"),
        ({"reference": line()}, "no rows"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, sentence):
    with pytest.raises(GuideError, match=sentence):
        learned(line(0, 1), **options)


def test_a_reference_without_a_known_column_is_refused():
    other = Dataset.of(pd.DataFrame({"y": [1.0]}), Schema((Variable("y", Kind.NUMBER),)))
    with pytest.raises(GuideError, match="no column 'x'"):
        learned(line(0, 1), reference=other)

"""k-marginal score: by hand, beside the distance of tables, the sample that is as noisy."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers.measures.k_marginal import k_marginal
from guide_helpers.measures.marginal_distance import marginal_distance


def one(original, synthetic, rng, **options):
    return k_marginal(original, synthetic, rng=rng, **({"ways": [1], "draws": 2} | options))[0]


@pytest.fixture
def files(of_columns):
    """Counts 3, 1 against 2, 2."""
    return of_columns(x=list("aaab")), of_columns(x=list("aabb"))


def test_a_table_computed_by_hand(files, rng):
    # shares 3/4, 1/4 against 1/2, 1/2: the absolute differences sum to 1/2
    score = one(*files, rng)
    assert score.value == pytest.approx((2 - 0.5) * 500)
    assert np.isfinite(score.interval.low)


def test_it_is_the_distance_of_tables_in_points(survey, rng):
    broken = survey.with_rows(survey.rows.assign(income=survey.rows["income"].to_numpy()[::-1]))
    scores = k_marginal(survey, broken, rng=rng, draws=2)
    distances = marginal_distance(survey, broken, rng=rng, ways=(2, 3), draws=2)
    assert [s.variant for s in scores] == ["2-way", "3-way"]
    for score, distance in zip(scores, distances, strict=True):
        assert score.value == pytest.approx(1_000 * (1 - distance.value))


def test_a_third_of_the_records_is_as_noisy_as_a_third(people, rng):
    original = people(6_000, rng)
    third = original.with_rows(original.rows.iloc[:2_000])
    note = one(original, third, rng, ways=[3]).note
    share = int(note.split("as noisy as a ")[1].split(" %")[0])
    assert 28 <= share <= 39

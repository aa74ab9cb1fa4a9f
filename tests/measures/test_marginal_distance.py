"""Distance of tables: hand-computed cases, the null bands, the equivalent sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures._encode import cell_edges, cells
from guide_helpers.measures._tables import Lines
from guide_helpers.measures.marginal_distance import marginal_distance
from guide_helpers.schema import Dataset, Kind, Schema, Variable


def values(original, synthetic, rng, **options):
    options = {"draws": 3} | options
    found = marginal_distance(original, synthetic, rng=rng, **options)
    return {s.variant: s.value for s in found}


def test_a_two_by_two_case_computed_by_hand(of_columns, rng):
    original = of_columns(x=["a", "a", "a", "b"], y=["c", "d", "d", "d"])
    synthetic = original.with_rows(pd.DataFrame({"x": ["a", "a", "b", "b"], "y": list("ccdd")}))
    # x: 3/4 against 2/4; y: 1/4 against 2/4; cells ac ad bc bd: 1 2 0 1 against 2 0 0 2 quarters
    found = values(original, synthetic, rng)
    assert found == pytest.approx({"1-way": 0.25, "2-way": 0.5})


def test_relations_lost_show_in_two_ways_only(of_columns, rng):
    original = of_columns(x=list("aabb"), y=list("aabb"))
    synthetic = original.with_rows(pd.DataFrame({"x": list("aabb"), "y": list("abab")}))
    assert values(original, synthetic, rng) == pytest.approx({"1-way": 0, "2-way": 0.5})


def test_a_copy_has_no_distance(survey, rng):
    assert set(values(survey, survey, rng).values()) == {0.0}


def test_files_that_share_no_value_have_distance_one(survey, rng):
    age = survey.rows["age"] + 1_000
    assert values(survey.keep("age"), survey.keep("age").with_rows(age.to_frame()), rng) == {
        "1-way": 1.0
    }


def test_levels_that_the_original_never_had_count(of_columns, rng):
    original = of_columns(x=list("aabb"))
    synthetic = of_columns(x=list("aabz"))
    assert values(original, synthetic, rng) == {"1-way": 0.25}


def test_missing_values_are_a_cell(of_columns, rng):
    original = of_columns(x=["a", "a", "b", None], y=[1.0, 2.0, 3.0, 4.0])
    synthetic = original.with_rows(original.rows.assign(x=["a", "a", None, None]))
    assert values(original, synthetic, rng, ways=[1]) == {"1-way": 0.125}


def test_special_values_are_cells_of_their_own():
    v = Variable("wage", Kind.NUMBER, special={-9: "not in universe", -8: "refused"})
    found = cells(v, pd.Series([-9.0, -8, 1, 2, np.nan]), pd.Series([-9.0, -9, 2, 2, 1]), 20)
    assert len(set(found.original)) == 5
    assert found.synthetic.tolist() == [found.original[i] for i in (0, 0, 3, 3, 2)]


def test_few_numbers_are_cells_and_what_lies_between_is_another():
    edges = cell_edges(np.array([0.0, 0, 1, 3]), 20)
    found = np.searchsorted(edges, [-1, 0, 0.5, 1, 2, 3, 4])
    assert len(set(found)) == 7


def test_a_spike_is_a_cell_and_the_rest_is_cut_at_quantiles():
    values = np.concatenate([np.zeros(500), np.arange(1, 501)])
    found = np.searchsorted(cell_edges(values, 10), values)
    sizes = np.bincount(found)
    assert sizes[found[0]] == 500
    assert sizes[sizes > 0][1:].max() <= 101
    assert (np.searchsorted(cell_edges(values, 10), [-1.0, 501.0]) != found[0]).all()


def test_details_name_the_tables_worst_first_and_average_to_the_value(survey, rng):
    broken = survey.with_rows(survey.rows.assign(income=survey.rows["income"].to_numpy()[::-1]))
    two = marginal_distance(survey, broken, rng=rng, ways=[2])[0]
    assert two.details["distance"].is_monotonic_decreasing
    assert two.details["distance"].mean() == pytest.approx(two.value)
    assert len(two.details) == 10
    assert "income" in two.details["variables"].iloc[0]


def test_a_random_part_of_many_tables_is_seeded(survey):
    one, two, other = (
        marginal_distance(
            survey, survey, rng=np.random.default_rng(s), ways=[3], max_tables=4, draws=3
        )[0]
        for s in (1, 1, 2)
    )
    assert len(one.details) == 4
    assert one.details.equals(two.details)
    assert not one.details.equals(other.details)


def test_sparse_tables_are_counted_like_dense_ones(of_columns, rng):
    n = 300
    wide = {f"x{i}": rng.integers(0, 40, n).astype(str) for i in range(3)}
    original = of_columns(**wide)
    synthetic = original.with_rows(original.rows.iloc[rng.permutation(n)[:200]])
    codes = [d.rows.astype(str).agg(" ".join, axis=1) for d in (original, synthetic)]
    shares = [c.value_counts(normalize=True) for c in codes]
    by_hand = shares[0].sub(shares[1], fill_value=0).abs().sum() / 2
    assert values(original, synthetic, rng, ways=[3])["3-way"] == pytest.approx(by_hand)


def test_bands_are_where_files_of_their_kind_fall(people, correct, rng):
    original = people(1_500, rng)
    score = marginal_distance(original, correct(original, rng), rng=rng)
    made = {s.variant: [] for s in score}
    fresh = {s.variant: [] for s in score}
    for _ in range(14):
        for kind, file in ((made, correct(original, rng)), (fresh, people(1_500, rng))):
            for variant, value in values(original, file, rng, draws=2).items():
                kind[variant].append(value)
    for s in score:
        own, other = s.band(Null.CORRECT_MODEL), s.band(Null.FRESH_SAMPLE)
        assert sum(own.low <= v <= own.high for v in made[s.variant]) >= 11
        assert np.mean(made[s.variant]) == pytest.approx(own.mean, rel=0.1)
        assert np.mean(fresh[s.variant]) == pytest.approx(other.mean, rel=0.15)
        assert other.mean > own.mean


def test_the_band_follows_the_synthetic_size(people, correct, rng):
    original = people(2_000, rng)
    small, large = (
        marginal_distance(original, correct(original, rng, n), rng=rng, ways=[1])[0].band()
        for n in (500, 8_000)
    )
    # the noise of a quarter and of four times the records: twice and half, so four to one
    assert small.mean / large.mean == pytest.approx(4, rel=0.3)


def test_lines_packed_in_one_float_are_counted_exactly(rng):
    counts = rng.integers(0, 9, (7, 4_000)).astype(float)
    codes = rng.integers(0, 11, 4_000)
    lines = Lines.of(counts)
    assert len(lines.packed) < 7
    plain = np.array([np.bincount(codes, c) for c in counts]) / counts.sum(axis=1, keepdims=True)
    assert np.array_equal(lines.in_cells(codes, np.arange(11)), plain)
    assert np.array_equal(lines.in_cells(codes, np.array([2, 5])), plain[:, [2, 5]])


def test_fresh_samples_of_sparse_tables_are_as_far_as_their_band_says(of_columns, rng):
    def draw(n):
        return of_columns(
            **{f"x{i}": rng.exponential(6, n).astype(int).astype(str) for i in range(3)}
        )

    def band(file):
        return marginal_distance(file, file, rng=rng, ways=[3])[0].band(Null.FRESH_SAMPLE).mean

    bands = [band(draw(1_000)) for _ in range(5)]
    fresh = [values(draw(1_000), draw(1_000), rng, ways=[3])["3-way"] for _ in range(5)]
    # two bootstraps would give 0.45, two samples of this population 0.74
    assert np.mean(bands) == pytest.approx(np.mean(fresh), rel=0.06)


def test_a_single_record_has_a_score_and_no_fresh_sample(of_columns, rng):
    one = of_columns(x=["a"], y=[1.0])
    for score in marginal_distance(one, one, rng=rng):
        assert score.value == 0
        with pytest.raises(GuideError, match="no fresh-sample band"):
            score.band(Null.FRESH_SAMPLE)


def test_a_third_of_the_records_is_as_noisy_as_a_third(people, rng):
    original = people(6_000, rng)
    third = replace(original, rows=original.rows.iloc[: len(original) // 3])
    note = marginal_distance(original, third, rng=rng, ways=[3])[0].note
    share = int(note.split("as noisy as a ")[1].split(" %")[0])
    assert 28 <= share <= 39


def test_a_subsample_band_comes_when_asked(people, correct, rng):
    original = people(2_000, rng)
    asked = {"nulls": ["subsample"], "subsample_share": 0.5, "ways": [2]}
    score = marginal_distance(original, correct(original, rng), rng=rng, **asked)[0]
    band = score.band(Null.SUBSAMPLE)
    # half of the records without replacement have the noise of a bootstrap of all
    assert band.mean == pytest.approx(score.band().mean, rel=0.15)
    with pytest.raises(GuideError, match="known: correct-model"):
        marginal_distance(original, original, rng=rng, nulls=["fresh"])


def test_one_file_of_units_with_many_rows_has_a_wider_band(rng):
    levels = tuple("abcdef")
    schema = Schema(
        (Variable("unit", Kind.IDENTIFIER), Variable("x", Kind.CATEGORICAL, levels=levels))
    )
    units = np.repeat(np.arange(50), 20)
    rows = pd.DataFrame({"unit": units, "x": rng.choice(list(levels), 50)[units]})
    clustered = Dataset.of(rows, schema, entity="unit")
    alone = replace(clustered, entity=None)
    band, narrow = (
        marginal_distance(d, d, rng=rng, ways=[1])[0].band().mean for d in (clustered, alone)
    )
    assert band > 2.5 * narrow


def test_the_interval_covers_other_copies(people, correct, rng):
    original, broken = people(800, rng), people(800, rng)
    shuffled = broken.with_rows(
        broken.rows.assign(size=rng.permutation(broken.rows["size"].to_numpy()))
    )
    found = [
        marginal_distance(original, correct(shuffled, rng), rng=rng, ways=[2], draws=2)[0]
        for _ in range(40)
    ]
    mean = np.mean([s.value for s in found])
    assert sum(mean in s.interval for s in found) >= 34


def test_ways_that_the_variables_cannot_make_are_refused(survey, rng):
    with pytest.raises(GuideError, match="no table that 1 variables can make"):
        marginal_distance(survey.keep("age"), survey.keep("age"), rng=rng, ways=[2])


@pytest.mark.validation
def test_nulls_of_distances_over_200_draws(people, correct, within_errors):
    rng = np.random.default_rng(7)
    original = people(1_000, rng)
    bands = {s.variant: s.band() for s in marginal_distance(original, original, rng=rng, draws=400)}
    found = {variant: [] for variant in bands}
    for _ in range(200):
        for variant, value in values(original, correct(original, rng), rng, draws=2).items():
            found[variant].append(value - bands[variant].mean)
    for gaps in found.values():
        within_errors(gaps, 0, 5)


def test_four_way_tables_are_measured_when_asked(of_columns, rng):
    columns = {name: list("aabb") for name in "wxyz"}
    original = of_columns(**columns)
    synthetic = original.with_rows(pd.DataFrame(columns | {"z": list("abab")}))
    assert values(original, synthetic, rng, ways=[3, 4]) == pytest.approx(
        {"3-way": 0.375, "4-way": 0.5}
    )

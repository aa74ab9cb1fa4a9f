"""The contract of every measure: values within bounds, a band for its null, words for both."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare
from guide_helpers.cards import Better
from guide_helpers.catalogue import entries

MEASURES = {slug: entry for slug, entry in entries("measures").items() if entry.runs}
OPTIONS = {"formula": "income ~ age + education + region"}
"""A value for each option that some measure cannot do without."""
every = pytest.mark.parametrize("slug", list(MEASURES))


def score(slug, original, synthetic, **asked):
    needed = {name: OPTIONS[name] for name in MEASURES[slug].card.needs}
    return list(compare(original, synthetic, measures=slug, **(needed | asked)))


def shuffled(data):
    """Return the file with each column in an order of its own: margins stay, relations go."""
    rng = np.random.default_rng(9)
    columns = {n: data.rows[n].sample(frac=1, random_state=rng).array for n in data.rows}
    return data.with_rows(pd.DataFrame(columns))


def is_whole(slug, found):
    """Check bounds, band, place and words of one score."""
    low, high = MEASURES[slug].card.bounds
    assert found.measure == slug
    assert math.isfinite(found.value)
    assert low is None or found.value >= low
    assert high is None or found.value <= high
    band = found.band()
    assert band.null is MEASURES[slug].card.null
    assert band.low <= band.mean <= band.high
    assert found.standing in {"within", "better", "worse", "above", "below"}
    assert len(found.reading()) == 4
    assert all(text.strip() for text in found.reading().values())


def is_one_sentence(error):
    """Check that a refusal is short and of one line."""
    assert "\n" not in str(error)
    assert 10 < len(str(error)) < 300


@every
def test_scores_are_within_bounds_with_band_and_reading(slug, members, null_file):
    for synthetic in (members, null_file, shuffled(members)):
        for found in score(slug, members, synthetic):
            is_whole(slug, found)


@every
def test_variants_of_a_measure_have_names_of_their_own(slug, members, null_file):
    names = [found.name for found in score(slug, members, null_file)]
    assert len(names) == len(set(names)) > 0


@every
def test_a_copy_scores_at_least_as_well_as_a_file_without_relations(slug, members):
    copy, broken = score(slug, members, members), score(slug, members, shuffled(members))
    better = MEASURES[slug].card.better
    for one, other in zip(copy, broken, strict=True):
        if better is Better.LOWER:
            assert one.value <= other.value
        elif better is Better.HIGHER:
            assert one.value >= other.value


@every
def test_a_seed_decides_the_score_and_the_files_stay_as_they_were(slug, members, null_file):
    kept = members.rows.copy(deep=True), null_file.rows.copy(deep=True)
    one, two = (score(slug, members, null_file, seed=3) for _ in range(2))
    assert [(s.value, s.bands) for s in one] == [(s.value, s.bands) for s in two]
    pd.testing.assert_frame_equal(members.rows, kept[0])
    pd.testing.assert_frame_equal(null_file.rows, kept[1])


@every
def test_several_copies_give_one_score_for_each_variant(slug, members, population):
    copies = tuple(population(seed) for seed in (21, 22, 23))
    found = score(slug, members, copies)
    assert len(found) == len(score(slug, members, copies[0]))
    for one in found:
        is_whole(slug, one)


@every
def test_files_of_other_sizes_are_measured(slug, members, null_file):
    small = null_file.with_rows(null_file.rows.iloc[:200])
    for original, synthetic in [(members, small), (small, members)]:
        for found in score(slug, original, synthetic):
            is_whole(slug, found)


@every
def test_missing_and_special_values_are_measured(slug, gaps):
    half = gaps.with_rows(gaps.rows.iloc[::2])
    for found in score(slug, gaps, half):
        is_whole(slug, found)


@every
def test_constant_and_empty_columns_give_a_score_or_one_sentence(slug, odd):
    try:
        found = score(slug, odd, odd)
    except GuideError as error:
        is_one_sentence(error)
    else:
        for one in found:
            is_whole(slug, one)


@every
def test_each_table_of_linked_ones_is_measured_or_one_sentence_says_why_not(slug, linked):
    try:
        found = score(slug, linked, linked)
    except GuideError as error:
        is_one_sentence(error)
    else:
        assert {one.table for one in found} == set(linked.tables)


@every
def test_an_empty_synthetic_file_is_refused(slug, members):
    with pytest.raises(GuideError, match="no rows"):
        score(slug, members, members.with_rows(members.rows.iloc[:0]))


@pytest.mark.parametrize("slug", [slug for slug, entry in MEASURES.items() if entry.card.needs])
def test_a_measure_without_an_option_it_needs_says_which(slug, members, null_file):
    needed = MEASURES[slug].card.needs[0]
    with pytest.raises(GuideError, match=f"needs the option '{needed}'"):
        compare(members, null_file, measures=slug)

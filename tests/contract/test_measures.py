"""The contract of every measure: values within bounds, a band for its null, words for both."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare
from guide_helpers.cards import Aspect, Better, DataKind, Rung, Synthesis
from guide_helpers.catalogue import entries
from guide_helpers.schema import LinkedTables, Rule

MEASURES = {slug: entry for slug, entry in entries("measures").items() if entry.runs}
OPTIONS: dict[str, object] = {
    "formula": "income ~ age + education + region",
    "source": "region",
    "target": "education",
    "origin": "region",
    "destination": "education",
    "source_block": "region",
    "target_block": "education",
    "risk": (60, 20, 100),
}
"""A value for each option that some measure cannot do without."""
OF_PANELS: dict[str, object] = {
    "event": "region",
    "place": "region",
    "period": 2,
    "product": "region",
    "price": "wage",
    "coordinates": {"north": (0, 1), "east": (1, 0), "south": (0, -1), "west": (-1, 0)},
}
"""Values of such options for measures of panels only."""
TOGETHER = (DataKind.LINKED,)


def shape(slug):
    """Return the shape of data that the contract gives a measure: a single table where it can."""
    kinds = MEASURES[slug].card.data
    return DataKind.TABLE if DataKind.TABLE in kinds else kinds[0]


def of_shape(*shapes):
    """Run a test for the measures that take one of some shapes, a table before all others."""
    return pytest.mark.parametrize("slug", [slug for slug in MEASURES if shape(slug) in shapes])


every = pytest.mark.parametrize("slug", list(MEASURES))
of_tables = of_shape(DataKind.TABLE)


def ruled(data):
    """Return the file with a rule that it keeps."""
    rules = (Rule("adult", "age >= 16"),)
    return replace(data, schema=replace(data.schema, rules=rules))


@pytest.fixture(scope="session")
def gaps(gaps):
    return ruled(gaps)


@pytest.fixture(scope="session")
def population(population):
    return lambda seed: ruled(population(seed))


@pytest.fixture(scope="session")
def shapes(members, null_file, panel, linked):
    """Of each shape: an original, an unrelated file of its population, one without relations."""

    def halves(whole):
        first, second = (whole.take_units(np.arange(i, whole.n_units, 2)) for i in (0, 1))
        return first, second, mixed(first)

    return {
        DataKind.TABLE: (members, null_file, shuffled(members)),
        DataKind.PANEL: halves(panel),
        DataKind.LINKED: halves(linked),
    }


@pytest.fixture
def files(slug, shapes):
    """An original, an unrelated file of its population, and one without relations."""
    return shapes[shape(slug)]


@pytest.fixture(scope="session")
def kept(shapes):
    """Scores of the first of a shape's files against another, each computed once."""

    @cache
    def scored(slug, place):
        files = shapes[shape(slug)]
        return score(slug, files[0], files[place], seed=3)

    return scored


def score(slug, original, synthetic, **asked):
    given = OPTIONS if shape(slug) is DataKind.TABLE else OPTIONS | OF_PANELS
    needed = {name: given[name] for name in MEASURES[slug].card.needs}
    return list(compare(original, synthetic, measures=slug, **(needed | asked)))


def score_or_refusal(slug, original, synthetic):
    """Return scores; a measure of partial synthesis refuses another number of rows instead."""
    if MEASURES[slug].card.synthesis is not Synthesis.PARTIAL:
        return score(slug, original, synthetic)
    with pytest.raises(GuideError, match="rows") as caught:
        score(slug, original, synthetic)
    is_one_sentence(caught.value)
    return []


def shuffled(data):
    """Return the file with each column in an order of its own: margins stay, relations go."""
    rng = np.random.default_rng(9)
    columns = {n: data.rows[n].sample(frac=1, random_state=rng).array for n in data.rows}
    return data.with_rows(pd.DataFrame(columns))


def mixed(data):
    """Return panels or linked tables with the values of each column in another order."""
    if isinstance(data, LinkedTables):
        links = {link.key for link in data.links}
        tables = {n: mixed_rows(t, links) for n, t in data.tables.items()}
        return LinkedTables(tables, data.links, data.name)
    return mixed_rows(data, {data.entity, data.time})


def mixed_rows(data, kept):
    rng = np.random.default_rng(9)
    columns = {
        n: data.rows[n].array if n in kept else data.rows[n].sample(frac=1, random_state=rng).array
        for n in data.rows
    }
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


def tables_of(data):
    return list(data.tables.values()) if isinstance(data, LinkedTables) else [data]


def is_one_sentence(error):
    """Check that a refusal is short and of one line."""
    assert "\n" not in str(error)
    assert 10 < len(str(error)) < 300


@every
def test_scores_are_within_bounds_with_band_and_reading(slug, kept):
    for place in range(3):
        for found in kept(slug, place):
            is_whole(slug, found)


@every
def test_variants_of_a_measure_have_names_of_their_own(slug, kept):
    names = [found.name for found in kept(slug, 1)]
    assert len(names) == len(set(names)) > 0


@every
def test_a_copy_is_better_than_a_file_without_relations_or_the_greater_risk(slug, kept):
    same, broken = kept(slug, 0), kept(slug, 2)
    better = MEASURES[slug].card.better
    if MEASURES[slug].card.aspect is Aspect.RISK:
        better = {Better.LOWER: Better.HIGHER, Better.HIGHER: Better.LOWER}.get(better, better)
    for one, other in zip(same, broken, strict=True):
        if better is Better.LOWER:
            assert one.value <= other.value
        elif better is Better.HIGHER:
            assert one.value >= other.value


@every
def test_a_seed_decides_the_score_and_the_files_stay_as_they_were(slug, files, kept):
    were = [[t.rows.copy(deep=True) for t in tables_of(file)] for file in files[:2]]
    one, two = kept(slug, 1), score(slug, *files[:2], seed=3)
    assert [(s.value, s.bands) for s in one] == [(s.value, s.bands) for s in two]
    for file, before in zip(files, were, strict=False):
        for now, then in zip(tables_of(file), before, strict=True):
            pd.testing.assert_frame_equal(now.rows, then)


@of_tables
def test_a_control_file_is_taken_or_left_aside(slug, members, null_file, outsiders):
    small = (file.with_rows(file.rows.iloc[:300]) for file in (members, null_file))
    for found in score(slug, *small, control=outsiders):
        is_whole(slug, found)


@pytest.mark.parametrize("slug", [s for s in MEASURES if shape(s) is not DataKind.TABLE])
def test_a_file_of_another_shape_is_refused_with_the_remedy(slug, members):
    with pytest.raises(GuideError, match=f"{slug}.*is made for a") as caught:
        score(slug, members, members)
    is_one_sentence(caught.value)


@of_tables
def test_several_copies_give_one_score_for_each_variant(slug, members, null_file, outsiders, kept):
    found = score(slug, members, (null_file, outsiders))
    assert [one.name for one in found] == [one.name for one in kept(slug, 1)]
    for one in found:
        is_whole(slug, one)


@of_tables
def test_files_of_other_sizes_are_measured(slug, members, null_file):
    small = null_file.with_rows(null_file.rows.iloc[:200])
    for original, synthetic in [(members, small), (small, members)]:
        for found in score_or_refusal(slug, original, synthetic):
            is_whole(slug, found)


@of_tables
def test_missing_and_special_values_are_measured(slug, gaps):
    half = gaps.with_rows(gaps.rows.iloc[::2])
    for found in score_or_refusal(slug, gaps, half):
        is_whole(slug, found)


@of_tables
def test_constant_and_empty_columns_give_a_score_or_one_sentence(slug, odd):
    try:
        found = score(slug, odd, odd)
    except GuideError as error:
        is_one_sentence(error)
    else:
        for one in found:
            is_whole(slug, one)


@of_tables
def test_each_table_of_linked_ones_is_measured_or_one_sentence_says_why_not(slug, linked):
    try:
        found = score(slug, linked, linked)
    except GuideError as error:
        is_one_sentence(error)
    else:
        assert {one.table for one in found} == set(linked.tables)


@of_tables
def test_an_empty_synthetic_file_is_refused(slug, members):
    with pytest.raises(GuideError, match="no rows"):
        score(slug, members, members.with_rows(members.rows.iloc[:0]))


@pytest.mark.parametrize("slug", [slug for slug, entry in MEASURES.items() if entry.card.needs])
def test_a_measure_without_an_option_it_needs_says_which(slug, files):
    needed = MEASURES[slug].card.needs[0]
    with pytest.raises(GuideError, match=f"needs the option '{needed}'"):
        compare(*files[:2], measures=slug)


@pytest.mark.parametrize("rung", list(Rung), ids=lambda rung: rung.name.lower())
def test_a_step_of_the_ladder_names_the_measures_on_it(rung, members, null_file):
    on_it = {slug for slug, e in MEASURES.items() if e.card.rung is rung}
    run = {slug for slug in on_it if not MEASURES[slug].card.needs}
    small = (file.with_rows(file.rows.iloc[:200]) for file in (members, null_file))
    asked = compare(*small, measures=rung.value)
    assert {s.measure for s in asked} == {s for s in run if shape(s) is DataKind.TABLE}

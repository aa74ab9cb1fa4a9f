"""Parent-child relations: hand-computed correlations, rewired links, levels, gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare
from guide_helpers.measures.parent_child_relation import _correlated, parent_child_relation
from guide_helpers.schema import Dataset, Kind, Link, LinkedTables, Schema, Variable


def linked(homes, persons):
    """Return two tables linked by `home`; words are levels."""
    tables = {}
    for name, columns in (("homes", homes), ("persons", persons)):
        frame = pd.DataFrame(columns)
        variables = [Variable("home", Kind.IDENTIFIER)]
        for column in frame.columns.drop("home"):
            number = pd.api.types.is_numeric_dtype(frame[column])
            variables.append(Variable(column, Kind.NUMBER if number else Kind.CATEGORICAL))
        tables[name] = Dataset.of(frame, Schema(tuple(variables)))
    return LinkedTables(tables, (Link("homes", "persons", "home"),))


def pairs(original, synthetic, rng, **options):
    (score,) = parent_child_relation(original, synthetic, rng=rng, draws=2, **options)
    return score, score.details.set_index("pair")


def test_a_case_computed_by_hand(rng):
    homes = {"home": [0, 1, 2], "rent": [1.0, 2, 3]}
    original = linked(homes, {"home": [0, 0, 1, 2], "age": [1.0, 3, 4, 6]})
    synthetic = linked(homes, {"home": [0, 0, 1, 2], "age": [5.0, 7, 4, 2]})
    # means 2 4 6 against 6 4 2: correlations 1 and -1; numbers 2 1 1 in both
    score, table = pairs(original, synthetic, rng)
    assert table["difference"].to_dict() == pytest.approx(
        {"rent × age": 2, "rent × number of children": 0}
    )
    assert score.value == pytest.approx(1)


def test_parents_without_children_count_for_the_number_only(rng):
    homes = {"home": [0, 1, 2, 3], "rent": [1.0, 2, 3, 9]}
    original = linked(homes, {"home": [0, 0, 1, 2], "age": [1.0, 3, 4, 6]})
    table = pairs(original, original, rng)[1]
    number = np.corrcoef([1, 2, 3, 9], [2, 1, 1, 0])[0, 1]
    column = "original, size of the correlation"
    assert table[column].to_dict() == pytest.approx(
        {"rent × age": 1, "rent × number of children": abs(number)}
    )


def test_correlations_with_gaps_are_those_of_complete_pairs(rng):
    one, other = rng.normal(size=(50, 3)), rng.normal(size=(50, 2))
    one[rng.random(one.shape) < 0.2] = np.nan
    other[rng.random(other.shape) < 0.2] = np.nan
    found = _correlated(one, other)
    for i in range(3):
        for j in range(2):
            both = ~np.isnan(one[:, i]) & ~np.isnan(other[:, j])
            expected = np.corrcoef(one[both, i], other[both, j])[0, 1]
            assert found[i, j] == pytest.approx(expected, abs=1e-10)


def households(n, rng):
    rent = rng.gamma(4, 100, n)
    area = rng.choice(["town", "village"], n)
    home = np.repeat(np.arange(n), rng.integers(1, 5, n))
    pay = rent[home] * 2 + rng.normal(0, 200, len(home))
    school = np.where(rng.random(len(home)) < np.where(area[home] == "town", 0.8, 0.2), "yes", "no")
    return linked(
        {"home": np.arange(n), "rent": rent, "area": area},
        {"home": home, "pay": pay, "school": school},
    )


def test_rewired_links_are_seen_and_a_fresh_file_is_in_its_band(rng):
    original, fresh = households(300, rng), households(300, rng)
    persons = original["persons"]
    mixed = persons.rows.assign(home=rng.permutation(persons.rows["home"].to_numpy()))
    rewired = LinkedTables(
        {"homes": original["homes"], "persons": persons.with_rows(mixed)}, original.links
    )
    (score,) = compare(original, rewired, measures="parent_child_relation")
    assert score.standing == "worse"
    assert score.details["pair"].iloc[0] in {"rent × pay", "area × school"}
    (score,) = compare(original, fresh, measures="parent_child_relation", nulls="fresh-sample")
    assert score.value <= score.bands[1].high
    assert pairs(original, original, rng)[0].value == 0


def test_a_flat_synthetic_column_is_uncorrelated(rng):
    homes = {"home": [0, 1, 2], "rent": [1.0, 2, 3]}
    original = linked(homes, {"home": [0, 1, 2], "age": [1.0, 2, 3]})
    flat = linked(homes, {"home": [0, 1, 2], "age": [4.0, 4, 4]})
    assert pairs(original, flat, rng)[0].value == pytest.approx(1)
    with pytest.raises(GuideError, match="nothing to do"):
        pairs(flat, flat, rng)


def test_rare_levels_are_left_out(rng):
    data = households(100, rng)
    columns = pairs(data, data, rng, max_levels=1)[1]
    assert "area × school" in columns.index
    with pytest.raises(GuideError, match="max_levels=0"):
        pairs(data, data, rng, max_levels=0)

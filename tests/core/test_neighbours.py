"""The search in parts finds what a plain search finds, and its distance is that of SDMetrics."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, load
from guide_helpers.neighbours import (
    combinations,
    count_within,
    isolation,
    most_vulnerable,
    nearest,
    points,
)
from guide_helpers.schema import Dataset, Kind, Schema, Variable

TOWN = Schema(
    (
        Variable("place", Kind.CATEGORICAL, levels=("A", "B", "C")),
        Variable("rank", Kind.ORDERED, levels=("low", "middle", "high")),
        Variable("size", Kind.NUMBER, special={-9.0: "not in universe"}),
        Variable("age", Kind.INTEGER),
        Variable("since", Kind.DATETIME),
        Variable("note", Kind.TEXT),
    )
)


def draw(n: int, seed: int) -> Dataset:
    rng = np.random.default_rng(seed)
    size = np.where(rng.random(n) < 0.1, np.nan, rng.gamma(2, 3, n).round(rng.integers(3)))
    rows = {
        "place": rng.choice(["A", "B", "C", None], n, p=[0.6, 0.2, 0.15, 0.05]),
        "rank": rng.choice(["low", "middle", "high"], n),
        "size": np.where(rng.random(n) < 0.1, -9.0, size),
        "age": rng.integers(0, 12, n),
        "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
        "note": [f"note {i}" for i in range(n)],
    }
    return Dataset.of(pd.DataFrame(rows), TOWN)


def plain(asked, shown, apart=None):
    """Return all distances, pair by pair."""
    total = np.zeros((len(asked), len(shown)))
    for mine, others, weight in zip(asked.levels, shown.levels, asked.level_weights, strict=True):
        total += weight * (mine[:, None] != others)
    for mine, others, most in zip(asked.places, shown.places, asked.place_weights, strict=True):
        total += np.minimum(np.abs(mine[:, None] - others), most)
    if apart is not None:
        total[apart[0][:, None] == apart[1]] = np.inf
    return total / asked.width


def near(shown, wanted, k, **options):
    """Return one row of distances for hand-made records."""
    return nearest(*points(shown, wanted, shown), k, **options)


@pytest.mark.parametrize("k", [1, 2, 7, 90])
@pytest.mark.parametrize("weights", [None, (1, 2, 3, 0.5, 4)])
def test_the_nearest_are_those_of_a_plain_search(k, weights):
    file, wanted = draw(700, k), draw(150, k + 1)
    asked, shown = points(file, wanted, file, weights=weights)
    found, every = nearest(asked, shown, k), plain(asked, shown)
    assert found.distances == pytest.approx(np.sort(every, axis=1)[:, :k], abs=1e-9)
    named = np.take_along_axis(every, found.rows, axis=1)
    assert named == pytest.approx(found.distances, abs=1e-9)
    assert all(len(set(rows)) == k for rows in found.rows)


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("of_unit", [1, 4])
def test_records_of_one_unit_are_no_neighbours(k, of_unit):
    file = draw(600, 5)
    units = np.arange(600) // of_unit
    (own,) = points(file, file)
    found = nearest(own, own, k, apart=(units, units))
    every = plain(own, own, (units, units))
    assert found.distances == pytest.approx(np.sort(every, axis=1)[:, :k], abs=1e-9)
    assert (units[found.rows] != units[:, None]).all()


def test_repeated_records_count_as_often_as_they_are_there():
    file = draw(3, 1)
    thrice = file.with_rows(file.rows.loc[[0, 0, 0, 1]])
    assert near(thrice, file.with_rows(file.rows[:1]), 3).distances.tolist() == [[0, 0, 0]]
    (own,) = points(thrice, thrice)
    itself = (np.arange(4), np.arange(4))
    assert (nearest(own, own, 2, apart=itself).distances[:3] == 0).all()
    assert (nearest(own, own, 1, apart=itself).distances[3] > 0).all()


def test_fewer_records_than_asked_for_leave_infinite_distances():
    file = draw(2, 1)
    found = near(file, file, 3)
    assert np.isinf(found.distances).tolist() == [[False, False, True]] * 2
    assert (found.rows[:, 2] == -1).all()


@pytest.mark.parametrize("radius", [0.0, 0.1, 0.4, 1.0])
def test_counts_within_a_radius_are_those_of_a_plain_search(radius):
    file, wanted = draw(500, 3), draw(120, 4)
    asked, shown = points(file, wanted, file)
    counted = (plain(asked, shown) <= radius + 1e-9).sum(axis=1)
    assert count_within(asked, shown, radius).tolist() == counted.tolist()


def test_a_record_that_has_nothing_near_counts_none():
    schema = TOWN.keep(["place"])
    shown = Dataset.of(pd.DataFrame({"place": ["A"] * 30}), schema)
    asked = shown.with_rows(pd.DataFrame({"place": ["B", "A"]}))
    assert count_within(*points(shown, asked, shown), 0.1).tolist() == [0, 30]


def test_a_distance_by_hand():
    schema = TOWN.keep(["place", "size"])
    file = Dataset.of(pd.DataFrame({"place": ["A", "B"], "size": [0.0, 10.0]}), schema)
    asked = file.with_rows(
        pd.DataFrame({"place": ["A", "A", "B", None, "A"], "size": [4.0, 99.0, -9.0, 10.0, np.nan]})
    )
    # to the first: 0.4, 1, 1 + 1, 1 + 1, 1; to the second: 1 + 0.6, 1 + 1, 1, 1, 1 + 1
    by_hand = np.array([[0.2, 0.8], [0.5, 1.0], [0.5, 1.0], [0.5, 1.0], [0.5, 1.0]])
    assert near(file, asked, 2).distances == pytest.approx(by_hand)


def test_levels_and_constants_that_the_ruler_lacks_differ_from_all_others():
    schema = Schema((Variable("x", Kind.CATEGORICAL), Variable("y", Kind.NUMBER)))
    ruler = Dataset.of(pd.DataFrame({"x": ["a", "a"], "y": [1.0, 1.0]}), schema)
    one = Dataset.of(pd.DataFrame({"x": ["b"], "y": [2.0]}), schema)
    other = Dataset.of(pd.DataFrame({"x": ["b", "c"], "y": [2.0, 3.0]}), schema)
    asked, shown = points(ruler, one, other)
    assert nearest(asked, shown, 2).distances.tolist() == [[0.0, 1.0]]


def test_the_distance_is_that_of_an_independent_tool():
    from sdmetrics.single_table.privacy.dcr_utils import calculate_dcr

    adult = load("adult").keep("age", "sex", "education", "country_of_birth", "hours", "weight")
    order = np.random.default_rng(1).permutation(len(adult))
    asked, shown = adult.take_units(order[:150]), adult.take_units(order[150:900])
    kinds = {v.name: "categorical" if v.discrete else "numerical" for v in adult.schema.variables}
    metadata = {
        "primary_key": None,
        "columns": {name: {"sdtype": kind} for name, kind in kinds.items()},
    }
    frames = [d.rows.astype({n: object for n, k in kinds.items() if k == "categorical"})
              for d in (asked, shown)]  # fmt: skip
    expected = calculate_dcr(frames[0], frames[1], metadata)
    found = nearest(*points(shown, asked, shown)).distances[:, 0]
    assert found == pytest.approx(expected.to_numpy(), abs=1e-9)


def test_equal_records_have_one_number_and_others_another():
    file = draw(5, 1)
    twice = file.with_rows(file.rows.loc[[0, 1, 0]])
    one, other = combinations(*points(file, file, twice))
    assert other.tolist() == [one[0], one[1], one[0]]
    assert len(set(one)) == 5


def test_the_most_isolated_records_are_the_most_vulnerable():
    schema = Schema((Variable("x", Kind.NUMBER),))
    rows = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0, 100.0, 40.0]})
    file = Dataset.of(rows, schema)
    assert most_vulnerable(file, 2, k=1).tolist() == [4, 5]
    assert isolation(file, 1).tolist() == pytest.approx([0.01] * 4 + [0.6, 0.37])
    with pytest.raises(GuideError, match="n=7"):
        most_vulnerable(file, 7)


def test_no_neighbour_and_no_variable_are_refused():
    file = draw(5, 1)
    with pytest.raises(GuideError, match="k=0"):
        nearest(*points(file, file, file), 0)
    with pytest.raises(GuideError, match="no distance"):
        points(file.keep("note"), file.keep("note"))

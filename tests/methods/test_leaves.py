"""The fitted trees as people see them: steps, leaves, and the areas of a figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, figures
from guide_helpers.methods.cart import Cart
from guide_helpers.schema import Dataset, Kind, Schema, Variable

SCHEMA = Schema(
    (
        Variable("age", Kind.INTEGER),
        Variable("grade", Kind.ORDERED, levels=("low", "middle", "high")),
        Variable("hours", Kind.INTEGER),
        Variable("job", Kind.CATEGORICAL, levels=("none", "some")),
    )
)


@pytest.fixture
def people() -> Dataset:
    """Hours are 10 below 30 years, 30 above with a low grade, and 40 otherwise."""
    age, grade = (a.ravel() for a in np.meshgrid(np.arange(20, 40), [0, 1, 2]))
    hours = np.where(age < 30, 10, np.where(grade == 0, 30, 40))
    frame = pd.DataFrame(
        {
            "age": age,
            "grade": np.array(["low", "middle", "high"])[grade],
            "hours": hours,
            "job": np.where(hours == 10, "none", "some"),
        }
    )
    return Dataset.of(frame, SCHEMA)


def grown(data: Dataset, **options) -> Cart:
    return Cart(**options).fit(data, rng=np.random.default_rng(1))


def test_leaves_name_who_comes_there_and_what_the_donors_have(people):
    leaves = grown(people.keep("age", "grade", "hours")).leaves("hours")
    assert list(leaves["age"]) == ["20 to 29", "30 to 39", "30 to 39"]
    assert list(leaves["grade"]) == ["all", "low", "middle to high"]
    assert list(leaves["donors"]) == [30, 10, 20]
    assert list(leaves["mean of donors"]) == [10, 30, 40]
    assert list(leaves.index) == [1, 2, 3]


def test_leaves_of_levels_show_the_commonest(people):
    leaves = grown(people.keep("hours", "job")).leaves("job")
    assert sorted(leaves["commonest"]) == ["none", "some"]
    assert list(leaves["share of donors"]) == [1, 1]


def test_every_record_is_a_donor_of_one_leaf(people):
    fitted = grown(people, min_leaf=3)
    for name in people.schema.names:
        assert fitted.leaves(name)["donors"].sum() == len(people)


def test_steps_know_one_variable_more_each_time(people):
    steps = grown(people).steps()
    assert list(steps["predictors"]) == [0, 1, 2, 3]
    assert steps["leaves"]["age"] == 1
    assert list(steps.loc["hours"][2:]) == [3, 10, 20]


def test_areas_cover_the_plane_with_the_donors_means(people):
    figure = figures.leaves(grown(people.keep("age", "grade", "hours")), "hours")
    values = np.array(figure.data[0].z)
    assert values.shape == (3, 20)
    assert (values[:, :10] == 10).all()
    assert (values[0, 10:] == 30).all()
    assert (values[1:, 10:] == 40).all()
    assert len(figure.layout.shapes) == 3
    assert "lowest in leaf 1 (10.0) and highest in leaf 3 (40.0)" in figure.layout.meta["alt"]


@pytest.mark.parametrize(
    ("options", "name", "message"),
    [
        ({}, "hats", "no tree draws 'hats'"),
        ({"proper": True}, "hours", "set proper=False"),
    ],
)
def test_leaves_that_do_not_exist_are_refused(people, options, name, message):
    with pytest.raises(GuideError, match=message):
        grown(people, **options).leaves(name)


def test_a_figure_of_leaves_needs_two_ordered_predictors(people):
    with pytest.raises(GuideError, match="table of leaves instead"):
        figures.leaves(grown(people), "job")

"""Measures of nearness: copies, cases by hand, and what another sample of people scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare
from guide_helpers.measures._closeness import Graph, spots
from guide_helpers.schema import Dataset, Kind, Schema, Variable

NEAR = (
    "distance_to_closest",
    "distance_ratio",
    "identical_matches",
    "hitting_rate",
    "adversarial_accuracy",
    "identifiability",
    "vulnerability",
)
every = pytest.mark.parametrize("slug", NEAR)


def scores(slug, original, synthetic, **options):
    return list(compare(original, synthetic, measures=slug, **options))


def only(slug, original, synthetic, **options):
    (score,) = scores(slug, original, synthetic, **options)
    return score


def line(*values) -> Dataset:
    schema = Schema((Variable("x", Kind.NUMBER),))
    return Dataset.of(pd.DataFrame({"x": np.array(values, dtype=float)}), schema)


def draw_panel(rng) -> Dataset:
    """60 people whose five rows are alike."""
    x = np.repeat(rng.normal(size=60), 5).round(1)
    schema = Schema((Variable("person", Kind.IDENTIFIER), Variable("x", Kind.NUMBER)))
    rows = pd.DataFrame({"person": np.repeat(np.arange(60), 5), "x": x})
    return Dataset.of(rows, schema, entity="person")


def test_the_probability_of_being_nearer_than_another_person_by_hand():
    # of the original, nearest others are 1, 1, 8 apart; of the synthetic file 0, 4, 1
    score = only("distance_to_closest", line(0, 1, 9), line(0, 5, 10))
    assert score.value == pytest.approx((3 / 3 + 1 / 3 + (1 + 0.5 + 0.5) / 3) / 3)
    assert score.band().mean == 0.5
    assert score.variant == "against other people"


def test_nearer_to_the_original_than_to_the_control_by_hand():
    found = scores("distance_to_closest", line(0, 10), line(1, 5, 8, 2), control=line(2, 8))
    # a tie for 1; the control is nearer to 5, 8 and 2
    assert found[1].value == pytest.approx((0.5 + 0 + 0 + 0) / 4)
    assert found[1].variant == "original against control"


def test_the_ratio_of_two_distances_by_hand():
    # 1/3, 0/4, and 1 where two records are equal to it
    score = only("distance_ratio", line(0, 4, 20, 20), line(1, 0, 20))
    assert score.value == pytest.approx((1 / 3 + 0 + 1) / 3)


def test_identical_records_are_counted_with_missing_as_a_value():
    score = only("identical_matches", line(1, 2, np.nan, np.nan), line(1, 3, np.nan, 2))
    assert score.value == 0.75
    assert score.band().mean == 0.5
    assert score.note == "3 of 4 records."


def test_hits_are_within_a_thirtieth_of_the_range_and_of_the_same_levels(of_columns):
    original = of_columns(x=[0.0, 10, 20, 30], sex=list("aabb"))
    synthetic = of_columns(x=[1.0, 11.5, 20, 30], sex=list("aaab"))
    assert only("hitting_rate", original, synthetic).value == 0.5
    assert only("hitting_rate", original, synthetic, within=0.1).value == 0.75


def test_a_smaller_file_is_held_against_as_many_people():
    original = line(*[5.0] * 6, 50, 100)
    score = only("hitting_rate", original, line(5, 70))
    # six people of one value: two of the seven others are drawn, five of which hit
    each = 1 - (3 / 8) * (2 / 7)
    assert score.value == 0.75
    assert score.band().mean == pytest.approx(6 / 8 * each)


def test_adversarial_accuracy_by_hand():
    # original: others 10, 10 apart, synthetic 1, 9; synthetic: others 18, original 1, 9... all lost
    score = only("adversarial_accuracy", line(0, 10, 20), line(1, 19))
    assert score.value == 0.0
    apart = only("adversarial_accuracy", line(0, 1, 2), line(50, 51, 52))
    assert apart.value == 1.0


def test_identifiability_by_hand():
    # nearest other person 1, 1, 8; nearest synthetic 3, 2, 0.5
    assert only("identifiability", line(0, 1, 9), line(3, 9.5)).value == pytest.approx(1 / 3)


def test_variables_that_vary_little_count_more(of_columns):
    rare = ["a"] * 19 + ["b"]
    original = of_columns(x=np.linspace(0, 10, 20), y=rare, z=[str(i % 5) for i in range(20)])
    synthetic = original.with_rows(original.rows.assign(y="a"))
    values = [
        only("identifiability", original, synthetic, weighted=w).details for w in (True, False)
    ]
    assert values == [None, None]
    plain = only("identifiability", original, synthetic, weighted=False).value
    assert plain >= only("identifiability", original, synthetic).value


def test_the_most_isolated_people_are_those_whose_twins_are_looked_for(people, rng):
    original = people(600, rng)
    alone = original.rows["size"].nlargest(20).index
    new = people(600, rng).rows
    far = new.drop(new["size"].nlargest(40).index)
    followed = pd.concat([far, original.rows.loc[alone]])
    shared = {"share": 0.03, "neighbours": 3}
    with_twins = only("vulnerability", original, original.with_rows(followed), **shared)
    without = only("vulnerability", original, original.with_rows(far), **shared)
    assert with_twins.value > without.value + 0.2
    assert with_twins.details["records"].sum() == 600
    assert with_twins.details["isolation"].is_monotonic_increasing


@every
def test_a_copy_is_seen_by_all(slug, people, rng):
    original = people(300, rng)
    score = scores(slug, original, original)[0]
    if slug == "vulnerability":
        assert score.value == 1
        return
    assert score.standing == ("below" if slug in ("distance_ratio", "adversarial_accuracy") else
                              "above")  # fmt: skip


@every
def test_panels_are_compared_by_unit(slug, rng):
    standing = [scores(slug, draw_panel(rng), draw_panel(rng))[0].standing for _ in range(10)]
    assert standing.count("within") >= 7


@every
def test_one_unit_has_no_neighbours(slug, rng):
    panel = draw_panel(rng)
    single = panel.with_rows(panel.rows[panel.rows["person"] == 0])
    with pytest.raises(GuideError, match="one privacy unit"):
        compare(single, panel, measures=slug)


@every
def test_large_files_are_sampled_and_the_note_says_so(slug, people, rng):
    if slug == "identical_matches":
        return
    original, synthetic = people(400, rng), people(400, rng)
    small = scores(slug, original, synthetic, records=100)[0]
    whole = scores(slug, original, synthetic)[0]
    assert "100 random records" in small.note
    assert small.value == pytest.approx(whole.value, abs=0.2)


@pytest.mark.parametrize(
    ("slug", "options", "sentence"),
    [
        ("distance_to_closest", {"records": 1}, "records=1"),
        ("identifiability", {"draws": 1}, "draws=1"),
        ("hitting_rate", {"within": -1}, "within=-1"),
        ("vulnerability", {"share": 0}, "share=0"),
    ],
)
def test_options_that_make_no_sense_are_refused(slug, options, sentence, people, rng):
    with pytest.raises(GuideError, match=sentence):
        compare(people(50, rng), people(50, rng), measures=slug, **options)


def test_neighbours_in_a_graph_are_of_either_file_and_never_of_the_own_unit(rng):
    old, new, _ = spots(line(0, 1, 5), line(2, 5))
    graph = Graph.of(old, new, records=10, rng=rng)
    place = np.sort(graph.nearest_in(graph.own())[:, 0] * 5)
    # nearest original ones of 0, 1, 5 and of 2, 5
    assert place == pytest.approx(np.sort([1, 1, 4, 1, 0]))


@pytest.mark.validation
@every
@pytest.mark.parametrize("with_control", [False, True])
def test_fresh_samples_score_the_null(slug, with_control, people, within_errors):
    rng = np.random.default_rng(17)
    found = []
    for _ in range(200):
        original, synthetic, control = (people(300, rng) for _ in range(3))
        options = {"control": control} if with_control else {}
        found.append(scores(slug, original, synthetic, **options)[-1])
    within_errors([s.value - s.band().mean for s in found], 0)
    inside = sum(s.standing == "within" for s in found)
    assert inside >= 176

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


def draw_panel(rng) -> Dataset:
    """60 people whose five rows are alike."""
    x = np.repeat(rng.normal(size=60), 5).round(1)
    schema = Schema((Variable("person", Kind.IDENTIFIER), Variable("x", Kind.NUMBER)))
    rows = pd.DataFrame({"person": np.repeat(np.arange(60), 5), "x": x})
    return Dataset.of(rows, schema, entity="person")


@every
def test_a_copy_is_seen_by_all(slug, people, rng, scores):
    original = people(300, rng)
    score = scores(slug, original, original)[0]
    if slug == "vulnerability":
        assert score.value == 1
        return
    assert score.standing == ("below" if slug in ("distance_ratio", "adversarial_accuracy") else
                              "above")  # fmt: skip


@every
def test_panels_are_compared_by_unit(slug, rng, scores):
    standing = [scores(slug, draw_panel(rng), draw_panel(rng))[0].standing for _ in range(10)]
    assert standing.count("within") >= 7


@every
def test_one_unit_has_no_neighbours(slug, rng):
    panel = draw_panel(rng)
    single = panel.with_rows(panel.rows[panel.rows["person"] == 0])
    with pytest.raises(GuideError, match="one privacy unit"):
        compare(single, panel, measures=slug)


@every
def test_large_files_are_sampled_and_the_note_says_so(slug, people, rng, scores):
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


def test_neighbours_in_a_graph_are_of_either_file_and_never_of_the_own_unit(rng, line):
    old, new, _ = spots(line(0, 1, 5), line(2, 5))
    graph = Graph.of(old, new, records=10, rng=rng)
    place = np.sort(graph.nearest_in(graph.own())[:, 0] * 5)
    # nearest original ones of 0, 1, 5 and of 2, 5
    assert place == pytest.approx(np.sort([1, 1, 4, 1, 0]))


@pytest.mark.validation
@every
@pytest.mark.parametrize("with_control", [False, True])
def test_fresh_samples_score_the_null(slug, with_control, people, within_errors, scores):
    rng = np.random.default_rng(17)
    found = []
    for _ in range(200):
        original, synthetic, control = (people(300, rng) for _ in range(3))
        options = {"control": control} if with_control else {}
        found.append(scores(slug, original, synthetic, **options)[-1])
    within_errors([s.value - s.band().mean for s in found], 0)
    inside = sum(s.standing == "within" for s in found)
    assert inside >= 176

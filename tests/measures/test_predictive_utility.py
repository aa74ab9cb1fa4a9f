"""Train on synthetic, test on real: performance by hand, relations lost, copies, controls."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score, roc_auc_score

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures._learners import Task, performance
from guide_helpers.measures.predictive_utility import predictive_utility
from guide_helpers.schema import Dataset, Kind, Schema, Variable


def losses(original, synthetic, rng, **options):
    found = predictive_utility(original, synthetic, rng=rng, **({"draws": 3} | options))
    return {s.variant: s for s in found}


def test_performance_is_that_of_an_independent_tool(people, rng):
    data = people(200, rng)
    two = Task.of(data, "trait")
    truth, guess = (rng.random(200) < 0.4).astype(float), rng.random(200).round(1)
    assert two.metric == "AUC"
    assert performance(two, truth, guess) == pytest.approx(roc_auc_score(truth, guess))
    quantity = Task.of(data, "score")
    assert quantity.metric == "R²"
    assert performance(quantity, guess, truth) == pytest.approx(r2_score(guess, truth))
    several = Task.of(data, "group")
    assert performance(several, np.array([0.0, 1, 2, 3]), np.array([0.0, 1, 0, 0])) == 0.5


def test_a_copy_loses_nothing_where_other_people_are_the_test(people, rng):
    original, control = people(600, rng), people(600, rng)
    found = losses(original, original, rng, target="trait", control=control)
    assert set(found) == {"linear", "tree"}
    assert abs(found["linear"].value) < 0.02
    assert "of the control file" in found["linear"].note


@pytest.mark.parametrize(("target", "least"), [("trait", 0.05), ("score", 0.2), ("group", 0.05)])
def test_relations_lost_are_performance_lost(target, least, people, rng):
    original, control = people(2_000, rng), people(2_000, rng)
    columns = {n: rng.permutation(original.rows[n].to_numpy()) for n in original.rows}
    broken = original.with_rows(pd.DataFrame(columns))
    found = losses(original, broken, rng, target=target, control=control, draws=12)
    for score in found.values():
        assert score.value > least
        assert score.standing == "worse"
    table = found["tree"].details.set_index("learner")
    nothing = table["knowing nothing"]
    assert (table["trained on the original"] > nothing).all()


def test_a_relation_turned_round_is_worse_than_none(of_columns, rng):
    x = rng.normal(size=800)
    y = np.where(x + rng.normal(size=800) > 0, "yes", "no")
    original = of_columns(x=x, y=y)
    turned = original.with_rows(original.rows.assign(x=-original.rows["x"]))
    found = losses(original, turned, rng, target="y")
    assert found["linear"].value == pytest.approx(
        2 * (found["linear"].details["trained on the original"][0] - 0.5), abs=0.02
    )


def test_without_a_control_the_note_says_who_was_seen(people, rng):
    original = people(300, rng)
    score = losses(original, original, rng)["linear"]
    assert "tested on 150 of a half of the original" in score.note
    assert "may have seen" in score.note


def test_a_fresh_sample_null_is_drawn_on_request(people, rng):
    original, control = people(400, rng), people(400, rng)
    score = losses(original, people(400, rng), rng, control=control, nulls=["fresh-sample"])
    assert {b.null for b in score["linear"].bands} == {Null.CORRECT_MODEL, Null.FRESH_SAMPLE}


def test_a_synthetic_file_of_one_outcome_teaches_nothing(people, rng):
    original = people(400, rng)
    sure = original.with_rows(original.rows.assign(trait="yes"))
    found = losses(original, sure, rng, target="trait")
    assert (found["tree"].details["trained on the synthetic file"] == 0.5).all()


def test_missing_special_and_rare_values_are_learned_from(rng):
    rows = pd.DataFrame(
        {
            "code": rng.integers(0, 60, 500).astype(str),
            "hours": np.where(rng.random(500) < 0.3, -1, rng.integers(1, 60, 500)).astype(float),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 99, 500), "D"),
            "pay": np.where(rng.random(500) < 0.1, np.nan, rng.normal(size=500)),
        }
    )
    rows.loc[rng.random(500) < 0.1, "code"] = None
    schema = Schema(
        (
            Variable("code", Kind.CATEGORICAL),
            Variable("hours", Kind.NUMBER, special={-1.0: "does not work"}),
            Variable("day", Kind.DATETIME),
            Variable("pay", Kind.NUMBER),
        )
    )
    data = Dataset.of(rows, schema)
    task = Task.of(data, "hours")
    assert np.isnan(task.outcomes(data)).sum() == (rows["hours"] == -1).sum()
    assert np.isfinite(Task.of(data, "pay").features(data)).all()
    found = losses(data, data, rng)
    assert all(np.isfinite(s.value) for s in found.values())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"learners": ["forest"]}, "names unknown ones"),
        ({"target": "colour"}, "no column 'colour'"),
    ],
)
def test_what_cannot_be_learned_gets_one_sentence(options, words, people, rng):
    original = people(50, rng)
    with pytest.raises(GuideError, match=words):
        predictive_utility(original, original, rng=rng, **options)


def test_one_column_or_one_value_cannot_be_predicted(of_columns, rng):
    for data, words in [
        (of_columns(x=["a"] * 9, y=["b"] * 9), "no variable of the table varies"),
        (of_columns(x=list("ab") * 5), "no variable is left"),
    ]:
        with pytest.raises(GuideError, match=words):
            predictive_utility(data, data, rng=rng)

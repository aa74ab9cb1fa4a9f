"""Shadow models: who was in is learned from runs with and without, by every kind of feature."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack, generate
from guide_helpers.attacks import _classifiers
from guide_helpers.attacks._shadows import Generator, Shadows, balanced
from guide_helpers.attacks._views import TargetedQueries, WholeFile, record_codes
from guide_helpers.attacks.shadow_model import ShadowModel
from guide_helpers.results import Synthetic
from guide_helpers.schema import Dataset, Kind, Link, LinkedTables, Role, Schema, Variable


def made(*files, method="bootstrap", **options):
    """A result that says its files were made by a method."""
    return Synthetic(files, method, options, None, {})


@pytest.fixture
def asked(members, outsiders, people):
    def ask(synthetic, **options):
        game = {"original": members, "control": outsiders, "attack": "shadow_model"}
        return attack(
            synthetic, **(game | {"reference": people(1_000, 9), "shadows": 20} | options)
        )

    return ask


def test_a_leaking_file_is_found_and_a_fresh_sample_is_not(asked, leaking, fresh):
    leak, null = asked(made(leaking)), asked(made(fresh))
    assert leak.excess.interval.low > 0.1
    assert leak.ranking.area.interval.low > 0.55
    assert 0 in null.excess.interval
    assert 0.5 in null.ranking.area.interval


def test_a_copy_is_the_worst_case(asked, members):
    assert asked(made(members)).ranking.area.value > 0.99


def test_small_leaves_give_more_away_than_large_ones(asked, members):
    small, large = (
        asked(generate(members, "cart", min_leaf=n, seed=1)).ranking.area for n in (1, 200)
    )
    assert small.interval.low > large.interval.high


@pytest.mark.parametrize("features", ["naive", "histogram", "correlation", "counting_queries"])
@pytest.mark.parametrize("classifier", ["shared", "logistic", "forest"])
def test_an_outlier_shows_in_every_feature_to_every_classifier(features, classifier, people):
    def usual(n, seed):
        data = people(n, seed).keep("trade", "wage")
        return data.with_rows(data.rows.assign(trade=np.minimum(data.rows["trade"].astype(int), 9)))

    data = usual(60, 4)
    odd = data.rows.iloc[[0]].assign(trade=19, wage=1e7)
    files = data.with_rows(pd.concat([odd, data.rows[1:]])), usual(60, 6)
    scores = []
    for file in files:
        player = ShadowModel(usual(300, 5), 40, features=features, classifier=classifier)
        rng = np.random.default_rng(1)
        player.learn(file, file.keys, rng=rng, recipe=made(file))
        player.meet(data.with_rows(odd))
        scores.append(player.scores_[0])
    assert scores[0] > scores[1]


def test_the_same_record_in_both_groups_cannot_be_told_apart(members, leaking, people):
    risk = attack(
        made(leaking),
        original=members,
        control=members,
        attack="shadow_model",
        reference=people(500, 9),
        shadows=8,
    )
    assert risk.ranking.area.value == 0.5


def test_workers_change_no_result(asked, leaking):
    one, two = (asked(made(leaking), workers=w, shadows=8) for w in (1, 2))
    assert one.ranking == two.ranking


def test_several_copies_give_the_variance_between_them(asked, leaking, fresh):
    risk = asked(made(leaking, fresh), shadows=8)
    assert len(risk.by_copy) == 2
    assert "between-copy" in risk.excess.interval.method


def test_every_target_is_in_half_of_the_shadows_or_in_as_many_as_the_file_holds(rng):
    assert (balanced(20, 50, 100, rng).sum(axis=0) == 10).all()
    few = balanced(20, 400, 100, rng)
    assert (few.sum(axis=0) == 5).all()
    assert few.sum(axis=1).mean() == 100
    assert balanced(20, 1, 100, rng).sum() == 10


def test_queries_count_the_records_that_agree(rng):
    schema = Schema((Variable("a", Kind.CATEGORICAL, levels=("x", "y")),))
    targets = Dataset.of(pd.DataFrame({"a": ["x", "y", None]}), schema)
    file = Dataset.of(pd.DataFrame({"a": ["x", "x", "x", None]}), schema)
    counts = TargetedQueries.of(targets, targets, 8, rng)(file)
    assert (counts == [[3], [0], [1]]).all()


def test_numbers_are_asked_for_exactly_and_in_tenths(rng):
    schema = Schema((Variable("a", Kind.NUMBER, special={-9.0: "not asked"}),))
    data = Dataset.of(pd.DataFrame({"a": [*range(100), -9.0, np.nan]}), schema)
    counts = TargetedQueries.of(data, data, 8, rng)(data)
    assert (counts[:, 0] == 1).all()
    assert set(counts[:100, 1]) <= {9, 10, 11}
    assert list(counts[100:, 1]) == [1, 1]


def test_features_of_the_whole_file_computed_by_hand():
    schema = Schema(
        (Variable("a", Kind.NUMBER), Variable("b", Kind.CATEGORICAL, levels=("u", "v")))
    )
    data = Dataset.of(pd.DataFrame({"a": [1.0, 2, 6], "b": ["u", "u", "v"]}), schema)
    assert WholeFile("naive", data)(data) == pytest.approx([3, 2, 14 / 3, 2, 0, 1])
    assert WholeFile("histogram", data)(data)[-2:] == pytest.approx([2 / 3, 1 / 3])
    correlations = WholeFile("correlation", data)(data)
    assert len(correlations) == 3
    assert correlations[-1] == pytest.approx(-1)


def test_a_rule_learned_from_all_targets_finds_the_feature_that_tells(rng):
    inside = balanced(40, 30, 100, rng)
    seen = rng.poisson(4, (40, 30, 3)).astype(np.uint16)
    seen[:, :, 1] += 3 * inside.astype(np.uint16)
    released = np.full((30, 3), 4)
    released[:15, 1] = 8
    scores = _classifiers.shared(Shadows(inside, seen), released)
    assert scores[:15].min() > scores[15:].max()


def test_rules_for_the_whole_file_are_those_of_the_covariance_however_many_features(rng):
    inside = balanced(20, 5, 100, rng)
    for features in (3, 50):
        seen, now = rng.normal(size=(20, features)), rng.normal(size=features)
        found = _classifiers.shared_spread(Shadows(inside, seen), now)
        x = (seen - seen.mean(axis=0)) / seen.std(axis=0)
        y = (now - seen.mean(axis=0)) / seen.std(axis=0)
        covariance = x.T @ x / 20 + features / 20 * np.eye(features)
        for t in range(5):
            one, other = x[inside[:, t]].mean(axis=0), x[~inside[:, t]].mean(axis=0)
            rule = np.linalg.solve(covariance, one - other)
            assert found[t] == pytest.approx(rule @ (y - (one + other) / 2))


def test_equal_records_have_equal_codes_whatever_the_file(people):
    data = people(50, 1)
    assert (record_codes(data)[10:] == record_codes(data.with_rows(data.rows.iloc[10:]))).all()
    assert len(set(record_codes(data))) == 50


def test_partial_synthesis_is_run_again_as_it_was(people):
    data = people(100, 1)
    recipe = generate(data, "cart", synthesise=["wage"], seed=1)
    shadow = Generator.of(recipe, 100).run(people(80, 2), np.random.default_rng(1))
    assert len(shadow) == 80
    pd.testing.assert_series_equal(shadow.rows["age"], people(80, 2).rows["age"])


def test_a_short_reference_is_said(asked, leaking, people):
    risk = asked(made(leaking), reference=people(50, 9), targets=[0, 1], control_targets=[0])
    assert "a larger reference would make the attack stronger" in risk.note


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reference": None}, "reference=NoneType is no data set"),
        ({"shadows": 2}, "shadows=2 are too few"),
        ({"share": 1.0}, "share=1.0"),
        ({"queries": 1}, "queries=1 ask too little"),
        ({"features": "nose"}, "no features 'nose'; known: counting_queries"),
        ({"classifier": "nose"}, "no classifier 'nose'; known: shared"),
    ],
)
def test_options_that_cannot_be_used_are_refused(options, message, asked, leaking):
    with pytest.raises(GuideError, match=message):
        asked(made(leaking), **options)


def test_more_counts_than_memory_holds_are_refused(asked, leaking, monkeypatch):
    monkeypatch.setattr("guide_helpers.attacks.shadow_model.MOST_COUNTS", 1_000)
    with pytest.raises(GuideError, match="2,000 targets in 20 shadows with 50 queries each"):
        asked(made(leaking))


def test_a_reference_of_other_columns_is_refused(asked, leaking, people):
    with pytest.raises(GuideError, match="reference has other columns"):
        asked(made(leaking), reference=people(10, 1).keep("age"))


def test_a_file_without_its_recipe_is_refused(asked, leaking):
    with pytest.raises(GuideError, match="give it the result of generate"):
        asked(leaking)
    with pytest.raises(GuideError, match="needs the option 'reference'"):
        attack(made(leaking), original=leaking, attack="shadow_model")


def test_a_method_of_linked_tables_cannot_be_imitated_with_one(leaking):
    house = Variable("house", Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER)
    houses = Dataset.of(pd.DataFrame({"house": [0, 1]}), Schema((house,)))
    schema = Schema((*leaking.schema.variables, house))
    child = Dataset.of(leaking.rows.assign(house=0), schema, entity="house")
    links = (Link("houses", "people", "house"),)
    tables = LinkedTables({"houses": houses, "people": child}, links)
    with pytest.raises(GuideError, match="makes linked tables"):
        Generator.of(made(tables, method="hma"), 10)
    assert Generator.of(made(tables), 10).method == "bootstrap"


@pytest.mark.validation
def test_fresh_samples_show_no_excess_in_at_least_90_of_100_seeds(people, record_property):
    covered = 0
    for seed in range(100):
        original, control, file, reference = (people(500, 4_000 + 4 * seed + i) for i in range(4))
        risk = attack(
            made(file),
            original=original,
            control=control,
            attack="shadow_model",
            reference=reference,
            shadows=10,
        )
        covered += 0 in risk.excess.interval
    record_property("seeds whose interval covers zero", f"{covered} of 100")
    assert covered >= 90

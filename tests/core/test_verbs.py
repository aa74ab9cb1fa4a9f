"""The verbs check what they are asked, once, and repeat themselves with a seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from guide_helpers import (
    GuideError,
    UseCase,
    attack,
    compare,
    generate,
    hold_out,
    load,
    recommend,
    verbs,
)
from guide_helpers.cards import Capabilities, MethodCard, Status
from guide_helpers.catalogue import Entry
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable
from guide_helpers.suitability import objections


def test_guide_data_sets_load_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(load("satgpa")) == 1_000
    with pytest.raises(GuideError, match="no 'nope' in datasets; known: acs, adult"):
        load("nope")
    with pytest.raises(GuideError, match="brings its own schema"):
        load("satgpa", schema="x.yml")


@pytest.mark.parametrize("share", [0, 1, -0.1, 2])
def test_a_share_lies_between_0_and_1(share, survey):
    with pytest.raises(GuideError, match="is not between 0 and 1"):
        hold_out(survey, share=share)


def test_one_unit_cannot_be_split(survey):
    with pytest.raises(GuideError, match="1 units cannot be split"):
        hold_out(survey.take_units(np.array([0])))


def test_the_same_seed_gives_the_same_copies(survey):
    one, two, other = (generate(survey, "cart", m=2, seed=s).copies for s in (1, 1, 2))
    assert all(a.rows.equals(b.rows) for a, b in zip(one, two, strict=True))
    assert not one[0].rows.equals(one[1].rows)
    assert not one[0].rows.equals(other[0].rows)


def test_a_run_without_a_seed_records_the_one_it_drew(survey):
    made = generate(survey, "independent")
    again = generate(survey, "independent", seed=made.provenance["seed"])
    assert made.rows.equals(again.rows)


def test_a_release_run_has_no_seed(survey):
    made = generate(survey, "independent", release=True)
    assert made.provenance["seed"] is None
    assert made.provenance["run"] == "release run"
    with pytest.raises(GuideError, match="a release run takes no seed"):
        generate(survey, "independent", release=True, seed=1)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"method": "nope"}, "no 'nope' in methods"),
        ({"m": 0}, "asks for no copies"),
        ({"n": 0}, "asks for no records"),
        ({"leaf": 5}, "'cart' has no option 'leaf'; known: "),
        ({"secure": True}, "has no option 'secure'"),
        ({"synthesise": ["shoe"]}, "no column 'shoe' to synthesise"),
        ({"synthesise": []}, "replaces nothing"),
        ({"synthesise": ["income"], "n": 7}, "n cannot differ"),
    ],
)
def test_generate_refuses_what_it_cannot_do(asked, sentence, survey):
    with pytest.raises(GuideError, match=sentence):
        generate(survey, **{"method": "cart"} | asked)


def test_objections_name_each_thing_that_stands_in_the_way(survey):
    card = MethodCard(
        title="t",
        summary="s",
        sources=(),
        family="f",
        status=Status.IN_USE,
        capabilities=Capabilities(any_size=False, formal_privacy=True, kinds=("categorical",)),
    )
    rows = survey.rows.assign(income=np.nan)
    schema = survey.schema.change("sex", levels=None)
    found = list(objections(Entry("methods", "m", card, int), Dataset.of(rows, schema), n=5))
    for part in (
        "cannot model column 'age' of kind integer",
        "takes no missing values, but column 'income'",
        "column 'sex' has no public levels",
        "returns as many records as it was given",
    ):
        assert any(part in sentence for sentence in found), part
    panel = Dataset.of(survey.rows, survey.schema, entity="sex")
    assert any(
        "'sex' has several" in s for s in objections(Entry("methods", "m", card, int), panel)
    )
    none = survey.take_units(np.array([], dtype=int))
    assert any("has no rows" in s for s in objections(Entry("methods", "m", card, int), none))
    described = Entry("methods", "m", card, None)
    assert list(objections(described, survey)) == [
        "'m' is described in the guide but not implemented in the package"
    ]


def test_compare_gives_one_score_a_measure_and_refuses_unknown_options(survey):
    made = generate(survey, "independent", m=3, seed=1)
    scores = compare(survey, made, measures="marginal_distance", ways=(1,), draws=20)
    assert len(scores["marginal_distance"].by_copy) == 3
    assert scores["marginal_distance"].interval is not None
    with pytest.raises(GuideError, match="no option 'wayz'"):
        compare(survey, made, measures="marginal_distance", wayz=1)
    with pytest.raises(GuideError, match="differ in columns"):
        compare(survey.keep("age", "sex"), made, measures="marginal_distance")
    with pytest.raises(GuideError, match="no 'nope' in measures"):
        compare(survey, made, measures="nope")
    with pytest.raises(GuideError, match="neither a result of generate"):
        compare(survey, [1], measures="marginal_distance")


def test_an_attack_that_depends_on_the_number_of_records_needs_as_many_control_units(
    survey, monkeypatch
):
    real = verbs.find("attacks", "unique_match")
    strict = replace(real, card=replace(real.card, same_size_control=True))
    monkeypatch.setattr(verbs, "find", lambda kind, slug: strict)
    original, control = hold_out(survey.take_units(np.arange(299)), seed=1)
    assert abs(len(original) - len(control)) == 1
    assert attack(original, original=original, control=control, attack="unique_match").targets
    small = control.take_units(np.arange(100))
    with pytest.raises(GuideError, match="the control needs 149 units, not 100"):
        attack(original, original=original, control=small, attack="unique_match")


def test_an_attack_refuses_files_that_do_not_go_together(survey):
    game = {"original": survey, "attack": "unique_match"}
    with pytest.raises(GuideError, match="differ in columns \\['employed', 'income'\\]"):
        attack(survey.keep("age", "sex", "education"), **game)
    nobody = survey.take_units(np.array([], dtype=int))
    for files in ({"synthetic": nobody}, {"synthetic": survey, "control": nobody}):
        with pytest.raises(GuideError, match="has no rows; nothing to attack"):
            attack(**files, **game)
    plain = survey.keep("employed", "income")
    with pytest.raises(GuideError, match="give knowledge="):
        attack(plain, original=plain, attack="unique_match")


def test_identifiers_are_no_knowledge(survey):
    person = Variable("person", Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER)
    rows = survey.rows.assign(person=np.arange(len(survey)))
    data = Dataset.of(rows, Schema((*survey.schema.variables, person)))
    with pytest.raises(GuideError, match="'person' is an identifier"):
        attack(data, original=data, attack="unique_match", knowledge=["person", "age"])


def test_recommend_orders_by_verdict_and_says_what_stands_in_the_way(survey):
    advice = recommend("public-release", survey)
    able = advice[advice["can take the data"] == "yes"]["verdict"].tolist()
    order = ["fit", "fit under conditions", "unfit"]
    assert able == sorted(able, key=order.index)
    assert recommend(UseCase.EDUCATION)["can take the data"].eq("not asked").all()
    with pytest.raises(GuideError, match="no use case 'fun'; known: public-release"):
        recommend("fun")

"""The verbs check what they are asked, once, and repeat themselves with a seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers import (
    GuideError,
    UseCase,
    attack,
    compare,
    generate,
    hold_out,
    infer,
    load,
    recommend,
    verbs,
)
from guide_helpers.cards import Capabilities, MethodCard, Rung, Status
from guide_helpers.catalogue import Entry
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable
from guide_helpers.suitability import objections

ENDINGS = r"\.csv, \.csv\.gz, \.parquet, \.dta, \.sav, \.sas7bdat, \.xpt"


def test_guide_data_sets_load_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(load("satgpa")) == 1_000
    with pytest.raises(GuideError, match="no 'nope' in datasets; known: acs, adult"):
        load("nope")
    with pytest.raises(GuideError, match="brings its own schema"):
        load("satgpa", schema="x.yml")


@pytest.mark.parametrize("name", ["people.tsv", "people.xlsx", "people", "folder/people"])
def test_a_file_of_another_format_is_no_unknown_data_set(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / name).write_text("a,b\n1,2\n")
    with pytest.raises(GuideError, match=rf"is not one of {ENDINGS}; convert it"):
        load(name)


def test_a_file_in_the_folder_does_not_hide_a_data_set_of_the_guide(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "satgpa").write_text("a,b\n1,2\n")
    assert len(load("satgpa")) == 1_000


@pytest.mark.parametrize("seed", [-1, 1.5, "a"])
def test_a_seed_is_a_whole_number_for_every_verb(seed, survey):
    made = generate(survey, "independent", seed=1)
    for verb in (
        lambda: hold_out(survey, seed=seed),
        lambda: generate(survey, "independent", seed=seed),
        lambda: compare(survey, made, measures="marginal_distance", seed=seed),
        lambda: attack(made, original=survey, attack="unique_match", seed=seed),
    ):
        with pytest.raises(GuideError, match=f"seed={seed!r} is not a whole number"):
            verb()


def test_a_bare_table_or_a_result_is_no_original(survey):
    made = generate(survey, "independent", seed=1)
    for other in (survey.rows, made):
        for verb in (
            lambda x=other: hold_out(x),
            lambda x=other: generate(x, "cart"),
            lambda x=other: recommend("education", x),
            lambda x=other: compare(x, made),
            lambda x=other: attack(made, original=x, attack="unique_match"),
            lambda x=other: attack(made, original=survey, control=x, attack="unique_match"),
        ):
            with pytest.raises(GuideError, match=f"a {type(other).__name__} is no data set"):
                verb()
    for other in (survey.rows, 3):
        with pytest.raises(GuideError, match="neither a result of generate"):
            compare(survey, other)
    with pytest.raises(GuideError, match="a list is no table"):
        infer([1, 2])


def test_files_that_took_a_column_for_something_else_are_refused_by_its_name(survey):
    words = survey.rows.assign(age=survey.rows["age"].astype(str).astype("category"))
    schema = survey.schema.change("age", kind=Kind.CATEGORICAL, bounds=None)
    other = Dataset.of(words, schema)
    with pytest.raises(GuideError, match="column 'age', which is integer in one and categorical"):
        compare(survey, other)
    with pytest.raises(GuideError, match="column 'age', which is integer in one and categorical"):
        attack(other, original=survey, attack="unique_match", knowledge=["sex"])
    names = survey.schema.names[::-1]
    turned = Dataset.of(survey.rows[list(names)], survey.schema.keep(names))
    with pytest.raises(GuideError, match="differ in the order of columns; load both with"):
        compare(survey, turned)


@pytest.mark.filterwarnings("error")
def test_times_of_a_zone_are_attacked_like_others():
    rows = pd.DataFrame({"at": pd.date_range("2020", periods=20, freq="h", tz="Europe/Paris")})
    data = infer(rows.assign(x=range(20)))
    made = attack(data, original=data, attack="unique_match", knowledge=["at"])
    assert (made.claims, made.hits) == (20, 20)


@pytest.mark.parametrize("share", [0, 1, -0.1, 2, "half"])
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
        ({"m": 2.0}, "m=2.0 is not a whole number"),
        ({"n": 1e3}, "n=1000.0 is not a whole number"),
        ({"n": "10"}, "n='10' is not a whole number"),
        ({"synthesise": "income"}, r"give a list of columns, \['income'\]"),
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
        origin=("reiter2005",),
        inputs="the records of one table",
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
        "'m' is described in the guide, not part of the package; "
        "take another method, or use guide_helpers yourself"
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


def test_copies_that_share_one_draw_of_noise_say_nothing_of_the_method(survey):
    game = {"original": survey, "attack": "unique_match", "knowledge": ["age", "sex"]}
    noisy = generate(survey, "dp_marginals", m=5, seed=1)
    assert attack(noisy, **game).about == "these files"
    assert attack(generate(survey, "independent", m=5, seed=1), **game).about == "the method"
    runs = [generate(survey, "dp_marginals", seed=seed).first for seed in range(5)]
    assert attack(runs, **game).about == "the method"


def test_identifiers_are_no_knowledge(survey):
    person = Variable("person", Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER)
    rows = survey.rows.assign(person=np.arange(len(survey)))
    data = Dataset.of(rows, Schema((*survey.schema.variables, person)))
    with pytest.raises(GuideError, match="'person' is an identifier"):
        attack(data, original=data, attack="unique_match", knowledge=["person", "age"])


@pytest.mark.parametrize("use_case", UseCase)
def test_advice_outside_the_book_shows_no_roles_of_the_book(use_case):
    assert not recommend(use_case)["why"].str.contains("{cite", regex=False).any()


def test_recommend_orders_by_verdict_and_says_what_stands_in_the_way(survey):
    advice = recommend("public-release", survey)
    own = ~advice["against"].str.startswith("Made for")
    able = advice[own & (advice["can take the data"] == "yes")]["verdict"].tolist()
    order = ["fit", "fit under conditions", "unfit"]
    assert able == sorted(able, key=order.index)
    assert recommend(UseCase.EDUCATION).loc["cart", "can take the data"] == "not asked"
    with pytest.raises(GuideError, match="no use case 'fun'; known: public-release"):
        recommend("fun")


def test_of_a_group_what_cannot_be_computed_is_left_out_with_its_reason(survey):
    few = survey.keep("sex", "education")
    found = compare(few, few, measures="attribute disclosure", draws=2)
    assert "disco" in dict(found.refused)
    assert all(len(why) > 10 for why in dict(found.refused).values())
    assert not {s.measure for s in found} & set(dict(found.refused))


def test_a_measure_that_was_named_is_refused_out_loud(survey):
    few = survey.keep("sex", "education")
    with pytest.raises(GuideError, match="sensitive"):
        compare(few, few, measures="disco")


def test_all_measures_that_suit_a_table_can_be_asked_for_at_once(survey):
    found = compare(survey, survey, measures="all", draws=2)
    assert len({s.measure for s in found}) > 35
    steps = [list(Rung).index(s.card.rung) for s in found]
    assert steps == sorted(steps)

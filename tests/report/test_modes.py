"""Three modes, said on the face of a record; what it says it was measured on is so."""

from __future__ import annotations

import json
from importlib.resources import files

import jsonschema
import numpy as np
import pytest

from guide_helpers import GuideError, generate, hold_out, load, report, verbs
from guide_helpers.findings import State
from guide_helpers.report import checks, compare_records

SCHEMA = json.loads(
    files("guide_helpers.report").joinpath("record.schema.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def parts(small_survey):
    original, rest = hold_out(small_survey, share=0.5, seed=1)
    return original, rest


@pytest.fixture(scope="module")
def trees(parts):
    return generate(parts[0], "cart", seed=2)


@pytest.fixture(scope="module")
def with_control(parts, trees):
    return report(
        trees, original=parts[0], control=parts[1], use_case="education", signed_by="a person"
    )


@pytest.fixture(scope="module")
def with_generator(parts, trees):
    return report(trees, original=parts[0], use_case="education")


@pytest.fixture(scope="module")
def with_neither(parts, trees):
    return report(trees.first, original=parts[0], use_case="education")


def attacks(record):
    return [f for f in record.findings if f.requirement.kind == "attack" and f.must]


def test_with_a_control_file_the_attacks_speak_of_the_file(with_control):
    assert with_control.content["mode"] == "with a control file"
    assert all(f.state is not State.NOT_MEASURED for f in attacks(with_control))
    assert "Measured with a control file." in with_control.html()


def test_with_the_generator_the_attacks_speak_of_the_method(with_generator, parts):
    assert "speak of the method, not of this file" in with_generator.content["mode"]
    assert all(f.state is not State.NOT_MEASURED for f in attacks(with_generator))
    found = next(a for a in with_generator.content["attacks"] if a["slug"] == "unique_match")
    assert found["result"]["about"] == "the method"
    assert int(found["result"]["targets"]) == parts[0].n_units // 2


def test_with_neither_no_excess_is_measured_and_the_record_says_what_is_needed(with_neither):
    assert "excess not measurable" in with_neither.content["mode"]
    assert all(f.state is State.NOT_MEASURED for f in attacks(with_neither))
    assert with_neither.exit_code == 1
    assert "split the original with hold_out() before" in attacks(with_neither)[0].sentence


def test_a_bare_file_with_the_name_of_its_method_is_judged_by_the_method(parts, trees):
    made = report(trees.first, original=parts[0], use_case="education", method="cart")
    assert "with the generator" in made.content["mode"]
    assert made.content["method"]["named by"] == "the author of the record"


def test_a_method_that_cannot_be_run_again_leaves_neither(parts, trees):
    made = report(trees.first, original=parts[0], use_case="education", method="aim",
                  method_options={"epsilon": -1.0})  # fmt: skip
    assert "with neither" in made.content["mode"]
    assert "cannot be run again" in attacks(made)[0].sentence


@pytest.mark.parametrize("name", ["with_control", "with_generator", "with_neither"])
def test_the_file_for_machines_follows_its_published_schema(name, request):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    content = json.loads(request.getfixturevalue(name).json())
    jsonschema.validate(content, SCHEMA, cls=jsonschema.Draft202012Validator)


def test_the_schema_refuses_a_release_run_with_a_seed(with_control):
    content = json.loads(with_control.json())
    content["run"] |= {"run": "release run", "seed": 3}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, SCHEMA, cls=jsonschema.Draft202012Validator)


def test_a_teaching_record_made_twice_is_identical(with_control, parts, trees):
    again = report(
        trees, original=parts[0], control=parts[1], use_case="education", signed_by="a person"
    )
    assert again.json() == with_control.json()
    assert again.html() == with_control.html()


def test_a_release_run_records_no_seed(parts):
    run = generate(parts[0], "independent", release=True)
    made = report(run, original=parts[0], control=parts[1], use_case="education")
    assert made.content["run"]["run"] == "release run"
    assert "seed" not in json.dumps(made.content["run"])
    with pytest.raises(GuideError, match="a release run takes no seed"):
        report(run, original=parts[0], use_case="education", seed=3)
    told = report(run.first, original=parts[0], use_case="education", release=True)
    assert "seed" not in json.dumps(told.content["run"])


def test_a_deviation_needs_a_requirement_and_a_justification(parts, trees):
    given = {"original": parts[0], "use_case": "education"}
    with pytest.raises(GuideError, match="no requirement 'link'; known: form"):
        report(trees, deviations={"link": "because"}, **given)
    with pytest.raises(GuideError, match="'linkage' has no justification"):
        report(trees, deviations={"linkage": " "}, **given)
    made = report(trees.first, deviations={"linkage": "terms of access"}, **given)
    assert made.content["deviations"][0]["justification"] == "terms of access"
    assert "terms of access" in made.html()


def test_a_control_group_that_is_in_the_original_is_refused(small_survey, parts, trees):
    with pytest.raises(GuideError, match=r"100 % of the control records are in the original"):
        report(trees, original=small_survey, control=parts[1], use_case="education")


def test_people_of_whom_nearly_all_have_a_twin_are_a_control_group_all_the_same():
    register = load("military").take_units(np.arange(0, 1_414_593, 100))
    original, control = hold_out(register, share=0.5, seed=1)
    verbs._refuse_members(original, control)
    copied = verbs._fingerprints(control).isin(verbs._fingerprints(original)).mean()
    assert copied > 0.9


def test_a_test_file_with_one_column_of_real_values_misses_the_must_of_single_values():
    original, control = hold_out(load("satgpa"), share=0.5, seed=1)
    dummy = generate(original, "dummy", seed=1).first
    leaking = dummy.with_rows(dummy.rows.assign(fy_gpa=original.rows["fy_gpa"].to_numpy()))
    found = {}
    for name, file in (("dummy", dummy), ("leaking", leaking)):
        made = report(file, original=original, control=control, use_case="testing-technology")
        found[name] = {f.requirement.id: f for f in made.findings}["single-values"]
    assert found["dummy"].state is State.MET
    assert found["leaking"].state is State.MISSED
    assert found["leaking"].must


def test_an_option_that_no_check_knows_is_refused(parts, trees):
    with pytest.raises(GuideError, match="no option 'formla' in these checks; known:"):
        report(trees, original=parts[0], use_case="education", formla="income ~ age")


def test_a_larger_file_is_measured_on_a_random_part_and_says_so(parts, trees, tmp_path):
    from dataclasses import replace

    from guide_helpers.policy import Effort, load_policy

    small = replace(load_policy(), effort=Effort(units_at_most=100))
    made = report(trees, original=parts[0], control=parts[1], use_case="education", policy=small)
    lines = {r["id"]: r["part"] for r in made.content["requirements"]}
    assert lines["tables-1"] == "on a random part of 100 units of each file"
    assert "on a random part of 100 units" in made.html()


def test_two_records_can_be_compared(with_control, with_neither, tmp_path):
    found = compare_records(with_control, with_neither.save(tmp_path / "second.json"))
    assert found.requirements.loc["linkage", "second"] == "not measured"
    assert found.requirements.loc["linkage", "changed"]
    assert not found.requirements.loc["form", "changed"]
    assert "mode" in found.facts.index
    assert "linkage" in found.changed.index
    assert "<table" in found._repr_html_()
    (tmp_path / "no.json").write_text("[]")
    with pytest.raises(GuideError, match="is no release record"):
        compare_records(with_control, tmp_path / "no.json")


def test_results_that_are_there_and_options_for_checks_do_not_go_together(parts, trees):
    from guide_helpers import compare

    scores = compare(*parts, measures="schema_parity")
    with pytest.raises(GuideError, match="with a comparison none is run"):
        report(trees, scores, use_case="education", seed=3)
    with pytest.raises(GuideError, match="give original"):
        report(trees, use_case="education")


def test_what_the_page_says_first_is_the_verdict(with_neither):
    page = with_neither.html()
    first = page.index("Not all checks that must be passed are shown")
    assert first < page.index("Use case:") < page.index("What the policy asks")


def test_the_page_is_whole_without_a_network(with_control):
    page = with_control.html()
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_checks_stand_side_by_side_with_limits_and_crosses(with_control, with_neither):
    table = checks({"one": with_control, "two": with_neither})
    assert list(table.columns) == ["limit", "one", "two"]
    unmet = {f.requirement.title for f in (*with_neither.missed, *with_neither.open)}
    assert unmet
    assert set(table.index[table["two"].str.endswith(" ✗")]) == unmet
    asked = {f.requirement.title: f for f in with_control.findings if f.must}
    assert set(table.index) <= set(asked)
    assert not table["limit"].str.contains("mean of").any()

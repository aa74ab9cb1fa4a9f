"""A schema goes to a file and back; what is confidential stays behind."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest
import yaml

from guide_helpers import GuideError, infer, load, save_schema
from guide_helpers.schema import Kind, Provenance, Role
from guide_helpers.schema_files import read_yaml, to_dict


@pytest.fixture
def file(tmp_path):
    rows = {
        "age": range(20, 80),
        "town": ["zqville", "zqham", "zqton"] * 20,
        "debt": [i * 1.5 + 0.25 for i in range(60)],
        "code": [f"{i % 7:03}" for i in range(60)],
    }
    path = tmp_path / "own.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def edit(path, change):
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    change({v["name"]: v for v in spec["variables"]}, spec)
    path.write_text(yaml.safe_dump(spec), encoding="utf-8")


def test_what_was_observed_is_never_written(file, tmp_path):
    written = save_schema(load(file), tmp_path / "own.yml").read_text(encoding="utf-8")
    assert "zq" not in written
    assert "79" not in written
    assert "88.75" not in written
    assert "levels:" not in written
    assert "bounds:" not in written


def test_a_schema_comes_back_as_it_was_written(file, tmp_path):
    data = load(file)
    again = load(file, schema=save_schema(data, tmp_path / "own.yml"))
    assert again.schema == data.schema
    assert again.rows.equals(data.rows)


def test_public_levels_bounds_roles_and_rules_come_back(survey, tmp_path):
    schema = save_schema(survey, tmp_path / "survey.yml")
    survey.rows.to_csv(tmp_path / "survey.csv", index=False)
    again = load(tmp_path / "survey.csv", schema=schema)
    assert again.schema == survey.schema
    assert again.rows.equals(survey.rows)


def test_corrections_in_the_file_are_taken(file, tmp_path):
    def correct(v, spec):
        v["age"] |= {"role": "key", "bounds": [0, 120], "bounds_from": "public", "unit": "years"}
        v["town"] |= {"role": "sensitive"}
        spec["rules"] = [{"name": "grown", "expression": "age >= 16", "text": "adults only"}]

    path = save_schema(load(file), tmp_path / "own.yml")
    edit(path, correct)
    data = load(file, schema=path)
    age = data.schema["age"]
    assert (age.role, age.bounds, age.bounds_from) == (Role.KEY, (0, 120), Provenance.PUBLIC)
    assert data.sensitive == ("town",)
    assert data.violations().to_dict() == {"grown": 0}


def test_no_and_yes_are_words_and_not_truth_values(tmp_path):
    (tmp_path / "a.csv").write_text("smokes\nno\nyes\nno\n")
    (tmp_path / "a.yml").write_text(
        "variables:\n- name: smokes\n  levels: [no, yes]\n  levels_from: public\n"
    )
    data = load(tmp_path / "a.csv", schema=tmp_path / "a.yml")
    assert data.schema["smokes"].levels == ("no", "yes")
    assert data["smokes"].tolist() == ["no", "yes", "no"]


def test_declared_words_keep_their_zeros_and_a_level_called_na(tmp_path):
    (tmp_path / "a.csv").write_text("country,code\nNA,1\nDE,12\n,3\n")
    (tmp_path / "a.json").write_text(
        json.dumps(
            {
                "variables": [
                    {"name": "country", "levels": ["DE", "NA"], "levels_from": "public"},
                    {"name": "code", "levels": ["1", "12", "3"]},
                ]
            }
        )
    )
    data = load(tmp_path / "a.csv", schema=tmp_path / "a.json")
    assert data["country"].isna().tolist() == [False, False, True]
    assert data["code"].tolist() == ["1", "12", "3"]


def test_an_existing_file_is_not_replaced(file, tmp_path):
    path = save_schema(load(file), tmp_path / "own.yml")
    before = path.read_text(encoding="utf-8")
    with pytest.raises(GuideError, match="is there already"):
        save_schema(load(file), path)
    assert path.read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "holds no schema"),
        ("- 1", "holds no schema"),
        ("variables: 5", "names no variables"),
        ("variables: []", "names no variables"),
        ("variables: [age]", "a variable without a name"),
        ("variables: [{kind: number}]", "a variable without a name"),
        ("variables: [{name: age, kind: numeric}]", "'numeric' is not one of categorical"),
        ("variables: [{name: age, kind: [1]}]", "is not one of categorical"),
        ("variables: [{name: age, role: secret}]", "'secret' is not one of"),
        ("variables: [{name: age, bounds_from: me}]", "'me' is not one of public, observed"),
        ("variables: [{name: age, bound: [1, 2]}]", "has 'bound', which a schema does not know"),
        ("variables: [{name: age, kind: number, bounds: [2, 1]}]", "wrong order"),
        ("variables: [{name: age, kind: number, bounds: 5}]", "bounds are two numbers"),
        ("variables: [{name: age, levels: 5}]", "levels are a list"),
        ("variables: [{name: age, levels: [a, a]}]", "each once"),
        ("variables: [{name: age, levels: [a, null]}]", "levels are a list"),
        ("variables: [{name: age, special: {x: y}}]", "special is a list"),
        ("variables: [{name: age}]\nrule: []", "has 'rule', which a schema does not know"),
        ("variables: [{name: age}]\nrules: [{name: a}]", "a rule has name, expression and text"),
        ("variables: [{name: age}]\nrules: 5", "a rule has name, expression and text"),
        ("variables: [{name: age}]\nrules: [{name: a, expression: 5}]", "not an expression"),
        ("variables: [{name: age}]\nentity: firm", "no column 'firm' to be the entity"),
        ("variables: [{name: wage}]", "has column 'age', which"),
        ("variables: [{name: age}, {name: wage}]", "no column 'wage', which its schema names"),
        ("variables: [", "is not valid YAML"),
        ("variables: !!python/object:os.system x", "is not valid YAML"),
    ],
)
def test_a_schema_that_makes_no_sense_is_refused_by_name(text, sentence, tmp_path):
    (tmp_path / "a.csv").write_text("age\n20\n30\n40\n")
    (tmp_path / "a.yml").write_text(text)
    with pytest.raises(GuideError, match=sentence):
        load(tmp_path / "a.csv", schema=tmp_path / "a.yml")


def test_schema_files_that_cannot_be_read_are_refused(tmp_path):
    (tmp_path / "a.json").write_text("{")
    (tmp_path / "b.yml").write_bytes(b"\xff\xfe")
    for name, sentence in (("a.json", "JSON"), ("b.yml", "UTF-8"), ("c.yml", "no schema file")):
        with pytest.raises(GuideError, match=sentence):
            read_yaml(tmp_path / name)
    with pytest.raises(GuideError, match="no schema file"):
        read_yaml(tmp_path)


def test_special_codes_are_written_with_their_meaning():
    data = infer(pd.DataFrame({"hours": [1, 2, 3, -9]}))
    coded = data.schema.change("hours", kind=Kind.INTEGER, special={-9.0: "not asked"})
    assert to_dict(replace(data, schema=coded))["variables"][0]["special"] == {"-9": "not asked"}

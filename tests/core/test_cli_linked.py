"""Linked tables of one's own: a small YAML names them, a folder takes what is made of them."""

from __future__ import annotations

import json

import pytest

from guide_helpers import GuideError, load
from guide_helpers.cli import main
from guide_helpers.schema import Kind, LinkedTables

SPEC = """\
tables:
  homes: {file: homes.csv}
  people: {file: people.csv}
links:
- {parent: homes, child: people, key: home}
"""


@pytest.fixture
def spec(tmp_path):
    homes = "".join(f"h{i},{['n', 's'][i % 2]},{1 + i % 4}\n" for i in range(60))
    people = "".join(f"h{i},{20 + (7 * i + k) % 60}\n" for i in range(60) for k in range(1 + i % 4))
    (tmp_path / "homes.csv").write_text("home,region,size\n" + homes)
    (tmp_path / "people.csv").write_text("home,age\n" + people)
    path = tmp_path / "tables.yml"
    path.write_text(SPEC)
    return path


def run(*words) -> int:
    return main([str(w) for w in words])


def test_tables_and_links_are_read(spec):
    data = load(spec)
    assert isinstance(data, LinkedTables)
    assert data.root == "homes"
    assert data.n_units == 60
    assert data["people"].schema["home"].kind is Kind.IDENTIFIER
    assert data["people"].entity == "home"


def test_the_written_schema_can_be_corrected_and_given_back(spec, capsys):
    told = spec.with_name("told.yml")
    assert run("describe", spec, "--write", told) == 0
    before, after = told.read_text().split("name: age", 1)
    told.write_text(f"{before}name: age{after.replace('role: other', 'role: key', 1)}")
    assert load(told)["people"].keys == ("age",)


def test_linked_tables_are_made_compared_and_recorded_in_a_folder(spec, capsys):
    made = spec.with_name("made")
    assert run("generate", spec, "--method", "independent", "--seed", 1, "--output", made) == 0
    assert sorted(p.name for p in made.iterdir()) == ["homes.csv", "people.csv"]
    capsys.readouterr()
    assert run("compare", spec, made, "--measures", "referential_integrity", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["measure"] == "referential_integrity"


def test_a_folder_that_is_there_is_not_filled(spec, capsys):
    made = spec.with_name("made")
    made.mkdir()
    assert run("generate", spec, "--method", "independent", "--output", made) == 2
    assert "is there already" in capsys.readouterr().err
    assert not list(made.iterdir())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("tables: {}", "names no tables"),
        ("a: 1", "names no tables"),
        ("tables: {homes: {file: homes.csv}}", "names no links"),
        (SPEC.replace("key:", "by:"), "a link that is not understood"),
        (SPEC.replace("parent: homes", "parent: nobody"), "a link names table 'nobody'"),
        (SPEC.replace("key: home", "key: nothing"), "has no column 'nothing' to link by"),
        (SPEC.replace("people.csv", "nowhere.csv"), "no file"),
        (SPEC.replace("file: people.csv", "fil: people.csv"), "has no file"),
        (SPEC.replace("people.csv", "homes.csv"), "one file for two tables"),
        (SPEC.replace("homes:", "../homes:"), "has no file"),
        ("- 1", "no schema"),
        ("x: [", "not valid YAML"),
    ],
)
def test_a_description_that_cannot_be_used_is_refused(text, reason, spec):
    spec.write_text(text)
    with pytest.raises(GuideError, match=reason.replace("(", r"\(")):
        load(spec)

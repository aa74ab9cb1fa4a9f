"""From a file never seen before to a release record, in the terminal."""

from __future__ import annotations

import json
import sys

import numpy as np
import pandas as pd
import pytest

from guide_helpers.cli import main
from guide_helpers.commands._options import value_of
from guide_helpers.errors import GuideError

CANARY = "zqcanary"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A file, its second half as control, and a schema that somebody corrected."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    n = 400
    age = rng.integers(18, 80, n)
    table = pd.DataFrame(
        {
            "age": age,
            "town": rng.choice(["north", "south", CANARY], n, p=[0.5, 0.49, 0.01]),
            "job": np.where(age > 65, "retired", rng.choice(["works", "looks"], n)),
        }
    )
    table[:200].to_csv("my.csv", index=False)
    table[200:].to_csv("control.csv", index=False)
    return tmp_path


@pytest.fixture
def run(capsys):
    def call(*words):
        code = main([str(w) for w in words])
        shown = capsys.readouterr()
        assert CANARY not in shown.out + shown.err
        return code, shown.out, shown.err

    return call


def as_key(path, *names):
    text = path.read_text()
    for name in names:
        before, after = text.split(f"- name: {name}\n", 1)
        text = f"{before}- name: {name}\n{after.replace('role: other', 'role: key', 1)}"
    path.write_text(text)


def test_a_new_user_gets_from_a_file_to_a_record(own, run):
    assert run("describe", "my.csv", "--write", "my.yml")[0] == 0
    as_key(own / "my.yml", "age", "town")
    code, plan, _ = run("recommend", "my.csv", "--schema", "my.yml", "--use-case", "education")
    assert code == 0
    assert "Plan for" in plan
    code, _, _ = run("generate", "my.csv", "--schema", "my.yml", "--method", "cart", "--output",
                     "made.csv", "--recipe", "made.json", "--seed", 1)  # fmt: skip
    assert code == 0
    code, out, err = run("report", "my.csv", "made.csv", "--schema", "my.yml", "--use-case",
                         "education", "--control", "control.csv", "--recipe", "made.json",
                         "--output", "record.html", "--output", "record.json")  # fmt: skip
    assert code in (0, 1), err
    assert "written: record.html, record.json" in out
    record = json.loads((own / "record.json").read_text())
    assert record["mode"] == "with a control file"
    assert record["method"]["title"]
    assert CANARY not in (own / "record.html").read_text() + (own / "record.json").read_text()
    assert run("report", "--compare", "record.json", "record.json")[1].startswith(
        "no fact and no check differs"
    )
    assert json.loads(run("report", "--compare", "record.json", "record.json", "--json")[1])


def test_a_check_that_is_missed_ends_with_1(own, run):
    (own / "made.csv").write_text((own / "my.csv").read_text())
    code, out, _ = run("report", "my.csv", "made.csv", "--use-case", "public-release", "--json")
    assert code == 1
    assert "not" in json.loads(out)["mode"]


def test_compare_and_attack_print_for_people_and_for_programs(own, run):
    run("generate", "my.csv", "--method", "cart", "--output", "made.csv", "--seed", 1)
    words = ["compare", "my.csv", "made.csv", "--measures", "marginal_distance", "--set", "ways=1"]
    assert "correct-model null" in run(*words)[1]
    assert json.loads(run(*words, "--json")[1])[0]["measure"] == "marginal_distance"
    words = ["attack", "my.csv", "made.csv", "--attack", "attribute_inference", "--knowledge",
             "age,town", "--set", "sensitive=job", "--control", "control.csv"]  # fmt: skip
    assert "it cannot say" in run(*words)[1]
    assert json.loads(run(*words, "--json")[1])["attack"] == "attribute_inference"


def test_copies_go_into_a_folder(own, run):
    code, out, _ = run("generate", "my.csv", "--method", "independent", "--copies", 2, "--output",
                       "made", "--json")  # fmt: skip
    assert code == 0
    assert json.loads(out)["copies"] == 2
    assert sorted(p.name for p in (own / "made").iterdir()) == ["my_1.csv", "my_2.csv"]


def test_half_of_the_people_can_be_set_aside_before(own, run):
    words = ["generate", "my.csv", "--method", "independent", "--seed", 1, "--hold-out", "halves"]
    assert run(*words, "--output", "made.csv")[0] == 0
    halves = [pd.read_csv(own / "halves" / f"{name}.csv") for name in ("original", "control")]
    whole = pd.concat(halves).sort_values(["age", "town", "job"], ignore_index=True)
    mine = pd.read_csv("my.csv").sort_values(["age", "town", "job"], ignore_index=True)
    pd.testing.assert_frame_equal(whole, mine)
    assert [len(half) for half in halves] == [100, 100]
    words = ["report", "halves/original.csv", "made.csv", "--control", "halves/control.csv"]
    assert run(*words, "--use-case", "education", "--json")[0] in (0, 1)


def test_where_one_file_fails_none_is_left(own, run, monkeypatch):
    def full(*_, **__):
        raise GuideError("the disk is full")

    monkeypatch.setattr("guide_helpers.commands._recipe.write", full)
    before = sorted(own.iterdir())
    words = ["generate", "my.csv", "--method", "independent", "--hold-out", "halves"]
    assert run(*words, "--output", "made.csv", "--recipe", "made.json")[0] == 2
    assert sorted(own.iterdir()) == before


def test_without_a_name_the_file_is_called_after_the_original(own, run):
    assert run("generate", "my.csv", "--method", "independent", "--release")[0] == 0
    assert (own / "my_synthetic.csv").is_file()


def test_a_seed_of_a_release_is_in_no_file(own, run):
    run("generate", "my.csv", "--method", "independent", "--release", "--recipe", "made.json",
        "--output", "made.csv")  # fmt: skip
    assert json.loads((own / "made.json").read_text())["provenance"]["seed"] is None
    assert run("generate", "my.csv", "--method", "independent", "--release", "--seed", 1)[0] == 2


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["generate", "no.csv", "--method", "cart", "--set", "nope=1"], "no option 'nope'"),
        (["generate", "no.csv", "--method", "cart", "--set", "min_leaf=x"], "a whole number"),
        (["generate", "no.csv", "--method", "cart", "--set", "min_leaf"], "NAME=VALUE"),
        (["attack", "no.csv", "x.csv", "--attack", "unique_match", "--set", "a=1"], "no option"),
        (["compare", "no.csv", "x.csv", "--measures", "nope"], "no 'nope' in measures"),
        (["report", "no.csv"], "needs an original"),
        (["report", "a.csv", "b.csv", "--use-case", "education"], "--output record.html"),
        (["report", "a.csv", "b.csv", "--use-case", "education", "--output", "x.pdf"], ".html"),
        (["report", "a.csv", "b.csv", "--use-case", "education", "--output", "x.html", "--policy",
          "no.toml"], "no.toml"),
        (["report", "--compare", "a.json", "b.json"], "no release record"),
        (["compare", "my.csv", "control.csv", "--set", "ways=x"], "ways"),
        (["recommend", "no.csv", "--use-case", "education"], "no file no.csv"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_before_any_work(words, reason, own, run):
    before = sorted(own.iterdir())
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert reason in err
    assert err.count("\n") == 1
    assert sorted(own.iterdir()) == before


def test_a_synthetic_file_with_other_columns_is_refused(own, run):
    (own / "made.csv").write_text("age,town\n30,north\n")
    code, _, err = run("compare", "my.csv", "made.csv")
    assert (code, "has no column 'job'" in err) == (2, True)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "guide-helpers recipe 1"}'])
def test_a_recipe_of_another_kind_is_refused(text, own, run):
    (own / "made.json").write_text(text)
    code, _, err = run("report", "my.csv", "control.csv", "--use-case", "education", "--recipe",
                       "made.json", "--json")  # fmt: skip
    assert (code, "is no recipe" in err) == (2, True)


def test_an_error_of_the_guide_itself_says_where_and_shows_no_value(own, run, monkeypatch):
    def broken(*_, **__):
        raise KeyError(CANARY)

    monkeypatch.setattr("guide_helpers.verbs.load", broken)
    code, out, err = run("describe", "my.csv")
    assert (code, out) == (3, "")
    assert "KeyError in commands/_shared.py, line" in err
    assert "Traceback" not in err


def test_a_full_memory_and_ctrl_c_have_their_codes(own, run, monkeypatch):
    for error, code in ((MemoryError, 2), (KeyboardInterrupt, 130)):

        def stop(*_, error=error, **__):
            raise error

        monkeypatch.setattr("guide_helpers.verbs.load", stop)
        assert run("describe", "my.csv")[0] == code


def test_values_get_the_type_of_the_option():
    assert value_of("x", "20", "int") == 20
    assert value_of("x", "none", "int | None") is None
    assert value_of("x", "1e-6", "float") == 1e-6
    assert value_of("x", "yes", "bool") is True
    assert value_of("x", "a, b", "Sequence[str] | None") == ("a", "b")
    assert value_of("x", "1,2", "Sequence[int]") == (1, 2)
    assert value_of("x", '[["a", "b"]]', "Sequence[tuple[str, str]]") == (("a", "b"),)
    assert value_of("x", '{"a": [1]}', "Mapping[str, Sequence[float]] | None") == {"a": (1,)}
    assert value_of("x", "y ~ a", "str") == "y ~ a"
    for text, annotation in (("x", "float"), ("1.5", "int"), ("maybe", "bool"), ("{", "str")):
        with pytest.raises(GuideError, match="option"):
            value_of("x", text, annotation)


def test_completion_prints_what_each_shell_reads(run):
    lines = run("completion")[1]
    assert all(shell in lines for shell in ("bash", "zsh", "fish"))
    assert "guide" in run("completion", "bash")[1]


def test_every_command_teaches_with_an_example(capsys):
    commands = "list show recommend describe generate compare attack report serve evidence download"
    for command in [*commands.split(), "completion"]:
        with pytest.raises(SystemExit) as end:
            main([command, "--help"])
        assert end.value.code == 0
        assert f"guide {command}" in capsys.readouterr().out.split("options:")[-1]


def test_progress_is_silent_where_nobody_watches(own, run):
    assert run("generate", "my.csv", "--method", "cart", "--output", "made.csv", "--quiet")[2] == ""


def test_completion_without_its_package_is_refused(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "argcomplete.shell_integration", None)
    monkeypatch.setitem(sys.modules, "argcomplete", None)
    assert run("completion", "zsh")[0] == 2

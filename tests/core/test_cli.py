"""The command says what it can do, does it, and refuses in one line with exit code 2."""

from __future__ import annotations

import json
import subprocess
import sys

import pandas as pd
import pytest

from guide_helpers import load
from guide_helpers.catalogue import KINDS, entries
from guide_helpers.cli import main
from guide_helpers.datasets._download import FILES

CSV = "age,town\n" + "".join(f"{20 + i % 7},{['zqnorth', 'zqsouth'][i % 2]}\n" for i in range(40))


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(CSV)
    return path


def run(capsys, *words) -> tuple[int, str, str]:
    code = main([str(w) for w in words])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.mark.parametrize("kind", KINDS)
def test_list_names_every_entry(kind, capsys):
    code, out, _ = run(capsys, "list", kind)
    assert code == 0
    assert all(slug in out for slug in entries(kind))


def test_list_marks_what_the_guide_only_describes(capsys):
    lines = {line.split()[0]: line for line in run(capsys, "list", "methods")[1].splitlines()}
    assert "described" in lines["relational_diffusion"]
    assert "described" not in lines["cart"]


def test_list_without_a_kind_names_all_inventories(capsys):
    _, out, _ = run(capsys, "list")
    assert all(f"{kind}:" in out for kind in KINDS)
    assert set(json.loads(run(capsys, "list", "--json")[1])) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_show_prints_every_card_for_people_and_for_programs(kind, capsys):
    for slug, entry in entries(kind).items():
        code, out, _ = run(capsys, "show", kind, slug)
        assert code == 0
        assert entry.card.title in out
        assert "{cite" not in out
        assert json.loads(run(capsys, "show", kind, slug, "--json")[1])["slug"] == slug


def test_describe_shows_and_writes_the_schema_but_no_value(own, tmp_path, capsys):
    code, out, _ = run(capsys, "describe", own, "--write", tmp_path / "own.yml")
    assert code == 0
    assert "40 rows" in out
    assert "zq" not in out + (tmp_path / "own.yml").read_text()
    spec = json.loads(run(capsys, "describe", own, "--schema", tmp_path / "own.yml", "--json")[1])
    assert spec["own.csv"]["rows"] == 40
    assert [v["name"] for v in spec["own.csv"]["variables"]] == ["age", "town"]


def test_describe_takes_data_sets_of_the_guide(capsys):
    assert "satgpa: 1,000 rows" in run(capsys, "describe", "satgpa")[1]
    assert "persons: " in run(capsys, "describe", "acs")[1]


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet"])
def test_generate_writes_a_file_that_can_be_loaded(ending, own, tmp_path, capsys):
    target = tmp_path / f"made{ending}"
    code, out, _ = run(
        capsys, "generate", own, "--method", "cart", "--output", target, "--seed", 1, "--rows", 25
    )
    assert code == 0
    assert "25 rows by cart, seed 1" in out
    assert len(load(target)) == 25
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["own.csv", target.name])


def test_a_parquet_file_lists_no_level_that_none_of_its_rows_has(tmp_path, capsys):
    towns = pd.Series([f"zqtown{i:02d}" for i in range(40)] * 2, name="town")
    towns.to_csv(tmp_path / "own.csv", index=False)
    target = tmp_path / "made.parquet"
    run(capsys, "generate", tmp_path / "own.csv", "--method", "independent", "--output", target,
        "--rows", 3)  # fmt: skip
    found = pd.read_parquet(target)["town"]
    assert len(found) == 3
    assert not isinstance(found.dtype, pd.CategoricalDtype)


def test_the_same_seed_writes_the_same_file(own, tmp_path, capsys):
    for name in ("one.csv", "two.csv"):
        run(capsys, "generate", own, "--method", "cart", "--output", tmp_path / name, "--seed", 1)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_whole_numbers_stay_whole_where_some_are_missing(tmp_path, capsys):
    pd.DataFrame({"age": pd.array([*range(20, 59), None], dtype="Int64")}).to_csv(
        tmp_path / "own.csv", index=False
    )
    target = tmp_path / "made.csv"
    run(capsys, "generate", tmp_path / "own.csv", "--method", "cart", "--output", target)
    assert "." not in target.read_text()


def test_generate_replaces_no_file(own, tmp_path, capsys):
    code, _, err = run(capsys, "generate", own, "--method", "independent", "--output", own)
    assert code == 2
    assert "is there already" in err
    assert own.read_text() == CSV


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["show", "methods", "nope"], "no 'nope' in methods; known: "),
        (["describe", "nope"], "no 'nope' in datasets"),
        (["describe", "nope.csv"], "no file nope.csv"),
        (["describe", "acs", "--write", "x.yml"], "linked tables"),
        (["download", "nope"], "no 'nope' to download"),
        (["generate", "satgpa", "--method", "cart", "--output", "x.xls"], "not one of .csv"),
        (["generate", "satgpa", "--method", "cart", "--output", "no/x.csv"], "no folder no"),
        (["generate", "satgpa", "--method", "cart", "--rows", "0", "--output", "x.csv"], "n=0"),
        (["generate", "satgpa", "--method", "cart", "--seed", "-1", "--output", "x.csv"], "seed"),
        (["describe", "satgpa", "--write", "no/x.yml"], "no folder no to write x.yml"),
        (["generate", "acs", "--method", "cart", "--output", "x.csv"], "need a folder"),
        (["generate", "acs", "--method", "cart", "--output", "x"], "not on linked ones"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(
    words, reason, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert err.startswith("guide: ")
    assert err.count("\n") == 1
    assert reason in err
    assert not list(tmp_path.iterdir())


def test_unknown_words_get_the_known_ones(capsys):
    for words in (["generate", "x.csv", "--method", "nope", "--output", "y.csv"], ["list", "nope"]):
        with pytest.raises(SystemExit) as end:
            main(words)
        assert end.value.code == 2
        assert "choose from" in capsys.readouterr().err


def test_help_teaches_the_first_steps(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    out = capsys.readouterr().out
    assert end.value.code == 0
    assert "begin here:" in out
    assert "guide describe my.csv --write my.yml" in out


def test_download_without_a_name_lists_what_there_is(capsys):
    assert all(name in run(capsys, "download")[1] for name in FILES)


def test_a_reader_that_stops_early_causes_no_error():
    with subprocess.Popen(
        [sys.executable, "-m", "guide_helpers.cli", "list"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as command:
        command.stdout.close()
        assert command.stderr.read() == b""
        assert command.wait() == 0

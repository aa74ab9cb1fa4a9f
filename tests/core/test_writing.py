"""A new file is whole or not there, and no file is replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from guide_helpers import GuideError, load, save_schema
from guide_helpers.cli import main
from guide_helpers.writing import whole_file

KILLED = """
import os, signal, sys
from guide_helpers.writing import whole_file
with whole_file(sys.argv[1]) as part:
    part.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def _write(target, meanwhile):
    with whole_file(target) as part:
        part.write_text("mine")
        meanwhile()


def test_what_is_written_gets_its_name_at_the_end(tmp_path):
    target = tmp_path / "made.txt"
    with whole_file(target) as part:
        part.write_text("all of it")
        assert not target.exists()
    assert target.read_text() == "all of it"
    assert list(tmp_path.iterdir()) == [target]


def test_a_failure_leaves_nothing_behind(tmp_path):
    with pytest.raises(ZeroDivisionError):
        _write(tmp_path / "made.txt", lambda: 1 / 0)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_process_leaves_no_half_file_under_the_name(tmp_path):
    target = tmp_path / "made.txt"
    done = subprocess.run([sys.executable, "-c", KILLED, str(target)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not target.exists()
    assert [p.name.split("-")[0] for p in tmp_path.iterdir()] == ["made.txt.part"]


def test_a_file_that_came_in_the_meantime_is_kept(tmp_path):
    target = tmp_path / "made.txt"
    with pytest.raises(GuideError, match="is there already"):
        _write(target, lambda: target.write_text("another's"))
    assert target.read_text() == "another's"
    assert list(tmp_path.iterdir()) == [target]


def test_a_disk_that_refuses_is_said_in_one_sentence(tmp_path):
    def fill():
        raise OSError(28, "No space left on device")

    with pytest.raises(GuideError, match=r"cannot be written \(No space left on device\)"):
        _write(tmp_path / "made.txt", fill)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("package", "words"),
    [("yaml", "need the package pyyaml"), ("pyarrow", "needs the package pyarrow")],
)
def test_a_package_that_is_not_installed_is_named(package, words, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, package, None)
    if package == "yaml":
        with pytest.raises(GuideError, match=words):
            save_schema(load("satgpa"), tmp_path / "x.yml")
        (tmp_path / "x.yaml").write_text("variables: []")
        (tmp_path / "x.csv").write_text("a,b\n1,2\n")
        with pytest.raises(GuideError, match=words):
            load(tmp_path / "x.csv", schema=tmp_path / "x.yaml")
    else:
        asked = ["generate", "satgpa", "--method", "cart", "--output", str(tmp_path / "x.parquet")]
        assert main(asked) == 2
        assert words in capsys.readouterr().err
        assert not list(tmp_path.iterdir())

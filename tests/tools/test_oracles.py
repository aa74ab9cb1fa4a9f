"""Comparisons with other tools: a difference is nothing, or explained."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

PLACE = Path(__file__).resolve().parents[2] / "tools" / "oracles.py"


@pytest.fixture
def oracles():
    spec = importlib.util.spec_from_file_location("oracles", PLACE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_line_keeps_what_the_formula_leaves_over(oracles):
    line = oracles.line("KSComplement", 0.9, 0.1, "1 - ours", by_formula=0.9, data="adult")
    assert line["difference"] == pytest.approx(0.8)
    assert line["unexplained"] == 0


def test_a_difference_without_a_word_is_refused(oracles):
    assert oracles.line("same", 0.5, 0.5 + 1e-12)["explanation"] == ""
    with pytest.raises(SystemExit, match="explain the difference"):
        oracles.line("other", 0.5, 0.4)
    with pytest.raises(SystemExit, match="no comparison"):
        oracles.line("nothing", float("nan"), 0.4)


def test_a_script_is_asked_in_another_python(oracles):
    script = "import json, sys\nasked, answered = map(open, sys.argv[1:], 'rw')\n"
    script += "json.dump(2 * json.load(asked), answered)"
    assert oracles.ask(Path(sys.executable), script, 21) == 42
    with pytest.raises(SystemExit, match="ZeroDivisionError"):
        oracles.ask(Path(sys.executable), "1 / 0", None)


def test_the_record_is_written_whole(oracles, tmp_path, monkeypatch):
    monkeypatch.setattr(oracles, "EVIDENCE", tmp_path)
    lines = [oracles.line("quantity", 0.5, 0.5)]
    target = oracles.write("numpy", Path(sys.executable), ["numpy", "pandas"], lines)
    record = json.loads(target.read_text("utf-8"))
    assert [p.name for p in tmp_path.iterdir()] == ["oracles-numpy.json"]
    assert record["records"][0]["version"] == record["version"] == record["versions"]["numpy"]
    assert record["records"][0]["tool"] == "numpy"

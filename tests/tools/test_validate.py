"""The records of the validation tier are there, current, and hold when a part is run again."""

from __future__ import annotations

import importlib.util
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
QUICK = 5
"""Seconds that a test may have taken in the record to be run again here."""


@pytest.fixture(scope="module")
def validate():
    spec = importlib.util.spec_from_file_location("validate", ROOT / "tools" / "validate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_record_is_older_than_the_code_it_speaks_of(validate):
    late = [m.name for m in validate.outdated()]
    assert not late, f"run `make validate`, then commit data/evidence/validation: {late}"


def test_no_record_is_left_of_a_module_that_is_gone(validate):
    wanted = {validate.record_of(m) for m in validate.modules()}
    assert set(validate.RECORDS.glob("*.json")) == wanted


def test_a_random_quick_statement_holds_again(validate):
    quick = [
        f"{module.relative_to(ROOT).as_posix()}::{test['name']}"
        for module in validate.modules()
        for test in json.loads(validate.record_of(module).read_text())["tests"]
        if test["seconds"] <= QUICK
    ]
    chosen = random.choice(quick)
    command = [sys.executable, "-m", "pytest", chosen, "-m", "validation", "-q"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2_000:]
    assert "1 passed" in done.stdout


def test_the_key_changes_with_the_code_that_a_statement_speaks_of(validate, tmp_path, monkeypatch):
    for path in ("tests/attacks/test_a.py", "src/guide_helpers/attacks/a.py"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text("a: mark.validation")
    monkeypatch.setattr(validate, "ROOT", tmp_path)
    monkeypatch.setattr(validate, "PACKAGE", tmp_path / "src" / "guide_helpers")
    module = tmp_path / "tests/attacks/test_a.py"
    before = validate.key(module)
    (tmp_path / "src/guide_helpers/attacks/a.py").write_text("another formula")
    assert validate.key(module) != before


def test_the_key_rests_on_what_a_test_names_and_on_what_that_imports(
    validate, tmp_path, monkeypatch
):
    package = tmp_path / "src" / "guide_helpers" / "attacks"
    texts = {
        "tests/attacks/test_a.py": "from guide_helpers.attacks.a import A",
        "src/guide_helpers/attacks/a.py": "from guide_helpers.attacks._shared import (\n    B,\n)",
        "src/guide_helpers/attacks/_shared.py": "B = 1",
        "src/guide_helpers/attacks/other.py": "C = 1",
    }
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.setattr(validate, "ROOT", tmp_path)
    monkeypatch.setattr(validate, "PACKAGE", package.parent)
    module = tmp_path / "tests/attacks/test_a.py"
    before = validate.key(module)
    (package / "other.py").write_text("C = 2")
    assert validate.key(module) == before
    (package / "_shared.py").write_text("B = 2")
    assert validate.key(module) != before
    module.write_text("for each in entries('attacks'): ...")
    assert package / "other.py" in validate.subject(module)

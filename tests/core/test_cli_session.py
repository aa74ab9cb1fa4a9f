"""The session that the chapter on the package shows leads from a new file to a record."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from guide_helpers.cli import main

CHAPTER = Path(__file__).parents[2] / "book" / "appendix" / "package.md"
CANARY = "zqcanary"
ROLES = {"age": "key", "sex": "key", "region": "key", "income": "sensitive"}
"""What the chapter says of the schema."""


def commands() -> list[list[str]]:
    """The lines that a reader types, in their order."""
    blocks = re.findall(r"```sh\n(.*?)```", CHAPTER.read_text(encoding="utf-8"), re.DOTALL)
    return [shlex.split(line)[1:] for block in blocks for line in block.splitlines()]


@pytest.fixture
def people(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    n = 600
    age = rng.integers(16, 90, n)
    table = {
        "age": age,
        "sex": rng.choice(["female", "male"], n),
        "region": rng.choice(["north", "south", "west", CANARY], n, p=[0.4, 0.4, 0.19, 0.01]),
        "employed": np.where((age < 66) & (rng.random(n) < 0.8), "yes", "no"),
        "income": np.round(np.exp(rng.normal(7, 0.6, n))),
    }
    pd.DataFrame(table).to_csv("people.csv", index=False)
    return tmp_path


def correct(schema: Path) -> None:
    """Do what the reader does in an editor."""
    text = schema.read_text(encoding="utf-8")
    for name, role in ROLES.items():
        before, after = text.split(f"- name: {name}\n", 1)
        text = f"{before}- name: {name}\n{after.replace('role: other', f'role: {role}', 1)}"
    schema.write_text(text, encoding="utf-8")


def test_the_session_of_the_chapter_ends_in_a_record(people, capsys):
    codes = {}
    for words in commands():
        codes[words[0]] = main(words)
        shown = capsys.readouterr()
        assert CANARY not in shown.out + shown.err
        assert not shown.err
        if "--write" in words:
            correct(people / "people.yaml")
    assert set(codes) == {"describe", "recommend", "generate", "report"}
    assert set(codes.values()) <= {0, 1}
    record = json.loads((people / "record.json").read_text(encoding="utf-8"))
    assert record["mode"].startswith("with the generator")
    assert record["method"]["options"] == {"min_leaf": 20}
    assert "<html" in (people / "record.html").read_text(encoding="utf-8")
    assert CANARY not in (people / "record.html").read_text(encoding="utf-8")


def test_the_chapter_says_which_roles_the_reader_gives():
    text = CHAPTER.read_text(encoding="utf-8")
    assert "`age`, `sex` and `region` get `role: key`" in text
    assert "`income` gets `role: sensitive`" in text

"""Facts about the comparisons with other tools and their page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guide_helpers.site import oracles

ROOT = Path(__file__).resolve().parents[2]
RECORDS = sorted((ROOT / "data" / "evidence").glob("oracles-*.json"))
each = pytest.mark.parametrize("path", RECORDS, ids=lambda p: p.stem)


@each
def test_every_quantity_stands_in_the_table(path):
    found = json.loads(path.read_text("utf-8"))
    table = [line for line in oracles.told(found) if line.startswith("|")]
    groups = len({record["data"] for record in found["records"]})
    assert len(table) == len(found["records"]) + 2 * groups
    assert groups
    for record in found["records"]:
        assert any(record["quantity"].replace("|", "\\|") in line for line in table)


@each
def test_a_difference_is_explained_by_a_formula_or_in_words(path):
    for record in json.loads(path.read_text("utf-8"))["records"]:
        if record["theirs"] != record["ours"]:
            assert record["explanation"] or abs(record["unexplained"]) <= 1e-9


@each
def test_a_record_says_how_it_was_made_and_names_no_machine(path):
    text = path.read_text("utf-8")
    found = json.loads(text)
    assert found["command"].startswith("python tools/compare_")
    assert found["date"]
    assert str(ROOT) not in text
    assert "/tmp" not in text


def test_three_tools_were_asked():
    assert {p.stem for p in RECORDS} == {
        "oracles-anonymeter",
        "oracles-sdmetrics",
        "oracles-syntheval",
    }


def test_numbers_are_short_and_what_is_missing_is_empty():
    assert [oracles.number(x) for x in (0.123456789, 1, None, "n/a", 2e-19)] == [
        "0.123457",
        "1",
        "",
        "n/a",
        "0",
    ]

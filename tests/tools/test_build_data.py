"""The script that makes `data/` gives the same bytes again and finds what does not agree."""

from __future__ import annotations

import gzip
import importlib.util
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from guide_helpers.datasets._csv import csv_bytes
from guide_helpers.datasets._registry import unpack
from guide_helpers.errors import GuideError

ROOT = Path(__file__).resolve().parents[2]


def _module(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


recipes = _module("data_recipes")
build_data = _module("build_data")


def test_packing_twice_gives_the_same_bytes_without_time_and_name():
    packed = build_data.packed(b"age\n16\n")
    assert packed == build_data.packed(b"age\n16\n")
    assert packed[3:10] == b"\x00" * 5 + b"\x02\xff"
    assert gzip.decompress(packed) == b"age\n16\n"


def test_a_table_is_written_in_its_shortest_form():
    rows = pd.DataFrame(
        {"n": [1.0, np.nan, 0.1], "word": ["a, b", None, ""], "day": [3, 2, 1]}, index=[5, 6, 7]
    )
    assert csv_bytes(rows) == b'n,word,day\n1,"a, b",3\n,,2\n0.1,,1\n'


def test_samples_are_drawn_without_replacement_and_do_not_change():
    assert recipes.chosen(10, 4, "a seed").tolist() == recipes.chosen(10, 4, "a seed").tolist()
    assert recipes.chosen(6, 6, "any").tolist() == [0, 1, 2, 3, 4, 5]
    assert recipes.chosen(1_000, 5, "cps95").tolist() == [89, 206, 347, 773, 964]


def test_pay_grades_in_the_order_of_their_texts_come_right():
    grades = [recipes._PAY_GRADE[rank] for rank in (1, 2, 3, 4, 11)]
    assert grades == ["unknown", "1", "10", "2", "9"]


def test_a_census_code_belongs_to_the_group_that_starts_at_or_below_it():
    groups = recipes._group(pd.Series([-9, 770, 1069, 1070]), recipes._INDUSTRY_FROM)
    assert groups.tolist() == ["not applicable", "construction", "construction", "manufacturing"]


def test_a_label_without_a_word_stops_the_work():
    with pytest.raises(ValueError, match="column 'sex' has labels without a word"):
        recipes._cps.words(pd.Series(["Male", "Unknown"], name="sex"), recipes._cps.SEX)


def test_every_shipped_data_set_has_a_recipe_and_a_pinned_source():
    assert set(recipes.RECIPES) == {p.parent.name for p in (ROOT / "data").glob("*/schema.json")}
    assert all(len(a.sha256) == 64 for r in recipes.RECIPES.values() for a in r.artefacts)


@pytest.mark.parametrize("slug", list(recipes.RECIPES))
def test_pages_are_those_that_cards_and_schemas_make(slug):
    folder = ROOT / "data" / slug
    made = build_data.readme(slug, folder)
    assert made == (folder / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def copy(tmp_path) -> Path:
    """Give a copy of the smallest data set to break."""
    shutil.copytree(ROOT / "data" / "satgpa", tmp_path / "satgpa")
    return tmp_path / "satgpa"


def change_schema(folder: Path, **changes: object) -> None:
    spec = json.loads((folder / "schema.json").read_text())
    spec["tables"]["satgpa"] |= changes
    (folder / "schema.json").write_text(json.dumps(spec))


def test_the_shipped_files_agree_with_their_schema(copy):
    assert build_data.faults("satgpa", copy) == []


def test_a_rule_that_does_not_hold_is_found(copy):
    change_schema(copy, rules=[{"name": "verbal wins", "expression": "sat_v > sat_m"}])
    (fault,) = build_data.faults("satgpa", copy)
    assert "rows break 'verbal wins'; its card does not say so" in fault


def test_a_structural_zero_with_a_case_is_found(copy):
    change_schema(copy, structural_zeros=[{"name": "no ones", "impossible": "sex == '1'"}])
    assert build_data.faults("satgpa", copy) == [
        "satgpa, table 'satgpa': 516 rows have what cannot be: 'no ones'"
    ]


def test_a_bound_that_is_too_narrow_is_found(copy):
    text = (copy / "schema.json").read_text()
    (copy / "schema.json").write_text(text.replace('"bounds": [0, 4]', '"bounds": [1, 4]'))
    (fault,) = build_data.faults("satgpa", copy)
    assert "values of 'fy_gpa' are outside its bounds" in fault


def test_a_level_that_the_schema_does_not_know_is_refused(copy):
    text = (copy / "schema.json").read_text()
    (copy / "schema.json").write_text(text.replace('["1", "2"]', '["1"]'))
    with pytest.raises(GuideError, match="'sex' has 484 values that are not among its 1 levels"):
        build_data.faults("satgpa", copy)


def test_writing_leaves_a_whole_file_or_the_old_one(tmp_path, monkeypatch):
    target = tmp_path / "a.csv"
    build_data.write(target, b"old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        build_data.write(target, b"new")
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_comparing_tells_bytes_from_rows(tmp_path):
    made, kept = tmp_path / "made.gz", tmp_path / "kept.gz"
    made.write_bytes(build_data.packed(b"age\n16\n"))
    kept.write_bytes(gzip.compress(b"age\n16\n", mtime=7))
    assert build_data.compare(made, made) == "same bytes"
    assert build_data.compare(made, kept) == "same rows, compressed otherwise"
    kept.write_bytes(gzip.compress(b"age\n17\n"))
    assert build_data.compare(made, kept) == "DIFFERS"
    assert build_data.compare(made, tmp_path / "none.gz") == "not in data/"


def test_members_of_a_source_distribution_are_unpacked(tmp_path):
    import tarfile

    (tmp_path / "rows.csv").write_text("age\n16\n")
    with tarfile.open(tmp_path / "package.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "rows.csv", "package-1.0/rows.csv")
    unpack(tmp_path / "package.tar.gz", ["package-1.0/rows.csv"], tmp_path / "out")
    assert (tmp_path / "out/package-1.0/rows.csv").read_text() == "age\n16\n"

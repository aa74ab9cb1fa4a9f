"""Stata, SPSS and SAS files: labels and missing codes survive the way in and out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from guide_helpers import GuideError, load
from guide_helpers.cli import main
from guide_helpers.intake import load_like
from guide_helpers.schema import Kind

SEX = {1: "male", 2: "female", 9: "refused", 7: "zqnobody"}
N = 300


def people() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    income = np.round(rng.gamma(2, 900, N))
    born = pd.Timestamp("1950-01-01") + pd.to_timedelta(rng.integers(0, 9_000, N), "D")
    table = pd.DataFrame(
        {
            "sex": rng.choice([1.0, 2.0, 9.0], N, p=[0.45, 0.45, 0.1]),
            "income": np.where(rng.random(N) < 0.1, -9.0, income),
            "region": rng.choice(["n", "s"], N),
            "born": born.date,
        }
    )
    table.loc[:9, "income"] = np.nan
    return table


@pytest.fixture
def spss(tmp_path):
    path = tmp_path / "people.sav"
    pyreadstat.write_sav(
        people(),
        str(path),
        column_labels={"sex": "Sex of the person"},
        variable_value_labels={"sex": SEX, "income": {-9: "not asked"}, "region": {"n": "North"}},
        missing_ranges={"sex": [9], "income": [-9]},
        variable_measure={"sex": "nominal"},
    )
    return path


@pytest.fixture
def stata(tmp_path):
    path = tmp_path / "people.dta"
    table = people()
    table["sex"] = ["a" if x == 9 else int(x) for x in table["sex"]]
    table["income"] = ["b" if x == -9 else x for x in table["income"]]
    pyreadstat.write_dta(
        table,
        str(path),
        column_labels={"sex": "Sex of the person"},
        variable_value_labels={"sex": {1: "male", 2: "female", "a": "refused"}},
        missing_user_values={"sex": ["a"], "income": ["b"]},
    )
    return path


def made(source, ending, *more):
    target = source.with_name(f"made{ending}")
    words = ["generate", source, "--method", "cart", "--seed", 1, "--output", target, *more]
    assert main([str(w) for w in words]) == 0
    return target


def test_labels_make_a_variable_categorical_and_missing_codes_are_special(spss):
    schema = load(spss).schema
    assert schema["sex"].kind is Kind.CATEGORICAL
    assert schema["sex"].label == "Sex of the person"
    assert schema["sex"].levels == (1, 2, 9)
    assert schema["income"].kind is Kind.INTEGER
    assert dict(schema["income"].special) == {-9.0: "not asked"}
    assert schema["income"].bounds[0] >= 0
    assert schema["born"].kind is Kind.DATETIME
    assert load(spss)["income"].isna().sum() == 10


def test_missing_values_with_a_letter_are_special_codes(stata):
    schema = load(stata).schema
    assert schema["sex"].kind is Kind.CATEGORICAL
    assert schema["sex"].levels == (-99_901, 1, 2)
    assert dict(schema["income"].special) == {-99_902.0: ".b"}


def test_an_spss_file_keeps_labels_missing_codes_and_formats(spss):
    rows, said = pyreadstat.read_sav(str(made(spss, ".sav")), user_missing=True)
    assert len(rows) == N
    assert said.column_names_to_labels["sex"] == "Sex of the person"
    assert said.variable_value_labels["sex"] == {1: "male", 2: "female", 9: "refused"}
    assert said.variable_value_labels["region"] == {"n": "North"}
    assert said.missing_ranges["income"] == [{"lo": -9, "hi": -9}]
    assert (rows["income"] == -9).any()
    assert rows["income"].isna().any()
    assert said.original_variable_types["born"].startswith("DATE")
    assert said.variable_measure["sex"] == "nominal"


def test_a_stata_file_keeps_labels_and_letters(stata):
    rows, said = pyreadstat.read_dta(str(made(stata, ".dta")), user_missing=True)
    assert said.variable_value_labels["sex"] == {1: "male", 2: "female", "a": "refused"}
    assert set(rows["sex"]) == {1, 2, "a"}
    assert "b" in set(rows["income"])
    assert said.original_variable_types["born"] == "%td"


def test_labels_of_codes_that_no_synthetic_record_has_stay_inside(spss):
    assert b"zqnobody" in spss.read_bytes()
    assert b"zqnobody" not in made(spss, ".sav").read_bytes()


@pytest.mark.parametrize("ending", [".dta", ".xpt", ".csv", ".parquet"])
def test_a_file_of_one_program_becomes_one_of_another(ending, spss):
    found = load(made(spss, ending))
    assert len(found) == N
    assert set(found["sex"].dropna()) == {1, 2, 9}
    assert found["born"].notna().all()


def test_sas_transport_files_are_read_and_written(tmp_path):
    path = tmp_path / "people.xpt"
    pyreadstat.write_xport(people(), str(path), column_labels={"sex": "Sex"})
    assert load(path).schema["sex"].label == "Sex"
    assert len(load(made(path, ".xpt"))) == N


def test_a_synthetic_file_is_read_as_its_original_was(spss):
    original = load(spss)
    synthetic = load_like(made(spss, ".sav"), original)
    assert synthetic.schema == original.schema


def test_codes_in_a_range_without_a_label_are_missing(tmp_path):
    path = tmp_path / "x.sav"
    table = pd.DataFrame({"x": [1.0, 2.5, 3.5, -91.0, -95.0, -98.0]})
    pyreadstat.write_sav(
        table,
        str(path),
        missing_ranges={"x": [{"lo": -99, "hi": -90}]},
        variable_value_labels={"x": {-91: "refused"}},
    )
    found = load(path)
    assert dict(found.schema["x"].special) == {-91.0: "refused"}
    assert found["x"].isna().sum() == 2


def test_names_that_a_program_cannot_hold_are_refused_and_nothing_is_left(tmp_path, capsys):
    (tmp_path / "own.csv").write_text("a b,c\n" + "1,2\n3,4\n" * 30)
    words = ["generate", tmp_path / "own.csv", "--method", "independent",
             "--output", tmp_path / "made.dta"]  # fmt: skip
    assert main([str(w) for w in words]) == 2
    assert "short names" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["own.csv"]


@pytest.mark.parametrize("ending", [".dta", ".sav", ".sas7bdat", ".xpt"])
def test_what_is_no_such_file_is_refused_in_one_sentence(ending, tmp_path):
    for content in (b"", b"zqcanary" * 50, b"HEADER RECORD*******LIBRARY"):
        path = tmp_path / f"own{ending}"
        path.write_bytes(content)
        with pytest.raises(GuideError, match="cannot be read") as refusal:
            load(path)
        assert "zqcanary" not in str(refusal.value)

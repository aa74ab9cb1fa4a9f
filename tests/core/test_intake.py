"""Whatever file a reader brings, the way to a comparison ends in a result or in one sentence."""

from __future__ import annotations

import gzip
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guide_helpers import GuideError, compare, generate, load
from guide_helpers.results import Comparison
from guide_helpers.schema import Kind, Role

CANARY = "zqcanary"
"""Stands in the records of the files below, and must stand in no message."""
GOOD = "age,town\n" + "".join(f"{20 + i % 40},{['north', 'south'][i % 2]}\n" for i in range(60))


def journey(path, method="independent"):
    """Take a file all the way: load, generate, compare."""
    data = load(path)
    synthetic = generate(data, method, seed=1)
    assert synthetic.first.schema == data.schema
    return compare(data, synthetic, measures=["marginal_distance"], ways=(1,), draws=20)


def sentence(path, method="independent") -> str:
    """Return the one sentence with which a file is refused on its way."""
    with pytest.raises(GuideError) as refusal:
        journey(path, method)
    message = str(refusal.value)
    assert "\n" not in message
    assert CANARY not in message
    return message


def written(tmp_path, content, name="own.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def column(values) -> str:
    rows = zip(values, GOOD.splitlines()[1:], strict=False)
    return "x,age,town\n" + "".join(f"{x},{rest}\n" for x, rest in rows)


RESULTS = {
    "a plain file": GOOD,
    "an all-missing column": column([""] * 60),
    "a constant column": column(["5"] * 60),
    "a constant word": column(["same"] * 60),
    "mixed types": column(["1", CANARY, "2.5", "", "2022-01-01"] * 12),
    "one row": "age,town\n34,north\n",
    "one column": "age\n1\n2\n3\n3\n",
    "10,000 levels": "x,y\n" + "".join(f"level {i % 10_000},{i % 7}\n" for i in range(25_000)),
    "a byte-order mark": b"\xef\xbb\xbf" + GOOD.encode(),
    "quoted line breaks": 'x,y\n"a\nb",1\n"c, d",2\n"a\nb",3\n',
    "windows line ends": GOOD.replace("\n", "\r\n"),
    "short lines": "a,b\n1,2\n3\n4,5\n",
    "truth values": column(["True", "False", ""] * 20),
    "large numbers": column(["1e300", "-1e300", "5"] * 20),
    "no last line end": GOOD.rstrip("\n"),
    "names with blanks": GOOD.replace("age", "age in years").replace("town", "näher"),
    "dates": column([f"2022-01-{1 + i % 28:02}" for i in range(60)]),
}


@pytest.mark.parametrize("method", ["independent", "cart"])
@pytest.mark.parametrize("case", sorted(RESULTS.keys() - {"dates"}))
def test_odd_files_get_a_result(case, method, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = journey(written(tmp_path, RESULTS[case]), method)
    assert isinstance(scores, Comparison)
    assert all(np.isfinite(s.value) for s in scores)


REFUSALS = {
    "a duplicated column name": (f"a,b,a\n1,2,{CANARY}\n", "column 'a' more than once"),
    "a column without a name": (f"a,,b\n1,2,{CANARY}\n", "a column without a name"),
    "an empty file": ("", "is empty"),
    "numbers for a header": (f"34,1.5\n27,{CANARY}\n", "values in its first line"),
    "a record for a header": (f"{CANARY},1\n{CANARY},2\nb,1\n", "values in its first line"),
    "blank lines": ("\n\n\n", "is empty"),
    "a header alone": ("a,b\n", "columns but no rows"),
    "infinite values": (column(["inf", "-inf", "1"] * 20), "'x' has 40 infinite values"),
    "bytes that are no text": (b"a,b\n\xff\xfe,zqcanary\n", "UTF-8"),
    "utf-16": (GOOD.encode("utf-16"), "UTF-8"),
    "latin-1 far down": (GOOD.encode() * 900 + "30,K\u00f6ln\n".encode("latin-1"), "UTF-8"),
    "a line with too many fields": (f"a,b\n1,2\n1,2,{CANARY}\n", "has line 3 with more fields"),
    "lines with one field more": (f"a,b\n{CANARY},1,2\n{CANARY},3,4\n", "more fields"),
    "an open quote": (f'a,b\n1,"{CANARY}\n', "a quote that is never closed"),
    "semicolons": (f"a;b\n1;{CANARY}\n", "save it with commas"),
    "no date of the calendar": (column(["2022-13-77"] * 60), "no dates"),
    "numbers with too many digits": (column(["12345678901234567890"] * 60), "lose digits"),
    "free text": (column([f"{CANARY} {i}" for i in range(60)]), "of kind text"),
    "null bytes": (b"a,b\n1,\x00\n\x00\x00", ""),
}


@pytest.mark.parametrize("case", sorted(REFUSALS.keys() - {"null bytes"}))
def test_files_that_cannot_be_used_are_refused_in_one_sentence(case, tmp_path):
    content, reason = REFUSALS[case]
    assert reason in sentence(written(tmp_path, content))


def test_null_bytes_get_a_result_or_a_sentence(tmp_path):
    _result_or_sentence(written(tmp_path, REFUSALS["null bytes"][0]))


def test_places_that_hold_no_file_are_refused(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    assert "no file" in sentence(tmp_path / "folder.csv")
    assert "no file" in sentence(tmp_path / "nowhere.csv")
    assert "is not one of .csv" in sentence(tmp_path)
    assert "is not one of .csv" in sentence(written(tmp_path, GOOD, "own.xlsx"))


def test_packed_files_are_read_and_damaged_ones_refused(tmp_path):
    rng = np.random.default_rng(1)
    large = "a,b\n" + "".join(f"{a},{b}\n" for a, b in rng.integers(1_000_000, size=(40_000, 2)))
    packed = gzip.compress(large.encode())
    assert len(load(written(tmp_path, packed, "own.csv.gz"))) == 40_000
    broken = {
        "cut": packed[: len(packed) // 2],
        "none": GOOD.encode(),
        "header": packed[:12],
    }
    for name, content in broken.items():
        assert "damaged" in sentence(written(tmp_path, content, f"{name}.csv.gz"))
    assert "is empty" in sentence(written(tmp_path, b"", "nothing.csv.gz"))
    flipped = packed[:90_000] + b"\x00" * 50 + packed[90_050:]
    assert sentence(written(tmp_path, flipped, "flipped.csv.gz"))


def test_parquet_files_are_read_and_damaged_ones_refused(tmp_path):
    rows = pd.DataFrame(
        {
            "n": pd.array([1, None, 3] * 20, dtype="Int64"),
            "c": pd.Categorical(["a", "b", None] * 20),
            "b": [True, False, True] * 20,
        }
    )
    rows.to_parquet(tmp_path / "own.parquet")
    assert isinstance(journey(tmp_path / "own.parquet", "cart"), Comparison)
    content = (tmp_path / "own.parquet").read_bytes()
    assert "Parquet" in sentence(written(tmp_path, content[:-20], "cut.parquet"))
    assert "Parquet" in sentence(written(tmp_path, GOOD, "csv.parquet"))


def test_parquet_columns_that_are_no_values_get_a_result_or_a_sentence(tmp_path):
    rows = pd.DataFrame({"x": [[1, 2], [3]] * 30, "y": [{"k": CANARY}, None] * 30})
    rows["gap"] = pd.to_timedelta(np.arange(60), unit="h")
    rows["bytes"] = [b"a", b"b"] * 30
    for name in rows:
        rows[[name]].to_parquet(tmp_path / f"{name}.parquet")
        _result_or_sentence(tmp_path / f"{name}.parquet")


def test_kinds_are_inferred(tmp_path):
    rows = pd.DataFrame(
        {
            "person_id": range(100, 160),
            "age": [20 + i % 30 for i in range(60)],
            "wage": [i + 0.5 for i in range(60)],
            "sex": ["f", "m"] * 30,
            "child": [0, 1] * 30,
            "born": ["1990-05-17"] * 60,
            "remark": [f"words {i}" for i in range(60)],
            "nace": ["011", "620"] * 30,
        }
    )
    rows.to_csv(tmp_path / "own.csv", index=False)
    schema = load(tmp_path / "own.csv").schema
    assert {v.name: v.kind for v in schema.variables} == {
        "person_id": Kind.IDENTIFIER,
        "age": Kind.INTEGER,
        "wage": Kind.NUMBER,
        "sex": Kind.CATEGORICAL,
        "child": Kind.CATEGORICAL,
        "born": Kind.DATETIME,
        "remark": Kind.TEXT,
        "nace": Kind.CATEGORICAL,
    }
    assert schema["person_id"].role is Role.DIRECT_IDENTIFIER
    assert schema["nace"].levels == ("011", "620")
    assert not any(v.public_domain for v in schema.variables)


CELLS = st.one_of(
    st.integers(-5, 5).map(str),
    st.floats(allow_nan=False, width=32).map(str),
    st.sampled_from(["", "NA", "a", "b", "yes", "2022-01-24", "007", "inf", "1e9", "é", "x;y"]),
)
NAMES = st.lists(st.sampled_from(["a", "b", "id", "c d", "é", "1", "None", "index"]), min_size=1,
                 max_size=4)  # fmt: skip
KINDS = st.sampled_from(["any", "few", "whole"])


@st.composite
def tables(draw) -> pd.DataFrame:
    names = draw(NAMES)
    rows = draw(st.integers(0, 12))
    cells = {
        "any": CELLS,
        "few": st.sampled_from(["u", "v", ""]),
        "whole": st.integers(0, 99).map(str),
    }
    columns = [draw(st.lists(cells[draw(KINDS)], min_size=rows, max_size=rows)) for _ in names]
    table = pd.DataFrame(dict(enumerate(columns)))
    return table.set_axis(names, axis=1)


def _result_or_sentence(path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            for method in ("independent", "cart"):
                assert isinstance(journey(path, method), Comparison)
        except GuideError:
            sentence(path)


def _fuzz(examples: int):
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(table=tables())
    def check(tmp_path, table):
        path = tmp_path / "fuzz.csv"
        table.to_csv(path, index=False)
        _result_or_sentence(path)

    return check


test_100_random_tables_get_a_result_or_a_sentence = _fuzz(100)
test_2000_random_tables_get_a_result_or_a_sentence = pytest.mark.validation(_fuzz(2_000))

"""Whatever file, schema or policy comes in: a result or one clear sentence, and no record in it.

Canary values stand in the records of every file. The fast tier takes 40 random tables and 25
broken files, the validation tier 2,000 and 500.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import random
import shutil
import tempfile
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import guide_helpers
from guide_helpers.cli import main

CANARY = "zqcanary"
USE_CASES = [case.value for case in guide_helpers.UseCase]
CELLS = st.one_of(
    st.integers(-5, 5).map(str),
    st.floats(allow_nan=False, width=32).map(str),
    st.sampled_from(["", "NA", "a", "yes", "2022-01-24", "007", "inf", "1e9", "é", "x;y", "=1+1"]),
    st.sampled_from([CANARY, f"{CANARY} street", f"<b>{CANARY}</b>", f"{CANARY}\n2"]),
)
NAMES = st.lists(
    st.sampled_from(
        ["a", "b", "id", "c d", "é", "9", "None", "index", "x'y", 'x"y', "<b>", "n\nm"]
    ),
    min_size=1,
    max_size=4,
)
KINDS = {
    "any": CELLS,
    "few": st.sampled_from(["u", "v", "", CANARY]),
    "whole": st.integers(0, 99).map(str),
}


@st.composite
def tables(draw) -> pd.DataFrame:
    names, rows = draw(NAMES), draw(st.integers(0, 25))
    columns = [
        draw(st.lists(KINDS[draw(st.sampled_from(sorted(KINDS)))], min_size=rows, max_size=rows))
        for _ in names
    ]
    return pd.DataFrame(dict(enumerate(columns))).set_axis(names, axis=1)


@contextlib.contextmanager
def folder():
    """A folder to work in; none is left, however the test ends."""
    before, place = Path.cwd(), Path(tempfile.mkdtemp())
    os.chdir(place)
    try:
        yield place
    finally:
        os.chdir(before)
        shutil.rmtree(place)


def run(*words: str) -> int:
    """Run a command: a result or one sentence, nothing half-written, nothing told."""
    before = {p.name for p in Path.cwd().iterdir()}
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words)
    told = out.getvalue() + err.getvalue()
    assert code in (0, 1, 2), told
    assert CANARY not in told
    assert "Traceback" not in told
    new = {p.name for p in Path.cwd().iterdir()} - before
    assert not [name for name in new if ".part-" in name]
    if code == 2:
        assert err.getvalue().startswith("guide: ")
        assert err.getvalue().count("\n") == 1
        assert not new
    else:
        assert not err.getvalue()
    return code


def journey(name: str, ending: str, number: int) -> None:
    """Take a file all the way to a record; what is refused ends the way.

    The number chooses the use case, and whether there is a control file.
    """
    if run("describe", name, "--write", "own.yml"):
        return
    assert CANARY not in Path("own.yml").read_text()
    schema = ["--schema", "own.yml"]
    case = USE_CASES[number % len(USE_CASES)]
    run("recommend", name, *schema, "--use-case", case)
    made = f"made{ending}"
    if run("generate", name, "--method", "independent", "--output", made, "--seed", "1"):
        return
    run("compare", name, made, "--measures", "marginal_distance", "--set", "ways=1")
    control = ["--control", name] if number % 2 else []
    run("attack", name, made, "--attack", "unique_match", "--knowledge", "a,town", *control)
    words = [*schema, "--use-case", case, *control, "--output", "r.html", "--output", "r.json"]
    if run("report", name, made, *words) != 2:
        assert CANARY not in Path("r.html").read_text() + Path("r.json").read_text()


def fuzzed(examples: int):
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(
        max_examples=examples, deadline=None, derandomize=True, suppress_health_check=checks
    )


def _random_tables(examples: int):
    @fuzzed(examples)
    @given(table=tables())
    def check(table):
        with folder():
            table.to_csv("own.csv", index=False)
            journey("own.csv", ".csv", table.size)

    return check


test_40_random_tables_end_in_a_record_or_a_sentence = _random_tables(40)
test_2000_random_tables_end_in_a_record_or_a_sentence = pytest.mark.validation(
    _random_tables(2_000)
)


def good() -> pd.DataFrame:
    rng = random.Random(1)
    towns = ["north", "south", CANARY]
    return pd.DataFrame(
        {
            "age": [rng.randrange(18, 80) for _ in range(60)],
            "town": [rng.choice(towns) for _ in range(60)],
            "wage": [rng.gammavariate(2, 900) for _ in range(60)],
        }
    )


def whole_files() -> dict[str, bytes]:
    """The same table in every format."""
    table = good()
    text = table.to_csv(index=False).encode()
    with folder():
        table.to_parquet("x.parquet")
        pyreadstat.write_dta(table, "x.dta")
        pyreadstat.write_sav(table, "x.sav")
        pyreadstat.write_xport(table, "x.xpt")
        binary = {p.suffix: p.read_bytes() for p in Path.cwd().iterdir()}
    return {".csv": text, ".csv.gz": gzip.compress(text, mtime=0), **binary}


def broken(content: bytes, rng: random.Random) -> bytes:
    """Return a file cut, overwritten, shuffled or with something in its middle."""
    place = rng.randrange(len(content))
    size = rng.choice([1, 2, 8, 60])
    noise = bytes(rng.randrange(256) for _ in range(size))
    return {
        "cut": content[:place],
        "overwritten": content[:place] + noise + content[place + size :],
        "early": content[: place % 80] + noise + content[place % 80 + size :],
        "longer": content[:place] + noise + content[place:],
        "without": content[:place] + content[place + size :],
        "twice": content[:place] + content,
        "zeros": content[:place] + bytes(size) + content[place + size :],
    }[rng.choice(["cut", "overwritten", "early", "longer", "without", "twice", "zeros"])]


def _broken_files(files: int):
    def check():
        rng = random.Random(2)
        whole = whole_files()
        for number in range(files):
            ending = sorted(whole)[number % len(whole)]
            with folder():
                Path(f"own{ending}").write_bytes(broken(whole[ending], rng))
                journey(f"own{ending}", ending, number // len(whole))

    return check


test_25_broken_files_end_in_a_record_or_a_sentence = _broken_files(25)
test_500_broken_files_end_in_a_record_or_a_sentence = pytest.mark.validation(_broken_files(500))


WORDS = ["age", "town", "key", "integer", "categorical", "public", "observed", "nope", "", "a\nb"]
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SCRAPS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), NUMBERS, st.sampled_from(WORDS)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["name", "kind", "levels", "file", "x"]), inner, max_size=3
        ),
    ),
    max_leaves=5,
)
SCHEMA = {
    "entity": None,
    "variables": [
        {
            "name": "age",
            "kind": "integer",
            "role": "key",
            "bounds": [0, 110],
            "special": {"-9": "no"},
        },
        {"name": "town", "kind": "categorical", "role": "key", "levels_from": "observed"},
        {"name": "wage", "kind": "number", "role": "sensitive", "unit": "euro", "label": "Wage"},
    ],
    "rules": [{"name": "adult", "expression": "age >= 15 or wage == 0", "text": "No child works."}],
}
TABLES = {
    "tables": {"homes": {"file": "homes.csv"}, "people": {"file": "people.csv", "schema": None}},
    "links": [{"parent": "homes", "child": "people", "key": "home"}],
}


def places_in(thing, path=()):
    """Every place of a nested description."""
    yield path
    if isinstance(thing, dict):
        pairs = list(thing.items())
    else:
        pairs = list(enumerate(thing)) if isinstance(thing, list) else []
    for key, inner in pairs:
        yield from places_in(inner, (*path, key))


@st.composite
def changed(draw, whole):
    """A description with a few places that hold something else."""
    told = json.loads(json.dumps(whole))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(list(places_in(told))))
        if not place:
            return draw(SCRAPS)
        inner = told
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = draw(SCRAPS)
    return told


def _schemas(examples: int):
    @fuzzed(examples)
    @given(schema=changed(SCHEMA), tables=changed(TABLES))
    def check(schema, tables):
        with folder():
            good().to_csv("own.csv", index=False)
            Path("homes.csv").write_text(f"home,region\n1,{CANARY}\n2,south\n")
            Path("people.csv").write_text(f"home,name\n1,{CANARY}\n1,B\n2,C\n")
            Path("own.json").write_text(json.dumps(schema))
            Path("own.yml").write_text(json.dumps(tables))
            run("describe", "own.csv", "--schema", "own.json")
            run("generate", "own.csv", "--schema", "own.json", "--method", "independent",
                "--output", "made.csv")  # fmt: skip
            run("generate", "own.yml", "--method", "independent", "--output", "made")

    return check


test_50_random_schemas_are_read_or_refused = _schemas(50)
test_2000_random_schemas_are_read_or_refused = pytest.mark.validation(_schemas(2_000))


VALUES = ['"nope"', "-1", "1e99", "[]", '""', "{}", "true", '["x"]', "nan", '"public-release"']


def other_policy(whole: str, rng: random.Random) -> str:
    """Return the guide's policy with one line damaged, one value changed, or one line gone."""
    lines = whole.splitlines()
    told = [i for i, line in enumerate(lines) if line and not line.startswith("#")]
    place = rng.choice(told)
    name, sign, _ = lines[place].partition("=")
    way = rng.randrange(4)
    if way == 0 and sign:
        lines[place] = f"{name}= {rng.choice(VALUES)}"
    elif way == 1:
        lines[place] = lines[place][: rng.randrange(len(lines[place]))]
    elif way == 2:
        lines[place] = lines[place].replace("e", rng.choice(["x", '"', "\0"]), 1)
    else:
        del lines[place]
    return "\n".join(lines)


def _policies(count: int):
    def check():
        rng = random.Random(3)
        whole = Path(guide_helpers.__file__).with_name("policy.toml").read_text()
        for _ in range(count):
            with folder():
                Path("own.toml").write_text(other_policy(whole, rng))
                for case in ("education", "public-release"):
                    run("recommend", "--use-case", case, "--policy", "own.toml")

    return check


test_30_broken_policies_are_read_or_refused = _policies(30)
test_500_broken_policies_are_read_or_refused = pytest.mark.validation(_policies(500))

"""A challenge on 400 students, and people who send things to it: some honest, some not."""

from __future__ import annotations

import io
import json
import pickle
import shutil
import stat
import struct
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import guide_helpers
from guide_helpers.challenge import Challenge, Limits, Sheet, hand_in, new_kit

REASONS = "It was measured on the training file, and what was found is said above and below."
LIMITS = Limits(packed_mb=1, unpacked_mb=3, seconds=60, memory_mb=1024)


@pytest.fixture(scope="session")
def kit(tmp_path_factory) -> Challenge:
    """A challenge that no test writes into."""
    place = tmp_path_factory.mktemp("host") / "kit"
    return new_kit(place, ["satgpa"], units=400, seed=7, title="Summer <school>", limits=LIMITS)


@pytest.fixture
def challenge(kit, tmp_path) -> Challenge:
    """The same challenge with places of its own for what comes in and for what was found."""
    shutil.copytree(kit.folder, tmp_path / "kit")
    return Challenge.read(tmp_path / "kit")


@pytest.fixture(scope="session")
def given() -> SimpleNamespace:
    """What tests make and send."""
    return SimpleNamespace(
        fresh=fresh, honest=honest, hostile=hostile, packed=packed, send=send, sheet_of=sheet_of
    )


def sheet_of(method: str, **said) -> Sheet:
    """A whole sheet."""
    sheet = Sheet(**{"team": "team one", "data": "satgpa", "method": method, **said})
    line = {"measure": "propensity_mse", "value": 0.1}
    sheet = replace(sheet, results=(line,))
    for case in guide_helpers.UseCase:
        sheet = sheet.with_verdict(case, "maybe", REASONS)
    return sheet


def honest(kit: Challenge, method: str, place: Path, *, seed: int, **said) -> Path:
    """A submission as the participants' notebook makes one."""
    synthetic = guide_helpers.generate(
        kit.training("satgpa"), method, seed=seed, synthesise=said.get("replaced") or None
    )
    way = {"synthesis": "partial"} if said.get("replaced") else {}
    return hand_in(sheet_of(method, **said, **way), synthetic, str(place))


def packed(files: dict[str, bytes | str], place: Path) -> Path:
    """A zip of these files, whatever they are called."""
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as box:
        for name, content in files.items():
            box.writestr(name, content)
    return place


def fresh(kit: Challenge) -> pd.DataFrame:
    """Rows that nobody has, in the right form."""
    made = guide_helpers.generate(kit.training("satgpa"), "independent", seed=1).rows
    return made.astype({"sex": object})


def csv_of(rows: pd.DataFrame) -> str:
    return rows.to_csv(index=False)


def _with(rows: pd.DataFrame, column: str, cell: object) -> str:
    changed = rows.astype({column: object})
    changed.loc[3, column] = cell
    return csv_of(changed)


def _parquet(rows: pd.DataFrame) -> bytes:
    box = io.BytesIO()
    rows.to_parquet(box, index=False)
    return box.getvalue()


def _endless() -> bytes:
    """A Parquet file of a few kilobytes with two hundred million rows."""
    import pyarrow as pa
    from pyarrow import parquet

    box, names = io.BytesIO(), ("sex", "sat_v", "sat_m", "sat_sum", "hs_gpa", "fy_gpa")
    part = pa.table({n: pa.nulls(1_000_000, pa.int8()) for n in names})
    with parquet.ParquetWriter(box, part.schema) as writer:
        for _ in range(20):
            writer.write_table(part)
    return box.getvalue()


def _small_bomb(sheet: str) -> bytes:
    """A zip that says of ten megabytes that they are ten bytes."""
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("sheet.json", sheet)
        made.writestr("synthetic.csv", b"\0" * 10_000_000)
    return box.getvalue().replace(struct.pack("<L", 10_000_000), struct.pack("<L", 10))


def _link(sheet: str) -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as made:
        entry = zipfile.ZipInfo("synthetic.csv")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr("sheet.json", sheet)
        made.writestr(entry, "../../../control.csv")
    return box.getvalue()


class Runs:
    """What runs where it is unpickled."""

    def __reduce__(self):
        return (Path("pickle-was-run").touch, ())


def hostile(kit: Challenge) -> dict[str, tuple[bytes | dict[str, bytes | str], str]]:
    """What is sent (a zip as it stands, or files to pack), and a word of the refusal."""
    rows, sheet = fresh(kit), sheet_of("x").text()
    training, control = kit.training("satgpa").rows, kit.control("satgpa").rows
    told = json.loads(sheet)
    mixed = training.sample(frac=1, random_state=1).astype({"sex": object})
    evil = pickle.dumps(Runs())
    nested = rows.assign(sat_v=[[1, 2]] * len(rows))

    def said(**changes) -> str:
        return json.dumps({**told, **changes})

    def table(text: str | bytes, name: str = "synthetic.csv") -> dict[str, bytes | str]:
        return {"sheet.json": sheet, name: text}

    return {
        "formula in a word": (table(_with(rows, "sex", "=cmd|' /C calc'!A0")), "formula"),
        "formula in a number": (table(_with(rows, "sat_v", "@SUM(1+1)")), "formula"),
        "formula with a sign": (table(_with(rows, "fy_gpa", "-2+3+cmd")), "formula"),
        "formula in the sheet": (
            {"sheet.json": said(team="=1+1"), "a.csv": csv_of(rows)},
            "formula",
        ),
        "huge": (np.random.default_rng(1).bytes(1_500_000), "more than 1 MB"),
        "zip bomb": (table(b"1," * 5_000_000), "too large"),
        "zip bomb that lies": (_small_bomb(sheet), ""),
        "sheet bomb": ({"sheet.json": " " * 900_000, "a.csv": csv_of(rows)}, "too large"),
        "way out": (table(csv_of(rows), "../../evil.csv"), "another folder"),
        "way to the root": (table(csv_of(rows), "/tmp/evil.csv"), "another folder"),
        "way out of Windows": (table(csv_of(rows), "..\\evil.csv"), "another folder"),
        "link": (_link(sheet), "link"),
        "many files": (table(csv_of(rows)) | {f"{i}.csv": "a" for i in range(99)}, "files"),
        "zip in a zip": (table(b"PK\x03\x04", "inner.zip"), "data only"),
        "program": (table(csv_of(rows)) | {"run.py": "print(1)"}, "data only"),
        "pickle": (table(evil, "synthetic.pkl"), "data only"),
        "pickle called CSV": (table(evil), ""),
        "pickle called Parquet": (table(evil, "synthetic.parquet"), "Parquet"),
        "pickle called sheet": ({"sheet.json": evil, "a.csv": csv_of(rows)}, "UTF-8"),
        "damaged zip": (b"PK\x03\x04" + b"\0" * 400, "no zip"),
        "quote without end": (table(csv_of(rows) + '"open,1,2\n'), ""),
        "more fields than names": (table(csv_of(rows) + "1,2,3,4,5,6,7,8\n"), ""),
        "nothing": (table(""), ""),
        "a column less": (table(csv_of(rows.drop(columns="sat_m"))), "lacks column 'sat_m'"),
        "a column more": (table(csv_of(rows.assign(name="x"))), "too many"),
        "words for numbers": (table(_with(rows, "sat_v", "fifty")), "words where"),
        "a level of its own": (table(_with(rows, "sex", "7")), "none of the training"),
        "no end of a number": (table(_with(rows, "fy_gpa", "inf")), "infinite"),
        "a wild number": (table(_with(rows, "fy_gpa", "1e6")), "far out"),
        "control characters": (table(_with(rows, "sex", "1\x1b[2J")), "printed"),
        "few rows": (table(csv_of(rows.head(3))), "rows"),
        "many rows": (table(csv_of(pd.concat([rows] * 9))), "too many rows"),
        "endless Parquet": (table(_endless(), "a.parquet"), "too many rows"),
        "lists in Parquet": (table(_parquet(nested), "a.parquet"), "no number"),
        "copy": (table(csv_of(training)), "copies of the training"),
        "copy in another order": (table(_parquet(mixed), "a.parquet"), "copies of the training"),
        "people kept back": (table(csv_of(control)), "kept back"),
        "partial that is none": (
            {"sheet.json": said(synthesis="partial", replaced=["sex"]), "a.csv": csv_of(rows)},
            "differ",
        ),
        "no sheet": ({"synthetic.csv": csv_of(rows)}, "no evaluation sheet"),
        "deep sheet": ({"sheet.json": "[" * 100_000, "a.csv": csv_of(rows)}, "JSON"),
        "sheet without verdicts": (
            {"sheet.json": said(verdicts={}), "a.csv": csv_of(rows)},
            "lacks",
        ),
        "sheet of another": ({"sheet.json": said(data="../acs"), "a.csv": csv_of(rows)}, "known"),
    }


def send(sent: bytes | dict[str, bytes | str], place: Path) -> Path:
    """Write what is sent to a place."""
    if isinstance(sent, bytes):
        place.write_bytes(sent)
        return place
    return packed(sent, place)

"""Shared by the comparisons with other tools: an environment of their own, and the record.

A script `tools/compare_<tool>.py` computes quantities with the package, asks another tool for the
same in the tool's own environment, and keeps both side by side:

    python = environment("sdmetrics", ["sdmetrics==0.32.0"])
    theirs = ask(python, SCRIPT, {"file": "a.csv"})
    lines = [line("KSComplement, age", theirs["age"], ours, "1 - distance", by_formula=1 - ours)]
    write("sdmetrics", python, ["sdmetrics", "numpy", "pandas"], lines)

The record is data/evidence/oracles-<tool>.json: who was asked, versions, date and command, then
`records`, each with `tool`, `version`, `quantity`, `data`, `theirs`, `ours`, `difference`
(theirs less ours), `by_formula` (what theirs must be, computed from ours by the formula of
`explanation`), `unexplained` (theirs less `by_formula`) and `explanation`. Where both compute the
same thing, `by_formula` is `ours` and no explanation is needed.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "oracles"
EVIDENCE = ROOT / "data" / "evidence"
AGREES = 1e-9
"""Two computations of one quantity may differ by this, absolutely or as a share of the value."""


def environment(tool: str, requirements: Sequence[str]) -> Path:
    """Return the Python of the tool's own environment, which is made first where it is missing."""
    place = BUILD / tool / "venv"
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    mark = place / "requirements.txt"
    wanted = "\n".join(requirements) + "\n"
    if python.exists() and mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return python
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", *requirements], check=True)
    mark.write_text(wanted, encoding="utf-8")
    return python


def ask(python: Path, script: str, question: Any, *, timeout: float = 1_800) -> Any:
    """Run a script in another environment: it reads JSON from sys.argv[1], writes to sys.argv[2].

    The question may hold paths of files (made with `shared`) but no data; what the script prints
    is shown only if it fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        asked, answered, code = (Path(folder) / n for n in ("asked.json", "said.json", "ask.py"))
        asked.write_text(json.dumps(question), encoding="utf-8")
        code.write_text(script, encoding="utf-8")
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        done = subprocess.run(
            [str(python), str(code), str(asked), str(answered)],
            capture_output=True,
            text=True,
            timeout=timeout,
            env={**os.environ, **threads},
        )
        if done.returncode:
            raise SystemExit(f"the script failed in {python}:\n{done.stderr}")
        return json.loads(answered.read_text(encoding="utf-8"))


def shared(tool: str) -> Path:
    """Return the folder for files that both sides read."""
    place = BUILD / tool / "files"
    place.mkdir(parents=True, exist_ok=True)
    return place


def line(
    quantity: str,
    theirs: float,
    ours: float,
    explanation: str = "",
    *,
    by_formula: float | None = None,
    data: str = "",
) -> dict[str, Any]:
    """Return one record; a difference that is neither nothing nor explained is refused."""
    expected = ours if by_formula is None else by_formula
    if not all(map(math.isfinite, (theirs, ours, expected))):
        raise SystemExit(f"{quantity}: {theirs} against {ours} is no comparison")
    unexplained = theirs - expected
    if abs(unexplained) > AGREES * max(1.0, abs(theirs)) and not explanation:
        raise SystemExit(f"{quantity}: theirs {theirs!r}, ours {ours!r}; explain the difference")
    return {
        "quantity": quantity,
        "data": data,
        "theirs": float(theirs),
        "ours": float(ours),
        "difference": float(theirs - ours),
        "by_formula": float(expected),
        "unexplained": float(unexplained),
        "explanation": explanation,
    }


def write(
    tool: str, python: Path, packages: Sequence[str], lines: Sequence[Mapping[str, Any]]
) -> Path:
    """Write the record of a comparison whole; `packages[0]` is the tool's package."""
    versions = ask(python, _VERSIONS, list(packages))
    record = {
        "tool": tool,
        "version": versions[packages[0]],
        "versions": versions,
        "guide_helpers": metadata.version("guide-helpers"),
        "python": platform.python_version(),
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "command": " ".join(["python", f"tools/{Path(sys.argv[0]).name}", *sys.argv[1:]]),
        "agrees_to": AGREES,
        "records": [{"tool": tool, "version": versions[packages[0]], **one} for one in lines],
    }
    target = EVIDENCE / f"oracles-{tool}.json"
    new = target.with_suffix(".json.new")
    new.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(target)
    apart = [one for one in lines if abs(one["unexplained"]) > AGREES * max(1, abs(one["theirs"]))]
    print(f"{tool} {record['version']}: {len(lines)} quantities, {len(apart)} explained in words")
    return target


_VERSIONS = """
import json, sys
from importlib import metadata
names = json.load(open(sys.argv[1]))
json.dump({name: metadata.version(name) for name in names}, open(sys.argv[2], "w"))
"""

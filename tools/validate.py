"""Run the validation tier and keep what it found: one record for each test module.

    python tools/validate.py             run what has no record, or one older than its code
    python tools/validate.py --all       run everything again
    python tools/validate.py --check     only say which records are out of date

A record in data/evidence/validation/ holds command, versions, date, and a hash of the code that its
statements speak of. A run that is stopped goes on with the next module. `make validate` calls this.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from importlib import metadata
from itertools import chain
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RECORDS = ROOT / "data" / "evidence" / "validation"
PACKAGE = ROOT / "src" / "guide_helpers"
SHARED = {
    "measures": ("intervals.py", "results.py"),
    "attacks": ("games.py", "intervals.py", "results.py"),
    "report": ("findings.py", "policy.py", "_policy_file.py", "policy.toml"),
    "fuzz": (
        "commands/*.py",
        "intake.py",
        "labelled.py",
        "linked_files.py",
        "output.py",
        "schema_files.py",
        "report/*.py",
        "policy.py",
        "_policy_file.py",
        "findings.py",
    ),
}
"""Code outside their folder that the statements of a folder rest on."""
IMPORT = r"(?:from|import) +guide_helpers\.[^(\n]*(?:\([^)]*\))?"


def modules() -> list[Path]:
    """Return the test modules that have tests of this tier."""
    return [
        p
        for p in sorted(ROOT.glob("tests/*/test_*.py"))
        if "pytest.mark.validation" in p.read_text()
    ]


def key(module: Path) -> str:
    """Return the hash of a test module and of the code that it speaks of."""
    digest = hashlib.sha256()
    words = module.read_text(encoding="utf-8")
    oracles = [p for p in sorted(module.parent.glob("oracle_*.py")) if p.stem in words]
    for path in [module, module.with_name("conftest.py"), *oracles, *subject(module)]:
        if path.exists():
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def subject(module: Path) -> list[Path]:
    """Return the code that a module speaks of, and what of its folder that code imports.

    A test that walks over all entries speaks of the whole folder; another of those it names.
    """
    folder = PACKAGE / module.parent.name
    own = PACKAGE / module.name.removeprefix("test_")
    shared = chain(*(sorted(PACKAGE.glob(n)) for n in SHARED.get(module.parent.name, ())))
    if not folder.is_dir():
        return [own, *shared]
    every = {p.stem: p for p in sorted(folder.glob("*.py"))}
    words = module.read_text(encoding="utf-8")
    named = every if "entries(" in words else _reached(words, every)
    return [*(p for stem, p in every.items() if stem in named), *shared]


def _reached(words: str, every: dict[str, Path]) -> set[str]:
    """Return the modules of a folder that a text names, and those that these import."""
    named = set(re.findall(r"\w+", words)) & set(every)
    queue = list(named)
    while queue:
        imports = re.findall(IMPORT, every[queue.pop()].read_text(encoding="utf-8"))
        new = set(re.findall(r"\w+", " ".join(imports))) & set(every) - named
        named |= new
        queue += new
    return named


def record_of(module: Path) -> Path:
    """Return where a module's record stands."""
    name = f"{module.parent.name}-{module.stem.removeprefix('test_')}.json"
    return RECORDS / name


def outdated() -> list[Path]:
    """Return the modules without a record of their present code, or with a failure in it."""
    return [m for m in modules() if not _holds(m)]


def _holds(module: Path) -> bool:
    target = record_of(module)
    if not target.exists():
        return False
    record = json.loads(target.read_text(encoding="utf-8"))
    passed = all(test["outcome"] == "passed" for test in record["tests"])
    return bool(record["key"] == key(module) and record["tests"] and passed)


def run(module: Path) -> bool:
    """Run one module's tests of this tier and write its record; tell whether all passed."""
    RECORDS.mkdir(parents=True, exist_ok=True)
    name = module.relative_to(ROOT).as_posix()
    began = key(module)
    command = ["-m", "pytest", name, "-m", "validation", "-q", "-p", "no:cacheprovider"]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        done = [sys.executable, *command, f"--junitxml={report}", "-o", "junit_family=xunit1"]
        status = subprocess.run(done, cwd=ROOT, check=False).returncode
        tests = [_test(case) for case in ET.parse(report).iter("testcase")]
    record = {
        "module": name,
        "key": began,
        "command": "python " + " ".join(command),
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "python": platform.python_version(),
        "versions": {p: metadata.version(p) for p in ("numpy", "pandas", "scipy")},
        "tests": tests,
    }
    _write(record_of(module), json.dumps(record, indent=1) + "\n")
    return status == 0


def _test(case: ET.Element) -> dict[str, Any]:
    failed = case.find("failure") is not None or case.find("error") is not None
    found = {p.get("name"): p.get("value") for p in case.iter("property")}
    return {
        "name": case.get("name"),
        "outcome": "failed" if failed else "passed",
        "seconds": round(float(case.get("time", 0))),
        "found": found,
    }


def _write(target: Path, text: str) -> None:
    handle, part = tempfile.mkstemp(dir=target.parent, suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(part).chmod(0o644)
    Path(part).replace(target)


def main(arguments: list[str]) -> int:
    """Do what was asked; return 0 if every record is there, current and without failure."""
    if arguments not in ([], ["--all"], ["--check"]):
        print("validate knows --all and --check only", file=sys.stderr)
        return 2
    if arguments != ["--check"]:
        for module in modules() if arguments else outdated():
            print(module.relative_to(ROOT), flush=True)
            run(module)
    late = [m.relative_to(ROOT).as_posix() for m in outdated()]
    print(f"out of date or failed: {', '.join(late)}" if late else "every record is up to date")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Every runnable method on three data sets: utility, risk, time, memory, and what broke.

    python tools/assess_methods.py              run what has no result yet, then write the table
    python tools/assess_methods.py --write      only write the table of what is there
    python tools/assess_methods.py --only mst cart

One process a method and data set, one result file a seed in build/assessment/; a run that is
stopped goes on with the next seed. Results of a method whose code has changed are made again. The
table goes to data/evidence/assessment.parquet, with its provenance beside it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import platform
import resource
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
os.environ.update(dict.fromkeys(THREADS, "1"))
os.environ["TQDM_DISABLE"] = "1"

ROOT = Path(__file__).resolve().parents[1]
CELLS = ROOT / "build" / "assessment"
TABLE = ROOT / "data" / "evidence" / "assessment"
RECORDS = 5_000
SEEDS = 5
SLOW_SEEDS = 2
SLOW = ("ctgan", "tvae", "copula_gan", "gaussian_copula")
"""Methods that cost minutes: fewer seeds."""
EPOCHS = {"ctgan": 30, "copula_gan": 30, "par": 30, "tvae": 100}
"""Networks of SDV that cost most, with fewer epochs than the package's default."""
SECONDS = 900
"""After so long a process is stopped, and its missing seeds are said to have taken too long."""
FRESH = "fresh_sample"
"""The yardstick: another real sample of the population, as if a method had made it."""

CPS = [
    *("age", "sex", "race", "marital", "education", "country_of_birth", "household_role"),
    *("class_of_worker", "industry", "occupation", "weeks_worked", "hourly_wage"),
    *("tax_filer", "income"),
]
NAFLD = ["group", "age", "sex", "weight_kg", "height_cm", "bmi", "follow_up_days", "died"]
SENSITIVE = {"adult": "income", "cps95": "income", "nafld": "died"}
LINKED = {"acs": ("dummy", "independent", "hma"), "nlswork": ("independent", "par")}


def table(name: str) -> Any:
    """Return the table that a data set plays with."""
    from guide_helpers import load

    if name == "cps95":
        return load("cps95").keep(*CPS)
    if name == "nafld":
        return load("nafld")["persons"].keep(*NAFLD)
    if name == "adult":
        adult = load("adult")
        return adult.keep(*[n for n in adult.schema.names if n not in ("weight", "part")])
    return load(name)


def parts(name: str, seed: int) -> tuple[Any, Any, Any]:
    """Return original, control and a fresh sample, all of one size and without a common unit."""
    import numpy as np

    data = table(name)
    order = np.random.default_rng(1_000 + seed).permutation(data.n_units)
    size = min(RECORDS, data.n_units // 3)
    return tuple(data.take_units(np.sort(order[k * size : (k + 1) * size])) for k in range(3))


def settings(method: str) -> dict[str, Any]:
    """Return the options of a method; the same for every data set."""
    from dataclasses import fields

    from guide_helpers.catalogue import find

    known = {f.name for f in fields(find("methods", method).implementation)}
    if method in EPOCHS:
        return {"epochs": EPOCHS[method]}
    return {"epsilon": 1.0, "n_public": True} if "epsilon" in known else {}


def measured(name: str, method: str, seed: int) -> dict[str, Any]:
    """Return one line of the table."""
    from guide_helpers import GuideError, generate

    original, control, fresh = parts(name, seed)
    line: dict[str, Any] = {"method": method, "data": name, "seed": seed}
    began, wall = time.process_time(), time.perf_counter()
    try:
        if method == FRESH:
            copy = fresh
        else:
            copy = generate(original, method, seed=seed, **settings(method)).first
    except GuideError as refusal:
        return line | {"status": "refused", "why": str(refusal)}
    except Exception as failure:
        return line | {"status": "failed", "why": type(failure).__name__}
    line["cpu_seconds"] = time.process_time() - began
    line["wall_seconds"] = time.perf_counter() - wall
    line["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    line["status"], line["why"] = "ran", ""
    line["records"] = original.n_units
    if name in LINKED:
        return line | broken_keys(copy)
    return line | utility(original, copy) | risk(name, original, control, copy)


def utility(original: Any, copy: Any) -> dict[str, Any]:
    from guide_helpers import compare

    found: dict[str, Any] = {}
    scores = compare(
        original, copy, measures=["marginal_distance", "propensity_mse"], ways=(1, 2, 3)
    )
    for score in scores:
        label = f"distance_{score.variant[0]}" if score.measure == "marginal_distance" else "pmse"
        band = score.band()
        found |= {label: score.value, f"{label}_null": band.mean, f"{label}_high": band.high}
    found["broken_rules"] = float(copy.violations().sum()) / len(copy)
    return found


def risk(name: str, original: Any, control: Any, copy: Any) -> dict[str, Any]:
    from guide_helpers import attack

    found: dict[str, Any] = {}
    for label, asked in {
        "linkage": {"attack": "unique_match"},
        "attribute": {"attack": "attribute_inference", "sensitive": SENSITIVE[name]},
    }.items():
        seen = attack(copy, original=original, control=control, **asked)
        found |= {f"{label}_rate": seen.rate.value, f"{label}_guessing": seen.guessing_rate}
        found[f"{label}_control"] = seen.control_rate.value
        if seen.excess is not None:
            ends = seen.excess.interval
            found |= {f"{label}_excess": seen.excess.value}
            found |= {f"{label}_low": ends.low, f"{label}_high": ends.high}
    found["duplicates"] = repeated(original, copy)
    found["duplicates_control"] = repeated(control, copy)
    return found


def repeated(group: Any, copy: Any) -> float:
    """Return the share of synthetic records that are those of somebody in the group."""
    names = [v.name for v in group.schema.modelled]
    theirs, ours = (d.rows[names].astype(str).agg("|".join, axis=1) for d in (group, copy))
    return float(ours.isin(set(theirs)).mean())


def broken_keys(copy: Any) -> dict[str, Any]:
    orphans = int(copy.orphans().sum()) if hasattr(copy, "orphans") else 0
    rows = sum(len(t) for t in copy.tables.values()) if hasattr(copy, "tables") else len(copy)
    return {"orphans": orphans, "broken_rules": float(copy.violations().sum()) / rows}


def seeds_of(method: str) -> range:
    return range(SLOW_SEEDS if method in (*SLOW, "hma", "par") else SEEDS)


def code_of(method: str) -> str:
    """Return a hash of the code that a method's results speak of."""
    folder = ROOT / "src" / "guide_helpers" / "methods"
    files = [Path(__file__), folder / f"{method}.py", *sorted(folder.glob("_*.py"))]
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()[:16]


def cell(method: str, name: str, seed: int) -> Path:
    return CELLS / f"{name}-{method}-{seed}.json"


def current(path: Path, method: str, *, loose: bool) -> bool:
    if not path.exists():
        return False
    return loose or json.loads(path.read_text(encoding="utf-8"))["code"] == code_of(method)


def write_whole(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def work(method: str, name: str) -> None:
    """Run all missing seeds of one method on one data set, in this process."""
    for seed in seeds_of(method):
        path = cell(method, name, seed)
        if not current(path, method, loose=False):
            line = measured(name, method, seed) | {"code": code_of(method)}
            write_whole(path, json.dumps(line) + "\n")


def plan(only: list[str]) -> list[tuple[str, str]]:
    """Return what to run, quick methods first."""
    from guide_helpers.catalogue import entries

    runs = [s for s, e in entries("methods").items() if e.runs]
    single = [FRESH, *(s for s in runs if s not in ("hma", "par"))]
    slow = [s for s in single if s in SLOW]
    pairs = [(m, d) for m in [s for s in single if s not in slow] + slow for d in SENSITIVE]
    pairs += [(m, d) for d, methods in LINKED.items() for m in methods]
    return [p for p in pairs if not only or p[0] in only]


def run(pairs: list[tuple[str, str]], *, loose: bool) -> None:
    for method, name in pairs:
        paths = [cell(method, name, s) for s in seeds_of(method)]
        if all(current(p, method, loose=loose) for p in paths):
            continue
        began = time.monotonic()
        command = [sys.executable, __file__, "--work", method, name]
        try:
            ended = f"exit {subprocess.run(command, timeout=SECONDS, check=False).returncode}"
        except subprocess.TimeoutExpired:
            ended = "too long"
            for seed, path in zip(seeds_of(method), paths, strict=True):
                if not path.exists():
                    line = {"method": method, "data": name, "seed": seed, "status": "too long"}
                    line |= {"why": f"more than {SECONDS} s for all seeds", "code": code_of(method)}
                    write_whole(path, json.dumps(line) + "\n")
        print(f"{name:8} {method:24} {time.monotonic() - began:6.0f} s  {ended}", flush=True)


def write_table() -> None:
    """Put all results into one file, with the provenance beside it."""
    import pandas as pd

    wanted = [cell(m, d, s) for m, d in plan([]) for s in seeds_of(m)]
    lines = [json.loads(p.read_text(encoding="utf-8")) for p in wanted if p.exists()]
    frame = pd.DataFrame(lines).sort_values(["data", "method", "seed"], ignore_index=True)
    packages = ("numpy", "pandas", "scikit-learn", "diffprivlib", "sdv", "torch")
    told = {
        "command": "python tools/assess_methods.py",
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, one thread for each process, shared with other work",
        "versions": {p: metadata.version(p) for p in packages},
        "records in each part": RECORDS,
        "cells": len(lines),
        "cells planned": len(wanted),
        "options": "defaults; with a budget: epsilon 1, number of records public",
        "epochs": EPOCHS,
    }
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    part = TABLE.with_suffix(".part")
    frame.to_parquet(part, index=False)
    part.replace(TABLE.with_suffix(".parquet"))
    write_whole(TABLE.with_suffix(".json"), json.dumps(told, indent=1) + "\n")
    print(f"{len(lines)} of {len(wanted)} cells written")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="only write the table")
    parser.add_argument("--only", nargs="*", default=[], help="methods to run")
    parser.add_argument("--loose", action="store_true", help="keep results of older code")
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        work(*asked.work)
        return
    if not asked.write:
        run(plan(asked.only), loose=asked.loose)
    write_table()


if __name__ == "__main__":
    main()

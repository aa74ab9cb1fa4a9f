"""CPU seconds and memory of our attacks beside Anonymeter's, on the same queries about Adult.

    python benchmarks/bench_attacks.py [--rounds 5] [--guesses 2000] [--cases NAME ...]
    pytest benchmarks/bench_attacks.py

Anonymeter works in its own environment (it refuses NumPy 2), with one thread as ours do; CPU time
of each process counts, imports, compilation, and reading files do not. Answers are compared before
times: our verdict on each of its queries must be its own, of linkability and inference for all
targets whose nearest records are not tied. A ratio is that of medians of the rounds. Singling out
is timed twice: trying given queries on both files, which for ours includes encoding the files, and
the whole attack, finding as many included. Part of our time does not depend on the number of
queries: with 2,000 of them, as here, it counts for less than with Anonymeter's default of 500
(`--guesses 500`), and for more than in the guide, which tries one for each record of the file.
The last cases attack every record of 20,000, and look at the memory at 200,000.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before numpy is imported: one thread for everybody

import numpy as np  # noqa: E402
import pytest  # noqa: E402

from guide_helpers import attack, load  # noqa: E402
from guide_helpers.attacks._predicates import singles_out  # noqa: E402
from guide_helpers.attacks._records import columns_of  # noqa: E402
from guide_helpers.attacks.attribute_inference import AttributeInference  # noqa: E402
from guide_helpers.attacks.linkability import Linkability  # noqa: E402
from guide_helpers.schema import Dataset  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
ROWS, ALL, LARGE = 10_000, 20_000, 200_000
GUESSES, COLUMNS, TARGETS = 2_000, 4, 500
LEAST = {"singling out": 40, "singling out, found too": 40, "linkability": 15, "inference": 10}
EVERY = (
    "attribute_inference",
    "class_inference",
    "linkability",
    "multivariate_singling_out",
    "probabilistic_linkage",
    "singling_out",
    "tree_inference",
    "unique_match",
)
LONGEST, LARGEST = 15.0, 1_000.0
"""CPU seconds for all records of 20,000 in both groups, and megabytes at 200,000."""


def compare() -> ModuleType:
    """The comparison of answers, which knows how to ask Anonymeter."""
    name = "compare_anonymeter"
    if name not in sys.modules:
        sys.path.insert(0, str(ROOT / "tools"))
        spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@cache
def asked(kind: str, rounds: int, guesses: int) -> tuple[dict[str, Any], dict[str, Dataset]]:
    """What Anonymeter says to a task, and the files that it was given."""
    tool = compare()
    files = tool.game(ROWS)
    task = {
        "singling out": {"guesses": guesses, "columns": COLUMNS},
        "linkability": {"views": tool.VIEWS, "targets": TARGETS},
        "inference": {"known": tool.KNOWN, "secret": "income", "targets": TARGETS},
    }[kind]
    python = tool.oracles.environment("anonymeter", tool.REQUIREMENTS)
    (said,) = tool.ask(python, files, [{"task": kind, **task, "rounds": rounds}])
    return said, files


def times(case: str, rounds: int, guesses: int = GUESSES) -> dict[str, Any]:
    """Seconds of both on the same queries, after the answers have been compared."""
    said, files = asked(case.partition(",")[0], rounds, guesses)
    work, right = {
        "singling out": _singling,
        "singling out, found too": _finding,
        "linkability": _linking,
        "inference": _inferring,
    }[case](said, files)
    if not right():
        raise SystemExit(f"{case}: the answers are not the same, so times say nothing")
    ours = []
    for _ in range(rounds):
        before = time.process_time()
        work()
        ours.append(time.process_time() - before)
    theirs = said["whole attack" if case.endswith("too") else "seconds"]
    ratio = statistics.median(theirs) / statistics.median(ours)
    return {
        "ours, s": [round(s, 4) for s in ours],
        "Anonymeter, s": [round(s, 3) for s in theirs],
        "ratio": round(ratio, 1),
        "target": LEAST[case],
        "met": ratio >= LEAST[case],
    }


Work = tuple[Callable[[], object], Callable[[], bool]]


def _singling(said: dict[str, Any], files: dict[str, Dataset]) -> Work:
    tool = compare()
    names = tuple(v.name for v in files["synthetic"].schema.modelled)
    queries = tool.predicates(said["queries"], files["synthetic"])

    def work() -> list[np.ndarray]:
        synthetic, both = files["synthetic"], (files["original"], files["control"])
        return [singles_out(queries, columns_of(synthetic, f, names), f.units) for f in both]

    def right() -> bool:
        inside, outside = work()
        same = (inside == said["original"]).all() and (outside == said["control"]).all()
        return bool(same)

    return work, right


def _finding(said: dict[str, Any], files: dict[str, Dataset]) -> Work:
    def work() -> object:
        return attack(
            **files,
            attack="multivariate_singling_out",
            guesses=len(said["queries"]),
            columns=COLUMNS,
            rounds=1_000,
        )

    def right() -> bool:
        risk = attack(
            **files,
            attack="multivariate_singling_out",
            guesses=len(said["queries"]),
            columns=COLUMNS,
            rounds=1_000,
        )
        near = abs(risk.rate.value - said["attack rate"]) < 0.1  # other queries of the same kind
        return risk.targets == len(said["queries"]) and near

    return work, right


def _linking(said: dict[str, Any], files: dict[str, Dataset]) -> Work:
    tool = compare()
    both = [
        files[who].with_rows(files[who].rows.iloc[said[name]])
        for who, name in (("original", "rows"), ("control", "control rows"))
    ]

    def work() -> object:
        player = Linkability(other=tool.VIEWS[1])
        player.learn(files["synthetic"], tuple(tool.VIEWS[0]), rng=np.random.default_rng(1))
        return [player.answer(targets) for targets in both]

    return work, lambda: bool(tool.linking(said, files, 1))


def _inferring(said: dict[str, Any], files: dict[str, Dataset]) -> Work:
    tool = compare()
    both = [
        files[who].with_rows(files[who].rows.iloc[said[name]])
        for who, name in (("original", "rows"), ("control", "control rows"))
    ]

    def work() -> object:
        player = AttributeInference(sensitive="income")
        player.learn(files["synthetic"], tuple(tool.KNOWN), rng=np.random.default_rng(1))
        return [player.answer(targets) for targets in both]

    return work, lambda: bool(tool.inferring(said, files, "income"))


def people(rows: int, seed: int) -> Dataset:
    """So many records like those of Adult: a resample in which the weights move a little."""
    data = load("adult")
    data = data.keep(*(v.name for v in data.schema.modelled if v.name != "part"))
    rng = np.random.default_rng(seed)
    drawn = data.rows.iloc[rng.integers(0, len(data), rows)].copy()
    drawn["weight"] = np.rint(drawn["weight"] * rng.uniform(0.9, 1.1, rows)).astype(int)
    return data.with_rows(drawn)


def every_record(slug: str, rows: int) -> tuple[float, float]:
    """CPU seconds of an attack on all records, and the peak of memory in MB, in its own process."""
    command = [sys.executable, __file__, "--every", slug, str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, peak = done.stdout.split()[-2:]
    return float(seconds), float(peak)


def _every_record(slug: str, rows: int) -> None:
    import resource

    synthetic, original, control = (people(rows, seed) for seed in (1, 2, 3))
    before = time.process_time()
    attack(synthetic, original=original, control=control, attack=slug)
    seconds = time.process_time() - before
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def run(rounds: int, guesses: int, cases: list[str], memory: bool) -> dict[str, Any]:
    """All figures, with the versions they belong to."""
    whole = {slug: every_record(slug, ALL) for slug in EVERY}
    large = {slug: every_record(slug, LARGE)[1] for slug in EVERY} if memory else {}
    return {
        "command": " ".join(["python", "benchmarks/bench_attacks.py", *sys.argv[1:]]),
        "python": platform.python_version(),
        "versions": {p: metadata.version(p) for p in ("numpy", "pandas", "scikit-learn")},
        "Anonymeter": compare().REQUIREMENTS,
        "times": {case: times(case, rounds, guesses) for case in cases},
        "every record of 20,000, CPU s": {slug: round(s, 2) for slug, (s, _) in whole.items()},
        "every record of 20,000, peak MB": {slug: round(p) for slug, (_, p) in whole.items()},
        "every record of 200,000, peak MB": {slug: round(p) for slug, p in large.items()},
    }


@pytest.mark.parametrize("case", list(LEAST))
def test_the_target_is_met(case: str) -> None:
    assert times(case, 5)["met"]


@pytest.mark.parametrize("slug", EVERY)
def test_every_record_of_20_000_is_attacked_in_seconds(slug: str) -> None:
    assert every_record(slug, ALL)[0] < LONGEST


@pytest.mark.parametrize("slug", EVERY)
def test_memory_stays_under_a_gigabyte_at_200_000_rows(slug: str) -> None:
    assert every_record(slug, LARGE)[1] < LARGEST


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--guesses", type=int, default=GUESSES, help="queries that single out")
    parser.add_argument("--cases", nargs="*", choices=list(LEAST), default=list(LEAST))
    parser.add_argument("--memory", action="store_true", help="also attack 200,000 records")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--every", nargs=2, metavar=("ATTACK", "ROWS"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.every:
        _every_record(chosen.every[0], int(chosen.every[1]))
        return
    text = json.dumps(run(chosen.rounds, chosen.guesses, chosen.cases, chosen.memory), indent=1)
    print(text)
    if chosen.json:
        chosen.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""CPU seconds of all 364 three-way tables of 14 columns beside SDMetrics' QualityReport.

    python benchmarks/bench_measures.py [--rows 50000] [--rounds 5] [--json FILE]
    python benchmarks/bench_measures.py --memory 200000
    pytest benchmarks/bench_measures.py

Original and synthetic file are 50,000 rows drawn from Adult and from a synthesis of it by trees.
QualityReport looks at single columns and at pairs; it gets the columns as they are, and works in an
environment of its own with one thread, as ours does. CPU time of each process counts, imports and
reading files do not. Answers are compared before times: 1 less SDMetrics' ContingencySimilarity
of two categorical columns is the total variation distance of their table, and must be ours to 1e-9
for every such pair. Two times are ours: counting the 364 tables of both files with their distances,
and the whole measure, which also counts them in some 80 resampled files for its null bands.

`--memory` runs the measures of tables and of the whole file once at so many rows, in this process,
and prints the peak of memory.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from importlib import import_module, metadata
from itertools import combinations
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before numpy is imported: one thread for everybody

import numpy as np  # noqa: E402

from guide_helpers import generate, load  # noqa: E402
from guide_helpers.measures._cells_tables import joint  # noqa: E402
from guide_helpers.measures._encode import all_cells  # noqa: E402
from guide_helpers.measures.marginal_distance import marginal_distance  # noqa: E402
from guide_helpers.schema import Dataset  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
import oracles  # noqa: E402

REQUIREMENTS = ["sdmetrics==0.32.0"]
ROWS = 50_000
LEAST = 10.0
"""How many times less CPU than QualityReport the counting of all three-way tables should need."""
MOST_MEMORY = 1.0
"""Gigabytes that no measure should exceed at 200,000 rows."""
MEASURES = (
    "marginal_distance", "voas_williamson", "freeman_tukey", "likelihood_ratio", "jensen_shannon",
    "hellinger", "bhattacharyya", "k_marginal", "propensity_tree", "specks", "po50", "u_statistic",
    "density_ratio", "energy_distance",
)  # fmt: skip
PEER = """
import json, sys, time
import pandas as pd
from itertools import combinations
from sdmetrics.column_pairs import ContingencySimilarity
from sdmetrics.reports.single_table import QualityReport

asked = json.load(open(sys.argv[1]))
kinds = asked["kinds"]
types = {n: str if k == "categorical" else float for n, k in kinds.items()}
real, made = (pd.read_csv(asked["files"][n], dtype=types) for n in ("original", "synthetic"))
metadata = {"columns": {n: {"sdtype": k} for n, k in kinds.items()}}
seconds = []
for _ in range(asked["rounds"]):
    before = time.process_time()
    report = QualityReport()
    report.generate(real, made, metadata, verbose=False)
    seconds.append(time.process_time() - before)
words = [n for n, k in kinds.items() if k == "categorical"]
pairs = {
    f"{a} x {b}": 1 - ContingencySimilarity.compute(
        real[[a, b]].fillna("-"), made[[a, b]].fillna("-"), num_rows_subsample=None
    )
    for a, b in combinations(words, 2)
}
json.dump({"seconds": seconds, "score": report.get_score(), "pairs": pairs}, open(sys.argv[2], "w"))
"""


def files(rows: int) -> tuple[Dataset, Dataset]:
    """So many rows drawn from Adult with 14 columns, and from a synthesis of them."""
    adult = load("adult")
    adult = adult.keep(*[n for n in adult.schema.names if n != "part"])
    rng = np.random.default_rng(20221)
    made = generate(adult, "cart", seed=1).first
    assert isinstance(made, Dataset)
    drawn = []
    for data in (adult, made):
        chosen = rng.integers(0, len(data), rows)
        drawn.append(data.with_rows(data.rows.iloc[chosen].reset_index(drop=True)))
    return drawn[0], drawn[1]


def theirs(original: Dataset, synthetic: Dataset, rounds: int) -> dict[str, Any]:
    """CPU seconds of QualityReport, and distances of categorical pairs, of SDMetrics."""
    folder = oracles.shared("sdmetrics")
    paths = {n: str(folder / f"measures-{n}.csv") for n in ("original", "synthetic")}
    for path, data in zip(paths.values(), (original, synthetic), strict=True):
        data.rows.to_csv(path, index=False)
    kinds = {
        v.name: "categorical" if v.discrete else "numerical" for v in original.schema.variables
    }
    python = oracles.environment("sdmetrics", REQUIREMENTS)
    return oracles.ask(
        python, PEER, {"files": paths, "kinds": kinds, "rounds": rounds}, timeout=7_200
    )


def counted(original: Dataset, synthetic: Dataset, ways: int = 3) -> tuple[np.ndarray, float]:
    """Distances of all tables of so many ways, and the CPU seconds of cells, counts and sums."""
    before = time.process_time()
    variables = all_cells(original, synthetic, 20)
    tables = list(combinations(range(len(variables)), ways))
    found = np.empty(len(tables))
    for i, (old, new, size) in enumerate(joint(variables, tables)):
        gap = np.bincount(old, minlength=size) * len(new)
        gap -= np.bincount(new, minlength=size) * len(old)
        found[i] = np.abs(gap, out=gap).sum()
    found /= 2 * len(original) * len(synthetic)
    return found, time.process_time() - before


def whole(original: Dataset, synthetic: Dataset) -> tuple[float, float]:
    """The mean three-way distance with null bands, and its CPU seconds."""
    before = time.process_time()
    found = marginal_distance(original, synthetic, rng=np.random.default_rng(1), ways=[3])
    return found[0].value, time.process_time() - before


def compared(rows: int, rounds: int) -> dict[str, Any]:
    """Answers side by side, then times."""
    original, synthetic = files(rows)
    peer = theirs(original, synthetic, rounds)
    gap = _difference(original, synthetic, peer["pairs"])
    if gap > oracles.AGREES:
        raise SystemExit(f"the distances of pairs differ by {gap}, so times say nothing")
    runs = [counted(original, synthetic) for _ in range(rounds)]
    value, seconds = whole(original, synthetic)
    if abs(value - runs[0][0].mean()) > oracles.AGREES:
        raise SystemExit("counting and the whole measure differ, so times say nothing")
    slow = statistics.median(peer["seconds"])
    ratio = slow / statistics.median(s for _, s in runs)
    return {
        "rows of each file": rows,
        "columns": len(original.schema.variables),
        "three-way tables": len(runs[0][0]),
        "categorical pairs compared": len(peer["pairs"]),
        "largest difference of a distance": gap,
        "QualityReport, CPU s": [round(s, 2) for s in peer["seconds"]],
        "all three-way tables, CPU s": [round(s, 3) for _, s in runs],
        "with null bands, CPU s": round(seconds, 2),
        "ratio": round(ratio, 1),
        "ratio with null bands": round(slow / seconds, 1),
        "target": LEAST,
        "met": ratio >= LEAST,
    }


def _difference(original: Dataset, synthetic: Dataset, pairs: dict[str, float]) -> float:
    words = [v.name for v in original.schema.variables if v.discrete]
    ours, _ = counted(original.keep(*words), synthetic.keep(*words), ways=2)
    names = [f"{a} x {b}" for a, b in combinations(words, 2)]
    return max(abs(pairs[name] - one) for name, one in zip(names, ours, strict=True))


def memory(rows: int) -> dict[str, float]:
    """Peak of memory in gigabytes, and CPU seconds, after each measure at so many rows."""
    original, synthetic = files(rows)
    found = {"files alone, GB": _peak()}
    for slug in MEASURES:
        before = time.process_time()
        measure = getattr(import_module(f"guide_helpers.measures.{slug}"), slug)
        measure(original, synthetic, rng=np.random.default_rng(1))
        found[f"{slug}, CPU s"] = round(time.process_time() - before, 1)
        found[f"{slug}, GB"] = _peak()
    return found


def _peak() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 3)


def test_all_three_way_tables_take_under_a_tenth_of_a_quality_report() -> None:
    """A part of the size."""
    found = compared(10_000, 3)
    assert found["met"], found


def test_measures_at_200_000_rows_stay_under_a_gigabyte() -> None:
    """In a process of its own, whose peak is its own."""
    asked = [sys.executable, __file__, "--memory", "200000"]
    said = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    peak = max(value for name, value in json.loads(said).items() if name.endswith("GB"))
    assert peak < MOST_MEMORY


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", type=int)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    if asked.memory:
        print(json.dumps(memory(asked.memory), indent=2))
        return
    found = compared(asked.rows, asked.rounds)
    found |= {
        "python": platform.python_version(),
        "versions": {p: metadata.version(p) for p in ("numpy", "pandas")},
        "peer": REQUIREMENTS,
    }
    print(json.dumps(found, indent=2))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    sys.exit(main())

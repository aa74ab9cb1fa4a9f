"""`panel_trees` beside SDV's PAR on half of the women of `nlswork`: pre-stated measures, CPU time.

    python benchmarks/bench_panel.py [--seeds 1 2 3] [--json FILE]

What is measured and which way is better stands in `new_sources_panel.toml`, written before any
result. Both methods run in this process with one thread; CPU seconds of the process count, imports
and a first small call do not. Besides the measures, rows that break a rule, rows out of order of
time, falls of what cannot fall and changes of what cannot change are counted for both.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
import tomllib
import warnings
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before numpy is imported: one thread for both

import numpy as np  # noqa: E402

from guide_helpers import compare, generate, hold_out, load  # noqa: E402
from guide_helpers.schema import Dataset  # noqa: E402

PLAN = tomllib.loads(Path(__file__).with_name("new_sources_panel.toml").read_text(encoding="utf-8"))
WOMAN, YEAR = "woman_id", "year"
RISING = ("age", "experience")
CONSTANT = ("birth_year", "race", "education_years", "college_graduate")


def faults(copy: Dataset) -> dict[str, int]:
    """Return how often a copy does what no panel of this kind can do."""
    rows = copy.rows.sort_values(WOMAN, kind="stable").reset_index(drop=True)
    by_woman = rows.groupby(WOMAN)
    ordered = rows.sort_values([WOMAN, YEAR]).groupby(WOMAN)
    return {
        "rules broken": int(copy.violations().sum()),
        "time not after the row before": int((by_woman[YEAR].diff() <= 0).sum()),
        "falls of age or experience": int(sum((ordered[n].diff() < 0).sum() for n in RISING)),
        "women whose constants change": int(
            sum((by_woman[n].nunique() > 1).sum() for n in CONSTANT)
        ),
    }


def value(measure: dict[str, Any], original: Dataset, copy: Dataset) -> float:
    """Return the mean of a measure's variants."""
    options = measure.get("options", {})
    found = compare(original, copy, measures=measure["name"], seed=0, **options).scores
    picked = [s.value for s in found if s.variant in measure["variants"]]
    assert len(picked) == len(measure["variants"]), (measure["name"], [s.variant for s in found])
    return statistics.fmean(picked)


def run(method: str, original: Dataset, seed: int) -> dict[str, Any]:
    """Return seconds, faults and values of one copy."""
    options = {"epochs": PLAN["peer_epochs"]} if method == PLAN["peer"] else {}
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        copy = generate(original, method, seed=seed, **options).first
    seconds = time.process_time() - start
    assert isinstance(copy, Dataset)
    values = {m["name"]: value(m, original, copy) for m in PLAN["measure"]}
    return {"seconds": round(seconds, 2), "rows": len(copy), **faults(copy), "values": values}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the comparison; return 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=PLAN["seeds"])
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    women = load(PLAN["data"])
    assert isinstance(women, Dataset)
    original, _ = hold_out(women, share=0.5, seed=PLAN["split_seed"])
    for method in (PLAN["ours"], PLAN["peer"]):  # imports
        generate(original.take_units(np.arange(30)), method, seed=1, **_quick(method))
    runs = {
        method: [run(method, original, seed) for seed in asked.seeds]
        for method in (PLAN["ours"], PLAN["peer"])
    }
    result = summary(runs) | {"women": original.n_units, "rows": len(original), "runs": runs}
    print(json.dumps(result, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return int(not (result["ratio reached"] and result["share reached"]))


def _quick(method: str) -> dict[str, int]:
    return {"epochs": 1} if method == PLAN["peer"] else {}


def summary(runs: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return means over the seeds, who is better, and whether the targets are reached."""
    ours, peer = runs[PLAN["ours"]], runs[PLAN["peer"]]
    lines = {}
    for m in PLAN["measure"]:
        means = [statistics.fmean(r["values"][m["name"]] for r in rs) for rs in (ours, peer)]
        lines[m["name"]] = {"ours": means[0], "peer": means[1], "ours better": means[0] < means[1]}
    ratio = min(p["seconds"] for p in peer) / max(o["seconds"] for o in ours)
    share = statistics.fmean(line["ours better"] for line in lines.values())
    return {
        "ours": PLAN["ours"],
        "peer": f"{PLAN['peer']} ({PLAN['peer_epochs']} epochs)",
        "CPU ratio, least over seeds": round(ratio, 1),
        "ratio reached": ratio >= PLAN["target_cpu_ratio"],
        "share of measures better": round(share, 3),
        "share reached": share >= PLAN["target_share_better"],
        "measures": lines,
        "versions": {p: metadata.version(p) for p in ("numpy", "pandas", "sdv", "torch")},
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    raise SystemExit(main())

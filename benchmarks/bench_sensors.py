"""`block_bootstrap` and `seasonal_residuals` beside SDV's PAR on `car_parks`.

    python benchmarks/bench_sensors.py [--weeks 11] [--seeds 1 2 3] [--json FILE]

What is measured and which way is better stands in `new_sources_sensors.toml`, written before any
result. All methods run in this process with one thread; CPU seconds of the process count, imports
and a first small call do not. A measure is the mean over seeds and variants, as in the benchmarks
of households and panels; the single variants are printed beside it. The file is all eleven weeks
unless `--weeks` says less: PAR takes them within the ten minutes that the plan allows.

Besides the measures, records that break a rule, times of a unit that do not rise, times off the
half hour and units with a single row are counted for all, and in the original. `beside` holds what
is not judged: the correlation between units with times put on the half hour first, which a file
with other times needs, and without each car park's profile of the hours.
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
    os.environ[variable] = "1"  # before numpy is imported: one thread for all

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from guide_helpers import compare, generate, load  # noqa: E402
from guide_helpers.schema import Dataset  # noqa: E402

PLAN = tomllib.loads(
    Path(__file__).with_name("new_sources_sensors.toml").read_text(encoding="utf-8")
)
METHODS = [*PLAN["ours"], PLAN["peer"]]
UNIT, TIME, STEP = "car_park", "time", "30min"
ALL_WEEKS = 11
BESIDE: dict[str, dict[str, Any]] = {
    "on the half hour": {"step": STEP},
    "on the half hour, without the hours": {"step": STEP, "without": "hour"},
}


def readings(weeks: int) -> Dataset:
    """Return the first calendar weeks, one reading a half hour; the first of several stays."""
    raw = load("car_parks")
    assert isinstance(raw, Dataset)
    at = raw.rows[TIME].dt.round(STEP)
    rows = raw.rows.assign(**{TIME: at}).drop_duplicates([UNIT, TIME])
    monday = at.min().normalize() - pd.Timedelta(at.min().weekday(), "D")
    return raw.with_rows(rows[rows[TIME] < monday + pd.Timedelta(weeks, "W")])


def faults(copy: Dataset) -> dict[str, int]:
    """Return how often a file does what no file of readings at half hours can do."""
    rows = copy.rows
    steps = rows.groupby(UNIT, sort=False)[TIME].diff()
    return {
        "records that break a rule": int(copy.violations().sum()),
        "times that do not rise": int((steps <= pd.Timedelta(0)).sum()),
        "times off the half hour": int((rows[TIME] != rows[TIME].dt.round(STEP)).sum()),
        "units with a single row": int((rows[UNIT].value_counts() == 1).sum()),
    }


def name_of(measure: dict[str, Any]) -> str:
    """Return a name for each line of the plan; the profile of the season stands there twice."""
    period = measure["options"].get("period")
    return measure["name"] if period is None else f"{measure['name']}, {period}"


def values(measure: dict[str, Any], original: Dataset, copy: Dataset) -> dict[str, float]:
    """Return the variants of a measure that the plan names."""
    found = compare(original, copy, measures=measure["name"], draws=2, **measure["options"]).scores
    picked = {s.variant: s.value for s in found if s.variant in measure["variants"]}
    assert len(picked) == len(measure["variants"]), (measure, [s.variant for s in found])
    return picked


def run(method: str, original: Dataset, seed: int) -> dict[str, Any]:
    """Return seconds, faults and values of one copy."""
    options = PLAN["peer_options"] if method == PLAN["peer"] else {}
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        copy = generate(original, method, seed=seed, **options).first
    seconds = time.process_time() - start
    assert isinstance(copy, Dataset)
    together = {
        words: compare(
            original, copy, measures="cross_correlation", draws=2, variables=["occupancy"], **asked
        )
        .scores[0]
        .value
        for words, asked in BESIDE.items()
    }
    return {
        "seconds": round(seconds, 2),
        "rows": len(copy),
        **faults(copy),
        "values": {name_of(m): values(m, original, copy) for m in PLAN["measure"]},
        "beside": together,
    }


def means(runs: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Return the mean over the seeds of each variant of each measure."""
    return {
        name: {v: statistics.fmean(r["values"][name][v] for r in runs) for v in variants}
        for name, variants in runs[0]["values"].items()
    }


def against(ours: list[dict[str, Any]], peer: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how one of our methods stands beside the peer."""
    one, other = means(ours), means(peer)
    judged = {
        name: (statistics.fmean(one[name].values()), statistics.fmean(other[name].values()))
        for name in one
    }
    single = [one[name][v] < other[name][v] for name in one for v in one[name]]
    ratio = min(r["seconds"] for r in peer) / max(r["seconds"] for r in ours)
    share = statistics.fmean(mine < theirs for mine, theirs in judged.values())
    return {
        "CPU ratio, least over seeds": round(ratio, 1),
        "ratio reached": ratio >= PLAN["target_cpu_ratio"],
        "share of measures better": round(share, 3),
        "share reached": share >= PLAN["target_share_better"],
        "share of single variants better": round(statistics.fmean(single), 3),
        "measures": {
            name: {"ours": mine, "peer": theirs, "ours better": mine < theirs}
            for name, (mine, theirs) in judged.items()
        },
    }


def summary(runs: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return who is better at what, and whether the targets are reached."""
    peer = runs[PLAN["peer"]]
    return {
        "peer": f"{PLAN['peer']} ({PLAN['peer_options']['epochs']} epochs)",
        **{method: against(runs[method], peer) for method in PLAN["ours"]},
        "variants": {method: means(found) for method, found in runs.items()},
        "versions": {p: metadata.version(p) for p in ("numpy", "pandas", "sdv", "torch")},
        "python": platform.python_version(),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the comparison; return 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=ALL_WEEKS)
    parser.add_argument("--seeds", type=int, nargs="+", default=PLAN["seeds"])
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    original = readings(asked.weeks)
    small = original.with_rows(
        original.rows[original.rows[TIME] < original.rows[TIME].min() + pd.Timedelta(7, "D")]
    )
    runs: dict[str, list[dict[str, Any]]] = {}
    for method in METHODS:
        quick = {"epochs": 1} if method == PLAN["peer"] else {}
        generate(small.take_units(np.arange(4)), method, seed=1, **quick)  # imports
        runs[method] = [run(method, original, seed) for seed in asked.seeds]
        print(method, json.dumps(runs[method]), flush=True)
    result = summary(runs) | {
        "weeks": asked.weeks,
        "units": original.n_units,
        "rows": len(original),
        "faults of the original": faults(original),
        "runs": runs,
    }
    print(json.dumps(result, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    reached = [result[m][f"{what} reached"] for m in PLAN["ours"] for what in ("ratio", "share")]
    return int(not all(reached))


if __name__ == "__main__":
    raise SystemExit(main())

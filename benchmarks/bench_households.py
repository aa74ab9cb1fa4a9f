"""CPU seconds and measures of `household_synthesis` beside `hma` of SDV, on households and persons.

    python benchmarks/bench_households.py [--rounds 3] [--json FILE]
    pytest benchmarks/bench_households.py

What the comparison is judged by stands in `new_sources_households.toml`, written before any
result. Both methods work in this process in alternating rounds, with one thread; CPU time of the
process counts, imports do not. Each round has its own seed; a measure is the mean over rounds and
variants. The control, the other half of the households, shows what a fresh sample scores.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
import tomllib
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before numpy is imported: one thread for everybody

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import pytest  # noqa: E402

from guide_helpers import compare, generate, hold_out, load  # noqa: E402
from guide_helpers.schema import LinkedTables  # noqa: E402

PLAN = tomllib.loads(Path(__file__).with_name("new_sources_households.toml").read_text("utf-8"))
WORKING = ["employed (at work)", "employed (not at work)", "armed forces"]
SEX = {r"^man |\(male": "male", r"^woman |\(female": "female"}


def made(data: LinkedTables, method: str, seed: int) -> tuple[LinkedTables, float]:
    """Return a synthetic file and the CPU seconds that it took, fitting included."""
    start = time.process_time()
    copy = generate(data, method, seed=seed).first
    return copy, time.process_time() - start


def measured(original: LinkedTables, copy: LinkedTables) -> list[float]:
    """Return the value of each measure of the plan."""
    found = []
    for m in PLAN["measure"]:
        options = m.get("options", {})
        scores = compare(original, copy, measures=[m["name"]], draws=2, **options)
        mine = [s.value for s in scores if s.table == m["table"] and s.variant in m["variants"]]
        assert len(mine) == len(m["variants"]), m
        found.append(statistics.mean(mine))
    return found


def counted(copy: LinkedTables) -> dict[str, int]:
    """Return how often a file breaks what holds in all records of the original."""
    homes, persons = (copy[t].rows for t in ("households", "persons"))
    of = persons["household_id"]
    size = of.value_counts().reindex(homes["household_id"], fill_value=0).to_numpy()
    working = persons["employment"].isin(WORKING)
    works = of[working].value_counts().reindex(homes["household_id"], fill_value=0).to_numpy()
    heads = persons.drop_duplicates("household_id").set_index("household_id")["sex"].astype(str)
    kinds = homes["household_type"].astype(str)
    wanted = pd.Series(None, index=homes.index, dtype=object)
    for words, sex in SEX.items():
        wanted[kinds.str.contains(words)] = sex
    head = heads.reindex(homes["household_id"]).to_numpy()
    return {
        "rules and structural zeros": int(copy.violations().sum()),
        "persons without a household": int(copy.orphans().sum()),
        "size is not the number of persons": int((size != homes["size"].to_numpy()).sum()),
        "workers is not the number of working persons": int(
            (works != homes["workers"].to_numpy()).sum()
        ),
        "householder of another sex": int((wanted.notna() & (wanted != head)).sum()),
    }


def run(rounds: int) -> dict[str, Any]:
    """Return times, values and counts of both methods, round by round."""
    original, control = hold_out(load("acs"), seed=PLAN["split_seed"])
    methods = (PLAN["ours"], PLAN["peer"])
    for method in methods:  # imports, and a first small call
        generate(original.take_units(np.arange(50)), method, seed=0)
    lines: dict[str, list[dict[str, Any]]] = {m: [] for m in methods}
    for k, seed in enumerate(PLAN["seeds"][:rounds]):
        for method in methods if k % 2 == 0 else methods[::-1]:
            copy, seconds = made(original, method, seed)
            line = {"seconds": seconds, "values": measured(original, copy)}
            lines[method].append(line | {"counts": counted(copy)})
    return {"control": measured(original, control), "real": counted(original), **lines}


def summary(found: dict[str, Any]) -> dict[str, Any]:
    """Return the ratio of times in each round, and on how many measures ours is better."""
    ours, peer = found[PLAN["ours"]], found[PLAN["peer"]]
    ratios = [p["seconds"] / o["seconds"] for o, p in zip(ours, peer, strict=True)]
    means = [np.mean([line["values"] for line in lines], axis=0) for lines in (ours, peer)]
    signs = np.array([-1 if m.get("higher") else 1 for m in PLAN["measure"]])
    gaps = signs * (means[1] - means[0])
    return {
        "ratios": ratios,
        "ours": means[0].tolist(),
        "peer": means[1].tolist(),
        "better": int((gaps > 0).sum()),
        "worse": int((gaps < 0).sum()),
        "of": len(gaps),
    }


def show(found: dict[str, Any]) -> None:
    """Print the tables."""
    s = summary(found)
    print(f"{'measure':24}{'table':12}{'ours':>9}{'hma':>9}{'control':>9}  why")
    for m, *values in zip(PLAN["measure"], s["ours"], s["peer"], found["control"], strict=True):
        numbers = "".join(f"{v:9.3f}" for v in values)
        print(f"{m['name']:24}{m['table']:12}{numbers}  {m['why']}")
    print(f"better on {s['better']} of {s['of']}, worse on {s['worse']}")
    for method in (PLAN["ours"], PLAN["peer"]):
        lines = found[method]
        print(method, "CPU seconds", [round(line["seconds"], 2) for line in lines])
        for name in lines[0]["counts"]:
            print(f"  {name}: {[line['counts'][name] for line in lines]}")
    print("times as long:", [round(r, 1) for r in s["ratios"]])


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return run(len(PLAN["seeds"]))


def test_households_take_a_tenth_of_the_time_of_hma(found: dict[str, Any]) -> None:
    assert min(summary(found)["ratios"]) >= PLAN["target_cpu_ratio"]


def test_households_are_better_on_three_quarters_of_the_measures(found: dict[str, Any]) -> None:
    s = summary(found)
    assert s["better"] >= PLAN["target_share_better"] * s["of"]


def test_nothing_that_holds_in_the_survey_is_broken(found: dict[str, Any]) -> None:
    assert set(found["real"].values()) == {0}
    for line in found[PLAN["ours"]]:
        assert set(line["counts"].values()) == {0}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=len(PLAN["seeds"]))
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    result = run(asked.rounds)
    show(result)
    if asked.json:
        asked.json.write_text(json.dumps(result | {"summary": summary(result)}, indent=1), "utf-8")

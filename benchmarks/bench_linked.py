"""CPU seconds and measures of `linked_trees` beside `hma` of SDV, on persons, tests and diagnoses.

    python benchmarks/bench_linked.py [--rounds 2] [--json FILE]
    pytest benchmarks/bench_linked.py

What the comparison is judged by stands in `new_sources_linked.toml`, written before any result.
Both methods work in this process in alternating rounds, with one thread; CPU time of the process
counts, imports do not. Each round has its own seed; a measure is the mean over rounds and variants.
The control, the other half of the persons, shows what a fresh sample scores.
"""

from __future__ import annotations

import os
import statistics
import sys
import tomllib
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before numpy is imported: one thread for everybody

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import pytest  # noqa: E402

from guide_helpers import compare, hold_out, load  # noqa: E402
from guide_helpers.schema import LinkedTables  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports this file without its folder

from _beside import Beside  # noqa: E402

PLAN = tomllib.loads(Path(__file__).with_name("new_sources_linked.toml").read_text("utf-8"))
KINDS = {"labs": "test", "events": "event"}
ROWS = tuple(KINDS)


def register() -> tuple[LinkedTables, LinkedTables]:
    """Return the original and the control: two halves of some persons of the register."""
    whole = load("nafld")
    rng = np.random.default_rng(PLAN["sample_seed"])
    chosen = np.sort(rng.choice(whole.n_units, PLAN["persons"], replace=False))
    return hold_out(whole.take_units(chosen), seed=PLAN["split_seed"])


def measured(original: LinkedTables, copy: LinkedTables) -> list[float]:
    """Return the value of each measure of the plan."""
    found = []
    for m in PLAN["measure"]:
        files = [data[m["table"]] if m["table"] else data for data in (original, copy)]
        scores = compare(*files, measures=[m["name"]], draws=2, **m.get("options", {}))
        mine = [s.value for s in scores if s.variant in m["variants"]]
        assert len(mine) == len(m["variants"]), m
        found.append(statistics.mean(mine))
    return found


def never_twice(original: LinkedTables) -> dict[str, set[str]]:
    """Return the kinds of tests and diagnoses that no person of the original has twice."""
    found = {}
    for table, kind in KINDS.items():
        rows = original[table].rows[["person_id", kind]]
        twice = set(rows.loc[rows.duplicated(), kind])
        found[table] = set(rows[kind].dropna()) - twice
    return found


def counted(original: LinkedTables, copy: LinkedTables) -> dict[str, int]:
    """Return how often a file breaks what holds in all records of the original."""
    once = never_twice(original)
    ends = copy["persons"].rows.set_index("person_id")["follow_up_days"]
    rows = {table: copy[table].rows for table in ROWS}
    again = {
        table: rows[table][rows[table][kind].isin(once[table])].duplicated(["person_id", kind])
        for table, kind in KINDS.items()
    }
    back = {t: r.groupby("person_id")["day"].diff() < 0 for t, r in rows.items()}
    late = {t: r["day"] > r["person_id"].map(ends) for t, r in rows.items()}
    return {
        "rules": int(copy.violations().sum()),
        "rows without a person": int(copy.orphans().sum()),
        "rows before the row before": _total(back),
        "rows after the end of follow-up": _total(late),
        "repeated though never twice": _total(again),
        "one test twice on a day": int(rows["labs"].duplicated(["person_id", "test", "day"]).sum()),
    }


def _total(found: dict[str, pd.Series]) -> int:
    return int(sum(s.sum() for s in found.values()))


BESIDE = Beside(PLAN, register, measured, counted, {"across": PLAN["across"]})


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return BESIDE.run()


def test_linked_tables_take_a_tenth_of_the_time_of_hma(found: dict[str, Any]) -> None:
    assert min(BESIDE.summary(found)["ratios"]) >= PLAN["target_cpu_ratio"]


def test_linked_tables_are_better_on_three_quarters_of_the_measures(found: dict[str, Any]) -> None:
    s = BESIDE.summary(found)
    assert s["better"] >= PLAN["target_share_better"] * s["of"]


def test_rules_keys_order_and_the_end_of_follow_up_are_kept(found: dict[str, Any]) -> None:
    for line in found[PLAN["ours"]]:
        broken = {k: v for k, v in line["counts"].items() if v}
        assert not set(broken) - {"one test twice on a day", "repeated though never twice"}


if __name__ == "__main__":
    BESIDE.main(__doc__)

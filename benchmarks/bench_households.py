"""CPU seconds and measures of `household_synthesis` beside `hma` of SDV, on households and persons.

    python benchmarks/bench_households.py [--rounds 3] [--json FILE]
    pytest benchmarks/bench_households.py

What the comparison is judged by stands in `new_sources_households.toml`, written before any
result. Both methods work in this process in alternating rounds, with one thread; CPU time of the
process counts, imports do not. Each round has its own seed; a measure is the mean over rounds and
variants. The control, the other half of the households, shows what a fresh sample scores.
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

import pandas as pd  # noqa: E402
import pytest  # noqa: E402

from guide_helpers import compare, hold_out, load  # noqa: E402
from guide_helpers.schema import LinkedTables  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports this file without its folder

from _beside import Beside  # noqa: E402

PLAN = tomllib.loads(Path(__file__).with_name("new_sources_households.toml").read_text("utf-8"))
WORKING = ["employed (at work)", "employed (not at work)", "armed forces"]
SEX = {r"^man |\(male": "male", r"^woman |\(female": "female"}


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


def counted(original: LinkedTables, copy: LinkedTables) -> dict[str, int]:
    """Return how often a file breaks what holds in all records of the original."""
    del original  # what holds in it is known: the rules, keys and sizes of the survey
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


def survey() -> tuple[LinkedTables, LinkedTables]:
    """Return the original and the control: two halves of the households."""
    return hold_out(load("acs"), seed=PLAN["split_seed"])


BESIDE = Beside(PLAN, survey, measured, counted)


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return BESIDE.run()


def test_households_take_a_tenth_of_the_time_of_hma(found: dict[str, Any]) -> None:
    assert min(BESIDE.summary(found)["ratios"]) >= PLAN["target_cpu_ratio"]


def test_households_are_better_on_three_quarters_of_the_measures(found: dict[str, Any]) -> None:
    s = BESIDE.summary(found)
    assert s["better"] >= PLAN["target_share_better"] * s["of"]


def test_nothing_that_holds_in_the_survey_is_broken(found: dict[str, Any]) -> None:
    assert set(found["real"].values()) == {0}
    for line in found[PLAN["ours"]]:
        assert set(line["counts"].values()) == {0}


if __name__ == "__main__":
    BESIDE.main(__doc__)
